package io.kyanos.protocol;

import io.kyanos.record.Message;
import io.kyanos.record.Unanswered;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Drives one conversation as the contract of {@link Parser} says, and checks that the parsers keep to it. */
public final class FlowDriver implements Matcher.Exchanges {

    /** The most that a parser may leave unconsumed. */
    public static final int MAX_BUFFERED = 1 << 20;

    public final List<String> records = new ArrayList<>();
    public final List<Message> messages = new ArrayList<>();
    public final List<String> reasons = new ArrayList<>();
    public long requestBytes;
    public long responseBytes;
    public int unmatched;
    public int truncated;

    private final Conversation conversation;
    private final Direction requests;
    private final Direction responses;
    private long now;

    public FlowDriver(Conversation conversation) {
        this(conversation, true);
    }

    /**
     * @param fromBeginning whether messages are known to begin at the first bytes
     */
    public FlowDriver(Conversation conversation, boolean fromBeginning) {
        this.conversation = conversation;
        requests = new Direction(true, conversation.requests(), !fromBeginning);
        responses = new Direction(false, conversation.responses(), !fromBeginning);
    }

    public Conversation conversation() {
        return conversation;
    }

    public void data(boolean isRequest, byte[] bytes, int from, int to) {
        now += 1000;
        Direction other = isRequest ? responses : requests;
        if (other.open && (isRequest ? requests : responses).isBetweenMessages()) {
            other.turnEnds();
        }
        (isRequest ? requests : responses).data(bytes, from, to);
    }

    public void data(boolean isRequest, byte[] bytes) {
        data(isRequest, bytes, 0, bytes.length);
    }

    /** One datagram: what it leaves over concerns no other. */
    public void datagram(boolean isRequest, byte[] bytes) {
        now += 1000;
        (isRequest ? requests : responses).datagram(bytes);
    }

    public void gap(boolean isRequest, long length) {
        now += 1000;
        (isRequest ? requests : responses).gap(length);
    }

    public void end() {
        requests.ended();
        responses.ended();
        conversation.matcher().ended(Unanswered.CLOSED, this);
        check(conversation.matcher().waiting() == 0, "requests that wait after the end");
    }

    @Override
    public void answered(FramedMessage request, FramedMessage response) {
        conversation.concluded(request, response);
        truncated += request.truncated() || response.truncated() ? 1 : 0;
        record(request.message(), response.message().status());
        messages.add(request.message());
        messages.add(response.message());
    }

    @Override
    public void unanswered(FramedMessage request, Unanswered reason) {
        conversation.concluded(request, null);
        truncated += request.truncated() ? 1 : 0;
        record(request.message(), "unanswered");
        messages.add(request.message());
    }

    @Override
    public void oneWay(FramedMessage message) {
        truncated += message.truncated() ? 1 : 0;
        record(message.message(), "one_way");
        messages.add(message.message());
    }

    @Override
    public void unmatched(FramedMessage response) {
        unmatched++;
    }

    private void record(Message request, String status) {
        records.add(request.operation() + " | " + request.resource() + " | " + status);
    }

    /* Called for each byte, so not by way of a library of assertions. */
    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    /** Where a message has begun, and how many of the bytes since are of others. */
    private static final class Mark {

        private final long first;
        private long others;
        private boolean cut;

        /** How many of its bytes the parser has said to be its own; of those the others know. */
        private long told;

        Mark(long first) {
            this.first = first;
        }
    }

    /** The caller of one parser: owns the stream's position and bytes. */
    private final class Direction {

        private final boolean isRequest;
        private final Parser parser;
        private final ParseResult result = new ParseResult();
        private final ParseResult known = new ParseResult();

        /** The messages that are open, by their keys. */
        private final Map<Long, Mark> marks = new HashMap<>();

        private byte[] buffer = new byte[64];
        private int start;
        private int end;
        private long position;
        private long passOver;
        private boolean passOverEnded;
        private boolean incomplete;
        private boolean resyncing;
        private boolean skipped = true;
        private boolean upgraded;
        /** The message in hand lasts until the next one begins. */
        private boolean open;
        /** The message in hand has been announced. */
        private boolean begun;
        /** The last result ended a message whose end only what follows it showed. Once is progress. */
        private boolean endedInPlace;

        Direction(boolean isRequest, Parser parser, boolean resyncing) {
            this.isRequest = isRequest;
            this.parser = parser;
            this.resyncing = resyncing;
        }

        void data(byte[] bytes, int from, int to) {
            if (buffer.length - end < to - from) {
                byte[] larger = new byte[Math.max(2 * (end - start), end - start + to - from)];
                System.arraycopy(buffer, start, larger, 0, end - start);
                buffer = larger;
                end -= start;
                start = 0;
            }
            System.arraycopy(bytes, from, buffer, end, to - from);
            end += to - from;
            drain();
            check(end - start < MAX_BUFFERED, "bytes left unconsumed");
        }

