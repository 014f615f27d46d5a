package io.kyanos;

import io.kyanos.capture.CaptureFilters;
import io.kyanos.protocol.Detail;
import io.kyanos.record.RecordFilter;
import java.util.HashSet;
import java.util.Set;

/**
 * What is to be captured. Immutable.
 *
 * @param filters what the kernel side captures
 * @param protocols names of the protocols that become records; empty for all that the settings name
 * @param detail how much of each message is kept; with the attributes and headers that {@code recordFilter} needs
 * @param recordFilter which records go to the consumers
 * @param tap which gets the events as well
 */
public record CaptureRequest(
        CaptureFilters filters, Set<String> protocols, Detail detail, RecordFilter recordFilter, EventTap tap) {

    /** Every connection of the machine, every protocol; labels, sizes and times of each record, none of its text. */
    public static final CaptureRequest EVERYTHING = new CaptureRequest(CaptureFilters.NONE, Set.of(), Detail.NONE);

    public CaptureRequest {
        protocols = Set.copyOf(protocols);
        if (recordFilter.needsAttributes()) {
            Set<String> headers = new HashSet<>(detail.headers());
            headers.addAll(recordFilter.headers());
            detail = new Detail(true, detail.maxTextBytes(), detail.maskSecrets(), headers, detail.traces());
        }
    }

    /** No tap. */
    public CaptureRequest(CaptureFilters filters, Set<String> protocols, Detail detail, RecordFilter recordFilter) {
        this(filters, protocols, detail, recordFilter, EventTap.NONE);
    }

    /** All records go to the consumers. */
    public CaptureRequest(CaptureFilters filters, Set<String> protocols, Detail detail) {
        this(filters, protocols, detail, RecordFilter.ALL);
    }

    /** The same with other filters in the kernel. */
    public CaptureRequest of(CaptureFilters other) {
        return new CaptureRequest(other, protocols, detail, recordFilter, tap);
    }

    /** The same with only these protocols. */
    public CaptureRequest of(String... names) {
        return new CaptureRequest(filters, Set.of(names), detail, recordFilter, tap);
    }

    /** The same with another condition on records. */
    public CaptureRequest where(RecordFilter condition) {
        return new CaptureRequest(filters, protocols, detail, condition, tap);
    }

    /** The same with this much of each message kept. */
    public CaptureRequest keeping(Detail other) {
        return new CaptureRequest(filters, protocols, other, recordFilter, tap);
    }

    /** The same with the events also going to a tap. */
    public CaptureRequest tappedBy(EventTap other) {
        return new CaptureRequest(filters, protocols, detail, recordFilter, other);
    }
}
