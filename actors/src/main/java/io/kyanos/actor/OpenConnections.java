package io.kyanos.actor;

import io.kyanos.connection.Books;
import io.kyanos.connection.Connection;
import io.kyanos.connection.Loss;
import io.kyanos.connection.Opening;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.TraceState;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongLinkedOpenHashSet;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;

/**
 * The table of open connections: makes their actors, replaces them, forgets them. Belongs to the router's thread. Bounded;
 * events of connections beyond the bound are counted.
 */
/*
 * Failure: an actor that dies of a bug is replaced once, as its connection goes on; a second time the connection is left
 * alone until it closes. Both are counted. How far the actor had come is in what it dies of (ConnectionActor.Broken).
 */
final class OpenConnections {

    private static final int MAX_FAILURES = 2;
    private static final int MAX_KINDS_OF_FAILURE = 64;
    private static final int FRAMES_LOGGED = 5;
    private static final int MAX_LEFT_OUT = 1 << 16;

    private final ActorContext<ConnectionRouter.Command> context;
    private final ConnectionRouter.Connections connections;
    private final ConnectionActor.Surroundings surroundings;
    private final Books books;
    private final RouterGauges gauges;
    private final DispatcherSelector dispatcher;
    private final int max;

    private final Long2ObjectOpenHashMap<OpenConnection> table = new Long2ObjectOpenHashMap<>();
    private final Map<ActorRef<Void>, OpenConnection> actors = new HashMap<>();
    private final Set<String> failuresLogged = new HashSet<>();

    /** Connections that filters have closed lately, the oldest first: calls in progress may still bring events of them. */
    private final LongLinkedOpenHashSet leftOut = new LongLinkedOpenHashSet();

    OpenConnections(
            ActorContext<ConnectionRouter.Command> context,
            ConnectionRouter.Connections connections,
            ConnectionActor.Surroundings surroundings,
            RouterGauges gauges,
            int max) {
        this.context = context;
        this.connections = connections;
        this.surroundings = surroundings;
        this.books = surroundings.books();
        this.gauges = gauges;
        this.dispatcher = DispatcherSelector.fromConfig(ActorSettings.CONNECTION_DISPATCHER);
        this.max = max;
    }

    /** The connection of an event, opened if need be, with an actor; null if the event has no place to go. */
    @Nullable
    OpenConnection of(EventDecoder event) {
        long generation = event.generation();
        if (event.kind() == EventDecoder.KIND_CLOSED && event.closeReason() == EventDecoder.CLOSE_FILTERED) {
            leaveOut(generation);
        }
        OpenConnection connection = table.get(generation);
        if (connection == null) {
            return openFor(event);
        }
        if (connection.actor() == null) {
            replaceActor(connection, event);
        }
        return connection.actor() == null ? null : connection;
    }

    OpenConnection open(OpenConnection connection, @Nullable Opening opening) {
        table.put(connection.generation(), connection);
        gauges.opened(table.size());
        spawn(connection, opening);
        return connection;
    }

    /** It has closed. Its actor ends by itself. */
    void forget(OpenConnection connection) {
        table.remove(connection.generation());
        gauges.closed(table.size());
    }

    boolean has(long generation) {
        return table.containsKey(generation);
    }

    boolean hasRoom() {
        return table.size() < max;
    }

    Collection<OpenConnection> all() {
        return table.values();
    }

    /** Whether no actor is left, also of connections that have closed. */
    boolean haveEnded() {
        return actors.isEmpty();
    }

    /** An actor has ended. */
    void ended(ActorRef<Void> actor) {
        OpenConnection connection = actors.remove(actor);
        if (connection != null) {
            // It has had no other since: the next one is made when there is none.
            connection.hasNoActor();
        }
    }

    /** An actor has died of a bug; {@link #ended} follows. */
    void failed(ActorRef<Void> actor, Throwable cause) {
        OpenConnection connection = actors.get(actor);
        if (connection == null) {
            return;
        }
        Throwable bug = cause;
        if (cause instanceof ConnectionActor.Broken broken) {
            connection.failed(broken.reached());
            bug = broken.bug();
        } else {
            connection.failed(connection.reached());
        }
        books.drop(Loss.FAILURE, 1);
        if (connection.failures() >= MAX_FAILURES) {
            connections.trace(connection.generation(), TraceState.OFF);
        }
        log(bug);
    }

    private void leaveOut(long generation) {
        leftOut.add(generation);
        if (leftOut.size() > MAX_LEFT_OUT) {
            leftOut.removeFirstLong();
        }
    }

    private @Nullable OpenConnection openFor(EventDecoder event) {
        if (!hasRoom()) {
            books.drop(Loss.TOO_MANY_CONNECTIONS, 1);
            return null;
        }
        long generation = event.generation();
        Opening opening = null;
        if (event.kind() == EventDecoder.KIND_DATA || event.kind() == EventDecoder.KIND_INFERRED) {
            opening = connections.describe(event.socket(), generation).orElse(null);
            if (opening == null) {
                if (isLost(event)) {
                    books.drop(Loss.LATE, 1);
                }
                return null;
            }
        }
        return open(new OpenConnection(generation, event.tgid(), event.fd(), event.emittedAt()), opening);
    }

    /** Whether something is lost with an event whose connection is neither known nor open. */
    private boolean isLost(EventDecoder event) {
        boolean hasBytes = event.kind() == EventDecoder.KIND_DATA && event.dataLength() > 0;
        return hasBytes && !leftOut.contains(event.generation());
    }

    private void replaceActor(OpenConnection connection, EventDecoder event) {
        if (connection.failures() < MAX_FAILURES) {
            spawn(
                    connection,
                    connections
                            .describe(event.socket(), connection.generation())
                            .orElse(Opening.UNSEEN));
        } else if (event.kind() == EventDecoder.KIND_CLOSED) {
            // Only to settle its books.
            spawn(connection, Opening.LEFT_ALONE);
        } else {
            books.drop(Loss.GIVEN_UP, 1);
        }
    }

    private void spawn(OpenConnection open, @Nullable Opening opening) {
        long generation = open.generation();
        Connection.Reached reached = open.reached();
        Behavior<ConnectionActor.Command> behavior = ConnectionActor.create(surroundings, records -> {
            Connection connection = connections.create(generation, records);
            if (opening != null) {
                connection.open(opening);
            }
            connection.resumeAt(reached);
            return connection;
        });
        ActorRef<ConnectionActor.Command> actor = context.spawn(
                Behaviors.supervise(behavior)
                        .onFailure(SupervisorStrategy.stop().withLoggingEnabled(false)),
                open.actorName(),
                dispatcher);
        context.watch(actor);
        actors.put(actor.unsafeUpcast(), open);
        open.begins(actor);
    }

    /** Each kind once, without its message, which may hold what came over the wire. */
    private void log(Throwable bug) {
        List<String> frames = Arrays.stream(bug.getStackTrace())
                .limit(FRAMES_LOGGED)
                .map(StackTraceElement::toString)
                .toList();
        String kind = bug.getClass().getName() + " at " + String.join(" < ", frames);
        if (failuresLogged.size() < MAX_KINDS_OF_FAILURE && failuresLogged.add(kind)) {
            context.getLog()
                    .error(
                            "a connection's actor has died of {}; logged once, counted as "
                                    + "kyanos_dropped_total{where=\"connection\",reason=\"failure\"}",
                            kind);
        }
    }
}
