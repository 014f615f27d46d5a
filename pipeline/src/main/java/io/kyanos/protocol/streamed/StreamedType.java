package io.kyanos.protocol.streamed;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A type of content that is a stream of events. */
public enum StreamedType {
    /** Server-sent events: {@code text/event-stream}. */
    EVENT_STREAM,
    /** A JSON text on each line: {@code application/x-ndjson} and what else that is called. */
    JSON_LINES,
    /** A record separator before each JSON text: {@code application/json-seq} (RFC 7464). */
    JSON_SEQUENCE;

    private static final String TEXT = "text";
    private static final String APPLICATION = "application";
    private static final String SERVER_SENT = "event-stream";
    private static final String SEQUENCE = "json-seq";
    private static final List<String> LINES = List.of(
            "ndjson",
            "x-ndjson",
            "jsonl",
            "x-jsonl",
            "jsonlines",
            "x-jsonlines",
            "json-lines",
            "x-json-lines",
            "ldjson",
            "x-ldjson",
            "stream+json",
            "x-json-stream");

    private static final int SHORTEST = "application/jsonl".length();

    /** Whether {@link #of} is worth asking of a value that may be a type of content: most are too short. */
    public static boolean mayBe(ByteView view, int from, int to) {
        if (to - from < SHORTEST) {
            return false;
        }
        return view.indexOf((byte) ';', from, from + SHORTEST) < 0;
    }

    /** That of the value of a field {@code Content-Type} in {@code [from, to)}; null if it is none of these. */
    public static @Nullable StreamedType of(ByteView view, int from, int to) {
        int slash = mayBe(view, from, to) ? view.indexOf((byte) '/', from, to) : -1;
        if (slash < 0) {
            return null;
        }
        boolean isText = is(TEXT, view, from, slash);
        if (!isText && !is(APPLICATION, view, from, slash)) {
            return null;
        }
        int subtype = slash + 1;
        int end = end(view, subtype, to);
        if (isText && is(SERVER_SENT, view, subtype, end)) {
            return EVENT_STREAM;
        }
        StreamedType named = ofJson(view, subtype, end);
        return named == null ? ofJson(view, suffix(view, subtype, end), end) : named;
    }

    /** Reports what such a value, for which {@link #of} gives this, is known by; not its vendor and parameters. */
    public void structure(ByteView view, int from, int to, ParseResult result) {
        int subtype = view.indexOf((byte) '/', from, to) + 1;
        int end = end(view, subtype, to);
        int suffix = suffix(view, subtype, end);
        if (suffix == subtype || this == EVENT_STREAM || ofJson(view, subtype, end) != null) {
            result.structure(from, Math.min(end + 1, to));
        } else {
            result.structure(from, subtype);
            result.structure(suffix - 1, Math.min(end + 1, to));
        }
    }

    private static int end(ByteView view, int subtype, int to) {
        int end = subtype;
        while (end < to && isPart(view.byteAt(end))) {
            end++;
        }
        return end;
    }

    /** Where what follows the last plus begins; {@code subtype} without one. */
    private static int suffix(ByteView view, int subtype, int end) {
        int suffix = end;
        while (suffix > subtype && view.byteAt(suffix - 1) != '+') {
            suffix--;
        }
        return suffix;
    }

    /** Finds the events of one message of this type. */
    public EventScanner newScanner() {
        return switch (this) {
            case EVENT_STREAM -> new ServerSentScanner();
            case JSON_LINES -> new LineScanner(false);
            case JSON_SEQUENCE -> new LineScanner(true);
        };
    }

    private static @Nullable StreamedType ofJson(ByteView view, int from, int to) {
        if (is(SEQUENCE, view, from, to)) {
            return JSON_SEQUENCE;
        }
        for (int i = 0; i < LINES.size(); i++) {
            if (is(LINES.get(i), view, from, to)) {
                return JSON_LINES;
            }
        }
        return null;
    }

    private static boolean isPart(byte octet) {
        return octet != ';' && octet != ' ' && octet != '\t' && octet != ',';
    }

    private static boolean is(String word, ByteView view, int from, int to) {
        return to - from == word.length() && view.isBeginningOf(word, from, to);
    }
}
