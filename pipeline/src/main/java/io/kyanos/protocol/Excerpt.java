package io.kyanos.protocol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A line or a word to be changed in its place, though it may have come in pieces. Where it lies in one piece, that is it;
 * otherwise it is a copy, of which {@link #giveBack} writes the pieces. Reused; not thread-safe.
 */
public final class Excerpt {

    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    private record Piece(byte[] bytes, int from, int at, int length) {}

    private static final byte LF = '\n';

    private final int maxBytes;
    private final List<Piece> pieces = new ArrayList<>(0);
    private byte[] copy = {};
    private int copied;
    private byte[] bytes = copy;
    private int from;
    private int to;
    private boolean whole;

    /** @param maxBytes beyond which it {@link #isTooLong} */
    public Excerpt(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Takes what belongs to the line, up to and with its line feed; returns where the rest begins. */
    public int takeLine(byte[] source, int start, int end) {
        int at = start;
        while (at < end && source[at] != LF) {
            at++;
        }
        boolean ends = at < end;
        return take(source, start, ends ? at + 1 : end, ends);
    }

    /** Takes what belongs to a word of so many bytes; returns where the rest begins. */
    public int takeWord(byte[] source, int start, int end, int length) {
        int wanted = Math.min(end - start, length - copied);
        return take(source, start, start + wanted, copied + wanted == length);
    }

    /** Whether all of it is here: {@link #bytes} from {@link #from} to {@link #to} may be changed. */
    public boolean isWhole() {
        return whole;
    }

    /** Whether some of it is here. */
    public boolean isBegun() {
        return copied > 0;
    }

    public boolean isTooLong() {
        return copied > maxBytes;
    }

    public byte[] bytes() {
        return bytes;
    }

    public int from() {
        return from;
    }

    public int to() {
        return to;
    }

    /** Makes what is here the whole: no more of it will be waited for. */
    public void cut() {
        bytes = copy;
        from = 0;
        to = copied;
        whole = true;
    }

    /** Ends the work on it; the next may be taken. */
    public void giveBack() {
        for (Piece piece : pieces) {
            System.arraycopy(copy, piece.at(), piece.bytes(), piece.from(), piece.length());
        }
        pieces.clear();
        copied = 0;
        whole = false;
    }

    private int take(byte[] source, int start, int end, boolean isLast) {
        if (isLast && copied == 0) {
            bytes = source;
            from = start;
            to = end;
            whole = true;
            return end;
        }
        int length = end - start;
        if (copied + length > copy.length) {
            copy = Arrays.copyOf(copy, Math.max(256, 2 * (copied + length)));
        }
        System.arraycopy(source, start, copy, copied, length);
        pieces.add(new Piece(source, start, copied, length));
        copied += length;
        if (isLast) {
            cut();
        }
        return end;
    }
}
