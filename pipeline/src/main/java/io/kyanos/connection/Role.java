package io.kyanos.connection;

import io.kyanos.event.Direction;
import io.kyanos.protocol.FramedMessage;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Side;

/**
 * What this end of a connection is, once that is known. The only place where egress and ingress become requests and
 * responses, and which decides when a request began.
 */
enum Role {
    CLIENT(Side.CLIENT, Direction.EGRESS),
    SERVER(Side.SERVER, Direction.INGRESS);

    private final Side side;
    private final Direction requests;

    Role(Side side, Direction requests) {
        this.side = side;
        this.requests = requests;
    }

    static Role of(Side side) {
        return switch (side) {
            case CLIENT -> CLIENT;
            case SERVER -> SERVER;
            case UNKNOWN -> throw new IllegalArgumentException("side: unknown (expected: client or server)");
        };
    }

    /** Of the end whose requests go this way. */
    static Role ofRequests(Direction direction) {
        return CLIENT.isRequests(direction) ? CLIENT : SERVER;
    }

    /** Of the end whose responses, those that it gets or gives, go this way. */
    static Role ofResponses(Direction direction) {
        return CLIENT.isRequests(direction) ? SERVER : CLIENT;
    }

    Side side() {
        return side;
    }

    /** Which way requests go. */
    Direction requests() {
        return requests;
    }

    boolean isRequests(Direction direction) {
        return direction == requests;
    }

    /** Whose view records of the connection take. */
    Side viewOf(Opening opening) {
        return opening.between() ? Side.CLIENT : side;
    }

    /** Whether the connection is seen at its server. */
    boolean isSeenAtServer(Opening opening) {
        return viewOf(opening) == Side.SERVER;
    }

    /** The address of the server. */
    Endpoint server(Opening opening) {
        return this == CLIENT ? opening.remote() : opening.local();
    }

    /**
     * When a request began: at a client when its first byte entered a write; at a server when the read of its first byte
     * returned, as waiting for it is not latency.
     */
    long startedAt(FramedMessage request) {
        return this == CLIENT ? request.firstEnteredAt() : request.firstExitedAt();
    }
}
