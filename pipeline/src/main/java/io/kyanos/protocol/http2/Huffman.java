package io.kyanos.protocol.http2;

import io.kyanos.protocol.ByteView;
import org.jspecify.annotations.Nullable;

/** The code in which HPACK writes text. It is canonical, so the lengths of its words say all of it. */
// https://www.rfc-editor.org/rfc/rfc7541#appendix-B
final class Huffman {

    /** The length of each octet's word, as a digit of base 36. The end of a string has one, too, which never stands in it. */
    static final String LENGTHS = "dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6ca"
            + "d67777777777777777777777878djde6f56565666577666567655677777fbeds"
            + "kmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmn"
            + "qqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrq"
            + "u";

    private static final int OCTETS = 256;
    private static final int SHORTEST = 5;
    private static final int LONGEST = 30;
    private static final int SHORT_BITS = 8;

    /** By length: the first word above all words of that length, at the upper end of a long. */
    private static final long[] END = new long[LONGEST + 1];

    /** By length: its first word, and where its octets begin in {@link #IN_ORDER}. */
    private static final int[] FIRST_WORD = new int[LONGEST + 1];

    private static final int[] FIRST_OCTET = new int[LONGEST + 1];
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
                }
            }
            END[length] = (long) word << (Long.SIZE - length);
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

    /** So many octets are enough for {@code coded} ones. */
    static int mostDecoded(int coded) {
        return coded * Byte.SIZE / SHORTEST;
    }

    /** At least so many octets are in {@code coded} ones. */
    static int leastDecoded(int coded) {
        return (Math.max(0, coded * Byte.SIZE - 7) + LONGEST - 1) / LONGEST;
    }

    /**
     * Decodes {@code [from, to)} into {@code target}, which has room for {@link #mostDecoded}, or just counts if that is null; returns
     * how many octets there are, or -1 if it is not well-formed.
     */
    static int decode(ByteView view, int from, int to, byte @Nullable [] target) {
        // The next bits, from the upper end on; zeros follow.
        long bits = 0;
        int count = 0;
        int next = from;
        int out = 0;
        while (true) {
            while (count <= Long.SIZE - Byte.SIZE && next < to) {
                bits |= (view.byteAt(next++) & 0xffL) << (Long.SIZE - Byte.SIZE - count);
                count += Byte.SIZE;
            }
            do {
                int known = SHORT[(int) (bits >>> (Long.SIZE - SHORT_BITS))];
                int length = known != 0 ? known >> SHORT_BITS : longLength(bits);
                if (length > count) {
                    return isPadding(bits, count) ? out : -1;
                }
                if (target != null) {
                    target[out] = known != 0 ? (byte) known : longOctet(bits, length);
                }
                out++;
                bits <<= length;
                count -= length;
            } while (count >= LONGEST || next == to);
        }
    }

    /** Of the word of more than eight bits; more than there can be if there is none, as at the end of a string. */
    private static int longLength(long bits) {
        for (int length = SHORT_BITS + 1; length <= LONGEST; length++) {
            if (Long.compareUnsigned(bits, END[length]) < 0) {
                return length;
            }
        }
        return Integer.MAX_VALUE;
    }

    private static byte longOctet(long bits, int length) {
        return IN_ORDER[FIRST_OCTET[length] + (int) (bits >>> (Long.SIZE - length)) - FIRST_WORD[length]];
    }

    /** Fewer than eight bits, all of them set. */
    private static boolean isPadding(long bits, int count) {
        return count < Byte.SIZE && bits == (count == 0 ? 0 : -1L << (Long.SIZE - count));
    }
}
