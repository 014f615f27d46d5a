package io.kyanos.protocol.http;

import io.airlift.compress.zstd.ZstdDecompressor;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.brotli.dec.BrotliInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A coding in which a body may travel (RFC 9110 section 8.4.1, RFC 7932, RFC 8878), and how to undo it for display. Bytes
 * are anybody's: whatever they say, no more than a few megabytes are allocated and no more than {@link #MAX_WORK_BYTES}
 * are made of them. Thread-safe.
 */
/*
 * Bounds: gzip and deflate are decoded as a stream, which stops once enough is there. Brotli gives nothing before its window
 * is full or the body ends, so what one body costs is its window; larger ones than the usual are refused. Of zstd a
 * frame is cut behind the blocks that are there and decoded into an array of our own, which never grows with what the
 * frame claims; the library's own stream would allocate as claimed, and would give nothing of a body that was cut.
 */
enum ContentCoding {
    GZIP(false),
    DEFLATE(false),
    BROTLI(true),
    ZSTD(true);

    /** The most that is made of a body, of each coding that is decoded on the way to its text. */
    static final int MAX_WORK_BYTES = 1 << 20;

    /** As many codings one after the other are decoded. */
    static final int MAX_CODINGS = 3;

    private static final int FIRST_BYTES = 4096;

    /** Browsers and servers use windows of up to 4 MiB; the format allows 16 MiB. */
    private static final int MAX_BROTLI_WINDOW_BITS = 22;

    private static final int ZSTD_MAGIC_BYTES = 4;
    private static final int ZSTD_BLOCK_HEADER_BYTES = 3;
    private static final int ZSTD_MAX_BLOCK_BYTES = 128 * 1024;
    private static final int ZSTD_CHECKSUM_FLAG = 0x04;
    private static final int ZSTD_SINGLE_SEGMENT_FLAG = 0x20;
    private static final int[] ZSTD_DICTIONARY_ID_BYTES = {0, 1, 2, 4};
    private static final int ZSTD_RLE_BLOCK = 1;

    /** How far undoing came. */
    enum End {
        /** All of it, or as much as was asked for. */
        REACHED,
        /** The bytes end too early. */
        CUT,
        /** The bytes are not of this coding, or not of a kind that is decoded. */
        BROKEN
    }

    /** What came out: {@code length} bytes of {@code bytes}. */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record Decoded(byte[] bytes, int length, End end) {}

    private final boolean wholeBlocks;

    ContentCoding(boolean wholeBlocks) {
        this.wholeBlocks = wholeBlocks;
    }

    /** The coding of a name as fields have it; null if it is not one that is decoded. */
    static @Nullable ContentCoding of(String lowerCaseName) {
        return switch (lowerCaseName) {
            case "gzip", "x-gzip" -> GZIP;
            case "deflate" -> DEFLATE;
            case "br" -> BROTLI;
            case "zstd" -> ZSTD;
            default -> null;
        };
    }

    /** Whether the first bytes of a body say nothing before a larger part of it is there. */
    boolean needsWholeBlocks() {
        return wholeBlocks;
    }

    /** Undoes the first {@code length} bytes, up to {@code limit} bytes of what they stand for. */
    Decoded decode(byte[] coded, int length, int limit) {
        try {
            return switch (this) {
                case GZIP -> read(new GZIPInputStream(new ByteArrayInputStream(coded, 0, length)), limit);
                case DEFLATE -> inflate(coded, length, limit);
                case BROTLI -> brotli(coded, length, limit);
                case ZSTD -> zstd(coded, length, limit);
            };
        } catch (EOFException e) {
            return new Decoded(coded, 0, End.CUT);
        } catch (IOException | RuntimeException e) {
            // Bytes that are wrong make the libraries throw what they like.
            return new Decoded(coded, 0, End.BROKEN);
        }
    }

    /** With the wrapping of zlib as it should be, or without it as some servers send it. */
    private static Decoded inflate(byte[] coded, int length, int limit) throws IOException {
        int first = length > 0 ? coded[0] & 0xff : 0;
        int second = length > 1 ? coded[1] & 0xff : 0;
        boolean zlib = (first & 0x0f) == 8 && ((first << 8) | second) % 31 == 0;
        Inflater inflater = new Inflater(!zlib);
        try {
            return read(new InflaterInputStream(new ByteArrayInputStream(coded, 0, length), inflater), limit);
        } finally {
            inflater.end();
        }
    }

    private static Decoded brotli(byte[] coded, int length, int limit) throws IOException {
        if (length == 0) {
            return new Decoded(coded, 0, End.CUT);
        }
        if (brotliWindowBits(coded[0] & 0xff) > MAX_BROTLI_WINDOW_BITS) {
            return new Decoded(coded, 0, End.BROKEN);
        }
        ByteArrayInputStream source = new ByteArrayInputStream(coded, 0, length);
        Decoded decoded = read(new BrotliInputStream(source), limit);
        // The library does not tell bytes that end too early from others that are wrong.
        return decoded.end() == End.BROKEN && source.available() == 0
                ? new Decoded(decoded.bytes(), decoded.length(), End.CUT)
                : decoded;
    }

