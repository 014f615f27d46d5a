package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.streamed.EventScanner;
import io.kyanos.protocol.streamed.StreamedType;
import io.kyanos.protocol.web.Octets;
import io.kyanos.record.StreamedEvents;
import org.jspecify.annotations.Nullable;

/**
 * Follows the body of the current message to its end (RFC 9112 sections 6 and 7) and counts the message's bytes. Content
 * is passed over, never kept. Reused for every message of one direction; not thread-safe.
 */
final class Body {

    static final int MAX_CHUNK_LINE_BYTES = 16 * 1024;
    static final int MAX_TRAILER_BYTES = HttpHead.MAX_HEAD_BYTES;

    private static final int INCOMPLETE = -1;
    private static final int BROKEN = -2;

    private static final int UNKNOWN = -1;

    /** RFC 9112 section 7.1: the last chunk, without trailers, and the line end that ends the chunk before it. */
    private static final byte[] LAST_CHUNK = {'\r', '\n', '0', '\r', '\n', '\r', '\n'};

    static final int LAST_CHUNK_BYTES = LAST_CHUNK.length;

    /** What {@link #read} came to. */
    enum Progress {
        /** The message ends after {@link #length()} bytes. */
        ENDED,
        /** {@link #length()} bytes are read and {@link #passOver()} bytes follow that need not be looked at. */
        GOES_ON,
        MORE_NEEDED,
        /** The bytes cannot follow; {@link #reason()} says why. */
        BROKEN
    }

    private enum State {
        NO_BODY,
        LENGTH_GIVEN,
        UNTIL_END,
        /** Chunked, of which a chunk's line was not seen. */
        OPEN,
        CHUNK_LINE,
        CHUNK_END,
        TRAILERS
    }

    private State state = State.NO_BODY;
    private @Nullable ParseResult structure;
    private @Nullable ParseResult marks;
    private @Nullable EventScanner events;
    private @Nullable MessageText text;
    private @Nullable HttpAttributes attributes;

    /** Bytes of the message before the current position, its head included. */
    private long wireBytes;

    /** The pass-over in progress, and how much of it is known to be done. */
    private long passing;

    private long passed;
    private int trailerBytes;
    private boolean isBroken;

    /** The two bytes before the current position of an {@link State#OPEN} body, {@link #UNKNOWN} where they were not seen. */
    private int beforePrevious;

    private int previous;

    private int length;
    private long passOver;
    private String reason = "";

    /** Where to report the structure of what is read from here on; null if it is not needed. */
    void reportStructureTo(@Nullable ParseResult result) {
        structure = result;
    }

    /** The result of the parser's current call, which takes the events of what is read from here on. */
    void markIn(ParseResult result) {
        marks = result;
    }

    /** The body that has begun is a stream of events; nothing happens if there is none. */
    void scan(StreamedType type) {
        if (state != State.NO_BODY) {
            events = type.newScanner();
        }
    }

    /** The events of a body that is a stream of them; else null. */
    @Nullable
    StreamedEvents events() {
        return events == null ? null : events.events();
    }

    /** Gives them away: the message has ended. */
    @Nullable
    StreamedEvents takeEvents() {
        StreamedEvents all = events();
        events = null;
        return all;
    }

    /** Begins a body of so many bytes, perhaps none. */
    void startOfLength(long bytes, @Nullable MessageText into) {
        start(bytes == 0 ? State.NO_BODY : State.LENGTH_GIVEN, into);
        passing = bytes;
    }

    /** @param trailersInto takes the fields of the trailers, which framing does not look at */
    void startChunked(@Nullable MessageText into, @Nullable HttpAttributes trailersInto) {
        start(State.CHUNK_LINE, into);
        attributes = trailersInto;
    }

    void startUntilEnd(@Nullable MessageText into) {
        start(State.UNTIL_END, into);
    }

