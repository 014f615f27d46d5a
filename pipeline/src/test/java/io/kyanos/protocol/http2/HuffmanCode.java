package io.kyanos.protocol.http2;

import java.io.ByteArrayOutputStream;

/** Writes what {@link Huffman} reads. That its words are those of the RFC is shown by decoders of other makers. */
final class HuffmanCode {

    private static final int[] WORDS = new int[256];
    private static final int[] BITS = new int[256];

    static {
        int word = 0;
        for (int bits = 1; bits <= 30; bits++) {
            for (int octet = 0; octet < 256; octet++) {
                if (Character.digit(Huffman.LENGTHS.charAt(octet), 36) == bits) {
                    WORDS[octet] = word++;
                    BITS[octet] = bits;
                }
            }
            word <<= 1;
        }
    }

    private HuffmanCode() {}

    static byte[] encode(byte[] text) {
        ByteArrayOutputStream coded = new ByteArrayOutputStream();
        long pending = 0;
        int count = 0;
        for (byte octet : text) {
            pending = pending << BITS[octet & 0xff] | WORDS[octet & 0xff];
            count += BITS[octet & 0xff];
            while (count >= 8) {
                count -= 8;
                coded.write((int) (pending >> count));
            }
        }
        if (count > 0) {
            coded.write((int) (pending << (8 - count)) | 0xff >> count);
        }
        return coded.toByteArray();
    }
}
