package io.kyanos.connection;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * The books of all connections of one capture, in stream bytes and in messages. Thread-safe; read while they change, so
 * sums balance only when the pipeline is at rest.
 */
public final class Books {

    /** Names a group of unparsed bytes, of upgraded connections or of streams. */
    public record Key(String first, String second) {}

    private final Map<Fate, LongAdder> streamBytes = new EnumMap<>(Fate.class);
    private final LongAdder finalPositions = new LongAdder();
    private final LongAdder lateBytes = new LongAdder();
    private final Map<Key, LongAdder> unparsedBytes = new ConcurrentHashMap<>();
    private final Map<Loss, LongAdder> dropped = new EnumMap<>(Loss.class);
    private final Map<Undecoded, LongAdder> undecodedConnections = new EnumMap<>(Undecoded.class);
    private final Map<Key, LongAdder> upgradedConnections = new ConcurrentHashMap<>();
    private final Map<Key, LongAdder> openStreams = new ConcurrentHashMap<>();
    private final LongAdder heldEvents = new LongAdder();
    private final LongAdder replayedEvents = new LongAdder();
    private final LongAdder parsedEvents = new LongAdder();
    private final LongAdder parsedMessages = new LongAdder();
    private final LongAdder matchedRequests = new LongAdder();
    private final LongAdder unansweredRequests = new LongAdder();
    private final LongAdder oneWayMessages = new LongAdder();
    private final LongAdder unmatchedResponses = new LongAdder();
    private final LongAdder repeatedMessages = new LongAdder();
    private final LongAdder emittedRecords = new LongAdder();
    private final MemoryBudget held;
    private final MemoryBudget buffered;

    /** Empty books; {@code held} and {@code buffered} bound what all connections keep together. */
    public Books(MemoryBudget held, MemoryBudget buffered) {
        this.held = held;
        this.buffered = buffered;
        for (Fate fate : Fate.values()) {
            streamBytes.put(fate, new LongAdder());
        }
        for (Loss loss : Loss.values()) {
            dropped.put(loss, new LongAdder());
        }
        for (Undecoded reason : Undecoded.values()) {
            undecodedConnections.put(reason, new LongAdder());
        }
    }

    /** Stream bytes by what became of them. */
    public long streamBytes(Fate fate) {
        return adder(streamBytes, fate).sum();
    }

    /** Sum of the final positions, both directions, of all connections whose end was seen. */
    public long finalPositions() {
        return finalPositions.sum();
    }

    /** Bytes that arrived for a place already passed; they are not in any fate a second time. */
    public long lateBytes() {
        return lateBytes.sum();
    }

    /** Unparsed bytes by protocol and reason. */
    public Map<Key, Long> unparsedBytes() {
        return sums(unparsedBytes);
    }

    /** Things dropped in user space, those with a count only. */
    public Map<Loss, Long> dropped() {
        Map<Loss, Long> sums = new EnumMap<>(Loss.class);
        dropped.forEach((loss, adder) -> {
            if (adder.sum() > 0) {
                sums.put(loss, adder.sum());
            }
        });
        return sums;
    }

    /** Connections that were given up or have ended without a supported protocol, each counted once. */
    public long undecodedConnections(Undecoded reason) {
        return adder(undecodedConnections, reason).sum();
    }

    /** Connections handed on to another protocol, by the protocol that they spoke and the name of the other. */
    public Map<Key, Long> upgradedConnections() {
        return sums(upgradedConnections);
    }

    /** Streams that are open now, by their protocol and the side that this end is. */
    public Map<Key, Long> openStreams() {
        return sums(openStreams);
    }

    /** Data events that were held because their protocol was not yet known. */
    public long heldEvents() {
        return heldEvents.sum();
    }

    /** Held events that went on, to a parser or to be given up. */
    public long replayedEvents() {
        return replayedEvents.sum();
    }

    /** Data events that a parser was given. */
    public long parsedEvents() {
        return parsedEvents.sum();
    }

    public long parsedMessages() {
        return parsedMessages.sum();
    }

    public long matchedRequests() {
        return matchedRequests.sum();
    }

    public long unansweredRequests() {
        return unansweredRequests.sum();
    }

    public long oneWayMessages() {
        return oneWayMessages.sum();
    }

    public long unmatchedResponses() {
        return unmatchedResponses.sum();
    }

    /** Requests and responses that were repeated within an exchange, and have no record of their own. */
    public long repeatedMessages() {
        return repeatedMessages.sum();
    }

    /** Exchanges and messages that are to become records. */
    public long concluded() {
        return matchedRequests() + unansweredRequests() + oneWayMessages();
    }

    /** Those that have; not those of a protocol inside another one, or around it, that nobody wants. */
    public long emittedRecords() {
        return emittedRecords.sum();
    }

    public MemoryBudget held() {
        return held;
    }

    public MemoryBudget buffered() {
        return buffered;
    }

    /** Counts {@code count} things thrown away, in the unit of the loss. */
    public void drop(Loss loss, long count) {
        adder(dropped, loss).add(count);
    }

    void undecoded(Undecoded reason) {
        adder(undecodedConnections, reason).increment();
    }

    void bytes(Fate fate, long count) {
        adder(streamBytes, fate).add(count);
    }

    void unparsed(String protocol, String reason, long count) {
        if (count > 0) {
            bytes(Fate.UNPARSED, count);
            unparsedBytes
                    .computeIfAbsent(new Key(protocol, reason), key -> new LongAdder())
                    .add(count);
        }
    }

    void upgraded(String protocol, String to) {
        upgradedConnections
                .computeIfAbsent(new Key(protocol, to), key -> new LongAdder())
                .increment();
    }

    /** Counts the streams of one protocol, seen from one side, that are open. */
    LongAdder openStreams(String protocol, String side) {
        return openStreams.computeIfAbsent(new Key(protocol, side), key -> new LongAdder());
    }

    void late(long count) {
        lateBytes.add(count);
    }

    void finalPosition(long position) {
        finalPositions.add(position);
    }

    void held(int events) {
        heldEvents.add(events);
    }

    void replayed(int events) {
        replayedEvents.add(events);
    }

    void toParse() {
        parsedEvents.increment();
    }

    void parsed() {
        parsedMessages.increment();
    }

    void matched() {
        matchedRequests.increment();
    }

    void unanswered() {
        unansweredRequests.increment();
    }

    void oneWay() {
        oneWayMessages.increment();
    }

    void emitted() {
        emittedRecords.increment();
    }

    void repeated() {
        repeatedMessages.increment();
    }

    void unmatched() {
        unmatchedResponses.increment();
    }

    private static <K extends Enum<K>> LongAdder adder(Map<K, LongAdder> adders, K key) {
        LongAdder adder = adders.get(key);
        if (adder == null) {
            throw new AssertionError(key + ": no adder");
        }
        return adder;
    }

    private static Map<Key, Long> sums(Map<Key, LongAdder> adders) {
        Map<Key, Long> sums = new ConcurrentHashMap<>();
        adders.forEach((key, adder) -> sums.put(key, adder.sum()));
        return sums;
    }
}
