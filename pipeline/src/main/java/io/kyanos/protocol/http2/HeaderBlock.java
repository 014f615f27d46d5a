package io.kyanos.protocol.http2;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import java.util.Arrays;

/** The block of fields in hand: that of a frame, and of the CONTINUATION frames behind it. Reused; not thread-safe. */
// https://www.rfc-editor.org/rfc/rfc9113#section-4.3
final class HeaderBlock {

    /** A longer one is not read. */
    static final int MAX_BYTES = 1 << 17;

    /** Its frames are not all there. */
    static final int MORE = -1;

    /** Other frames interrupt it, or it is too long. */
    static final int WRONG = -2;

    /** So much room for joined fragments stays from block to block. */
    private static final int MOST_JOINED_BYTES = 1 << 10;

    private static final byte[] NOTHING = {};

    private final FieldDecoder decoder;
    private final HeadFields fields;
    private final Frame next = new Frame();
    private final ByteView whole = new ByteView();
    private byte[] joined = NOTHING;

    /** Where its first fragment is. */
    private int from;

    private int to;
    private int end;

    HeaderBlock(FieldDecoder decoder, HeadFields fields) {
        this.decoder = decoder;
        this.fields = fields;
    }

    /** Where the frames end that begin with {@code frame}, the one at the beginning of the view; {@link #MORE}, or {@link #WRONG}. */
    int find(ByteView view, Frame frame) {
        end = frame.bytes();
        boolean isOver = frame.has(Frame.END_HEADERS);
        while (!isOver) {
            if (end > MAX_BYTES) {
                return WRONG;
            }
            if (!next.read(view, end)) {
                return MORE;
            }
            if (next.type() != Frame.CONTINUATION || next.stream() != frame.stream()) {
                return WRONG;
            }
            isOver = next.has(Frame.END_HEADERS);
            end += next.bytes();
        }
        return end > MAX_BYTES ? WRONG : end <= view.length() ? end : MORE;
    }

    /** Finds the fields within the first of the frames that were found; false if there is no place for them beside the padding. */
    boolean locate(ByteView view, Frame frame) {
        int padding = frame.has(Frame.PADDED) ? 1 : 0;
        from = Frame.HEAD_BYTES + padding;
        if (frame.type() == Frame.PUSH_PROMISE) {
            from += Integer.BYTES;
        } else if (frame.has(Frame.PRIORITISED)) {
            from += Frame.PRIORITY_BYTES;
        }
        to = frame.bytes() - (padding > 0 ? Frame.unsigned(view, Frame.HEAD_BYTES) : 0);
        return from <= to;
    }

    /** The stream that a PUSH_PROMISE promises. */
    int promised(ByteView view) {
        return Frame.int32(view, from - Integer.BYTES) & Integer.MAX_VALUE;
    }

    /** Gives the fields; false if they are not well-formed. */
    boolean decode(ByteView view, Frame frame, ParseResult result) {
        fields.restart();
        boolean isOneFrame = end == frame.bytes();
        fields.structure().restart(isOneFrame ? from : 0, result.wantsStructure());
        boolean isRight = isOneFrame
                ? decoder.decode(view, from, to, fields)
                : decoder.decode(whole, 0, join(view, frame), fields);
        if (isRight && result.wantsStructure()) {
            report(view, frame, result);
        }
        if (joined.length > MOST_JOINED_BYTES) {
            joined = NOTHING;
            whole.wrap(NOTHING, 0, 0);
        }
        return isRight;
    }

    /** Stands {@link #whole} on the fragments one after another; how long they are. */
    private int join(ByteView view, Frame frame) {
        if (joined.length < end) {
            joined = Arrays.copyOf(joined, Math.max(end, 2 * joined.length));
        }
        int length = to - from;
        view.copyTo(from, joined, 0, length);
        for (int at = frame.bytes(); at < end; at += next.bytes()) {
            next.read(view, at);
            view.copyTo(at + Frame.HEAD_BYTES, joined, length, next.length());
            length += next.length();
        }
        whole.wrap(joined, 0, length);
        return length;
    }

    private void report(ByteView view, Frame frame, ParseResult result) {
        BlockStructure structure = fields.structure();
        result.structure(Frame.HEAD_BYTES, from);
        structure.end(end == frame.bytes() ? to : whole.length());
        if (fields.isCall()) {
            structure.isOfCall();
        }
        if (end == frame.bytes()) {
            structure.report(from, to, from, result);
            return;
        }
        structure.report(0, to - from, from, result);
        int place = to - from;
        for (int at = frame.bytes(); at < end; at += next.bytes()) {
            next.read(view, at);
            result.structure(at, at + Frame.HEAD_BYTES);
            structure.report(place, place + next.length(), at + Frame.HEAD_BYTES, result);
            place += next.length();
        }
    }
}
