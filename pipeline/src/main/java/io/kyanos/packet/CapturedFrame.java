package io.kyanos.packet;

/** One frame of a capture, in place. A reused flyweight: valid until the next one is asked for. Not thread-safe. */
public final class CapturedFrame {

    /** Of a frame whose interface the file does not describe. */
    public static final int NO_LINK_TYPE = -1;

    /** The most bytes that a frame is believed to have had, whatever the file says. */
    private static final int MAX_ORIGINAL_BYTES = 16 * 1024 * 1024;

    private static final byte[] NOTHING = {};

    private byte[] array = NOTHING;
    private int offset;
    private int captured;
    private int original;
    private long timeNanos;
    private int linkType = NO_LINK_TYPE;
    private int interfaceNumber;

    /**
     * Stands on a frame that a capture holds.
     *
     * @param newCaptured bytes of it at {@code newOffset} of {@code newArray}
     * @param newOriginal bytes that it had; taken for {@code newCaptured} where it is less
     */
    public void wrap(
            byte[] newArray,
            int newOffset,
            int newCaptured,
            long newOriginal,
            long newTimeNanos,
            int newLinkType,
            int newInterfaceNumber) {
        array = newArray;
        offset = newOffset;
        captured = newCaptured;
        original = (int) Math.max(newCaptured, Math.min(newOriginal, MAX_ORIGINAL_BYTES));
        timeNanos = newTimeNanos;
        linkType = newLinkType;
        interfaceNumber = newInterfaceNumber;
    }

    /** When it was captured, since the epoch. Of a frame without a time, that of the one before it. */
    public long timeNanos() {
        return timeNanos;
    }

    /** As in the registry of link types; {@link #NO_LINK_TYPE} if nobody knows. */
    public int linkType() {
        return linkType;
    }

    /** Tells the interfaces of a file apart, those of all its sections. */
    public int interfaceNumber() {
        return interfaceNumber;
    }

    public byte[] array() {
        return array;
    }

    /** Where it begins in {@link #array}. */
    public int offset() {
        return offset;
    }

    /** Bytes that are in {@link #array}. */
    public int captured() {
        return captured;
    }

    /** Bytes that it had on the wire; more than {@link #captured} where the capture has cut it. */
    public int original() {
        return original;
    }
}