    /** Reads on after a head of {@code headLength} bytes that begins at the view's start. */
    Progress readAfterHead(ByteView view, int headLength) {
        return switch (state) {
            case NO_BODY -> ended(headLength);
            case UNTIL_END, OPEN -> goOn(headLength, ParseResult.UNTIL_END);
            case LENGTH_GIVEN -> content(view, headLength);
            case CHUNK_LINE, CHUNK_END, TRAILERS -> chunks(view, headLength);
        };
    }

    /** Reads on at the view's start, after what was passed over. */
    Progress read(ByteView view) {
        if (state == State.UNTIL_END) {
            cut();
            capture(view, 0, view.length());
            return goOn(view.length(), ParseResult.UNTIL_END);
        }
        wireBytes += passing;
        passing = 0;
        passed = 0;
        return state == State.LENGTH_GIVEN ? ended(0) : chunks(view, 0);
    }

    /** Reports the structure of what is incomplete: a chunk's size, or the first byte of a line end. */
    void structureSoFar(ByteView view, ParseResult result) {
        int at = 0;
        if (state == State.CHUNK_LINE) {
            while (at < view.length() && Octets.hexValue(view.byteAt(at)) >= 0) {
                at++;
            }
        } else if (state == State.CHUNK_END && !view.isEmpty() && view.byteAt(0) == Octets.CR) {
            at = 1;
        }
        result.structure(0, at);
    }

    void passed(ByteView bytes) {
        capture(bytes, 0, bytes.length());
        advance(bytes.length());
        if (state == State.OPEN && !bytes.isEmpty()) {
            int last = bytes.length() - 1;
            beforePrevious = last > 0 ? bytes.byteAt(last - 1) : previous;
            previous = bytes.byteAt(last);
        }
    }

    void missed(long bytes) {
        if (events != null) {
            events.missed();
        }
        if (text != null && state != State.OPEN) {
            text.missed(Math.min(bytes, passing - passed));
        }
        advance(bytes);
        beforePrevious = UNKNOWN;
        previous = UNKNOWN;
    }

    /** Bytes of the message that have come, those of a pass-over included. */
    long bytesSoFar() {
        return wireBytes + passed;
    }

    /**
     * The index in the view at which a chunked body, whose chunks' lines were not all seen, ends for certain: after a last
     * chunk with which a call ends, or that another message follows at once. -1 if there is none.
     *
     * @param view captured bytes from the current position to the end of a call
     */
    int provenEnd(ByteView view, boolean ofResponse) {
        if (isBroken) {
            return -1;
        }
        int lastChunk = LAST_CHUNK.length - 2;
        if (view.length() == lastChunk
                && matches(view, 0, 2)
                && (previous == '\n' || previous == UNKNOWN)
                && (beforePrevious == '\r' || beforePrevious == UNKNOWN)) {
            return lastChunk;
        }
        int at = view.indexOf((byte) '0', 0, view.length());
        while (at >= 0) {
            int end = at - 2 + LAST_CHUNK.length;
            if (at >= 2 && end <= view.length() && matches(view, at - 2, 0) && isFollowed(view, end, ofResponse)) {
                return end;
            }
            at = view.indexOf((byte) '0', at + 1, view.length());
        }
        return -1;
    }

    private static boolean isFollowed(ByteView view, int end, boolean byResponse) {
        if (end == view.length()) {
            return true;
        }
        StartLine.Verdict next = byResponse ? StartLine.response(view, end) : StartLine.request(view, end);
        return next == StartLine.Verdict.YES;
    }

    private static boolean matches(ByteView view, int at, int from) {
        for (int i = from; i < LAST_CHUNK.length; i++) {
            if (view.byteAt(at + i - from) != LAST_CHUNK[i]) {
                return false;
            }
        }
        return true;
    }

    private void advance(long bytes) {
        passed = Math.min(passing, passed + bytes);
    }

    /** The message ends at the current position, which may lie within a pass-over. */
    void cut() {
        wireBytes += passed;
        passing = 0;
        passed = 0;
    }

