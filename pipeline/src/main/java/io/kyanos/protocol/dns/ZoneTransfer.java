package io.kyanos.protocol.dns;

/**
 * The transfer of a zone that a connection is in, whose answer is a row of messages of one id: it begins and ends with the
 * zone's SOA record. Not thread-safe.
 */
// https://www.rfc-editor.org/rfc/rfc5936#section-2.2
final class ZoneTransfer {

    /** Tells its answer from other messages that come before it ends. */
    static final long KEY = 1;

    private static final int NONE = -1;

    /** What a message of the responses is to the answer. */
    enum Part {
        /** Nothing; or all of it. */
        NONE,
        FIRST,
        ANOTHER,
        LAST
    }

    private int id = NONE;
    private boolean incremental;

    /** A part of it was lost: no answer is made of the rest. */
    private boolean spoiled;

    private long records;
    private long bytes;

    /** A query was sent. One whose answer has begun is not given up for another. */
    void asked(int queryId, int type) {
        if (!isBegun() && (type == QueryType.AXFR || type == QueryType.IXFR)) {
            id = queryId;
            incremental = type == QueryType.IXFR;
            spoiled = false;
            records = 0;
        }
    }

    /** Takes a message of the responses into account. */
    Part take(DnsFrame frame, int length) {
        if (!isOf(frame.id())) {
            return Part.NONE;
        }
        records += frame.answers();
        int last = frame.lastAnswerType();
        // A single SOA says of an incremental transfer that nothing is new; any other begins with it.
        boolean ends =
                frame.responseCode() != 0 || last == 0 || (last == QueryType.SOA && (incremental || records > 1));
        boolean wasBegun = isBegun();
        if (ends) {
            id = NONE;
            return spoiled ? Part.ANOTHER : wasBegun ? Part.LAST : Part.NONE;
        }
        bytes += spoiled ? 0 : length;
        return wasBegun || spoiled ? Part.ANOTHER : Part.FIRST;
    }

    boolean isOf(int messageId) {
        return id != NONE && id == messageId;
    }

    /** Messages of the answer lie before the current position. */
    boolean isBegun() {
        return bytes > 0;
    }

    /** Bytes of the messages before the last one, told once. */
    long bytesBefore() {
        long before = bytes;
        bytes = 0;
        return before;
    }

    /** Bytes of the answers are missing. */
    void lost() {
        spoiled = id != NONE;
        bytes = 0;
    }
}
