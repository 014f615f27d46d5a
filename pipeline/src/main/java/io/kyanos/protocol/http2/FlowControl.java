package io.kyanos.protocol.http2;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.record.StreamedEvents;
import org.jspecify.annotations.Nullable;

/** The windows of one direction: how much its sender may send, as the other side has said. Not thread-safe; allocates nothing. */
/*
 * Stalls: a sender waits while a window, the stream's or the connection's, is used up. Whether it has anything to say then shows
 * only when it goes on; so what a stream has waited counts with its next DATA, or where it is reset. Where both windows were used
 * up, the longer wait counts, so that it is the least that it can have been.
 *
 * Knowledge: the windows are known from the beginning of the connection as long as nothing is missing. Times are those of this end,
 * whichever side it is.
 */
// https://www.rfc-editor.org/rfc/rfc9113#section-5.2
final class FlowControl {

    private static final int FIRST_BYTES = 65_535;
    private static final long OPEN = Long.MAX_VALUE;

    /** The window of one stream. */
    static final class Window {

        private final FlowControl of;

        /** What was allowed beyond the initial size, less what was sent. */
        private long credit;

        private long closedSince = OPEN;

        /** For how long it has been used up, and what of that has been told. */
        private long closedNanos;

        private long told;

        /** What the connection's has been used up for in all when this stream last sent something. */
        private long toldOfConnection;

        private long stalledNanos;
        private boolean hasSent;

        private Window(FlowControl of) {
            this.of = of;
        }

        /** For how long at least the sender could not go on; {@link StreamedEvents#UNKNOWN} if it sent no body, or windows are not known. */
        long stalledNanos() {
            return hasSent && of.isKnown ? stalledNanos : StreamedEvents.UNKNOWN;
        }

        private boolean isClosed() {
            return of.initial + credit <= 0;
        }

        private void closesOrOpens(long at) {
            if (isClosed() == (closedSince != OPEN)) {
                return;
            }
            if (closedSince == OPEN) {
                closedSince = at;
            } else {
                closedNanos += since(closedSince, at);
                closedSince = OPEN;
            }
        }
    }

    private boolean isKnown;
    private boolean isForgotten;
    private long initial = FIRST_BYTES;
    private long connection = FIRST_BYTES;
    private long closedSince = OPEN;
    private long closedNanos;

    /** The connection begins. */
    void begin() {
        isKnown = !isForgotten;
    }

    /** What has been sent or allowed is among what is missing: nothing is known any more. */
    void forget() {
        isKnown = false;
        isForgotten = true;
    }

    boolean isKnown() {
        return isKnown;
    }

    /** Of a stream that is open. */
    Window open() {
        return new Window(this);
    }

    /** The head at the beginning of the view is sent, and a body is to follow. */
    void begins(Window window, ParseResult result) {
        window.toldOfConnection = closedUntilNow(result);
        window.told = window.closedNanos;
        window.closedSince = window.isClosed() ? result.timeAt(0) : OPEN;
    }

    /** The frame at the beginning of the view has so many bytes of a body, with its padding. */
    void sent(@Nullable Window window, int bytes, ParseResult result) {
        if (!isKnown || bytes == 0) {
            return;
        }
        if (window != null) {
            long ofConnection = closedUntilNow(result);
            stalls(window, ofConnection);
            window.credit -= bytes;
            window.hasSent = true;
            if (window.isClosed()) {
                window.closesOrOpens(result.timeAt(0));
            }
        }
        connection -= bytes;
        if (connection <= 0 && closedSince == OPEN) {
            closedSince = result.timeAt(0);
        }
    }

    /** A stream is reset by the frame at the beginning of the view: what it waited for does not come. */
    void reset(@Nullable Window window, ParseResult result) {
        if (window != null && isKnown) {
            if (window.closedSince != OPEN) {
                window.closedNanos += since(window.closedSince, result.timeAt(0));
                window.closedSince = OPEN;
            }
            stalls(window, closedUntilNow(result));
        }
    }

    private void stalls(Window window, long ofConnection) {
        window.stalledNanos += Math.max(ofConnection - window.toldOfConnection, window.closedNanos - window.told);
        window.toldOfConnection = ofConnection;
        window.told = window.closedNanos;
    }

    /** The connection's window grows. */
    void allow(int bytes, ParseResult result) {
        connection += bytes;
        if (connection > 0 && closedSince != OPEN) {
            closedNanos += since(closedSince, result.timeAt(0));
            closedSince = OPEN;
        }
    }

    /** A stream's window grows. */
    void allow(Window window, int bytes, ParseResult result) {
        window.credit += bytes;
        if (window.closedSince != OPEN) {
            window.closesOrOpens(result.timeAt(0));
        }
    }

    /** The windows of all streams are of another size from {@code at} on; {@code open} are those that there are. */
    void resize(int bytes, Iterable<Http2Stream> open, boolean ofClient, long at) {
        initial = bytes;
        for (Http2Stream stream : open) {
            Window window = ofClient ? stream.asking : stream.telling;
            if (window != null) {
                window.closesOrOpens(at);
            }
        }
    }

    private long closedUntilNow(ParseResult result) {
        return closedSince == OPEN ? closedNanos : closedNanos + since(closedSince, result.timeAt(0));
    }

    private static long since(long from, long to) {
        return from == StreamedEvents.UNKNOWN || to == StreamedEvents.UNKNOWN ? 0 : Math.max(0, to - from);
    }

    /** The increment that a frame WINDOW_UPDATE has at the beginning of the view. */
    static int increment(ByteView view) {
        return Frame.int32(view, Frame.HEAD_BYTES) & Integer.MAX_VALUE;
    }
}
