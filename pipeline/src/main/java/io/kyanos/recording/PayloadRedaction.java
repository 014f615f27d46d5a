package io.kyanos.recording;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Guess;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.Redaction;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Leaves of each connection's payload what its protocol calls structure, and nothing of a connection whose protocol is not
 * known. Not thread-safe.
 */
/*
 * Of a connection whose first bytes tell nothing yet, the events of the block in hand are kept in mind; what has not been
 * decided when the block leaves is overwritten. Bytes that come out of their order are overwritten, too: their place in a
 * message has gone.
 */
public final class PayloadRedaction implements EventRedaction {

    /** Connections whose end was lost fill the table; then all begin anew, as if in mid-stream. */
    private static final int MAX_CONNECTIONS = 1 << 17;

    private static final int MAX_HEAD_BYTES = 8 * 1024;

    private final List<Protocol> protocols;
    private final EventDecoder decoder = new EventDecoder();
    private final Long2ObjectOpenHashMap<Subject> subjects = new Long2ObjectOpenHashMap<>();

    /** Those of which something has yet to be decided. */
    private final List<Subject> touched = new ArrayList<>();

    /** Takes protocols that nobody else uses, as they learn. */
    public PayloadRedaction(List<Protocol> protocols) {
        this.protocols = List.copyOf(protocols);
    }

    @Override
    public void event(byte[] block, int offset, int length) {
        if (!decoder.wrap(block, offset, length)) {
            Arrays.fill(block, offset, offset + length, (byte) 0);
            return;
        }
        if (decoder.kind() == EventDecoder.KIND_CLOSED) {
            Subject ended = subjects.remove(decoder.generation());
            if (ended != null) {
                ended.leave();
            }
        } else if (decoder.kind() == EventDecoder.KIND_DATA) {
            data(block, offset + length);
        }
    }

    @Override
    public void beforeWrite() {
        touched.forEach(Subject::leave);
        touched.clear();
    }

    private void data(byte[] block, int eventEnd) {
        int from = decoder.payloadIndex();
        int to = from + decoder.captured();
        // Nothing should stand behind
        Arrays.fill(block, to, eventEnd, (byte) 0);
        if (decoder.hasFlag(EventDecoder.FLAG_PEER)) {
            Arrays.fill(block, from, to, (byte) 0);
            return;
        }
        Subject subject = subjects.get(decoder.generation());
        if (subject == null) {
            if (subjects.size() >= MAX_CONNECTIONS) {
                beforeWrite();
                subjects.clear();
            }
            subject = new Subject();
            subjects.put(decoder.generation(), subject);
        }
        if (!subject.touched) {
            subject.touched = true;
            touched.add(subject);
        }
        subject.data(block, from, to);
    }

    /** One connection. */
    private final class Subject {

        @SuppressWarnings("ArrayRecordComponent") // compared by nobody
        private record Undecided(Direction direction, byte[] block, int from, int to) {}

        private final long[] next = {-1, -1};
        private @Nullable Redaction redaction;

        /** What the bytes so far might be, if they are not sure to be anything. */
        private @Nullable Protocol unsure;

        /** The redaction is of what was unsure when the bytes had to leave. */
        private boolean provisional;

        private @Nullable Protocol chosen;
        private Direction requests = Direction.EGRESS;
        private List<Undecided> undecided = List.of();
        private boolean touched;

        void data(byte[] block, int from, int to) {
            Direction direction = decoder.direction();
            int way = direction == Direction.EGRESS ? 0 : 1;
            long position = decoder.position();
            if (next[way] >= 0 && position < next[way]) {
                Arrays.fill(block, from, to, (byte) 0);
                return;
            }
            long before = next[way] < 0 ? 0 : position - next[way];
            long behind = (long) decoder.dataLength() - (to - from);
            next[way] = position + decoder.dataLength();
            if (provisional && from < to && !decoder.hasFlag(EventDecoder.FLAG_CONTINUED)) {
                decideAgain(direction, block, from, to);
            }
            if (redaction == null) {
                decide(direction, block, from, to, before > 0);
                if (behind > 0) {
                    missed(direction, behind);
                }
                return;
            }
            if (before > 0) {
                redaction.gap(direction == requests, before);
            }
            redaction.bytes(direction == requests, block, from, to);
            if (behind > 0) {
                redaction.gap(direction == requests, behind);
            }
        }

        private void missed(Direction direction, long bytes) {
            if (redaction == null) {
                giveUp();
            } else {
                redaction.gap(direction == requests, bytes);
            }
        }

        void leave() {
            touched = false;
            Protocol perhaps = unsure;
            if (perhaps != null && !undecided.isEmpty()) {
                become(perhaps, undecided.get(0).direction());
                provisional = true;
            }
            giveUp();
            if (redaction != null) {
                redaction.leave();
            }
        }

        private void giveUp() {
            for (Undecided bytes : undecided) {
                Arrays.fill(bytes.block(), bytes.from(), bytes.to(), (byte) 0);
            }
            undecided = List.of();
        }

        private void decide(Direction direction, byte[] block, int from, int to, boolean afterGap) {
            if (undecided.isEmpty()) {
                undecided = new ArrayList<>(1);
            }
            if (afterGap) {
                giveUp();
                undecided = new ArrayList<>(1);
            }
            if (from < to) {
                undecided.add(new Undecided(direction, block, from, to));
            }
            byte[] bytes = headOf(direction);
            unsure = null;
            for (Protocol protocol : protocols) {
                Guess guess = protocol.guess(new ByteView(bytes, 0, bytes.length), new ByteView());
                if (guess == Guess.REQUEST || guess == Guess.RESPONSE) {
                    become(protocol, guess == Guess.REQUEST ? direction : direction.opposite());
                    return;
                }
                if (guess == Guess.UNSURE && unsure == null) {
                    unsure = protocol;
                }
            }
            if (unsure == null || bytes.length >= MAX_HEAD_BYTES) {
                giveUp();
            }
        }

        private void decideAgain(Direction direction, byte[] block, int from, int to) {
            for (Protocol protocol : protocols) {
                Guess guess = protocol.guess(new ByteView(block, from, to - from), new ByteView());
                if (guess == Guess.REQUEST || guess == Guess.RESPONSE) {
                    Direction ofRequests = guess == Guess.REQUEST ? direction : direction.opposite();
                    if (redaction != null && (ofRequests != requests || protocol != chosen)) {
                        redaction.leave();
                        become(protocol, ofRequests);
                    }
                    provisional = false;
                    return;
                }
            }
        }

        private byte[] headOf(Direction direction) {
            byte[] bytes = new byte[0];
            for (Undecided piece : undecided) {
                if (piece.direction() == direction && bytes.length < MAX_HEAD_BYTES) {
                    int at = bytes.length;
                    int length = Math.min(piece.to() - piece.from(), MAX_HEAD_BYTES - at);
                    bytes = Arrays.copyOf(bytes, at + length);
                    System.arraycopy(piece.block(), piece.from(), bytes, at, length);
                }
            }
            return bytes;
        }

        private void become(Protocol protocol, Direction ofRequests) {
            Redaction begun = protocol.newRedaction();
            redaction = begun;
            chosen = protocol;
            requests = ofRequests;
            for (Undecided bytes : undecided) {
                begun.bytes(bytes.direction() == ofRequests, bytes.block(), bytes.from(), bytes.to());
            }
            undecided = List.of();
        }
    }
}
