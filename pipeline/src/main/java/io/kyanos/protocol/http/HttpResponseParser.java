package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.streamed.StreamedType;
import io.kyanos.protocol.web.HttpMethod;
import io.kyanos.protocol.web.Octets;
import io.kyanos.protocol.web.StatusCode;
import io.kyanos.record.Details;
import io.kyanos.record.StreamedEvents;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses what the server sends (RFC 9112 sections 4 and 6), framed by the request that it answers. Holds the state of at
 * most one response; not thread-safe. Interim responses are passed over and belong to no message.
 */
final class HttpResponseParser implements Parser {

    /** HTTP/2 in clear text. */
    static final String H2C = "h2c";

    /** What both directions speak from now on: a closed set, with {@link ParseResult#TUNNEL}. */
    private static final List<String> KNOWN_UPGRADES = List.of("websocket", H2C, "tls");

    private static final String OTHER = "other";

    private final HttpConversation conversation;
    private final Detail detail;
    private final HttpMessages messages;
    private final HttpHead head = new HttpHead();
    private final StatusLine line = new StatusLine();
    private final Body body = new Body();

    /** Nothing is known of the bytes before, so only common forms are taken for a response. */
    private boolean strict;

    private boolean inHand;

    /** The head of the current response is too long to be held, and goes on. */
    private boolean headGoesOn;

    /** The method of the request that the current response answers; null if it is not known. */
    private @Nullable HttpMethod awaited;

    /** Whether the current response has a body depends on its request, which was not seen. */
    private boolean undecided;

    private @Nullable String broken;

    private int code;
    private boolean isOldVersion;
    private @Nullable StreamedType streamed;
    private @Nullable HttpAttributes attributes;
    private @Nullable MessageText text;

    HttpResponseParser(HttpConversation conversation, Detail detail, HttpMessages messages) {
        this.conversation = conversation;
        this.detail = detail;
        this.messages = messages;
        head.restart();
    }

    @Override
    public void parse(ByteView view, ParseResult result) {
        body.reportStructureTo(result.wantsStructure() ? result : null);
        body.markIn(result);
        if (headGoesOn) {
            readOn(view, result);
            return;
        }
        if (undecided) {
            decide(view, result);
            return;
        }
        if (inHand) {
            proceed(body.read(view), result);
            return;
        }
        String upgradedTo = conversation.upgradedTo();
        if (upgradedTo != null) {
            result.upgraded(null, 0, upgradedTo);
            return;
        }
        int empty = HttpRequestParser.emptyLines(view);
        if (empty > 0) {
            result.structure(0, empty);
            result.skipped(empty, 0);
        } else if (view.isEmpty() || (view.length() == 1 && view.byteAt(0) == Octets.CR)) {
            result.needMore();
        } else {
            parseHead(view, result);
        }
    }

    @Override
    public void passed(ByteView bytes, ParseResult result) {
        body.markIn(result);
        body.passed(bytes);
    }

    @Override
    public void missed(long bytes) {
        body.missed(bytes);
    }

    @Override
    public void lost(ParseResult result) {
        endLongHead();
        if (inHand && body.opens()) {
            result.skipped(0, ParseResult.UNTIL_NEXT);
            return;
        }
        if (inHand) {
            body.cut();
            result.message(finish(), 0);
        } else {
            result.invalid(Reason.CUT_SHORT);
        }
        strict = true;
        broken = null;
        head.restart();
    }

    /** Completes a response that lasts until the connection closes; cuts any other. */
    @Override
    public void ended(ParseResult result) {
        endLongHead();
        body.closes();
        lost(result);
    }

    @Override
    public int resync(ByteView view, int from) {
        strict = true;
        broken = null;
        head.restart();
        int at = from;
        while (at < view.length() && StartLine.response(view, at) == StartLine.Verdict.NO) {
            at++;
        }
        return at;
    }

    @Override
    public void structureSoFar(ByteView view, ParseResult result) {
        if (inHand) {
            if (!headGoesOn) {
                body.structureSoFar(view, result);
            }
        } else if (head.startLineEnd() >= 0) {
            reportStructure(view, head.linesEnd(), result);
        } else {
            HeadStructure.ofStatusLineSoFar(view, result);
        }
    }

    @Override
    public boolean isInMessage() {
        return inHand;
    }

    @Override
    public void soFar(ParseResult result) {
        if (inHand) {
            StreamedEvents events = body.events();
            result.message(message(body.bytesSoFar(), events == null ? null : events.soFar()), 0);
        } else {
            result.invalid(Reason.CUT_SHORT);
        }
    }

    @Override
    public int provenEnd(ByteView view) {
        return body.provenEnd(view, true);
    }