    /**
     * Bytes that frame the body are missing. True, once, if it goes on without a known end; what is passed or
     * missed from now on belongs to it until it is {@link #cut}.
     */
    boolean opens() {
        if (state != State.CHUNK_LINE && state != State.CHUNK_END && state != State.TRAILERS) {
            return false;
        }
        cut();
        state = State.OPEN;
        beforePrevious = UNKNOWN;
        previous = UNKNOWN;
        if (text != null) {
            text.cutHere();
        }
        if (events != null) {
            events.missed();
        }
        passing = ParseResult.UNTIL_NEXT;
        return true;
    }

    /** What frames the body is not a chunk's line, so that nothing in it can show where it ends. */
    void breaks() {
        opens();
        isBroken = true;
    }

    /** Nothing of the body comes any more. */
    void closes() {
        if (state == State.CHUNK_LINE || state == State.CHUNK_END || state == State.TRAILERS) {
            cut();
            state = State.OPEN;
        } else if (state == State.UNTIL_END && events != null) {
            events.ended();
        }
    }

    /** Counts a head of so many bytes; what follows it is read later, at the start of a view. */
    void headOnly(long headLength) {
        wireBytes += headLength;
    }

    /** Whether a body of known extent follows the head. */
    boolean isExpected() {
        return state == State.LENGTH_GIVEN || state == State.CHUNK_LINE;
    }

    long wireBytes() {
        return wireBytes;
    }

    int length() {
        return length;
    }

    long passOver() {
        return passOver;
    }

    String reason() {
        return reason;
    }

    private void start(State newState, @Nullable MessageText into) {
        state = newState;
        text = into;
        events = null;
        attributes = null;
        wireBytes = 0;
        passing = 0;
        passed = 0;
        trailerBytes = 0;
        isBroken = false;
    }

    private Progress content(ByteView view, int from) {
        if (passing > view.length() - from) {
            return goOn(from, passing);
        }
        int end = from + (int) passing;
        capture(view, from, end);
        passing = 0;
        return ended(end);
    }

    private Progress chunks(ByteView view, int from) {
        int at = from;
        int total = view.length();
        while (true) {
            int next = switch (state) {
                case CHUNK_LINE -> chunkLine(view, at);
                case CHUNK_END -> chunkEnd(view, at);
                case TRAILERS -> trailer(view, at);
                case NO_BODY, LENGTH_GIVEN, UNTIL_END, OPEN -> throw new IllegalStateException("no chunks: " + state);
            };
            if (next < 0 && at > 0) {
                // What was read so far is right; the rest is looked at again from the next position.
                return goOn(at, 0);
            }
            if (next == BROKEN) {
                return Progress.BROKEN;
            }
            if (next == INCOMPLETE) {
                return Progress.MORE_NEEDED;
            }
            at = next;
            if (state == State.NO_BODY) {
                return ended(at);
            }
            if (passing > total - at) {
                return goOn(at, passing);
            }
            if (passing > 0) {
                capture(view, at, at + (int) passing);
                at += (int) passing;
                passing = 0;
            }
        }
    }

