package io.kyanos.connection;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.TraceState;
import io.kyanos.record.ConnectionDescription;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Side;
import io.kyanos.record.TrafficRecord;
import io.kyanos.record.Transport;
import io.kyanos.record.Unanswered;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection: from the kernel's events to records. Holds events until the protocol is known, replays them, parses
 * both directions, matches, and gives each record to its consumer as soon as it is complete. Not thread-safe; memory is
 * bounded by its settings; never throws because of what came over the wire.
 */
/*
 * States: a connection is Undecided until the protocols' tests have decided, then either Conversing or, if it is of no
 * interest, Ignored. A UDP socket is in Datagrams instead: the protocols of streams are not asked. Each state documents
 * when it is left. At the end all are Ended.
 *
 * Books: each direction has its Account, in which the current state enters every byte once, by position; so at the end
 * the fates of a direction's bytes add up to its final position.
 */
public final class Connection {

    /**
     * How far a connection's bytes have been accounted for.
     *
     * @param egress stream position
     * @param ingress stream position
     */
    public record Reached(long egress, long ingress) {

        public static final Reached NOTHING = new Reached(0, 0);
    }

    /** Of what packets have shown. */
    private static final String NO_PROCESS = "";

    private static final Direction[] DIRECTIONS = Direction.values();

    private final long generation;
    private final ConnectionSettings settings;
    private final Books books;
    private final TraceControl traceControl;
    private final ProcessNames processNames;
    private final Consumer<TrafficRecord> records;
    private final Account egress;
    private final Account ingress;

    private State state = new Undecided(this);
    private Opening opening = Opening.UNSEEN;
    private boolean openingSeen;
    private TraceState requested = TraceState.UNSET;

    /** A bit for each direction of which something was not wanted. */
    private byte passedOver;

    /** It has been counted as not decoded. */
    private boolean countedUndecoded;

    private @Nullable StructureListener structure;
    private long now;
    private int tgid;
    private int fd;
    private @Nullable ConnectionDescription description;

    /** A connection of which nothing has been seen yet; {@code records} gets each record as soon as it is complete. */
    public Connection(
            long generation,
            ConnectionSettings settings,
            Books books,
            TraceControl traceControl,
            ProcessNames processNames,
            Consumer<TrafficRecord> records) {
        this.generation = generation;
        this.settings = settings;
        this.books = books;
        this.traceControl = traceControl;
        this.processNames = processNames;
        this.records = records;
        this.egress = new Account(books);
        this.ingress = new Account(books);
    }

    /** Reports from here on which of its bytes are structure. Before the first event. */
    public void reportStructureTo(StructureListener listener) {
        structure = listener;
    }

    /** Reports the structure of unfinished messages, too, as their bytes are about to leave. */
    public void reportStructureSoFar() {
        state.reportStructureSoFar();
    }

    /** Names the connection for the whole capture. */
    public long generation() {
        return generation;
    }

    /** Whether its end has been seen; a closed connection gives no more records. */
    public boolean isClosed() {
        return state instanceof Ended;
    }

    /** Requests that wait for their response or its end, and messages that a silence may end. */
    public int waiting() {
        return state.waiting();
    }

    /** Goes on where another of the same generation has broken off. Before the first event. */
    public void resumeAt(Reached reached) {
        egress.beginAt(reached.egress());
        ingress.beginAt(reached.ingress());
    }

    /** How far its bytes have been accounted for. */
    public Reached reached() {
        return new Reached(egress.reached(), ingress.reached());
    }

    /**
     * Ends this object, not the connection, after a bug has thrown out of it: gives back its memory and settles its
     * books, so that another can {@link #resumeAt} what is {@link #reached}. Does nothing to a closed connection. May
     * throw, because of the same bug, when all but the current messages has been settled.
     */
    public void breakOff() {
        if (isClosed()) {
            return;
        }
        State broken = state;
        broken.breakOff();
        settle(Ending.UNSEEN);
        broken.endMatching(Unanswered.CAPTURE_LOSS);
    }

    /** Takes one event of this connection, in order of {@code emitted_at}. The event is not kept. */
    public void on(EventDecoder event) {
        now = event.emittedAt();
        switch (event.kind()) {
            case EventDecoder.KIND_OPENED -> opened(event);
            case EventDecoder.KIND_DATA -> data(event);
            case EventDecoder.KIND_CLOSED -> end(Ending.of(event));
            default -> {
                // The kernel's own guess travels with the data; its event alone changes nothing here.
            }
        }
    }

