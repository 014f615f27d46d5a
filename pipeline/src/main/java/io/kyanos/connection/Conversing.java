package io.kyanos.connection;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.TraceState;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Handover;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.Protocol;
import io.kyanos.record.Transport;
import io.kyanos.record.Unanswered;
import org.jspecify.annotations.Nullable;

/** The protocol is known and wanted: both directions are parsed and matched. */
/*
 * Ways out: an upgrade to a protocol that is known and wanted gives both directions to a conversation of it, and the state
 * stays. An upgrade to any other leaves the connection to be ignored, but a tunnel may hold any protocol, so it is undecided
 * again. Where nothing parses any more the protocol is doubted: undecided again, and ignored the second time, unless
 * an exchange in between has shown that it was understood, as losses in large bodies look the same as another protocol.
 *
 * Order: a parser that reports an upgrade is still running then, so the state is left when it has returned.
 */
final class Conversing extends State {

    /** The current conversation is over. */
    private record HandedOn(String to, boolean atBoundary) {}

    private final Role role;
    private final Way egress;
    private final Way ingress;

    /** The protocol was doubted once before. */
    private final boolean doubted;

    private String protocol;
    private Conversation conversation;
    private EmitStage emit;
    private OpenStreams streams;
    private boolean understood;

    /** An upgrade, reported while an event was parsed, that no protocol has taken over. */
    private @Nullable HandedOn handedOn;

    /** What was held until the protocol was known; null once it has been parsed. */
    private @Nullable HeldEvents replaying;

    /** A response that the connection's end cuts has failed: its server ended it, or this client did not want the rest. */
    private boolean cutIsAnError;

    /** @param fromBeginning messages begin where both directions are accounted for */
    Conversing(Connection connection, Protocol spoken, Role role, boolean fromBeginning, boolean doubted) {
        super(connection);
        this.role = role;
        this.doubted = doubted;
        protocol = spoken.name();
        conversation = newConversation(spoken);
        emit = new EmitStage(connection, spoken.descriptor(), conversation, role);
        streams = newStreams();
        egress = newWay(Direction.EGRESS, fromBeginning);
        ingress = newWay(Direction.INGRESS, fromBeginning);
        if (!fromBeginning) {
            conversation.matcher().requestsLost(emit);
        }
    }

    /** Parses what was held, then the event that has decided. */
    void begin(@Nullable HeldEvents held, EventDecoder event) {
        connection.tell(TraceState.FULL);
        replaying = held;
        if (held != null) {
            int events = held.replay(this::data);
            replaying = null;
            connection.books().replayed(events);
        }
        data(event);
    }

    Role role() {
        return role;
    }

    boolean isCutAnError() {
        return cutIsAnError;
    }

    @Override
    void opened(Opening opening) {
        if (opening.transport() != Transport.UDP && opening.traceState() == TraceState.OFF) {
            leave();
            connection.ignore();
        }
    }

    @Override
    void data(EventDecoder event) {
        if (!connection.isIn(this)) {
            // Held, and one of those before it has ended the conversation.
            connection.account(event.direction()).ignored(event);
            return;
        }
        boolean isEgress = event.direction() == Direction.EGRESS;
        Way way = isEgress ? egress : ingress;
        Way other = isEgress ? ingress : egress;
        connection.books().toParse();
        if (other.isOpen() && way.isBetweenMessages()) {
            other.turnEnds();
        }
        way.data(event);
        streams.are(conversation.openStreams());
        if (handedOn != null) {
            leaveFor(handedOn);
        } else if (way.unparsedInARow() > connection.settings().maxUnparsedBytes()) {
            doubt();
        }
    }

    @Override
    int waiting() {
        return conversation.matcher().waiting()
                + (requests().isOpen() ? 1 : 0)
                + (responses().hasBegun() ? 1 : 0);
    }

    @Override
    void reportStructureSoFar() {
        egress.reportStructureSoFar();
        ingress.reportStructureSoFar();
    }

    @Override
    void timeOut(long deadline) {
        Way responses = responses();
        requests().endOpenSince(deadline);
        responses.endOpenSince(deadline);
        responses.giveSoFarSince(deadline);
        // Behind an answer whose end is unknown, others may have come.
        Unanswered reason = responses.isOpen() ? Unanswered.CAPTURE_LOSS : Unanswered.TIMEOUT;
        conversation.matcher().timedOut(deadline, reason, emit);
        streams.are(conversation.openStreams());
    }

    @Override
    void ended(Ending ending) {
        boolean serverEnded = role == Role.SERVER && ending.byThisEnd();
        cutIsAnError = serverEnded || role == Role.CLIENT;
        emit.ends(cutIsAnError);
        boolean wasLost = endWays(ending, serverEnded || ending.reason() == Unanswered.CLOSED);
        endMatching(wasLost ? Unanswered.CAPTURE_LOSS : ending.reason());
    }

