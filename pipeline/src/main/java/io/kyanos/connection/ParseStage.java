package io.kyanos.connection;

import io.kyanos.event.EventDecoder;
import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.SpanList;
import io.kyanos.record.Message;
import io.kyanos.record.StepTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One direction's way from bytes to framed messages. Feeds a {@link Parser} with contiguous bytes, passes over bodies,
 * keeps framing across gaps where a length is known and finds it again where it is not. Not thread-safe.
 */
/*
 * Gaps: a byte that no event brings is a gap as soon as an event shows bytes after it, as events of one direction
 * arrive in stream order. A gap inside of a body of known length is passed over like the body. Any other gap breaks
 * framing: the message in hand is given out cut short, the matcher is told that messages may be missing, and parsing
 * goes on at the next plausible beginning. A parser may keep a message open instead, one whose end cannot be told any
 * more: it lasts until its bytes prove an end, until the other direction speaks, or until a silence. Nothing inside of
 * it is taken for a message, whatever it looks like; nor is anything after it that does not begin with a call, as what
 * the other direction said may have been no end of it.
 *
 * Silence: a message of which nothing has come for so long is given out as far as it is known. If its framing stands, the
 * parser stays inside of it, and its end, should it come, is left out.
 *
 * Books: each byte gets its fate at the moment at which the position moves over it.
 */
final class ParseStage {

    /** Takes what the stage has framed or lost. */
    interface Messages {
        void message(FramedMessage message);

        /** A message has begun whose end is to come. */
        default void begins() {}

        /** The end of the connection has cut the message, all of which was seen up to there. */
        default void cut(FramedMessage message) {
            message(message);
        }

        /** An unknown number of messages may be missing here. */
        void lost();

        /** The bytes between these stream positions are structure. Only if {@link ParseStage#collectStructure asked for}. */
        default void structure(long from, long to) {}

        /** Another protocol begins here, in both directions. Whoever reads it calls {@link ParseStage#takeOver} at once. */
        void upgraded(String to);
    }

    private final Books books;
    private final Account account;
    private final Messages messages;
    private final boolean keepCalls;
    private final long epochOffsetNanos;
    private final StreamBuffer buffer;
    private final KernelEventStream calls;
    private final ParseResult result = new ParseResult();
    private @Nullable SpanList spans;

    private String protocol;
    private Parser parser;
    private long passOver;

    /** Nobody knows where the message in hand ends. */
    private boolean open;

    /** The message in hand has been announced. */
    private boolean begun;

    /** What is known of the message in hand has been given out. */
    private boolean givenOut;

    /** The next message begins where a call does: bytes elsewhere may belong to an open message that was given up. */
    private boolean onlyAtCalls;

    /** When the latest call of this direction returned. */
    private long lastAt = Long.MIN_VALUE;

    private boolean askParser;
    private boolean incomplete;

    /** The last result ended a message of which nothing was left: what follows showed its end. Once is progress. */
    private boolean endedInPlace;

    private boolean resyncing;

    /** Since the matcher was told of a loss there were bytes of which nobody knows what they held. */
    private boolean skipped = true;

    private boolean lastWasTraced = true;
    private long unparsedInARow;
    private boolean upgraded;
    private boolean draining;

    /**
     * Stands where the account does.
     *
     * @param atBoundary whether a message is known to begin there
     */
    ParseStage(
            String protocol,
            Parser parser,
            Messages messages,
            Books books,
            Account account,
            ConnectionSettings settings,
            boolean atBoundary) {
        this.protocol = protocol;
        this.parser = parser;
        this.messages = messages;
        this.books = books;
        this.account = account;
        this.keepCalls = settings.detail().text();
        this.epochOffsetNanos = settings.epochOffsetNanos();
        this.buffer = new StreamBuffer(settings.maxBufferedBytes(), books.buffered());
        this.calls = new KernelEventStream(settings.maxCalls());
        this.resyncing = !atBoundary;
        buffer.moveTo(account.reached());
    }

    /** From here on {@link Messages#structure} is told. */
    void collectStructure() {
        spans = new SpanList();
        result.collectStructure(spans);
    }

    /** Bytes in a row, up to now, of which nothing could be made. */
    long unparsedInARow() {
        return unparsedInARow;
    }

