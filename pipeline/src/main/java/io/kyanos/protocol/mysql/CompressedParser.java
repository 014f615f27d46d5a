package io.kyanos.protocol.mysql;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.record.Message;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

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
 * Long ones: zlib is made piece by piece, and what is part of a message that is passed over is given up at once. Of a longer
 * packet than is kept the rest is passed over; it must be part of such a message, or is lost.
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

    /** Plain bytes of it that are still to be made, and what makes them. */
    private int pending;

    private @Nullable Inflater inflater;

    /** Not all of it is in view. */
    private boolean isCut;

    /** Plain bytes at its end that will not be made. */
    private int unseen;

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
            drain(view.length(), result);
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
        int read = Math.min(length, MAX_WIRE_BYTES);
        if (length == 0) {
            invalid(MysqlReason.LENGTH, result);
        } else if (length > KEPT_BYTES && passOver >= plainBytes && to == from) {
            passOver -= plainBytes;
            messageBytes += HEAD_BYTES + length;
            isBehindLong = true;
            result.structure(0, HEAD_BYTES);
            result.skipped(HEAD_BYTES, length);
        } else if (view.length() < HEAD_BYTES + read) {
            result.needMore();
        } else {
            wireLeft = HEAD_BYTES + length;
            plainLeft = plainBytes;
            unseen = 0;
            now = result.timeAt(HEAD_BYTES + read - 1);
            result.structure(0, HEAD_BYTES);
            if (open(view, length, read, before)) {
                drain(view.length(), result);
            } else {
                leaveOut(result);
            }
        }
    }

    /** What was found by a search may be none, so that the next one may begin within it. */
    private void leaveOut(ParseResult result) {
        leftOut = isSearching ? 0 : wireLeft - 1;
        invalid(MysqlReason.COMPRESSION, result);
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

    /** Makes the first plain bytes of a compressed packet; false if it is none. */
    private boolean open(ByteView view, int length, int read, int before) {
        if (before == 0) {
            makeRoom(read);
            view.copyTo(HEAD_BYTES, buffer, to, read);
            to += read;
            unseen = length - read;
            return true;
        }
        byte[] data = new byte[read];
        view.copyTo(HEAD_BYTES, data, 0, read);
        Compression by = Compression.of(view, HEAD_BYTES);
        if (by == Compression.ZLIB) {
            inflater = new Inflater();
            inflater.setInput(data);
            isCut = read < length;
            pending = before;
            return refill();
        }
        if (by == Compression.NONE || read < length || before > MAX_PLAIN_BYTES) {
            return false;
        }
        makeRoom(before);
        boolean isWhole = Compression.decompressZstd(data, buffer, to, before);
        to += isWhole ? before : 0;
        return isWhole;
    }

    private void makeRoom(int bytes) {
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
    }

    /** Makes further plain bytes of those that are pending; false if the data holds none. */
    private boolean refill() {
        Inflater source = inflater;
        if (source == null || to - from > MAX_PLAIN_BYTES) {
            return false;
        }
        int room = Math.min(KEPT_BYTES, pending);
        makeRoom(room);
        try {
            int made = source.inflate(buffer, to, room);
            to += made;
            pending -= made;
            if (made == 0 && isCut) {
                unseen = pending;
                pending = 0;
            }
            if (pending == 0) {
                close();
            }
            return made > 0 || isCut;
        } catch (DataFormatException e) {
            return false;
        }
    }

    private void close() {
        if (inflater != null) {
            inflater.end();
            inflater = null;
        }
    }

    /** Gives the next message of what was decompressed, or what is left of its bytes. */
    private void drain(int inView, ParseResult result) {
        inner.needMore();
        while (from < to || pending > 0 || inner.kind() == ParseResult.Kind.SKIPPED) {
            if (passOver > 0) {
                int passed = (int) Math.min(passOver, to - from);
                passOver -= passed;
                move(passed);
            }
            boolean isDry = from == to && (passOver > 0 || inner.kind() != ParseResult.Kind.SKIPPED);
            if (isDry && pending == 0) {
                break;
            }
            if (isDry) {
                if (!refill()) {
                    leaveOut(result);
                    return;
                }
                continue;
            }
            if (isSearching) {
                plain.wrap(buffer, from, to - from);
                move(packets.resync(plain, 0));
            }
            plain.wrap(buffer, from, to - from);
            inner.restart();
            packets.parse(plain, inner);
            if (inner.beginning() != ParseResult.NOWHERE) {
                int begins = Math.min(inView, share(inner.beginning()));
                hasBegun = true;
                messageBytes = -begins;
                result.begins(begins, inner.key());
            }
            switch (inner.kind()) {
                case NEED_MORE -> {
                    if (pending == 0) {
                        skip(inView, result);
                        return;
                    }
                    if (!refill()) {
                        leaveOut(result);
                        return;
                    }
                }
                case SKIPPED -> {
                    isSearching = false;
                    move(inner.length());
                    passOver = inner.passOver();
                }
                case MESSAGE -> {
                    isSearching = false;
                    boolean isLast = inner.length() == to - from && pending == 0 && unseen == 0;
                    int most = Math.min(wireLeft, inView) - 1;
                    give(isLast ? wireLeft : Math.max(1, Math.min(most, share(inner.length()))), result);
                    return;
                }
                case INVALID, UPGRADED -> {
                    leftOut = wireLeft - 1;
                    invalid(inner.reason(), result);
                    return;
                }
            }
        }
        skip(inView, result);
    }

    private void move(int count) {
        from += count;
        plainLeft = Math.min(plainLeft, to - from + pending + unseen);
    }

    /** How many bytes on the wire stand for the next {@code count} plain ones. */
    private int share(int count) {
        int ofFrame = Math.max(0, count - Math.max(0, to - from + pending + unseen - plainLeft));
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

    /** All of the compressed packet has been looked at; what was not seen of it must be part of a message that is passed over. */
    private void skip(int inView, ParseResult result) {
        if (unseen > 0 && passOver < unseen) {
            leaveOut(result);
            return;
        }
        passOver -= unseen;
        isBehindLong = unseen > 0;
        unseen = 0;
        int length = Math.min(wireLeft, inView);
        int rest = wireLeft - length;
        messageBytes += wireLeft;
        wireLeft = 0;
        release();
        result.skipped(length, rest);
    }

    /** What is left over of a long packet takes no more room than it needs: thousands of connections may have some. */
    private void release() {
        if (buffer.length > KEPT_BYTES && (from == to || wireLeft == 0)) {
            buffer = from == to ? NOTHING : Arrays.copyOfRange(buffer, from, to);
            to -= from;
            from = 0;
        }
    }

    /** Bytes of memory for what was decompressed. */
    int keptBytes() {
        return buffer.length;
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
        pending = 0;
        unseen = 0;
        close();
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
        if (length == 0 || (before > 0 && before < length)) {
            return false;
        }
        return before == 0
                ? length > Packet.HEAD_BYTES && packets.mayStand(view, at + HEAD_BYTES)
                : before >= length && Compression.of(view, at + HEAD_BYTES) != Compression.NONE;
    }
}
