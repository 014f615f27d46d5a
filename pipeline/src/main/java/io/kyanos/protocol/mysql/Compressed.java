package io.kyanos.protocol.mysql;

import io.kyanos.protocol.ByteView;

/**
 * Shows that a connection, whose log-in was not seen, is compressed: by a packet that holds one other and no more, as short ones
 * do uncompressed, or by the beginning of compressed data.
 */
final class Compressed {

    static final int HEAD_BYTES = 7;
    static final int PLAIN_LENGTH_AT = 4;

    private static final int CERTAIN_BYTES = HEAD_BYTES + Packet.HEAD_BYTES;

    private Compressed() {}

    /** Where in {@code [from, to)} a compressed packet may begin, as far as the view goes; {@code to} if nowhere. */
    static int find(ByteView view, int from, int to) {
        int at = from;
        while (at < to && !isOne(view, at)) {
            at++;
        }
        return at;
    }

    static boolean isCertain(ByteView view, int at) {
        return view.length() - at >= CERTAIN_BYTES;
    }

    /** Whether one stands at {@code at}, as far as the view goes, which is further than to its length and number. */
    static boolean isOne(ByteView view, int at) {
        if (view.length() - at <= Packet.HEAD_BYTES || Packet.sequence(view, at) > 1) {
            return false;
        }
        int length = Packet.length(view, at);
        if (view.length() - at < HEAD_BYTES) {
            return length > Packet.HEAD_BYTES && isZero(view, at + PLAIN_LENGTH_AT);
        }
        int before = Packet.length(view, at + PLAIN_LENGTH_AT);
        if (before > 0) {
            return before > length
                    && before <= CompressedParser.MAX_PLAIN_BYTES
                    && Compression.of(view, at + HEAD_BYTES) != Compression.NONE;
        }
        int inner = at + HEAD_BYTES;
        return view.length() - inner < Packet.HEAD_BYTES
                || (Packet.length(view, inner) + Packet.HEAD_BYTES == length && Packet.sequence(view, inner) <= 1);
    }

    private static boolean isZero(ByteView view, int from) {
        for (int i = from; i < view.length(); i++) {
            if (view.byteAt(i) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether a packet that is not compressed itself stands in the one that the view begins with, and the same of all of it. */
    static boolean holdsOne(ByteView view) {
        return isCertain(view, 0) && Packet.length(view, PLAIN_LENGTH_AT) == 0 && isOne(view, 0);
    }
}
