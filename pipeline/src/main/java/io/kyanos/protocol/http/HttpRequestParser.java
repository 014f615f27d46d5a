package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import java.util.ArrayList;
import java.util.List;
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
    private final RouteTemplates routes;
    private final HttpMessages messages;
    private final HttpHead head = new HttpHead();
    private final Body body = new Body();
    private final RequestTarget target = new RequestTarget();

    private boolean strict;
    private boolean inHand;
    private @Nullable String broken;

    private HttpMethod method = HttpMethod.OTHER;
    private int methodEnd;
    private String operation = "";
    private String resource = "";
    private String[] attributes = HttpMessage.NO_ATTRIBUTES;
    private @Nullable MessageText text;

    HttpRequestParser(HttpConversation conversation, Detail detail, RouteTemplates routes, HttpMessages messages) {
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

    /** Whether a request's head was seen and its body goes on. */
    boolean isInHand() {
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
        text = detail.text() ? new MessageText(view, end, detail) : null;
        if (detail.attributes()) {
            resource = target.resource(view);
            attributes = attributes(view);
        }
        if (head.isChunked()) {
            body.startChunked(text);
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
        HttpMessage request = text == null && !detail.attributes()
                ? messages.request(method, operation, body.wireBytes())
                : HttpMessage.request(
                        method, operation, resource, body.wireBytes(), attributes, text == null ? "" : text.text());
        inHand = false;
        resource = "";
        attributes = HttpMessage.NO_ATTRIBUTES;
        text = null;
        return request;
    }

    private void invalid(String reason, ParseResult result) {
        strict = true;
        broken = null;
        head.restart();
        result.invalid(reason);
    }

    private String[] attributes(ByteView view) {
        List<String> found = new ArrayList<>();
        found.add("method");
        found.add(view.latin1(0, methodEnd));
        found.add("path");
        found.add(resource);
        String query = target.query(view);
        if (!query.isEmpty()) {
            found.add("query");
            found.add(detail.maskSecrets() ? Secrets.masked(query) : query);
        }
        String host = target.authority(view);
        if (!host.isEmpty()) {
            found.add("host");
            found.add(host);
        } else {
            addField(view, HttpHead.Field.HOST, "host", found);
        }
        addField(view, HttpHead.Field.USER_AGENT, "user_agent", found);
        addField(view, HttpHead.Field.CONTENT_TYPE, "content_type", found);
        found.add("version");
        found.add(target.version(view));
        addField(view, HttpHead.Field.REQUEST_ID, "request_id", found);
        addField(view, HttpHead.Field.TRACEPARENT, "traceparent", found);
        return found.toArray(HttpMessage.NO_ATTRIBUTES);
    }

    private void addField(ByteView view, HttpHead.Field field, String name, List<String> into) {
        if (head.has(field)) {
            into.add(name);
            into.add(SafeText.line(view.utf8(head.from(field), head.to(field))));
        }
    }
}
