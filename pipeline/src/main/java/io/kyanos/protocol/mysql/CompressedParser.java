package io.kyanos.protocol.mysql;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.record.Message;

/**
 * Reads one direction, whose packets stand in compressed ones from the end of the log-in on, if that was agreed. Holds at most
 * {@link #MAX_PLAIN_BYTES} of what was decompressed, and what one packet has left over. Not thread-safe.
 *
 * <pre>
 *   +---------------------+----------+---------------------------+------ - - -
 *   | length (3, little)  | sequence | length before, or 0 (3)   | length bytes
 *   +---------------------+----------+---------------------------+------ - - -
 * </pre>
 */
/*
 * Positions: where several messages stand in one compressed packet each gets a share of its bytes, in proportion to its own.
 * So sizes are those on the wire, and add up.
 *
 * Long ones: what is longer than the bounds is passed over. It is part of a message that is passed over itself, or lost.
 *
 * Losses: the next compressed packet is known by the beginning of its data; within it messages are searched for as ever.
 */
// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_compression_packet.html
final class CompressedParser implements Parser {

    static final int MAX_WIRE_BYTES = 256 * 1024;
    static final int MAX_PLAIN_BYTES = 1024 * 1024;

    private static final int HEAD_BYTES = Compressed.HEAD_BYTES;
    private static final int PLAIN_LENGTH_AT = Compressed.PLAIN_LENGTH_AT;
    private static final int KEPT_BYTES = 64 * 1024;
    private static final byte[] NOTHING = {};

    private final MysqlConversation conversation;
    private final MysqlParser packets;
    private final ByteView plain = new ByteView();
    private final ParseResult inner = new ParseResult();

    private byte[] buffer = NOTHING;
    private int from;
    private int to;

    /** Plain bytes of a message that are passed over. */
    private long passOver;

    private boolean isSearching;

    /** Of the compressed packet in view: its bytes that are still to be given away, and plain ones when it came. */
    private int wireLeft;

    private int plainLeft;

    /** The last compressed packet was too long to be looked at. */
    private boolean isBehindLong;

    /** Bytes on the wire of the message that has begun, up to where the stream stands. */
    private long messageBytes;

    private boolean hasBegun;

    /** What was found may be a compressed packet, as far as it is in view, of a connection whose log-in was not seen. */
    private boolean mayBeCompressed;

    /** The rest of a compressed packet that is left out. */
    private int leftOut;

    private long now;

    CompressedParser(MysqlConversation conversation, MysqlParser packets) {
        this.conversation = conversation;
        this.packets = packets;
        inner.timedBy(index -> now);
    }

    @Override
    public void parse(ByteView view, ParseResult result) {
        if (mayBeCompressed) {
            mayBeCompressed = false;
            result.needMore();
        } else if (!conversation.isCompressed) {
            packets.parse(view, result);
        } else if (isBehindLong && passOver == 0) {
            behindLong(view, result);
        } else if (wireLeft > 0) {
            drain(result);
        } else if (view.length() < HEAD_BYTES) {
            result.needMore();
        } else {
            frame(view, result);
        }
    }

    private void frame(ByteView view, ParseResult result) {
        int length = Packet.length(view, 0);
        int before = Packet.length(view, PLAIN_LENGTH_AT);
        int plainBytes = before == 0 ? length : before;
        if (length == 0) {
            invalid(MysqlReason.LENGTH, result);
        } else if (length > MAX_WIRE_BYTES || plainBytes > MAX_PLAIN_BYTES) {
            tooLong(length, plainBytes, result);
        } else if (view.length() < HEAD_BYTES + length) {
            result.needMore();
        } else if (decompress(view, length, before)) {
            wireLeft = HEAD_BYTES + length;
            plainLeft = plainBytes;
            now = result.timeAt(HEAD_BYTES + length - 1);
            result.structure(0, HEAD_BYTES);
            drain(result);
        } else {
            leaveOut(length, result);
        }
    }

    /** What was found by a search may be none, so that the next one may begin within it. */
    private void leaveOut(int length, ParseResult result) {
        leftOut = isSearching ? 0 : HEAD_BYTES + length - 1;
        invalid(MysqlReason.COMPRESSION, result);
    }

    private void tooLong(int length, int plainBytes, ParseResult result) {
        if (passOver >= plainBytes && to == from) {
            passOver -= plainBytes;
            messageBytes += HEAD_BYTES + length;
            result.structure(0, HEAD_BYTES);
            result.skipped(HEAD_BYTES, length);
            isBehindLong = true;
        } else {
            leaveOut(length, result);
        }
    }

    /** A message may have ended with the long one. */
    private void behindLong(ByteView view, ParseResult result) {
        isBehindLong = false;
        plain.wrap(buffer, to, 0);
        inner.restart();
        packets.parse(plain, inner);
        if (inner.kind() == ParseResult.Kind.MESSAGE) {
            give(0, result);
        } else {
            parse(view, result);
        }
    }

    private boolean decompress(ByteView view, int length, int before) {
        int bytes = before == 0 ? length : before;
        if (to == from) {
            from = 0;
            to = 0;
        }
        if (buffer.length - to < bytes) {
            byte[] larger = new byte[to - from + bytes];
            System.arraycopy(buffer, from, larger, 0, to - from);
            to -= from;
            from = 0;
            buffer = larger;
        }
        if (before == 0) {
            view.copyTo(HEAD_BYTES, buffer, to, length);
        } else {
            byte[] data = new byte[length];
            view.copyTo(HEAD_BYTES, data, 0, length);
            if (!Compression.of(view, HEAD_BYTES).decompress(data, buffer, to, before)) {
                return false;
            }
        }
        to += bytes;
        return true;
    }

