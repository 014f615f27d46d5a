package io.kyanos.protocol;

import io.kyanos.record.Attribute;
import io.kyanos.record.Outcome;
import java.util.List;
import java.util.Set;

/**
 * What a protocol says of itself, once: command line, filter expressions, completion, documents and test harnesses read it.
 * Immutable.
 *
 * @param name lower case letters and digits; the metric label and the word of the command line
 * @param title as people write it: {@code PostgreSQL}
 * @param aliases further words of the command line that mean it: {@code postgres}; never labels
 * @param kinds the kinds of streams that it is spoken over
 * @param attributes every attribute that its messages may have, each once, in the order of the documents
 * @param flags the flags of the command line that choose its records
 * @param statuses what its answers may say and what comes of it, in the order of the documents
 * @param limits the bounds that its parsers keep to
 * @param invalidReasons every reason for which {@link Parser#parse} says that bytes are invalid; they become metric labels
 */
public record Descriptor(
        String name,
        String title,
        List<String> aliases,
        Set<StreamKind> kinds,
        List<Attribute> attributes,
        List<FilterFlag> flags,
        List<Status> statuses,
        List<Limit> limits,
        Set<String> invalidReasons) {

    /**
     * Answers that mean the same.
     *
     * @param label the value of the status label, or how such values look: {@code 500 to 599}, {@code ERR}
     * @param meaning one line of Markdown
     */
    public record Status(String label, Outcome outcome, String meaning) {}

    /**
     * A bound.
     *
     * @param what lower case, one line of Markdown: {@code bytes of a head}
     * @param beyond what becomes of what exceeds it
     */
    public record Limit(String what, long most, String beyond) {}

    public Descriptor {
        if (!name.matches("[a-z][a-z0-9]*")) {
            throw new IllegalArgumentException("name: " + name + " (expected: lower case letters and digits)");
        }
        aliases = List.copyOf(aliases);
        kinds = Set.copyOf(kinds);
        attributes = List.copyOf(attributes);
        flags = List.copyOf(flags);
        statuses = List.copyOf(statuses);
        limits = List.copyOf(limits);
        invalidReasons = Set.copyOf(invalidReasons);
    }

    /** Of a protocol of byte streams that says nothing else of itself. */
    public static Descriptor of(String name, String title) {
        return new Descriptor(
                name, title, List.of(), Set.of(StreamKind.WIRE), List.of(), List.of(), List.of(), List.of(), Set.of());
    }
}
