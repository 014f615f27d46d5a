package io.kyanos.protocol;

import io.kyanos.record.Attribute;
import io.kyanos.record.Outcome;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a protocol says about itself, once: command line, filter expressions, completion, documents and test harnesses
 * read it. Immutable. Texts are one line of Markdown each, without a stop at their end unless they are sentences.
 */
public final class Descriptor {

    private static final Pattern WORD = Pattern.compile("[a-z][a-z0-9]*");

    private final String name;
    private final String title;
    private final List<String> aliases;
    private final Set<StreamKind> kinds;
    private final String summary;
    private final String operation;
    private final String resource;
    private final String page;
    private final List<Attribute> attributes;
    private final List<FilterFlag> flags;
    private final List<Status> statuses;
    private final List<String> setup;
    private final List<Limit> limits;
    private final List<InvalidReason> reasons;
    private final Set<String> invalidReasons;
    private final List<String> clients;
    private final List<Descriptor> carried;

    /**
     * Answers that mean the same.
     *
     * @param label the value of the status, numbers from one to another, {@code 500 to 599}, or how values begin,
     *     {@code 57*}; several with a comma and a space between them. Of several rows that match, the first one counts
     * @param meaning when it is given; may be empty
     */
    public record Status(String label, Outcome outcome, String meaning) {}

    /**
     * A bound.
     *
     * @param what {@code bytes of a head}
     * @param beyond what happens beyond it, as a sentence
     */
    public record Limit(String what, long most, String beyond) {}

    /**
     * A reason for which {@link Parser#parse} says that bytes are invalid.
     *
     * @param label a metric label
     * @param meaning what the bytes are, as a sentence
     */
    public record InvalidReason(String label, String meaning) {}

    private Descriptor(Builder builder) {
        name = builder.name;
        title = builder.title;
        aliases = builder.aliases;
        kinds = builder.kinds;
        summary = builder.summary;
        operation = builder.operation;
        resource = builder.resource;
        page = builder.page;
        attributes = withReason(builder.attributes);
        flags = builder.flags;
        statuses = builder.statuses;
        setup = builder.setup;
        limits = builder.limits;
        reasons = builder.reasons;
        invalidReasons = Set.copyOf(reasons.stream().map(InvalidReason::label).toList());
        clients = builder.clients;
        carried = builder.carried;
        check();
    }

    /**
     * Begins a descriptor.
     *
     * @param name lower case letters and digits; the metric label and the name on the command line
     * @param title as people write it: {@code PostgreSQL}
     */
    public static Builder named(String name, String title) {
        return new Builder(name, title);
    }

    /** Of a byte stream protocol that says nothing else about itself. */
    public static Descriptor of(String name, String title) {
        return named(name, title).build();
    }

    /** Lower case letters and digits; the metric label and the name on the command line. */
    public String name() {
        return name;
    }

    /** As people write it: {@code PostgreSQL}. */
    public String title() {
        return title;
    }

    /** Other names for it on the command line: {@code postgres}; never labels. */
    public List<String> aliases() {
        return aliases;
    }

    /** Whether it has this name on the command line. */
    public boolean isCalled(String word) {
        return name.equals(word) || aliases.contains(word);
    }

    /** The kinds of streams that it is spoken over. */
    public Set<StreamKind> kinds() {
        return kinds;
    }

    /** Which versions and parts of it are read. */
    public String summary() {
        return summary;
    }

    /** What the operation is: {@code the method and the route: `GET /users/{id}`}. */
    public String operation() {
        return operation;
    }

    /** What the resource is. */
    public String resource() {
        return resource;
    }

    /** The page of docs/ that says more, by its file name; empty if there is none. */
    public String page() {
        return page;
    }

    /** Every attribute that its messages may have, each once, in the order of the documents. */
    public List<Attribute> attributes() {
        return attributes;
    }

    /** The flags of the command line that choose its records. */
    public List<FilterFlag> flags() {
        return flags;
    }

    /** What its answers may say and what comes of it, in the order of the documents. */
    public List<Status> statuses() {
        return statuses;
    }

    /** Requests that client libraries send by themselves: those that {@link io.kyanos.record.Message#isSetup} marks. */
    public List<String> setup() {
        return setup;
    }

    /** The bounds that its parsers keep to. */
    public List<Limit> limits() {
        return limits;
    }

