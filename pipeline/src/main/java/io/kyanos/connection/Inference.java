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
 * bytes of both directions. A connection seen from its beginning is judged by its first bytes only, any other wherever a
 * call begins, as a message may begin there. Not thread-safe.
 */
/*
 * Anywhere: what a direction sent is collected, event after event, as long as a protocol may still be unsure of it. When
 * all say no, when the other side speaks, when bytes are missing or the head is full, collecting begins anew with the
 * event in hand. So a message is found however many events its beginning takes.
 *
 * Greeting: where the accepting side speaks first, the connection is none of those whose client does. That it spoke first
 * is certain once the client's first byte has been seen to come after it: not when the other's event is first, as two
 * threads may write and read, and not when the client's beginning was lost.
 *
 * Side: where it is not known, only a request shows it at once. An argument in the middle of a request may look like a
 * response, so responses show it only when several have come and no request.
 */
final class Inference {

    private static final byte[] NOTHING = {};
    private static final int HEAD_BYTES = 256;
    private static final int RESPONSES_THAT_SHOW_THE_SIDE = 4;

    private final List<Protocol> protocols;
    private final long[] begun;
    private final ByteView view = new ByteView();
    private final ByteView other = new ByteView();
    private final byte[][] heads = new byte[2][];
    private final int[] headBytes = new int[2];
    private final long[] headEnd = new long[2];
    private @Nullable Direction lastDirection;
    private boolean unsure;
    private final int[] responses = new int[2];
    private final boolean[] excluded;

    /** The direction that spoke first, and when its first call returned; -1 before that. */
    private int first = -1;

    private long firstExitedAt;

    /** What the accepting side's first bytes are a response of, until it is known whether they were a greeting. */
    private @Nullable Protocol answered;

    private boolean greetingJudged;
    private Side side;
    private boolean fromBeginning;
    private @Nullable Protocol protocol;

    Inference(List<Protocol> protocols, Side side, boolean fromBeginning) {
        this(protocols, side, fromBeginning, new long[2]);
    }

