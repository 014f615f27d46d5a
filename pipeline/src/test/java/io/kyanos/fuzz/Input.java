package io.kyanos.fuzz;

/** Reads small numbers and pieces from a fuzzer's bytes; zeros and nothing once they are used up. */
public final class Input {

    private final byte[] bytes;
    private int at;

    public Input(byte[] bytes) {
        this.bytes = bytes;
    }

    public byte[] array() {
        return bytes;
    }

    public int position() {
        return at;
    }

    public boolean hasMore() {
        return at < bytes.length;
    }

    /** 0 to 255. */
    public int next() {
        return at < bytes.length ? bytes[at++] & 0xff : 0;
    }

    /** 0 to 65535. */
    public int nextShort() {
        return next() | next() << 8;
    }

    /** Moves over {@code count} bytes, or what is left of them, and says how many. */
    public int skip(int count) {
        int skipped = Math.min(count, bytes.length - at);
        at += skipped;
        return skipped;
    }
}
