package io.kyanos.protocol.nats;

import io.kyanos.record.Attribute;
import io.kyanos.record.Message;
import java.util.ArrayList;
import java.util.List;

/** Subject and attributes of a message, which are kept if they are asked for. Immutable once it is made. */
final class NatsDetails {

    static final NatsDetails NONE = new NatsDetails("", List.of());

    private record Told(Attribute attribute, String value) {}

    private final String subject;
    private final List<Told> told;

    private NatsDetails(String subject, List<Told> told) {
        this.subject = subject;
        this.told = told;
    }

    /** Of a line and the headers behind it. */
    static NatsDetails of(NatsLine line, NatsHeaders headers, NatsMessage.Kind kind, String serverVersion) {
        int subject = line.index(NatsArgument.SUBJECT);
        NatsDetails details = new NatsDetails(subject < 0 ? "" : line.text(subject), new ArrayList<>());
        boolean isError = kind == NatsMessage.Kind.ERROR;
        details.tell(NatsAttribute.ERROR, isError ? unquoted(line.text(0)) : headers.codeLine());
        if (kind == NatsMessage.Kind.ANSWER) {
            return details;
        }
        for (int i = 0; i < line.count(); i++) {
            Attribute attribute = NatsAttribute.of(line.argument(i));
            if (attribute != null) {
                details.tell(attribute, line.text(i));
            }
        }
        if (line.operation().hasPayload()) {
            details.tell(NatsAttribute.PAYLOAD, Long.toString(line.payload() - line.headers()));
        } else if (kind == NatsMessage.Kind.CONNECT) {
            String client = line.member(NatsJson.LANGUAGE) + " " + line.member(NatsJson.VERSION);
            details.tell(NatsAttribute.CLIENT, client.strip());
            details.tell(NatsAttribute.CLIENT_NAME, line.member(NatsJson.CLIENT_NAME));
            details.tell(NatsAttribute.SERVER_VERSION, serverVersion);
        }
        return details;
    }

    private static String unquoted(String error) {
        boolean quoted = error.length() > 1 && error.startsWith("'") && error.endsWith("'");
        return quoted ? error.substring(1, error.length() - 1) : error;
    }

    private void tell(Attribute attribute, String value) {
        if (!value.isEmpty()) {
            told.add(new Told(attribute, value));
        }
    }

    String subject() {
        return subject;
    }

    void attributes(Message.AttributeVisitor visitor) {
        for (Told each : told) {
            visitor.attribute(each.attribute(), each.value());
        }
    }
}
