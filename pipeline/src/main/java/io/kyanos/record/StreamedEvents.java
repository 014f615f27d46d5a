package io.kyanos.record;

import java.util.List;
import org.HdrHistogram.AbstractHistogram;
import org.HdrHistogram.HistogramIterationValue;
import org.HdrHistogram.IntCountsHistogram;
import org.jspecify.annotations.Nullable;

/**
 * The events of one streamed answer: how many came, and when. Filled by the thread that parses the answer, in the order of
 * the stream; not changed any more once the answer has become part of a record. Takes some 3 KiB at most, however many
 * events there are. Times are monotonic nanoseconds.
 */
/*
 * Gaps: the time between two events that follow each other, 0 if one call carried both. Where bytes between them were not
 * seen there may have been more events, so there is no gap. They are counted to one significant digit of a histogram, of which
 * each power of two has 16 buckets: what is told of a bucket is its middle, which is off by 3 % at most, and above two and a
 * half hours nothing but that. The sum, the least and the largest are exact.
 */
public final class StreamedEvents {

    /** A moment that is not known. */
    public static final long UNKNOWN = -1;

    private static final Attribute EVENTS =
            Attribute.ofResponse("events", "Of a [streamed answer](streamed.md): how many events it had");
    private static final Attribute EVENTS_MISSED = Attribute.ofResponse(
            "events_missed", "`true` where bytes of it were not seen, so that `events` is the least; else not there");
    private static final Attribute FIRST_EVENT_MS = Attribute.ofResponse(
                    "first_event_ms", "Milliseconds from the beginning of the request to the first event")
            .alsoCalled("ttft", "ttfb", "timetofirst", "firstevent");
    private static final Attribute MEDIAN_GAP_MS =
            Attribute.ofResponse("median_gap_ms", "The median of the milliseconds from one event to the next, to 3 %");
    private static final Attribute LARGEST_GAP_MS =
            Attribute.ofResponse("largest_gap_ms", "The most milliseconds from one event to the next");

    /** What messages say of their events. */
    public static final List<Attribute> ATTRIBUTES =
            List.of(EVENTS, EVENTS_MISSED, FIRST_EVENT_MS, MEDIAN_GAP_MS, LARGEST_GAP_MS);

    private static final double MEDIAN_PERCENT = 50;
    private static final int SIGNIFICANT_DIGITS = 1;

    /** Below, buckets are of this width. */
    private static final long FINEST_NANOS = 64;

    /** The last bucket ends here, at two and a half hours. */
    private static final long MOST_NANOS = (1L << 43) - 1;

    /** Receives the gaps of one bucket. */
    @FunctionalInterface
    public interface GapVisitor {

        void gaps(long nanos, long count);
    }

    private long count;
    private boolean missed;
    private long firstAt = UNKNOWN;
    private long lastAt = UNKNOWN;
    private long soFarAt = UNKNOWN;
    private long requestedAt = UNKNOWN;
    private long gaps;
    private long sumNanos;
    private long leastNanos = Long.MAX_VALUE;
    private long largestNanos;
    private @Nullable IntCountsHistogram histogram;

    /** None yet. */
    public StreamedEvents() {}

    private StreamedEvents(StreamedEvents other) {
        count = other.count;
        missed = other.missed;
        firstAt = other.firstAt;
        lastAt = other.lastAt;
        requestedAt = other.requestedAt;
        gaps = other.gaps;
        sumNanos = other.sumNanos;
        leastNanos = other.leastNanos;
        largestNanos = other.largestNanos;
        histogram = other.histogram == null ? null : other.histogram.copy();
    }

    /** An event has ended at this time, or, {@link #UNKNOWN}, at a time that is not known. */
    public void event(long at) {
        if (lastAt != UNKNOWN && at != UNKNOWN) {
            gap(Math.max(0, at - lastAt));
        }
        if (count == 0 && !missed) {
            firstAt = at;
        }
        count++;
        lastAt = at;
        soFarAt = UNKNOWN;
    }

    /** The last byte of what may turn out to be a whole event has come at this time. */
    public void eventSoFar(long at) {
        soFarAt = at;
    }

    /** That was a whole event. */
    public void endSoFar() {
        event(soFarAt);
    }

    /** Bytes were not seen, in which events may have ended. */
    public void miss() {
        missed = true;
        lastAt = UNKNOWN;
        soFarAt = UNKNOWN;
    }

    /** The request has begun at this time. */
    public void requestedAt(long at) {
        requestedAt = at;
    }

    /** As they are now, whatever comes. */
    public StreamedEvents soFar() {
        return new StreamedEvents(this);
    }

    /** How many events came; the least number of them if {@link #isMissed some may have been missed}. */
    public long count() {
        return count;
    }

    /** Whether there may have been more events. */
    public boolean isMissed() {
        return missed;
    }

    /** Times that are known between events that followed each other. */
    public long gaps() {
        return gaps;
    }

    /** All of them together. */
    public long gapSumNanos() {
        return sumNanos;
    }

    /** From the beginning of the request to the first event, or {@link #UNKNOWN}. */
    public long firstNanos() {
        return firstAt != UNKNOWN && requestedAt != UNKNOWN && firstAt >= requestedAt ? firstAt - requestedAt : UNKNOWN;
    }

    /** The largest gap, or {@link #UNKNOWN} without any. */
    public long largestGapNanos() {
        return gaps == 0 ? UNKNOWN : largestNanos;
    }

    /** The median of the gaps, of an even number the lesser one in the middle, or {@link #UNKNOWN} without any. */
    public long medianGapNanos() {
        AbstractHistogram known = histogram;
        return known == null ? UNKNOWN : middle(known, known.getValueAtPercentile(MEDIAN_PERCENT));
    }

    /** Gives all gaps, from the least to the largest. */
    public void eachGap(GapVisitor visitor) {
        AbstractHistogram known = histogram;
        if (known == null) {
            return;
        }
        for (HistogramIterationValue value : known.recordedValues()) {
            visitor.gaps(middle(known, value.getValueIteratedTo()), value.getCountAddedInThisIterationStep());
        }
    }

    /** Gives what a message says of them. */
    public void attributes(Message.AttributeVisitor visitor) {
        visitor.attribute(EVENTS, Long.toString(count));
        visitor.unlessEmpty(EVENTS_MISSED, missed ? "true" : "");
        visitor.unlessEmpty(FIRST_EVENT_MS, millis(firstNanos()));
        visitor.unlessEmpty(MEDIAN_GAP_MS, millis(medianGapNanos()));
        visitor.unlessEmpty(LARGEST_GAP_MS, millis(largestGapNanos()));
    }

    private void gap(long nanos) {
        if (gaps == Integer.MAX_VALUE) {
            return;
        }
        IntCountsHistogram into = histogram;
        if (into == null) {
            into = new IntCountsHistogram(FINEST_NANOS, 2 * FINEST_NANOS, SIGNIFICANT_DIGITS);
            into.setAutoResize(true);
            histogram = into;
        }
        into.recordValue(Math.min(nanos, MOST_NANOS));
        gaps++;
        sumNanos += nanos;
        leastNanos = Math.min(leastNanos, nanos);
        largestNanos = Math.max(largestNanos, nanos);
    }

    private long middle(AbstractHistogram of, long nanos) {
        long middle = of.valuesAreEquivalent(nanos, MOST_NANOS) ? largestNanos : of.medianEquivalentValue(nanos);
        return Math.max(leastNanos, Math.min(largestNanos, middle));
    }

    private static String millis(long nanos) {
        return nanos == UNKNOWN ? "" : DurationText.millis(nanos);
    }
}
