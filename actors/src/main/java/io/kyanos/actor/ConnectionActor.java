package io.kyanos.actor;

import io.kyanos.connection.Books;
import io.kyanos.connection.Connection;
import io.kyanos.connection.Loss;
import io.kyanos.event.EventBatch;
import io.kyanos.event.EventDecoder;
import io.kyanos.record.TrafficRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * The shell around one {@link Connection}: mailbox, timers, life cycle. Gives back the credit of what it was handed once
 * its records are in the queue. Stops when its connection is closed, or on {@link Finish}.
 */
public final class ConnectionActor extends AbstractBehavior<ConnectionActor.Command> {

    /** The messages of a connection actor. */
    sealed interface Command permits Deliver, Close, Time, Finish, Timer {

        /** Has the actor handle this message. */
        void on(ConnectionActor actor);
    }

    /**
     * Events of this connection: those of {@code batch} at {@code indexes}. The receiver releases the batch and gives the
     * credit back, one event each.
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
    record Deliver(EventBatch batch, int[] indexes) implements Command {
        @Override
        public void on(ConnectionActor actor) {
            actor.onDeliver(this);
        }
    }

    /** The close event, copied, once everything before it has been delivered. The receiver gives back one of the credit. */
    @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
    record Close(byte[] event) implements Command {
        @Override
        public void on(ConnectionActor actor) {
            actor.onClose(this);
        }
    }

    /** The time of the events' clock, for a replay. The receiver gives back one of the credit. */
    record Time(long watermark) implements Command {
        @Override
        public void on(ConnectionActor actor) {
            actor.onTime(this);
        }
    }

    /** No more will come: hand over what there is and stop. */
    enum Finish implements Command {
        INSTANCE;

        @Override
        public void on(ConnectionActor actor) {
            actor.onFinish();
        }
    }

    private enum Timer implements Command {
        RETRY_RECORDS,
        REQUEST_TIMEOUT;

        @Override
        public void on(ConnectionActor actor) {
            actor.onTimer(this);
        }
    }

    /**
     * What the actor dies of when a bug has thrown out of its connection: says how far that had come. The actor keeps one of
     * the credit that it has, to be given back when its death is known: with all credit back, no death is unknown.
     */
    static final class Broken extends RuntimeException {

        private static final long serialVersionUID = 1;

        private final transient Connection.Reached reached;
        private final Throwable bug;

        private Broken(Connection.Reached reached, Throwable bug) {
            super(null, bug, false, false);
            this.reached = reached;
            this.bug = bug;
        }

        Connection.Reached reached() {
            return reached;
        }

        Throwable bug() {
            return bug;
        }
    }

    /**
     * What all connection actors of a capture share.
     *
     * @param monotonicNanos the events' clock, as it stands now
     * @param byEventTime time-outs go by the events' times alone, not by the clock
     * @param discarding whether to count and drop what comes, so that stopping is quick
     */
    public record Surroundings(
            Books books,
            RecordOutlet records,
            IntConsumer giveBackCredit,
            LongSupplier monotonicNanos,
            Duration requestTimeout,
            Duration recordRetry,
            boolean byEventTime,
            BooleanSupplier discarding) {}

    private static final long NEVER = Long.MAX_VALUE;

    private final Surroundings surroundings;
    private final Connection connection;
    private final EventDecoder decoder = new EventDecoder();

    private List<TrafficRecord> records = new ArrayList<>();
    private int heldCredit;
    private boolean retrying;
    private boolean timing;
    private boolean finishing;
    private boolean broken;

    /** By the events' clock, the moment at which to look for requests that have waited too long. */
    private long dueAt = NEVER;

    private ConnectionActor(
            ActorContext<Command> context,
            Surroundings surroundings,
            Function<Consumer<TrafficRecord>, Connection> connection) {
        super(context);
        this.surroundings = surroundings;
        this.connection = connection.apply(record -> records.add(record));
    }

