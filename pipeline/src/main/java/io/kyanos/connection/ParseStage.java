package io.kyanos.connection;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.SpanList;
import io.kyanos.record.Message;
import org.jspecify.annotations.Nullable;

/**
 * From the bytes of one direction to framed messages, in one protocol. Feeds a {@link Parser} with contiguous bytes, passes
 * over bodies, keeps framing across gaps where a length is known and finds it again where it is not. Not thread-safe.
 */
/*
 * Gaps: a gap inside a body of known length is passed over like the body. Any other gap breaks framing: the current
 * message is given out cut short, the matcher learns that messages may be missing, and parsing goes on at the next
 * plausible beginning. A parser may instead keep a message open whose end is no longer known: it lasts until its bytes
 * prove an end, until the other direction speaks, or until a silence. Nothing inside it is taken for a message,
 * whatever it looks like; nor is anything after it that does not begin with a call, as what the other direction said
 * may not have ended it.
 *
 * Silence: a message of which nothing has come for so long is given out as far as it is known. If its framing stands, the
 * parser stays inside it, and its end, should it come, is left out.
 *
 * Pass-over: a body that is long enough is told, once, as nobody looks at its bytes; not if the parser counts events in it,
 * or if a search has found the message that it is in, which may be none.
 *
 * Books: each byte gets its fate at the moment at which the position moves over it.
 */
final class ParseStage implements ParseResult.Times {

    /** A shorter rest of a body has mostly been captured by the time it is known to be one. */
    static final long PASS_OVER_LEAST = 64 * 1024;

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

        /** The bytes between these stream positions are structure. Only if asked for. */
        default void structure(long from, long to) {}

        /** The bytes between these stream positions are understood. As {@link #structure}, and before it. */
        default void understood(long from, long to) {}

        /** The bytes up to this stream position, many, are of a body: whether they come does not matter. */
        default void passesOver(long until) {}

