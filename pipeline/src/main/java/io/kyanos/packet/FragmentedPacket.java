package io.kyanos.packet;

import java.util.Arrays;

/** The payload of one IP packet, as far as its fragments have come. Bytes that are there stay as they are. Not thread-safe. */
final class FragmentedPacket {

    /** The most that a length of 16 bits leaves for a payload. */
    static final int MAX_BYTES = 65_535;

    /** What one takes besides its bytes, about. */
    private static final int OVERHEAD_BYTES = 256;

    private static final int UNIT_BYTES = 8;
    private static final int FIRST_BYTES = 2048;
    private static final byte[] NOTHING = {};

    private final long begunAt;
    private byte[] bytes = NOTHING;
    /** Units of eight bytes that have come, a bit each. */
    private long[] arrived = {};

    private int arrivedUnits;
    private int fragments;
    /** Known once the last fragment has come. */
    private int length = -1;
    /** The first byte that came, but was not captured. */
    private int firstMissing = Integer.MAX_VALUE;

    private boolean done;
    private long doneAt;

    FragmentedPacket(long begunAt) {
        this.begunAt = begunAt;
    }

    /** Takes what {@code view} has left; false if nothing of it is new. */
    boolean add(PacketView view, int offset, boolean hasMore) {
        fragments++;
        int end = offset + view.wireLength();
        if (!hasMore && length < 0) {
            length = end;
        }
        int captured = view.end - view.at;
        boolean isNew = false;
        makeRoom(end);
        for (int at = offset; at < end; at += UNIT_BYTES) {
            int unit = at / UNIT_BYTES;
            if ((arrived[unit >> 6] & 1L << unit) != 0) {
                continue;
            }
            arrived[unit >> 6] |= 1L << unit;
            arrivedUnits++;
            isNew = true;
            int wanted = Math.min(UNIT_BYTES, end - at);
            int there = Math.max(0, Math.min(wanted, captured - (at - offset)));
            if (there > 0) {
                System.arraycopy(view.bytes, view.at + at - offset, bytes, at, there);
            }
            if (there < wanted) {
                firstMissing = Math.min(firstMissing, at + there);
            }
        }
        return isNew;
    }

    /** Whether all has come up to the end of the last fragment; what came beyond that does not count. */
    boolean isWhole() {
        if (length < 0 || done) {
            return false;
        }
        int units = (length + UNIT_BYTES - 1) / UNIT_BYTES;
        if (arrivedUnits < units) {
            return false;
        }
        for (int unit = 0; unit < units; unit++) {
            if ((arrived[unit >> 6] & 1L << unit) == 0) {
                return false;
            }
        }
        return true;
    }

    /** Puts {@code view} on all of it, and keeps no more than the mark that it was there. */
    void finish(PacketView view, long now) {
        view.wrap(bytes, 0, Math.min(length, firstMissing), length);
        bytes = NOTHING;
        arrived = new long[0];
        done = true;
        doneAt = now;
    }

    boolean isDone() {
        return done;
    }

    long doneAt() {
        return doneAt;
    }

    long begunAt() {
        return begunAt;
    }

    int fragments() {
        return fragments;
    }

    int memory() {
        return OVERHEAD_BYTES + bytes.length + arrived.length * Long.BYTES;
    }

    private void makeRoom(int end) {
        if (end > bytes.length) {
            int wanted = Math.max(Math.max(FIRST_BYTES, end), Math.min(MAX_BYTES, 2 * bytes.length));
            bytes = Arrays.copyOf(bytes, wanted);
            arrived = Arrays.copyOf(arrived, wanted / UNIT_BYTES / Long.SIZE + 1);
        }
    }
}
