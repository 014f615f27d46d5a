package io.kyanos.protocol.sql;

import io.kyanos.protocol.ByteView;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Texts by their beginnings, one a line, in which runs of blanks count as one. Immutable. */
public final class SqlBeginnings {

    private final byte[][] beginnings;

    private SqlBeginnings(byte[][] beginnings) {
        this.beginnings = beginnings;
    }

    public static SqlBeginnings of(String lines) {
        return new SqlBeginnings(Arrays.stream(lines.split("\n"))
                .map(beginning -> beginning.getBytes(StandardCharsets.US_ASCII))
                .toArray(byte[][]::new));
    }

    /** The index after the known beginning of {@code [from, to)}; {@code from} if it has none. */
    int knownTo(ByteView view, int from, int to) {
        int start = skipBlanks(view, from, to);
        for (byte[] beginning : beginnings) {
            int end = match(view, start, to, beginning);
            if (end >= 0) {
                return end;
            }
        }
        return from;
    }

    private static int match(ByteView view, int from, int to, byte[] beginning) {
        int at = from;
        for (byte expected : beginning) {
            if (at >= to) {
                return -1;
            }
            if (expected == ' ' && isBlank(view.byteAt(at))) {
                at = skipBlanks(view, at, to);
            } else if (view.byteAt(at) == expected) {
                at++;
            } else {
                return -1;
            }
        }
        return at;
    }

    private static int skipBlanks(ByteView view, int from, int to) {
        int at = from;
        while (at < to && isBlank(view.byteAt(at))) {
            at++;
        }
        return at;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\n' || b == '\t' || b == '\r';
    }
}
