package io.kyanos.record;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * A condition on whole records: all parts must hold. Immutable and thread-safe. Conditions on attributes need a capture
 * that keeps them, those on headers one that keeps these headers. They look at the request and at the response.
 */
public final class RecordFilter implements Predicate<TrafficRecord> {

    /** Holds for every record. */
    public static final RecordFilter ALL = new RecordFilter(List.of(), false, Set.of());

    /** Before the name, in lower case, of an attribute that is a header. */
    public static final String HEADER = "header.";

    private final List<Predicate<TrafficRecord>> parts;
    private final boolean needsAttributes;
    private final Set<String> headers;

    private RecordFilter(List<Predicate<TrafficRecord>> parts, boolean needsAttributes, Set<String> headers) {
        this.parts = List.copyOf(parts);
        this.needsAttributes = needsAttributes;
        this.headers = Set.copyOf(headers);
    }

    /**
     * A condition of any kind.
     *
     * @param needsAttributes whether it looks at attributes
     * @param headers the names of the headers that it looks at, in lower case
     */
    public static RecordFilter of(Predicate<TrafficRecord> condition, boolean needsAttributes, Set<String> headers) {
        return new RecordFilter(List.of(condition), needsAttributes || !headers.isEmpty(), headers);
    }

    /** Some part looks at attributes. */
    public boolean needsAttributes() {
        return needsAttributes;
    }

    /** The headers that some part looks at, in lower case. */
    public Set<String> headers() {
        return headers;
    }

    @Override
    public boolean test(TrafficRecord record) {
        for (int i = 0; i < parts.size(); i++) {
            if (!parts.get(i).test(record)) {
                return false;
            }
        }
        return true;
    }

    /** Both hold. */
    public RecordFilter and(RecordFilter other) {
        List<Predicate<TrafficRecord>> all = new ArrayList<>(parts);
        all.addAll(other.parts);
        return new RecordFilter(all, needsAttributes || other.needsAttributes, union(headers, other.headers));
    }

    /** This one holds and the other does not. */
    public RecordFilter except(RecordFilter other) {
        List<Predicate<TrafficRecord>> all = new ArrayList<>(parts);
        all.add(record -> !other.test(record));
        return new RecordFilter(all, needsAttributes || other.needsAttributes, union(headers, other.headers));
    }

    public RecordFilter protocol(String name) {
        return protocolIn(Set.of(name));
    }

    public RecordFilter protocolIn(Set<String> names) {
        Set<String> wanted = Set.copyOf(names);
        return with(record -> wanted.contains(record.protocol()));
    }

    public RecordFilter side(Side side) {
        return with(record -> record.connection().side() == side);
    }

    public RecordFilter outcomeIn(Set<Outcome> outcomes) {
        Set<Outcome> wanted = Set.copyOf(outcomes);
        return with(record -> wanted.contains(record.outcome()));
    }

    /** A record without a response does not pass. */
    public RecordFilter statusIn(StatusSet statuses) {
        return with(record -> {
            Message response = record.response();
            return response != null && statuses.contains(response.status());
        });
    }

    /** As {@link #attributeInIgnoringCase}, of the operation. */
    public RecordFilter operationIn(Set<String> operations) {
        Set<String> wanted = folded(operations);
        return with(record -> wanted.contains(folded(record.request().operation())));
    }

    /** Unanswered and one-way records have no latency: they do not pass. */
    public RecordFilter latencyNanos(ValueRange nanos) {
        return with(record -> record.times().totalNanos() != RecordTimes.UNKNOWN
                && nanos.contains(record.times().totalNanos()));
    }

    public RecordFilter requestBytes(ValueRange bytes) {
        return with(record -> bytes.contains(record.request().wireBytes()));
    }

    /** A record without a response does not pass. */
    public RecordFilter responseBytes(ValueRange bytes) {
        return with(record -> {
            Message response = record.response();
            return response != null && bytes.contains(response.wireBytes());
        });
    }

    /** Some attribute of that name has one of the values. */
    public RecordFilter attributeIn(String name, Set<String> values) {
        Set<String> wanted = Set.copyOf(values);
        return withAttribute(name, wanted::contains);
    }

    /** As {@link #attributeIn}; upper and lower case are the same, and so are one space and several. */
    public RecordFilter attributeInIgnoringCase(String name, Set<String> values) {
        Set<String> wanted = folded(values);
        return withAttribute(name, value -> wanted.contains(folded(value)));
    }

    /** Some attribute of that name begins with one of the prefixes. */
    public RecordFilter attributeStartsWith(String name, Set<String> prefixes) {
        List<String> wanted = List.copyOf(prefixes);
        return withAttribute(name, value -> wanted.stream().anyMatch(value::startsWith));
    }

    /** One of the expressions is found somewhere in some attribute of that name. */
    public RecordFilter attributeMatches(String name, Set<Regex> expressions) {
        List<Regex> wanted = List.copyOf(expressions);
        return withAttribute(name, value -> wanted.stream().anyMatch(regex -> regex.isFoundIn(value)));
    }

    /** Request or response has a header of that name, in any case, whose value fits. */
    public RecordFilter header(String name, Predicate<String> value) {
        String header = name.toLowerCase(Locale.ROOT);
        RecordFilter condition =
                of(record -> new AttributeSearch(HEADER + header, value).in(record), true, Set.of(header));
        return and(condition);
    }

    private RecordFilter withAttribute(String name, Predicate<String> condition) {
        return and(of(record -> new AttributeSearch(name, condition).in(record), true, Set.of()));
    }

    private RecordFilter with(Predicate<TrafficRecord> condition) {
        return and(of(condition, false, Set.of()));
    }

    private static Set<String> union(Set<String> one, Set<String> other) {
        Set<String> all = new HashSet<>(one);
        all.addAll(other);
        return all;
    }

    private static Set<String> folded(Set<String> values) {
        return values.stream().map(RecordFilter::folded).collect(Collectors.toUnmodifiableSet());
    }

    private static String folded(String value) {
        return value.strip().replaceAll("\\s+", " ").toLowerCase(Locale.ROOT);
    }

    /** Asks one condition about the attributes of one name; used once, by one thread. */
    private static final class AttributeSearch implements Message.AttributeVisitor {

        private final String wanted;
        private final Predicate<String> condition;
        private boolean found;

        AttributeSearch(String wanted, Predicate<String> condition) {
            this.wanted = wanted;
            this.condition = condition;
        }

        boolean in(TrafficRecord record) {
            record.request().attributes(this);
            Message response = record.response();
            if (!found && response != null) {
                response.attributes(this);
            }
            return found;
        }

        @Override
        public void attribute(Attribute attribute, String value) {
            found = found || (attribute.name().equals(wanted) && condition.test(value));
        }
    }
}