    /** The stream goes on in another protocol, whose first message begins at the current position. */
    void takeOver(String byProtocol, Parser byParser) {
        protocol = byProtocol;
        parser = byParser;
        passOver = 0;
        askParser = false;
        open = false;
        begun = false;
        givenOut = false;
        onlyAtCalls = false;
        incomplete = false;
        endedInPlace = false;
        resyncing = false;
        upgraded = false;
        unparsedInARow = 0;
        if (!draining) {
            drain();
        }
    }

    /** What is buffered and what comes is of another protocol, which nobody reads. */
    void passOn() {
        upgraded = true;
        account.bytes(Fate.UPGRADED, buffer.available());
        buffer.moveTo(buffer.end());
    }

    /** A message is in hand of which nobody knows where it ends. */
    boolean isOpen() {
        return open;
    }

    /** A message is in hand that has begun and has not been given out. */
    boolean hasBegun() {
        return begun && !givenOut;
    }

    /** Nothing is buffered and no body is passed over, so that what comes next is likely to begin a message. */
    boolean isBetweenMessages() {
        return passOver == 0 && !open && buffer.isEmpty();
    }

    /** The other direction speaks: what was open has ended. */
    void turnEnds() {
        passOpen(buffer.available());
        endOpen();
        onlyAtCalls = true;
    }

    /** Ends what is open if nothing of this direction has come since {@code deadline}, in monotonic nanoseconds. */
    void endOpenSince(long deadline) {
        if (open && lastAt < deadline) {
            turnEnds();
        }
    }

    /** Gives out what is known of the message in hand if nothing of it has come since {@code deadline}. */
    void giveSoFarSince(long deadline) {
        if (!hasBegun() || lastAt >= deadline) {
            return;
        }
        parser.soFar(result);
        Message message = result.message();
        if (message != null) {
            books.parsed();
            messages.message(framed(message, true, buffer.end()));
            givenOut = true;
        }
    }

    /** Stream position after the last byte that is accounted for or buffered. */
    long end() {
        return buffer.end();
    }

    void data(EventDecoder event) {
        long position = event.position();
        int length = event.dataLength();
        int captured = event.captured();
        long late = Math.min(Math.max(0, buffer.end() - position), length);
        if (late > 0) {
            account.late(late);
        }
        if (late == length) {
            return;
        }
        if (position > buffer.end()) {
            gap(position - buffer.end(), lastWasTraced && event.isTracedInFull() ? Fate.GAP_LOST : Fate.GAP_UNTRACED);
        }
        calls.add(position + late, length - late, event.enteredAt(), event.exitedAt());
        lastAt = event.exitedAt();
        if (captured > late) {
            if (isInsideOfCall(event, late)) {
                passUnasked(captured - late);
            } else {
                bytes(event.array(), event.payloadIndex() + (int) late, captured - (int) late);
            }
        }
        long missing = length - Math.max(captured, late);
        if (missing > 0) {
            gap(missing, Fate.ofUncaptured(event));
        }
        lastWasTraced = event.isTracedInFull();
    }

    /**
     * The direction has ended.
     *
     * @param finalPosition where, or -1 if that is not known
     * @param inOrder it was seen to end
     * @param whole that is the end of what is delimited by it
     */
    void ended(long finalPosition, boolean inOrder, boolean whole) {
        boolean seen = inOrder && finalPosition <= buffer.end();
        if (finalPosition > buffer.end()) {
            gap(finalPosition - buffer.end(), lastWasTraced ? Fate.GAP_LOST : Fate.GAP_UNTRACED);
        }
        boolean endCompletes = whole && passOver == ParseResult.UNTIL_END;
        seen &= !open && !incomplete;
        if (open) {
            passOpen(buffer.available());
            open = false;
        }
        if (inOrder) {
            parser.ended(result);
        } else {
            parser.lost(result);
        }
        if (result.kind() == ParseResult.Kind.SKIPPED) {
            parser.lost(result);
        }
        consumeParsed(result.length());
        Message cut = result.kind() == ParseResult.Kind.MESSAGE && seen && !endCompletes ? result.message() : null;
        if (cut != null && !givenOut) {
            books.parsed();
            messages.cut(framed(cut, true, buffer.position()));
        } else {
            giveMessageInHand(!endCompletes);
        }
        passOver = 0;
        unparsed(Unparsed.ENDED.label(), buffer.available());
        buffer.moveTo(buffer.end());
        calls.clear();
    }

    /** Ends the direction without its parser, which has thrown: what is buffered is of no use to anybody. */
    void breakOff() {
        unparsed(Unparsed.FAILURE.label(), buffer.available());
        buffer.moveTo(buffer.end());
        calls.clear();
    }

