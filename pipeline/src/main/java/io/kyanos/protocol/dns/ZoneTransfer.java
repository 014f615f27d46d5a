package io.kyanos.protocol.dns;

/**
 * The transfer of a zone that a connection is in, whose answer is a row of messages of one id: it begins and ends with the
 * zone's SOA record. Not thread-safe.
 */
// https://www.rfc-editor.org/rfc/rfc5936#section-2.2
final class ZoneTransfer {

    private static final int NONE = -1;

    private int id = NONE;
    private boolean incremental;

    /** A part of it was lost: no answer is made of the rest. */
    private boolean spoiled;

    private long records;
    private long bytes;

    /** A query was sent. */
    void asked(int queryId, int type) {
        if (type == QueryType.AXFR || type == QueryType.IXFR) {
            id = queryId;
            incremental = type == QueryType.IXFR;
            spoiled = false;
            records = 0;
            bytes = 0;
        }
    }

    /** Takes a message of the answer into account; true if it does not end an answer that is whole. */
    boolean goesOn(DnsFrame frame, int length) {
        if (id == NONE || frame.id() != id) {
            return false;
        }
        records += frame.answers();
        int last = frame.lastAnswer();
        boolean endsWithSoa = last >= 0 && frame.type(last) == QueryType.SOA;
        // A single SOA says of an incremental transfer that nothing is new; any other begins with it.
        boolean ends = frame.responseCode() != 0 || (endsWithSoa && (incremental || records > 1));
        if (ends || last < 0) {
            id = NONE;
            return spoiled;
        }
        bytes += length;
        return true;
    }

    /** Bytes of the messages before the last one, told once. */
    long bytesBefore() {
        long before = bytes;
        bytes = 0;
        return before;
    }

    boolean isSpoiled() {
        return spoiled;
    }

    /** Bytes of the answers are missing. */
    void lost() {
        spoiled = id != NONE;
        bytes = 0;
    }
}
