package io.kyanos.connection;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.TraceState;
import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Protocol;
import io.kyanos.record.Side;
import io.kyanos.record.Transport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * It is not known yet what the connection speaks. Its events are held until the protocols' tests have decided; when
 * they or their turns exceed their bound they are given up, the kernel side sends only the heads of turns, and each
 * head is tried on its own for as many turns again. Until the first byte it holds nothing.
 */
/*
 * Undecoded: a connection of no supported protocol is counted as such once: when that is certain, when the bounds of
 * inference are reached, or when it ends undecided. One whose protocol is known and not wanted, or that a filter
 * excludes, is not.
 */
final class Undecided extends State {

    /** The protocol was doubted once before. */
    private final boolean doubted;

    private boolean headsOnly;

    /** What judges its bytes; null until something is said. */
    private @Nullable Inference inference;

    private @Nullable UnsupportedProtocols unsupported;
    private @Nullable HeldEvents held;
    private @Nullable Direction lastDirection;
    private int turns;

    /** Held events that were given up, should the protocol be known one day. */
    private int givenUpEvents;

    /** The kernel side does not recognise it either, so it does not send everything. */
    private boolean mayBeCut;

    /** Of which nothing has been seen. */
    Undecided(Connection connection) {
        super(connection);
        doubted = false;
    }

    private Undecided(Connection connection, @Nullable Inference inference, boolean headsOnly, boolean doubted) {
        super(connection);
        this.inference = inference;
        this.headsOnly = headsOnly;
        this.doubted = doubted;
    }

    /** A tunnel has begun, which may hold any protocol; if {@code atBoundary}, nothing of that has come yet. */
    static Undecided inTunnel(Connection connection, Side side, boolean atBoundary, boolean doubted) {
        Connection.Reached begun = connection.reached();
        Inference inference = new Inference(
                connection.settings().protocols(), side, atBoundary, new long[] {begun.egress(), begun.ingress()});
        return new Undecided(connection, inference, false, doubted);
    }

    /** The protocol was guessed wrong: only the heads of turns are looked at. */
    static Undecided inDoubt(Connection connection) {
        Inference inference = new Inference(
                connection.settings().protocols(), connection.opening().side(), false);
        return new Undecided(connection, inference, true, true);
    }

    @Override
    void opened(Opening opening) {
        if (opening.transport() == Transport.UDP) {
            release(this::account);
            connection.become(new Datagrams(connection));
        } else if (opening.traceState() == TraceState.OFF) {
            ignore();
        } else {
            inference = null;
        }
    }

    @Override
    void data(EventDecoder event) {
        if (event.direction() != lastDirection) {
            turns++;
        }
        lastDirection = event.direction();
        mayBeCut = !event.isTracedInFull();
        Inference judge = inference();
        if (judge.decides(event)) {
            decided(judge, event);
            return;
        }
        Undecoded spoken = unsupported().recognise(event, judge.beginning(event.direction()));
        if (spoken != null || judge.isUnsupported()) {
            release(this::account);
            account(event);
            connection.undecoded(spoken == null ? Undecoded.UNKNOWN : spoken);
            ignore();
        } else if (headsOnly) {
            account(event);
            if (turns > connection.settings().maxUndecidedTurns()) {
                connection.undecoded(Undecoded.UNKNOWN);
                ignore();
            }
        } else if (turns > connection.settings().maxUndecidedTurns() || !hold(event)) {
            giveUp(judge);
            account(event);
        }
    }

    @Override
    void ended(Ending ending) {
        if (lastDirection != null && !ending.filtered()) {
            connection.undecoded(Undecoded.UNKNOWN);
        }
        release(this::account);
    }

    @Override
    Fate missing() {
        return headsOnly || mayBeCut ? Fate.GAP_UNTRACED : Fate.GAP_LOST;
    }

    @Override
    void breakOff() {
        release(this::account);
    }

    /**
     * Reports what would be structure if the likeliest protocol were the right one: what leaves now cannot wait for
     * certainty.
     */
    @Override
    void reportStructureSoFar() {
        StructureListener to = connection.structure();
        Inference judge = inference;
        if (to == null || judge == null || held == null || judge.side() == Side.UNKNOWN) {
            return;
        }
        for (Direction direction : Direction.values()) {
            Protocol likely = judge.likely(direction);
            ByteView head = judge.beginning(direction);
            if (likely != null && head != null) {
                Conversation conversation =
                        likely.newConversation(connection.settings().detail());
                boolean isRequests = Role.of(judge.side()).isRequests(direction);
                byte[] bytes = new byte[head.length()];
                head.copyTo(0, bytes, 0, bytes.length);
                new TentativeStructure()
                        .tell(
                                isRequests ? conversation.requests() : conversation.responses(),
                                bytes,
                                direction,
                                judge.begun(direction),
                                to);
            }
        }
    }

    private Inference inference() {
        Inference known = inference;
        if (known == null) {
            Opening opening = connection.opening();
            known = new Inference(connection.settings().protocols(), opening.side(), opening.fromItsBeginning());
            inference = known;
        }
        return known;
    }

    private UnsupportedProtocols unsupported() {
        UnsupportedProtocols known = unsupported;
        if (known == null) {
            known = new UnsupportedProtocols();
            unsupported = known;
        }
        return known;
    }

    private boolean hold(EventDecoder event) {
        HeldEvents to = held;
        if (to == null) {
            to = new HeldEvents(
                    connection.settings().maxHeldBytes(), connection.books().held());
            held = to;
        }
        if (!to.add(event)) {
            return false;
        }
        connection.books().held(1);
        return true;
    }

    private void decided(Inference judge, EventDecoder event) {
        Protocol protocol = judge.protocol();
        if (protocol == null) {
            throw new AssertionError("decided without a protocol");
        }
        if (!connection.settings().reads(protocol)) {
            release(this::account);
            account(event);
            ignore();
            return;
        }
        connection.books().drop(Loss.UNDECIDED, givenUpEvents);
        Connection.Reached reached = connection.reached();
        boolean fromBeginning = judge.isOfBeginning(reached.egress(), reached.ingress());
        Conversing conversing = new Conversing(connection, protocol, Role.of(judge.side()), fromBeginning, doubted);
        HeldEvents replayed = held;
        held = null;
        connection.become(conversing);
        conversing.begin(replayed, event);
    }

    /** From here on only heads are looked at. */
    private void giveUp(Inference judge) {
        givenUpEvents += held == null ? 0 : held.events();
        release(this::account);
        headsOnly = true;
        turns = 0;
        judge.startAnywhere();
        connection.tell(TraceState.HEADS);
    }

    private void ignore() {
        release(this::account);
        connection.ignore();
    }

    private void account(EventDecoder event) {
        connection.account(event.direction()).undecided(event, missing());
    }

    private void release(Consumer<EventDecoder> to) {
        HeldEvents released = held;
        held = null;
        if (released != null) {
            connection.books().replayed(released.replay(to));
        }
    }
}
