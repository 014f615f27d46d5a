package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.SafeText;
import io.kyanos.protocol.web.HttpMethod;
import io.kyanos.protocol.web.Octets;
import io.kyanos.protocol.web.PathSegments;
import io.kyanos.protocol.web.Secrets;
import io.kyanos.protocol.web.ServerRoutes;
import io.kyanos.protocol.web.TraceFields;
import io.kyanos.record.Trace;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Parses what the client sends (RFC 9112 sections 3 and 6). Holds the state of at most one request; not thread-safe.
 *
 * <p>In sequence any word is accepted as a method if the line ends in a version of HTTP. After a loss only well-known
 * methods are, so that the inside of a body is not taken for a request. Where the length of a request cannot be
 * determined (RFC 9112 section 6.3) it ends with its head, and nothing after it is taken for a request.
 */
final class HttpRequestParser implements Parser {

    /** Longer settings of HTTP/2 are not read. */
    static final int MAX_SETTINGS_BYTES = 512;

    private static final int MAX_METHOD_BYTES = 32;
    private static final byte[] NOTHING = {};

    private final HttpConversation conversation;
    private final Detail detail;
    private final ServerRoutes routes;
    private final HttpMessages messages;
    private final @Nullable TraceFields traces;
    private final HttpHead head;
    private final Body body = new Body();
    private final RequestLine line = new RequestLine();
    private final RequestTarget target = new RequestTarget();

    private boolean strict;
    private boolean inHand;

    /** The head of the current request is too long to be held, and goes on. */
    private boolean headGoesOn;

    /** It is no longer known where requests begin. */
    private boolean unframed;

    private HttpMethod method = HttpMethod.OTHER;
    private @Nullable String operation;

    /** The start line of a head is known whose end is to come: the request may be answered, or cut, before that. */
    private boolean headBegun;

    /** Bytes of that head so far. */
    private int headBytes;

    /** What of the path decides on the operation once the answer is known; empty if it is decided. */
    private String undecidedPath = "";

    private byte[] settings = NOTHING;
    private String resource = "";
    private Trace trace = Trace.NONE;
    private @Nullable HttpAttributes attributes;
    private @Nullable MessageText text;

    HttpRequestParser(HttpConversation conversation, Detail detail, ServerRoutes routes, HttpMessages messages) {
        this.conversation = conversation;
        this.detail = detail;
        this.routes = routes;
        this.messages = messages;
        traces = detail.traces() ? new TraceFields() : null;
        head = new HttpHead(traces);
        head.restart();
    }

