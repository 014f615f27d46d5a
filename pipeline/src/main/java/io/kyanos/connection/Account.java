package io.kyanos.connection;

import io.kyanos.event.EventDecoder;
import io.kyanos.protocol.StreamKind;

/**
 * The books of one stream: how far it has been accounted for, each byte under one fate. The sums over all streams are in
 * {@link Books}. Not thread-safe.
 */
final class Account {

    private static final String UNKNOWN_PROTOCOL = "unknown";

    private final Books books;
    private StreamKind kind = StreamKind.WIRE;
    private long begun;
    private long reached;
    private boolean handedOn;

    Account(Books books) {
        this.books = books;
    }

    /** What the positions count: the bytes of a socket, or those of whole datagrams. */
    StreamKind kind() {
        return kind;
    }

    /** Every message is a datagram by itself. Before the first byte. */
    void ofDatagrams() {
        kind = StreamKind.DATAGRAM;
    }

    /** Stream position up to which every byte has its fate. */
    long reached() {
        return reached;
    }

    /** Goes on where another account has been settled. Before the first byte. */
    void beginAt(long position) {
        begun = position;
        reached = position;
    }

    /** From here on, bytes that are not read belong to the protocol that the connection was handed on to. */
    void handOn() {
        handedOn = true;
    }

    void bytes(Fate fate, long count) {
        books.bytes(fate, count);
        reached += count;
    }

    void unparsed(String protocol, String reason, long count) {
        books.unparsed(protocol, reason, count);
        reached += count;
    }

    /** Bytes that already have their fate have come again, or too late. */
    void late(long count) {
        books.late(count);
    }

    /** The event's bytes are of no interest, nor are those before it. */
    void ignored(EventDecoder event) {
        long count = advance(event, Fate.GAP_UNTRACED);
        if (count > 0) {
            bytes(handedOn ? Fate.UPGRADED : Fate.GAP_UNTRACED, count);
        }
    }

    /**
     * The event's bytes were not understood.
     *
     * @param missing the fate of bytes before it that no event has brought
     */
    void undecided(EventDecoder event, Fate missing) {
        long count = advance(event, missing);
        if (count == 0) {
            return;
        }
        if (handedOn) {
            bytes(Fate.UPGRADED, count);
            return;
        }
        long seen = Math.min(count, event.captured());
        unparsed(UNKNOWN_PROTOCOL, Unparsed.UNDECIDED.label(), seen);
        Fate fate = Fate.ofUncaptured(event);
        bytes(fate == Fate.GAP_CAPPED ? Fate.GAP_UNTRACED : fate, count - seen);
    }

    /** No event brings the bytes up to {@code position}, if there are any. */
    void moveTo(long position, Fate missing) {
        if (position > reached) {
            bytes(handedOn ? Fate.UPGRADED : missing, position - reached);
        }
    }

    /** The stream ends, at {@code end} or where it is, whichever is later. */
    void settle(long end) {
        books.finalPosition(Math.max(reached, end) - begun);
    }

    /** Moves up to the event; the number of its bytes that have no fate yet. */
    private long advance(EventDecoder event, Fate missing) {
        long end = event.position() + event.dataLength();
        if (end <= reached) {
            late(event.dataLength());
            return 0;
        }
        moveTo(event.position(), missing);
        return end - reached;
    }
}
