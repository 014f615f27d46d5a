package io.kyanos.protocol.http2;

import io.kyanos.protocol.ByteView;

/** The code in which HPACK writes text. It is canonical, so the lengths of its words say all of it. */
// https://www.rfc-editor.org/rfc/rfc7541#appendix-B
final class Huffman {

    /** The length of each octet's word, as a digit of base 36. The end of a string has one, too, which never stands in it. */
    private static final String LENGTHS =
            "dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6ca" +
            "d67777777777777777777777878djde6f56565666577666567655677777fbeds" +
            "kmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmn" +
            "qqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrq" +
            "u";

    private static final int OCTETS = 256;
    private static final int SHORTEST = 5;
    private static final int LONGEST = 30;
    private static final int SHORT_BITS = 8;

    /** By length: the first word, and where its octets begin in {@link #IN_ORDER}. */
    private static final int[] FIRST_WORD = new int[LONGEST + 2];

    private static final int[] FIRST_OCTET = new int[LONGEST + 2];
    private static final int[] COUNT = new int[LONGEST + 2];
    private static final byte[] IN_ORDER = new byte[OCTETS];

    /** What eight bits begin with, if a word of at most so many: its length above its octet; else 0. */
    private static final short[] SHORT = new short[1 << SHORT_BITS];

    static {
        int place = 0;
        int word = 0;
        for (int length = SHORTEST; length <= LONGEST; length++) {
            FIRST_WORD[length] = word;
            FIRST_OCTET[length] = place;
            for (int octet = 0; octet < OCTETS; octet++) {
                if (Character.digit(LENGTHS.charAt(octet), 36) == length) {
                    if (length <= SHORT_BITS) {
                        fill(word, length, octet);
                    }
                    IN_ORDER[place++] = (byte) octet;
                    word++;
                    COUNT[length]++;
                }
            }
            word <<= 1;
        }
    }

    private static void fill(int word, int length, int octet) {
        int free = SHORT_BITS - length;
        for (int i = 0; i < 1 << free; i++) {
            SHORT[word << free | i] = (short) (length << SHORT_BITS | octet);
        }
    }

    private Huffman() {}

    /**
     * Decodes {@code [from, to)} into {@code target}; returns how many octets there are, or -1 if it is not well-formed or does
     * not fit.
     */
    static int decode(ByteView view, int from, int to, byte[] target, int at) {
        long bits = 0;
        int count = 0;
        int next = from;
        int out = at;
        while (true) {
            while (count <= LONGEST && next < to) {
                bits = bits << 8 | (view.byteAt(next++) & 0xff);
                count += 8;
            }
            int length = wordLength(bits, count);
            if (length == 0) {
                return count < 8 && isPadding(bits, count) ? out - at : -1;
            }
            if (out == target.length) {
                return -1;
            }
            target[out++] = octet(bits, count, length);
            count -= length;
        }
    }

    /** 0 if the bits are no word. */
    private static int wordLength(long bits, int count) {
        int eight = count >= SHORT_BITS
                ? (int) (bits >>> (count - SHORT_BITS)) & 0xff
                : (int) (bits << (SHORT_BITS - count)) & 0xff;
        int known = SHORT[eight] >> SHORT_BITS;
        if (known != 0) {
            return known <= count ? known : 0;
        }
        for (int length = SHORT_BITS + 1; length <= LONGEST && length <= count; length++) {
            if (place(bits, count, length) < COUNT[length]) {
                return length;
            }
        }
        return 0;
    }

    private static byte octet(long bits, int count, int length) {
        return IN_ORDER[FIRST_OCTET[length] + place(bits, count, length)];
    }

    /** Of the word of that length among those of its length. */
    private static int place(long bits, int count, int length) {
        int word = (int) (bits >>> (count - length)) & ((1 << length) - 1);
        return word < FIRST_WORD[length] ? Integer.MAX_VALUE : word - FIRST_WORD[length];
    }

    private static boolean isPadding(long bits, int count) {
        long mask = (1L << count) - 1;
        return (bits & mask) == mask;
    }
}
