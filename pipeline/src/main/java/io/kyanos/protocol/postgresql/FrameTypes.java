package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.ByteView;

/** The types of frames of one direction: how long each may be, and how much of a long one is read. Immutable. */
// https://www.postgresql.org/docs/current/protocol-message-formats.html
final class FrameTypes {

    /** Names of statements and portals, command tags and the like are within this. */
    private static final int SHORT = 8192;

    private static final int ERROR = 4096;

    private static final int MOST_LIKELY = (1 << 24) - 1;

    static final FrameTypes REQUESTS = new FrameTypes("")
            .add("SHcX", Frame.LENGTH_BYTES, Frame.LENGTH_BYTES, 0)
            .add("QP", 5, Frame.MAX_BYTES, Frame.MAX_TEXT_BYTES)
            .add("B", 12, Frame.MAX_BYTES, Frame.MAX_TEXT_BYTES)
            .add("E", 9, SHORT, SHORT)
            .add("DC", 6, SHORT, SHORT)
            .add("F", 14, Frame.MAX_BYTES, 0)
            .add("f", 5, Frame.MAX_BYTES, 0)
            .add("dp", Frame.LENGTH_BYTES, Frame.MAX_BYTES, 0);

    static final FrameTypes RESPONSES = new FrameTypes("NA")
            .add("123nsIc", Frame.LENGTH_BYTES, Frame.LENGTH_BYTES, 0)
            .add("Z", 5, 5, 1)
            .add("C", 5, SHORT, SHORT)
            .add("EN", 5, Frame.MAX_BYTES, ERROR)
            .add("S", 6, Frame.MAX_BYTES, ERROR)
            .add("A", 10, SHORT, SHORT)
            .add("DTt", 6, Frame.MAX_BYTES, 0)
            .add("K", 12, Startup.MAX_CANCEL_BYTES, 0)
            .add("R", 8, Frame.MAX_BYTES, Frame.LENGTH_BYTES)
            .add("v", 8, Frame.MAX_BYTES, 0)
            .add("GHW", 7, Frame.MAX_BYTES, 0)
            .add("dV", Frame.LENGTH_BYTES, Frame.MAX_BYTES, 0);

    private final String alone;
    private final int[] least = new int[Byte.MAX_VALUE + 1];
    private final int[] most = new int[Byte.MAX_VALUE + 1];
    private final int[] read = new int[Byte.MAX_VALUE + 1];

    private FrameTypes(String alone) {
        this.alone = alone;
    }

    /** @param ofRead bytes behind the head that must be in view, if there are so many */
    private FrameTypes add(String types, int ofLeast, int ofMost, int ofRead) {
        for (int i = 0; i < types.length(); i++) {
            least[types.charAt(i)] = ofLeast;
            most[types.charAt(i)] = ofMost;
            read[types.charAt(i)] = ofRead;
        }
        return this;
    }

    boolean has(byte type) {
        return type >= 0 && least[type] > 0;
    }

    /** Whether the head of a frame stands at {@code at}, and of none so long that other bytes look like it. */
    boolean isLikely(ByteView view, int at) {
        return has(view.byteAt(at)) && fits(view, at) && Frame.int32(view, at + 1) <= MOST_LIKELY;
    }

    private boolean fits(ByteView view, int at) {
        byte type = view.byteAt(at);
        int length = Frame.int32(view, at + 1);
        return length >= least[type] && length <= most[type];
    }

    /** Why no frame can begin at {@code at}, as far as the view goes; empty if one may. */
    String invalid(ByteView view, int at) {
        if (!has(view.byteAt(at))) {
            return PostgresqlReason.TYPE;
        }
        return view.length() - at < Frame.HEAD_BYTES || fits(view, at) ? "" : PostgresqlReason.LENGTH;
    }

    /** Whether as much is in view of the frame at {@code at} as is read of it. */
    boolean isReadable(ByteView view, int at) {
        int left = view.length() - at;
        return left >= Frame.HEAD_BYTES
                && left >= Math.min(Frame.end(view, at) - at, Frame.HEAD_BYTES + read[view.byteAt(at)]);
    }

    /** Whether a frame of this type is a message by itself, wherever it stands. */
    boolean standsAlone(byte type) {
        return alone.indexOf(type) >= 0;
    }
}
