package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;
import java.util.Arrays;

/**
 * The text of one message, written as its bytes come, in the manner of {@code redis-cli}. Keeps at most the bytes that
 * it was begun with; every byte that a terminal could take for a command is escaped. Reused; not thread-safe.
 */
final class RedisText {

    private static final String MORE = "...";
    private static final String SECRET = "***";
    private static final int HEADER_BYTES = 3;

    private static final int[] NONE = {};
    private static final int FEW_LEVELS = 4;

    private final StringBuilder out = new StringBuilder(0);
    private int[] counts = NONE;
    private int[] indents = NONE;

    /** A bit per level that is a map. */
    private int maps;

    private int depth;
    private int left;
    private boolean cut;

    void begin(int maxBytes) {
        out.setLength(0);
        depth = 0;
        left = maxBytes;
        cut = false;
    }

    /** What is missing from here on is left out. */
    void cutHere() {
        cut = true;
    }

    String end() {
        return cut ? out + MORE : out.toString();
    }

    /** Begins a request's next word. */
    void word() {
        if (out.length() > 0 && !cut) {
            out.append(' ');
        }
    }

    /** A word that is here as a whole, quoted only if it needs to be. */
    void plainOrQuoted(ByteView view, int from, int to) {
        boolean plain = to > from;
        for (int i = from; i < to && plain; i++) {
            byte b = view.byteAt(i);
            plain = b > ' ' && b < 0x7f && b != '"' && b != '\'' && b != '\\';
        }
        if (plain) {
            escaped(view, from, to);
        } else {
            quote();
            escaped(view, from, to);
            quote();
        }
    }

    void secret() {
        literal(SECRET);
    }

    void quote() {
        if (!cut) {
            out.append('"');
        }
    }

    /** Text of ours, not from the wire. */
    void literal(String text) {
        if (room(HEADER_BYTES)) {
            out.append(text);
        }
    }

    void escaped(ByteView view, int from, int to) {
        if (cut) {
            return;
        }
        int end = Math.min(to, from + left);
        for (int i = from; i < end; i++) {
            escaped(view.byteAt(i));
        }
        left -= end - from;
        cut = end < to;
    }

    /** Begins the next element of the innermost aggregate, if there is one. */
    void element() {
        if (depth == 0 || !room(HEADER_BYTES)) {
            return;
        }
        int frame = depth - 1;
        int count = ++counts[frame];
        boolean isMap = (maps & 1 << frame) != 0;
        if (isMap && count % 2 == 0) {
            out.append(" => ");
            return;
        }
        if (count > 1) {
            out.append('\n');
            for (int i = 0; i < indents[frame]; i++) {
                out.append(' ');
            }
        }
        int before = out.length();
        out.append(isMap ? (count + 1) / 2 : count).append(isMap ? "# " : ") ");
        if (depth < indents.length) {
            indents[depth] = indents[frame] + out.length() - before;
        }
    }

    void open(boolean isMap) {
        if (depth + 1 >= counts.length && counts.length < ReplyLevels.MAX_DEPTH) {
            int levels = Math.max(FEW_LEVELS, counts.length * 2);
            counts = Arrays.copyOf(counts, levels);
            indents = Arrays.copyOf(indents, levels);
        }
        if (depth == 0) {
            indents[0] = 0;
        }
        counts[depth] = 0;
        maps = isMap ? maps | 1 << depth : maps & ~(1 << depth);
        depth++;
    }

    void close() {
        depth--;
    }

    private boolean room(int bytes) {
        if (left < bytes) {
            cut = true;
        }
        if (!cut) {
            left -= bytes;
        }
        return !cut;
    }

    private void escaped(byte b) {
        switch (b) {
            case '\r' -> out.append("\\r");
            case '\n' -> out.append("\\n");
            case '\t' -> out.append("\\t");
            case '"' -> out.append("\\\"");
            case '\\' -> out.append("\\\\");
            default -> {
                if (b >= ' ' && b < 0x7f) {
                    out.append((char) b);
                } else {
                    out.append("\\x")
                            .append(Character.forDigit((b >> 4) & 0xf, 16))
                            .append(Character.forDigit(b & 0xf, 16));
                }
            }
        }
    }
}
