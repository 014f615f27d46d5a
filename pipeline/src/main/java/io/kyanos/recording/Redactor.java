package io.kyanos.recording;

import io.kyanos.connection.Books;
import io.kyanos.connection.ConnectionSettings;
import io.kyanos.connection.MemoryBudget;
import io.kyanos.event.ConnectionEntry;
import io.kyanos.event.EventDecoder;
import it.unimi.dsi.fastutil.longs.Long2ObjectLinkedOpenHashMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Overwrites all payload that no protocol has reported as structure. Not thread-safe; memory is bounded by the block
 * in progress, the connections' settings and {@link #MAX_CONNECTIONS}.
 */
/*
 * Who reports it: the connections themselves. Each connection of the recording is run here once more, as the reader of
 * the file will run it, and reports by stream position what is structure. A byte that has not been reported when its
 * block leaves is lost, whatever is reported later. So a parser that gives up, or reports nothing, leaves nothing.
 *
 * With what: the digit 0, where a protocol has understood the byte or waits for more, so that text stays text and a
 * segment of a path {id}; a zero byte, with which no message begins, where it is unknown what it is.
 */
public final class Redactor implements EventRedaction {

    /**
     * Beyond this number, those that have been silent longest are forgotten; if they speak again they are joined in the
     * middle.
     */
    static final int MAX_CONNECTIONS = 1 << 16;

    private static final long MAX_HELD_BYTES = 64L << 20;
    private static final long MAX_BUFFERED_BYTES = 128L << 20;

    private final ConnectionSettings settings;
    private final int maxConnections;
    private final Books books = new Books(new MemoryBudget(MAX_HELD_BYTES), new MemoryBudget(MAX_BUFFERED_BYTES));
    private final EventDecoder decoder = new EventDecoder();
    private final Long2ObjectLinkedOpenHashMap<RedactedConnection> connections = new Long2ObjectLinkedOpenHashMap<>();

    /** Those whose bytes are in the block. */
    private final List<RedactedConnection> touched = new ArrayList<>();

    private final Verdicts verdicts = new Verdicts();

    /** @param settings with protocols of its own, as these learn, and without details */
    public Redactor(ConnectionSettings settings) {
        this(settings, MAX_CONNECTIONS);
    }

    Redactor(ConnectionSettings settings, int maxConnections) {
        this.settings = settings;
        this.maxConnections = maxConnections;
    }

    @Override
    public void connection(byte[] entry) {
        RedactedConnection known = of(new ConnectionEntry(entry).generation());
        known.open(entry);
    }

    @Override
    public void event(byte[] block, int offset, int length) {
        if (!decoder.wrap(block, offset, length)) {
            Arrays.fill(block, offset, offset + length, (byte) 0);
            return;
        }
        switch (decoder.kind()) {
            case EventDecoder.KIND_OPENED -> of(decoder.generation()).on(decoder);
            case EventDecoder.KIND_DATA -> {
                // Nothing should follow.
                Arrays.fill(block, decoder.payloadIndex() + decoder.captured(), offset + length, (byte) 0);
                touched(decoder.generation()).data(decoder);
            }
            case EventDecoder.KIND_CLOSED -> {
                // What was sent before its end may be read after it, but hardly in a later block.
                if (connections.containsKey(decoder.generation())) {
                    touched(decoder.generation()).close();
                }
            }
            default -> {
                // Without payload.
            }
        }
    }

    @Override
    public void beforeWrite() {
        for (RedactedConnection connection : touched) {
            connection.leave();
            if (connection.isClosed()) {
                connection.end();
                connections.remove(connection.generation());
            }
        }
        touched.clear();
        verdicts.carryOut();
    }

    /** Connections that are known. */
    int connections() {
        return connections.size();
    }

    /** Bytes that connections hold of what has left already. */
    long usedBytes() {
        return books.held().usedBytes() + books.buffered().usedBytes();
    }

    private RedactedConnection touched(long generation) {
        RedactedConnection connection = of(generation);
        if (connection.touch()) {
            touched.add(connection);
        }
        return connection;
    }

    private RedactedConnection of(long generation) {
        RedactedConnection known = connections.getAndMoveToLast(generation);
        if (known != null) {
            return known;
        }
        if (connections.size() >= maxConnections) {
            RedactedConnection silent = connections.removeFirst();
            silent.leave();
            silent.end();
        }
        RedactedConnection begun = new RedactedConnection(generation, settings, books, verdicts);
        connections.putAndMoveToLast(generation, begun);
        return begun;
    }
}
