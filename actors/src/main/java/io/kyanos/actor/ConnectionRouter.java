package io.kyanos.actor;

import io.kyanos.capture.ConnectionTable;
import io.kyanos.capture.ProcessList;
import io.kyanos.connection.Books;
import io.kyanos.connection.Connection;
import io.kyanos.connection.Loss;
import io.kyanos.connection.Opening;
import io.kyanos.event.EventBatch;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.TraceState;
import io.kyanos.metadata.ProcessTable;
import io.kyanos.record.TrafficRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.jspecify.annotations.Nullable;

/**
 * Takes the ordered batches of all channels, one at a time, and sends each actor of its share of connections the connection's
 * events of the batch in one message. The table of connections, the close events that wait, and the agreement with the kernel
 * are classes of their own, all on the router's thread. It asks for the next batch while it has credit and its records find room.
 */
public final class ConnectionRouter extends AbstractBehavior<ConnectionRouter.Command> {

    /** What the router is told. */
    public sealed interface Command permits Deliver, Completed, CreditLow, Reconcile, Died, Tick {}

    /** The router with this number asks for the next batch. */
    public record Ack(int router) {}

    /**
     * A batch, divided, which the router releases.
     *
     * @param time of the events' clock, to be told to all connections before it
     */
    public record Deliver(EventBatch batch, OptionalLong time, ActorRef<Ack> ackTo) implements Command {}

    /**
     * No batch will come any more.
     *
     * @param time as with a batch
     */
    public record Completed(OptionalLong time) implements Command {}

    /** Credit has come back, or room for records. */
    public enum CreditLow implements Command {
        INSTANCE
    }

    /** A connection's actor has died of a bug. It has kept one of the credit. */
    record Died(OpenConnection connection, Connection.Reached reached, Throwable bug) implements Command {}

    private enum Tick implements Command {
        INSTANCE
    }

    /**
     * The kernel side's own tables, to be compared with what its events have said.
     *
     * @param lostCloseEvents those that found no room in their ring
     * @param processes what is running, if that is in doubt
     */
    public record Reconcile(
            ConnectionTable table,
            List<byte[]> lostCloseEvents,
            Optional<ProcessList> processes,
            ActorRef<Reconciled> replyTo)
            implements Command {}

    /**
     * A comparison is done.
     *
     * @param inDoubt whether it takes another to be sure
     */
    public record Reconciled(boolean inDoubt) {}

    /** Creates connections, and answers for the kernel side. */
    public interface Connections {

        Connection create(long generation, Consumer<TrafficRecord> records);

        /** What the kernel side knows of a connection that is still open. */
        Optional<Opening> describe(long socket, long generation);

        void trace(long generation, TraceState state);
    }

    private static final int LOOKS_PER_TIMEOUT = 16;

    private final Share share;
    private final Books books;
    private final Credit credit;
    private final RecordGathering records;
    private final RouterGauges gauges;
    private final ConnectionActor.Surroundings surroundings;
    private final Runnable whenEnded;

    private final OpenConnections connections;
    private final CloseEvents closeEvents;
    private final KernelAgreement agreement;
    private final List<OpenConnection> touched = new ArrayList<>();
    private final EventDecoder decoder = new EventDecoder();

    private @Nullable ActorRef<Ack> waitingForCredit;
    private long watermark;
    private boolean completing;
    private boolean timing;

    private ConnectionRouter(
            ActorContext<Command> context,
            Share share,
            Connections connections,
            ProcessTable processes,
            ActorSettings settings,
            Credit credit,
            RecordGathering records,
            RouterGauges gauges,
            ConnectionActor.Surroundings surroundings,
            Runnable whenEnded) {
        super(context);
        this.share = share;
        this.books = surroundings.books();
        this.credit = credit;
        this.records = records;
        this.gauges = gauges;
        this.surroundings = surroundings;
        this.whenEnded = whenEnded;
        this.connections =
                new OpenConnections(context, connections, surroundings, credit, gauges, settings.maxOpenConnections());
        this.closeEvents = new CloseEvents(this.connections, share, books);
        this.agreement = new KernelAgreement(this.connections, share, connections, closeEvents, processes, gauges);
    }