    @Override
    public void parse(ByteView view, ParseResult result) {
        body.reportStructureTo(result.wantsStructure() ? result : null);
        if (headGoesOn) {
            readOn(view, result);
            return;
        }
        if (inHand) {
            proceed(body.read(view), result);
            return;
        }
        String upgradedTo = conversation.upgradedTo();
        if (upgradedTo != null) {
            headBegun = false;
            result.upgraded(null, 0, upgradedTo);
            return;
        }
        if (unframed) {
            result.skipped(view.length(), ParseResult.UNTIL_END);
            return;
        }
        int empty = emptyLines(view);
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
    public void passed(ByteView bytes) {
        body.passed(bytes);
    }

    @Override
    public void missed(long bytes) {
        body.missed(bytes);
    }

    @Override
    public void lost(ParseResult result) {
        if (headGoesOn) {
            endHead(0);
        }
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
        headBegun = false;
        head.restart();
    }

    @Override
    public void ended(ParseResult result) {
        if (headBegun) {
            body.startOfLength(0, null);
            body.headOnly(headBytes);
            result.message(finish(), headBytes);
            headBegun = false;
            head.restart();
            return;
        }
        if (headGoesOn) {
            endHead(0);
        }
        body.closes();
        lost(result);
    }

    @Override
    public int resync(ByteView view, int from) {
        if (unframed) {
            return from;
        }
        strict = true;
        headBegun = false;
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

    @Override
    public void structureOfEnd(ByteView view, int end, ParseResult result) {
        result.structure(Math.max(0, end - Body.LAST_CHUNK_BYTES), end);
    }

    @Override
    public void structureSoFar(ByteView view, ParseResult result) {
        if (inHand) {
            if (!headGoesOn) {
                body.structureSoFar(view, result);
            }
        } else if (headBegun) {
            reportStructure(view, head.linesEnd(), result);
        } else if (!unframed && head.startLineEnd() < 0) {
            HeadStructure.ofRequestLineSoFar(view, result);
        }
    }

    /** Whether a request's start line was seen and its head or its body goes on. */
    @Override
    public boolean isInMessage() {
        return inHand || headBegun;
    }

    /** The method of the current request. */
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
        result.begins(0);
        StartLine.Verdict verdict = strict ? StartLine.request(view, 0) : beginning(view);
        if (verdict == StartLine.Verdict.NO) {
            invalid(Reason.START_LINE, result);
            return;
        }
        int end = head.end(view);
        if (head.startLineEnd() >= 0 && !readStartLine(view)) {
            invalid(Reason.START_LINE, result);
        } else if (end >= 0) {
            head.readFields(view, end);
            take(view, end, result);
            startBody();
            head.restart();
            proceed(body.readAfterHead(view, end), result);
        } else if (head.isTooLong(view)) {
            takeBeginning(view, result);
        } else {
            beginHead(view);
            result.needMore();
        }
    }

    private void beginHead(ByteView view) {
        if (head.startLineEnd() < 0) {
            return;
        }
        if (!headBegun) {
            headBegun = true;
            name(view);
            text = null;
            attributes = detail.attributes() ? attributes(view, head.startLineEnd() + 1) : null;
        }
        headBytes = view.length();
    }

    /** Takes a request whose head is too long to be held. */
    private void takeBeginning(ByteView view, ParseResult result) {
        if (head.startLineEnd() < 0 && !readLongStartLine(view)) {
            invalid(Reason.HEAD_TOO_LONG, result);
            return;
        }
        int end = head.readBeginning(view);
        take(view, end, result);
        malformed(Malformed.HEAD_TOO_LONG);
        headGoesOn = true;
        result.skipped(end, 0);
    }

    private void readOn(ByteView view, ParseResult result) {
        boolean insideLine = head.isInsideLine();
        int read = head.readOn(view);
        if (result.wantsStructure()) {
            HeadStructure.ofLongHead(view, read, insideLine, result);
        }
        if (head.hasLongEnded()) {
            endHead(read);
            proceed(body.readAfterHead(view, read), result);
        } else if (read > 0) {
            result.skipped(read, 0);
        } else {
            result.needMore();
        }
    }

    /** Whether the view may begin with a method of any name. */
    static StartLine.Verdict beginning(ByteView view) {
        int limit = Math.min(view.length(), MAX_METHOD_BYTES + 1);
        int at = 0;
        while (at < limit && Octets.isVisible(view.byteAt(at))) {
            at++;
        }
        if (at == limit) {
            return limit <= MAX_METHOD_BYTES ? StartLine.Verdict.PARTLY : StartLine.Verdict.NO;
        }
        return at > 0 && Octets.isBlank(view.byteAt(at)) ? StartLine.Verdict.YES : StartLine.Verdict.NO;
    }

    private boolean readStartLine(ByteView view) {
        if (!line.read(view, 0, head.startLineTextEnd(view))) {
            return false;
        }
        target.locate(view, line.targetFrom(), line.targetTo());
        return true;
    }

    /** Of a line that is too long to be held only a well-known method shows that it is one. */
    private boolean readLongStartLine(ByteView view) {
        if (!line.readBeginning(view, HttpHead.MAX_HEAD_BYTES)
                || HttpMethod.of(view, 0, line.methodEnd()) == HttpMethod.OTHER
                || !StartLine.mayBeginTarget(view.byteAt(line.targetFrom()))) {
            return false;
        }
        target.locate(view, line.targetFrom(), line.targetTo());
        return true;
    }

    private void take(ByteView view, int end, ParseResult result) {
        strict = false;
        inHand = true;
        headBegun = false;
        name(view);
        result.begins(0);
        if (result.wantsStructure()) {
            reportStructure(view, end, result);
        }
        text = detail.text() ? new MessageText(view, end, head, detail) : null;
        if (detail.attributes()) {
            attributes = attributes(view, end);
        }
        trace = traces == null ? Trace.NONE : traces.trace();
        if (head.settingsFrom() >= 0) {
            keepSettings(view, head.settingsFrom(), head.settingsTo());
        }
    }

    /** Clients that are refused say the same with each request. */
    private void keepSettings(ByteView view, int from, int to) {
        if (to - from > MAX_SETTINGS_BYTES) {
            settings = NOTHING;
        } else if (settings.length != to - from || !view.startsWith(settings, from)) {
            settings = new byte[to - from];
            view.copyTo(from, settings, 0, settings.length);
        }
    }

    /** The size of the body of the request that came last; -1 if it is not known. */
    long bodyBytes() {
        return head.isChunked() || unframed ? -1 : Math.max(0, head.contentLength());
    }

    /** What the field {@code HTTP2-Settings} said where it came last; empty if it never did. */
    String settings() {
        return new String(settings, StandardCharsets.ISO_8859_1);
    }

    private void reportStructure(ByteView view, int end, ParseResult result) {
        int lineEnd = head.startLineEnd() < 0 ? end : head.startLineEnd() + 1;
        HeadStructure.ofRequestLine(view, line, target, method, routes, lineEnd, result);
        HeadStructure.ofLines(view, lineEnd, end, result);
    }

    private void name(ByteView view) {
        method = HttpMethod.of(view, 0, line.methodEnd());
        operation = routes.operation(method, view, target.pathFrom(), target.pathTo());
        undecidedPath = operation == null ? PathSegments.essence(view, target.pathFrom(), target.pathTo()) : "";
    }

    /** RFC 9112 section 6.3, in its order. */
    private void startBody() {
        boolean hasCoding = head.hasTransferEncoding();
        if (head.isChunked()) {
            body.startChunked(text, attributes);
        } else {
            unframed = hasCoding || head.isLengthUnknown();
            body.startOfLength(unframed ? 0 : Math.max(0, head.contentLength()), text);
        }
        if (hasCoding && !head.isChunked()) {
            malformed(Malformed.TRANSFER_ENCODING);
        }
        if (head.isLengthUnknown() || (hasCoding && head.hasContentLength())) {
            malformed(Malformed.CONTENT_LENGTH);
        }
    }

    /** Ends a long head, so many bytes of which are still in the view. */
    private void endHead(int inView) {
        headGoesOn = false;
        trace = traces == null ? Trace.NONE : traces.trace();
        startBody();
        body.headOnly(head.longBytes() - inView);
        head.restart();
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
            case GOES_ON -> result.skipped(body.length(), body.passOver());
            case MORE_NEEDED -> result.needMore();
            case BROKEN -> {
                malformed(Malformed.CHUNK);
                body.breaks();
                result.skipped(0, ParseResult.UNTIL_NEXT);
            }
        }
    }

