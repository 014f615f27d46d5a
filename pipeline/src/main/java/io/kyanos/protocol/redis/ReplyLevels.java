package io.kyanos.protocol.redis;

import java.util.Arrays;

/** The aggregates around the next element of a reply, each with its elements that are to come. Not thread-safe. */
final class ReplyLevels {

    static final int MAX_DEPTH = 32;

    /** The count of an aggregate that has an explicit end instead. */
    static final int STREAMED = -1;

    private static final int FEW_LEVELS = 2;

    private int[] counts = new int[FEW_LEVELS];
    private int[] left = new int[FEW_LEVELS];
    private int depth;

    /** A bit per level whose aggregate is an attribute. */
    private int attributes;

    int depth() {
        return depth;
    }

    boolean isFull() {
        return depth == MAX_DEPTH;
    }

    /** The innermost aggregate lasts until its explicit end. */
    boolean isStreamed() {
        return depth > 0 && left[depth - 1] == STREAMED;
    }

    /** What comes belongs to an attribute, not to the reply. */
    boolean isInAttribute() {
        return attributes != 0;
    }

    /** Elements of the outermost aggregate that have ended, if it counts them. */
    int ended() {
        return counts[0] - left[0];
    }

    /** The next element is the first one of its aggregate. */
    boolean isFirst() {
        return depth > 0 && left[depth - 1] == counts[depth - 1] && !isStreamed();
    }

    void open(int count) {
        if (depth == counts.length) {
            counts = Arrays.copyOf(counts, depth * 2);
            left = Arrays.copyOf(left, depth * 2);
        }
        counts[depth] = count;
        left[depth++] = count;
    }

    void openAttribute(int count) {
        attributes |= 1 << depth;
        open(count);
    }

    /** The explicit end of the innermost aggregate has come: it ends next. */
    void endStreamed() {
        left[depth - 1] = 1;
    }

    /** One more element belongs to the outermost aggregate than was counted. */
    void extend() {
        left[0]++;
    }

    /** An element has ended; true if the innermost aggregate has with it, which then is left. */
    boolean endElement() {
        int level = depth - 1;
        if (left[level] == STREAMED || --left[level] > 0) {
            return false;
        }
        depth = level;
        return true;
    }

    /** Of an aggregate that has just been left: whether it was an attribute. */
    boolean endAttribute() {
        int level = 1 << depth;
        boolean was = (attributes & level) != 0;
        attributes &= ~level;
        return was;
    }

    void clear() {
        depth = 0;
        attributes = 0;
    }
}