    /**
     * Gives out the requests that have waited longer than allowed at {@code monotonicNanos}, and what is known of
     * messages that have been silent for as long.
     */
    public void timeOut(long monotonicNanos) {
        now = Math.max(now, monotonicNanos);
        state.timeOut(now - settings.requestTimeout().toNanos());
    }

    /** Ends the connection without having seen its end: what waits becomes unanswered for lack of capture. */
    public void abandon() {
        end(Ending.UNSEEN);
    }

    /** Describes the connection, if its opening event did not. */
    public void open(Opening seen) {
        openingSeen = true;
        opening = seen;
        description = null;
        state.opened(seen);
    }

    private void opened(EventDecoder event) {
        tgid = event.tgid();
        fd = event.fd();
        if (!openingSeen) {
            open(Opening.of(event));
        }
    }

    private void data(EventDecoder event) {
        if (event.tgid() != tgid || event.fd() != fd) {
            tgid = event.tgid();
            fd = event.fd();
            description = null;
        }
        if (requested != TraceState.UNSET && event.dataTraceState() == TraceState.UNSET && !isClosed()) {
            // Emitted before the kernel side knew; or another connection has taken its slot since.
            traceControl.trace(generation, requested);
        }
        state.data(event);
    }

    private void end(Ending ending) {
        if (isClosed()) {
            return;
        }
        state.ended(ending);
        egress.moveTo(ending.egress(), state.missing());
        ingress.moveTo(ending.ingress(), state.missing());
        settle(ending);
    }

    private void settle(Ending ending) {
        become(new Ended(this));
        egress.settle(ending.egress());
        ingress.settle(ending.ingress());
    }

    /* What follows is for the states. */

    void become(State next) {
        wantAll();
        state = next;
    }

    boolean isIn(State of) {
        return state == of;
    }

    boolean isIn(Class<? extends State> type) {
        return type.isInstance(state);
    }

    /** It is of no further interest. */
    void ignore() {
        become(new Ignored(this));
        tell(TraceState.OFF);
    }

    /** Tells the kernel side how much to capture from here on. */
    void tell(TraceState wanted) {
        requested = wanted;
        traceControl.trace(generation, wanted);
    }

    /** Nobody wants what comes this way up to that position. */
    void passOver(Direction direction, long until) {
        passedOver |= (byte) (1 << direction.code());
        traceControl.passOver(generation, direction, until);
    }

    /** Takes back all that was not wanted. */
    void wantAll() {
        for (Direction direction : DIRECTIONS) {
            if ((passedOver & (1 << direction.code())) != 0) {
                traceControl.passOver(generation, direction, 0);
            }
        }
        passedOver = 0;
    }

    /** Counts it as one that is not decoded, once. */
    void undecoded(Undecoded reason) {
        if (!countedUndecoded) {
            countedUndecoded = true;
            boolean isInternal = reason == Undecoded.UNKNOWN && opening.transport() == Transport.UNIX;
            books.undecoded(isInternal ? Undecoded.UNIX : reason);
        }
    }

    /** From here on, bytes that are not read belong to the protocol that it was handed on to. */
    void handOn() {
        egress.handOn();
        ingress.handOn();
    }

    void ofDatagrams() {
        egress.ofDatagrams();
        ingress.ofDatagrams();
    }

    Account account(Direction direction) {
        return direction == Direction.EGRESS ? egress : ingress;
    }

    Opening opening() {
        return opening;
    }

    ConnectionSettings settings() {
        return settings;
    }

    Books books() {
        return books;
    }

    Consumer<TrafficRecord> records() {
        return records;
    }

    @Nullable
    StructureListener structure() {
        return structure;
    }

    /** When the latest event was emitted, or the moment of a later {@link #timeOut}; monotonic nanoseconds. */
    long now() {
        return now;
    }

    /** How the records of an exchange between {@code local} and {@code remote} describe it. */
    ConnectionDescription description(Side side, Endpoint local, Endpoint remote) {
        ConnectionDescription known = description;
        if (known == null
                || known.side() != side
                || !known.local().equals(local)
                || !known.remote().equals(remote)
                || known.process().equals(ProcessNames.UNKNOWN)) {
            known = new ConnectionDescription(
                    generation,
                    tgid,
                    fd,
                    opening.between() ? NO_PROCESS : processNames.nameOf(tgid),
                    side,
                    opening.transport(),
                    local,
                    remote,
                    "");
            description = known;
        }
        return known;
    }
}
