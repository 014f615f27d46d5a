package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses what the server sends (RFC 9112 sections 4 and 6), framed by the request that it answers. Holds the state of at
 * most one response; not thread-safe. Interim responses are passed over and belong to no message.
 */
final class HttpResponseParser implements Parser {

    private static final int CODE_OFFSET = "HTTP/1.1 ".length();

    /** What both directions speak from now on: a closed set, with {@link ParseResult#TUNNEL}. */
    private static final List<String> KNOWN_UPGRADES = List.of("websocket", "h2c", "tls");

    private static final String OTHER = "other";

    private final HttpConversation conversation;
    private final Detail detail;
    private final HttpMessages messages;
    private final HttpHead head = new HttpHead();
    private final Body body = new Body();

    private boolean inHand;

    /** Whether the response in hand has a body depends on its request, which was not seen. */
    private boolean undecided;

    private @Nullable String broken;

    private int code;
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
            result.skipped(empty, 0);
        } else if (view.isEmpty() || (view.length() == 1 && view.byteAt(0) == Octets.CR)) {
            result.needMore();
        } else {
            parseHead(view, result);
        }
    }

    @Override
    public void passed(ByteView bytes) {
        body.passed(bytes);
    }

    @Override
    public void missed(long bytes) {
        body.missed(bytes);
    }

    @Override
    public void lost(ParseResult result) {
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
        broken = null;
        head.restart();
    }

    /** Completes a response that lasts until the connection closes; cuts any other. */
    @Override
    public void ended(ParseResult result) {
        body.closes();
        lost(result);
    }

    @Override
    public int resync(ByteView view, int from) {
        broken = null;
        head.restart();
        int at = from;
        while (at < view.length() && StartLine.response(view, at) == StartLine.Verdict.NO) {
            at++;
        }
        return at;
    }

    @Override
    public boolean isInHand() {
        return inHand;
    }

    @Override
    public void soFar(ParseResult result) {
        if (inHand) {
            result.message(message(body.bytesSoFar()), 0);
        } else {
            result.invalid(Reason.CUT_SHORT);
        }
    }

    @Override
    public int provenEnd(ByteView view) {
        return body.provenEnd(view, true);
    }

    private void parseHead(ByteView view, ParseResult result) {
        if (StartLine.response(view, 0) == StartLine.Verdict.NO) {
            invalid(broken != null ? broken : Reason.START_LINE, result);
            return;
        }
        int end = head.end(view);
        if (end < 0) {
            if (view.length() >= HttpHead.MAX_HEAD_BYTES) {
                invalid(Reason.HEAD_TOO_LONG, result);
            } else {
                result.needMore();
            }
            return;
        }
        if (head.startLineEnd() < CODE_OFFSET + 3) {
            invalid(Reason.START_LINE, result);
            return;
        }
        String reason = head.readFields(view, end);
        if (reason != null) {
            invalid(reason, result);
            return;
        }
        code = (view.byteAt(CODE_OFFSET) - '0') * 100
                + (view.byteAt(CODE_OFFSET + 1) - '0') * 10
                + (view.byteAt(CODE_OFFSET + 2) - '0');
        broken = null;
        if (StatusCode.isInterim(code)) {
            head.restart();
            result.skipped(end, 0);
            return;
        }
        take(view, end, result);
    }

    private void take(ByteView view, int end, ParseResult result) {
        inHand = true;
        text = detail.text() ? new MessageText(view, end, head, detail) : null;
        if (detail.attributes()) {
            attributes = attributes(view, end);
        }
        HttpMethod awaited = conversation.awaitedMethod();
        boolean switching = code == StatusCode.SWITCHING_PROTOCOLS;
        if (switching || (awaited == HttpMethod.CONNECT && StatusCode.isSuccess(code))) {
            String protocol = switching ? upgradedTo(view) : ParseResult.TUNNEL;
            body.startOfLength(0, text);
            body.readAfterHead(view, end);
            conversation.upgrade(protocol);
            head.restart();
            result.upgraded(finish(), end, protocol);
            return;
        }
        startBody(view, awaited);
        head.restart();
        if (awaited == null && body.isExpected()) {
            undecided = true;
            body.headOnly(end);
            result.skipped(end, 0);
            return;
        }
        proceed(body.readAfterHead(view, end), result);
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

    /** RFC 9112 section 6.3, in its order. */
    private void startBody(ByteView view, @Nullable HttpMethod awaited) {
        if (awaited == HttpMethod.HEAD || code == StatusCode.NO_CONTENT || code == StatusCode.NOT_MODIFIED) {
            body.startOfLength(0, text);
        } else if (head.isChunked()) {
            body.startChunked(text, attributes);
        } else if (!head.hasTransferEncoding() && head.contentLength() >= 0) {
            body.startOfLength(head.contentLength(), text);
        } else if (awaited == null && !head.hasTransferEncoding() && !closes(view)) {
            // Without its request this is more likely the answer to a HEAD than a body that ends the connection, and a
            // wrong guess costs a search for the next status line instead of all that is still to come.
            body.startOfLength(0, text);
        } else {
            body.startUntilEnd(text);
        }
    }

    private boolean closes(ByteView view) {
        return head.closes() || view.byteAt(CODE_OFFSET - 2) == '0';
    }

    private void proceed(Body.Progress progress, ParseResult result) {
        switch (progress) {
            case ENDED -> {
                int length = body.length();
                result.message(finish(), length);
            }
            case GOES_ON -> result.skipped(body.length(), body.passOver());
            case MORE_NEEDED -> result.needMore();
            case BROKEN -> {
                // The response is given out first. What is here may be the next one: if this one answered a HEAD whose
                // request was not seen, its fields spoke of a body that never came.
                result.message(finish(), 0);
                broken = body.reason();
            }
        }
    }

    private HttpMessage message(long wireBytes) {
        return text == null && attributes == null
                ? messages.response(code, wireBytes)
                : HttpMessage.response(
                        code,
                        wireBytes,
                        attributes == null ? HttpMessage.NO_ATTRIBUTES : attributes.toArray(),
                        text == null ? "" : text.text());
    }

    private HttpMessage finish() {
        HttpMessage response = message(body.wireBytes());
        inHand = false;
        undecided = false;
        attributes = null;
        text = null;
        return response;
    }

    private void invalid(String reason, ParseResult result) {
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
        int reasonFrom = CODE_OFFSET + 4;
        int reasonTo = head.startLineTextEnd(view);
        if (reasonTo > reasonFrom) {
            found.addOfLine("reason", SafeText.line(view.utf8(reasonFrom, reasonTo)));
        }
        found.addOfLine("version", view.latin1(CODE_OFFSET - 4, CODE_OFFSET - 1));
        head.eachField(view, end, found);
        return found;
    }
}
