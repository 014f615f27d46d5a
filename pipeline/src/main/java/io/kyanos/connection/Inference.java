package io.kyanos.connection;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Guess;
import io.kyanos.protocol.Protocol;
import io.kyanos.record.Side;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds out which protocol a connection speaks and which side this end is, by the protocols' own tests on the first
 * bytes of both directions. A connection seen from its beginning is judged by its first bytes only, any other by the
 * first bytes of each event. Not thread-safe.
 */
final class Inference {

    private static final int HEAD_BYTES = 256;

    private final List<Protocol> protocols;
    private final ByteView view = new ByteView();
    private final byte[][] heads = new byte[2][];
    private final int[] headBytes = new int[2];
    private Side side;
    private boolean fromBeginning;
    private @Nullable Protocol protocol;

    Inference(List<Protocol> protocols, Side side, boolean fromBeginning) {
        this.protocols = protocols;
        this.side = side;
        this.fromBeginning = fromBeginning;
    }

    /** The protocol, once decided. */
    @Nullable
    Protocol protocol() {
        return protocol;
    }

    /** The side: as given, or as the bytes show. */
    Side side() {
        return side;
    }

    /** From now on any event may show the protocol, as beginnings were missed or of no use. */
    void startAnywhere() {
        fromBeginning = false;
    }

    /** Takes one data event into account; true once the protocol and the side are known. */
    boolean decides(EventDecoder event) {
        int which = event.direction() == Direction.EGRESS ? 0 : 1;
        if (!fromBeginning) {
            view.wrap(event.array(), event.payloadIndex(), event.captured());
            return tryAll(event.direction());
        }
        byte[] head = heads[which];
        if (head == null) {
            head = new byte[HEAD_BYTES];
            heads[which] = head;
        }
        int at = headBytes[which];
        if (event.position() != at) {
            // Bytes of the beginning are missing: what follows them is as good as any middle.
            fromBeginning = at >= HEAD_BYTES;
            return !fromBeginning && decides(event);
        }
        int count = Math.min(HEAD_BYTES - at, event.captured());
        System.arraycopy(event.array(), event.payloadIndex(), head, at, count);
        headBytes[which] = at + count;
        view.wrap(head, 0, at + count);
        return tryAll(event.direction());
    }

    private boolean tryAll(Direction direction) {
        for (Protocol candidate : protocols) {
            Guess guess = candidate.guess(view);
            if (guess != Guess.REQUEST && guess != Guess.RESPONSE) {
                continue;
            }
            boolean clientShown = (guess == Guess.REQUEST) == (direction == Direction.EGRESS);
            Side shown = clientShown ? Side.CLIENT : Side.SERVER;
            if (side == Side.UNKNOWN || side == shown) {
                side = shown;
                protocol = candidate;
                return true;
            }
        }
        return false;
    }
}
