package io.kyanos.protocol.http2;

import io.kyanos.protocol.SharedMessages;
import io.kyanos.protocol.web.StatusCode;

/** Gives out requests and responses, the same object again for what says the same without details. Thread-safe. */
final class Http2Messages {

    private final SharedMessages<Http2Message> shared = new SharedMessages<>();

    Http2Message request(Http2Stream stream, boolean inDetail) {
        String operation = stream.operation;
        if (inDetail || operation == null || !stream.trace.isNone()) {
            return Http2Message.request(stream, inDetail);
        }
        int hash = operation.hashCode() * 31 + (int) stream.requestBytes;
        Http2Message known = shared.at(hash);
        if (known != null && known.isRequest(stream.method, operation, stream.requestBytes)) {
            return known;
        }
        return shared.keep(hash, Http2Message.request(stream, false));
    }

    Http2Message response(Http2Stream stream, boolean inDetail) {
        if (inDetail) {
            return Http2Message.response(stream, true);
        }
        int hash = stream.code * 31 + (int) stream.responseBytes;
        Http2Message known = shared.at(hash);
        if (known != null && known.isResponse(StatusCode.text(stream.code), stream.responseBytes)) {
            return known;
        }
        return shared.keep(hash, Http2Message.response(stream, false));
    }
}
