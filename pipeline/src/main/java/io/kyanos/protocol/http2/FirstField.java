package io.kyanos.protocol.http2;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.http2.Http2Guess.Sender;

/** What the first field of a header block says of its sender, without any state. */
// https://www.rfc-editor.org/rfc/rfc7541#section-6 and, for the numbers, appendix A
final class FirstField {

    private static final int FIRST_OF_REQUEST = 1;
    private static final int LAST_OF_REQUEST = 7;
    private static final int LAST_OF_RESPONSE = 14;
    private static final int INDEXED = 0x80;
    private static final int INDEXING = 0x40;
    private static final int SIZE_UPDATE = 0x20;

    private FirstField() {}

    /** Of the block in the HEADERS frame at {@code at}; NOBODY if the frame holds no block that was written so. */
    static Sender sender(ByteView view, int at, Frame frame) {
        int padding = frame.has(Frame.PADDED) ? 1 : 0;
        int from = at + Frame.HEAD_BYTES + padding + (frame.has(Frame.PRIORITISED) ? Frame.PRIORITY_BYTES : 0);
        if (frame.stream() % 2 == 0) {
            return Sender.NOBODY;
        }
        if (from >= view.length()) {
            return Sender.EITHER;
        }
        int end = at + frame.bytes();
        if (padding > 0) {
            end -= Frame.unsigned(view, at + Frame.HEAD_BYTES);
        }
        if (from >= end || !isBlock(view, from, end)) {
            return Sender.NOBODY;
        }
        while (from < view.length() && (view.byteAt(from) & 0xe0) == SIZE_UPDATE) {
            from = afterNumber(view, from, 5);
        }
        return from >= Math.min(end, view.length()) ? Sender.EITHER : sender(Frame.unsigned(view, from));
    }

    private static Sender sender(int first) {
        int index;
        if ((first & INDEXED) != 0) {
            index = first & 0x7f;
        } else if ((first & INDEXING) != 0) {
            index = first & 0x3f;
        } else {
            index = first & 0x0f;
        }
        if (index >= FIRST_OF_REQUEST && index <= LAST_OF_REQUEST) {
            return Sender.CLIENT;
        }
        return index > LAST_OF_REQUEST && index <= LAST_OF_RESPONSE ? Sender.SERVER : Sender.EITHER;
    }

    /** Whether fields of HPACK, as far as they are in the view, follow each other from {@code from} to exactly {@code end}. */
    static boolean isBlock(ByteView view, int from, int end) {
        int at = from;
        boolean mayUpdate = true;
        while (at < end) {
            if (at >= view.length()) {
                return true;
            }
            int first = Frame.unsigned(view, at);
            if ((first & INDEXED) != 0) {
                if (first == INDEXED) {
                    return false;
                }
                at = afterNumber(view, at, 7);
            } else if ((first & 0xe0) == SIZE_UPDATE) {
                if (!mayUpdate) {
                    return false;
                }
                at = afterNumber(view, at, 5);
                continue;
            } else {
                int bits = (first & INDEXING) != 0 ? 6 : 4;
                boolean isNamed = (first & ((1 << bits) - 1)) == 0;
                at = afterNumber(view, at, bits);
                at = isNamed && at >= 0 ? afterText(view, at, end, true) : at;
                at = at >= 0 ? afterText(view, at, end, false) : at;
            }
            mayUpdate = false;
            if (at < 0) {
                return false;
            }
        }
        return at == end;
    }

    /** -1 if the text is longer than the block, or is a name that has none. */
    private static int afterText(ByteView view, int at, int end, boolean isName) {
        if (at >= end) {
            return -1;
        }
        if (at >= view.length()) {
            return end;
        }
        int length = number(view, at, 7);
        int from = afterNumber(view, at, 7);
        if (length < 0 || from < 0 || length > end - from || (isName && length == 0)) {
            return from > view.length() ? end : -1;
        }
        return from + length;
    }

    /** Where the number that begins at {@code at} ends; beyond the view if it does; -1 if it is too large. */
    private static int afterNumber(ByteView view, int at, int bits) {
        int mask = (1 << bits) - 1;
        if ((view.byteAt(at) & mask) != mask) {
            return at + 1;
        }
        for (int i = at + 1; i < at + 5; i++) {
            if (i >= view.length()) {
                return view.length() + 1;
            }
            if (view.byteAt(i) >= 0) {
                return i + 1;
            }
        }
        return -1;
    }

    private static int number(ByteView view, int at, int bits) {
        int mask = (1 << bits) - 1;
        int number = view.byteAt(at) & mask;
        if (number < mask) {
            return number;
        }
        for (int i = at + 1; i < at + 5 && i < view.length(); i++) {
            number += (view.byteAt(i) & 0x7f) << (7 * (i - at - 1));
            if (view.byteAt(i) >= 0) {
                return number;
            }
        }
        return -1;
    }
}
