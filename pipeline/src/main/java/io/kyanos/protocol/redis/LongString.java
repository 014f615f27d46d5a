package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;

/** The rest of a string that is passed over, and as much of its text as is asked for. Not thread-safe. */
final class LongString {

    private enum Text {
        NONE,
        SHOWN,
        /** A quote follows the last byte. */
        QUOTED
    }

    private final RedisText text;
    private boolean passing;
    private long left;
    private Text shown = Text.NONE;
    private long textLeft;

    LongString(RedisText text) {
        this.text = text;
    }

    /** So many bytes follow, of which none are shown. */
    void begin(long bytes) {
        passing = true;
        left = bytes;
    }

    /** The first {@code bytes} of what follows are text of a chunk. */
    void show(long bytes) {
        shown = Text.SHOWN;
        textLeft = bytes;
    }

    /** The first {@code bytes} of what follows are text, after which a quote is closed. */
    void showQuoted(long bytes) {
        shown = Text.QUOTED;
        textLeft = bytes;
    }

    /** Shows the next bytes of the stream, {@code [from, to)}, if they are text. */
    void text(ByteView view, int from, int to) {
        int count = (int) Math.min(to - from, textLeft);
        if (count > 0) {
            text.escaped(view, from, from + count);
            textLeft -= count;
        }
    }

    /** So many bytes have come, or are missing. */
    void count(long bytes) {
        if (passing) {
            left -= bytes;
        }
    }

    /** Bytes that are still to come. */
    long left() {
        return left;
    }

    /** No more of it comes; true if it was in progress. */
    boolean end() {
        if (!passing) {
            return false;
        }
        passing = false;
        left = 0;
        closeText();
        return true;
    }

    /** What comes of it from here on is not shown. */
    void closeText() {
        if (shown == Text.QUOTED) {
            text.quote();
        }
        shown = Text.NONE;
        textLeft = 0;
    }

    /** None is in progress. */
    void clear() {
        if (passing) {
            passing = false;
            left = 0;
            shown = Text.NONE;
            textLeft = 0;
        }
    }
}
