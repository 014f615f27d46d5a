package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A place in the tree of routes: the route up to here, its labels, and what may follow. Readable by all threads without
 * locks; changed only under the lock of its {@link RouteTemplates}, except for its counters.
 */
final class RouteNode {

    static final int MAX_SIGHTINGS = 100;

    private static final int SLOTS = 32;
    private static final long COUNT_MASK = 0xff;

    private final String route;
    private final AtomicReferenceArray<@Nullable String> operations =
            new AtomicReferenceArray<>(HttpMethod.NAMED.length);

    private volatile Children children = Children.NONE;
    private volatile @Nullable RouteNode variable;
    private volatile @Nullable RouteNode rest;
    private volatile @Nullable AtomicLongArray candidates;
    private volatile boolean learns = true;

    /** Which of two misses weakens a candidate need not be exact, so threads may race. */
    private int misses;

    RouteNode(String route) {
        this.route = route;
    }

    String route() {
        return route;
    }

    String operation(HttpMethod method) {
        String known = operations.getPlain(method.index());
        if (known != null) {
            return known;
        }
        String made = method.label() + " " + (route.isEmpty() ? "/" : route);
        operations.set(method.index(), made);
        return made;
    }

    Children children() {
        return children;
    }

    @Nullable
    RouteNode variable() {
        return variable;
    }

    void variable(RouteNode node) {
        variable = node;
    }

    /** Everything below this place. */
    RouteNode rest() {
        RouteNode known = rest;
        if (known == null) {
            known = new RouteNode(route + "/*");
            rest = known;
        }
        return known;
    }

    boolean learns() {
        return learns;
    }

    int learnedWords() {
        return children.learned;
    }

    void add(long hash, byte[] word, RouteNode child, boolean learned) {
        children = children.with(new Child(hash, word, child, learned));
    }

    /** Forgets the learned words, for good. */
    void collapse() {
        learns = false;
        candidates = null;
        children = children.withoutLearned();
    }

    /** Counts a sighting of an unknown word; returns how many it has to its credit. */
    int sighted(long hash) {
        AtomicLongArray slots = candidates;
        if (slots == null) {
            slots = new AtomicLongArray(SLOTS);
            candidates = slots;
        }
        int slot = (int) (hash >>> 59);
        long tag = hash & ~COUNT_MASK;
        long seen = slots.get(slot);
        long count = seen & COUNT_MASK;
        if ((seen & ~COUNT_MASK) == tag && count > 0) {
            count = Math.min(count + 1, MAX_SIGHTINGS);
            slots.set(slot, tag | count);
            return (int) count;
        }
        if (count > 0 && (++misses & 1) == 0) {
            return 1;
        }
        slots.set(slot, count > 1 ? seen - 1 : tag | 1);
        return 1;
    }

    private static final class Child {

        private final long hash;
        private final byte[] word;
        private final RouteNode node;
        private final boolean learned;

        Child(long hash, byte[] word, RouteNode node, boolean learned) {
            this.hash = hash;
            this.word = word;
            this.node = node;
            this.learned = learned;
        }

        boolean is(long otherHash, ByteView view, int from, int to) {
            return hash == otherHash && word.length == to - from && view.startsWith(word, from);
        }
    }

    /** The words that may follow a place, in an open hash table. Immutable. */
    static final class Children {

        static final Children NONE = new Children(List.of());

        private final List<Child> all;
        private final int learned;
        private final @Nullable Child[] table;

        private Children(List<Child> all) {
            this.all = all;
            int count = 0;
            table = new Child[Integer.highestOneBit(all.size() * 2 + 1) * 2];
            for (Child child : all) {
                count += child.learned ? 1 : 0;
                int i = index(child.hash);
                while (table[i] != null) {
                    i = (i + 1) & (table.length - 1);
                }
                table[i] = child;
            }
            learned = count;
        }

        @Nullable
        RouteNode find(long hash, ByteView view, int from, int to) {
            for (int i = index(hash); ; i = (i + 1) & (table.length - 1)) {
                Child child = table[i];
                if (child == null) {
                    return null;
                }
                if (child.is(hash, view, from, to)) {
                    return child.node;
                }
            }
        }

        Children with(Child child) {
            List<Child> more = new ArrayList<>(all);
            more.add(child);
            return new Children(List.copyOf(more));
        }

        Children withoutLearned() {
            return new Children(all.stream().filter(child -> !child.learned).toList());
        }

        private int index(long hash) {
            return (int) (hash >>> 32) & (table.length - 1);
        }
    }
}
