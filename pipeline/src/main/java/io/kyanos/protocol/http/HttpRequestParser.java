package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import org.jspecify.annotations.Nullable;

/**
 * Parses what the client sends (RFC 9112 sections 3 and 6). Holds the state of at most one request; not thread-safe.
 *
 * <p>In sequence any token is accepted as a method if the line ends in an HTTP/1 version. After a loss only well-known
 * methods are, so that the inside of a body is not taken for a request.
 */
final class HttpRequestParser implements Parser {

    private static final int MAX_METHOD_BYTES = 32;

    private final HttpConversation conversation;
    private final Detail detail;
    private final ServerRoutes routes;
    private final HttpMessages messages;
    private final HttpHead head = new HttpHead();
    private final Body body = new Body();
    private final RequestTarget target = new RequestTarget();

    private boolean strict;
    private boolean inHand;
    private @Nullable String broken;

    private HttpMethod method = HttpMethod.OTHER;
    private int methodEnd;
    private @Nullable String operation;

    /** What of the path decides on the operation once the answer is known; empty if it is decided. */
    private String undecidedPath = "";

    private String resource = "";
    private @Nullable HttpAttributes attributes;
    private @Nullable MessageText text;

    HttpRequestParser(HttpConversation conversation, Detail detail, ServerRoutes routes, HttpMessages messages) {
        this.conversation = conversation;
        this.detail = detail;
        this.routes = routes;
        this.messages = messages;
        head.restart();
    }

    @Override
    public void parse(ByteView view, ParseResult result) {
        if (inHand) {
            proceed(body.read(view), result);
            return;
        }
        String upgradedTo = conversation.upgradedTo();
        if (upgradedTo != null) {
            result.upgraded(null, 0, upgradedTo);
            return;
        }
        int empty = emptyLines(view);
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
        strict = true;
        broken = null;
        head.restart();
    }

    @Override
    public void ended(ParseResult result) {
        body.closes();
        lost(result);
    }

    @Override
    public int resync(ByteView view, int from) {
        strict = true;
        broken = null;
        head.restart();
        int at = from;
        while (at < view.length() && StartLine.request(view, at) == StartLine.Verdict.NO) {
            at++;
        }
        return at;
    }

    @Override
    public int provenEnd(ByteView view) {
        return body.provenEnd(view, false);
    }

    /** Whether a request's head was seen and its body goes on. */
    @Override
    public boolean isInHand() {
        return inHand;
    }

    /** The method of the request in hand. */
    HttpMethod method() {
        return method;
    }

    /** RFC 9112 section 2.2: empty lines before a request line are ignored. */
    static int emptyLines(ByteView view) {
        int at = 0;
        while (at < view.length()) {
            if (view.byteAt(at) == Octets.LF) {
                at++;
            } else if (view.byteAt(at) == Octets.CR && at + 1 < view.length() && view.byteAt(at + 1) == Octets.LF) {
                at += 2;
            } else {
                break;
            }
        }
        return at;
    }

    private void parseHead(ByteView view, ParseResult result) {
        StartLine.Verdict verdict = strict ? StartLine.request(view, 0) : beginning(view);
        if (verdict == StartLine.Verdict.NO) {
            invalid(broken != null ? broken : Reason.START_LINE, result);
            return;
        }
        int end = head.end(view);
        if (head.startLineEnd() >= 0 && !readStartLine(view)) {
            invalid(broken != null ? broken : Reason.START_LINE, result);
            return;
        }
        if (end < 0) {
            if (view.length() >= HttpHead.MAX_HEAD_BYTES) {
                invalid(Reason.HEAD_TOO_LONG, result);
            } else {
                result.needMore();
            }
            return;
        }
        String reason = head.readFields(view, end);
        if (reason == null && head.hasTransferEncoding() && !head.isChunked()) {
            // RFC 9112 section 6.3: the length of such a request cannot be told
            reason = Reason.TRANSFER_ENCODING;
        }
        if (reason != null) {
            invalid(reason, result);
            return;
        }
        take(view, end);
        proceed(body.readAfterHead(view, end), result);
    }

