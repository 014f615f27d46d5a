package io.kyanos.packet;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** The interfaces of a section of a pcapng file, in the order of their descriptions. Bounded. Not thread-safe. */
/*
 * Times: a tick is a power of ten or of two, and may be too short or too long for nanoseconds in a long. What does not
 * fit wraps; the times of a file are never trusted to make sense.
 */
final class CapturedInterfaces {

    static final int MAX_INTERFACES = 4096;

    private static final int OPTION_END = 0;
    private static final int OPTION_RESOLUTION = 9;
    private static final int OPTION_TIME_OFFSET = 14;
    private static final int FIXED_BYTES = 8;

    private static final int MICROSECONDS = 6;
    private static final int BASE_TWO = 0x80;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    /* The largest power of ten in a long. */
    private static final int MAX_DIGITS = 18;

    private int[] linkTypes = new int[4];
    private long[] snapLengths = new long[4];
    private int[] resolutions = new int[4];
    private long[] offsetNanos = new long[4];
    private int count;
    private int before;

    /** The interfaces that were described so far are those of another section. */
    void beginSection() {
        before += count;
        count = 0;
    }

    /** Takes the description between {@code body} and {@code end}; those beyond the bound are passed over. */
    void add(ByteBuffer view, int body, int end) {
        if (count == MAX_INTERFACES || end - body < FIXED_BYTES) {
            return;
        }
        if (count == linkTypes.length) {
            linkTypes = Arrays.copyOf(linkTypes, 2 * count);
            snapLengths = Arrays.copyOf(snapLengths, 2 * count);
            resolutions = Arrays.copyOf(resolutions, 2 * count);
            offsetNanos = Arrays.copyOf(offsetNanos, 2 * count);
        }
        linkTypes[count] = view.getShort(body) & 0xffff;
        long snapLength = Integer.toUnsignedLong(view.getInt(body + 4));
        snapLengths[count] = snapLength == 0 ? Long.MAX_VALUE : snapLength;
        resolutions[count] = MICROSECONDS;
        offsetNanos[count] = 0;
        readOptions(view, body + FIXED_BYTES, end);
        count++;
    }

    boolean has(int id) {
        return id >= 0 && id < count;
    }

    /** {@link CapturedFrame#NO_LINK_TYPE} of one that was not described. */
    int linkType(int id) {
        return has(id) ? linkTypes[id] : CapturedFrame.NO_LINK_TYPE;
    }

    /** Unlike all those of other sections. */
    int number(int id) {
        return before + id;
    }

    long snapLength(int id) {
        return has(id) ? snapLengths[id] : Long.MAX_VALUE;
    }

    /** Since the epoch. */
    long nanos(int id, long ticks) {
        return ticksAsNanos(resolutions[id], ticks) + offsetNanos[id];
    }

    static long ticksAsNanos(int resolution, long ticks) {
        int exponent = resolution & ~BASE_TWO;
        if ((resolution & BASE_TWO) != 0) {
            return binaryNanos(exponent, ticks);
        }
        if (exponent <= 9) {
            return ticks * powerOfTen(9 - exponent);
        }
        return exponent - 9 <= MAX_DIGITS ? Long.divideUnsigned(ticks, powerOfTen(exponent - 9)) : 0;
    }

    private static long binaryNanos(int exponent, long ticks) {
        if (exponent >= Long.SIZE) {
            return 0;
        }
        long seconds = ticks >>> exponent;
        long fraction = exponent == 0 ? 0 : ticks << (Long.SIZE - exponent);
        return seconds * NANOS_PER_SECOND + (((fraction >>> 32) * NANOS_PER_SECOND) >>> 32);
    }

    private static long powerOfTen(int exponent) {
        long power = 1;
        for (int i = 0; i < exponent; i++) {
            power *= 10;
        }
        return power;
    }

    private void readOptions(ByteBuffer view, int from, int end) {
        int at = from;
        while (end - at >= 4) {
            int code = view.getShort(at) & 0xffff;
            int length = view.getShort(at + 2) & 0xffff;
            at += 4;
            if (code == OPTION_END || length > end - at) {
                return;
            }
            if (code == OPTION_RESOLUTION && length >= 1) {
                resolutions[count] = view.get(at) & 0xff;
            } else if (code == OPTION_TIME_OFFSET && length >= Long.BYTES) {
                offsetNanos[count] = view.getLong(at) * NANOS_PER_SECOND;
            }
            at += (length + 3) & ~3;
        }
    }
}
