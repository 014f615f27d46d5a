package io.kyanos.protocol.nats;

import io.kyanos.record.Details;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;

/**
 * What one line with its payload says.
 *
 * @param key the hash of the subject by which request and answer find each other; 0 for none
 */
record NatsMessage(Kind kind, NatsStatus answer, long key, long wireBytes, Details details) implements Message {

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

        private boolean isOfClient() {
            return compareTo(PING) <= 0;
        }
    }

    /** The same with a text. */
    NatsMessage with(String newText) {
        return new NatsMessage(
                kind, answer, key, wireBytes, new Details(details.resource(), details.attributes(), newText));
    }

    /** Whether its answer, that of a request, will come by this connection. */
    boolean isAwaited() {
        return kind == Kind.REQUEST && key != 0;
    }

    /** Whether it can only answer a CONNECT. */
    boolean refusesConnection() {
        return kind == Kind.ERROR && answer.refusesConnection();
    }

    @Override
    public String operation() {
        return kind == Kind.ERROR ? answer.operation() : kind.operation;
    }

    @Override
    public String status() {
        return kind.isOfClient() ? "" : answer.label();
    }

    @Override
    public Outcome outcome() {
        return answer.outcome();
    }

    @Override
    public boolean isSetup() {
        return kind == Kind.CONNECT;
    }

    @Override
    public String toString() {
        return (kind.isOfClient() ? operation() : status()) + ", " + wireBytes + " bytes";
    }
}