    /** RFC 7932 section 9.1: WBITS. */
    private static int brotliWindowBits(int first) {
        if ((first & 1) == 0) {
            return 16;
        }
        int three = (first >> 1) & 7;
        if (three != 0) {
            return 17 + three;
        }
        int next = (first >> 4) & 7;
        return next == 0 ? 17 : next == 1 ? Integer.MAX_VALUE : 8 + next;
    }

    private static Decoded read(InputStream in, int limit) {
        int most = Math.min(limit, MAX_WORK_BYTES);
        byte[] out = new byte[Math.min(most, FIRST_BYTES)];
        int length = 0;
        try (in) {
            while (length < most) {
                if (length == out.length) {
                    out = Arrays.copyOf(out, Math.min(most, 2 * length));
                }
                int count = in.read(out, length, out.length - length);
                if (count < 0) {
                    break;
                }
                length += count;
            }
            return new Decoded(out, length, End.REACHED);
        } catch (EOFException e) {
            return new Decoded(out, length, End.CUT);
        } catch (IOException | RuntimeException e) {
            // What came before is right.
            return new Decoded(out, length, End.BROKEN);
        }
    }

    private static Decoded zstd(byte[] coded, int length, int limit) {
        int firstBlock = zstdFirstBlock(coded, length);
        if (firstBlock > length) {
            return new Decoded(coded, 0, End.CUT);
        }
        int most = Math.min(limit, MAX_WORK_BYTES);
        Decoded best = new Decoded(coded, 0, End.CUT);
        for (int blocks = 1; blocks <= MAX_WORK_BYTES / ZSTD_MAX_BLOCK_BYTES; blocks *= 2) {
            int[] ends = zstdBlockEnds(coded, firstBlock, length, blocks);
            if (ends.length == 0) {
                return best;
            }
            Decoded decoded = zstdBlocks(coded, firstBlock, ends);
            if (decoded.end() == End.BROKEN) {
                return new Decoded(best.bytes(), best.length(), End.BROKEN);
            }
            boolean last = isLastBlock(coded, ends.length == 1 ? firstBlock : ends[ends.length - 2]);
            boolean enough = decoded.length() >= most;
            best = new Decoded(
                    decoded.bytes(), Math.min(decoded.length(), most), last || enough ? End.REACHED : End.CUT);
            if (last || enough || ends.length < blocks) {
                return best;
            }
        }
        return best;
    }

    /** RFC 8878 section 3.1.1.1: where the first block begins; beyond {@code length} if that was cut off. */
    private static int zstdFirstBlock(byte[] coded, int length) {
        if (length <= ZSTD_MAGIC_BYTES) {
            return length + 1;
        }
        int descriptor = coded[ZSTD_MAGIC_BYTES];
        boolean single = (descriptor & ZSTD_SINGLE_SEGMENT_FLAG) != 0;
        int size = (descriptor >> 6) & 3;
        int sizeBytes = size == 0 ? (single ? 1 : 0) : 1 << size;
        return ZSTD_MAGIC_BYTES + 1 + (single ? 0 : 1) + ZSTD_DICTIONARY_ID_BYTES[descriptor & 3] + sizeBytes;
    }

    /** Where the blocks end that are there, at most {@code most} of them. */
    private static int[] zstdBlockEnds(byte[] coded, int firstBlock, int length, int most) {
        int[] ends = new int[most];
        int count = 0;
        int at = firstBlock;
        while (count < most && at + ZSTD_BLOCK_HEADER_BYTES <= length) {
            int header = zstdBlockHeader(coded, at);
            int bytes = ((header >> 1) & 3) == ZSTD_RLE_BLOCK ? 1 : header >> 3;
            int end = at + ZSTD_BLOCK_HEADER_BYTES + bytes;
            if (end > length) {
                break;
            }
            ends[count++] = end;
            if ((header & 1) != 0) {
                break;
            }
            at = end;
        }
        return Arrays.copyOf(ends, count);
    }

    private static int zstdBlockHeader(byte[] coded, int at) {
        return (coded[at] & 0xff) | (coded[at + 1] & 0xff) << 8 | (coded[at + 2] & 0xff) << 16;
    }

    private static boolean isLastBlock(byte[] coded, int at) {
        return (coded[at] & 1) != 0;
    }

    /** Undoes a frame that ends with the given blocks, without a checksum over what is cut off. */
    private static Decoded zstdBlocks(byte[] coded, int firstBlock, int[] ends) {
        byte[] frame = Arrays.copyOf(coded, ends[ends.length - 1]);
        frame[ZSTD_MAGIC_BYTES] &= (byte) ~ZSTD_CHECKSUM_FLAG;
        frame[ends.length == 1 ? firstBlock : ends[ends.length - 2]] |= 1;
        byte[] out = new byte[Math.min(ends.length * ZSTD_MAX_BLOCK_BYTES, MAX_WORK_BYTES)];
        try {
            int length = new ZstdDecompressor().decompress(frame, 0, frame.length, out, 0, out.length);
            return new Decoded(out, length, End.REACHED);
        } catch (RuntimeException e) {
            return new Decoded(coded, 0, End.BROKEN);
        }
    }
}