    /** Every reason for which its parsers say that bytes are invalid, in the order of the documents. */
    public List<InvalidReason> reasons() {
        return reasons;
    }

    /** The labels of {@link #reasons}. */
    public Set<String> invalidReasons() {
        return invalidReasons;
    }

    /** What real clients and servers do that shows in records, a sentence each. */
    public List<String> clients() {
        return clients;
    }

    /** Protocols that are spoken inside its messages: {@link Conversation#inside} tells which exchanges are theirs. */
    public List<Descriptor> carried() {
        return carried;
    }

    @Override
    public String toString() {
        return name;
    }

    private static List<Attribute> withReason(List<Attribute> declared) {
        if (declared.stream().anyMatch(attribute -> attribute.name().equals(Attribute.REASON.name()))) {
            return declared;
        }
        List<Attribute> all = new ArrayList<>(declared);
        all.add(Attribute.REASON);
        return List.copyOf(all);
    }

    private void check() {
        Stream.concat(Stream.of(name), aliases.stream())
                .filter(word -> !WORD.matcher(word).matches())
                .findFirst()
                .ifPresent(word -> {
                    throw new IllegalArgumentException("name: " + word + " (expected: lower case letters and digits)");
                });
        once(Stream.concat(Stream.of(name), aliases.stream()));
        once(attributes.stream().map(Attribute::name));
        once(flags.stream().map(FilterFlag::name));
        once(statuses.stream().flatMap(status -> Stream.of(status.label().split(", "))));
        once(reasons.stream().map(InvalidReason::label));
        for (FilterFlag flag : flags) {
            if (attributes.stream().noneMatch(attribute -> attribute.name().equals(flag.attribute()))) {
                throw new IllegalArgumentException(
                        "--" + flag.name() + ": " + flag.attribute() + " (expected: an attribute of " + name + ")");
            }
        }
    }

    private void once(Stream<String> labels) {
        Set<String> seen = new HashSet<>();
        Optional<String> twice = labels.filter(label -> !seen.add(label)).findFirst();
        if (twice.isPresent()) {
            throw new IllegalArgumentException(name + ": " + twice.get() + " twice (expected: once)");
        }
    }

    /** Puts a descriptor together. What is not said is empty, and of a byte stream. */
    public static final class Builder {

        private final String name;
        private final String title;
        private List<String> aliases = List.of();
        private Set<StreamKind> kinds = Set.of(StreamKind.WIRE);
        private String summary = "";
        private String operation = "";
        private String resource = "";
        private String page = "";
        private List<Attribute> attributes = List.of();
        private List<FilterFlag> flags = List.of();
        private List<Status> statuses = List.of();
        private List<String> setup = List.of();
        private List<Limit> limits = List.of();
        private List<InvalidReason> reasons = List.of();
        private List<String> clients = List.of();
        private List<Descriptor> carried = List.of();

        private Builder(String name, String title) {
            this.name = name;
            this.title = title;
        }

        public Builder aliases(String... words) {
            aliases = List.of(words);
            return this;
        }

        public Builder kinds(StreamKind... all) {
            kinds = Set.of(all);
            return this;
        }

        public Builder summary(String text) {
            summary = text;
            return this;
        }

        public Builder operation(String text) {
            operation = text;
            return this;
        }

        public Builder resource(String text) {
            resource = text;
            return this;
        }

        public Builder page(String file) {
            page = file;
            return this;
        }

        /** All but {@link Attribute#REASON}, which comes last unless the protocol has one of its own. */
        public Builder attributes(List<Attribute> all) {
            attributes = List.copyOf(all);
            return this;
        }

        public Builder flags(FilterFlag... all) {
            flags = List.of(all);
            return this;
        }

        public Builder statuses(List<Status> all) {
            statuses = List.copyOf(all);
            return this;
        }

        public Builder setup(String... all) {
            setup = List.of(all);
            return this;
        }

        public Builder limits(Limit... all) {
            limits = List.of(all);
            return this;
        }

        public Builder reasons(List<InvalidReason> all) {
            reasons = List.copyOf(all);
            return this;
        }

        public Builder clients(String... all) {
            clients = List.of(all);
            return this;
        }

        public Builder carries(Descriptor... all) {
            carried = List.of(all);
            return this;
        }

        /**
         * The descriptor.
         *
         * @throws IllegalArgumentException where it contradicts itself
         */
        public Descriptor build() {
            return new Descriptor(this);
        }
    }
}
