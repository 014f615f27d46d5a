package io.kyanos.actor;

import io.kyanos.connection.Books;
import io.kyanos.connection.Connection;
import io.kyanos.connection.Opening;
import io.kyanos.event.EventBatch;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.TraceState;
import io.kyanos.record.TrafficRecord;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.jspecify.annotations.Nullable;

/**
 * Takes the ordered batches of all channels, one at a time, and tells each connection's actor its events of the batch,
 * once. Owns the table of connections and the credit: while the credit is exhausted it does not ask for the next batch.
 */
/*
 * Closing: a connection ends only when everything emitted before its closing event has been delivered, which is certain
 * once the watermark has passed that event. Until then the event waits here.
 *
 * Failure: an actor that dies of a bug is replaced once, as its connection goes on; a second time the connection is left
 * alone. Both are counted.
 */
final class ConnectionRouter extends AbstractBehavior<ConnectionRouter.Command> {

    /** What the router is told. */
    sealed interface Command permits Started, Deliver, Completed, Failed, CreditLow, Ended {}

    /** Asks for the next batch. */
    enum Ack {
        INSTANCE
    }

    record Started(ActorRef<Ack> ackTo) implements Command {}

    record Deliver(EventBatch batch, ActorRef<Ack> ackTo) implements Command {}

    enum Completed implements Command {
        INSTANCE
    }

    record Failed(Throwable cause) implements Command {}

    enum CreditLow implements Command {
        INSTANCE
    }

    private record Ended(long generation, ActorRef<ConnectionActor.Command> actor) implements Command {}

    /** Makes the connections, and answers for the kernel side. */
    interface Connections {

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

        private Child(long generation, int tgid, int fd) {
            this.generation = generation;
            this.tgid = tgid;
            this.fd = fd;
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

    private final Connections connections;
    private final ProcessTable processes;
    private final Books books;
    private final Credit credit;
    private final RouterGauges gauges;
    private final ConnectionActor.Surroundings surroundings;
    private final DispatcherSelector dispatcher;
    private final int maxOpen;
    private final Runnable whenEnded;

    private final Long2ObjectOpenHashMap<Child> table = new Long2ObjectOpenHashMap<>();
    private final List<Child> touched = new ArrayList<>();
    private final Queue<byte[]> closings = new ArrayDeque<>();
    private final EventDecoder decoder = new EventDecoder();
    private @Nullable ActorRef<Ack> waitingForCredit;
    private boolean completing;
    private int actors;

    private ConnectionRouter(
            ActorContext<Command> context,
            Connections connections,
            ProcessTable processes,
            ActorSettings settings,
            Credit credit,
            RouterGauges gauges,
            ConnectionActor.Surroundings surroundings,
            Runnable whenEnded) {
        super(context);
        this.connections = connections;
        this.processes = processes;
        this.books = surroundings.books();
        this.credit = credit;
        this.gauges = gauges;
        this.surroundings = surroundings;
        this.dispatcher = DispatcherSelector.fromConfig(ActorSettings.CONNECTION_DISPATCHER);
        this.maxOpen = settings.maxOpenConnections();
        this.whenEnded = whenEnded;
    }

    /** The router; {@code whenEnded} runs once the stream has ended and the last connection has given out its records. */
    static Behavior<Command> create(
            Connections connections,
            ProcessTable processes,
            ActorSettings settings,
            Credit credit,
            RouterGauges gauges,
            ConnectionActor.Surroundings surroundings,
            Runnable whenEnded) {
        return Behaviors.setup(context -> new ConnectionRouter(
                context, connections, processes, settings, credit, gauges, surroundings, whenEnded));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Deliver.class, this::onDeliver)
                .onMessage(CreditLow.class, low -> onCreditLow())
                .onMessage(Ended.class, this::onEnded)
                .onMessage(Started.class, this::onStarted)
                .onMessage(Completed.class, completed -> onCompleted())
                .onMessage(Failed.class, this::onFailed)
                .build();
    }

    private Behavior<Command> onStarted(Started started) {
        started.ackTo().tell(Ack.INSTANCE);
        return this;
    }