    /** Gives the next message of what was decompressed, or what is left of its bytes. */
    private void drain(ParseResult result) {
        while (from < to || inner.kind() == ParseResult.Kind.SKIPPED) {
            if (passOver > 0) {
                int passed = (int) Math.min(passOver, to - from);
                passOver -= passed;
                move(passed);
                if (passOver > 0) {
                    break;
                }
            }
            if (isSearching) {
                plain.wrap(buffer, from, to - from);
                move(packets.resync(plain, 0));
            }
            plain.wrap(buffer, from, to - from);
            inner.restart();
            packets.parse(plain, inner);
            if (inner.beginning() != ParseResult.NOWHERE) {
                int begins = share(inner.beginning());
                hasBegun = true;
                messageBytes = -begins;
                result.begins(begins, inner.key());
            }
            switch (inner.kind()) {
                case NEED_MORE -> {
                    skip(result);
                    return;
                }
                case SKIPPED -> {
                    isSearching = false;
                    move(inner.length());
                    passOver = inner.passOver();
                }
                case MESSAGE -> {
                    isSearching = false;
                    boolean isLast = inner.length() == to - from;
                    give(isLast ? wireLeft : Math.max(1, Math.min(wireLeft - 1, share(inner.length()))), result);
                    return;
                }
                case INVALID, UPGRADED -> {
                    leftOut = wireLeft - 1;
                    invalid(inner.reason(), result);
                    return;
                }
            }
        }
        skip(result);
    }

    private void move(int count) {
        from += count;
        plainLeft = Math.min(plainLeft, to - from);
    }

    /** How many bytes on the wire stand for the next {@code count} plain ones. */
    private int share(int count) {
        int ofFrame = Math.max(0, count - Math.max(0, to - from - plainLeft));
        return plainLeft == 0 ? 0 : (int) ((long) wireLeft * Math.min(ofFrame, plainLeft) / plainLeft);
    }

    /** Gives the message of the inner result, as one that ends after {@code length} bytes on the wire. */
    private void give(int length, ParseResult result) {
        Message message = inner.message();
        long bytes = messageBytes + length;
        if (bytes <= 0 || message == null) {
            leftOut = Math.max(0, wireLeft - 1);
            invalid(MysqlReason.COMPRESSION, result);
            return;
        }
        move(inner.length());
        wireLeft -= length;
        hasBegun = false;
        messageBytes = 0;
        release();
        result.ends(inner.key());
        result.message(((MysqlMessage) message).sized(bytes), length);
    }

    /** All of the compressed packet has been looked at. */
    private void skip(ParseResult result) {
        int length = wireLeft;
        wireLeft = 0;
        messageBytes += length;
        release();
        result.skipped(length, 0);
    }

    private void release() {
        if (from == to && buffer.length > KEPT_BYTES) {
            buffer = NOTHING;
        }
    }

    private void invalid(String reason, ParseResult result) {
        packets.lost(inner);
        forget();
        result.invalid(reason);
    }

    private void forget() {
        from = 0;
        to = 0;
        passOver = 0;
        wireLeft = 0;
        plainLeft = 0;
        hasBegun = false;
        messageBytes = 0;
        isSearching = true;
        release();
    }

    @Override
    public void passed(ByteView bytes) {
        // Of a compressed packet that is too long nothing is looked at.
    }

    @Override
    public void structureSoFar(ByteView view, ParseResult result) {
        if (!conversation.isCompressed) {
            packets.structureSoFar(view, result);
        } else if (wireLeft == 0) {
            result.structure(0, Math.min(HEAD_BYTES, view.length()));
        }
    }

    @Override
    public boolean isInMessage() {
        return packets.isInMessage();
    }

    @Override
    public void soFar(ParseResult result) {
        packets.soFar(result);
        sizeOf(result);
    }

    @Override
    public void lost(ParseResult result) {
        packets.lost(result);
        sizeOf(result);
        if (conversation.isCompressed) {
            leftOut = 0;
            forget();
        }
    }

    private void sizeOf(ParseResult result) {
        Message cut = result.message();
        if (conversation.isCompressed && hasBegun && cut != null) {
            result.message(((MysqlMessage) cut).sized(Math.max(1, messageBytes)), 0);
        }
    }

    @Override
    public int resync(ByteView view, int from) {
        if (!conversation.isCompressed) {
            int at = packets.resync(view, from);
            int compressed = conversation.capabilities.mayCompress() ? Compressed.find(view, from, at) : at;
            conversation.isCompressed = compressed < at && Compressed.isCertain(view, compressed);
            isSearching = conversation.isCompressed;
            mayBeCompressed = compressed < at && !conversation.isCompressed;
            return compressed;
        }
        int at = Math.min(view.length(), from + leftOut);
        leftOut -= at - from;
        if (leftOut > 0) {
            return at;
        }
        while (at < view.length() && !mayBegin(view, at)) {
            at++;
        }
        return at;
    }

    /** Whether a compressed packet may begin at {@code at}, as far as the view goes. */
    private boolean mayBegin(ByteView view, int at) {
        if (view.length() - at < HEAD_BYTES) {
            return view.length() - at < 3 || Packet.length(view, at) > 0;
        }
        int length = Packet.length(view, at);
        int before = Packet.length(view, at + PLAIN_LENGTH_AT);
        if (length == 0 || length > MAX_WIRE_BYTES || before > MAX_PLAIN_BYTES) {
            return false;
        }
        return before == 0
                ? length > Packet.HEAD_BYTES && packets.mayStand(view, at + HEAD_BYTES)
                : before >= length && Compression.of(view, at + HEAD_BYTES) != Compression.NONE;
    }
}
