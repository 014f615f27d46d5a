package io.kyanos.connection;

import io.kyanos.event.EventDecoder;
import io.kyanos.protocol.Parser;

/**
 * One direction of a conversation: its stream, from events to framed messages, with the bytes, the times and the account
 * of it. Makes bytes and gaps of the events. Not thread-safe.
 */
/*
 * Gaps: a byte that no event brings is a gap as soon as an event shows bytes after it, as events of one direction
 * arrive in stream order.
 */
final class Way {

    private final Books books;
    private final Account account;
    private final StreamBuffer stream;
    private final Timeline timeline;
    private ParseStage stage;

    /** When the latest call of this direction returned. */
    private long lastAt = Long.MIN_VALUE;

    private boolean lastWasTraced = true;

    /**
     * Stands where the account does.
     *
     * @param atBoundary whether a message is known to begin there
     * @param reportsStructure whether {@link ParseStage.Messages#structure} shall be told
     */
    Way(
            String protocol,
            Parser parser,
            ParseStage.Messages messages,
            Books books,
            Account account,
            ConnectionSettings settings,
            boolean atBoundary,
            boolean reportsStructure) {
        this.books = books;
        this.account = account;
        stream = new StreamBuffer(settings.maxBufferedBytes(), books.buffered());
        stream.moveTo(account.reached());
        timeline = new Timeline(settings.maxCalls(), settings.detail().text(), settings.epochOffsetNanos());
        stage = new ParseStage(
                protocol, parser, messages, books, account, stream, timeline, atBoundary, reportsStructure);
    }

    /** The stream goes on in another protocol, whose first message begins at the current position. */
    void takeOver(String protocol, Parser parser, ParseStage.Messages messages) {
        timeline.endAll();
        stage = new ParseStage(
                protocol, parser, messages, books, account, stream, timeline, true, stage.reportsStructure());
        stage.drain();
    }

    /** What is buffered and what comes is of another protocol, which nobody reads. */
    void passOn() {
        stage.passOn();
    }

    void data(EventDecoder event) {
        long position = event.position();
        int length = event.dataLength();
        int captured = event.captured();
        long late = Math.min(Math.max(0, stream.end() - position), length);
        if (late > 0) {
            account.late(late);
        }
        if (late == length) {
            return;
        }
        if (position > stream.end()) {
            gap(position - stream.end(), lastWasTraced && event.isTracedInFull() ? Fate.GAP_LOST : Fate.GAP_UNTRACED);
        }
        timeline.add(position + late, length - late, event.enteredAt(), event.exitedAt());
        lastAt = event.exitedAt();
        if (captured > late) {
            boolean beginsWithCall = late == 0 && !event.hasFlag(EventDecoder.FLAG_CONTINUED);
            bytes(event.array(), event.payloadIndex() + (int) late, captured - (int) late, beginsWithCall);
        }
        long missing = length - Math.max(captured, late);
        if (missing > 0) {
            gap(missing, Fate.ofUncaptured(event));
        }
        lastWasTraced = event.isTracedInFull();
        timeline.forgetBefore(stream.position());
    }

    /** The other direction speaks: what was open has ended. */
    void turnEnds() {
        stage.turnEnds();
    }

    /** Ends what is open if nothing of this direction has come since {@code deadline}, in monotonic nanoseconds. */
    void endOpenSince(long deadline) {
        if (stage.isOpen() && lastAt < deadline) {
            stage.turnEnds();
        }
    }

    /** Gives out what is known of the message in hand if nothing of it has come since {@code deadline}. */
    void giveSoFarSince(long deadline) {
        if (stage.hasBegun() && lastAt < deadline) {
            stage.giveSoFar();
        }
    }

    /**
     * The direction has ended.
     *
     * @param finalPosition where, or -1 if that is not known
     * @param inOrder it was seen to end
     * @param whole that is the end of what is delimited by it
     */
    void ended(long finalPosition, boolean inOrder, boolean whole) {
        boolean seen = inOrder && finalPosition <= stream.end();
        if (finalPosition > stream.end()) {
            gap(finalPosition - stream.end(), lastWasTraced ? Fate.GAP_LOST : Fate.GAP_UNTRACED);
        }
        stage.ended(inOrder, seen, whole);
        timeline.clear();
    }

    /** Ends the direction without its parser, which has thrown: what is buffered is of no use to anybody. */
    void breakOff() {
        stage.breakOff();
        timeline.clear();
    }

    /** A message is in hand of which nobody knows where it ends. */
    boolean isOpen() {
        return stage.isOpen();
    }

    /** A message is in hand that has begun and has not been given out. */
    boolean hasBegun() {
        return stage.hasBegun();
    }

    /** Nothing is buffered and no body is passed over, so that what comes next is likely to begin a message. */
    boolean isBetweenMessages() {
        return stage.isBetweenMessages();
    }

    /** Bytes in a row, up to now, of which nothing could be made. */
    long unparsedInARow() {
        return stage.unparsedInARow();
    }

    /** Stream position after the last byte that is accounted for or buffered. */
    long end() {
        return stream.end();
    }

    private void bytes(byte[] source, int offset, int length, boolean beginsWithCall) {
        if (stage.leavesOut(length, beginsWithCall)) {
            return;
        }
        if (!stream.add(source, offset, length)) {
            stage.overflow(stream.available());
            stream.add(source, offset, length);
        }
        stage.drain();
        // From here on it may be another stage.
        int left = stream.available();
        if (!stream.settle()) {
            stage.overflow(left);
        }
    }

    /** See {@link Connection#reportStructureSoFar}. */
    void reportStructureSoFar() {
        stage.reportStructureSoFar();
    }

    private void gap(long length, Fate fate) {
        long left = length - stage.missed(length, fate);
        // From here on it may be another stage.
        if (left > 0) {
            stage.gap(left, fate);
        }
    }
}
