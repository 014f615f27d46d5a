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
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.jspecify.annotations.Nullable;

/**
 * The table of open connections: makes their actors, replaces them, forgets them. Belongs to the router's thread. Bounded;
 * events of connections beyond the bound are counted.
 */
/*
 * Failure: an actor that dies of a bug says so, and how far it had come. It is replaced once, as its connection goes on; a
 * second time the connection is left alone until it closes. Both are counted.
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
    private final Credit credit;
    private final RouterGauges gauges;
    private final TimeOuts timeOuts;
    private final int max;

    private final Long2ObjectOpenHashMap<OpenConnection> table = new Long2ObjectOpenHashMap<>();
    private final Set<String> failuresLogged = new HashSet<>();

    /** Connections that filters have closed lately, the oldest first: calls in progress may still bring events of them. */
    private final LongLinkedOpenHashSet leftOut = new LongLinkedOpenHashSet();

    OpenConnections(
            ActorContext<ConnectionRouter.Command> context,
            ConnectionRouter.Connections connections,
            ConnectionActor.Surroundings surroundings,
            Credit credit,
            RouterGauges gauges,
            int max) {
        this.context = context;
        this.connections = connections;
        this.surroundings = surroundings;
        this.books = surroundings.books();
        this.credit = credit;
        this.gauges = gauges;
        this.timeOuts = new TimeOuts(surroundings.requestTimeout().toNanos());
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
        gauges.opened();
        spawn(connection, opening);
        return connection;
    }

    /** It has closed. Its actor ends by itself. */
    void forget(OpenConnection connection) {
        if (table.remove(connection.generation()) != null) {
            gauges.closed();
        }
        timeOuts.forget(connection);
    }

    boolean has(long generation) {
        return table.containsKey(generation);
    }

    /** Routers that open connections at the same moment may exceed the bound by one each. */
    boolean hasRoom() {
        return gauges.openConnections() < max;
    }

    Collection<OpenConnection> all() {
        return table.values();
    }

    /** Tells the connection's actor; false if it has none at the moment. */
    boolean tell(OpenConnection connection, ConnectionActor.Command command) {
        ActorRef actor = connection.actor();
        if (actor == null) {
            return false;
        }
        credit.take(command.credit());
        actor.tell(command, ActorRef.noSender());
        return true;
    }

    /** Tells the connection events; what waits in it from then on is timed out. */
    boolean tell(OpenConnection connection, ConnectionActor.Deliver events, long now) {
        if (!surroundings.byEventTime()) {
            timeOuts.told(connection, now);
        }
        return tell(connection, events);
    }

    TimeOuts timeOuts() {
        return timeOuts;
    }

    /** The connection's actor has died of a bug, having come so far. */
    void failed(OpenConnection connection, Connection.Reached reached, Throwable bug) {
        ActorRef actor = connection.actor();
        if (actor != null) {
            Adapter.stop(context, actor);
        }
        connection.failed(reached);
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
        Connection connection;
        try {
            connection = connections.create(open.generation(), surroundings.records());
            if (opening != null) {
                connection.open(opening);
            }
            connection.resumeAt(open.reached());
        } catch (RuntimeException | AssertionError bug) {
            books.drop(Loss.DEAD_LETTER, 1);
            failed(open, open.reached(), bug);
            return;
        }
        ConnectionActor.Mourner mourner =
                (reached, bug) -> context.getSelf().tell(new ConnectionRouter.Died(open, reached, bug));
        open.begins(
                Adapter.actorOf(context, ConnectionActor.props(surroundings, connection, mourner), open.actorName()));
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
