package io.kyanos.protocol.http2;

import io.kyanos.record.Message;
import io.kyanos.record.Outcome;

/**
 * What a parser hands to the matcher: an end of one stream's request or response, which becomes a message of a record once both are
 * known.
 *
 * @param wireBytes of what has been framed of it
 */
record StreamPart(Kind kind, Http2Stream stream, ErrorCode code, long wireBytes) implements Message {

    /** What it is of its stream. */
    enum Kind {
        /** The head of a request, in whichever direction. */
        REQUEST,
        /** The end of the response. */
        RESPONSE,
        /** Either side has reset the stream before that. */
        RESET,
        /** A side serves no stream of the other after this one. */
        GOAWAY
    }

    @Override
    public Outcome outcome() {
        return Outcome.OK;
    }
}