    @Override
    public void structureOfEnd(ByteView view, int end, ParseResult result) {
        result.structure(Math.max(0, end - Body.LAST_CHUNK_BYTES), end);
    }

    private void parseHead(ByteView view, ParseResult result) {
        result.begins(0);
        StartLine.Verdict verdict = strict ? StartLine.response(view, 0) : StartLine.anyResponse(view, 0);
        if (verdict == StartLine.Verdict.NO) {
            invalid(broken != null ? broken : Reason.START_LINE, result);
            return;
        }
        int end = head.end(view);
        boolean isLong = end < 0 && head.isTooLong(view);
        if ((isLong || head.startLineEnd() >= 0) && !line.read(view, 0, lineEnd(view))) {
            invalid(Reason.START_LINE, result);
        } else if (end >= 0) {
            head.readFields(view, end);
            takeWhole(view, end, result);
        } else if (isLong) {
            takeBeginning(view, result);
        } else {
            result.needMore();
        }
    }

    /** Where the status line ends, or what is held of it. */
    private int lineEnd(ByteView view) {
        return head.startLineEnd() < 0 ? HttpHead.MAX_HEAD_BYTES : head.startLineTextEnd(view);
    }

    private void takeWhole(ByteView view, int end, ParseResult result) {
        strict = false;
        broken = null;
        reportStructure(view, end, result);
        if (StatusCode.isInterim(line.code(view))) {
            head.restart();
            result.skipped(end, 0);
            return;
        }
        take(view, end);
        result.begins(0);
        endHead(view, end, end, result);
    }

    /** Takes a response whose head is too long to be held. */
    private void takeBeginning(ByteView view, ParseResult result) {
        if (StatusCode.isInterim(line.code(view))) {
            invalid(Reason.HEAD_TOO_LONG, result);
            return;
        }
        strict = false;
        broken = null;
        int end = head.readBeginning(view);
        reportStructure(view, end, result);
        take(view, end);
        result.begins(0);
        malformed(Malformed.HEAD_TOO_LONG);
        headGoesOn = true;
        body.startOfLength(0, text);
        body.headOnly(end);
        result.skipped(end, 0);
    }

    private void readOn(ByteView view, ParseResult result) {
        boolean insideLine = head.isInsideLine();
        int read = head.readOn(view);
        if (result.wantsStructure()) {
            HeadStructure.ofLongHead(view, read, insideLine, result);
        }
        if (head.hasLongEnded()) {
            headGoesOn = false;
            endHead(view, read, head.longBytes(), result);
        } else if (read > 0) {
            body.headOnly(read);
            result.skipped(read, 0);
        } else {
            result.needMore();
        }
    }

    private void reportStructure(ByteView view, int end, ParseResult result) {
        if (result.wantsStructure()) {
            boolean isWhole = head.startLineEnd() >= 0;
            int lineEnd = isWhole ? head.startLineEnd() + 1 : end;
            HeadStructure.ofStatusLine(line, isWhole ? head.startLineTextEnd(view) : end, lineEnd, result);
            HeadStructure.ofLines(view, lineEnd, end, result);
        }
    }

    private void take(ByteView view, int end) {
        inHand = true;
        awaited = conversation.awaitedMethod();
        code = line.code(view);
        isOldVersion = line.isOldVersion(view);
        streamed = head.streamedType(view);
        text = detail.text() ? new MessageText(view, end, head, detail) : null;
        if (detail.attributes()) {
            attributes = attributes(view, end);
        }
    }

    /** The head has ended; {@code inView} of its {@code headBytes} are in the view. */
    private void endHead(ByteView view, int inView, long headBytes, ParseResult result) {
        boolean switching = code == StatusCode.SWITCHING_PROTOCOLS;
        if (switching || (awaited == HttpMethod.CONNECT && StatusCode.isSuccess(code))) {
            String protocol = !switching ? ParseResult.TUNNEL : headBytes > inView ? OTHER : upgradedTo(view);
            body.startOfLength(0, text);
            body.headOnly(headBytes);
            conversation.upgrade(protocol);
            head.restart();
            result.upgraded(finish(), inView, protocol);
            return;
        }
        startBody();
        head.restart();
        if (awaited == null && body.isExpected()) {
            undecided = true;
            body.headOnly(headBytes);
            result.skipped(inView, 0);
            return;
        }
        body.headOnly(headBytes - inView);
        proceed(body.readAfterHead(view, inView), result);
    }

