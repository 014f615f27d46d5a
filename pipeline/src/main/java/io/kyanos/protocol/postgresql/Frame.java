package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.SafeText;

/**
 * One frame of either direction, read from its head on; what is structure of it is told on the way. A reused flyweight: valid
 * while its view is, not thread-safe.
 *
 * <pre>
 *   +------+----------------+-------------------- - - -
 *   | type | length (int32) | length - 4 bytes
 *   +------+----------------+-------------------- - - -
 * </pre>
 */
// https://www.postgresql.org/docs/current/protocol-message-formats.html
final class Frame {

    static final int HEAD_BYTES = 5;
    static final int LENGTH_BYTES = 4;

    /** The server takes none that is longer. */
    static final int MAX_BYTES = 0x3fffffff;

    /** So much of a longer text is looked at. */
    static final int MAX_TEXT_BYTES = 16 * 1024;

    /** The {@link #hash} of an empty text. */
    static final long NO_TEXT = 0xcbf29ce484222325L;

    private static final long FNV_PRIME = 0x100000001b3L;

    private ByteView view = new ByteView();
    private ParseResult result = new ParseResult();
    private int start;
    private int end;
    private long bytes;
    private int next;
    private int textFrom;
    private int textTo;

    static int int32(ByteView view, int at) {
        return (view.byteAt(at) & 0xff) << 24
                | (view.byteAt(at + 1) & 0xff) << 16
                | (view.byteAt(at + 2) & 0xff) << 8
                | (view.byteAt(at + 3) & 0xff);
    }

    static int int16(ByteView view, int at) {
        return (view.byteAt(at) & 0xff) << 8 | (view.byteAt(at + 1) & 0xff);
    }

    /** The index behind the frame whose head stands at {@code at}, in view or not. */
    static long end(ByteView view, int at) {
        return at + 1L + int32(view, at + 1);
    }

    static long hash(ByteView view, int from, int to) {
        long hash = NO_TEXT;
        for (int i = from; i < to; i++) {
            hash = (hash ^ (view.byteAt(i) & 0xff)) * FNV_PRIME;
        }
        return hash;
    }

    /** Stands behind the head of the frame at {@code at}. */
    void wrap(ByteView of, int at, ParseResult told) {
        wrap(of, at, HEAD_BYTES, end(of, at) - at, told);
    }

    /** The same of one of {@code length} bytes whose head has {@code headBytes}. */
    void wrap(ByteView of, int at, int headBytes, long length, ParseResult told) {
        view = of;
        result = told;
        start = at;
        bytes = length;
        end = (int) Math.min(of.length(), at + length);
        next = at + headBytes;
        textFrom = next;
        textTo = next;
        result.structure(at, next);
    }

    byte type() {
        return view.byteAt(start);
    }

    /** All of its bytes, in view or not. */
    long bytes() {
        return bytes;
    }

    /** The index in the view behind it, or behind what is in view of it. */
    int end() {
        return end;
    }

    ByteView view() {
        return view;
    }

    ParseResult result() {
        return result;
    }

    /** A message begins with it. */
    void begins(long key) {
        result.begins(start, key);
    }

    /** The next byte, which is structure if it is one of {@code known}. */
    byte one(String known) {
        byte b = view.byteAt(next);
        if (known.indexOf(b) >= 0) {
            result.structure(next, next + 1);
        }
        next++;
        return b;
    }

    void skip(int count) {
        next = Math.min(end, next + count);
    }

    /** Whether another text follows in a list that an empty one ends. */
    boolean hasText() {
        return next < end && view.byteAt(next) != 0;
    }

    /** Moves over the next text, up to its NUL or the end of what is in view; {@link #tell} is to follow. */
    void text() {
        int nul = next < end ? view.indexOf((byte) 0, next, end) : -1;
        textFrom = next;
        textTo = nul < 0 ? end : nul;
        next = Math.min(end, textTo + 1);
    }

    int textFrom() {
        return textFrom;
    }

    int textTo() {
        return textTo;
    }

    /** Whether the NUL of the text is in view. */
    boolean hasTextEnded() {
        return next > textTo;
    }

    int textBytes() {
        return textTo - textFrom;
    }

    /** So many bytes of the text are structure, and so is its NUL. */
    void tell(int known) {
        result.structure(textFrom, textFrom + known);
        result.structure(textTo, next);
    }

    /** The NUL that ends a list of texts is structure. */
    void tellEndOfList() {
        result.structure(next, Math.min(end, next + 1));
    }

    boolean isText(String word) {
        return textBytes() == word.length() && view.latin1(textFrom, textTo).equals(word);
    }

    long hash() {
        return hash(view, textFrom, textTo);
    }

    /** The text as it can be shown on one line. */
    String shown() {
        return shown(MAX_BYTES);
    }

    /** The beginning of the text as it can be shown. */
    String shown(int maxBytes) {
        return SafeText.words(view.utf8(textFrom, Math.min(textTo, textFrom + Math.min(textBytes(), maxBytes))));
    }

    /** How many values a Bind has behind its names and the codes of their formats; -1 where that is not in view. */
    int values() {
        if (next + 2 > end) {
            return -1;
        }
        int count = next + 2 + 2 * int16(view, next);
        return count + 2 > end ? -1 : int16(view, count);
    }
}
