package io.kyanos.recording;

import io.airlift.compress.MalformedInputException;
import io.airlift.compress.lz4.Lz4Compressor;
import io.airlift.compress.lz4.Lz4Decompressor;

/** Packs and unpacks the bytes of blocks. Not thread-safe. */
final class BlockCompression {

    static final int NONE = 0;
    static final int LZ4 = 1;

    private final Lz4Compressor compressor = new Lz4Compressor();
    private final Lz4Decompressor decompressor = new Lz4Decompressor();

    /** Bytes that {@link #compress} may need of its target. */
    int room(int rawBytes) {
        return compressor.maxCompressedLength(rawBytes);
    }

    /** Returns how many bytes of {@code target} it has written, from {@code at} on. */
    int compress(byte[] raw, int rawBytes, byte[] target, int at) {
        return compressor.compress(raw, 0, rawBytes, target, at, target.length - at);
    }

    /** Whether {@code stored} was the compressed form of as many bytes as {@code target} holds, and they are there now. */
    boolean decompress(byte[] stored, int at, int storedBytes, byte[] target, int rawBytes) {
        try {
            return decompressor.decompress(stored, at, storedBytes, target, 0, rawBytes) == rawBytes;
        } catch (MalformedInputException | IndexOutOfBoundsException | IllegalArgumentException e) {
            return false;
        }
    }
}