    /** The actor of the connection that {@code connection} makes for a consumer of its records. */
    static Behavior<Command> create(
            Surroundings surroundings, Function<Consumer<TrafficRecord>, Connection> connection) {
        return Behaviors.setup(context -> new ConnectionActor(context, surroundings, connection));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Command.class, this::onTurn)
                .onSignal(PostStop.class, stopped -> onPostStop())
                .build();
    }

    /** Handles a message, and hands on the resulting records. */
    private Behavior<Command> onTurn(Command command) {
        try {
            command.on(this);
        } catch (RuntimeException | AssertionError bug) {
            throw broken(bug);
        }
        return afterTurn();
    }

    private Broken broken(Throwable bug) {
        broken = true;
        try {
            connection.breakOff();
        } catch (RuntimeException | AssertionError ignored) {
            // Because of the same bug; all that can be settled is.
        }
        return new Broken(connection.reached(), bug);
    }

    private void onDeliver(Deliver deliver) {
        heldCredit += deliver.indexes().length;
        try {
            for (int index : deliver.indexes()) {
                if (!deliver.batch().read(index, decoder)) {
                    surroundings.books().drop(Loss.CONNECTION_MALFORMED, 1);
                } else if (decoder.kind() != EventDecoder.KIND_CLOSED
                        && surroundings.discarding().getAsBoolean()) {
                    surroundings.books().drop(Loss.CONNECTION_STOPPED, 1);
                } else {
                    take();
                }
            }
        } finally {
            deliver.batch().release();
        }
    }

    private void onClose(Close close) {
        heldCredit++;
        if (decoder.wrap(close.event(), 0, close.event().length)) {
            take();
        }
    }

    private void onTime(Time time) {
        heldCredit++;
        timeOutBy(time.watermark());
    }

    private void onFinish() {
        finishing = true;
        connection.abandon();
    }

    private void onTimer(Timer timer) {
        switch (timer) {
            case RETRY_RECORDS -> retrying = false;
            case REQUEST_TIMEOUT -> {
                timing = false;
                connection.timeOut(surroundings.monotonicNanos().getAsLong());
            }
        }
    }

    /** However it ends, also by a bug: memory and credit come back, and records that find no room are counted. */
    private Behavior<Command> onPostStop() {
        try {
            if (!broken) {
                connection.breakOff();
            }
        } finally {
            if (broken) {
                heldCredit--;
            }
            if (!offerRecords()) {
                surroundings.books().drop(Loss.CONNECTION_ENDED, records.size());
            }
            giveBackCredit();
        }
        return this;
    }

    /** Takes the event that the decoder stands on. */
    private void take() {
        if (!surroundings.byEventTime()) {
            connection.on(decoder);
            return;
        }
        timeOutBy(decoder.emittedAt());
        connection.on(decoder);
        if (dueAt == NEVER && connection.waiting() > 0) {
            // the first moment at which it has waited longer than allowed
            dueAt = decoder.emittedAt() + surroundings.requestTimeout().toNanos() + 1;
        }
    }

    /* As the timer does when nothing is recorded: it is set when something begins to wait, and again while anything does. */
    private void timeOutBy(long moment) {
        while (dueAt <= moment) {
            connection.timeOut(dueAt);
            dueAt = connection.waiting() > 0
                    ? dueAt + surroundings.requestTimeout().toNanos()
                    : NEVER;
        }
    }

    private Behavior<Command> afterTurn() {
        if (!offerRecords()) {
            retryLater();
            return this;
        }
        giveBackCredit();
        if (connection.isClosed() || finishing) {
            return Behaviors.stopped();
        }
        if (!timing && !surroundings.byEventTime() && connection.waiting() > 0) {
            timing = true;
            later(surroundings.requestTimeout(), Timer.REQUEST_TIMEOUT);
        }
        return this;
    }

    /** False if the queue is full and the records stay here. */
    private boolean offerRecords() {
        if (records.isEmpty()) {
            return true;
        }
        if (surroundings.discarding().getAsBoolean()) {
            surroundings.books().drop(Loss.EMIT_STOPPED, records.size());
            records = new ArrayList<>();
            return true;
        }
        switch (surroundings.records().offer(records)) {
            case FULL -> {
                return false;
            }
            case ENDED -> surroundings.books().drop(Loss.SINK_ENDED, records.size());
            case TAKEN -> {
                // The queue owns the list from here on.
            }
        }
        records = new ArrayList<>();
        return true;
    }

    private void retryLater() {
        if (!retrying) {
            retrying = true;
            later(surroundings.recordRetry(), Timer.RETRY_RECORDS);
        }
    }

    private void later(Duration delay, Timer timer) {
        getContext().scheduleOnce(delay, getContext().getSelf(), timer);
    }

    private void giveBackCredit() {
        surroundings.giveBackCredit().accept(heldCredit);
        heldCredit = 0;
    }
}
