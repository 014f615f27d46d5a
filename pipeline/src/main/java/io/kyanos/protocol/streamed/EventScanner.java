package io.kyanos.protocol.streamed;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.record.StreamedEvents;

/**
 * Finds the events in the content of one message, whatever the pieces in which it comes. Where bytes are missing it counts
 * no event that may be none. Not thread-safe.
 */
public sealed interface EventScanner permits ServerSentScanner, LineScanner {

    /**
     * The content goes on with {@code [from, to)} of the view of the parser's current call, whose result takes the events, and
     * what is structure: all that an event is told by.
     */
    void read(ByteView view, int from, int to, ParseResult result);

    /** Bytes of the content are missing here. */
    void missed();

    /** The content has ended, and all of its end was seen. */
    void ended();

    /** The events up to now. */
    StreamedEvents events();
}