    private Behavior<Command> onDeliver(Deliver deliver) {
        EventBatch batch = deliver.batch();
        long firstEmittedAt = 0;
        try {
            for (int i = 0; i < batch.size(); i++) {
                if (batch.read(i, decoder)) {
                    firstEmittedAt = firstEmittedAt == 0 ? decoder.emittedAt() : firstEmittedAt;
                    sort(i, batch.watermark());
                } else {
                    books.drop("router", "malformed", 1);
                }
            }
            touched.forEach(child -> tell(child, batch));
        } finally {
            touched.clear();
            batch.release();
        }
        closeBefore(batch.watermark());
        gauges.handled(batch.watermark());
        if (firstEmittedAt != 0) {
            long now = surroundings.monotonicNanos().getAsLong();
            gauges.lagged(now - firstEmittedAt, now);
        }
        if (credit.isExhausted()) {
            waitingForCredit = deliver.ackTo();
        } else {
            deliver.ackTo().tell(Ack.INSTANCE);
        }
        return this;
    }

    private Behavior<Command> onCreditLow() {
        if (waitingForCredit != null && !credit.isExhausted()) {
            waitingForCredit.tell(Ack.INSTANCE);
            waitingForCredit = null;
        }
        return this;
    }

    private Behavior<Command> onEnded(Ended ended) {
        actors--;
        Child child = table.get(ended.generation());
        if (child != null && ended.actor().equals(child.actor)) {
            child.actor = null;
            if (!completing) {
                failed(child);
            }
        }
        return endIfDone();
    }

    private Behavior<Command> onCompleted() {
        completing = true;
        closeBefore(Long.MAX_VALUE);
        for (Child child : table.values()) {
            if (child.actor != null) {
                child.actor.tell(ConnectionActor.Finish.INSTANCE);
            }
        }
        return endIfDone();
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
        if (completing && actors == 0) {
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
        Child child = table.get(generation);
        if (child == null) {
            child = newChild(generation);
        } else if (child.actor == null) {
            revive(child);
        }
        return child == null || child.actor == null ? null : child;
    }

    private @Nullable Child newChild(long generation) {
        if (table.size() >= maxOpen) {
            books.drop("router", "too_many_connections", 1);
            return null;
        }
        Opening opening = null;
        if (decoder.kind() == EventDecoder.KIND_DATA || decoder.kind() == EventDecoder.KIND_INFERRED) {
            opening = connections.describe(decoder.socket(), generation).orElse(null);
            if (opening == null) {
                books.drop("router", "late", 1);
                return null;
            }
        }
        Child child = new Child(generation, decoder.tgid(), decoder.fd());
        table.put(generation, child);
        gauges.opened(table.size());
        spawn(child, opening);
        return child;
    }

    private void revive(Child child) {
        if (child.failures >= MAX_FAILURES) {
            books.drop("connection", "given_up", 1);
            return;
        }
        spawn(child, connections.describe(decoder.socket(), child.generation).orElse(Opening.UNSEEN));
    }

    private void spawn(Child child, @Nullable Opening opening) {
        String name = child.tgid + "-" + child.fd + "-" + child.generation + "-" + child.failures;
        ActorRef<ConnectionActor.Command> actor = getContext()
                .spawn(
                        ConnectionActor.create(surroundings, records -> {
                            Connection connection = connections.create(child.generation, records);
                            if (opening != null) {
                                connection.open(opening);
                            }
                            return connection;
                        }),
                        name,
                        dispatcher);
        getContext().watchWith(actor, new Ended(child.generation, actor));
        child.actor = actor;
        actors++;
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

    private void closeBefore(long watermark) {
        for (byte[] closing = closings.peek(); closing != null; closing = closings.peek()) {
            if (!decoder.wrap(closing, 0, closing.length) || decoder.emittedAt() > watermark) {
                return;
            }
            closings.remove();
            Child child = childOf();
            if (child != null && child.actor != null) {
                child.actor.tell(new ConnectionActor.Close(closing));
                forget(child);
            }
        }
    }

    private void forget(Child child) {
        table.remove(child.generation);
        gauges.closed(table.size());
    }

    private void failed(Child child) {
        child.failures++;
        books.drop("connection", "failure", 1);
        if (child.failures >= MAX_FAILURES) {
            connections.trace(child.generation, TraceState.OFF);
        }
    }
}