    @Override
    Fate missing() {
        return Fate.GAP_LOST;
    }

    @Override
    void breakOff() {
        streams.are(0);
        conversation.close();
        egress.breakOff();
        ingress.breakOff();
        HeldEvents left = replaying;
        replaying = null;
        if (left != null) {
            connection
                    .books()
                    .replayed(left.replay(
                            event -> connection.account(event.direction()).undecided(event, missing())));
        }
    }

    @Override
    void endMatching(Unanswered reason) {
        streams.are(0);
        conversation.matcher().ended(reason, emit);
        conversation.close();
    }

    /** A body is passed over up to that position, whether its bytes come or not. */
    void passesOver(Direction direction, long until) {
        if (connection.structure() == null && !connection.settings().detail().text()) {
            connection.passOver(direction, until);
        }
    }

    /** The conversation says that another protocol begins: gives both directions to it, if it is known and wanted. */
    boolean handOn(String to) {
        if (handedOn != null) {
            return false;
        }
        connection.books().upgraded(protocol, to);
        for (Protocol next : connection.settings().protocols()) {
            if (next.takesOver(to) && connection.settings().reads(next)) {
                upgrade(next);
                return true;
            }
        }
        handedOn = new HandedOn(to, egress.isBetweenMessages() && ingress.isBetweenMessages());
        return false;
    }

    private void upgrade(Protocol next) {
        connection.wantAll();
        Handover handover = conversation.handOver(emit);
        endMatching(Unanswered.CAPTURE_LOSS);
        understood |= emit.hasAnswered();
        protocol = next.name();
        conversation = newConversation(next);
        emit = new EmitStage(connection, next.descriptor(), conversation, role);
        streams = newStreams();
        if (handover != null) {
            conversation.takeOver(handover);
        }
        Conversation begun = conversation;
        takeOver(role.requests());
        if (conversation == begun) {
            takeOver(role.requests().opposite());
        }
    }

    private void takeOver(Direction direction) {
        way(direction).takeOver(protocol, parser(direction), new MatchStage(this, direction, conversation, emit));
    }

    /** The connection was handed on and no protocol has taken over. */
    private void leaveFor(HandedOn next) {
        connection.handOn();
        egress.passOn();
        ingress.passOn();
        leave();
        if (next.to().equals(ParseResult.TUNNEL)) {
            connection.become(Undecided.inTunnel(connection, role.side(), next.atBoundary(), isDoubtful()));
        } else {
            if (!isRead(next.to())) {
                connection.undecoded(Undecoded.handedOnTo(next.to()));
            }
            connection.ignore();
        }
    }

    /** Whether some protocol, which nobody wants, would have taken over. */
    private boolean isRead(String to) {
        return connection.settings().protocols().stream().anyMatch(protocol -> protocol.takesOver(to));
    }

    /** Nothing parses any more: the protocol was guessed wrong. */
    private void doubt() {
        leave();
        if (isDoubtful()) {
            connection.undecoded(Undecoded.UNKNOWN);
            connection.ignore();
        } else {
            connection.become(Undecided.inDoubt(connection));
            connection.tell(TraceState.HEADS);
        }
    }

    private boolean isDoubtful() {
        return doubted && !understood && !emit.hasAnswered();
    }

    private void leave() {
        endWays(Ending.UNSEEN, false);
        endMatching(Unanswered.CAPTURE_LOSS);
    }

    /** Ends both directions, the requests first; true if the responses end in a hole. */
    private boolean endWays(Ending ending, boolean whole) {
        long responsesEnd = ending.of(role.requests().opposite());
        boolean isHole = responsesEnd > responses().end();
        requests().ended(ending.of(role.requests()), ending.isSeen(), ending.isSeen());
        responses().ended(responsesEnd, ending.isSeen(), whole);
        return isHole;
    }

    private Conversation newConversation(Protocol of) {
        return of.newConversation(
                connection.account(Direction.EGRESS).kind(),
                connection.settings().detail(),
                role.server(connection.opening()));
    }

    private OpenStreams newStreams() {
        return new OpenStreams(connection.books(), protocol, role.side().label());
    }

    private Way newWay(Direction direction, boolean atBoundary) {
        return new Way(
                protocol,
                parser(direction),
                new MatchStage(this, direction, conversation, emit),
                connection.books(),
                connection.account(direction),
                connection.settings(),
                atBoundary,
                connection.structure() != null);
    }

    private Parser parser(Direction direction) {
        return role.isRequests(direction) ? conversation.requests() : conversation.responses();
    }

    private Way way(Direction direction) {
        return direction == Direction.EGRESS ? egress : ingress;
    }

    private Way requests() {
        return way(role.requests());
    }

    private Way responses() {
        return way(role.requests().opposite());
    }
}
