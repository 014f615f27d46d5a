package io.kyanos.recording;

import io.kyanos.connection.Books;
import io.kyanos.connection.Connection;
import io.kyanos.connection.ConnectionSettings;
import io.kyanos.connection.Opening;
import io.kyanos.connection.StructureListener;
import io.kyanos.connection.TraceControl;
import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.record.Transport;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a recording, run once more for what it says of its bytes. It takes the captured bytes of the block in
 * progress by their stream positions; those that come when their position has passed are nobody's. Not thread-safe.
 */
/*
 * Datagrams have no positions that name them: what is said while one of them is taken is about that one.
 */
final class RedactedConnection implements StructureListener {

    private static final long NEVER = Long.MAX_VALUE;

    private final long generation;
    private final Connection connection;
    private final long requestTimeoutNanos;
    private final Verdicts verdicts;
    private final Pieces egress = new Pieces();
    private final Pieces ingress = new Pieces();

    private boolean touched;
    private boolean closed;

    /** A bug has thrown out of it: nothing of what comes is known. */
    private boolean broken;

    private boolean ofDatagrams;
    private @Nullable Datagram datagram;

    /** By the events' clock, when to look for requests that have waited too long. */
    private long dueAt = NEVER;

    private record Datagram(long position, Verdicts.Piece piece) {}

    RedactedConnection(long generation, ConnectionSettings settings, Books books, Verdicts verdicts) {
        this.generation = generation;
        this.verdicts = verdicts;
        requestTimeoutNanos = settings.requestTimeout().toNanos();
        connection = new Connection(generation, settings, books, TraceControl.NONE, tgid -> "", record -> {});
        connection.reportStructureTo(this);
    }

    long generation() {
        return generation;
    }

    /** Whether its end has come. */
    boolean isClosed() {
        return closed;
    }

    /** Whether this is the first that comes of it in the block in progress. */
    boolean touch() {
        boolean isFirst = !touched;
        touched = true;
        return isFirst;
    }

    /** Takes what the kernel side knew of a connection that was open before. */
    void open(byte[] entry) {
        Opening.ofEntry(entry, generation).ifPresent(opening -> {
            ofDatagrams = opening.transport() == Transport.UDP;
            run(() -> connection.open(opening));
        });
    }

    /** Takes the opening event. */
    void on(EventDecoder opened) {
        ofDatagrams = Opening.transport(opened.transport()) == Transport.UDP;
        run(() -> connection.on(opened));
    }

    /** Takes a data event, which stays where it is until the block leaves. */
    void data(EventDecoder event) {
        Verdicts.Piece piece = verdicts.add(event.array(), event.payloadIndex(), event.captured());
        if (ofDatagrams || event.hasFlag(EventDecoder.FLAG_PEER)) {
            datagram = new Datagram(event.position(), piece);
        } else {
            pieces(event.direction()).add(event.position(), event.dataLength(), piece);
        }
        run(() -> {
            timeOutBy(event.emittedAt());
            connection.on(event);
            if (dueAt == NEVER && connection.waiting() > 0) {
                dueAt = event.emittedAt() + requestTimeoutNanos + 1;
            }
        });
        datagram = null;
    }

    /** Its end has come; what is left of it in the block in progress may follow. */
    void close() {
        closed = true;
    }

    /** The bytes so far leave. */
    void leave() {
        run(connection::reportStructureSoFar);
        egress.clear();
        ingress.clear();
        touched = false;
    }

    /** Gives back what it holds. */
    void end() {
        run(connection::abandon);
    }

    @Override
    public void understood(Direction direction, long from, long to) {
        decide(direction, from, to, Verdicts.CONTENT);
    }

    @Override
    public void structure(Direction direction, long from, long to) {
        decide(direction, from, to, Verdicts.STRUCTURE);
    }

    private void decide(Direction direction, long from, long to, byte verdict) {
        Datagram one = datagram;
        if (one == null) {
            pieces(direction).decide(from, to, verdict);
            return;
        }
        long first = Math.max(0, from - one.position());
        long end = Math.min(one.piece().length(), to - one.position());
        if (first < end) {
            verdicts.decide(one.piece(), (int) first, (int) end, verdict);
        }
    }

    /* As the reader of the file does: by the events' time alone. */
    private void timeOutBy(long moment) {
        while (dueAt <= moment) {
            connection.timeOut(dueAt);
            dueAt = connection.waiting() > 0 ? dueAt + requestTimeoutNanos : NEVER;
        }
    }

    /** A bug in a parser costs this connection's structure, and nothing else. */
    private void run(Runnable step) {
        if (broken) {
            return;
        }
        try {
            step.run();
        } catch (RuntimeException bug) {
            broken = true;
            breakOff();
        }
    }

    private void breakOff() {
        try {
            connection.breakOff();
        } catch (RuntimeException ignored) {
            // Of the same bug, when all has been given back.
        }
    }

    private Pieces pieces(Direction direction) {
        return direction == Direction.EGRESS ? egress : ingress;
    }

    /** The captured bytes of one direction in the block in progress, in order of their positions. */
    private final class Pieces {

        private static final int SMALLEST = 4;

        private long[] positions = {};
        private Verdicts.Piece[] all = {};
        private int[] skipped = {};
        private int count;

        /** After the last byte that has come. */
        private long end;

        void add(long position, int length, Verdicts.Piece piece) {
            int late = (int) Math.max(0, Math.min(end - position, length));
            end = Math.max(end, position + length);
            if (late >= piece.length()) {
                return;
            }
            if (count == all.length) {
                int size = Math.max(SMALLEST, 2 * count);
                positions = Arrays.copyOf(positions, size);
                all = Arrays.copyOf(all, size);
                skipped = Arrays.copyOf(skipped, size);
            }
            positions[count] = position + late;
            all[count] = piece;
            skipped[count] = late;
            count++;
        }

        void decide(long from, long to, byte verdict) {
            for (int i = indexOf(from); i < count && positions[i] < to; i++) {
                int first = (int) Math.max(0, from - positions[i]);
                int last = (int) Math.min(length(i), to - positions[i]);
                verdicts.decide(all[i], skipped[i] + first, skipped[i] + last, verdict);
            }
        }

        void clear() {
            Arrays.fill(all, 0, count, null);
            count = 0;
        }

        /** Of the first piece that ends after the position. */
        private int indexOf(long position) {
            int low = 0;
            int high = count;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (positions[middle] + length(middle) <= position) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        private int length(int index) {
            return all[index].length() - skipped[index];
        }
    }
}
