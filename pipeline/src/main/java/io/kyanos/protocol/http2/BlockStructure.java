package io.kyanos.protocol.http2;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.SpanList;
import io.kyanos.protocol.grpc.RpcOperations;
import io.kyanos.protocol.grpc.RpcType;
import io.kyanos.protocol.streamed.StreamedType;
import io.kyanos.protocol.web.HttpMethod;
import io.kyanos.protocol.web.Octets;
import io.kyanos.protocol.web.ServerRoutes;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Which bytes of the header block in hand are structure. Reused; not thread-safe. */
/*
 * Numbers, lengths and names are, and the values that labels and statuses are made of. Other values are overwritten byte for byte, so
 * the block keeps its shape: the same fields enter the table, under the same numbers. A text in Huffman code does not fall into bytes:
 * all of it is kept or nothing, so a path in it is kept only if all its words are known to everybody.
 */
final class BlockStructure {

    private static final byte[] METHOD = name(":method");
    private static final byte[] PATH = name(":path");
    private static final byte[] CONTENT_TYPE = name("content-type");
    private static final byte[] CONTENT_ENCODING = name("content-encoding");
    private static final byte[][] CODINGS = {name("identity"), name("gzip"), name("br"), name("zstd"), name("deflate")};
    private static final byte[][] ALWAYS = {
        name(":status"), name(":scheme"), name("grpc-status"), name("connect-protocol-version")
    };
    private static final int MAX_KEPT_BYTES = 40;

    private enum Value {
        CONTENT,
        STRUCTURE,
        PATH
    }

    private final ServerRoutes routes;
    private SpanList spans = new SpanList();
    private SpanList spare = new SpanList();
    private final SpanList words = new SpanList();
    private final ParseResult wordsOfPath = new ParseResult();
    private boolean isWanted;
    private Value kind = Value.CONTENT;
    private int pathBytes;

    /** Where the value of a path stands that may be the name of a call; nowhere if both are the same. */
    private int nameFrom;

    private int nameTo;
    private boolean isName;

    /** Where the name of the field in hand stands; nowhere if both are the same. */
    private int fieldFrom;

    private int fieldTo;

    /** The name may be one. */
    private boolean isField;

    /** What is before is decided. */
    private int decided;

    BlockStructure(ServerRoutes routes) {
        this.routes = routes;
        wordsOfPath.collectStructure(words);
    }

    /** A block follows whose first byte is at {@code from}. */
    void restart(int from, boolean wanted) {
        isWanted = wanted;
        decided = from;
        spans.clear();
        nameFrom = 0;
        nameTo = 0;
    }

    /** The bytes {@code [from, to)} are the name of the field that is next. */
    void name(int from, int to) {
        fieldFrom = from;
        fieldTo = to;
    }

    void field(@Nullable ByteView name, @Nullable ByteView value) {
        if (isWanted) {
            isField = name != null && isField(name);
            kind = name == null || value == null ? Value.CONTENT : kind(name, value);
        }
    }

    private Value kind(ByteView name, ByteView value) {
        if (is(name, PATH)) {
            findWords(value);
            return Value.PATH;
        }
        boolean isStructure = false;
        if (is(name, METHOD)) {
            isStructure = HttpMethod.of(value, 0, value.length()) != HttpMethod.OTHER;
        } else if (is(name, CONTENT_TYPE)) {
            isStructure = value.length() <= MAX_KEPT_BYTES
                    && (RpcType.of(value) != null
                            || RpcType.mayBeConnect(value)
                            || StreamedType.of(value, 0, value.length()) != null);
        } else if (is(name, CONTENT_ENCODING)) {
            for (byte[] coding : CODINGS) {
                isStructure |= is(value, coding);
            }
        } else {
            for (byte[] always : ALWAYS) {
                isStructure |= is(name, always) && value.length() <= MAX_KEPT_BYTES;
            }
        }
        return isStructure ? Value.STRUCTURE : Value.CONTENT;
    }

    private void findWords(ByteView path) {
        pathBytes = path.length();
        isName = RpcOperations.nameLength(path, path.length()) > 0;
        wordsOfPath.restart();
        if (path.length() == 1 && path.byteAt(0) == '*') {
            words.add(0, 1);
        } else if (!path.isEmpty() && path.byteAt(0) == '/') {
            int query = path.indexOf((byte) '?', 0, path.length());
            routes.reportWords(path, 0, query < 0 ? path.length() : query, wordsOfPath);
            if (query >= 0) {
                words.add(query, query + 1);
            }
        }
    }

    /** The bytes {@code [from, to)} are the value of the field that was the last. */
    void value(int from, int to, boolean isCoded) {
        if (!isWanted) {
            return;
        }
        if (fieldFrom < fieldTo && !isField) {
            add(decided, fieldFrom);
            decided = fieldTo;
        }
        fieldFrom = fieldTo;
        add(decided, from);
        decided = to;
        if (kind == Value.PATH && isName) {
            nameFrom = from;
            nameTo = to;
        }
        if (kind == Value.STRUCTURE) {
            add(from, to);
        } else if (kind == Value.PATH && isCoded) {
            boolean isAllWords = words.count() == 1 && words.from(0) == 0 && words.to(0) == pathBytes;
            add(from, isAllWords ? to : from);
        } else if (kind == Value.PATH) {
            for (int i = 0; i < words.count(); i++) {
                add(from + words.from(i), from + words.to(i));
            }
        }
        kind = Value.CONTENT;
    }

    private void add(int from, int to) {
        if (from < to) {
            spans.add(from, to);
        }
    }

    /** The block ends at {@code to}: nothing more is content. */
    void end(int to) {
        if (isWanted) {
            add(decided, to);
            decided = to;
        }
    }

    /** The block, which has ended, is of a call: its path is the name of a method, as programs have it. */
    void isOfCall() {
        if (nameFrom == nameTo) {
            return;
        }
        SpanList all = spare;
        all.clear();
        for (int i = 0; i < spans.count() && spans.from(i) < nameFrom; i++) {
            all.add(spans.from(i), Math.min(spans.to(i), nameFrom));
        }
        all.add(nameFrom, nameTo);
        for (int i = 0; i < spans.count(); i++) {
            if (spans.to(i) > nameTo) {
                all.add(Math.max(spans.from(i), nameTo), spans.to(i));
            }
        }
        spare = spans;
        spans = all;
    }

    /** Reports what of the block's {@code [from, to)} is structure, which is at {@code at} of the view. */
    void report(int from, int to, int at, ParseResult result) {
        for (int i = 0; i < spans.count(); i++) {
            int first = Math.max(from, spans.from(i));
            int last = Math.min(to, spans.to(i));
            if (first < last) {
                result.structure(at + first - from, at + last - from);
            }
        }
    }

    /* What no field can be called may be anything: https://www.rfc-editor.org/rfc/rfc9113#section-8.2.1 */
    private static boolean isField(ByteView name) {
        for (int i = 0; i < name.length(); i++) {
            if (!Octets.isToken(name.byteAt(i)) && (i > 0 || name.byteAt(i) != ':')) {
                return false;
            }
        }
        return true;
    }

    private static boolean is(ByteView name, byte[] expected) {
        return name.length() == expected.length && name.startsWith(expected, 0);
    }

    private static byte[] name(String name) {
        return name.getBytes(StandardCharsets.US_ASCII);
    }
}
