package io.kyanos.protocol.nats;

import io.kyanos.record.Attribute;
import io.kyanos.record.Details;
import io.kyanos.record.Message;
import java.util.ArrayList;
import java.util.List;

/** Makes what is kept of a line and the headers behind it in addition to its labels and size. */
final class NatsDetails {

    private NatsDetails() {}

    static Details of(NatsLine line, NatsHeaders headers, NatsMessage.Kind kind, String serverVersion) {
        int subject = line.index(NatsArgument.SUBJECT);
        List<Details.Value> attributes = new ArrayList<>();
        Message.AttributeVisitor tell = Details.into(attributes);
        boolean isError = kind == NatsMessage.Kind.ERROR;
        tell.unlessEmpty(NatsAttribute.ERROR, isError ? unquoted(line.text(0)) : headers.codeLine());
        if (kind != NatsMessage.Kind.ANSWER) {
            arguments(line, tell);
        }
        if (kind == NatsMessage.Kind.CONNECT) {
            String client = line.member(NatsJson.LANGUAGE) + " " + line.member(NatsJson.VERSION);
            tell.unlessEmpty(NatsAttribute.CLIENT, client.strip());
            tell.unlessEmpty(NatsAttribute.CLIENT_NAME, line.member(NatsJson.CLIENT_NAME));
            tell.unlessEmpty(NatsAttribute.SERVER_VERSION, serverVersion);
        }
        return new Details(subject < 0 ? "" : line.text(subject), attributes, "");
    }

    private static void arguments(NatsLine line, Message.AttributeVisitor tell) {
        for (int i = 0; i < line.count(); i++) {
            Attribute attribute = NatsAttribute.of(line.argument(i));
            if (attribute != null) {
                tell.unlessEmpty(attribute, line.text(i));
            }
        }
        if (line.operation().hasPayload()) {
            tell.attribute(NatsAttribute.PAYLOAD, Long.toString(line.payload() - line.headers()));
        }
    }

    private static String unquoted(String error) {
        boolean quoted = error.length() > 1 && error.startsWith("'") && error.endsWith("'");
        return quoted ? error.substring(1, error.length() - 1) : error;
    }
}
