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
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongLinkedOpenHashSet;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.jspecify.annotations.Nullable;

/**
 * Takes the ordered batches of all channels, one at a time, and tells each connection's actor its events of the batch,
 * once. Owns the table of connections and the credit; its {@link Pace} says when it may ask for the next batch.
 */
/*
 * Closing: a connection ends only when everything emitted before its closing event has been delivered, which is certain
 * once the watermark has passed that event. Until then the event waits here.
 *
 * Failure: an actor that dies of a bug is replaced once, as its connection goes on; a second time the connection is left
 * alone until it ends. Both are counted.
 *
 * Agreement: where events were lost, this table and the kernel side's are compared. A comparison waits until the
 * watermark has passed its reading, so that no event under way passes for a lost one. A connection that only the kernel
 * side has is opened if it still has it. One that only this table has, though older than the reading, has ended without
 * telling; as a late event may still be about to tell, it is closed only if the next comparison finds it so again.
 */
public final class ConnectionRouter extends AbstractBehavior<ConnectionRouter.Command> {

    /** What the router is told. */
    public sealed interface Command permits Started, Deliver, Completed, Failed, CreditLow, Reconcile {}

    /** Asks for the next batch. */
    public enum Ack {
        INSTANCE
    }

    public record Started(ActorRef<Ack> ackTo) implements Command {}

    public record Deliver(EventBatch batch, ActorRef<Ack> ackTo) implements Command {}

    public enum Completed implements Command {
        INSTANCE
    }

    public record Failed(Throwable cause) implements Command {}

    public enum CreditLow implements Command {
        INSTANCE
    }

    /**
     * What the kernel side has by itself, to be compared with what its events have told.
     *
     * @param ends closing events that had found no room in their ring
     * @param processes what runs, if that is in doubt
     */
    public record Reconcile(
            ConnectionTable table, List<byte[]> ends, Optional<ProcessList> processes, ActorRef<Reconciled> replyTo)
            implements Command {}

    /**
     * A comparison is done.
     *
     * @param inDoubt whether it takes another one to be sure
     */
    public record Reconciled(boolean inDoubt) {}

    /** Makes the connections, and answers for the kernel side. */
    public interface Connections {

        Connection create(long generation, Consumer<TrafficRecord> records);

        /** What the kernel side knows of a connection that is still open. */
        Optional<Opening> describe(long socket, long generation);

        void trace(long generation, TraceState state);
    }

    /** One connection: its actor, and the events collected for it from the batch in hand. */
    private static final class Child {
        private final long generation;
        private final int tgid;
        private final int fd;
        private @Nullable ActorRef<ConnectionActor.Command> actor;
        private int[] indexes = new int[4];
        private int collected;
        private boolean closing;
        private int failures;

        /** By the kernel's clock, a moment at which it was open. */
        private final long knownAt;

        /** The kernel side did not have it at the last comparison. */
        private boolean missing;

        /** Written by an actor that breaks off, read once it is known to have ended. */
        private volatile Connection.Reached reached = Connection.Reached.NOTHING;

        /** Its actor has broken off and keeps one of credit until that is known here. */
        private volatile boolean owesCredit;

        private Child(long generation, int tgid, int fd, long knownAt) {
            this.generation = generation;
            this.tgid = tgid;
            this.fd = fd;
            this.knownAt = knownAt;
        }

        private boolean collect(int index) {
            if (collected == indexes.length) {
                indexes = Arrays.copyOf(indexes, collected * 2);
            }
            indexes[collected++] = index;
            return collected == 1;
        }

        private int[] takeIndexes() {
            int[] taken = Arrays.copyOf(indexes, collected);
            collected = 0;
            if (indexes.length > 64) {
                indexes = new int[4];
            }
            return taken;
        }
    }

    private static final int MAX_FAILURES = 2;
    private static final int MAX_KINDS_OF_FAILURE = 64;
    private static final int FRAMES_TOLD = 5;
    private static final int MAX_LEFT_OUT = 1 << 16;

    private final Connections connections;
    private final ProcessTable processes;
    private final Books books;
    private final Credit credit;
    private final Pace pace;
    private final RouterGauges gauges;
    private final ConnectionActor.Surroundings surroundings;
    private final DispatcherSelector dispatcher;
    private final int maxOpen;
    private final Runnable whenEnded;

    private final Long2ObjectOpenHashMap<Child> table = new Long2ObjectOpenHashMap<>();
    private final List<Child> touched = new ArrayList<>();
    private final Queue<byte[]> closings = new ArrayDeque<>();
    private final EventDecoder decoder = new EventDecoder();
    private final Map<ActorRef<Void>, Child> living = new HashMap<>();
    private final Set<String> failuresTold = new HashSet<>();