    /**
     * The router of a share of the connections.
     *
     * @param processes put right by comparisons with the kernel side
     * @param records of its connections
     * @param whenEnded runs once the stream has ended and the last connection has handed over its records
     */
    public static Behavior<Command> create(
            Share share,
            Connections connections,
            ProcessTable processes,
            ActorSettings settings,
            Credit credit,
            RecordGathering records,
            RouterGauges gauges,
            ConnectionActor.Surroundings surroundings,
            Runnable whenEnded) {
        return Behaviors.setup(context -> new ConnectionRouter(
                context, share, connections, processes, settings, credit, records, gauges, surroundings, whenEnded));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Deliver.class, this::onDeliver)
                .onMessage(CreditLow.class, low -> onCreditLow())
                .onMessage(Reconcile.class, this::onReconcile)
                .onMessage(Completed.class, this::onCompleted)
                .onMessage(Tick.class, tick -> onTick())
                .onMessage(Died.class, this::onDied)
                .build();
    }

    private Behavior<Command> onDeliver(Deliver deliver) {
        EventBatch batch = deliver.batch();
        // Once released it may be another's at any moment.
        long batchWatermark = batch.watermark();
        long firstEmittedAt = 0;
        // Not all of it counts as done before all has been delivered.
        credit.take(1);
        records.handOn();
        deliver.time().ifPresent(this::tellTime);
        boolean discarding = surroundings.discarding().getAsBoolean();
        int size = batch.size();
        int number = share.number();
        try {
            for (int i = 0; i < size; i++) {
                if (batch.share(i) != number) {
                    continue;
                }
                if (discarding) {
                    books.drop(Loss.ROUTER_STOPPED, 1);
                } else if (batch.read(i, decoder)) { // as the division has seen: it is whole
                    firstEmittedAt = firstEmittedAt == 0 ? decoder.emittedAt() : firstEmittedAt;
                    sort(i, batchWatermark);
                }
            }
            long now = touched.isEmpty() ? 0 : surroundings.monotonicNanos().getAsLong();
            touched.forEach(connection -> tell(connection, batch, now));
        } finally {
            touched.clear();
            batch.release();
        }
        watermark = batchWatermark;
        closeEvents.closeUpTo(watermark);
        gauges.handled(share.number(), watermark);
        if (firstEmittedAt != 0) {
            long now = surroundings.monotonicNanos().getAsLong();
            gauges.lagged(now - firstEmittedAt, now);
        }
        agreement.compareIfDue(watermark);
        credit.giveBack(1);
        waitingForCredit = deliver.ackTo();
        goOn();
        timeLater();
        return this;
    }

    private void sort(int index, long batchWatermark) {
        if (decoder.kind() == EventDecoder.KIND_CLOSED && decoder.emittedAt() > batchWatermark) {
            closeEvents.keep(decoder);
        } else {
            collect(index);
        }
    }

    private void collect(int index) {
        OpenConnection connection = connections.of(decoder);
        if (connection == null) {
            return;
        }
        if (connection.collect(index)) {
            touched.add(connection);
        }
        if (decoder.kind() == EventDecoder.KIND_CLOSED) {
            connection.closes();
        }
    }

    private void tell(OpenConnection connection, EventBatch batch, long now) {
        int[] indexes = connection.takeIndexes();
        batch.retain();
        if (!connections.tell(connection, new ConnectionActor.Deliver(batch, indexes), now)) {
            batch.release();
        } else if (connection.isClosing()) {
            connections.forget(connection);
        }
    }

    private void tellTime(long moment) {
        ConnectionActor.Time time = new ConnectionActor.Time(moment);
        connections.all().forEach(connection -> connections.tell(connection, time));
    }

    /** Looks for what has waited too long once the first connection is due, and not much more often than that helps. */
    private void timeLater() {
        TimeOuts timeOuts = connections.timeOuts();
        if (timing || timeOuts.isEmpty()) {
            return;
        }
        timing = true;
        long untilDue = timeOuts.nextAt() - surroundings.monotonicNanos().getAsLong();
        long least = surroundings.requestTimeout().toNanos() / LOOKS_PER_TIMEOUT;
        getContext()
                .scheduleOnce(
                        Duration.ofNanos(Math.max(untilDue, least)),
                        getContext().getSelf(),
                        Tick.INSTANCE);
    }

    private Behavior<Command> onTick() {
        timing = false;
        if (!completing) {
            long now = surroundings.monotonicNanos().getAsLong();
            ConnectionActor.TimeOut timeOut = new ConnectionActor.TimeOut(now);
            connections.timeOuts().due(now, connection -> connections.tell(connection, timeOut));
            timeLater();
        }
        return this;
    }

    private Behavior<Command> onCreditLow() {
        goOn();
        return endIfDone();
    }

    private void goOn() {
        if (mayGoOn() && waitingForCredit != null) {
            waitingForCredit.tell(new Ack(share.number()));
            waitingForCredit = null;
        }
    }

    private boolean mayGoOn() {
        boolean haveRecordsRoom = records.handOn(this::askAgain);
        boolean isInSteps = surroundings.byEventTime();
        return haveRecordsRoom && (isInSteps ? credit.isWhole() : !credit.isExhausted());
    }

    private void askAgain() {
        getContext().getSelf().tell(CreditLow.INSTANCE);
    }

    private Behavior<Command> onReconcile(Reconcile reconcile) {
        if (!completing) {
            agreement.await(reconcile);
            agreement.compareIfDue(watermark);
        }
        return this;
    }

    private Behavior<Command> onDied(Died died) {
        connections.failed(died.connection(), died.reached(), died.bug());
        surroundings.giveBackCredit().accept(1);
        return endIfDone();
    }

    private Behavior<Command> onCompleted(Completed completed) {
        completing = true;
        agreement.giveUp();
        completed.time().ifPresent(this::tellTime);
        closeEvents.closeUpTo(Long.MAX_VALUE);
        connections.all().forEach(connection -> connections.tell(connection, ConnectionActor.Finish.INSTANCE));
        return endIfDone();
    }

    private Behavior<Command> endIfDone() {
        if (completing && credit.isWhole() && records.handOn(this::askAgain)) {
            whenEnded.run();
            return Behaviors.stopped();
        }
        return this;
    }
}
