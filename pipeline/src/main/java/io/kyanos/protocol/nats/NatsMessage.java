package io.kyanos.protocol.nats;

import io.kyanos.record.Attribute;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import org.jspecify.annotations.Nullable;

/** What one line with its payload says. Immutable. */
final class NatsMessage implements Message {

    /** What it is to whoever pairs messages. */
    enum Kind {
        CONNECT("CONNECT"),
        PUBLISH("PUB"),
        REQUEST("REQUEST"),
        SUBSCRIBE("SUB"),
        UNSUBSCRIBE("UNSUB"),
        PING("PING"),
        /** The server's PONG. */
        PONG(""),
        /** The server's +OK. */
        ACCEPTED(""),
        ERROR(""),
        DELIVERY("MSG"),
        /** A delivery that answers a request of this connection. */
        ANSWER("");

        private final String operation;

        Kind(String operation) {
            this.operation = operation;
        }
    }

    /**
     * What is kept alongside labels and sizes when details are asked for; empty texts where there is nothing.
     *
     * @param payload bytes, headers not counted; -1 where there is none
     */
    record Details(
            String subject,
            String replyTo,
            String queue,
            String sid,
            long payload,
            String client,
            String clientName,
            String serverVersion,
            String error,
            String text) {

        Details with(String other) {
            return new Details(subject, replyTo, queue, sid, payload, client, clientName, serverVersion, error, other);
        }
    }

    private final Kind kind;
    private final NatsStatus status;
    private final long key;
    private final boolean isAwaited;
    private final long wireBytes;
    private final @Nullable Details details;

    /**
     * @param key the hash of the subject by which request and answer find each other; 0 for none
     * @param isAwaited of a request: its answer will come by this connection
     */
    NatsMessage(Kind kind, NatsStatus status, long key, boolean isAwaited, long wireBytes, @Nullable Details details) {
        this.kind = kind;
        this.status = status;
        this.key = key;
        this.isAwaited = isAwaited;
        this.wireBytes = wireBytes;
        this.details = details;
    }

    /** The same with a text; itself if no details were asked for. */
    NatsMessage with(String text) {
        Details known = details;
        return known == null ? this : new NatsMessage(kind, status, key, isAwaited, wireBytes, known.with(text));
    }

    /** Whether it is this one, without key or details. */
    boolean says(Kind of, NatsStatus ofStatus, long ofWireBytes) {
        return kind == of
                && status == ofStatus
                && wireBytes == ofWireBytes
                && key == 0
                && !isAwaited
                && details == null;
    }

    Kind kind() {
        return kind;
    }

    long key() {
        return key;
    }

    boolean isAwaited() {
        return isAwaited;
    }

    /** Whether it can only answer a CONNECT. */
    boolean refusesConnection() {
        return kind == Kind.ERROR && status.refusesConnection();
    }

    @Override
    public String operation() {
        return kind == Kind.ERROR ? status.operation() : kind.operation;
    }

    @Override
    public String resource() {
        return details == null ? "" : details.subject();
    }

    @Override
    public String status() {
        return isOfClient() ? "" : status.label();
    }

    @Override
    public Outcome outcome() {
        return isOfClient() ? Outcome.OK : status.outcome();
    }

    private boolean isOfClient() {
        return switch (kind) {
            case CONNECT, PUBLISH, REQUEST, SUBSCRIBE, UNSUBSCRIBE, PING -> true;
            case PONG, ACCEPTED, ERROR, DELIVERY, ANSWER -> false;
        };
    }

    @Override
    public long wireBytes() {
        return wireBytes;
    }

    @Override
    public boolean isSetup() {
        return kind == Kind.CONNECT;
    }

    @Override
    public void attributes(AttributeVisitor visitor) {
        Details known = details;
        if (known == null) {
            return;
        }
        tell(visitor, NatsAttribute.ERROR, known.error());
        if (kind == Kind.ANSWER) {
            return;
        }
        tell(visitor, NatsAttribute.SUBJECT, known.subject());
        tell(visitor, NatsAttribute.REPLY_TO, known.replyTo());
        tell(visitor, NatsAttribute.QUEUE, known.queue());
        tell(visitor, NatsAttribute.SID, known.sid());
        if (known.payload() >= 0) {
            visitor.attribute(NatsAttribute.PAYLOAD, Long.toString(known.payload()));
        }
        tell(visitor, NatsAttribute.CLIENT, known.client());
        tell(visitor, NatsAttribute.CLIENT_NAME, known.clientName());
        tell(visitor, NatsAttribute.SERVER_VERSION, known.serverVersion());
    }

    private static void tell(AttributeVisitor visitor, Attribute attribute, String value) {
        if (!value.isEmpty()) {
            visitor.attribute(attribute, value);
        }
    }

    @Override
    public String text() {
        return details == null ? "" : details.text();
    }

    @Override
    public String toString() {
        return (isOfClient() ? operation() : status()) + ", " + wireBytes + " bytes";
    }
}
