package io.kyanos.protocol.http2;

import io.kyanos.protocol.SharedMessages;

/** Gives out requests and responses, the same object again for what says the same without details. Thread-safe. */
final class Http2Messages {

    private final SharedMessages<Http2Message> shared = new SharedMessages<>();

    Http2Message request(Http2Stream stream, boolean inDetail) {
        Http2Call call = stream.asCall();
        String operation = call == null ? stream.operation : call.operation;
        if (inDetail || operation == null || !stream.trace.isNone()) {
            return Http2Message.request(stream, inDetail);
        }
        int hash = operation.hashCode() * 31 + (int) stream.requestBytes;
        Http2Message known = shared.at(hash);
        if (known != null && known.isRequest(call != null, stream.method, operation, stream.requestBytes)) {
            return known;
        }
        return shared.keep(hash, Http2Message.request(stream, false));
    }

    Http2Message response(Http2Stream stream, boolean inDetail) {
        if (inDetail || stream.events != null) {
            return Http2Message.response(stream, inDetail);
        }
        Http2Call call = stream.asCall();
        String status = Http2Message.status(stream);
        int hash = status.hashCode() * 31 + (int) stream.responseBytes;
        Http2Message known = shared.at(hash);
        boolean shows = call != null && call.showsTheMethod(stream.code);
        if (known != null && known.isResponse(status, stream.responseBytes, shows)) {
            return known;
        }
        return shared.keep(hash, Http2Message.response(stream, false));
    }
}
