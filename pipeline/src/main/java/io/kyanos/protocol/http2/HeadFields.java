package io.kyanos.protocol.http2;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.SafeText;
import io.kyanos.protocol.grpc.CallFields;
import io.kyanos.protocol.grpc.MetadataText;
import io.kyanos.protocol.grpc.RpcOperations;
import io.kyanos.protocol.grpc.RpcType;
import io.kyanos.protocol.streamed.StreamedType;
import io.kyanos.protocol.web.HttpMethod;
import io.kyanos.protocol.web.PathSegments;
import io.kyanos.protocol.web.Secrets;
import io.kyanos.protocol.web.ServerRoutes;
import io.kyanos.protocol.web.StatusCode;
import io.kyanos.protocol.web.TraceFields;
import io.kyanos.record.Attribute;
import io.kyanos.record.Details.Value;
import io.kyanos.record.Trace;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the fields of the block in hand say. Reused; not thread-safe. */
final class HeadFields implements FieldDecoder.Fields {

    private static final byte[] METHOD = name(":method");
    private static final byte[] PATH = name(":path");
    private static final byte[] STATUS = name(":status");
    private static final byte[] AUTHORITY = name(":authority");
    private static final byte[] SCHEME = name(":scheme");
    private static final byte[] CONTENT_TYPE = name("content-type");
    private static final byte[] CONTENT_ENCODING = name("content-encoding");
    private static final byte[] IDENTITY = name("identity");

    private static final int PATH_BYTES = 128;

    /** So much room for a path stays from block to block. */
    private static final int MOST_PATH_BYTES = 1 << 10;

    private final Detail detail;
    private final ServerRoutes routes;
    private final @Nullable TraceFields traces;
    private final RpcOperations.OfServer operations;
    private final CallFields ofCall;
    private final BlockStructure structure;
    private final ByteView path = new ByteView();
    private byte[] pathBytes = new byte[PATH_BYTES];

    private @Nullable HttpMethod method;
    private boolean hasPath;
    private boolean hasUnknown;
    private int code;
    private boolean isCoded;
    private @Nullable StreamedType streamed;
    private String methodText = "";
    private String authority = "";
    private String scheme = "";
    private List<Value> values = List.of();

    HeadFields(Detail detail, ServerRoutes routes, RpcOperations.OfServer operations) {
        this.detail = detail;
        this.routes = routes;
        this.operations = operations;
        ofCall = new CallFields(detail.attributes(), detail.maskSecrets());
        structure = new BlockStructure(routes);
        traces = detail.traces() || detail.attributes() ? new TraceFields() : null;
    }

    BlockStructure structure() {
        return structure;
    }

    void restart() {
        if (pathBytes.length > MOST_PATH_BYTES) {
            pathBytes = new byte[PATH_BYTES];
            path.wrap(pathBytes, 0, 0);
        }
        method = null;
        hasPath = false;
        hasUnknown = false;
        code = 0;
        isCoded = false;
        streamed = null;
        ofCall.restart();
        if (detail.attributes()) {
            methodText = "";
            authority = "";
            scheme = "";
            values = new ArrayList<>();
        }
        if (traces != null) {
            traces.forget();
        }
    }

    @Override
    public void field(@Nullable ByteView name, @Nullable ByteView value) {
        structure.field(name, value);
        if (name == null || value == null) {
            hasUnknown = true;
            return;
        }
        if (!name.isEmpty() && name.byteAt(0) == ':') {
            pseudo(name, value);
            return;
        }
        ofCall.field(name, value);
        findStreamed(name, value);
        if (detail.attributes()) {
            keep(name, value);
        } else if (traces != null) {
            traces.field(name.latin1(0, name.length()), value.length() > 256 ? "" : value.latin1(0, value.length()));
        }
    }

    @Override
    public void name(int from, int to) {
        structure.name(from, to);
    }

    @Override
    public void value(int from, int to, boolean isCoded) {
        structure.value(from, to, isCoded);
    }

    private void findStreamed(ByteView name, ByteView value) {
        if (streamed == null && is(name, CONTENT_TYPE) && StreamedType.mayBe(value, 0, value.length())) {
            streamed = StreamedType.of(value, 0, value.length());
        } else if (is(name, CONTENT_ENCODING)) {
            isCoded = !is(value, IDENTITY);
        }
    }

    private void pseudo(ByteView name, ByteView value) {
        if (is(name, METHOD)) {
            method = HttpMethod.of(value, 0, value.length());
            methodText = detail.attributes() ? text(value) : "";
        } else if (is(name, PATH)) {
            keepPath(value);
        } else if (is(name, STATUS)) {
            code = number(value);
        } else if (detail.attributes() && is(name, AUTHORITY)) {
            authority = text(value);
        } else if (detail.attributes() && is(name, SCHEME)) {
            scheme = text(value);
        }
    }

    private void keepPath(ByteView value) {
        if (value.length() > pathBytes.length) {
            pathBytes = new byte[Math.max(2 * pathBytes.length, value.length())];
        }
        value.copyTo(0, pathBytes, 0, value.length());
        path.wrap(pathBytes, 0, value.length());
        hasPath = true;
    }

    private void keep(ByteView name, ByteView value) {
        if (name.length() > Detail.MAX_HEADER_NAME_LENGTH) {
            return;
        }
        String of = name.latin1(0, name.length());
        Attribute known = attributeOf(of);
        boolean wanted = detail.headers().contains(of);
        String text = of.endsWith("-bin") ? MetadataText.ofBinary(value) : text(value);
        if (traces != null) {
            traces.field(of, text);
        }
        if (of.equals("host") && authority.isEmpty()) {
            authority = text;
        }
        if (known != null && values.stream().noneMatch(each -> each.of().equals(known))) {
            values.add(new Value(known, text));
        }
        if (wanted) {
            values.add(new Value(
                    Http2Attribute.HEADER.member(of), detail.maskSecrets() ? Secrets.maskedField(of, text) : text));
        }
    }

