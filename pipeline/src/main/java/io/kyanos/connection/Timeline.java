package io.kyanos.connection;

import io.kyanos.protocol.FramedMessage;
import io.kyanos.record.Message;
import io.kyanos.record.StepTime;
import java.util.ArrayList;
import java.util.List;

/**
 * When the positions of one stream passed the system call border: the calls that moved its bytes, and a mark for each
 * unfinished message, which keeps the times of the message's first byte. Not thread-safe.
 */
/*
 * Calls: those before the current position are forgotten, or before the oldest open mark if messages keep the calls
 * that carried them. The latest call stays. Beyond the capacity the second oldest goes, so that a very long message
 * still keeps its first.
 *
 * Marks: a message may begin while others are open, so a mark has a key. Beyond MOST_OPEN the oldest is forgotten; from
 * then on, while any is open, it is unknown when a message without a mark began.
 */
final class Timeline {

    static final long NONE = -1;

    /** Messages of one stream that may be open at once, and be timed. */
    static final int MOST_OPEN = 1024;

    private static final int SMALLEST = 2;
    private static final long[] NOTHING = {};

    /* One call is POSITION, LENGTH, ENTERED_AT, EXITED_AT, side by side: of many connections each is far from the cache. */
    private static final int POSITION = 0;
    private static final int LENGTH = 1;
    private static final int ENTERED_AT = 2;
    private static final int EXITED_AT = 3;
    private static final int FIELDS = 4;

    /* Of a mark, KEY stands in place of LENGTH, and the complement of POSITION where bytes of the message are missing. */
    private static final int KEY = LENGTH;

    private final int capacity;
    private final boolean keepsCalls;
    private final long epochOffsetNanos;
    private long[] ring = NOTHING;
    private int first;
    private int size;

    /** In the order in which they were opened. */
    private long[] marks = NOTHING;

    private int open;
    private boolean markForgotten;

    /**
     * Nothing has passed yet.
     *
     * @param capacity calls that are kept at most, rounded up to a power of two
     * @param keepsCalls whether messages keep the calls that carried them
     * @param epochOffsetNanos what makes the times of these nanoseconds since the epoch
     */
    Timeline(int capacity, boolean keepsCalls, long epochOffsetNanos) {
        this.capacity = Math.max(SMALLEST, Integer.highestOneBit(Math.max(1, capacity - 1)) << 1);
        this.keepsCalls = keepsCalls;
        this.epochOffsetNanos = epochOffsetNanos;
    }

    /** Adds a call, or a further piece of the last one. */
    void add(long position, long length, long entered, long exited) {
        if (size > 0 && isPieceOfLast(position, entered, exited)) {
            ring[slot(size - 1) + LENGTH] += length;
            return;
        }
        if (size == slots()) {
            makeRoom();
        }
        int slot = slot(size);
        ring[slot + POSITION] = position;
        ring[slot + LENGTH] = length;
        ring[slot + ENTERED_AT] = entered;
        ring[slot + EXITED_AT] = exited;
        size++;
    }

    /** The message {@code key} has begun at {@code position}, whose call is known. If it is open, it starts over. */
    void begin(long key, long position) {
        int mark = mark(key);
        if (mark < 0) {
            mark = newMark();
        }
        marks[mark + KEY] = key;
        marks[mark + POSITION] = position;
        marks[mark + ENTERED_AT] = enteredAt(position);
        marks[mark + EXITED_AT] = exitedAt(position);
    }

    /** Bytes of the message {@code key} are missing, if it is open. */
    void misses(long key) {
        int mark = open == 0 ? -1 : mark(key);
        if (mark >= 0) {
            setIncomplete(mark);
        }
    }

    /** Bytes of any message that is open may be missing. */
    void missesAny() {
        for (int i = 0; i < open; i++) {
            setIncomplete(i * FIELDS);
        }
    }

    private void setIncomplete(int mark) {
        if (marks[mark + POSITION] >= 0) {
            marks[mark + POSITION] = ~marks[mark + POSITION];
        }
    }

    /** The message {@code key} is not open any more, if it was. */
    void end(long key) {
        int mark = open == 0 ? -1 : mark(key);
        if (mark >= 0) {
            open--;
            System.arraycopy(marks, mark + FIELDS, marks, mark, open * FIELDS - mark);
            markForgotten &= open > 0;
        }
    }

    /** No message is open any more. */
    void endAll() {
        open = 0;
        markForgotten = false;
    }