    /** Whether the view may begin with a method of any name. */
    private static StartLine.Verdict beginning(ByteView view) {
        int limit = Math.min(view.length(), MAX_METHOD_BYTES + 1);
        int at = 0;
        while (at < limit && Octets.isToken(view.byteAt(at))) {
            at++;
        }
        if (at == limit) {
            return limit <= MAX_METHOD_BYTES ? StartLine.Verdict.PARTLY : StartLine.Verdict.NO;
        }
        return at > 0 && view.byteAt(at) == Octets.SP ? StartLine.Verdict.YES : StartLine.Verdict.NO;
    }

    /** Method up to the first space, version after the last one, and a target without control characters between. */
    private boolean readStartLine(ByteView view) {
        int lineEnd = head.startLineTextEnd(view);
        methodEnd = view.indexOf(Octets.SP, 0, lineEnd);
        int targetEnd = lineEnd - "HTTP/1.1".length() - 1;
        if (methodEnd <= 0
                || targetEnd <= methodEnd + 1
                || view.byteAt(targetEnd) != Octets.SP
                || !StartLine.isVersion(view, targetEnd + 1, lineEnd)) {
            return false;
        }
        for (int i = methodEnd + 1; i < targetEnd; i++) {
            if (!Octets.isVisible(view.byteAt(i)) && view.byteAt(i) != Octets.SP) {
                return false;
            }
        }
        target.locate(view, methodEnd + 1, targetEnd);
        return true;
    }

    private void take(ByteView view, int end) {
        strict = false;
        broken = null;
        inHand = true;
        method = HttpMethod.of(view, 0, methodEnd);
        operation = routes.operation(method, view, target.pathFrom(), target.pathTo());
        undecidedPath = operation == null ? PathSegments.essence(view, target.pathFrom(), target.pathTo()) : "";
        text = detail.text() ? new MessageText(view, end, head, detail) : null;
        if (detail.attributes()) {
            attributes = attributes(view, end);
        }
        if (head.isChunked()) {
            body.startChunked(text, attributes);
        } else {
            body.startOfLength(Math.max(0, head.contentLength()), text);
        }
        head.restart();
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
                // The request is given out first; the bytes here are then looked at as a head, and found wrong.
                result.message(finish(), 0);
                broken = body.reason();
                strict = true;
            }
        }
    }

    private HttpMessage finish() {
        HttpMessage request = text == null && attributes == null && operation != null
                ? messages.request(method, operation, body.wireBytes())
                : HttpMessage.request(
                        method,
                        operation == null ? method.label() : operation,
                        undecidedPath,
                        resource,
                        body.wireBytes(),
                        attributes == null ? HttpMessage.NO_ATTRIBUTES : attributes.toArray(),
                        text == null ? "" : text.text());
        inHand = false;
        resource = "";
        attributes = null;
        text = null;
        return request;
    }

    private void invalid(String reason, ParseResult result) {
        strict = true;
        broken = null;
        head.restart();
        result.invalid(reason);
    }

    private HttpAttributes attributes(ByteView view, int end) {
        HttpAttributes found = new HttpAttributes(detail, true);
        head.eachField(view, end, found);
        found.addOfLine("method", view.latin1(0, methodEnd));
        found.addOfLine("path", target.path(view));
        String query = target.query(view);
        if (!query.isEmpty()) {
            found.addOfLine("query", detail.maskSecrets() ? Secrets.masked(query) : query);
        }
        // RFC 9112 section 3.2.2: the host of an absolute form overrides the field
        String authority = target.authority(view);
        String host = authority.isEmpty() ? found.host() : authority;
        if (!host.isEmpty()) {
            found.addOfLine("host", host);
        }
        found.addOfLine("version", target.version(view));
        resource = target.resource(view, host);
        return found;
    }
}
