package io.kyanos.connection;

import io.kyanos.event.EventDecoder;
import io.kyanos.event.TraceState;

/** What became of the bytes of a stream. Every byte up to a connection's final positions has exactly one fate. */
public enum Fate {
    /** Looked at by a parser and understood. */
    PARSED("parsed"),
    /** Inside a body whose length was known, seen or not; or seen of one whose framing was lost, up to a proven end. */
    PASSED_OVER("passed_over"),
    /** Captured, but not understood; {@code kyanos_unparsed_bytes_total} says why. */
    UNPARSED("unparsed"),
    /** After the connection was handed on to an unsupported protocol: a WebSocket, a tunnel; seen or not. */
    UPGRADED("upgraded"),
    /** In datagrams of a socket that speaks no supported protocol. */
    DATAGRAM("datagram"),
    /** Not captured: the kernel side could not write the event. */
    GAP_LOST("gap_lost"),
    /** Not captured: beyond the payload cap of one call. */
    GAP_CAPPED("gap_capped"),
    /** Not captured: several calls moved this direction at once, so it is unknown which bytes belong where. */
    GAP_CONCURRENT("gap_concurrent"),
    /** Not captured: the connection is traced by its heads only, or not at all. */
    GAP_UNTRACED("gap_untraced");

    private final String label;

    Fate(String label) {
        this.label = label;
    }

    /** What becomes of the bytes that the event's call moved and did not capture. */
    static Fate ofUncaptured(EventDecoder event) {
        if (event.hasFlag(EventDecoder.FLAG_CONCURRENT)) {
            return GAP_CONCURRENT;
        }
        if (event.hasFlag(EventDecoder.FLAG_PASSED_OVER)) {
            return PASSED_OVER;
        }
        return event.dataTraceState() == TraceState.HEADS ? GAP_UNTRACED : GAP_CAPPED;
    }

    public String label() {
        return label;
    }
}
