package io.kyanos.connection;

import io.kyanos.event.EventDecoder;
import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
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
 * goes on at the next plausible beginning.
 *
 * Books: each byte gets its fate at the moment at which the position moves over it.
 */
final class ParseStage {

    /** Takes what the stage has framed or lost. */
    interface Messages {
        void message(FramedMessage message);

        /** An unknown number of messages may be missing here. */
        void lost();
    }

    private static final String REASON_GAP = "gap";
    private static final String REASON_OVERFLOW = "overflow";
    private static final String REASON_NO_PROGRESS = "no_progress";
    private static final String REASON_RESYNC = "resync";
    private static final String REASON_UPGRADED = "upgraded";
    private static final String REASON_ENDED = "ended";
    private static final String REASON_FAILURE = "failure";

    private final String protocol;
    private final Parser parser;
    private final Messages messages;
    private final Books books;
    private final boolean keepCalls;
    private final long epochOffsetNanos;
    private final StreamBuffer buffer;
    private final KernelEventStream calls;
    private final ParseResult result = new ParseResult();

    private long passOver;
    private boolean askParser;
    private boolean incomplete;

    /** The last result ended a message of which nothing was left: what follows showed its end. Once is progress. */
    private boolean endedInPlace;

    private boolean resyncing;
    private boolean lastWasTraced = true;
    private long unparsedInARow;
    private String upgradedTo = "";

    /**
     * Stands at stream position {@code start}.
     *
     * @param atBoundary whether a message is known to begin there
     */
    ParseStage(
            String protocol,
            Parser parser,
            Messages messages,
            Books books,
            ConnectionSettings settings,
            long start,
            boolean atBoundary) {
        this.protocol = protocol;
        this.parser = parser;
        this.messages = messages;
        this.books = books;
        this.keepCalls = settings.detail().text();
        this.epochOffsetNanos = settings.epochOffsetNanos();
        this.buffer = new StreamBuffer(settings.maxBufferedBytes(), books.buffered());
        this.calls = new KernelEventStream(settings.maxCalls());
        this.resyncing = !atBoundary;
        buffer.moveTo(start);
    }

    /** Bytes in a row, up to now, of which nothing could be made. */
    long unparsedInARow() {
        return unparsedInARow;
    }

    /** The protocol that took over in this direction, empty if none did. */
    String upgradedTo() {
        return upgradedTo;
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
            books.late(late);
        }
        if (late == length) {
            return;
        }
        if (position > buffer.end()) {
            gap(position - buffer.end(), lastWasTraced && event.isTracedInFull() ? Fate.GAP_LOST : Fate.GAP_UNTRACED);
        }
        calls.add(position + late, length - late, event.enteredAt(), event.exitedAt());
        if (captured > late) {
            bytes(event.array(), event.payloadIndex() + (int) late, captured - (int) late);
        }
        long missing = length - Math.max(captured, late);
        if (missing > 0) {
            gap(missing, Fate.ofUncaptured(event));
        }
        lastWasTraced = event.isTracedInFull();
    }

    /** The direction has ended; {@code finalPosition} is where, or -1 if that is not known. */
    void ended(long finalPosition, boolean inOrder) {
        if (finalPosition > buffer.end()) {
            gap(finalPosition - buffer.end(), lastWasTraced ? Fate.GAP_LOST : Fate.GAP_UNTRACED);
        }
        boolean endCompletes = inOrder && passOver == ParseResult.UNTIL_END;
        if (inOrder) {
            parser.ended(result);
        } else {
            parser.lost(result);
        }
        giveMessageInHand(!endCompletes);
        passOver = 0;
        unparsed(REASON_ENDED, buffer.available());
        buffer.moveTo(buffer.end());
        calls.clear();
    }

    /** Ends the direction without its parser, which has thrown: what is buffered is of no use to anybody. */
    void breakOff() {
        unparsed(REASON_FAILURE, buffer.available());
        buffer.moveTo(buffer.end());
        calls.clear();
    }

    private void bytes(byte[] source, int offset, int length) {
        if (!buffer.add(source, offset, length)) {
            overflow();
            buffer.add(source, offset, length);
        }
        drain();
        int left = buffer.available();
        if (!buffer.settle()) {
            loseFraming();
            unparsed(REASON_OVERFLOW, left);
            buffer.moveTo(buffer.position() + left);
        }
    }

    /** What is buffered exceeds its bound: gives it up. */
    private void overflow() {
        loseFraming();
        unparsed(REASON_OVERFLOW, buffer.available());
        buffer.moveTo(buffer.end());
    }

    private void drain() {
        while (upgradedTo.isEmpty()) {
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
            parser.parse(buffer.view(), result);
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
        unparsed(REASON_UPGRADED, buffer.available());
        buffer.moveTo(buffer.end());
    }

    /** Passes over what is here of a body; true once its end is reached. */
    private boolean passOverBuffered() {
        int count = (int) Math.min(passOver, buffer.available());
        if (count > 0) {
            parser.passed(buffer.view(count));
            buffer.consume(count);
            books.bytes(Fate.PASSED_OVER, count);
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
            invalid(REASON_NO_PROGRESS);
            return;
        }
        endedInPlace = inPlace;
        consumeParsed(result.length());
        give(result.message(), incomplete);
    }

    private void skipped() {
        if (result.length() == 0 && result.passOver() == 0) {
            invalid(REASON_NO_PROGRESS);
            return;
        }
        endedInPlace = false;
        consumeParsed(result.length());
        passOver = result.passOver();
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
        unparsed(reason, 1);
        buffer.consume(1);
    }

    private void upgraded() {
        consumeParsed(result.length());
        Message message = result.message();
        if (message != null) {
            give(message, incomplete);
        }
        upgradedTo = result.upgradedTo();
    }

    /** Framing stands again; what was skipped until here may have held messages of a later turn. */
    private void foundAgain() {
        if (resyncing) {
            resyncing = false;
            messages.lost();
        }
    }

    /** Moves to the next plausible beginning; false if there is none here. */
    private boolean resync() {
        int skip = Math.min(parser.resync(buffer.view(), 0), buffer.available());
        unparsed(REASON_RESYNC, skip);
        buffer.consume(skip);
        return !buffer.isEmpty();
    }

    private void gap(long length, Fate fate) {
        long left = length;
        if (!upgradedTo.isEmpty()) {
            books.bytes(fate, left);
            buffer.moveTo(buffer.position() + left);
            return;
        }
        if (passOver > 0) {
            long passed = Math.min(passOver, left);
            incomplete = true;
            parser.missed(passed);
            books.bytes(Fate.PASSED_OVER, passed);
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
        loseFraming();
        unparsed(REASON_GAP, buffer.available());
        books.bytes(fate, left);
        buffer.moveTo(buffer.end() + left);
    }

    private void loseFraming() {
        parser.lost(result);
        giveMessageInHand(true);
        passOver = 0;
        askParser = false;
        resyncing = true;
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
        books.bytes(Fate.PARSED, length);
    }

    private void unparsed(String reason, long count) {
        books.unparsed(protocol, reason, count);
        unparsedInARow += count;
    }

    private void give(@Nullable Message message, boolean truncated) {
        if (message == null) {
            throw new IllegalStateException(protocol + " parser: a message result without its message");
        }
        long end = buffer.position();
        long start = Math.max(0, end - message.wireBytes());
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
        incomplete = false;
        unparsedInARow = 0;
        books.parsed();
        foundAgain();
        messages.message(framed);
    }
}
