package io.kyanos.connection;

import io.kyanos.event.ConnectionEntry;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.TraceState;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Side;
import java.util.Optional;

/**
 * How a connection began and between whom.
 *
 * @param fromItsBeginning whether stream position 0 is the first byte of the connection, not just the first one seen
 * @param traceState {@link TraceState#OFF} where a filter on the kernel side excludes the connection
 */
public record Opening(Endpoint local, Endpoint remote, Side side, boolean fromItsBeginning, TraceState traceState) {

    /** What is known of a connection whose opening was not seen. */
    public static final Opening UNSEEN =
            new Opening(Endpoint.NONE, Endpoint.NONE, Side.UNKNOWN, false, TraceState.UNSET);

    /** Of a connection that shall be left alone, whatever it speaks. */
    public static final Opening LEFT_ALONE =
            new Opening(Endpoint.NONE, Endpoint.NONE, Side.UNKNOWN, false, TraceState.OFF);

    /** Reads an event of kind {@link EventDecoder#KIND_OPENED}. */
    public static Opening of(EventDecoder event) {
        return new Opening(
                new Endpoint(event.localIp(), event.localPort()),
                new Endpoint(event.remoteIp(), event.remotePort()),
                side(event.side()),
                event.origin() != EventDecoder.ORIGIN_FIRST_USE,
                event.openedTraceState());
    }

    /** Reads the kernel side's own entry of the connection; empty if it is of another generation by now. */
    public static Optional<Opening> ofEntry(byte[] entry, long generation) {
        ConnectionEntry connection = new ConnectionEntry(entry);
        if (connection.generation() != generation) {
            return Optional.empty();
        }
        return Optional.of(new Opening(
                new Endpoint(connection.localIp(), connection.localPort()),
                new Endpoint(connection.remoteIp(), connection.remotePort()),
                side(connection.side()),
                connection.origin() != EventDecoder.ORIGIN_FIRST_USE,
                connection.traceState()));
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
