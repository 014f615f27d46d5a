package io.kyanos.connection;

import io.kyanos.event.ConnectionEntry;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.TraceState;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Side;
import io.kyanos.record.Transport;
import java.util.Optional;

/**
 * How a connection began and between whom.
 *
 * @param fromItsBeginning whether stream position 0 is the first byte of the connection, not just the first one seen
 * @param traceState {@link TraceState#OFF} where a filter on the kernel side excludes the connection
 * @param between it is seen between its ends, by its packets: {@code local} is the client only if {@code side} says so, and
 *     records are as the client sees them
 */
public record Opening(
        Transport transport,
        Endpoint local,
        Endpoint remote,
        Side side,
        boolean fromItsBeginning,
        TraceState traceState,
        boolean between) {

    /** What is known of a connection whose opening was not seen. */
    public static final Opening UNSEEN =
            new Opening(Transport.TCP, Endpoint.NONE, Endpoint.NONE, Side.UNKNOWN, false, TraceState.UNSET);

    /** Of a connection that is to be ignored, whatever it speaks. */
    public static final Opening LEFT_ALONE =
            new Opening(Transport.TCP, Endpoint.NONE, Endpoint.NONE, Side.UNKNOWN, false, TraceState.OFF);

    /** Of a connection that is seen at one of its ends. */
    public Opening(
            Transport transport,
            Endpoint local,
            Endpoint remote,
            Side side,
            boolean fromItsBeginning,
            TraceState traceState) {
        this(transport, local, remote, side, fromItsBeginning, traceState, false);
    }

    /** Reads an event of kind {@link EventDecoder#KIND_OPENED}. */
    public static Opening of(EventDecoder event) {
        Transport transport = transport(event.transport());
        boolean named = transport == Transport.UNIX;
        return new Opening(
                transport,
                named ? Endpoint.unix(event.localName()) : new Endpoint(event.localIp(), event.localPort()),
                named ? Endpoint.unix(event.remoteName()) : new Endpoint(event.remoteIp(), event.remotePort()),
                side(event.side()),
                event.origin() != EventDecoder.ORIGIN_FIRST_USE,
                event.openedTraceState(),
                event.hasFlag(EventDecoder.FLAG_BETWEEN));
    }

    /**
     * Reads the kernel side's own entry of the connection; empty if it is of another generation by now. The entry of a
     * unix socket does not hold the names of its ends.
     */
    public static Optional<Opening> ofEntry(byte[] entry, long generation) {
        ConnectionEntry connection = new ConnectionEntry(entry);
        if (connection.generation() != generation) {
            return Optional.empty();
        }
        Transport transport = transport(connection.transport());
        boolean unix = transport == Transport.UNIX;
        return Optional.of(new Opening(
                transport,
                unix ? Endpoint.UNNAMED : new Endpoint(connection.localIp(), connection.localPort()),
                unix ? Endpoint.UNNAMED : new Endpoint(connection.remoteIp(), connection.remotePort()),
                side(connection.side()),
                connection.origin() != EventDecoder.ORIGIN_FIRST_USE,
                connection.traceState()));
    }

    /** What the wire calls {@code code}. */
    public static Transport transport(int code) {
        return switch (code) {
            case EventDecoder.TRANSPORT_UNIX -> Transport.UNIX;
            case EventDecoder.TRANSPORT_UDP -> Transport.UDP;
            default -> Transport.TCP;
        };
    }

    /** The side that the wire calls {@code code}. */
    public static Side side(int code) {
        return switch (code) {
            case EventDecoder.SIDE_CLIENT -> Side.CLIENT;
            case EventDecoder.SIDE_SERVER -> Side.SERVER;
            default -> Side.UNKNOWN;
        };
    }
}
