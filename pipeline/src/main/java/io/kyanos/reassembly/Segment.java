package io.kyanos.reassembly;

/** A piece of a direction that waits for what comes before it. Its bytes are a copy. */
final class Segment {

    /** Bytes of memory that a segment takes besides those that it holds, about. */
    static final int OVERHEAD_BYTES = 128;

    final long position;
    final int length;
    final byte[] captured;

    /** When its packet was captured, and as which of its connection. */
    final long capturedAt;

    final long number;

    /** Its sender had got the other direction up to this position. */
    final long knows;

    /** Its sender meant something to end with it. */
    final boolean pushed;

    Segment(long position, int length, byte[] captured, long capturedAt, long number, long knows, boolean pushed) {
        this.position = position;
        this.length = length;
        this.captured = captured;
        this.capturedAt = capturedAt;
        this.number = number;
        this.knows = knows;
        this.pushed = pushed;
    }

    long end() {
        return position + length;
    }

    int memory() {
        return OVERHEAD_BYTES + captured.length;
    }
}
