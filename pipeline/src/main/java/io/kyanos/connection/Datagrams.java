package io.kyanos.connection;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.TraceState;
import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Guess;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.StreamKind;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Unanswered;
import org.jspecify.annotations.Nullable;

/**
 * A UDP socket: each event is a whole message of the peer that the event names. Any datagram may show what the socket
 * speaks; from then on each belongs to the conversation with its peer.
 */
/*
 * Roles: one socket may ask some peers and answer others, as a resolver's does, and even ask the one that asks it. The
 * protocol's test tells requests from responses, and with the direction who asks; what fails the test because it is
 * malformed is tried as a response to what waits, then as a request.
 *
 * Positions: datagrams have no order, and concurrent calls share a place. So each is accounted for by its length; lost
 * events show where the highest position is beyond the sum of the lengths.
 *
 * Undecoded: a socket on which no datagram was one of a known protocol, up to the bound of inference or its end. The
 * same bound ends a conversation in which so many datagrams in a row were not understood.
 */
final class Datagrams extends State {

    private final ByteView view = new ByteView();
    private final long[] highest = new long[2];
    private final long[] missing = new long[2];

    /** Datagrams in a row that were not understood. */
    private int notUnderstoodInARow;

    private @Nullable Protocol protocol;
    private @Nullable Peers peers;

    Datagrams(Connection connection) {
        super(connection);
        connection.ofDatagrams();
    }

    @Override
    void data(EventDecoder event) {
        Endpoint peer = peer(event);
        Guess guess = guess(event, peer);
        Peers known = peers;
        if (known == null) {
            connection.account(event.direction()).bytes(Fate.DATAGRAM, event.dataLength());
            notUnderstood();
            return;
        }
        connection.books().toParse();
        look(event, known);
        if (event.captured() == 0 && event.dataLength() > 0) {
            connection.account(event.direction()).bytes(Fate.ofUncaptured(event), event.dataLength());
            known.responsesLost(Role.ofResponses(event.direction()));
        } else if (understands(known, event, peer, guess)) {
            notUnderstoodInARow = 0;
        } else {
            connection.account(event.direction()).unparsed(known.protocol(), known.reason(), event.captured());
            connection
                    .account(event.direction())
                    .bytes(Fate.ofUncaptured(event), event.dataLength() - event.captured());
            notUnderstood();
        }
    }

    /** What the known protocol makes of it; the first to make anything of it becomes the known one. */
    private Guess guess(EventDecoder event, Endpoint peer) {
        view.wrap(event.array(), event.payloadIndex(), event.captured());
        boolean whole = event.captured() == event.dataLength();
        Endpoint local = connection.opening().local();
        Protocol known = protocol;
        if (known != null) {
            return known.guessDatagram(view, whole, local, peer);
        }
        for (Protocol candidate : connection.settings().protocols()) {
            if (!candidate.descriptor().kinds().contains(StreamKind.DATAGRAM)) {
                continue;
            }
            Guess guess = candidate.guessDatagram(view, whole, local, peer);
            if (guess == Guess.REQUEST || guess == Guess.RESPONSE) {
                protocol = candidate;
                if (connection.settings().reads(candidate)) {
                    peers = new Peers(connection, candidate);
                    connection.tell(TraceState.FULL);
                }
                return guess;
            }
        }
        return Guess.NO;
    }

    private static boolean understands(Peers known, EventDecoder event, Endpoint peer, Guess guess) {
        return switch (guess) {
            case REQUEST -> known.request(event, peer);
            case RESPONSE -> known.response(event, peer);
            case NO, UNSURE ->
                (known.isAwaited(event, peer) && known.response(event, peer)) || known.request(event, peer);
        };
    }

    private void notUnderstood() {
        notUnderstoodInARow++;
        if (protocol != null && peers == null) {
            connection.ignore();
        } else if (notUnderstoodInARow > connection.settings().maxUndecidedTurns()) {
            endMatching(Unanswered.CAPTURE_LOSS);
            connection.undecoded(Undecoded.UDP);
            connection.ignore();
        }
    }

    /** Looks for events that were lost before this one. */
    private void look(EventDecoder event, Peers known) {
        int which = event.direction() == Direction.EGRESS ? 0 : 1;
        highest[which] = Math.max(highest[which], event.position() + event.dataLength());
        long without = highest[which] - connection.account(event.direction()).reached() - event.dataLength();
        if (without > missing[which]) {
            known.responsesLost(Role.ofResponses(event.direction()));
        }
        missing[which] = without;
    }

    /** Where the datagram went or came from; events of a connected socket need not name it. */
    private Endpoint peer(EventDecoder event) {
        return event.hasFlag(EventDecoder.FLAG_PEER)
                ? new Endpoint(event.peerIp(), event.peerPort())
                : connection.opening().remote();
    }

    @Override
    int waiting() {
        return peers == null ? 0 : peers.waiting();
    }

    @Override
    void timeOut(long deadline) {
        if (peers != null) {
            peers.timeOut(deadline);
        }
    }

    @Override
    void ended(Ending ending) {
        Peers known = peers;
        if (known == null) {
            if (protocol == null && notUnderstoodInARow > 0 && !ending.filtered()) {
                connection.undecoded(Undecoded.UDP);
            }
            return;
        }
        for (Direction direction : Direction.values()) {
            if (ending.of(direction) > connection.account(direction).reached()) {
                known.responsesLost(Role.ofResponses(direction));
            }
        }
        known.ended(ending.reason());
    }

    @Override
    Fate missing() {
        return Fate.GAP_LOST;
    }

    @Override
    void endMatching(Unanswered reason) {
        if (peers != null) {
            peers.ended(reason);
        }
    }
}