    private static @Nullable Attribute attributeOf(String name) {
        return switch (name) {
            case "user-agent" -> Http2Attribute.USER_AGENT;
            case "content-type" -> Http2Attribute.CONTENT_TYPE;
            case "content-encoding" -> Http2Attribute.CONTENT_ENCODING;
            case "x-request-id" -> Http2Attribute.REQUEST_ID;
            default -> null;
        };
    }

    /** Whether the block opens a request. */
    boolean isRequest() {
        return method != null || (hasPath && code == 0);
    }

    /** The status code of the block; 0 if it has none that is known. */
    int code() {
        return code;
    }

    /** Whether some field is not known, as blocks were missed. */
    boolean hasUnknown() {
        return hasUnknown;
    }

    /** What the fields say of a request, taken by its stream. */
    void describe(Http2Stream stream) {
        stream.method = method == null ? HttpMethod.OTHER : method;
        int end = pathEnd();
        describeCall(stream, end);
        if (!isCall()) {
            nameRoute(stream, end);
        }
        stream.trace = detail.traces() && traces != null ? traces.trace() : Trace.NONE;
        if (detail.attributes()) {
            describeInDetail(stream, end);
        }
    }

    private void nameRoute(Http2Stream stream, int end) {
        if (method == null || (!hasPath && method != HttpMethod.CONNECT)) {
            stream.operation = (method == null ? "" : method.label() + " ") + Http2Message.UNKNOWN;
        } else {
            stream.operation = routes.operation(method, path, 0, hasPath ? end : 0);
        }
        if (stream.operation == null) {
            stream.undecidedPath = PathSegments.essence(path, 0, end);
        }
    }

    /** Whether the block is of a call, for certain. */
    boolean isCall() {
        return ofCall.type() != null;
    }

    private void describeCall(Http2Stream stream, int end) {
        RpcType type = ofCall.type();
        boolean isDoubtful = !ofCall.hasType() && (hasUnknown || ofCall.isMarked());
        if (type == null && !isDoubtful) {
            stream.call = null;
            return;
        }
        Http2Call call = stream.call == null ? new Http2Call(type, detail.attributes()) : stream.call;
        call.asks(type, ofCall);
        if (hasPath) {
            String pattern = routes.pattern(path, 0, end);
            call.operation = pattern != null ? pattern : operations.operation(path, end);
            boolean isNamed = call.operation == null || detail.attributes();
            call.name = isNamed && RpcOperations.nameLength(path, end) > 0 ? path.latin1(1, end) : "";
        }
        stream.call = call;
    }

    /** What the fields say of the response, taken by its stream: its head, or its trailers. */
    void answer(Http2Stream stream, boolean isLast) {
        Http2Call call = stream.call;
        if (call == null && !stream.isAsked && (ofCall.type() != null || ofCall.isMarked())) {
            call = new Http2Call(null, detail.attributes());
            stream.call = call;
        }
        if (call != null) {
            call.answers(ofCall, hasUnknown, isLast && code == 0);
        }
        if (stream.events == null && streamed != null && !isCoded && code != 0 && !isLast) {
            stream.events = streamed.newScanner();
        }
    }

    private int pathEnd() {
        int query = hasPath ? path.indexOf((byte) '?', 0, path.length()) : -1;
        return query < 0 ? path.length() : query;
    }

    private void describeInDetail(Http2Stream stream, int end) {
        List<Value> all = new ArrayList<>();
        addUnlessEmpty(all, Http2Attribute.METHOD, methodText);
        if (hasPath) {
            String shown = SafeText.line(path.utf8(0, end));
            addUnlessEmpty(all, Http2Attribute.PATH, shown);
            if (end < path.length()) {
                String query = SafeText.line(path.utf8(end + 1, path.length()));
                addUnlessEmpty(all, Http2Attribute.QUERY, detail.maskSecrets() ? Secrets.masked(query) : query);
            }
            stream.resource = shown.equals("*") ? authority : authority + shown;
        } else if (method == HttpMethod.CONNECT) {
            stream.resource = authority;
        }
        addUnlessEmpty(all, Http2Attribute.HOST, authority);
        addUnlessEmpty(all, Http2Attribute.SCHEME, scheme);
        all.add(new Value(Http2Attribute.STREAM, Integer.toString(stream.id)));
        all.addAll(values);
        if (traces != null) {
            addUnlessEmpty(all, Http2Attribute.TRACE_ID, traces.trace().traceId());
            addUnlessEmpty(all, Http2Attribute.SPAN_ID, traces.trace().spanId());
        }
        stream.requestValues = all;
    }

    /** What the fields of a response, or of its trailers, say in detail. */
    List<Value> values() {
        return values;
    }

    private static void addUnlessEmpty(List<Value> to, Attribute of, String value) {
        if (!value.isEmpty()) {
            to.add(new Value(of, value));
        }
    }

    private static String text(ByteView value) {
        return SafeText.line(value.utf8(0, value.length()));
    }

    private static boolean is(ByteView name, byte[] expected) {
        return name.length() == expected.length && name.startsWith(expected, 0);
    }

    /** 0 if it is no status code. */
    private static int number(ByteView value) {
        if (value.length() != 3) {
            return 0;
        }
        int number = 0;
        for (int i = 0; i < 3; i++) {
            int digit = value.byteAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return 0;
            }
            number = 10 * number + digit;
        }
        return StatusCode.isCode(number) ? number : 0;
    }

    private static byte[] name(String name) {
        return name.getBytes(StandardCharsets.US_ASCII);
    }
}