    /** @param begun the stream positions, egress and ingress, at which both directions begin */
    Inference(List<Protocol> protocols, Side side, boolean fromBeginning, long[] begun) {
        this.protocols = protocols;
        this.begun = begun.clone();
        this.excluded = new boolean[protocols.size()];
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

    /** What was seen is the beginning of none of the protocols. */
    boolean isUnsupported() {
        for (boolean isExcluded : excluded) {
            if (!isExcluded) {
                return false;
            }
        }
        return true;
    }

    /** From now on any event may show the protocol, as beginnings were missed or of no use. */
    void startAnywhere() {
        fromBeginning = false;
        headBytes[0] = 0;
        headBytes[1] = 0;
    }

    /** Whether what is judged is the beginning of both directions at these stream positions. */
    boolean isOfBeginning(long egress, long ingress) {
        return fromBeginning && begun[0] == egress && begun[1] == ingress;
    }

    /** The first bytes that the direction sent, as far as they are kept; null if its beginning was missed. */
    @Nullable
    ByteView beginning(Direction direction) {
        int which = direction == Direction.EGRESS ? 0 : 1;
        byte[] head = heads[which];
        if (!fromBeginning || head == null) {
            return null;
        }
        view.wrap(head, 0, headBytes[which]);
        return view;
    }

    /** Where the direction begins. */
    long begun(Direction direction) {
        return begun[direction == Direction.EGRESS ? 0 : 1];
    }

    /** The first protocol that may still be that of what the direction said first; null if none is, or that was missed. */
    @Nullable
    Protocol likely(Direction direction) {
        ByteView head = beginning(direction);
        for (int i = 0; head != null && i < excluded.length; i++) {
            if (!excluded[i] && protocols.get(i).guess(head, other(direction)) == Guess.UNSURE) {
                return protocols.get(i);
            }
        }
        return null;
    }

    /** Takes one data event into account; true once the protocol and the side are known. */
    boolean decides(EventDecoder event) {
        Direction direction = event.direction();
        int which = direction == Direction.EGRESS ? 0 : 1;
        if (!fromBeginning) {
            return decidesAnywhere(event, which);
        }
        if (event.position() != begun[which] + headBytes[which]) {
            // Bytes of the beginning are missing: what follows them is as good as any middle.
            if (headBytes[which] >= HEAD_BYTES) {
                return false;
            }
            if (first >= 0 && first != which && answered != null) {
                protocol = answered;
                return true;
            }
            startAnywhere();
            return decidesAnywhere(event, which);
        }
        append(event, which);
        if (first < 0) {
            first = which;
            firstExitedAt = event.exitedAt();
        } else if (first != which && !greetingJudged) {
            greetingJudged = true;
            if (isAfterGreeting(event)) {
                excludeAfterGreeting();
                view.wrap(heads[which], 0, headBytes[which]);
            } else if (!tryAll(direction) && answered != null) {
                protocol = answered;
            }
            if (protocol != null) {
                return true;
            }
        }
        return tryAll(direction);
    }

    /** Whether the event, the first one of its direction, comes from a client that had been spoken to. */
    private boolean isAfterGreeting(EventDecoder event) {
        return switch (side) {
            case CLIENT -> event.direction() == Direction.EGRESS && event.enteredAt() >= firstExitedAt;
            case SERVER -> event.direction() == Direction.INGRESS;
            case UNKNOWN -> false;
        };
    }

    private void excludeAfterGreeting() {
        view.wrap(heads[first], 0, headBytes[first]);
        for (int i = 0; i < excluded.length; i++) {
            excluded[i] = !protocols.get(i).mayGreet(view);
        }
        answered = null;
    }

    private boolean decidesAnywhere(EventDecoder event, int which) {
        boolean goesOn = event.direction() == lastDirection
                && headBytes[which] > 0
                && headBytes[which] < HEAD_BYTES
                && event.position() == headEnd[which];
        lastDirection = event.direction();
        if (goesOn) {
            append(event, which);
            if (tryAll(event.direction())) {
                return true;
            }
            if (unsure) {
                return false;
            }
        }
        headBytes[which] = 0;
        if (event.hasFlag(EventDecoder.FLAG_CONTINUED)) {
            // The middle of what one call moved: a message that seems to begin here lies in another's body.
            return false;
        }
        append(event, which);
        if (tryAll(event.direction())) {
            return true;
        }
        if (!unsure) {
            headBytes[which] = 0;
        }
        return false;
    }

    /** Adds the event to its direction's head and stands the view on it. */
    private void append(EventDecoder event, int which) {
        byte[] head = heads[which];
        if (head == null) {
            head = new byte[HEAD_BYTES];
            heads[which] = head;
        }
        int at = headBytes[which];
        int count = Math.min(HEAD_BYTES - at, event.captured());
        System.arraycopy(event.array(), event.payloadIndex(), head, at, count);
        headBytes[which] = at + count;
        headEnd[which] = event.position() + event.captured();
        view.wrap(head, 0, at + count);
    }

    private boolean tryAll(Direction direction) {
        unsure = false;
        int across = direction == Direction.EGRESS ? 1 : 0;
        boolean speaksFirst = fromBeginning && headBytes[across] == 0;
        other(direction);
        for (int i = 0; i < excluded.length; i++) {
            if (excluded[i]) {
                continue;
            }
            Protocol candidate = protocols.get(i);
            Guess guess = fromBeginning ? candidate.guess(view, other) : candidate.guessAnywhere(view, other);
            unsure |= guess == Guess.UNSURE;
            if (guess != Guess.REQUEST && guess != Guess.RESPONSE) {
                continue;
            }
            if (guess == Guess.RESPONSE && speaksFirst && !candidate.mayGreet(view)) {
                boolean byServer = side == (direction == Direction.EGRESS ? Side.SERVER : Side.CLIENT);
                answered = answered == null && byServer ? candidate : answered;
                continue;
            }
            if (!fromBeginning && side == Side.UNKNOWN && guess == Guess.RESPONSE && !isShownByResponses(direction)) {
                return false;
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

    /** What the other direction said first, as far as it is kept. */
    private ByteView other(Direction direction) {
        int across = direction == Direction.EGRESS ? 1 : 0;
        byte[] head = heads[across];
        if (head == null) {
            other.wrap(NOTHING, 0, 0);
        } else {
            other.wrap(head, 0, headBytes[across]);
        }
        return other;
    }

    private boolean isShownByResponses(Direction direction) {
        return ++responses[direction == Direction.EGRESS ? 0 : 1] >= RESPONSES_THAT_SHOW_THE_SIDE;
    }
}