    /**
     * RFC 9112 section 7.1: size in hexadecimal digits, perhaps extensions, line end. A size between blanks counts whatever
     * follows it.
     */
    private int chunkLine(ByteView view, int from) {
        int total = Math.min(view.length(), from + MAX_CHUNK_LINE_BYTES);
        int incomplete = total == view.length() ? INCOMPLETE : broken(Reason.CHUNK);
        int digitsFrom = from;
        while (digitsFrom < total && Octets.isBlank(view.byteAt(digitsFrom))) {
            digitsFrom++;
        }
        long size = 0;
        int at = digitsFrom;
        while (at < total && Octets.hexValue(view.byteAt(at)) >= 0) {
            if (size > HttpHead.MAX_BODY_BYTES >> 4) {
                return broken(Reason.CHUNK);
            }
            size = (size << 4) | Octets.hexValue(view.byteAt(at));
            at++;
        }
        if (at == total) {
            return incomplete;
        }
        byte after = view.byteAt(at);
        if (at == digitsFrom || (after != ';' && !Octets.isBlankOrLineEnd(after))) {
            return broken(Reason.CHUNK);
        }
        int lineFeed = view.indexOf(Octets.LF, at, total);
        if (lineFeed < 0) {
            return incomplete;
        }
        if (structure != null) {
            HeadStructure.ofChunkLine(view, from, at, lineFeed, structure);
        }
        if (attributes != null && !isWellFormed(view, from, digitsFrom, at, lineFeed)) {
            attributes.malformed(Malformed.CHUNK);
        }
        passing = size;
        state = size == 0 ? State.TRAILERS : State.CHUNK_END;
        return lineFeed + 1;
    }

    /** Whether a chunk's line holds its size and extensions only, of which blanks are no error. */
    private static boolean isWellFormed(ByteView view, int from, int digitsFrom, int digitsTo, int lineFeed) {
        int to = lineFeed > digitsTo && view.byteAt(lineFeed - 1) == Octets.CR ? lineFeed - 1 : lineFeed;
        int at = digitsTo;
        while (at < to && Octets.isBlank(view.byteAt(at))) {
            at++;
        }
        return from == digitsFrom && (at == to || view.byteAt(at) == ';') && !Octets.holdsControl(view, at, to);
    }

    private int chunkEnd(ByteView view, int at) {
        int total = view.length();
        if (at == total) {
            return INCOMPLETE;
        }
        int lineFeed = view.byteAt(at) == Octets.CR ? at + 1 : at;
        if (lineFeed == total) {
            return INCOMPLETE;
        }
        if (view.byteAt(lineFeed) != Octets.LF) {
            return broken(Reason.CHUNK);
        }
        if (structure != null) {
            structure.structure(at, lineFeed + 1);
        }
        state = State.CHUNK_LINE;
        return lineFeed + 1;
    }

    /** RFC 9112 section 7.1.2: field lines up to an empty one. */
    private int trailer(ByteView view, int at) {
        int total = view.length();
        int lineFeed = view.indexOf(Octets.LF, at, total);
        int lineBytes = (lineFeed < 0 ? total : lineFeed + 1) - at;
        if (trailerBytes + lineBytes > MAX_TRAILER_BYTES) {
            return broken(Reason.TRAILERS);
        }
        if (lineFeed < 0) {
            return INCOMPLETE;
        }
        trailerBytes += lineBytes;
        if (structure != null) {
            HeadStructure.ofTrailer(view, at, lineFeed, structure);
        }
        if (HttpHead.isEmptyLine(view, at, lineFeed)) {
            state = State.NO_BODY;
        } else if (attributes != null) {
            HttpHead.visit(view, at, lineFeed, attributes);
        }
        return lineFeed + 1;
    }

    private int broken(String why) {
        reason = why;
        return BROKEN;
    }

    private Progress ended(int inView) {
        if (events != null) {
            events.ended();
        }
        wireBytes += inView;
        length = inView;
        return Progress.ENDED;
    }

    private Progress goOn(int inView, long toPassOver) {
        wireBytes += inView;
        length = inView;
        passOver = toPassOver;
        passing = toPassOver;
        return Progress.GOES_ON;
    }

    private void capture(ByteView view, int from, int to) {
        if (text != null && to > from && state != State.OPEN) {
            text.body(view, from, to);
        }
        if (events != null && marks != null && to > from) {
            readEvents(events, marks, view, from, to);
        }
    }

    private void readEvents(EventScanner into, ParseResult result, ByteView view, int from, int to) {
        if (state != State.OPEN) {
            into.read(view, from, to, result);
        } else if (!WholeChunks.read(view, into, result)) {
            into.missed();
        }
    }
}