        /**
         * Another protocol begins here, in both directions. If it is supported, {@link Way#takeOver} is called at once.
         *
         * @return false if it is not
         */
        boolean upgraded(String to);
    }

    private final String protocol;
    private final Parser parser;
    private final Messages messages;
    private final Books books;
    private final Account account;
    private final StreamBuffer stream;
    private final Timeline timeline;
    private final ParseResult result = new ParseResult();
    private final @Nullable SpanList spans;
    private final CurrentMessage current = new CurrentMessage();
    private final Search search;

    /** Bytes of a body that are still to come. */
    private long passOver;

    /** Of the message that they are of, where messages have keys. */
    private long passOverKey;

    /** The last byte of a body has just come: the parser is asked even if nothing follows. */
    private boolean bodyEnded;

    /** The end of the current message is unknown. */
    private boolean open;

    /** The last result ended a message of which nothing was left: what follows showed its end. Once is progress. */
    private boolean endedInPlace;

    /** The current message was found by a search. */
    private boolean found;

    /** The stream is not this protocol's any more. */
    private boolean handedOn;

    private long unparsedInARow;

    /** @param atBoundary whether a message is known to begin where the stream stands */
    ParseStage(
            String protocol,
            Parser parser,
            Messages messages,
            Books books,
            Account account,
            StreamBuffer stream,
            Timeline timeline,
            boolean atBoundary,
            boolean reportsStructure) {
        this.protocol = protocol;
        this.parser = parser;
        this.messages = messages;
        this.books = books;
        this.account = account;
        this.stream = stream;
        this.timeline = timeline;
        search = new Search(!atBoundary);
        spans = reportsStructure ? new SpanList() : null;
        result.collectStructure(spans);
        result.timedBy(this);
    }

    /** When the byte at {@code index} of what the parser looks at came. */
    @Override
    public long at(int index) {
        return timeline.exitedAt(stream.position() + index);
    }

    boolean reportsStructure() {
        return spans != null;
    }

    /** Bytes in a row, up to now, that were not understood. */
    long unparsedInARow() {
        return unparsedInARow;
    }

    /** The end of the current message is unknown. */
    boolean isOpen() {
        return open;
    }

    /** The current message has begun and has not been given out. */
    boolean hasBegun() {
        return current.isAnnounced() && !current.isGivenOut();
    }

    /** Nothing is buffered and no body is passed over, so that what comes next is likely to begin a message. */
    boolean isBetweenMessages() {
        return passOver == 0 && !open && stream.isEmpty();
    }

    /** Parses as much of the buffer as possible. */
    void drain() {
        readOn();
        if (!current.isAnnounced() && !handedOn && parser.isInMessage()) {
            current.announce();
            messages.begins();
        }
    }

    /** Accounts for bytes that need not be buffered, as nothing is looked for in them; false if they must be. */
    boolean leavesOut(int length, boolean beginsWithCall) {
        boolean isInsideOfCall = search.isOnlyAtCalls() && stream.isEmpty() && !beginsWithCall;
        if (isInsideOfCall || handedOn) {
            account.bytes(isInsideOfCall ? Fate.PASSED_OVER : Fate.UPGRADED, length);
            stream.moveTo(stream.end() + length);
            return true;
        }
        return false;
    }

    /** Gives up {@code count} bytes at the current position, which exceed the bound of what may be kept. */
    void overflow(int count) {
        loseFraming();
        unparsed(Unparsed.OVERFLOW.label(), count);
        stream.moveTo(stream.position() + count);
    }

    /** Bytes after what is buffered are missing: passes over those that belong to a body, and returns their number. */
    long missed(long length, Fate fate) {
        if (handedOn || passOver == 0) {
            return 0;
        }
        long passed = Math.min(passOver, length);
        misses(fate);
        parser.missed(passed);
        account.bytes(Fate.PASSED_OVER, passed);
        stream.moveTo(stream.position() + passed);
        shortenBody(passed);
        if (passOver == 0) {
            drain();
        }
        return passed;
    }

    private void misses(Fate fate) {
        if (passOverKey == 0) {
            current.misses(fate);
        } else if (CurrentMessage.isLoss(fate)) {
            timeline.misses(passOverKey);
        }
    }

    /** Bytes after what is buffered are missing, and no body covers them. */
    void gap(long length, Fate fate) {
        if (handedOn) {
            account.bytes(Fate.UPGRADED, length);
            stream.moveTo(stream.end() + length);
            return;
        }
        if (!open) {
            reportStructureOfCut();
            askLost();
            open = result.kind() == ParseResult.Kind.SKIPPED;
        }
        if (open) {
            current.misses(fate);
            passOpen(stream.available());
            parser.missed(length);
        } else {
            framingLost();
            search.skipped();
            unparsed(Unparsed.GAP.label(), stream.available());
        }
        account.bytes(fate, length);
        stream.moveTo(stream.end() + length);
    }

    /** The other direction speaks: what was open has ended. */
    void turnEnds() {
        passOpen(stream.available());
        open = false;
        loseFraming();
        search.onlyAtCalls();
    }

    /** Gives out what is known of the current message. */
    void giveSoFar() {
        result.restart();
        parser.soFar(result);
        Message message = result.message();
        if (message != null) {
            books.parsed();
            messages.message(timeline.place(message, result.key(), stream.position(), stream.end(), true));
            current.giveOut();
        }
    }

    /** What is buffered and what comes is of another protocol, which is not read. */
    void passOn() {
        handedOn = true;
        account.bytes(Fate.UPGRADED, stream.available());
        stream.moveTo(stream.end());
    }

    /**
     * The direction has ended where the stream stands.
     *
     * @param inOrder it was seen to end
     * @param seen nothing up to there is missing
     * @param whole that is the end of what is delimited by it
     */
    void ended(boolean inOrder, boolean seen, boolean whole) {
        boolean endCompletes = whole && passOver == ParseResult.UNTIL_END;
        boolean allSeen = seen && !open && !current.isIncomplete();
        reportStructureOfCut();
        if (open) {
            passOpen(stream.available());
            open = false;
        }
        if (inOrder) {
            result.restart();
            parser.ended(result);
        } else {
            askLost();
        }
        if (result.kind() == ParseResult.Kind.SKIPPED) {
            askLost();
        }
        long at = stream.position();
        consumeParsed(result.length());
        Message cut = result.kind() == ParseResult.Kind.MESSAGE && allSeen && !endCompletes ? result.message() : null;
        if (cut != null && !current.isGivenOut()) {
            books.parsed();
            messages.cut(timeline.place(cut, result.key(), at, stream.position(), true));
        } else {
            giveCurrentMessage(at, !endCompletes);
        }
        passOver = 0;
        unparsed(Unparsed.ENDED.label(), stream.available());
        stream.moveTo(stream.end());
    }

    /** Ends the direction without the parser, which has thrown: what is buffered is lost. */
    void breakOff() {
        unparsed(Unparsed.FAILURE.label(), stream.available());
        stream.moveTo(stream.end());
    }

    private void readOn() {
        while (!handedOn) {
            if (open && !endsOpen()) {
                return;
            }
            if (passOver > 0 && !passOverBuffered()) {
                return;
            }
            if (stream.isEmpty() && !bodyEnded) {
                return;
            }
            boolean afterBody = bodyEnded;
            bodyEnded = false;
            if (search.isOn() && !afterBody && !findNext()) {
                return;
            }
            long at = stream.position();
            result.restart();
            parser.parse(stream.view(), result);
            reportStructure();
            switch (result.kind()) {
                case NEED_MORE -> {
                    mark(at);
                    return;
                }
                case SKIPPED -> skipped(at);
                case MESSAGE -> message(at, afterBody);
                case INVALID -> invalid(result.reason());
                case UPGRADED -> upgraded(at);
            }
        }
    }

    /** Notes where messages begin and which are over, of a result that gives none; the view began {@code at}. */
    private void mark(long at) {
        if (result.beginning() != ParseResult.NOWHERE) {
            timeline.begin(result.key(), at + result.beginning());
        } else if (result.isOver()) {
            timeline.end(result.key());
        }
    }

    /** Reports the structure of an unfinished message. */
    void reportStructureSoFar() {
        if (askStructureSoFar()) {
            reportStructure(stream.available());
        }
    }

    /** The same where no more will come: if the parser knows nothing of it, it stays unknown. */
    private void reportStructureOfCut() {
        SpanList reported = spans;
        if (askStructureSoFar() && reported != null && reported.count() > 0) {
            reportStructure(stream.available());
        }
    }

    private boolean askStructureSoFar() {
        if (spans == null || stream.isEmpty() || open || passOver > 0) {
            return false;
        }
        result.restart();
        // What is found after a loss is no message for certain before it has ended.
        if (!search.isOn()) {
            parser.structureSoFar(stream.view(), result);
        }
        return true;
    }

    private void reportStructure() {
        if (result.kind() != ParseResult.Kind.NEED_MORE && result.kind() != ParseResult.Kind.INVALID) {
            reportStructure(result.length());
        }
    }

    /** Of so many bytes at the current position. */
    private void reportStructure(int length) {
        SpanList reported = spans;
        if (reported == null || length == 0) {
            return;
        }
        long position = stream.position();
        messages.understood(position, position + length);
        for (int i = 0; i < reported.count() && reported.from(i) < length; i++) {
            messages.structure(position + reported.from(i), position + Math.min(reported.to(i), length));
        }
    }

    /**
     * Of {@code count} buffered bytes that are no message: the end of a line at their end is structure, as a message
     * may be found by what comes before it.
     */
    private void reportLineEnd(int count) {
        if (spans == null) {
            return;
        }
        ByteView skipped = stream.view(count);
        int from = count;
        while (from > Math.max(0, count - 2) && isLineEnd(skipped.byteAt(from - 1))) {
            from--;
        }
        if (from < count) {
            messages.structure(stream.position() + from, stream.position() + count);
        }
    }

    private static boolean isLineEnd(byte b) {
        return b == '\r' || b == '\n';
    }

    /** Passes over what is here of an open message; true if its end is among it. */
    private boolean endsOpen() {
        if (stream.isEmpty()) {
            return false;
        }
        int end = parser.provenEnd(stream.view());
        if (end > 0 && spans != null) {
            result.restart();
            parser.structureOfEnd(stream.view(), end, result);
            reportStructure(end);
        }
        passOpen(end < 0 ? stream.available() : end);
        if (end < 0) {
            return false;
        }
        open = false;
        askLost();
        giveCurrentMessage(stream.position(), false);
        return true;
    }

    private void passOpen(int count) {
        if (count > 0) {
            if (spans != null) {
                // what was structure of an earlier view is none of this one's
                result.restart();
            }
            parser.passed(stream.view(count), result);
            stream.consume(count);
            account.bytes(Fate.PASSED_OVER, count);
        }
    }

    /** Passes over what is here of a body; true once its end is reached. */
    private boolean passOverBuffered() {
        int count = (int) Math.min(passOver, stream.available());
        if (count > 0) {
            if (spans != null) {
                result.restart();
            }
            parser.passed(stream.view(count), result);
            reportStructure(count);
            stream.consume(count);
            account.bytes(Fate.PASSED_OVER, count);
            shortenBody(count);
        }
        return passOver == 0;
    }

    private void shortenBody(long count) {
        if (passOver != ParseResult.UNTIL_END) {
            passOver -= count;
            bodyEnded = passOver == 0;
        }
    }

    private void message(long at, boolean afterBody) {
        boolean inPlace = result.length() == 0 && !afterBody;
        if (inPlace && endedInPlace) {
            invalid(Unparsed.NO_PROGRESS.label());
            return;
        }
        endedInPlace = inPlace;
        consumeParsed(result.length());
        give(at, current.isIncomplete());
    }

    private void skipped(long at) {
        if (result.length() == 0 && result.passOver() == 0) {
            invalid(Unparsed.NO_PROGRESS.label());
            return;
        }
        endedInPlace = false;
        mark(at);
        consumeParsed(result.length());
        open = result.passOver() == ParseResult.UNTIL_NEXT;
        passOver = open ? 0 : result.passOver();
        passOverKey = result.key();
        foundAgain();
        if (passOver - stream.available() >= PASS_OVER_LEAST
                && passOver != ParseResult.UNTIL_END
                && !found
                && !result.isPassOverWanted()) {
            messages.passesOver(stream.position() + passOver);
        }
    }

    private void invalid(String reason) {
        if (stream.isEmpty()) {
            search.begin();
            return;
        }
        if (!search.isOn()) {
            timeline.missesAny();
            messages.lost();
        }
        search.begin();
        current.nothingMissing();
        current.forget();
        timeline.end(result.key());
        unparsed(reason, 1);
        reportLineEnd(1);
        stream.consume(1);
    }

    private void upgraded(long at) {
        consumeParsed(result.length());
        if (result.message() != null) {
            give(at, current.isIncomplete());
        }
        handedOn = true;
        if (!messages.upgraded(result.upgradedTo())) {
            passOn();
        }
    }

    /** Framing stands again. */
    private void foundAgain() {
        found |= search.isOn();
        if (search.end()) {
            messages.lost();
        }
    }

    /** Moves to the next plausible beginning; false if there is none here. */
    private boolean findNext() {
        int skip = Math.min(parser.resync(stream.view(), 0), stream.available());
        if (search.isOnlyAtCalls() && skip > 0) {
            int rest = stream.available();
            stream.consume(rest);
            account.bytes(Fate.PASSED_OVER, rest);
            return false;
        }
        unparsed(Unparsed.RESYNC.label(), skip);
        reportLineEnd(skip);
        stream.consume(skip);
        return !stream.isEmpty();
    }

    private void askLost() {
        result.restart();
        parser.lost(result);
    }

    private void loseFraming() {
        askLost();
        if (result.kind() == ParseResult.Kind.SKIPPED) {
            askLost();
        }
        framingLost();
    }

    /** After the parser has been asked. */
    private void framingLost() {
        giveCurrentMessage(stream.position(), true);
        current.forget();
        open = false;
        passOver = 0;
        bodyEnded = false;
        search.restart();
        timeline.missesAny();
        messages.lost();
    }

    /** Gives what the parser has said of a loss or an end; {@code at} is where the message begins if it has no mark. */
    private void giveCurrentMessage(long at, boolean cut) {
        if (result.kind() == ParseResult.Kind.MESSAGE) {
            give(at, current.isIncomplete() || cut);
        } else {
            timeline.end(result.key());
        }
        current.nothingMissing();
    }

    private void consumeParsed(int length) {
        stream.consume(length);
        account.bytes(Fate.PARSED, length);
    }

    private void unparsed(String reason, long count) {
        account.unparsed(protocol, reason, count);
        unparsedInARow += count;
        if (count > 0) {
            search.skipped();
        }
    }

    /** Gives the message of the result, which ends at the current position. */
    private void give(long at, boolean truncated) {
        Message message = result.message();
        if (message == null) {
            throw new IllegalStateException(protocol + " parser: a message result without its message");
        }
        boolean known = current.isGivenOut();
        boolean beganHere = result.beginning() != ParseResult.NOWHERE;
        if (beganHere) {
            timeline.end(result.key());
        }
        FramedMessage framed = timeline.place(
                message, result.key(), beganHere ? at + result.beginning() : at, stream.position(), truncated);
        timeline.end(result.key());
        current.nothingMissing();
        current.forget();
        unparsedInARow = 0;
        foundAgain();
        found = false;
        if (!known) {
            books.parsed();
            messages.message(framed);
        }
    }
}