    /** Nothing that begins here is looked for. */
    private boolean isInsideOfCall(EventDecoder event, long late) {
        return onlyAtCalls && resyncing && buffer.isEmpty() && (late > 0 || event.hasFlag(EventDecoder.FLAG_CONTINUED));
    }

    private void passUnasked(long length) {
        account.bytes(Fate.PASSED_OVER, length);
        buffer.moveTo(buffer.end() + length);
    }

    private void bytes(byte[] source, int offset, int length) {
        if (upgraded) {
            account.bytes(Fate.UPGRADED, length);
            buffer.moveTo(buffer.end() + length);
            return;
        }
        if (!buffer.add(source, offset, length)) {
            overflow();
            buffer.add(source, offset, length);
        }
        drain();
        int left = buffer.available();
        if (!buffer.settle()) {
            loseFraming();
            unparsed(Unparsed.OVERFLOW.label(), left);
            buffer.moveTo(buffer.position() + left);
        }
    }

    /** What is buffered exceeds its bound: gives it up. */
    private void overflow() {
        loseFraming();
        unparsed(Unparsed.OVERFLOW.label(), buffer.available());
        buffer.moveTo(buffer.end());
    }

    private void drain() {
        draining = true;
        readOn();
        draining = false;
        if (!begun && !upgraded && parser.isInHand()) {
            begun = true;
            messages.begins();
        }
    }

    private void readOn() {
        while (!upgraded) {
            if (open && !endsOpen()) {
                return;
            }
            if (passOver > 0 && !passOverBuffered()) {
                return;
            }
            if (buffer.isEmpty() && !askParser) {
                return;
            }
            boolean passed = askParser;
            askParser = false;
            if (resyncing && !passed && !resync()) {
                return;
            }
            result.restart();
            parser.parse(buffer.view(), result);
            tellStructure();
            switch (result.kind()) {
                case NEED_MORE -> {
                    return;
                }
                case SKIPPED -> skipped();
                case MESSAGE -> message(passed);
                case INVALID -> invalid(result.reason());
                case UPGRADED -> upgraded();
            }
        }
    }

    private void tellStructure() {
        SpanList told = spans;
        if (told == null || result.kind() == ParseResult.Kind.NEED_MORE || result.kind() == ParseResult.Kind.INVALID) {
            return;
        }
        for (int i = 0; i < told.count() && told.from(i) < result.length(); i++) {
            messages.structure(
                    buffer.position() + told.from(i), buffer.position() + Math.min(told.to(i), result.length()));
        }
    }

    /** Passes over what is here of an open message; true if its end is among it. */
    private boolean endsOpen() {
        if (buffer.isEmpty()) {
            return false;
        }
        int end = parser.provenEnd(buffer.view());
        passOpen(end < 0 ? buffer.available() : end);
        if (end < 0) {
            return false;
        }
        open = false;
        parser.lost(result);
        giveMessageInHand(false);
        return true;
    }

    private void passOpen(int count) {
        if (count > 0) {
            parser.passed(buffer.view(count));
            buffer.consume(count);
            account.bytes(Fate.PASSED_OVER, count);
        }
    }

    private void endOpen() {
        open = false;
        loseFraming();
    }

    /** Passes over what is here of a body; true once its end is reached. */
    private boolean passOverBuffered() {
        int count = (int) Math.min(passOver, buffer.available());
        if (count > 0) {
            parser.passed(buffer.view(count));
            buffer.consume(count);
            account.bytes(Fate.PASSED_OVER, count);
            shorten(count);
        }
        return passOver == 0;
    }

    private void shorten(long count) {
        if (passOver != ParseResult.UNTIL_END) {
            passOver -= count;
            askParser = passOver == 0;
        }
    }

    private void message(boolean afterPassOver) {
        boolean inPlace = result.length() == 0 && !afterPassOver;
        if (inPlace && endedInPlace) {
            invalid(Unparsed.NO_PROGRESS.label());
            return;
        }
        endedInPlace = inPlace;
        consumeParsed(result.length());
        give(result.message(), incomplete);
    }

    private void skipped() {
        if (result.length() == 0 && result.passOver() == 0) {
            invalid(Unparsed.NO_PROGRESS.label());
            return;
        }
        endedInPlace = false;
        consumeParsed(result.length());
        open = result.passOver() == ParseResult.UNTIL_NEXT;
        passOver = open ? 0 : result.passOver();
        foundAgain();
    }

