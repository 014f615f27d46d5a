package io.kyanos.sink;

import java.util.Map;

/** A capture's numbers, always the same. */
public final class FixedStatistics implements SelfStatistics {

    @Override
    public String transport() {
        return "ring";
    }

    @Override
    public int payloadCapBytes() {
        return 32688;
    }

    @Override
    public Map<Hook, Boolean> hooks() {
        return Map.of(
                new Hook("syscall_enter", "tp_btf/sys_enter"), true,
                new Hook("tcp_end", "tp_btf/tcp_destroy_sock"), false);
    }

    @Override
    public Map<String, ProgramRuns> programRuns() {
        return Map.of("on_sys_exit", new ProgramRuns(2000, 1_500_000_000));
    }

    @Override
    public Map<String, Long> ringCalls() {
        return Map.of("recv", 40L, "send_zc", 2L);
    }

    @Override
    public Map<String, Boolean> detail() {
        return Map.of("full", false, "payload", false, "heads", false, "sampling", true);
    }

    @Override
    public int oneConnectionOf() {
        return 4;
    }

    @Override
    public Map<String, Long> eventsRead() {
        return Map.of("conn", 3L, "syscall", 1000L);
    }

    @Override
    public Map<String, Long> eventsLost() {
        return Map.of("conn", 0L, "syscall", 17L);
    }

    @Override
    public long passedOverBytes() {
        return 1_000_000;
    }

    @Override
    public Map<Drop, Long> dropped() {
        return Map.of(new Drop("replay", "held_limit"), 4L, new Drop("parse", "buffer_limit"), 5L);
    }

    @Override
    public Map<String, Long> reconciled() {
        return Map.of("opening", 6L, "end", 7L);
    }

    @Override
    public Map<Unparsed, Long> unparsedBytes() {
        return Map.of(new Unparsed("redis", "bulk_length"), 64L);
    }

    @Override
    public Map<String, StageStatistics> stages() {
        return Map.of("replay", new StageStatistics(10, 8, 2), "match", new StageStatistics(6, 5, 1));
    }

    @Override
    public Map<String, Long> connections() {
        return Map.of("known", 5L, "undecided", 1L);
    }

    @Override
    public long connectionsSeen() {
        return 44;
    }

    @Override
    public long heldBytes() {
        return 512;
    }

    @Override
    public long bufferedBytes() {
        return 4096;
    }

    @Override
    public long captureLagNanos() {
        return 2_500_000;
    }

    @Override
    public long greatestLagNanos() {
        return 12_500_000;
    }

    @Override
    public long creditInFlight() {
        return 100;
    }

    @Override
    public long creditMax() {
        return 1 << 20;
    }

    @Override
    public Map<StreamsOf, Long> openStreams() {
        return Map.of(new StreamsOf("http2", "client"), 4L, new StreamsOf("http2", "server"), 0L);
    }

    @Override
    public Map<Upgrade, Long> upgradedConnections() {
        return Map.of(new Upgrade("http", "websocket"), 3L);
    }

    @Override
    public Map<String, Long> undecodedConnections() {
        return Map.of("tls", 8L, "unknown", 2L);
    }

    @Override
    public Map<String, Long> routeOverflows() {
        return Map.of("words_per_place", 5L);
    }

    @Override
    public long processNameOverflows() {
        return 6;
    }

    @Override
    public Map<String, Long> streamBytes() {
        return Map.of("parsed", 900L, "gap_lost", 100L);
    }

    @Override
    public long finalPositionBytes() {
        return 1000;
    }
}
