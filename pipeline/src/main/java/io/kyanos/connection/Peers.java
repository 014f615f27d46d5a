package io.kyanos.connection;

import io.kyanos.event.EventDecoder;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.StreamKind;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Unanswered;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The conversations of one UDP socket, each with one peer in one role. A conversation exists only while requests wait
 * in it. Beyond the number that the settings allow, the oldest is given up. Not thread-safe.
 */
final class Peers {

    /** Conversations of a server that are kept for other clients. */
    private static final int MAX_SPARE = 16;

    private record Key(Endpoint peer, Role role) {}

    private final Connection connection;
    private final Protocol protocol;
    private final Map<Key, PeerConversation> open = new LinkedHashMap<>();
    private final ArrayDeque<Conversation> spare = new ArrayDeque<>(0);
    private final DatagramParse parse;

    /** The conversation with the server that was asked last. */
    private @Nullable Conversation asked;

    private Endpoint askedPeer = Endpoint.NONE;
    private int waiting;

    Peers(Connection connection, Protocol protocol) {
        this.connection = connection;
        this.protocol = protocol;
        this.parse = new DatagramParse(connection, protocol.name());
    }

    String protocol() {
        return protocol.name();
    }

    /** Why the latest datagram was not understood. */
    String reason() {
        return parse.reason();
    }

    /** Requests that wait, of all peers. */
    int waiting() {
        return waiting;
    }

    /** Takes a datagram as a request; false if it is none. */
    boolean request(EventDecoder event, Endpoint peer) {
        Key key = new Key(peer, Role.ofRequests(event.direction()));
        return take(event, key, conversation(key), true);
    }

    /** Takes a datagram as a response; false if it is none. */
    boolean response(EventDecoder event, Endpoint peer) {
        Key key = awaited(event, peer);
        return take(event, key, conversation(key), false);
    }

    /** Whether the datagram comes where responses are waited for. */
    boolean isAwaited(EventDecoder event, Endpoint peer) {
        return open.containsKey(awaited(event, peer));
    }

    /** For a datagram without a peer, the only peer there is. */
    private Key awaited(EventDecoder event, Endpoint peer) {
        Role role = Role.ofResponses(event.direction());
        if (peer.port() == 0 && open.size() == 1) {
            Key only = open.keySet().iterator().next();
            if (only.role() == role) {
                return only;
            }
        }
        return new Key(peer, role);
    }

    private boolean take(EventDecoder event, Key key, PeerConversation with, boolean asRequest) {
        int before = with.waiting();
        boolean understood = parse.take(event, with, asRequest);
        settle(key, with, before);
        return understood;
    }

    /** Updates the number of waiting requests, and keeps the conversation or lets it go. */
    private void settle(Key key, PeerConversation with, int before) {
        int after = with.waiting();
        waiting += after - before;
        if (after == 0) {
            open.remove(key);
            letGo(key, with.conversation());
        } else if (before == 0
                && open.put(key, with) == null
                && open.size() > connection.settings().maxPeers()) {
            giveUpOldest();
        }
    }

    private void giveUpOldest() {
        Iterator<PeerConversation> all = open.values().iterator();
        PeerConversation oldest = all.next();
        all.remove();
        connection.books().drop(Loss.TOO_MANY_PEERS, oldest.waiting());
        waiting -= oldest.waiting();
        oldest.ended(Unanswered.CAPTURE_LOSS);
    }

    private PeerConversation conversation(Key key) {
        PeerConversation known = open.get(key);
        if (known != null) {
            return known;
        }
        Conversation kept = null;
        if (key.role() == Role.SERVER) {
            kept = spare.poll();
        } else if (key.peer().equals(askedPeer)) {
            kept = asked;
            asked = null;
        }
        Endpoint server = key.role() == Role.SERVER ? connection.opening().local() : key.peer();
        Conversation with = kept == null
                ? protocol.newConversation(
                        StreamKind.DATAGRAM, connection.settings().detail(), server)
                : kept;
        return new PeerConversation(
                with, new EmitStage(connection, protocol.descriptor(), with, key.role(), key.peer()), key.role());
    }

    private void letGo(Key key, Conversation ended) {
        if (key.role() == Role.CLIENT) {
            asked = ended;
            askedPeer = key.peer();
        } else if (spare.size() < MAX_SPARE) {
            spare.add(ended);
        }
    }

    /** Responses may be missing that this end, or its peers, would have got in this role. */
    void responsesLost(Role role) {
        for (PeerConversation with : open.values()) {
            if (with.role() == role) {
                with.responsesLost();
            }
        }
    }

    void timeOut(long deadline) {
        Iterator<PeerConversation> all = open.values().iterator();
        while (all.hasNext()) {
            PeerConversation with = all.next();
            int before = with.waiting();
            with.timeOut(deadline);
            waiting += with.waiting() - before;
            if (with.waiting() == 0) {
                all.remove();
            }
        }
    }

    void ended(Unanswered reason) {
        open.values().forEach(with -> with.ended(reason));
        open.clear();
        waiting = 0;
    }
}