        void datagram(byte[] bytes) {
            buffer = bytes;
            start = 0;
            end = bytes.length;
            resyncing = false;
            ParseResult.Kind kind = ParseResult.Kind.SKIPPED;
            while (start < end && (kind == ParseResult.Kind.SKIPPED || kind == ParseResult.Kind.MESSAGE)) {
                long at = position;
                result.restart();
                parser.parse(view(end - start), result);
                check(result.length() >= 0 && result.length() <= end - start, "consumed");
                check(result.passOver() == 0, "no more than the datagram");
                kind = result.kind();
                check(
                        result.length() > 0 || kind == ParseResult.Kind.NEED_MORE || kind == ParseResult.Kind.INVALID,
                        "progress");
                consume(result.length());
                if (kind == ParseResult.Kind.MESSAGE) {
                    give(at, false);
                } else if (kind == ParseResult.Kind.INVALID) {
                    reasons.add(result.reason());
                }
            }
            if (kind == ParseResult.Kind.NEED_MORE) {
                askLost();
                check(result.kind() != ParseResult.Kind.SKIPPED, "no message that goes on");
                giveSoFar();
            }
            position += end - start;
            start = end;
        }

        void gap(long length) {
            long left = length;
            if (upgraded) {
                return;
            }
            if (passOver > 0) {
                long passed = Math.min(passOver, left);
                incomplete = true;
                marks.values().forEach(mark -> mark.cut = true);
                parser.missed(passed);
                pass(passed);
                left -= passed;
                drain();
            }
            if (left > 0 && !open) {
                askLost();
                open = result.kind() == ParseResult.Kind.SKIPPED;
                if (!open) {
                    framingLost();
                }
            }
            if (left > 0 && open) {
                check(result.kind() != ParseResult.Kind.MESSAGE, "no message");
                passOpen(end - start);
                parser.missed(left);
                position += left;
            } else if (left > 0) {
                skipped = true;
                position += end - start + left;
                start = end;
            }
        }

        void ended() {
            if (open) {
                passOpen(end - start);
                open = false;
            }
            result.restart();
            parser.ended(result);
            check(result.length() <= end - start, "length at the end");
            long at = position;
            consume(result.length());
            giveCurrent(at);
        }

        boolean isBetweenMessages() {
            return passOver == 0 && !open && start == end;
        }

        void turnEnds() {
            passOpen(end - start);
            endOpen();
        }

        private void endOpen() {
            open = false;
            askLost();
            framingLost();
        }

        private void framingLost() {
            giveSoFar();
            marks.values().forEach(mark -> mark.cut = true);
            begun = false;
            passOver = 0;
            passOverEnded = false;
            resyncing = true;
            skipped = false;
            lost();
        }

        private void passOpen(int count) {
            if (count > 0) {
                parser.passed(view(count), result);
                consume(count);
            }
        }

        private void drain() {
            readOn();
            if (upgraded || !parser.isInMessage()) {
                return;
            }
            parser.soFar(known);
            check(known.kind() == ParseResult.Kind.MESSAGE || known.kind() == ParseResult.Kind.INVALID, "so far");
            if (!begun && !isRequest) {
                conversation.matcher().responseBegins(FlowDriver.this);
            }
            begun = true;
        }

