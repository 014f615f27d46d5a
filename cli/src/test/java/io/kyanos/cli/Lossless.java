package io.kyanos.cli;

import io.kyanos.sink.SelfStatistics;
import java.util.Map;

/** A capture that has lost nothing and holds nothing. */
final class Lossless implements SelfStatistics {

    @Override
    public String transport() {
        return "ring";
    }

    @Override
    public int payloadCapBytes() {
        return 32688;
    }

    @Override
    public Map<String, Long> eventsRead() {
        return Map.of("syscall", 1L);
    }

    @Override
    public Map<String, Long> eventsLost() {
        return Map.of("syscall", 0L);
    }

    @Override
    public Map<Drop, Long> dropped() {
        return Map.of();
    }

    @Override
    public Map<String, Long> reconciled() {
        return Map.of("opening", 0L);
    }

    @Override
    public Map<Unparsed, Long> unparsedBytes() {
        return Map.of();
    }

    @Override
    public Map<String, StageStatistics> stages() {
        return Map.of();
    }

    @Override
    public Map<String, Long> connections() {
        return Map.of();
    }

    @Override
    public long connectionsSeen() {
        return 0;
    }

    @Override
    public long heldBytes() {
        return 0;
    }

    @Override
    public long bufferedBytes() {
        return 0;
    }

    @Override
    public long captureLagNanos() {
        return 0;
    }

    @Override
    public long greatestLagNanos() {
        return 0;
    }

    @Override
    public long creditInFlight() {
        return 0;
    }

    @Override
    public long creditMax() {
        return 1;
    }

    @Override
    public Map<StreamsOf, Long> openStreams() {
        return Map.of();
    }

    @Override
    public Map<Upgrade, Long> upgradedConnections() {
        return Map.of();
    }

    @Override
    public Map<String, Long> undecodedConnections() {
        return Map.of("tls", 0L, "unknown", 0L, "unix", 3L);
    }

    @Override
    public Map<String, Long> routeOverflows() {
        return Map.of();
    }

    @Override
    public long processNameOverflows() {
        return 0;
    }

    @Override
    public Map<String, Long> streamBytes() {
        return Map.of();
    }

    @Override
    public long finalPositionBytes() {
        return 0;
    }
}
