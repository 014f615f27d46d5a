package io.kyanos.sink;

import java.util.Map;

/**
 * What the running capture tells of itself. Read by any thread at any time; every number that says "so far" only rises.
 * Names of channels, stages, places and reasons come from closed tables, never from the wire.
 */
public interface SelfStatistics {

    /** How events leave the kernel: {@code ring} or {@code perf}; {@code packets} if of packets. */
    String transport();

    /** Payload bytes of one event at most. */
    int payloadCapBytes();

    /** The places of the kernel to hook into, and whether each was. Empty where nothing is attached to a kernel. */
    default Map<Hook, Boolean> hooks() {
        return Map.of();
    }

    /** Runs and time of each BPF program so far, as the kernel counts them. Empty where nobody makes it count. */
    default Map<String, ProgramRuns> programRuns() {
        return Map.of();
    }

    /** The calls of io_uring that have moved bytes over sockets so far, by kind. Empty where it is not seen. */
    default Map<String, Long> ringCalls() {
        return Map.of();
    }

    /** The steps to which a budget may lower the detail of the capture, and which of them holds. */
    default Map<String, Boolean> detail() {
        return Map.of("full", true);
    }

    /** Of so many connections one is captured: 1 unless a budget has lowered the detail to sampling. */
    default int oneConnectionOf() {
        return 1;
    }

    /** Events read so far, by channel. */
    Map<String, Long> eventsRead();

    /** Events that the kernel side could not write so far, by channel. */
    Map<String, Long> eventsLost();

    /** Stream bytes so far that the kernel side did not capture, as nobody wants them. */
    default long passedOverBytes() {
        return 0;
    }

    /** What was thrown away so far though it was wanted, in the unit of its place; every place and reason is there. */
    Map<Drop, Long> dropped();

    /** What was put right so far, after losses, by comparing with the kernel's own lists; by what it was. */
    Map<String, Long> reconciled();

    /** Stream bytes so far that belong to no message. */
    Map<Unparsed, Long> unparsedBytes();

    /** Streams that are open now, of connections that carry several at once. */
    Map<StreamsOf, Long> openStreams();

    /** Connections handed on to another protocol so far. */
    Map<Upgrade, Long> upgradedConnections();

    /** Connections so far that no filter excluded and that were not read, by the protocol they speak. */
    Map<String, Long> undecodedConnections();

    /** Requests so far of whose route a bound kept something out, by the bound. */
    Map<String, Long> routeOverflows();

    /** Processes so far that go by their program, as there was no room for the name that they should have. */
    long processNameOverflows();

    /** Stream bytes so far by what became of them. At rest their sum is {@link #finalPositionBytes} of ended connections. */
    Map<String, Long> streamBytes();

    /** Sum of the final stream positions of the connections that have ended so far. */
    long finalPositionBytes();

    /** By name: {@code replay}, {@code parse}, {@code match}, {@code emit}. */
    Map<String, StageStatistics> stages();

    /** Connections open now, by state. */
    Map<String, Long> connections();

    /** Connections seen so far. */
    long connectionsSeen();

    /** Bytes of events that wait until their connection's protocol is known, now. */
    long heldBytes();

    /** Bytes in stream buffers, now. */
    long bufferedBytes();

    /** How far the pipeline is behind the kernel, nanoseconds; 0 while nothing waits. */
    long captureLagNanos();

    /** The longest that events waited between the kernel and their connection, within the last 30 to 60 s, nanoseconds. */
    long greatestLagNanos();

    /** Credit that batches in flight hold now. */
    long creditInFlight();

    /** Credit there is, in the same unit. */
    long creditMax();

    /**
     * A place in the kernel.
     *
     * @param step what is seen there
     * @param place where its program is attached: {@code tp_btf/sys_enter}
     */
    record Hook(String step, String place) {}

    /**
     * What the kernel has counted of a BPF program.
     *
     * @param count how often it ran
     * @param nanos how long, in all
     */
    record ProgramRuns(long count, long nanos) {}

    /** Where something was thrown away, and why. */
    record Drop(String where, String reason) {}

    /** Whose bytes could not be parsed, and why. */
    record Unparsed(String protocol, String reason) {}

    /**
     * Names streams.
     *
     * @param protocol of their connections
     * @param side what this end of them is
     */
    record StreamsOf(String protocol, String side) {}

    /** Which protocol handed a connection on, and the name of the other. */
    record Upgrade(String protocol, String to) {}

    /**
     * One inner stage, summed over all connections.
     *
     * @param received items that entered it so far
     * @param emitted items that left it so far
     * @param held items in it now
     */
    record StageStatistics(long received, long emitted, long held) {}
}
