package io.kyanos.packet;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * A stream with a window on what comes next in it. Reads no more than is asked for and what comes along with that, so
 * that it never waits for bytes that nobody needs yet. Not thread-safe.
 */
final class CaptureInput implements AutoCloseable {

    /** The most that may be asked for at once. */
    static final int MAX_BYTES = 1024 * 1024;

    private static final int FIRST_BYTES = 64 * 1024;
    private static final int GZIP_BUFFER_BYTES = 16 * 1024;

    private final InputStream in;
    private byte[] window = new byte[FIRST_BYTES];
    private int at;
    private int end;
    private long position;
    private boolean exhausted;
    private @Nullable String brokenOff;

    CaptureInput(InputStream in) {
        this.in = in;
    }

    /** What the stream holds; unpacked if it is gzip. */
    static CaptureInput open(InputStream in) throws IOException {
        CaptureInput packed = new CaptureInput(in);
        if (!packed.has(2) || !isGzip(packed.window)) {
            return packed;
        }
        return new CaptureInput(new GZIPInputStream(packed.rest(), GZIP_BUFFER_BYTES));
    }

    static boolean isGzip(byte[] head) {
        return head.length > 1 && head[0] == 0x1f && head[1] == (byte) 0x8b;
    }

    /** Whether that many bytes are in the window, waiting for them if need be; no more than {@link #MAX_BYTES}. */
    boolean has(int bytes) throws IOException {
        if (end - at >= bytes) {
            return true;
        }
        makeRoom(bytes);
        while (end - at < bytes && !exhausted) {
            int read = read();
            exhausted = read < 0;
            end += Math.max(0, read);
        }
        return end - at >= bytes;
    }

    byte[] array() {
        return window;
    }

    /** Where the next byte is in {@link #array}. */
    int at() {
        return at;
    }

    /** Passes over bytes that are in the window. They stay where they are until more are asked for. */
    void take(int bytes) {
        at += bytes;
        position += bytes;
    }

    /** Passes over bytes wherever they are; false if there are fewer. */
    boolean skip(long bytes) throws IOException {
        long left = bytes;
        while (left > 0) {
            if (!has(1)) {
                return false;
            }
            int step = (int) Math.min(left, end - at);
            take(step);
            left -= step;
        }
        return true;
    }

    /** Bytes that have been passed over. */
    long position() {
        return position;
    }

    boolean isAtEnd() throws IOException {
        return !has(1);
    }

    /** Nothing more is read, for this reason, unless there was another before. */
    void breakOff(String reason) {
        if (brokenOff == null) {
            brokenOff = reason + ", at byte " + position;
        }
    }

    /** The reason for which nothing more is read; null if there is none. */
    @Nullable
    String brokenOff() {
        return brokenOff;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private void makeRoom(int bytes) {
        if (at == end) {
            at = 0;
            end = 0;
        }
        if (window.length - at >= bytes) {
            return;
        }
        byte[] target =
                window.length >= bytes ? window : new byte[Math.max(bytes, Math.min(2 * window.length, MAX_BYTES))];
        System.arraycopy(window, at, target, 0, end - at);
        window = target;
        end -= at;
        at = 0;
    }

    private int read() throws IOException {
        try {
            return in.read(window, end, window.length - end);
        } catch (EOFException e) {
            breakOff("its compressed data ends too early");
        } catch (ZipException e) {
            breakOff("its compressed data is damaged");
        }
        return -1;
    }

    /**
     * What has not been taken. That its {@code available} waits for a byte or the end makes the reader of gzip go on
     * with the next member: it takes 0 for the end, which in a pipe it is not.
     */
    private InputStream rest() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                if (!has(1)) {
                    return -1;
                }
                take(1);
                return window[at - 1] & 0xff;
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                if (length == 0) {
                    return 0;
                }
                if (!has(1)) {
                    return -1;
                }
                int count = Math.min(length, end - at);
                System.arraycopy(window, at, target, offset, count);
                take(count);
                return count;
            }

            @Override
            public int available() throws IOException {
                return has(1) ? end - at : 0;
            }

            @Override
            public void close() throws IOException {
                in.close();
            }
        };
    }

    /** The first bytes of what is packed in {@code head}, as far as they can be told. */
    static byte[] unpackedHead(byte[] head, int bytes) {
        byte[] unpacked = new byte[bytes];
        int count = 0;
        try (CaptureInput input = open(new ByteArrayInputStream(head))) {
            while (count < bytes && input.has(count + 1)) {
                unpacked[count] = input.window[input.at + count];
                count++;
            }
        } catch (IOException ignored) {
            // What could be unpacked tells enough, or nothing.
        }
        return Arrays.copyOf(unpacked, count);
    }
}