    private HttpMessage finish() {
        HttpMessage request = text == null && attributes == null && operation != null && trace.isNone()
                ? messages.request(method, operation, body.wireBytes())
                : HttpMessage.request(
                        method,
                        operation == null ? method.label() : operation,
                        undecidedPath,
                        body.wireBytes(),
                        HttpAttributes.details(resource, attributes, text),
                        trace);
        inHand = false;
        resource = "";
        trace = Trace.NONE;
        attributes = null;
        text = null;
        return request;
    }

    private void invalid(String reason, ParseResult result) {
        strict = true;
        headBegun = false;
        head.restart();
        result.invalid(reason);
    }

    private HttpAttributes attributes(ByteView view, int end) {
        HttpAttributes found = new HttpAttributes(detail, true);
        if (head.startLineEnd() >= 0) {
            judgeStartLine(view, found);
        }
        head.eachField(view, end, found);
        found.addOfLine(HttpAttribute.METHOD, SafeText.line(view.utf8(0, line.methodEnd())));
        found.addOfLine(HttpAttribute.PATH, target.path(view));
        String query = target.query(view);
        if (!query.isEmpty()) {
            found.addOfLine(HttpAttribute.QUERY, detail.maskSecrets() ? Secrets.masked(query) : query);
        }
        // RFC 9112 section 3.2.2: the host of an absolute form overrides the field
        String authority = target.authority(view);
        String host = authority.isEmpty() ? found.host() : authority;
        if (!host.isEmpty()) {
            found.addOfLine(HttpAttribute.HOST, host);
        }
        String version = line.version(view);
        if (!version.isEmpty()) {
            found.addOfLine(HttpAttribute.VERSION, version);
        }
        resource = target.resource(view, host);
        return found;
    }

    private void judgeStartLine(ByteView view, HttpAttributes found) {
        if (!line.isWellFormed(view, head.startLineTextEnd(view))) {
            found.malformed(Malformed.START_LINE);
        }
        if (!line.isKnownVersion(view)) {
            found.malformed(Malformed.VERSION);
        }
        if (line.isOldVersion(view) && head.hasTransferEncoding()) {
            found.malformed(Malformed.TRANSFER_ENCODING);
        }
    }
}
