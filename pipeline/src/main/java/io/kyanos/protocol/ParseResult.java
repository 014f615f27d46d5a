package io.kyanos.protocol;

import io.kyanos.record.Message;
import io.kyanos.record.StreamedEvents;
import org.jspecify.annotations.Nullable;

/** What a parser made of the bytes at the current position. Reused for every call; not thread-safe. */
public final class ParseResult {

    /** {@link #passOver()} of a body that lasts until the connection closes. */
    public static final long UNTIL_END = Long.MAX_VALUE;

    /** {@link #passOver()} of a message that lasts until the next one of its direction begins, as its framing is lost. */
    public static final long UNTIL_NEXT = Long.MAX_VALUE - 1;

    /** {@link #upgradedTo()} of what may be any protocol: both directions start over, as on a new connection. */
    public static final String TUNNEL = "connect";

    /** The cases of a result. */
    public enum Kind {
        /** A message ends after {@code length} bytes. */
        MESSAGE,
        /** {@code length} bytes are understood and, after them, {@code passOver} bytes are framed; no message ends yet. */
        SKIPPED,
        /** The bytes are a beginning; nothing is consumed. */
        NEED_MORE,
        /** The bytes cannot be this protocol's at this place; nothing is consumed, the caller asks {@code resync}. */
        INVALID,
        /** After {@code length} bytes another protocol begins, named by {@code upgradedTo}; a message may end here too. */
        UPGRADED
    }

    /** When the bytes of the current view came. */
    @FunctionalInterface
    public interface Times {

        /** When the call of the byte at {@code index} returned, or {@link StreamedEvents#UNKNOWN}. */
        long at(int index);
    }

    /** Where no message has begun. */
    public static final int NOWHERE = -1;

    private Kind kind = Kind.NEED_MORE;
    private int length;
    private long passOver;
    private @Nullable Message message;
    private String detail = "";

    private int begins = NOWHERE;
    private long key;
    private boolean over;
    private boolean part;
    private boolean apart;
    private boolean passOverWanted;
    private @Nullable SpanList structure;
    private Times times = index -> StreamedEvents.UNKNOWN;

    /** From here on the spans of structure are collected there; null: they are not needed. */
    public void collectStructure(@Nullable SpanList into) {
        structure = into;
    }

    /** From here on events have these times. */
    public void timedBy(Times of) {
        times = of;
    }

    /** Before each call of the parser. */
    public void restart() {
        begins = NOWHERE;
        key = 0;
        over = false;
        part = false;
        apart = false;
        passOverWanted = false;
        SpanList spans = structure;
        if (spans != null) {
            spans.clear();
        }
    }

    /**
     * The current message began at {@code index} of this call's view, which may lie after what is skipped. Called at
     * least once for each message of several calls; one that a single call frames from the view's first byte needs no
     * such call.
     */
    public void begins(int index) {
        begins(index, 0);
    }

    /**
     * The same for one of several messages that are open at once, distinguished by {@code key}. A call may begin one
     * and {@link #ends end} none or that one.
     */
    public void begins(int index, long key) {
        begins = index;
        this.key = key;
    }

    /**
     * This call ends the message that began under {@code key}, in this call or before: the one that it gives, or, if it
     * gives none, one that will never be given.
     */
    public void ends(long key) {
        over = true;
        this.key = key;
    }

    /** What this call consumes and passes over is a part of the message that has begun under {@code key}, in this call or before. */
    public void part(long key) {
        this.key = key;
        part = true;
    }

    /** What this call consumes and passes over is a part of no message that is open. */
    public void apart() {
        apart = true;
    }

    /** Whether calls of {@link #structure} are of any use. */
    public boolean wantsStructure() {
        return structure != null;
    }

    /**
     * The bytes {@code [from, to)} of this call's view are structure: they are needed to know framing, kind, label,
     * status or size of a message. All others are content. Spans come in order, and count only if this call consumes
     * them.
     */
    public void structure(int from, int to) {
        SpanList spans = structure;
        if (spans != null && from < to) {
            spans.add(from, to);
        }
    }

    /** The byte at {@code index} of this call's view, of {@code parse} or {@code passed}, ends an event of a streamed message. */
    public void event(int index, StreamedEvents of) {
        of.event(times.at(index));
    }

    /** When the call of the byte at {@code index} of this call's view returned, or {@link StreamedEvents#UNKNOWN}. */
    public long timeAt(int index) {
        return times.at(index);
    }

    /** The byte at {@code index} may turn out to be the last one of an event. */
    public void eventSoFar(int index, StreamedEvents of) {
        of.eventSoFar(times.at(index));
    }

    /** The bytes of this call's pass-over are looked at, so that they are captured if possible. */
    public void wantPassOver() {
        passOverWanted = true;
    }

    /** Whether {@link #wantPassOver} was called. */
    public boolean isPassOverWanted() {
        return passOverWanted;
    }

    /** Index in this call's view of the first byte of the current message, or {@link #NOWHERE}. */
    public int beginning() {
        return begins;
    }

    /** Which message {@link #begins} and {@link #ends} are about; 0 where one is open at a time. */
    public long key() {
        return key;
    }

    /** Whether it is a {@link #part} of the message under {@link #key}. */
    public boolean isPart() {
        return part;
    }

    /** Whether it is {@link #apart} from messages that are open. */
    public boolean isApart() {
        return apart;
    }

    /** Whether the message under {@link #key} is over. */
    public boolean isOver() {
        return over;
    }

    public void message(Message ended, int lengthInView) {
        set(Kind.MESSAGE, lengthInView, 0, ended, "");
    }

    public void skipped(int lengthInView, long toPassOver) {
        set(Kind.SKIPPED, lengthInView, toPassOver, null, "");
    }

    public void needMore() {
        set(Kind.NEED_MORE, 0, 0, null, "");
    }

    /** The bytes are not this protocol's here; {@code reason} is from a closed set, as it becomes a metric label. */
    public void invalid(String reason) {
        set(Kind.INVALID, 0, 0, null, reason);
    }

    /** Another protocol takes over in both directions; {@code protocol} is from a closed set, as it becomes a metric label. */
    public void upgraded(@Nullable Message ended, int lengthInView, String protocol) {
        set(Kind.UPGRADED, lengthInView, 0, ended, protocol);
    }

    public Kind kind() {
        return kind;
    }

    public int length() {
        return length;
    }

    public long passOver() {
        return passOver;
    }

    public @Nullable Message message() {
        return message;
    }

    public String reason() {
        return kind == Kind.INVALID ? detail : "";
    }

    public String upgradedTo() {
        return kind == Kind.UPGRADED ? detail : "";
    }

    private void set(Kind newKind, int newLength, long newPassOver, @Nullable Message newMessage, String newDetail) {
        if (newLength < 0 || newPassOver < 0) {
            throw new IllegalArgumentException(
                    "length: " + newLength + ", pass over: " + newPassOver + " (expected: >= 0)");
        }
        kind = newKind;
        length = newLength;
        passOver = newPassOver;
        message = newMessage;
        detail = newDetail;
    }
}