    /** If another response follows its head at once, this one answered a HEAD. */
    private void decide(ByteView view, ParseResult result) {
        StartLine.Verdict next = view.isEmpty() ? StartLine.Verdict.PARTLY : StartLine.response(view, 0);
        switch (next) {
            case PARTLY -> result.needMore();
            case YES -> result.message(finish(), 0);
            case NO -> {
                undecided = false;
                proceed(body.readAfterHead(view, 0), result);
            }
        }
    }

    /** No more comes of a head that is too long to be held. */
    private void endLongHead() {
        if (headGoesOn) {
            headGoesOn = false;
            startBody();
            body.headOnly(head.longBytes());
        }
    }

    /** RFC 9112 section 6.3, in its order. */
    private void startBody() {
        if (awaited == HttpMethod.HEAD || code == StatusCode.NO_CONTENT || code == StatusCode.NOT_MODIFIED) {
            body.startOfLength(0, text);
        } else if (head.isChunked()) {
            body.startChunked(text, attributes);
        } else if (!head.hasTransferEncoding() && head.contentLength() >= 0) {
            body.startOfLength(head.contentLength(), text);
        } else if (awaited == null && !head.hasTransferEncoding() && !head.hasContentLength() && !closes()) {
            // Without its request this is more likely the answer to a HEAD than a body that ends the connection, and a
            // wrong guess costs a search for the next status line instead of all that is still to come.
            body.startOfLength(0, text);
        } else {
            body.startUntilEnd(text);
        }
        if (streamed != null) {
            body.scan(streamed);
        }
        if (head.isLengthUnknown() || (head.hasTransferEncoding() && head.hasContentLength())) {
            malformed(Malformed.CONTENT_LENGTH);
        }
    }

    private boolean closes() {
        return head.closes() || isOldVersion;
    }

    private void malformed(Malformed what) {
        if (attributes != null) {
            attributes.malformed(what);
        }
    }

    private void proceed(Body.Progress progress, ParseResult result) {
        switch (progress) {
            case ENDED -> {
                int length = body.length();
                result.message(finish(), length);
            }
            case GOES_ON -> {
                if (streamed != null) {
                    result.wantPassOver();
                }
                result.skipped(body.length(), body.passOver());
            }
            case MORE_NEEDED -> result.needMore();
            case BROKEN -> {
                if (awaited != null) {
                    malformed(Malformed.CHUNK);
                    body.breaks();
                    result.skipped(0, ParseResult.UNTIL_NEXT);
                    return;
                }
                // The response is given out first. What is here may be the next one: if this one answered a HEAD whose
                // request was not seen, its fields spoke of a body that never came.
                result.message(finish(), 0);
                broken = body.reason();
                strict = true;
            }
        }
    }

    private HttpMessage message(long wireBytes, @Nullable StreamedEvents events) {
        if (text != null || attributes != null) {
            return HttpMessage.response(code, wireBytes, HttpAttributes.details("", attributes, text), events);
        }
        return events == null
                ? messages.response(code, wireBytes)
                : HttpMessage.response(code, wireBytes, Details.NONE, events);
    }

    private HttpMessage finish() {
        HttpMessage response = message(body.wireBytes(), body.takeEvents());
        inHand = false;
        undecided = false;
        streamed = null;
        attributes = null;
        text = null;
        return response;
    }

    private void invalid(String reason, ParseResult result) {
        strict = true;
        broken = null;
        head.restart();
        result.invalid(reason);
    }

    /** A name from a closed set for the first protocol of the Upgrade field (RFC 9110 section 7.8). */
    private String upgradedTo(ByteView view) {
        if (head.upgradeFrom() < 0) {
            return OTHER;
        }
        int from = head.upgradeFrom();
        int to = from;
        while (to < head.upgradeTo() && Octets.isToken(view.byteAt(to))) {
            to++;
        }
        for (String known : KNOWN_UPGRADES) {
            if (Octets.equalsIgnoringCase(view, from, to, known)) {
                return known;
            }
        }
        return OTHER;
    }

    private HttpAttributes attributes(ByteView view, int end) {
        HttpAttributes found = new HttpAttributes(detail, false);
        String reason = line.reason(view, lineEnd(view));
        if (!reason.isEmpty()) {
            found.addOfLine(HttpAttribute.REASON, reason);
        }
        found.addOfLine(HttpAttribute.VERSION, line.version(view));
        if (!line.isWellFormed(view, lineEnd(view))) {
            found.malformed(Malformed.START_LINE);
        }
        if (!line.isKnownVersion(view)) {
            found.malformed(Malformed.VERSION);
        }
        if (isOldVersion && head.hasTransferEncoding()) {
            found.malformed(Malformed.TRANSFER_ENCODING);
        }
        head.eachField(view, end, found);
        return found;
    }
}
