package io.kyanos.capture;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * What is wanted and what is not: everything of {@code included}, or all there is if that is empty, but nothing of
 * {@code excluded}, which wins. Immutable.
 */
public record Choice<T>(Set<T> included, Set<T> excluded) {

    public Choice {
        included = Set.copyOf(included);
        excluded = Set.copyOf(excluded);
    }

    /** Everything. */
    public static <T> Choice<T> all() {
        return new Choice<>(Set.of(), Set.of());
    }

    /** These alone. */
    public static <T> Choice<T> of(Collection<? extends T> included) {
        return new Choice<>(Set.copyOf(included), Set.of());
    }

    /** All but these. */
    public static <T> Choice<T> allBut(Collection<? extends T> excluded) {
        return new Choice<>(Set.of(), Set.copyOf(excluded));
    }

    /** The same, without these. */
    Choice<T> except(Set<T> more) {
        Set<T> all = new HashSet<>(excluded);
        all.addAll(more);
        return new Choice<>(included, all);
    }

    /** Everything is wanted. */
    public boolean isAll() {
        return included.isEmpty() && excluded.isEmpty();
    }
}
