package io.kyanos.actor;

import io.kyanos.capture.CaptureFilters;
import io.kyanos.protocol.Detail;
import io.kyanos.record.RecordFilter;
import java.util.Set;

/**
 * What somebody wants captured. Immutable.
 *
 * @param filters what the kernel side looks at
 * @param protocols names of the protocols that become records; empty for all that the settings name
 * @param detail how much of each message is kept; with attributes if {@code recordFilter} needs them
 * @param recordFilter which records go to the consumers
 */
public record CaptureRequest(CaptureFilters filters, Set<String> protocols, Detail detail, RecordFilter recordFilter) {

    /** Every connection of the machine, every protocol; labels, sizes and times of each record, none of its text. */
    public static final CaptureRequest EVERYTHING = new CaptureRequest(CaptureFilters.NONE, Set.of(), Detail.NONE);

    public CaptureRequest {
        protocols = Set.copyOf(protocols);
        if (recordFilter.needsAttributes() && !detail.attributes()) {
            detail = new Detail(true, detail.maxTextBytes(), detail.maskSecrets());
        }
    }

    /** All records go to the consumers. */
    public CaptureRequest(CaptureFilters filters, Set<String> protocols, Detail detail) {
        this(filters, protocols, detail, RecordFilter.ALL);
    }

    /** The same with other filters in the kernel. */
    public CaptureRequest of(CaptureFilters other) {
        return new CaptureRequest(other, protocols, detail, recordFilter);
    }

    /** The same with these protocols alone. */
    public CaptureRequest of(String... names) {
        return new CaptureRequest(filters, Set.of(names), detail, recordFilter);
    }

    /** The same with another condition on records. */
    public CaptureRequest where(RecordFilter condition) {
        return new CaptureRequest(filters, protocols, detail, condition);
    }

    /** The same with so much kept of each message. */
    public CaptureRequest keeping(Detail other) {
        return new CaptureRequest(filters, protocols, other, recordFilter);
    }
}
