package io.kyanos.protocol.http2;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.grpc.MessageCounter;
import io.kyanos.protocol.streamed.EventScanner;
import org.jspecify.annotations.Nullable;

/** Reads what a DATA frame holds, as far as anything is looked for in it: messages of calls, events. Reused; not thread-safe. */
final class FrameContent {

    private final boolean ofClient;
    private @Nullable MessageCounter messages;
    private @Nullable EventScanner events;

    /** Bytes of it that are still to come; padding may follow. */
    private long left;

    FrameContent(boolean ofClient) {
        this.ofClient = ofClient;
    }

    /** So many bytes of the body of {@code stream} follow. */
    void begin(Http2Stream stream, int bytes) {
        left = bytes;
        Http2Call call = stream.call;
        messages = call == null ? null : ofClient ? call.asked() : call.told();
        events = ofClient || call != null ? null : stream.events;
    }

    /** Bytes of it that are still to come. */
    long left() {
        return left;
    }

    /** Nothing is known of what follows. */
    void forget() {
        left = 0;
        messages = null;
        events = null;
    }

    /** Whether bytes of it are looked at. */
    boolean isWanted() {
        return events != null || (messages != null && messages.wants(left));
    }

    /** The frame goes on with what is in the view from {@code from} on. */
    void read(ByteView view, int from, ParseResult result) {
        int to = (int) Math.min(view.length(), from + left);
        if (to <= from) {
            return;
        }
        left -= to - from;
        if (messages != null) {
            messages.read(view, from, to, result);
        } else if (events != null) {
            events.read(view, from, to, result);
        }
    }

    /** So many bytes of the frame are missing. */
    void missed(long bytes) {
        long ofContent = Math.min(left, bytes);
        left -= ofContent;
        if (ofContent == 0) {
            return;
        }
        if (messages != null) {
            messages.missed(ofContent);
        } else if (events != null) {
            events.missed();
        }
    }
}