    /** Connections that filters have ended lately, the eldest first: calls that were under way may tell of them still. */
    private final LongLinkedOpenHashSet leftOut = new LongLinkedOpenHashSet();

    private @Nullable ActorRef<Ack> waitingForCredit;
    private @Nullable Reconcile comparison;
    private long watermark;
    private boolean completed;
    private boolean completing;

    private ConnectionRouter(
            ActorContext<Command> context,
            Connections connections,
            ProcessTable processes,
            ActorSettings settings,
            Credit credit,
            Pace pace,
            RouterGauges gauges,
            ConnectionActor.Surroundings surroundings,
            Runnable whenEnded) {
        super(context);
        this.connections = connections;
        this.processes = processes;
        this.books = surroundings.books();
        this.credit = credit;
        this.pace = pace;
        this.gauges = gauges;
        this.surroundings = surroundings;
        this.dispatcher = DispatcherSelector.fromConfig(ActorSettings.CONNECTION_DISPATCHER);
        this.maxOpen = settings.maxOpenConnections();
        this.whenEnded = whenEnded;
    }

    /** The router; {@code whenEnded} runs once the stream has ended and the last connection has given out its records. */
    public static Behavior<Command> create(
            Connections connections,
            ProcessTable processes,
            ActorSettings settings,
            Credit credit,
            Pace pace,
            RouterGauges gauges,
            ConnectionActor.Surroundings surroundings,
            Runnable whenEnded) {
        return Behaviors.setup(context -> new ConnectionRouter(
                context, connections, processes, settings, credit, pace, gauges, surroundings, whenEnded));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Deliver.class, this::onDeliver)
                .onMessage(CreditLow.class, low -> onCreditLow())
                .onMessage(Reconcile.class, this::onReconcile)
                .onMessage(Started.class, this::onStarted)
                .onMessage(Completed.class, completed -> onCompleted())
                .onMessage(Failed.class, this::onFailed)
                .onSignal(ChildFailed.class, this::onChildFailed)
                .onSignal(Terminated.class, this::onTerminated)
                .build();
    }

    private Behavior<Command> onStarted(Started started) {
        started.ackTo().tell(Ack.INSTANCE);
        return this;
    }

    private Behavior<Command> onDeliver(Deliver deliver) {
        EventBatch batch = deliver.batch();
        long firstEmittedAt = 0;
        pace.begins(batch, watermark).ifPresent(this::tellTime);
        int size = batch.size();
        if (surroundings.discarding().getAsBoolean()) {
            books.drop(Loss.ROUTER_STOPPED, size);
            size = 0;
        }
        try {
            for (int i = 0; i < size; i++) {
                if (batch.read(i, decoder)) {
                    firstEmittedAt = firstEmittedAt == 0 ? decoder.emittedAt() : firstEmittedAt;
                    sort(i, batch.watermark());
                } else {
                    books.drop(Loss.ROUTER_MALFORMED, 1);
                }
            }
            touched.forEach(child -> tell(child, batch));
        } finally {
            touched.clear();
            batch.release();
        }
        watermark = batch.watermark();
        closeBefore(watermark);
        gauges.handled(watermark);
        if (firstEmittedAt != 0) {
            long now = surroundings.monotonicNanos().getAsLong();
            gauges.lagged(now - firstEmittedAt, now);
        }
        reconcileIfDue();
        pace.told();
        waitingForCredit = deliver.ackTo();
        goOn();
        return this;
    }

    private Behavior<Command> onCreditLow() {
        goOn();
        if (completed && !completing) {
            finishIfAllowed();
        }
        return endIfDone();
    }

    private void goOn() {
        if (waitingForCredit != null && pace.goesOn()) {
            waitingForCredit.tell(Ack.INSTANCE);
            waitingForCredit = null;
        }
    }

    private Behavior<Command> onReconcile(Reconcile reconcile) {
        comparison = reconcile;
        reconcileIfDue();
        return this;
    }

    private Behavior<Command> onChildFailed(ChildFailed failed) {
        Child child = living.get(failed.getRef());
        if (child != null && !completing) {
            failed(child, failed.cause());
        }
        Behavior<Command> next = onTerminated(failed);
        if (child != null && child.owesCredit) {
            child.owesCredit = false;
            surroundings.giveBackCredit().accept(1);
        }
        return next;
    }

    private Behavior<Command> onTerminated(Terminated terminated) {
        Child child = living.remove(terminated.getRef());
        if (child != null) {
            // It has had no other since: the next one is made when there is none.
            child.actor = null;
        }
        return endIfDone();
    }

    private Behavior<Command> onCompleted() {
        completed = true;
        finishIfAllowed();
        return endIfDone();
    }

    private void finishIfAllowed() {
        if (!pace.mayFinish()) {
            return;
        }
        completing = true;
        if (comparison != null) {
            closings.addAll(comparison.ends());
            comparison = null;
        }
        pace.finishes(watermark).ifPresent(this::tellTime);
        closeBefore(Long.MAX_VALUE);
        for (Child child : table.values()) {
            if (child.actor != null) {
                child.actor.tell(ConnectionActor.Finish.INSTANCE);
            }
        }
    }

    private Behavior<Command> onFailed(Failed failed) {
        getContext()
                .getLog()
                .error(
                        "the stream of kernel events has failed: {}",
                        failed.cause().toString());
        return onCompleted();
    }

    private Behavior<Command> endIfDone() {
        if (completing && living.isEmpty() && pace.mayEnd()) {
            whenEnded.run();
            return Behaviors.stopped();
        }
        return this;
    }

    private void sort(int index, long watermark) {
        switch (decoder.kind()) {
            case EventDecoder.KIND_RUNNING, EventDecoder.KIND_EXEC, EventDecoder.KIND_FORK, EventDecoder.KIND_EXIT ->
                processes.on(decoder);
            case EventDecoder.KIND_CLOSED -> {
                if (decoder.emittedAt() > watermark) {
                    byte[] copy = new byte[decoder.length()];
                    decoder.copyTo(copy, 0);
                    closings.add(copy);
                } else {
                    collect(index);
                }
            }
            default -> collect(index);
        }
    }

    private void collect(int index) {
        Child child = childOf();
        if (child == null) {
            return;
        }
        if (child.collect(index)) {
            touched.add(child);
        }
        if (decoder.kind() == EventDecoder.KIND_CLOSED) {
            child.closing = true;
        }
    }

    /** The child of the event's connection, made if need be; null if the event has no place to go. */
    private @Nullable Child childOf() {
        long generation = decoder.generation();
        if (decoder.kind() == EventDecoder.KIND_CLOSED && decoder.closeReason() == EventDecoder.CLOSE_FILTERED) {
            leaveOut(generation);
        }
        Child child = table.get(generation);
        if (child == null) {
            child = newChild(generation);
        } else if (child.actor == null) {
            revive(child);
        }
        return child == null || child.actor == null ? null : child;
    }

    private void leaveOut(long generation) {
        leftOut.add(generation);
        if (leftOut.size() > MAX_LEFT_OUT) {
            leftOut.removeFirstLong();
        }
    }

    private @Nullable Child newChild(long generation) {
        if (table.size() >= maxOpen) {
            books.drop(Loss.TOO_MANY_CONNECTIONS, 1);
            return null;
        }
        Opening opening = null;
        if (decoder.kind() == EventDecoder.KIND_DATA || decoder.kind() == EventDecoder.KIND_INFERRED) {
            opening = connections.describe(decoder.socket(), generation).orElse(null);
            if (opening == null) {
                if (isMissed(generation)) {
                    books.drop(Loss.LATE, 1);
                }
                return null;
            }
        }
        return open(new Child(generation, decoder.tgid(), decoder.fd(), decoder.emittedAt()), opening);
    }

    /** Whether something is lost with the event in hand, whose connection is neither known nor open. */
    private boolean isMissed(long generation) {
        boolean hasBytes = decoder.kind() == EventDecoder.KIND_DATA && decoder.dataLength() > 0;
        return hasBytes && !leftOut.contains(generation);
    }

    private Child open(Child child, @Nullable Opening opening) {
        table.put(child.generation, child);
        gauges.opened(table.size());
        spawn(child, opening);
        return child;
    }

    private void revive(Child child) {
        boolean ends = decoder.kind() == EventDecoder.KIND_CLOSED;
        if (child.failures < MAX_FAILURES) {
            spawn(
                    child,
                    connections.describe(decoder.socket(), child.generation).orElse(Opening.UNSEEN));
        } else if (ends) {
            // Only to settle its books.
            spawn(child, Opening.LEFT_ALONE);
        } else {
            books.drop(Loss.GIVEN_UP, 1);
        }
    }

    private void spawn(Child child, @Nullable Opening opening) {
        String name = child.tgid + "-" + child.fd + "-" + child.generation + "-" + child.failures;
        Connection.Reached reached = child.reached;
        Behavior<ConnectionActor.Command> behavior = ConnectionActor.create(
                surroundings,
                records -> {
                    Connection connection = connections.create(child.generation, records);
                    if (opening != null) {
                        connection.open(opening);
                    }
                    connection.resumeAt(reached);
                    return connection;
                },
                farther -> {
                    child.reached = farther;
                    child.owesCredit = true;
                });
        ActorRef<ConnectionActor.Command> actor = getContext()
                .spawn(
                        Behaviors.supervise(behavior)
                                .onFailure(SupervisorStrategy.stop().withLoggingEnabled(false)),
                        name,
                        dispatcher);
        getContext().watch(actor);
        living.put(actor.unsafeUpcast(), child);
        child.actor = actor;
    }

    private void tell(Child child, EventBatch batch) {
        int[] indexes = child.takeIndexes();
        ActorRef<ConnectionActor.Command> actor = child.actor;
        if (actor == null) {
            return;
        }
        credit.take(indexes.length);
        batch.retain();
        actor.tell(new ConnectionActor.Deliver(batch, indexes));
        if (child.closing) {
            forget(child);
        }
    }

    private void tellTime(long moment) {
        for (Child child : table.values()) {
            if (child.actor != null) {
                credit.take(1);
                child.actor.tell(new ConnectionActor.Time(moment));
            }
        }
    }

    private void closeBefore(long watermark) {
        for (byte[] closing = closings.peek(); closing != null; closing = closings.peek()) {
            if (!decoder.wrap(closing, 0, closing.length) || decoder.emittedAt() > watermark) {
                return;
            }
            closings.remove();
            close(closing);
        }
    }

    /** Ends the connection of the closing event that the decoder stands on. */
    private void close(byte[] closing) {
        Child child = childOf();
        if (child != null && child.actor != null) {
            credit.take(1);
            child.actor.tell(new ConnectionActor.Close(closing));
            forget(child);
        }
    }

    private void reconcileIfDue() {
        Reconcile due = comparison;
        if (due == null || completing || watermark < due.table().readToNanos()) {
            return;
        }
        comparison = null;
        due.ends().forEach(this::endsUntold);
        openMissed(due.table());
        boolean inDoubt = closeVanished(due.table());
        due.processes().ifPresent(running -> gauges.reconciled("process", processes.rescan(running)));
        due.replyTo().tell(new Reconciled(inDoubt));
    }

    private void endsUntold(byte[] end) {
        if (!decoder.wrap(end, 0, end.length)) {
            books.drop(Loss.ROUTER_MALFORMED, 1);
            return;
        }
        gauges.reconciled("end", 1);
        if (decoder.emittedAt() > watermark) {
            closings.add(end);
        } else {
            close(end);
        }
    }

    private void openMissed(ConnectionTable kernel) {
        for (int i = 0; i < kernel.size() && table.size() < maxOpen; i++) {
            long generation = kernel.generation(i);
            if (!kernel.isTold(i) || table.containsKey(generation)) {
                continue;
            }
            // It may have ended since.
            Optional<Opening> opening = connections.describe(kernel.socket(i), generation);
            if (opening.isPresent()) {
                gauges.reconciled("opening", 1);
                open(new Child(generation, kernel.tgid(i), kernel.fd(i), kernel.readFromNanos()), opening.get());
            }
        }
    }

    /** True if there are connections of which the next comparison must tell. */
    private boolean closeVanished(ConnectionTable kernel) {
        LongOpenHashSet open = new LongOpenHashSet(kernel.size());
        for (int i = 0; i < kernel.size(); i++) {
            open.add(kernel.generation(i));
        }
        boolean inDoubt = false;
        for (Child child : List.copyOf(table.values())) {
            boolean isMissing = !open.contains(child.generation) && child.knownAt < kernel.readFromNanos();
            if (isMissing && child.missing) {
                gauges.reconciled("vanished", 1);
                if (child.actor != null) {
                    child.actor.tell(ConnectionActor.Finish.INSTANCE);
                }
                forget(child);
            }
            child.missing = isMissing;
            inDoubt |= isMissing;
        }
        return inDoubt;
    }

    private void forget(Child child) {
        table.remove(child.generation);
        gauges.closed(table.size());
    }

    private void failed(Child child, Throwable cause) {
        child.failures++;
        books.drop(Loss.FAILURE, 1);
        if (child.failures >= MAX_FAILURES) {
            connections.trace(child.generation, TraceState.OFF);
        }
        log(cause);
    }

    /** Each kind once, without its message, which may hold what came over the wire. */
    private void log(Throwable cause) {
        List<String> frames = Arrays.stream(cause.getStackTrace())
                .limit(FRAMES_TOLD)
                .map(StackTraceElement::toString)
                .toList();
        String kind = cause.getClass().getName() + " at " + String.join(" < ", frames);
        if (failuresTold.size() < MAX_KINDS_OF_FAILURE && failuresTold.add(kind)) {
            getContext()
                    .getLog()
                    .error(
                            "a connection's actor has died of {}; told once, counted as "
                                    + "kyanos_dropped_total{where=\"connection\",reason=\"failure\"}",
                            kind);
        }
    }
}
