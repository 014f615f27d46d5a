package io.kyanos.protocol.http;

import io.kyanos.protocol.SharedMessages;
import io.kyanos.protocol.web.HttpMethod;
import io.kyanos.record.Details;
import io.kyanos.record.Trace;

/** Gives out requests and responses without details, the same object again for what says the same. Thread-safe. */
final class HttpMessages {

    private final SharedMessages<HttpMessage> shared = new SharedMessages<>();

    HttpMessage request(HttpMethod method, String operation, long wireBytes) {
        int hash = operation.hashCode() * 31 + (int) wireBytes;
        HttpMessage known = shared.at(hash);
        if (known != null && known.isRequest(method, operation, wireBytes)) {
            return known;
        }
        return shared.keep(hash, HttpMessage.request(method, operation, "", wireBytes, Details.NONE, Trace.NONE));
    }

    HttpMessage response(int code, long wireBytes) {
        int hash = code * 31 + (int) wireBytes;
        HttpMessage known = shared.at(hash);
        if (known != null && known.isResponse(code, wireBytes)) {
            return known;
        }
        return shared.keep(hash, HttpMessage.response(code, wireBytes, Details.NONE, null));
    }
}
