package io.kyanos.connection;

/**
 * Where something is thrown away that was wanted, and why: the whole set, each of which is two labels of a metric. What is
 * left out on purpose (by a filter, or as its protocol is not supported) is none of these.
 */
public enum Loss {
    /** Connections without room in the kernel side's table. */
    CONNECTIONS_FULL(Loss.KERNEL, "connections_full"),
    /** System calls of threads without room in the kernel side's table. */
    THREADS_FULL(Loss.KERNEL, "threads_full"),
    /** Processes without room in the kernel side's table. */
    PROCESSES_FULL(Loss.KERNEL, "processes_full"),
    /** Ends of connections for which neither their ring nor the reserve had room. */
    ENDS_FULL(Loss.KERNEL, "ends_full"),
    /** Sockets for whose notes the kernel had no memory. */
    NOTES_FULL(Loss.KERNEL, "notes_full"),
    /** Connections that sampling has left out, to keep the budget. */
    BUDGET(Loss.KERNEL, "budget"),
    /** Packets of a link type, or an interface, that is not known. */
    LINK_TYPE(Loss.PACKETS, "link_type"),
    /** Packets with a head that cannot be. */
    PACKET_MALFORMED(Loss.PACKETS, "malformed"),
    /** Fragments whose packet has not become whole. */
    FRAGMENTS(Loss.PACKETS, "fragments"),
    /** Packets that the capture has cut within their heads. */
    HEAD_CUT(Loss.PACKETS, "head_cut"),
    /** Packets whose payload the capture has cut; what is left of it is used. */
    PAYLOAD_CUT(Loss.PACKETS, "payload_cut"),
    /** Connections that were no longer followed, as others took their place. */
    FLOWS_FULL(Loss.PACKETS, "connections_full"),
    /** Holes that were given up before their time, as too much waited behind them. */
    SEGMENTS_FULL(Loss.PACKETS, "segments_full"),
    /** Incomplete events, of no known connection. */
    ROUTER_MALFORMED("router", "malformed"),
    /** Events with bytes of a connection that has ended or is unknown. */
    LATE("router", "late"),
    /** Events of connections beyond the bound of those that are followed. */
    TOO_MANY_CONNECTIONS("router", "too_many_connections"),
    /** Events that waited when a capture was ended at once. */
    ROUTER_STOPPED("router", "stopped"),
    /** Actors that died of a bug. */
    FAILURE("connection", "failure"),
    /** Events that waited for an actor that died of a bug. */
    DEAD_LETTER("connection", "dead_letter"),
    /** Events of a connection whose actor has died of a bug twice. */
    GIVEN_UP("connection", "given_up"),
    /** Events on their way to their connection when a capture was ended at once. */
    CONNECTION_STOPPED("connection", "stopped"),
    /** Incomplete events, of a connection. */
    CONNECTION_MALFORMED("decode", "malformed"),
    /** Events given up before the protocol of their connection was recognised, which it was later. */
    UNDECIDED("replay", "undecided"),
    /** Responses whose request was not seen or is not certain. */
    UNMATCHED("match", "unmatched"),
    /** Requests given up, as too many peers of one UDP socket had waiting requests. */
    TOO_MANY_PEERS("match", "too_many_peers"),
    /** Records that no sink had taken when a capture was ended at once. */
    EMIT_STOPPED("emit", "stopped"),
    /** Records after the last sink has gone. */
    SINK_ENDED("emit", "sink_ended");

    /** The place of what has found no room in a table of the kernel side. */
    public static final String KERNEL = "kernel";

    /** The place where packets are made into connections. */
    public static final String PACKETS = "packets";

    private final String where;
    private final String reason;

    Loss(String where, String reason) {
        this.where = where;
        this.reason = reason;
    }

    public String where() {
        return where;
    }

    public String reason() {
        return reason;
    }
}
