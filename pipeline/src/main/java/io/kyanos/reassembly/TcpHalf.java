package io.kyanos.reassembly;

import org.jspecify.annotations.Nullable;

/**
 * One direction of a TCP connection: sequence numbers as stream positions, how far its bytes have been handed on, and the
 * segments that wait. Not thread-safe.
 */
/*
 * Positions: 0 is the first byte after the SYN or, where that was not seen, the first one known. A sequence number is the
 * position nearest to where the direction stands, so it may wrap any number of times.
 *
 * Reached: up to there nothing is waited for any more. That is as far as bytes have been handed on, or further where they
 * were given up: what comes late of those is still taken if nothing behind it has been handed on meanwhile.
 */
final class TcpHalf {

    /** The largest window there is: what lies further ahead is of no use. */
    static final int MAX_AHEAD = 1 << 30;

    private static final long UNKNOWN = -1;

    private boolean begun;
    private boolean certain;
    private int base;
    private long next;
    private long given;
    private long acknowledged;
    private long end;
    private long fin = UNKNOWN;

    /** Since when it has been known that the peer has got all up to {@link #behindTo}; unknown if nothing of that is missing. */
    private long behindSince = UNKNOWN;

    private long behindTo;
    private long stuckSince;
    private long latestAt = Long.MIN_VALUE;
    private boolean pushed = true;
    private @Nullable HeldSegments held;

    /** Position 0 has a sequence number, if only a likely one. */
    boolean hasBegun() {
        return begun;
    }

    /** That number is the connection's own. */
    boolean isCertain() {
        return certain;
    }

    /** Nothing has been handed on and nothing waits. */
    boolean isUntouched() {
        return next == 0 && end == 0 && !holds();
    }

    /** Position 0 has this sequence number; only while {@link #isUntouched}. */
    void begin(int sequence, boolean isCertain) {
        begun = true;
        certain = isCertain;
        base = sequence;
        acknowledged = 0;
        given = 0;
    }

    /** The likely beginning was the real one. */
    void makeCertain() {
        certain = true;
    }

    boolean beginsAt(int sequence) {
        return begun && base == sequence;
    }

    long positionOf(int sequence) {
        return next + (sequence - (base + (int) next));
    }

    /** Up to which the bytes have been handed on. */
    long next() {
        return next;
    }

    /** Up to which nothing is waited for. */
    long reached() {
        return Math.max(next, given);
    }

    /** The highest position that a packet of this direction has shown. */
    long end() {
        return end;
    }

    void shows(long position) {
        end = Math.max(end, position);
    }

    /** Whether the sequence number is that of a position up to which bytes have been seen. */
    boolean hasShown(int sequence) {
        long position = positionOf(sequence);
        return position >= 0 && position <= end;
    }

    /** How far the peer has got it, as far as that is plausible. */
    long acknowledged() {
        return acknowledged;
    }

    /** The peer has got all up to this position. */
    void acknowledge(long position, long now) {
        if (position <= acknowledged || position > end + MAX_AHEAD) {
            return;
        }
        acknowledged = position;
        if (behindSince == UNKNOWN) {
            lookBehind(now);
        }
    }

    private void lookBehind(long now) {
        behindSince = isBehind() ? now : UNKNOWN;
        behindTo = acknowledged;
    }

    /** The peer has got bytes that have not been seen, and are still waited for. */
    boolean isBehind() {
        return acknowledgedBytes() > reached();
    }

    /** For how long some of these bytes have been missing; those that have come since make way for later ones. */
    long behindFor(long now) {
        if (behindSince == UNKNOWN || hasReached(behindTo)) {
            lookBehind(now);
        }
        return behindSince == UNKNOWN ? 0 : now - behindSince;
    }

    /** What has been missing for so long is waited for no longer. */
    void giveUpAcknowledged(long now) {
        giveUpTo(bytesTo(behindTo));
        lookBehind(now);
    }

    /** What lies before the first segment that waits is waited for no longer. */
    void giveUpHole() {
        Segment first = firstHeld();
        if (first != null) {
            given = Math.max(given, first.position);
        }
    }

    void giveUpTo(long position) {
        given = Math.max(given, position);
    }

    /** What lies before the direction's end is waited for no longer. */
    void giveUpRest() {
        given = Math.max(given, fin);
    }

    private long acknowledgedBytes() {
        return bytesTo(acknowledged);
    }

    /** Whether nothing is waited for of what comes before that position. */
    boolean hasReached(long position) {
        return reached() >= bytesTo(position);
    }

    /** The FIN counts in sequence numbers, though it is no byte. */
    private long bytesTo(long position) {
        return fin == UNKNOWN ? position : Math.min(position, fin);
    }

    /** The direction ends at this position; the first to say so is believed. */
    void finishAt(long position, long now) {
        if (fin == UNKNOWN && position >= next) {
            fin = position;
            stuckSince = now;
        }
    }

    boolean isFinishing() {
        return fin != UNKNOWN;
    }

    /** Bytes of {@code [position, position + length)} that lie before the direction's end. */
    int within(long position, int length) {
        return fin == UNKNOWN ? length : (int) Math.max(0, Math.min(length, fin - position));
    }

    /** All has been handed on or given up, and there is no more. */
    boolean isFinished() {
        return fin != UNKNOWN && reached() >= fin && !holds();
    }

    /** The final position, as far as packets show it. An acknowledgement of one more than was seen is that of a FIN. */
    long finalPosition() {
        if (fin != UNKNOWN) {
            return fin;
        }
        return Math.max(next, acknowledged == end + 1 ? end : Math.max(end, acknowledged));
    }

    /** Bytes have been handed on up to this position, the last of them captured at {@code at}. */
    void moveTo(long position, long at, boolean isPushed, long now) {
        next = position;
        latestAt = Math.max(latestAt, at);
        pushed = isPushed;
        stuckSince = now;
    }

    /** When the bytes up to one captured at {@code at} were all there. */
    long completeAt(long at) {
        return Math.max(latestAt, at);
    }

    /** The sender meant what it has sent so far to end there. */
    boolean wasPushed() {
        return pushed;
    }

    /** Something is waited for: what comes before a segment or before the end, or what the peer has got. */
    boolean isWaiting() {
        return holds() || isBehind() || (fin != UNKNOWN && reached() < fin);
    }

    boolean holds() {
        return held != null && !held.isEmpty();
    }

    @Nullable
    Segment firstHeld() {
        return held == null ? null : held.first();
    }

    /** As {@link #firstHeld}, which then waits no more. */
    void removeFirstHeld() {
        if (held != null) {
            held.removeFirst();
        }
    }

    /** The segments that wait. */
    HeldSegments held(long now) {
        HeldSegments to = held;
        if (to == null) {
            to = new HeldSegments();
            held = to;
        }
        if (to.isEmpty()) {
            stuckSince = now;
        }
        return to;
    }

    /** For how long its segments have waited without any progress. */
    long stuckFor(long now) {
        return now - stuckSince;
    }
}
