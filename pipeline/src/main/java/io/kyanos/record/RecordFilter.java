package io.kyanos.record;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A condition on whole records: all parts must hold. Immutable and thread-safe. Conditions on attributes look at those of
 * the request and need a capture that keeps attributes.
 */
public final class RecordFilter implements Predicate<TrafficRecord> {

    /** Holds for every record. */
    public static final RecordFilter ALL = new RecordFilter(List.of(), false);

    private final List<Predicate<TrafficRecord>> parts;
    private final boolean needsAttributes;

    private RecordFilter(List<Predicate<TrafficRecord>> parts, boolean needsAttributes) {
        this.parts = List.copyOf(parts);
        this.needsAttributes = needsAttributes;
    }

    /** Some part looks at attributes. */
    public boolean needsAttributes() {
        return needsAttributes;
    }

    @Override
    public boolean test(TrafficRecord record) {
        for (Predicate<TrafficRecord> part : parts) {
            if (!part.test(record)) {
                return false;
            }
        }
        return true;
    }

    public RecordFilter protocol(String name) {
        return with(record -> record.protocol().equals(name));
    }

    public RecordFilter side(Side side) {
        return with(record -> record.connection().side() == side);
    }

    /** Unanswered and one-way records have no latency: they do not pass. */
    public RecordFilter minLatencyNanos(long nanos) {
        return with(record -> record.times().totalNanos() != RecordTimes.UNKNOWN
                && record.times().totalNanos() >= nanos);
    }

    public RecordFilter minRequestBytes(long bytes) {
        return with(record -> record.request().wireBytes() >= bytes);
    }

    /** A record without a response does not pass. */
    public RecordFilter minResponseBytes(long bytes) {
        return with(record -> record.answer()
                .filter(response -> response.wireBytes() >= bytes)
                .isPresent());
    }

    /** Some attribute of that name has one of the values. */
    public RecordFilter attributeIn(String name, Set<String> values) {
        Set<String> wanted = Set.copyOf(values);
        return withAttribute(name, wanted::contains);
    }

    /** As {@link #attributeIn}; upper and lower case are the same, and so are one space and several. */
    public RecordFilter attributeInIgnoringCase(String name, Set<String> values) {
        Set<String> wanted = values.stream().map(RecordFilter::folded).collect(Collectors.toUnmodifiableSet());
        return withAttribute(name, value -> wanted.contains(folded(value)));
    }

    public RecordFilter attributeStartsWith(String name, String prefix) {
        return withAttribute(name, value -> value.startsWith(prefix));
    }

    /** The pattern is found somewhere in some attribute of that name. */
    public RecordFilter attributeMatches(String name, Pattern pattern) {
        return withAttribute(name, value -> pattern.matcher(value).find());
    }

    private RecordFilter withAttribute(String name, Predicate<String> condition) {
        List<Predicate<TrafficRecord>> more = new ArrayList<>(parts);
        more.add(record -> {
            AttributeSearch search = new AttributeSearch(name, condition);
            record.request().attributes(search);
            return search.found;
        });
        return new RecordFilter(more, true);
    }

    private RecordFilter with(Predicate<TrafficRecord> condition) {
        List<Predicate<TrafficRecord>> more = new ArrayList<>(parts);
        more.add(condition);
        return new RecordFilter(more, needsAttributes);
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

        @Override
        public void attribute(String name, String value) {
            found = found || (name.equals(wanted) && condition.test(value));
        }
    }
}
