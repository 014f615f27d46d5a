package io.kyanos.protocol.nats;

import io.kyanos.record.Attribute;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What messages of NATS tell alongside what every message tells. */
final class NatsAttribute {

    static final Attribute SUBJECT = Attribute.ofRequest("subject", "The subject: the resource");
    static final Attribute REPLY_TO = Attribute.ofRequest("reply_to", "Where the answer shall go");
    static final Attribute QUEUE = Attribute.ofRequest("queue", "The queue group of a `SUB`");
    static final Attribute SID = Attribute.ofRequest("sid", "The subscription, as its client numbers it");
    static final Attribute PAYLOAD = Attribute.ofRequest("payload", "Bytes of payload, headers not counted");
    static final Attribute CLIENT = Attribute.ofRequest("client", "Of a `CONNECT`: the client's language and version");
    static final Attribute CLIENT_NAME =
            Attribute.ofRequest("client_name", "Of a `CONNECT`: the name that the client gave");
    static final Attribute SERVER_VERSION =
            Attribute.ofRequest("server_version", "Of a `CONNECT`: the server's version");
    static final Attribute ERROR =
            Attribute.ofEither("error_text", "What the server's `-ERR` says, or the header of an answer with its code");

    static final List<Attribute> ALL =
            List.of(SUBJECT, REPLY_TO, QUEUE, SID, PAYLOAD, CLIENT, CLIENT_NAME, SERVER_VERSION, ERROR);

    private NatsAttribute() {}

    /** As which a message tells an argument; null if it tells it otherwise, or not at all. */
    static @Nullable Attribute of(NatsArgument argument) {
        return switch (argument) {
            case SUBJECT -> SUBJECT;
            case REPLY_TO -> REPLY_TO;
            case QUEUE -> QUEUE;
            case SID -> SID;
            case TEXT, MAX_MESSAGES, HEADERS, PAYLOAD -> null;
        };
    }
}
