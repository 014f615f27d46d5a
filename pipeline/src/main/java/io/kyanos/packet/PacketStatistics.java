package io.kyanos.packet;

import java.util.Map;
import java.util.TreeMap;

/** What a capture held, and what of it was not understood, by reason. Not thread-safe. */
public final class PacketStatistics {

    /** Why a frame, or something in it, was not handed on, or not whole. */
    public enum Reason {
        /** Its interface has a link type that nobody reads: see {@link PacketStatistics#linkTypes}. */
        UNKNOWN_LINK_TYPE(-1, "of a link type that is not read"),
        /** Its interface is not described in the file. */
        UNKNOWN_INTERFACE(-2, "of an interface that the file does not describe"),
        /** ARP, for example. */
        NOT_IP(-3, "not IP"),
        MALFORMED_LINK(-4, "with a malformed link layer"),
        MALFORMED_NETWORK(-5, "with a malformed IP header"),
        MALFORMED_TUNNEL(-6, "with a malformed tunnel header"),
        MALFORMED_TRANSPORT(-7, "with a malformed header of TCP or UDP"),
        /** Its other fragments did not come in time. */
        FRAGMENT_INCOMPLETE(-8, "fragments whose packet is not whole"),
        /** More fragments wait than may. */
        FRAGMENT_OVER_LIMIT(-9, "fragments beyond the limit of those that may wait"),
        /** Tunnels in tunnels. */
        NESTED_TOO_DEEP(-10, "in too many tunnels"),
        /** The capture has cut it within a header. */
        HEAD_CUT(-11, "cut within a header by the capture's snapshot length"),
        /** The capture has cut its payload; what is left was handed on. */
        PAYLOAD_CUT(-12, "whose payload is cut by the capture's snapshot length"),
        /** ICMP, SCTP, ESP and others: see {@link PacketStatistics#transports}. */
        OTHER_TRANSPORT(-13, "of other transports than TCP and UDP"),
        /** A datagram or fragment that was captured at another place too. */
        DUPLICATE(-14, "captured more than once");

        private static final Reason[] BY_RESULT = new Reason[values().length];

        static {
            for (Reason reason : values()) {
                BY_RESULT[~reason.result] = reason;
            }
        }

        private final int result;
        private final String words;

        Reason(int result, String words) {
            this.result = result;
            this.words = words;
        }

        /** For people, after a number and "packets". */
        public String words() {
            return words;
        }

        /** A negative number, for a method that otherwise gives what comes next. */
        int asResult() {
            return result;
        }

        static Reason of(int result) {
            return BY_RESULT[~result];
        }
    }

    /** Of {@link #linkTypes}: those that are too many to be told apart. */
    public static final int OTHER_LINK_TYPES = -2;

    private static final int MAX_LINK_TYPES = 64;

    private final long[] counts = new long[Reason.values().length];
    private final Map<Integer, Long> linkTypes = new TreeMap<>();
    private final long[] transports = new long[256];
    private long frames;
    private long bytes;
    private long packets;

    /** Frames that were decoded. */
    public long frames() {
        return frames;
    }

    /** Bytes that the frames had on the wire. */
    public long bytes() {
        return bytes;
    }

    /** Segments and datagrams that were handed on. */
    public long packets() {
        return packets;
    }

    /** Packets or fragments. */
    public long count(Reason reason) {
        return counts[~reason.result];
    }

    /** Frames by the link types that nobody reads, by their numbers. A copy. */
    public Map<Integer, Long> linkTypes() {
        return Map.copyOf(linkTypes);
    }

    /** Packets of transports that nobody reads, by the protocol numbers of IP that occur. A copy. */
    public Map<Integer, Long> transports() {
        Map<Integer, Long> seen = new TreeMap<>();
        for (int i = 0; i < transports.length; i++) {
            if (transports[i] > 0) {
                seen.put(i, transports[i]);
            }
        }
        return seen;
    }

    void frame(int length) {
        frames++;
        bytes += length;
    }

    void packet() {
        packets++;
    }

    void add(Reason reason) {
        add(reason, 1);
    }

    void add(Reason reason, long number) {
        counts[~reason.result] += number;
    }

    void addLinkType(int linkType) {
        add(Reason.UNKNOWN_LINK_TYPE);
        boolean isKept = linkTypes.containsKey(linkType) || linkTypes.size() < MAX_LINK_TYPES;
        linkTypes.merge(isKept ? linkType : OTHER_LINK_TYPES, 1L, Long::sum);
    }

    void addTransport(int protocol) {
        add(Reason.OTHER_TRANSPORT);
        transports[protocol & 0xff]++;
    }
}
