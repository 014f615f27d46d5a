package io.kyanos.protocol.mysql;

import io.airlift.compress.zstd.ZstdDecompressor;
import io.kyanos.protocol.ByteView;

/** How the packets of a connection are compressed once its client has logged in. */
enum Compression {
    NONE("", ""),
    ZLIB("zlib", "\170"),
    // https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1
    ZSTD("zstd", "\50\265\57\375");

    private final String label;
    private final String beginning;

    /** @param beginning of the data, in Latin-1 */
    Compression(String label, String beginning) {
        this.label = label;
        this.beginning = beginning;
    }

    /** What the data at {@code at} is compressed by, as far as it is in view; {@link #NONE} if by none. */
    static Compression of(ByteView view, int at) {
        return ZLIB.begins(view, at) ? ZLIB : ZSTD.begins(view, at) ? ZSTD : NONE;
    }

    /** Makes exactly so many bytes of the data, at {@code at}; false if these are not as many, or not compressed so. */
    static boolean decompressZstd(byte[] data, byte[] into, int at, int bytes) {
        try {
            return new ZstdDecompressor().decompress(data, 0, data.length, into, at, bytes) == bytes;
        } catch (RuntimeException e) {
            // Bytes that are wrong make the library throw what it likes.
            return false;
        }
    }

    private boolean begins(ByteView view, int at) {
        for (int i = 0; i < beginning.length() && at + i < view.length(); i++) {
            if ((view.byteAt(at + i) & 0xff) != beginning.charAt(i)) {
                return false;
            }
        }
        return this != NONE;
    }

    /** Empty of none. */
    String label() {
        return label;
    }
}