    private void invalid(String reason) {
        if (buffer.isEmpty()) {
            resyncing = true;
            return;
        }
        if (!resyncing) {
            messages.lost();
        }
        resyncing = true;
        incomplete = false;
        begun = false;
        givenOut = false;
        unparsed(reason, 1);
        buffer.consume(1);
    }

    private void upgraded() {
        consumeParsed(result.length());
        Message message = result.message();
        if (message != null) {
            give(message, incomplete);
        }
        upgraded = true;
        messages.upgraded(result.upgradedTo());
        if (upgraded) {
            passOn();
        }
    }

    /** Framing stands again; what was skipped until here may have held messages of a later turn. */
    private void foundAgain() {
        if (resyncing) {
            resyncing = false;
            onlyAtCalls = false;
            if (skipped) {
                messages.lost();
            }
        }
    }

    /** Moves to the next plausible beginning; false if there is none here. */
    private boolean resync() {
        int skip = Math.min(parser.resync(buffer.view(), 0), buffer.available());
        if (onlyAtCalls && skip > 0) {
            int rest = buffer.available();
            buffer.consume(rest);
            account.bytes(Fate.PASSED_OVER, rest);
            return false;
        }
        unparsed(Unparsed.RESYNC.label(), skip);
        buffer.consume(skip);
        return !buffer.isEmpty();
    }

    private void gap(long length, Fate fate) {
        long left = length;
        if (upgraded) {
            account.bytes(Fate.UPGRADED, left);
            buffer.moveTo(buffer.end() + left);
            return;
        }
        if (passOver > 0) {
            long passed = Math.min(passOver, left);
            // What a call has moved beyond the cap is known as well as what was captured.
            incomplete |= fate != Fate.GAP_CAPPED;
            parser.missed(passed);
            account.bytes(Fate.PASSED_OVER, passed);
            buffer.moveTo(buffer.position() + passed);
            shorten(passed);
            left -= passed;
            if (passOver == 0) {
                drain();
            }
        }
        if (left == 0) {
            return;
        }
        if (!open) {
            parser.lost(result);
            open = result.kind() == ParseResult.Kind.SKIPPED;
        }
        if (open) {
            // What a call has moved beyond the cap is known as well as what was captured.
            incomplete |= fate != Fate.GAP_CAPPED;
            passOpen(buffer.available());
            parser.missed(left);
        } else {
            framingLost();
            skipped = true;
            unparsed(Unparsed.GAP.label(), buffer.available());
        }
        account.bytes(fate, left);
        buffer.moveTo(buffer.end() + left);
    }

    private void loseFraming() {
        parser.lost(result);
        if (result.kind() == ParseResult.Kind.SKIPPED) {
            parser.lost(result);
        }
        framingLost();
    }

    /** After the parser has been told. */
    private void framingLost() {
        giveMessageInHand(true);
        begun = false;
        givenOut = false;
        open = false;
        passOver = 0;
        askParser = false;
        resyncing = true;
        skipped = false;
        messages.lost();
    }

    private void giveMessageInHand(boolean cut) {
        if (result.kind() == ParseResult.Kind.MESSAGE) {
            give(result.message(), incomplete || cut);
        }
        incomplete = false;
    }

    private void consumeParsed(int length) {
        buffer.consume(length);
        account.bytes(Fate.PARSED, length);
    }

    private void unparsed(String reason, long count) {
        account.unparsed(protocol, reason, count);
        unparsedInARow += count;
        skipped |= count > 0;
    }

    private void give(@Nullable Message message, boolean truncated) {
        if (message == null) {
            throw new IllegalStateException(protocol + " parser: a message result without its message");
        }
        boolean known = givenOut;
        FramedMessage framed = framed(message, truncated, buffer.position());
        incomplete = false;
        begun = false;
        givenOut = false;
        unparsedInARow = 0;
        foundAgain();
        if (!known) {
            books.parsed();
            messages.message(framed);
        }
    }

    /** The message in its place, whose bytes end at the current position; {@code end} is after the last that came of it. */
    private FramedMessage framed(Message message, boolean truncated, long end) {
        long start = Math.max(0, buffer.position() - message.wireBytes());
        List<StepTime> carriers = keepCalls ? calls.calls(start, end, epochOffsetNanos) : List.of();
        FramedMessage framed = new FramedMessage(
                message,
                start,
                end,
                truncated,
                calls.enteredAt(start),
                calls.exitedAt(start),
                calls.exitedAt(Math.max(start, end - 1)),
                carriers);
        calls.prune(end);
        return framed;
    }
}
