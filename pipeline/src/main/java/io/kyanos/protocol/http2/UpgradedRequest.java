package io.kyanos.protocol.http2;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Handover;
import io.kyanos.protocol.web.RoutedRequest;
import io.kyanos.record.Attribute;
import io.kyanos.record.Details.Value;
import io.kyanos.record.Message;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** What a request of HTTP/1 that has asked for HTTP/2 says: it is that of stream 1. */
// https://www.rfc-editor.org/rfc/rfc7540#section-3.2
final class UpgradedRequest {

    private static final int STREAM = 1;

    private UpgradedRequest() {}

    /** The stream in which it is answered. */
    static Http2Stream stream(Handover from) {
        Message asked = from.request().message();
        Http2Stream stream = new Http2Stream(STREAM);
        stream.isAsked = true;
        stream.request = from.request();
        stream.requestEndedAt = from.request().lastExitedAt();
        stream.requestBytes = asked.wireBytes();
        stream.requestBodyBytes = from.bodyBytes();
        stream.resource = asked.resource();
        stream.requestValues = values(asked);
        stream.trace = asked.trace();
        stream.operation = asked.operation();
        if (asked instanceof RoutedRequest routed) {
            stream.method = routed.method();
            stream.undecidedPath = routed.undecidedPath();
            stream.operation = stream.undecidedPath.isEmpty() ? asked.operation() : null;
        }
        return stream;
    }

    /** What HTTP/2 says of requests, too. */
    private static List<Value> values(Message asked) {
        List<Value> values = new ArrayList<>();
        asked.attributes((attribute, value) -> {
            for (Attribute known : Http2Attribute.ALL) {
                if (known.name().equals(attribute.name())) {
                    values.add(new Value(known, value));
                } else if (known.isFamily() && attribute.name().startsWith(known.prefix())) {
                    values.add(new Value(attribute, value));
                }
            }
        });
        if (!values.isEmpty()) {
            values.add(new Value(Http2Attribute.STREAM, Integer.toString(STREAM)));
        }
        return values;
    }

    /** The settings that it has said, each as in a frame SETTINGS; empty if they are not well-formed. */
    static ByteView settings(Handover from) {
        byte[] settings;
        try {
            settings = Base64.getUrlDecoder().decode(from.parameters());
        } catch (IllegalArgumentException notBase64) {
            return new ByteView();
        }
        return new ByteView(settings, 0, settings.length - settings.length % Frame.SETTING_BYTES);
    }
}
