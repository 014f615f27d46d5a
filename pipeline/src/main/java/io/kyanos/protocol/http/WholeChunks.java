package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.streamed.EventScanner;
import io.kyanos.protocol.web.Octets;

/** Chunks in bytes of a chunked body whose framing is lost: what a call has moved may be whole chunks. Stateless. */
final class WholeChunks {

    /** A chunk of more digits does not lie in one call. */
    private static final int MAX_DIGITS = 8;

    private WholeChunks() {}

    /**
     * Whether the view is a row of whole chunks, without extensions, or of such up to the last one. If so, the scanner reads
     * what they hold.
     */
    static boolean read(ByteView view, EventScanner scanner, ParseResult result) {
        if (!areWhole(view)) {
            return false;
        }
        int at = 0;
        while (at < view.length()) {
            int lineEnd = view.indexOfCrLf(at, view.length());
            int size = size(view, at, lineEnd);
            if (size == 0) {
                return true;
            }
            scanner.read(view, lineEnd + 2, lineEnd + 2 + size, result);
            at = lineEnd + 2 + size + 2;
        }
        return true;
    }

    private static boolean areWhole(ByteView view) {
        int at = 0;
        while (at < view.length()) {
            int lineEnd = view.indexOfCrLf(at, at + MAX_DIGITS + 1);
            int size = lineEnd < 0 ? -1 : size(view, at, lineEnd);
            if (size == 0) {
                return true;
            }
            int end = lineEnd + 2 + size;
            if (size < 0
                    || end > view.length() - 2
                    || view.byteAt(end) != Octets.CR
                    || view.byteAt(end + 1) != Octets.LF) {
                return false;
            }
            at = end + 2;
        }
        return true;
    }

    /** The size in a line of digits alone, or -1. */
    private static int size(ByteView view, int from, int to) {
        if (from == to || to - from > MAX_DIGITS) {
            return -1;
        }
        long size = 0;
        for (int at = from; at < to; at++) {
            int digit = Octets.hexValue(view.byteAt(at));
            if (digit < 0) {
                return -1;
            }
            size = (size << 4) | digit;
        }
        return size > Integer.MAX_VALUE / 2 ? -1 : (int) size;
    }
}
