package io.kyanos.actor;

import io.kyanos.connection.Books;
import io.kyanos.connection.Connection;
import io.kyanos.connection.Loss;
import io.kyanos.event.EventBatch;
import io.kyanos.event.EventDecoder;
import io.kyanos.record.TrafficRecord;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.Props;
import org.apache.pekko.actor.UntypedAbstractActor;

/**
 * The shell around one {@link Connection}: mailbox and life cycle. Its records are given to what gathers them for the router;
 * then it gives back the credit of what it was handed. Stops when its connection is closed, or when told to finish.
 */
/*
 * A classic actor: tens of thousands of them get a message or two per batch each, where the adapters around a typed one cost
 * more than what most messages ask for. The router tells it the time, so it needs no timers.
 */
public final class ConnectionActor extends UntypedAbstractActor {

    /** What a connection actor is told. */
    sealed interface Command permits Deliver, Close, Time, TimeOut, Finish {

        /** Has the actor handle this message. */
        void on(ConnectionActor actor);

        /** So much of the credit was taken for it; the receiver gives it back. */
        int credit();
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

        @Override
        public int credit() {
            return indexes.length;
        }
    }

    /** The close event, copied, once everything before it has been delivered. */
    @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
    record Close(byte[] event) implements Command {
        @Override
        public void on(ConnectionActor actor) {
            actor.onClose(this);
        }

        @Override
        public int credit() {
            return 1;
        }
    }

    /** The time of the events' clock, for a replay. */
    record Time(long watermark) implements Command {
        @Override
        public void on(ConnectionActor actor) {
            actor.timeOutBy(watermark);
        }

        @Override
        public int credit() {
            return 1;
        }
    }

    /** What has waited too long at {@code now}, by the clock, waits no longer. */
    record TimeOut(long now) implements Command {
        @Override
        public void on(ConnectionActor actor) {
            actor.connection.timeOut(now);
        }

        @Override
        public int credit() {
            return 1;
        }
    }

    /** No more will come: hand over what there is and stop. */
    enum Finish implements Command {
        INSTANCE;

        @Override
        public void on(ConnectionActor actor) {
            actor.connection.abandon();
        }

        @Override
        public int credit() {
            return 1;
        }
    }

    /** Learns of the death of a connection's actor. */
    @FunctionalInterface
    interface Mourner {

        /** A bug has thrown out of the connection, which had come so far. Called once, on the actor's thread. */
        void died(Connection.Reached reached, Throwable bug);
    }

    /**
     * What all connection actors of a router share.
     *
     * @param records gathers what connections give out; thread-safe
     * @param monotonicNanos the events' clock, as it stands now
     * @param byEventTime time-outs go by the events' times alone, not by the clock
     * @param discarding whether to count and drop what comes, so that stopping is quick
     */
    public record Surroundings(
            Books books,
            Consumer<TrafficRecord> records,
            IntConsumer giveBackCredit,
            LongSupplier monotonicNanos,
            Duration requestTimeout,
            boolean byEventTime,
            BooleanSupplier discarding) {}

    private static final long NEVER = Long.MAX_VALUE;
    private static final long MAX_TIMES_DUE = 1024;

    private final Surroundings surroundings;
    private final Connection connection;
    private final Mourner mourner;
    private boolean broken;

    /** By the events' clock, the moment at which to look for requests that have waited too long. */
    private long dueAt = NEVER;

    private ConnectionActor(Surroundings surroundings, Connection connection, Mourner mourner) {
        this.surroundings = surroundings;
        this.connection = connection;
        this.mourner = mourner;
    }

    /** The actor of {@code connection}, to be used once. */
    static Props props(Surroundings surroundings, Connection connection, Mourner mourner) {
        return Props.create(ConnectionActor.class, () -> new ConnectionActor(surroundings, connection, mourner))
                .withDispatcher(ActorSettings.CONNECTION_DISPATCHER);
    }

    @Override
    public void onReceive(Object message) {
        Command command = (Command) message;
        if (broken) {
            takeBack(command, surroundings);
            return;
        }
        try {
            command.on(this);
        } catch (RuntimeException | AssertionError | StackOverflowError bug) {
            die(command, bug);
            return;
        }
        surroundings.giveBackCredit().accept(command.credit());
        if (connection.isClosed()) {
            getContext().stop(getSelf());
        }
    }

    /** However it ends: memory comes back. */
    @Override
    public void postStop() {
        if (!broken) {
            connection.breakOff();
        }
    }

    /** Counts what nobody has made anything of, and gives back what it holds. */
    static void takeBack(Command undelivered, Surroundings surroundings) {
        if (undelivered instanceof Deliver deliver) {
            surroundings.books().drop(Loss.DEAD_LETTER, deliver.indexes().length);
            deliver.batch().release();
        }
        surroundings.giveBackCredit().accept(undelivered.credit());
    }

    /*
     * Keeps one of the credit, for whoever learns of the death to give back: with all credit back, no death is unknown. What
     * was told before that is known comes here still.
     */
    private void die(Command command, Throwable bug) {
        broken = true;
        try {
            connection.breakOff();
        } catch (RuntimeException | AssertionError | StackOverflowError ignored) {
            // Of the same bug; all that can be settled is.
        }
        surroundings.giveBackCredit().accept(command.credit() - 1);
        mourner.died(connection.reached(), bug);
    }

    private void onDeliver(Deliver deliver) {
        EventDecoder decoder = new EventDecoder();
        try {
            for (int index : deliver.indexes()) {
                if (!deliver.batch().read(index, decoder)) {
                    surroundings.books().drop(Loss.CONNECTION_MALFORMED, 1);
                } else if (decoder.kind() != EventDecoder.KIND_CLOSED
                        && surroundings.discarding().getAsBoolean()) {
                    surroundings.books().drop(Loss.CONNECTION_STOPPED, 1);
                } else {
                    take(decoder);
                }
            }
        } finally {
            deliver.batch().release();
        }
    }

    private void onClose(Close close) {
        EventDecoder decoder = new EventDecoder();
        if (decoder.wrap(close.event(), 0, close.event().length)) {
            take(decoder);
        }
    }

    /** Takes the event that the decoder stands on. */
    private void take(EventDecoder decoder) {
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

    /*
     * As the clock does when nothing is recorded: it is set when something begins to wait, and again while anything does. What still
     * waits after so many times has no limit; a file may say that a thousand years have passed.
     */
    private void timeOutBy(long moment) {
        long limit = surroundings.requestTimeout().toNanos();
        if (dueAt <= moment && (moment - dueAt) / limit > MAX_TIMES_DUE) {
            dueAt = moment - limit * MAX_TIMES_DUE;
        }
        while (dueAt <= moment) {
            connection.timeOut(dueAt);
            dueAt = connection.waiting() > 0 ? dueAt + limit : NEVER;
        }
    }
}