    /**
     * The message in its place, with its times.
     *
     * @param key under which it was begun, if it was
     * @param at where it began if not
     * @param end the position after the last of its bytes that came
     */
    FramedMessage place(Message message, long key, long at, long end, boolean truncated) {
        int mark = open == 0 ? -1 : mark(key);
        boolean isMarked = mark >= 0;
        boolean isKnown = isMarked || !markForgotten;
        long start = isMarked ? position(mark) : at;
        boolean isIncomplete = isMarked && marks[mark + POSITION] < 0;
        return new FramedMessage(
                message,
                start,
                end,
                truncated || isIncomplete,
                isMarked ? marks[mark + ENTERED_AT] : isKnown ? enteredAt(start) : NONE,
                isMarked ? marks[mark + EXITED_AT] : isKnown ? exitedAt(start) : NONE,
                exitedAt(Math.max(start, end - 1)),
                keepsCalls ? calls(start, end) : List.of());
    }

    /** Nothing before {@code position} is asked for any more, but what open messages keep. */
    void forgetBefore(long position) {
        long needed = keepsCalls && open > 0 ? Math.min(position, oldestMark()) : position;
        while (size > 1 && end(slot(0)) <= needed) {
            first = (first + 1) & (slots() - 1);
            size--;
        }
    }

    void clear() {
        first = 0;
        size = 0;
        endAll();
    }

    /** Calls that are kept. */
    int size() {
        return size;
    }

    /** When the call of the byte at {@code position} was entered, or {@link #NONE} if no call is known. */
    private long enteredAt(long position) {
        return size == 0 ? NONE : ring[slot(indexAt(position)) + ENTERED_AT];
    }

    /** When the call of the byte at {@code position} returned, or {@link #NONE} if no call is known. */
    long exitedAt(long position) {
        return size == 0 ? NONE : ring[slot(indexAt(position)) + EXITED_AT];
    }

    /** The calls that carried bytes of {@code [start, end)}, with the bytes each carried of them. */
    private List<StepTime> calls(long start, long end) {
        List<StepTime> calls = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            int slot = slot(i);
            long from = Math.max(start, ring[slot + POSITION]);
            long to = Math.min(end, end(slot));
            if (from < to) {
                calls.add(new StepTime(to - from, ring[slot + EXITED_AT] + epochOffsetNanos));
            }
        }
        return calls;
    }

    private int mark(long key) {
        for (int at = (open - 1) * FIELDS; at >= 0; at -= FIELDS) {
            if (marks[at + KEY] == key) {
                return at;
            }
        }
        return -1;
    }

    private long position(int mark) {
        long position = marks[mark + POSITION];
        return position < 0 ? ~position : position;
    }

    private int newMark() {
        if (open == MOST_OPEN) {
            open--;
            System.arraycopy(marks, FIELDS, marks, 0, open * FIELDS);
            markForgotten = true;
        }
        if (open * FIELDS == marks.length) {
            long[] larger = new long[Math.max(FIELDS, marks.length * 2)];
            System.arraycopy(marks, 0, larger, 0, marks.length);
            marks = larger;
        }
        return FIELDS * open++;
    }

    private long oldestMark() {
        long oldest = Long.MAX_VALUE;
        for (int i = 0; i < open; i++) {
            oldest = Math.min(oldest, position(i * FIELDS));
        }
        return oldest;
    }

    /** No call of a direction has both times of another. */
    private boolean isPieceOfLast(long position, long entered, long exited) {
        int last = slot(size - 1);
        return end(last) == position && ring[last + ENTERED_AT] == entered && ring[last + EXITED_AT] == exited;
    }

    /** The last call that began at or before {@code position}; the first one if all began after it. */
    private int indexAt(long position) {
        int low = 0;
        int high = size - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (ring[slot(middle) + POSITION] <= position) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    private int slots() {
        return ring.length / FIELDS;
    }

    /** Where the fields of the call at {@code index} begin. */
    private int slot(int index) {
        return ((first + index) & (slots() - 1)) * FIELDS;
    }

    private long end(int slot) {
        return ring[slot + POSITION] + ring[slot + LENGTH];
    }

    private void makeRoom() {
        if (slots() < capacity) {
            long[] larger = new long[Math.max(SMALLEST * FIELDS, ring.length * 2)];
            for (int i = 0; i < size; i++) {
                System.arraycopy(ring, slot(i), larger, i * FIELDS, FIELDS);
            }
            ring = larger;
            first = 0;
            return;
        }
        System.arraycopy(ring, slot(0), ring, slot(1), FIELDS);
        first = (first + 1) & (slots() - 1);
        size--;
    }
}
