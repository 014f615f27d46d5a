package io.kyanos.protocol.grpc;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.record.StreamedEvents;
import org.jspecify.annotations.Nullable;

/**
 * Counts the messages of one direction of one call by their prefixes, whatever the pieces in which they come. What messages hold
 * is passed over. Not thread-safe.
 *
 * <pre>
 * | flags 8 | length 32 | message |
 * </pre>
 */
/*
 * Gaps: bytes that are missing within a message shorten it. Where a prefix may be among them nothing is counted any more, and what was
 * is the least that there can have been.
 */
// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests
public final class MessageCounter {

    /** Every frame of the body is a message. */
    static final int NO_END = 0;

    /** The body is not made of prefixes and messages. */
    static final int NOT_FRAMED = -1;

    /** The flag of the frame that ends a body of gRPC-Web, whose trailers it holds. */
    static final int WEB_END = 0x80;

    /** The same of Connect, as JSON. */
    static final int CONNECT_END = 0x02;

    private static final int PREFIX_BYTES = 5;
    private static final int COMPRESSED = 1;

    private final int endFlag;
    private final boolean isTimed;

    private long count;
    private long compressed;
    private long firstAt = StreamedEvents.UNKNOWN;
    private long lastAt = StreamedEvents.UNKNOWN;

    private int prefixBytes;
    private int flags;
    private int length;

    /** Bytes of the current message that are still to come. */
    private long left;

    /** Where messages begin is not known any more, or never was. */
    private boolean lost;

    /** There was something else where a message should have begun. */
    private boolean broken;

    private @Nullable EndFrame end;

    MessageCounter(int endFlag, boolean isTimed) {
        this.endFlag = endFlag;
        this.isTimed = isTimed;
        lost = endFlag == NOT_FRAMED;
    }

    /** The body goes on with {@code [from, to)} of the view of the parser's current call, whose result takes what is structure. */
    public void read(ByteView view, int from, int to, ParseResult result) {
        int at = from;
        while (at < to && !lost) {
            if (left > 0) {
                int some = (int) Math.min(left, to - at);
                if (isEnd() && end != null) {
                    end.read(view, at, at + some, result);
                }
                at += some;
                left -= some;
                if (left == 0) {
                    ends(at - 1, result);
                }
            } else {
                readPrefix(view, at++, result);
            }
        }
    }

    private void readPrefix(ByteView view, int at, ParseResult result) {
        int octet = view.byteAt(at) & 0xff;
        if (prefixBytes == 0 && (octet & ~(COMPRESSED | endFlag)) != 0) {
            lost = true;
            broken = true;
            return;
        }
        result.structure(at, at + 1);
        if (prefixBytes == 0) {
            flags = octet;
            length = 0;
        } else {
            length = length << 8 | octet;
        }
        prefixBytes++;
        if (prefixBytes == PREFIX_BYTES) {
            prefixBytes = 0;
            left = length & 0xffffffffL;
            end = isEnd() && (flags & COMPRESSED) == 0 ? new EndFrame(endFlag == CONNECT_END) : null;
            if (left == 0) {
                ends(at, result);
            }
        }
    }

    private boolean isEnd() {
        return (flags & endFlag) != 0;
    }

    private void ends(int at, ParseResult result) {
        if (isEnd()) {
            return;
        }
        add(isTimed ? result.timeAt(at) : StreamedEvents.UNKNOWN);
    }

    private void add(long time) {
        if (count == 0) {
            firstAt = time;
        }
        count++;
        compressed += flags & COMPRESSED;
        lastAt = time;
    }

    /** So many bytes of the body are missing here. */
    public void missed(long bytes) {
        if (lost) {
            return;
        }
        if (left >= bytes && !isEnd()) {
            left -= bytes;
            if (left == 0) {
                add(StreamedEvents.UNKNOWN);
            }
        } else {
            lost = true;
        }
    }

    /** An unknown number of bytes is missing. */
    public void loses() {
        lost = true;
    }

    /** Whether where messages begin is not known, so that there may have been more. */
    public boolean isLost() {
        return lost;
    }

    /** Whether what comes after so many bytes more of the body is looked at. */
    public boolean wants(long bytes) {
        return !lost && (left < bytes || isEnd());
    }

    /** Whether all of the body that has come is whole messages. */
    public boolean isWhole() {
        return !lost && left == 0 && prefixBytes == 0;
    }

    /** Whether the body, which has ended, is nothing but messages, one at least. */
    public boolean isProof() {
        return isWhole() && count > 0;
    }

    /** Whether the body, which has ended, is something else than messages. */
    public boolean isRefutation() {
        return broken || !(isWhole() || lost);
    }

    /** Messages of which the end has come. */
    public long count() {
        return count;
    }

    /** Whether the body is made of messages. */
    public boolean isCounted() {
        return endFlag != NOT_FRAMED;
    }

    /** As they are now, whatever comes. */
    public MessageCounts counts() {
        return new MessageCounts(count, compressed, lost, firstAt, lastAt);
    }

    /** What the frame that ended the body says; null if none has come, or nothing that is known. */
    public @Nullable GrpcStatus endStatus() {
        return end == null || !isWhole() ? null : end.status();
    }
}
