package io.kyanos.protocol.http2;

import io.kyanos.protocol.ByteView;
import org.jspecify.annotations.Nullable;

/** Decodes the header blocks of one direction in their order. Not thread-safe; allocates only what enters the table. */
// https://www.rfc-editor.org/rfc/rfc7541
final class FieldDecoder {

    /** Takes the fields of a block in their order. */
    interface Fields {

        /**
         * One field.
         *
         * @param name valid during the call; null if it is not known
         * @param value likewise
         */
        void field(@Nullable ByteView name, @Nullable ByteView value);
    }

    /** A longer name or value is not decoded: it is unknown. */
    static final int MAX_TEXT_BYTES = 1 << 14;

    private final FieldTable table = new FieldTable();
    private final byte[] scratch = new byte[2 * MAX_TEXT_BYTES];
    private final ByteView name = new ByteView();
    private final ByteView value = new ByteView();

    /** Where the number or text that was read last ended. */
    private int at;

    /** Blocks were missed: what is in the table is unknown from now on. */
    void forget() {
        table.forget();
    }

    /** How large the other side lets the table be; it is as large from the update on that the next block begins with. */
    void allow(int maxBytes) {
        if (maxBytes < FieldTable.DEFAULT_BYTES) {
            table.maxBytes(maxBytes);
        }
    }

    /** Decodes {@code [from, to)}; false where it is not well-formed, after the fields before that. */
    boolean decode(ByteView view, int from, int to, Fields fields) {
        at = from;
        while (at < to) {
            int first = view.byteAt(at) & 0xff;
            boolean isRight = (first & 0x80) != 0
                    ? indexed(view, to, fields)
                    : (first & 0xe0) == 0x20 ? resize(view, to) : literal(view, to, first, fields);
            if (!isRight) {
                table.forget();
                return false;
            }
        }
        return true;
    }

    private boolean indexed(ByteView view, int to, Fields fields) {
        int index = number(view, to, 7);
        if (index <= 0) {
            return false;
        }
        fields.field(over(name, nameOf(index)), over(value, valueOf(index)));
        return true;
    }

    private boolean resize(ByteView view, int to) {
        int most = number(view, to, 5);
        if (most >= 0) {
            table.maxBytes(most);
        }
        return most >= 0;
    }

    private boolean literal(ByteView view, int to, int first, Fields fields) {
        boolean isKept = (first & 0x40) != 0;
        int index = number(view, to, isKept ? 6 : 4);
        if (index < 0) {
            return false;
        }
        ByteView said = index > 0 ? over(name, nameOf(index)) : text(view, to, name, 0);
        if (at < 0) {
            return false;
        }
        ByteView saidValue = text(view, to, value, MAX_TEXT_BYTES);
        if (at < 0) {
            return false;
        }
        if (isKept) {
            table.add(copy(said), copy(saidValue));
        }
        fields.field(said, saidValue);
        return true;
    }

    private byte @Nullable [] nameOf(int index) {
        return index <= StaticTable.SIZE ? StaticTable.name(index) : table.name(index - StaticTable.SIZE - 1);
    }

    private byte @Nullable [] valueOf(int index) {
        return index <= StaticTable.SIZE ? StaticTable.value(index) : table.value(index - StaticTable.SIZE - 1);
    }

    private static @Nullable ByteView over(ByteView view, byte @Nullable [] bytes) {
        if (bytes == null) {
            return null;
        }
        view.wrap(bytes, 0, bytes.length);
        return view;
    }

    private static byte @Nullable [] copy(@Nullable ByteView view) {
        if (view == null) {
            return null;
        }
        byte[] bytes = new byte[view.length()];
        view.copyTo(0, bytes, 0, bytes.length);
        return bytes;
    }

    /** Stands {@code target} on the text; null if it is too long. {@code at} is -1 if it is not well-formed. */
    private @Nullable ByteView text(ByteView view, int to, ByteView target, int scratchAt) {
        if (at >= to) {
            at = -1;
            return null;
        }
        boolean isCoded = view.byteAt(at) < 0;
        int length = number(view, to, 7);
        if (length < 0 || length > to - at) {
            at = -1;
            return null;
        }
        int from = at;
        at += length;
        if (length > MAX_TEXT_BYTES) {
            return null;
        }
        int decoded = length;
        if (isCoded) {
            decoded = Huffman.decode(view, from, from + length, scratch, scratchAt);
            if (decoded < 0 || decoded > MAX_TEXT_BYTES) {
                at = decoded < 0 ? -1 : at;
                return null;
            }
        } else {
            view.copyTo(from, scratch, scratchAt, length);
        }
        target.wrap(scratch, scratchAt, decoded);
        return target;
    }

    /** Reads a number whose first octet has so many bits of it; -1 if it is too large or cut. */
    private int number(ByteView view, int to, int bits) {
        int mask = (1 << bits) - 1;
        int number = view.byteAt(at++) & mask;
        if (number < mask) {
            return number;
        }
        for (int shift = 0; shift <= 21 && at < to; shift += 7) {
            int octet = view.byteAt(at++);
            number += (octet & 0x7f) << shift;
            if (octet >= 0) {
                return number;
            }
        }
        return -1;
    }
}
