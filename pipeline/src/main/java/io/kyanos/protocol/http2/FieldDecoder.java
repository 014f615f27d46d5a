package io.kyanos.protocol.http2;

import io.kyanos.protocol.ByteView;
import org.jspecify.annotations.Nullable;

/** Decodes the header blocks of one direction in their order. Not thread-safe; allocates only what enters the table. */
/*
 * Joined in the middle, or after a loss, fields of the table are unknown until they are added again: FieldTable says why none is wrong.
 * A block that is not well-formed ends the connection (RFC 9113, 4.3): should it go on nevertheless, all is unknown.
 *
 * Sizes: an update above what the other side has allowed is no error here, as what it has allowed may be read later than its use, or
 * be lost. It is known without that, even after an upgrade: the sender says the size before it uses it (RFC 7541, 4.2).
 *
 * Redaction: bytes of values are overwritten by the digit 0, and are no Huffman code any more. A coded text
 * that is nothing but those is unknown, and counts as the least that it can have been: so the table may hold more.
 */
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

        /** One that is never to be put into a table, as its value is a secret. */
        default void secret(@Nullable ByteView name, @Nullable ByteView value) {
            field(name, value);
        }

        /** Whether fields of that name are handed over: always the same for a name. Values of others are not even kept. */
        default boolean isWanted(ByteView name) {
            return true;
        }

        /**
         * The name of the field that is, or would be, handed over next stands in the block.
         *
         * @param from its first byte; the view's, as {@code to}
         */
        default void name(int from, int to) {}

        /**
         * The value of the field that was, or would have been, handed over last stands in the block.
         *
         * @param from its first byte; the view's, as {@code to}
         */
        default void value(int from, int to, boolean isCoded) {}
    }

    /** A longer name or value is not decoded: it is unknown. */
    static final int MAX_TEXT_BYTES = 1 << 14;

    private static final int INDEXED = 0x80;
    private static final int INDEXING = 0x40;
    private static final int SIZE_UPDATE = 0x20;
    private static final int NEVER_INDEXED = 0x10;
    private static final byte OVERWRITTEN = '0';
    private static final int MAX_NUMBER_OCTETS = 5;
    private static final int MIN_SCRATCH_BYTES = 128;

    /** So much room for texts stays from block to block. */
    private static final int MOST_SCRATCH_BYTES = 1 << 10;

    /** The name of fields that are not wanted. */
    private static final byte[] UNWANTED = {};

    private static final byte[] NOTHING = {};

    private final FieldTable table;
    private final ByteView name = new ByteView();
    private final ByteView value = new ByteView();
    private byte[] nameScratch = NOTHING;
    private byte[] valueScratch = NOTHING;

    /** Where the number or text that was read last ended. */
    private int at;

    private int textFrom;
    private boolean isCoded;

    /** The least that the text that was decoded last can be long. */
    private int textBytes;

    /** @param share what the table's fields are taken from */
    FieldDecoder(KeptBytes.Share share) {
        table = new FieldTable(share);
    }

    /** The connection begins with the next block. */
    void begin() {
        table.begin();
    }

    /** Blocks were missed: what is in the table is unknown from now on. */
    void forget() {
        table.forget();
    }

    /** How large the other side lets the table be; it is as large from the update on that the next block begins with. */
    void allow(int maxBytes) {
        table.allow(maxBytes);
    }

    /** Decodes {@code [from, to)}; false where it is not well-formed, after the fields before that. */
    boolean decode(ByteView view, int from, int to, Fields fields) {
        boolean isRight = decodeFields(view, from, to, fields);
        if (nameScratch.length + valueScratch.length > MOST_SCRATCH_BYTES) {
            nameScratch = NOTHING;
            valueScratch = NOTHING;
            name.wrap(NOTHING, 0, 0);
            value.wrap(NOTHING, 0, 0);
        }
        return isRight;
    }

    private boolean decodeFields(ByteView view, int from, int to, Fields fields) {
        boolean mayResize = true;
        at = from;
        while (at < to) {
            int first = view.byteAt(at) & 0xff;
            boolean isRight;
            if ((first & INDEXED) != 0) {
                isRight = indexed(view, to, fields);
            } else if (isSizeUpdate(first)) {
                isRight = mayResize && resize(view, to);
            } else {
                isRight = literal(view, to, first, fields);
            }
            if (!isRight) {
                table.forget();
                return false;
            }
            mayResize &= isSizeUpdate(first);
        }
        return true;
    }

    private static boolean isSizeUpdate(int first) {
        return (first & (INDEXED | INDEXING | SIZE_UPDATE)) == SIZE_UPDATE;
    }

    private boolean indexed(ByteView view, int to, Fields fields) {
        int index = number(view, to, 7);
        if (index <= 0 || !mayBe(index)) {
            return false;
        }
        byte[] said = nameOf(index);
        if (said == null) {
            fields.field(null, null);
        } else if (said != UNWANTED) {
            name.wrap(said, 0, said.length);
            if (index > StaticTable.SIZE || fields.isWanted(name)) {
                fields.field(name, over(value, valueOf(index)));
            }
        }
        return true;
    }

    private boolean resize(ByteView view, int to) {
        int most = number(view, to, 5);
        if (most >= 0) {
            table.resize(most);
        }
        return most >= 0;
    }

    private boolean literal(ByteView view, int to, int first, Fields fields) {
        boolean isAdded = (first & INDEXING) != 0;
        int index = number(view, to, isAdded ? 6 : 4);
        if (index < 0 || !mayBe(index)) {
            return false;
        }
        byte[] numbered = index > 0 ? nameOf(index) : null;
        int bytesOfName = index > 0 ? nameBytesOf(index) : 0;
        ByteView said = over(name, numbered);
        if (index == 0) {
            if (!findText(view, to)) {
                return false;
            }
            fields.name(textFrom, at);
            nameScratch = roomFor(nameScratch);
            said = decoded(view, name, nameScratch);
            bytesOfName = textBytes;
        }
        if (bytesOfName < 0 || !findText(view, to)) {
            return false;
        }
        boolean isWanted = said == null || (numbered != UNWANTED && fields.isWanted(said));
        ByteView saidValue = null;
        if (isWanted) {
            valueScratch = roomFor(valueScratch);
            saidValue = decoded(view, value, valueScratch);
        } else if (isAdded) {
            count(view);
        } else {
            textBytes = 0;
        }
        if (textBytes < 0) {
            return false;
        }
        if (isAdded) {
            byte[] keptName = !isWanted ? UNWANTED : index > 0 ? numbered : copy(said);
            table.add(keptName, bytesOfName, keptName == null ? null : copy(saidValue), textBytes);
        }
        if (isWanted && (first & (INDEXING | NEVER_INDEXED)) == NEVER_INDEXED) {
            fields.secret(said, saidValue);
        } else if (isWanted) {
            fields.field(said, saidValue);
        }
        fields.value(textFrom, at, isCoded);
        return true;
    }

    private boolean mayBe(int index) {
        return index <= StaticTable.SIZE || table.mayHold(index - StaticTable.SIZE - 1);
    }

    private byte @Nullable [] nameOf(int index) {
        return index <= StaticTable.SIZE ? StaticTable.name(index) : table.name(index - StaticTable.SIZE - 1);
    }

    private int nameBytesOf(int index) {
        return index <= StaticTable.SIZE
                ? StaticTable.name(index).length
                : table.nameBytes(index - StaticTable.SIZE - 1);
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

    /** Finds the text at {@code at} and moves behind it; false if it is not in the block. */
    private boolean findText(ByteView view, int to) {
        if (at >= to) {
            return false;
        }
        isCoded = view.byteAt(at) < 0;
        int length = number(view, to, 7);
        textFrom = at;
        at += length;
        return length >= 0 && length <= to - textFrom;
    }

    private byte[] roomFor(byte[] scratch) {
        int length = at - textFrom;
        int needed = Math.min(isCoded ? Math.max(length, Huffman.mostDecoded(length)) : length, 2 * MAX_TEXT_BYTES);
        return scratch.length >= needed ? scratch : new byte[Math.max(needed, MIN_SCRATCH_BYTES)];
    }

    /** Stands {@code target} on the text that was found; null if it is unknown. {@link #textBytes} is -1 if it is not well-formed. */
    private @Nullable ByteView decoded(ByteView view, ByteView target, byte[] scratch) {
        int length = at - textFrom;
        if (length > MAX_TEXT_BYTES) {
            count(view);
            return null;
        }
        if (!isCoded) {
            view.copyTo(textFrom, scratch, 0, length);
            target.wrap(scratch, 0, length);
            textBytes = length;
            return target;
        }
        if (isOverwritten(view)) {
            textBytes = Huffman.leastDecoded(length);
            return null;
        }
        textBytes = Huffman.decode(view, textFrom, at, scratch);
        if (textBytes < 0 || textBytes > MAX_TEXT_BYTES) {
            return null;
        }
        target.wrap(scratch, 0, textBytes);
        return target;
    }

    private void count(ByteView view) {
        int length = at - textFrom;
        if (isCoded) {
            textBytes = isOverwritten(view) ? Huffman.leastDecoded(length) : Huffman.decode(view, textFrom, at, null);
        } else {
            textBytes = length;
        }
    }

    /** Whether the coded text is nothing but what redaction leaves. */
    private boolean isOverwritten(ByteView view) {
        for (int i = textFrom; i < at; i++) {
            if (view.byteAt(i) != OVERWRITTEN) {
                return false;
            }
        }
        return at > textFrom;
    }

    /** Reads a number whose first octet has so many bits of it; at most {@link Integer#MAX_VALUE}; -1 if it is cut or longer than 32 bits. */
    private int number(ByteView view, int to, int bits) {
        int mask = (1 << bits) - 1;
        int first = view.byteAt(at++) & mask;
        if (first < mask) {
            return first;
        }
        long number = first;
        for (int i = 0; i < MAX_NUMBER_OCTETS && at < to; i++) {
            int octet = view.byteAt(at++);
            number += (octet & 0x7fL) << (7 * i);
            if (octet >= 0) {
                return number >>> Integer.SIZE != 0 ? -1 : (int) Math.min(number, Integer.MAX_VALUE);
            }
        }
        return -1;
    }
}
