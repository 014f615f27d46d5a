package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Matcher;
import io.kyanos.protocol.Parser;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a connection holds in each of its states. */
class ConnectionStatesTest {

    private static final List<Class<?>> OF_CONVERSATIONS = List.of(
            Way.class,
            ParseStage.class,
            StreamBuffer.class,
            Timeline.class,
            Parser.class,
            Matcher.class,
            Conversation.class,
            EmitStage.class);
    private static final List<Class<?>> OF_UNDECIDED =
            List.of(HeldEvents.class, Inference.class, UnsupportedProtocols.class);
    private static final String GET = "*2\r\n$3\r\nGET\r\n$1\r\na\r\n";

    @Test
    void holdsNothingUntilSomethingIsSaid() {
        ConnectionUnderTest silent = ConnectionUnderTest.server();

        assertThat(silent.connection.isIn(Undecided.class)).isTrue();
        assertHolds(silent, OF_CONVERSATIONS, false);
        assertHolds(silent, OF_UNDECIDED, false);
    }

    @Test
    void holdsNothingOfAConversationWhileItIsUndecided() {
        ConnectionUnderTest undecided = ConnectionUnderTest.server().reads(1000, "*");

        assertThat(undecided.connection.isIn(Undecided.class)).isTrue();
        assertHolds(undecided, OF_CONVERSATIONS, false);
        assertHolds(undecided, OF_UNDECIDED, true);
    }

    @Test
    void holdsNothingOfTheSearchOnceItConverses() {
        ConnectionUnderTest conversing = ConnectionUnderTest.server().reads(1000, GET);

        assertThat(conversing.connection.isIn(Conversing.class)).isTrue();
        assertHolds(conversing, OF_CONVERSATIONS, true);
        assertHolds(conversing, OF_UNDECIDED, false);
    }

    @Test
    void holdsNothingOnceItIsIgnored() {
        ConnectionUnderTest ignored = ConnectionUnderTest.server().reads(1000, "SSH-2.0-OpenSSH_9.2\r\n");

        assertThat(ignored.connection.isIn(Ignored.class)).isTrue();
        assertHolds(ignored, OF_CONVERSATIONS, false);
        assertHolds(ignored, OF_UNDECIDED, false);
    }

    @Test
    void dropsTheConversationWhenItIsHandedOn() {
        String upgrade = "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
        String switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
        ConnectionUnderTest handedOn =
                ConnectionUnderTest.server().reads(1000, upgrade).writes(2000, switching);

        assertThat(handedOn.connection.isIn(Ignored.class)).isTrue();
        assertHolds(handedOn, OF_CONVERSATIONS, false);
    }

    @Test
    void dropsTheConversationWhenItTurnsOutToBeATunnel() {
        ConnectionUnderTest tunnel = ConnectionUnderTest.server()
                .reads(1000, "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n")
                .writes(2000, "HTTP/1.1 200 OK\r\n\r\n");

        assertThat(tunnel.connection.isIn(Undecided.class)).isTrue();
        assertHolds(tunnel, OF_CONVERSATIONS, false);

        tunnel.reads(3000, GET);
        assertThat(tunnel.connection.isIn(Conversing.class)).isTrue();
    }

    @Test
    void dropsTheConversationWhenItIsDoubted() {
        ConnectionUnderTest doubted = ConnectionUnderTest.server()
                .reads(1000, GET)
                .reads(2000, "\0".repeat(2 * ConnectionUnderTest.MAX_UNPARSED_BYTES));

        assertThat(doubted.connection.isIn(Undecided.class)).isTrue();
        assertHolds(doubted, OF_CONVERSATIONS, false);
    }

    @Test
    void endsAConversationThatAFilterExcludesAfterAll() {
        ConnectionUnderTest filtered = new ConnectionUnderTest()
                .reads(1000, GET)
                .writes(2000, "$1\r\nx\r\n")
                .reads(3000, GET);
        assertThat(filtered.connection.isIn(Conversing.class)).isTrue();

        filtered.connection.open(Opening.LEFT_ALONE);
        filtered.reads(4000, GET);
        filtered.closes(5000, 0);

        assertHolds(filtered, OF_CONVERSATIONS, false);
        assertThat(filtered.described()).hasSize(2);
        assertThat(filtered.accountedBytes()).isEqualTo(3L * GET.length() + 7);
        assertThat(filtered.books.finalPositions()).isEqualTo(filtered.accountedBytes());
    }

    @Test
    void holdsNothingOnceItHasEnded() {
        ConnectionUnderTest ended =
                ConnectionUnderTest.server().reads(1000, GET).closes(2000, 0);

        assertThat(ended.connection.isClosed()).isTrue();
        assertHolds(ended, OF_CONVERSATIONS, false);
        assertHolds(ended, OF_UNDECIDED, false);
    }

    @Test
    void aSocketOfDatagramsHoldsNothingOfAStream() {
        byte[] opened = EventEncoder.opened(0, 7, 1, 3, 0, EventDecoder.ORIGIN_FIRST_USE);
        ConnectionUnderTest udp = new ConnectionUnderTest()
                .on(EventEncoder.carriedBy(opened, EventDecoder.TRANSPORT_UDP, "", ""))
                .moves(1000, Direction.EGRESS, "x", 1);

        assertThat(udp.connection.isIn(Datagrams.class)).isTrue();
        assertHolds(udp, OF_UNDECIDED, false);
        assertHolds(udp, List.of(Way.class, StreamBuffer.class, Timeline.class), false);
    }

    /** Whether objects of all, or of any, of these types can be reached from the connection without leaving what is its own. */
    private static void assertHolds(ConnectionUnderTest under, List<Class<?>> types, boolean expected) {
        Set<Object> held = reachable(under.connection);
        for (Class<?> type : types) {
            boolean isHeld = held.stream().anyMatch(type::isInstance);
            if (isHeld != expected && !(expected && type == HeldEvents.class)) {
                throw new AssertionError(type.getSimpleName() + (expected ? ": not held" : ": held"));
            }
        }
        assertThat(held).hasSizeGreaterThan(3);
    }

    private static Set<Object> reachable(Object root) {
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Object> next = new ArrayDeque<>();
        next.add(root);
        while (!next.isEmpty()) {
            Object object = next.remove();
            if (!seen.add(object)) {
                continue;
            }
            if (object instanceof Object[]) {
                for (int i = 0; i < Array.getLength(object); i++) {
                    follow(Array.get(object, i), next);
                }
            }
            for (Class<?> type = object.getClass(); isOurs(type); type = type.getSuperclass()) {
                for (Field field : type.getDeclaredFields()) {
                    if (!Modifier.isStatic(field.getModifiers())
                            && !field.getType().isPrimitive()) {
                        follow(value(field, object), next);
                    }
                }
            }
        }
        return seen;
    }

    private static void follow(Object value, Deque<Object> next) {
        if (value != null && !(value instanceof ConnectionSettings) && !(value instanceof Books)) {
            next.add(value);
        }
    }

    private static boolean isOurs(Class<?> type) {
        return type != null && type.getName().startsWith("io.kyanos.");
    }

    private static Object value(Field field, Object object) {
        field.setAccessible(true);
        try {
            return field.get(object);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }
}
