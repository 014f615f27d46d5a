package io.kyanos.actor;

import io.kyanos.capture.CaptureDetail;
import io.kyanos.connection.Books;
import io.kyanos.connection.Fate;
import io.kyanos.connection.Loss;
import io.kyanos.connection.Undecoded;
import io.kyanos.event.Channel;
import io.kyanos.metadata.ProcessTable;
import io.kyanos.protocol.Protocol;
import io.kyanos.sink.SelfStatistics;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The statistics of a running capture, read from their sources. */
public final class LiveStatistics implements SelfStatistics {

    private final EventOrigin origin;
    private final Books books;
    private final List<Protocol> protocols;
    private final ProcessTable processes;
    private final List<Credit> credits;
    private final RouterGauges router;

    public LiveStatistics(
            EventOrigin origin,
            Books books,
            List<Protocol> protocols,
            ProcessTable processes,
            List<Credit> credits,
            RouterGauges router) {
        this.origin = origin;
        this.books = books;
        this.protocols = protocols;
        this.processes = processes;
        this.credits = List.copyOf(credits);
        this.router = router;
    }

    @Override
    public String transport() {
        return origin.transport();
    }

    @Override
    public int payloadCapBytes() {
        return origin.payloadCap();
    }

    @Override
    public Map<Hook, Boolean> hooks() {
        return origin.hooks();
    }

    @Override
    public Map<String, ProgramRuns> programRuns() {
        return origin.programRuns();
    }

    @Override
    public Map<String, Long> ringCalls() {
        return origin.ringCalls();
    }

    @Override
    public Map<String, Boolean> detail() {
        Map<String, Boolean> steps = new HashMap<>();
        for (CaptureDetail step : CaptureDetail.values()) {
            steps.put(step.label(), false);
        }
        steps.put(origin.detail().label(), true);
        return steps;
    }

    @Override
    public int oneConnectionOf() {
        return origin.detail().oneOf();
    }

    @Override
    public Map<String, Long> eventsRead() {
        Map<String, Long> read = new HashMap<>();
        for (Channel channel : Channel.values()) {
            read.put(channel.label(), origin.readEvents(channel));
        }
        return read;
    }

    @Override
    public Map<String, Long> eventsLost() {
        Map<String, Long> lost = new HashMap<>();
        for (Channel channel : Channel.values()) {
            lost.put(channel.label(), origin.lostEvents(channel));
        }
        return lost;
    }

    @Override
    public long passedOverBytes() {
        return origin.passedOverBytes();
    }

    @Override
    public Map<Drop, Long> dropped() {
        Map<Loss, Long> counts = new EnumMap<>(Loss.class);
        for (Loss loss : Loss.values()) {
            counts.put(loss, 0L);
        }
        counts.putAll(books.dropped());
        counts.put(Loss.UNMATCHED, books.unmatchedResponses());
        counts.putAll(origin.withoutRoom());
        Map<Drop, Long> dropped = new HashMap<>();
        counts.forEach((loss, count) -> dropped.put(new Drop(loss.where(), loss.reason()), count));
        return dropped;
    }

    @Override
    public Map<String, Long> undecodedConnections() {
        Map<String, Long> connections = new LinkedHashMap<>();
        for (Undecoded reason : Undecoded.values()) {
            connections.put(reason.label(), books.undecodedConnections(reason));
        }
        return connections;
    }

    @Override
    public Map<String, Long> reconciled() {
        return router.reconciled();
    }

    @Override
    public Map<Unparsed, Long> unparsedBytes() {
        Map<Unparsed, Long> unparsed = new HashMap<>();
        books.unparsedBytes().forEach((key, bytes) -> unparsed.put(new Unparsed(key.first(), key.second()), bytes));
        return unparsed;
    }

    @Override
    public Map<StreamsOf, Long> openStreams() {
        Map<StreamsOf, Long> open = new HashMap<>();
        books.openStreams().forEach((key, count) -> open.put(new StreamsOf(key.first(), key.second()), count));
        return open;
    }

    @Override
    public Map<Upgrade, Long> upgradedConnections() {
        Map<Upgrade, Long> upgraded = new HashMap<>();
        books.upgradedConnections()
                .forEach((key, count) -> upgraded.put(new Upgrade(key.first(), key.second()), count));
        return upgraded;
    }

    @Override
    public Map<String, Long> routeOverflows() {
        Map<String, Long> counts = new HashMap<>();
        protocols.forEach(
                protocol -> protocol.boundsMet().forEach((bound, count) -> counts.merge(bound, count, Long::sum)));
        return counts;
    }

    @Override
    public long processNameOverflows() {
        return processes.overflows();
    }

    @Override
    public Map<String, Long> streamBytes() {
        Map<String, Long> bytes = new HashMap<>();
        for (Fate fate : Fate.values()) {
            bytes.put(fate.label(), books.streamBytes(fate));
        }
        return bytes;
    }

    @Override
    public long finalPositionBytes() {
        return books.finalPositions();
    }

    @Override
    public Map<String, StageStatistics> stages() {
        long matched = books.matchedRequests();
        long unanswered = books.unansweredRequests();
        long oneWay = books.oneWayMessages();
        long unmatched = books.unmatchedResponses();
        long paired = 2 * matched + unanswered + oneWay + unmatched + books.repeatedMessages();
        long parsed = books.parsedMessages();
        return Map.of(
                "replay",
                        new StageStatistics(
                                books.heldEvents(),
                                books.replayedEvents(),
                                books.held().usedBytes()),
                "parse", new StageStatistics(parsed, parsed, books.buffered().usedBytes()),
                "match", new StageStatistics(parsed, matched + unanswered + oneWay, Math.max(0, parsed - paired)),
                "emit", new StageStatistics(books.concluded(), books.emittedRecords(), 0));
    }

    @Override
    public Map<String, Long> connections() {
        return Map.of("open", (long) router.openConnections());
    }

    @Override
    public long connectionsSeen() {
        return router.openedConnections();
    }

    @Override
    public long heldBytes() {
        return books.held().usedBytes();
    }

    @Override
    public long bufferedBytes() {
        return books.buffered().usedBytes();
    }

    @Override
    public long captureLagNanos() {
        long watermark = router.watermark();
        boolean behind = origin.waitingBytes() > 0 || creditInFlight() > 0;
        return behind && watermark > 0 ? Math.max(0, origin.monotonicNanos() - watermark) : 0;
    }

    @Override
    public long greatestLagNanos() {
        return router.greatestLag(origin.monotonicNanos());
    }

    @Override
    public long creditInFlight() {
        return credits.stream().mapToLong(Credit::inFlight).sum();
    }

    @Override
    public long creditMax() {
        return credits.stream().mapToLong(Credit::max).sum();
    }

    /** Why records do not flow as they should; empty while they do. */
    public String unhealthyReason() {
        return origin.unhealthyReason();
    }
}
