package io.kyanos.protocol.nats;

import io.kyanos.protocol.ByteView;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One control line: its operation and where its arguments stand, which runs of blanks separate. Reused; valid as long as
 * the view that it was read from.
 */
final class NatsLine {

    /** What came of reading. */
    enum Verdict {
        WHOLE(""),
        PARTLY(""),
        TOO_LONG(NatsReason.LINE_TOO_LONG),
        OPERATION(NatsReason.OPERATION),
        ARGUMENTS(NatsReason.ARGUMENTS),
        SIZE(NatsReason.SIZE);

        private final String reason;

        Verdict(String reason) {
            this.reason = reason;
        }

        /** Why it is no line; empty if it may be one. */
        String reason() {
            return reason;
        }
    }

    /** The server's own default is 4096; INFO and CONNECT hold lists of addresses and tokens. */
    static final int MAX_BYTES = 64 * 1024;

    static final long MAX_PAYLOAD = 1L << 30;

    private static final int LINE_END_BYTES = 2;
    private static final int MAX_ARGUMENTS = 5;
    private static final int MAX_DIGITS = 10;
    private static final byte[] INBOX = {'_', 'I', 'N', 'B', 'O', 'X', '.'};
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    /** Of a line whose end is not here no more is looked at, as that is done again and again. */
    private static final int MAX_LOOK_BYTES = 4096;

    private final int[] from = new int[MAX_ARGUMENTS];
    private final int[] to = new int[MAX_ARGUMENTS];
    private ByteView view = new ByteView();
    private int scanned;
    private int length;
    private int count;
    private @Nullable NatsOperation operation;
    private List<NatsArgument> arguments = List.of();
    private long payload;
    private long headers;

    /** Reads the line that begins at {@code first}, that of a client or of a server. */
    Verdict read(ByteView bytes, int first, boolean client) {
        view = bytes;
        int limit = Math.min(view.length(), first + MAX_BYTES);
        int lineFeed = view.indexOf((byte) '\n', Math.max(first, scanned), limit);
        scanned = lineFeed < 0 ? limit : 0;
        length = lineFeed + 1 - first;
        int end = lineFeed < 0 ? Math.min(limit, first + MAX_LOOK_BYTES) : lineFeed;
        if (end > first && view.byteAt(end - 1) == '\r') {
            end--;
        }
        int wordEnd = wordEnd(first, end);
        NatsOperation found = NatsOperation.of(view, first, wordEnd, client);
        operation = found;
        if (found == null) {
            boolean mayCome = lineFeed < 0 && wordEnd == end && NatsOperation.mayBegin(view, first, end, client);
            return mayCome ? Verdict.PARTLY : Verdict.OPERATION;
        }
        if (!readArguments(found, wordEnd, end)) {
            return Verdict.ARGUMENTS;
        }
        if (lineFeed < 0) {
            return limit - first < MAX_BYTES ? Verdict.PARTLY : Verdict.TOO_LONG;
        }
        return readMeaning(found);
    }

    private boolean readArguments(NatsOperation found, int first, int end) {
        count = 0;
        for (int at = blanksEnd(first, end); at < end; at = blanksEnd(to[count - 1], end)) {
            int argumentEnd = found.takesText() ? end : wordEnd(at, end);
            if (argumentEnd == at || count == found.mostArguments()) {
                return false;
            }
            from[count] = at;
            to[count] = argumentEnd;
            count++;
        }
        return true;
    }

    private Verdict readMeaning(NatsOperation found) {
        List<NatsArgument> meant = found.arguments(count);
        if (meant == null) {
            return Verdict.ARGUMENTS;
        }
        arguments = meant;
        payload = found.hasPayload() ? number(index(NatsArgument.PAYLOAD)) : 0;
        headers = has(NatsArgument.HEADERS) ? number(index(NatsArgument.HEADERS)) : 0;
        return headers >= 0 && payload >= headers && payload <= MAX_PAYLOAD ? Verdict.WHOLE : Verdict.SIZE;
    }

    /** Where the printable bytes end that begin at {@code first}. */
    private int wordEnd(int first, int end) {
        int at = first;
        while (at < end && (view.byteAt(at) > ' ' || view.byteAt(at) < 0) && view.byteAt(at) != 0x7f) {
            at++;
        }
        return at;
    }

    private int blanksEnd(int first, int end) {
        int at = first;
        while (at < end && isBlank(view.byteAt(at))) {
            at++;
        }
        return at;
    }

    static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    /** What was read so far is of no use any more. */
    void restart() {
        scanned = 0;
    }

    /** Whether at least its operation is here. */
    boolean hasOperation() {
        return operation != null;
    }

    NatsOperation operation() {
        NatsOperation known = operation;
        if (known == null) {
            throw new IllegalStateException("no line was read");
        }
        return known;
    }

    /** Bytes of the line, its end included. */
    int length() {
        return length;
    }

    /** Bytes behind the line that belong to it, the two of the last line end not counted. */
    long payload() {
        return payload;
    }

    /** How many of these are headers. */
    long headers() {
        return headers;
    }

    /** Bytes of the line and all that belongs to it. */
    long wireBytes() {
        return operation().hasPayload() ? length + payload + LINE_END_BYTES : length;
    }

    /** How many arguments there are, of a line that is only partly here so far. */
    int count() {
        return count;
    }

    /** What an argument of a whole line means. */
    NatsArgument argument(int index) {
        return arguments.get(index);
    }

    boolean has(NatsArgument argument) {
        return arguments.contains(argument);
    }

    /** Index of an argument of a whole line, or -1. */
    int index(NatsArgument argument) {
        return arguments.indexOf(argument);
    }

    int from(int index) {
        return from[index];
    }

    int to(int index) {
        return to[index];
    }

    String text(int index) {
        return view.utf8(from[index], to[index]);
    }

    /** The text of a member of its JSON; empty if it has none. */
    String member(byte[] name) {
        return NatsJson.text(view, from[0], to[0], name);
    }

    /** The number that an argument is, or -1. */
    long number(int index) {
        return number(view, from[index], to[index]);
    }

    /** The number that {@code [from, to)} is, or -1. */
    static long number(ByteView view, int from, int to) {
        long number = to - from > MAX_DIGITS ? -1 : 0;
        for (int at = from; at < to && number >= 0; at++) {
            int digit = view.byteAt(at) - '0';
            number = digit < 0 || digit > 9 ? -1 : number * 10 + digit;
        }
        return number;
    }

    /** Of a subject or the name of a subscription; never 0. */
    long hash(NatsArgument argument) {
        int index = index(argument);
        long hash = FNV_OFFSET;
        for (int at = from[index]; at < to[index]; at++) {
            hash = (hash ^ (view.byteAt(at) & 0xff)) * FNV_PRIME;
        }
        return hash == 0 ? 1 : hash;
    }

    /** Whether it is a name that client libraries make up for answers. */
    boolean isInbox(int index) {
        return view.startsWith(INBOX, from[index]) && to[index] - from[index] > INBOX.length;
    }
}
