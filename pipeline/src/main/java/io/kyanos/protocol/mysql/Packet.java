package io.kyanos.protocol.mysql;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.SafeText;

/**
 * One packet of either direction, read from its head on; its structure is reported on the way. What lies beyond the view or
 * the packet reads as 0. A reused flyweight: valid while its view is, not thread-safe.
 *
 * <pre>
 *   +---------------------+----------+------ - - -
 *   | length (3, little)  | sequence | length bytes
 *   +---------------------+----------+------ - - -
 * </pre>
 */
// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html
final class Packet {

    static final int HEAD_BYTES = 4;

    /** One of this length goes on in the next packet. */
    static final int LONGEST = 0xffffff;

    /** So much of a longer text is looked at. */
    static final int MAX_TEXT_BYTES = 16 * 1024;

    static final int ERROR = 0xff;
    static final int END = 0xfe;
    static final int OK = 0;

    /** In place of a length: NULL, or, of an answer, a file is asked for. */
    static final int NULL = 0xfb;

    private static final int TWO_BYTES = 0xfc;
    private static final int THREE_BYTES = 0xfd;
    private static final int EIGHT_BYTES = 0xfe;

    private ByteView view = new ByteView();
    private ParseResult result = new ParseResult();
    private int start;
    private int end;
    private int length;
    private int next;
    private int textFrom;
    private int textTo;

    /** What the head at {@code at} says of the length. */
    static int length(ByteView view, int at) {
        return (view.byteAt(at) & 0xff) | (view.byteAt(at + 1) & 0xff) << 8 | (view.byteAt(at + 2) & 0xff) << 16;
    }

    static int sequence(ByteView view, int at) {
        return view.byteAt(at + 3) & 0xff;
    }

    /** Moves past the head at {@code at}. */
    void wrap(ByteView of, int at, ParseResult told) {
        view = of;
        result = told;
        start = at;
        length = length(of, at);
        next = at + HEAD_BYTES;
        end = (int) Math.min(of.length(), (long) next + length);
        textFrom = next;
        textTo = next;
    }

    /** Its head is structure. */
    void tellHead() {
        result.structure(start, start + HEAD_BYTES);
    }

    int length() {
        return length;
    }

    int sequence() {
        return sequence(view, start);
    }

    /** All of its bytes, in view or not. */
    int bytes() {
        return HEAD_BYTES + length;
    }

    /** How many bytes behind the head are in view. */
    int inView() {
        return end - start - HEAD_BYTES;
    }

    boolean isWholeInView() {
        return inView() == length;
    }

    /** The first byte behind the head, -1 if there is none in view. */
    int type() {
        return start + HEAD_BYTES < end ? view.byteAt(start + HEAD_BYTES) & 0xff : -1;
    }

    /** The byte {@code index} behind the head. */
    int at(int index) {
        int at = start + HEAD_BYTES + index;
        return at < end ? view.byteAt(at) & 0xff : 0;
    }

    int at16(int index) {
        return at(index) | at(index + 1) << 8;
    }

    long at32(int index) {
        return at16(index) | (long) at16(index + 2) << 16;
    }

    ByteView view() {
        return view;
    }

    ParseResult result() {
        return result;
    }

    int end() {
        return end;
    }

    /** The index in the view of what is read next. */
    int next() {
        return next;
    }

    /** How many bytes of it follow in view. */
    int left() {
        return end - next;
    }

    /** A message begins with it. */
    void begins() {
        result.begins(start);
    }

    /** A message that stands by itself begins with it, under this key. */
    void begins(long key) {
        result.begins(start, key);
    }

    void skip(long count) {
        next = (int) Math.min(end, next + count);
    }

    /** Moves past so many bytes, which are structure. */
    void tell(int count) {
        int from = next;
        skip(count);
        result.structure(from, next);
    }

    /** Moves past these bytes, which are structure, if they are next. */
    void tellIf(byte[] known) {
        if (left() >= known.length && view.startsWith(known, next)) {
            tell(known.length);
        }
    }

    /** The next byte, which is structure. */
    int int8() {
        int value = left() > 0 ? view.byteAt(next) & 0xff : 0;
        tell(1);
        return value;
    }

    int int16() {
        return int8() | int8() << 8;
    }

    long int32() {
        return int16() | (long) int16() << 16;
    }

    private long int64() {
        return int32() | int32() << 32;
    }

    /** The next number of one to nine bytes, all of them structure; -1 of none. */
    long number() {
        int first = int8();
        return switch (first) {
            case NULL -> -1;
            case TWO_BYTES -> int16();
            case THREE_BYTES -> int16() | (long) int8() << 16;
            case EIGHT_BYTES -> int64();
            default -> first;
        };
    }

    /** The same of a number that is content: no more is structure than shows how long it is. */
    long hiddenNumber() {
        int first = left() > 0 ? view.byteAt(next) & 0xff : 0;
        int bytes = switch (first) {
            case TWO_BYTES -> 2;
            case THREE_BYTES -> 3;
            case EIGHT_BYTES -> 8;
            default -> 0;
        };
        if (first < NULL) {
            skip(1);
            return first;
        }
        tell(1);
        long value = 0;
        for (int i = 0; i < Math.min(bytes, left()); i++) {
            value |= (view.byteAt(next + i) & 0xffL) << (Byte.SIZE * i);
        }
        skip(bytes);
        return value;
    }

    /** Moves over the next text, up to its NUL, which is structure, or to the end of what is in view. */
    void text() {
        int nul = next < end ? view.indexOf((byte) 0, next, end) : -1;
        textFrom = next;
        textTo = nul < 0 ? end : nul;
        next = textTo;
        tell(1);
    }

    /** Moves over the next text, whose length stands before it. */
    void countedText() {
        long bytes = Math.max(0, number());
        textFrom = next;
        skip(Math.min(bytes, Integer.MAX_VALUE));
        textTo = next;
    }

    /** The same of one that is content, with its length. */
    void hiddenText() {
        long bytes = left() > 0 ? hiddenNumber() : 0;
        textFrom = next;
        skip(Math.max(0, Math.min(bytes, Integer.MAX_VALUE)));
        textTo = next;
    }

    /** The next byte, which is content. */
    int hidden8() {
        int value = left() > 0 ? view.byteAt(next) & 0xff : 0;
        skip(1);
        return value;
    }

    /** The next two, which are content. */
    int hidden16() {
        return hidden8() | hidden8() << 8;
    }

    /** Moves over the rest. */
    void rest() {
        textFrom = next;
        textTo = end;
        next = end;
    }

    int textFrom() {
        return textFrom;
    }

    int textTo() {
        return textTo;
    }

    boolean isText(String word) {
        return textTo - textFrom == word.length()
                && view.latin1(textFrom, textTo).equals(word);
    }

    /** The text without its first {@code count} bytes, as {@link #shown}. */
    String shownBehind(int count, int maxBytes) {
        int from = Math.min(textTo, textFrom + count);
        return SafeText.words(view.utf8(from, Math.min(textTo, from + maxBytes)));
    }

    /** The text as it can be shown on one line. */
    String shown(int maxBytes) {
        return SafeText.words(view.utf8(textFrom, Math.min(textTo, textFrom + maxBytes)));
    }
}