        private void readOn() {
            while (!upgraded) {
                if (open) {
                    if (start == end) {
                        return;
                    }
                    int proven = parser.provenEnd(view(end - start));
                    check(proven >= -1 && proven <= end - start, "proven end");
                    passOpen(proven < 0 ? end - start : proven);
                    if (proven < 0) {
                        return;
                    }
                    open = false;
                    askLost();
                    giveSoFar();
                }
                if (passOver > 0) {
                    int count = (int) Math.min(passOver, end - start);
                    if (count > 0) {
                        parser.passed(view(count), result);
                        start += count;
                        pass(count);
                    }
                    if (passOver > 0) {
                        return;
                    }
                }
                if (start == end && !passOverEnded) {
                    return;
                }
                boolean after = passOverEnded;
                passOverEnded = false;
                if (resyncing && !after) {
                    int skip = parser.resync(view(end - start), 0);
                    check(skip >= 0 && skip <= end - start, "resync");
                    skipped |= skip > 0;
                    consume(skip);
                    ofNoneThatIsOpen(skip);
                    if (start == end) {
                        return;
                    }
                }
                long at = position;
                result.restart();
                parser.parse(view(end - start), result);
                check(result.length() >= 0 && result.length() <= end - start, "consumed");
                check(result.beginning() >= -1 && result.beginning() <= end - start, "beginning");
                switch (result.kind()) {
                    case NEED_MORE -> {
                        mark(at);
                        return;
                    }
                    case SKIPPED -> {
                        check(result.length() > 0 || result.passOver() > 0, "progress");
                        endedInPlace = false;
                        consume(result.length());
                        mark(at);
                        if (result.isApart()) {
                            ofNoneThatIsOpen(result.length() + result.passOver());
                        } else if (result.isPart()) {
                            ofOneAlone(result.key(), result.length() + result.passOver());
                        }
                        open = result.passOver() == ParseResult.UNTIL_NEXT;
                        passOver = open ? 0 : result.passOver();
                        if (open) {
                            reasons.add("open");
                        }
                        foundAgain();
                    }
                    case MESSAGE -> {
                        boolean inPlace = result.length() == 0 && !after;
                        check(!(inPlace && endedInPlace), "progress");
                        endedInPlace = inPlace;
                        consume(result.length());
                        give(at, incomplete);
                    }
                    case INVALID -> {
                        reasons.add(result.reason());
                        if (start == end) {
                            resyncing = true;
                            return;
                        }
                        if (!resyncing) {
                            lost();
                        }
                        marks.values().forEach(mark -> mark.cut = true);
                        resyncing = true;
                        incomplete = false;
                        begun = false;
                        skipped = true;
                        marks.remove(result.key());
                        consume(1);
                        ofNoneThatIsOpen(1);
                    }
                    case UPGRADED -> {
                        consume(result.length());
                        if (result.message() != null) {
                            give(at, incomplete);
                        }
                        upgraded = true;
                    }
                }
            }
            consume(end - start);
        }

        private void pass(long count) {
            position += count;
            if (passOver != ParseResult.UNTIL_END) {
                passOver -= count;
                passOverEnded = passOver == 0;
            }
        }

        private void consume(int count) {
            start += count;
            position += count;
        }

        private ByteView view(int length) {
            // A copy of just these bytes: reading beyond them fails.
            return new ByteView(Arrays.copyOfRange(buffer, start, start + length), 0, length);
        }

        private void giveSoFar() {
            check(result.length() == 0, "length of a message in hand");
            giveCurrent(position);
        }

        private void giveCurrent(long at) {
            if (result.kind() == ParseResult.Kind.MESSAGE) {
                give(at, true);
            } else {
                check(result.kind() == ParseResult.Kind.INVALID, "kind");
                marks.remove(result.key());
            }
            incomplete = false;
        }

        private void askLost() {
            result.restart();
            parser.lost(result);
        }

        /** Of a result that gives no message. */
        private void mark(long at) {
            if (result.beginning() != ParseResult.NOWHERE) {
                marks.put(result.key(), new Mark(at + result.beginning()));
            } else if (result.isOver()) {
                Mark over = marks.remove(result.key());
                if (over != null) {
                    ofNoneThatIsOpen(position - over.first - over.others);
                }
            }
        }

        private void ofOneAlone(long key, long count) {
            marks.forEach((of, mark) -> {
                if (of == key) {
                    mark.told += count;
                } else {
                    mark.others += count;
                }
            });
        }

        private void ofNoneThatIsOpen(long count) {
            for (Mark mark : marks.values()) {
                mark.others += count;
            }
        }

        private void lost() {
            if (isRequest) {
                conversation.matcher().requestsLost(FlowDriver.this);
            } else {
                conversation.matcher().responsesLost(FlowDriver.this);
            }
        }

        /** What was skipped on the way here may have been messages, too. */
        private void foundAgain() {
            if (resyncing) {
                resyncing = false;
                if (skipped) {
                    lost();
                }
            }
        }

        private void give(long at, boolean cut) {
            Message message = result.message();
            if (message == null) {
                throw new AssertionError("a message result without its message");
            }
            check(message.wireBytes() > 0, "size");
            foundAgain();
            incomplete = false;
            begun = false;
            Mark mark = marks.remove(result.key());
            if (result.beginning() != ParseResult.NOWHERE || mark == null) {
                mark = new Mark(at + Math.max(0, result.beginning()));
            }
            long first = mark.first;
            check(
                    cut || mark.cut || message.wireBytes() == position - first - mark.others,
                    "a message of " + message.wireBytes() + " bytes, begun at " + first + ", ended at " + position
                            + ", with " + mark.others + " of others");
            ofNoneThatIsOpen(message.wireBytes() - mark.told);
            FramedMessage framed = new FramedMessage(message, first, position, cut, now, now, now, List.of());
            if (isRequest) {
                requestBytes += message.wireBytes();
                conversation.matcher().request(framed, FlowDriver.this);
            } else {
                responseBytes += message.wireBytes();
                conversation.matcher().response(framed, FlowDriver.this);
            }
        }
    }
}
