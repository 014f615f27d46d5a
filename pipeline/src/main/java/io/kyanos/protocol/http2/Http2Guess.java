package io.kyanos.protocol.http2;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Guess;

/** Recognises HTTP/2 by its preface, by the SETTINGS that a server begins with, and in its middle by header blocks. */
final class Http2Guess {

    private static final int HEADER_TABLE_SIZE = 1;
    private static final int MOST_KNOWN_SETTING = 9;
    private static final int GRPC_TRUE_BINARY = 0xfe03;
    private static final int MOST_SETTINGS_BYTES = 40 * Frame.SETTING_BYTES;

    /** Whose header block it is. */
    enum Sender {
        NOBODY,
        CLIENT,
        SERVER,
        EITHER
    }

    private Http2Guess() {}

    /** What begins with {@code head}, where the other direction has begun with {@code other}. */
    static Guess guess(ByteView head, ByteView other) {
        if (head.isEmpty()) {
            return Guess.UNSURE;
        }
        if (head.byteAt(0) == 'P') {
            int preface = Frame.prefaceBytes(head, 0);
            return preface == Frame.prefaceLength()
                    ? Guess.REQUEST
                    : preface == head.length() ? Guess.UNSURE : Guess.NO;
        }
        if (head.byteAt(0) != 0 || isForeign(head)) {
            return Guess.NO;
        }
        Guess settings = settings(head, other);
        return settings == Guess.NO ? anywhere(head) : settings;
    }

    /* Asked of the bytes of every protocol: nothing is made before it says no. */
    private static boolean isForeign(ByteView head) {
        return head.length() >= Frame.HEAD_BYTES && !Frame.isPlausible(head, 0);
    }

    /** Whether a server may greet so. */
    static boolean isGreeting(ByteView head) {
        if (isForeign(head)) {
            return false;
        }
        Frame frame = new Frame();
        return frame.read(head, 0) && frame.type() == Frame.SETTINGS && isSettings(head, frame);
    }

    /* A server's first frame. Where the client has not begun with a preface it may be anyone's, anywhere. */
    private static Guess settings(ByteView head, ByteView other) {
        if (head.length() < Frame.HEAD_BYTES) {
            return mayBeSettings(head) ? Guess.UNSURE : Guess.NO;
        }
        if (head.byteAt(3) != Frame.SETTINGS || !isGreeting(head)) {
            return Guess.NO;
        }
        boolean answersPreface = Frame.prefaceBytes(other, 0) == Frame.prefaceLength();
        boolean isNonEmpty = head.length() >= Frame.HEAD_BYTES + Frame.SETTING_BYTES && head.byteAt(2) != 0;
        return answersPreface || (other.isEmpty() && isNonEmpty) ? Guess.RESPONSE : Guess.UNSURE;
    }

    /* Length, of which only the last byte may be other than 0, type, flags and stream. */
    private static boolean mayBeSettings(ByteView head) {
        for (int i = 0; i < head.length(); i++) {
            boolean fits = i == 2 || head.byteAt(i) == (i == 3 ? Frame.SETTINGS : 0);
            if (!fits) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSettings(ByteView head, Frame frame) {
        if (!frame.isPlausible() || frame.has(Frame.ACK) || frame.length() > MOST_SETTINGS_BYTES) {
            return false;
        }
        int end =
                Math.min(head.length() - Frame.SETTING_BYTES, frame.length() + Frame.HEAD_BYTES - Frame.SETTING_BYTES);
        for (int at = Frame.HEAD_BYTES; at <= end; at += Frame.SETTING_BYTES) {
            int setting = Frame.int16(head, at);
            if ((setting < HEADER_TABLE_SIZE || setting > MOST_KNOWN_SETTING)
                    && setting < (GRPC_TRUE_BINARY & 0xff00)) {
                return false;
            }
        }
        return true;
    }

    /** What a call begins with in the middle of a connection: the head of a request or of a response shows the side. */
    static Guess anywhere(ByteView head) {
        if (head.isEmpty()) {
            return Guess.UNSURE;
        }
        if (head.byteAt(0) != 0 || isForeign(head)) {
            return Guess.NO;
        }
        Frame frame = new Frame();
        int at = 0;
        while (frame.read(head, at)) {
            if (!frame.isPlausible()) {
                return Guess.NO;
            }
            if (frame.type() == Frame.HEADERS) {
                return switch (FirstField.sender(head, at, frame)) {
                    case NOBODY -> Guess.NO;
                    case CLIENT -> Guess.REQUEST;
                    case SERVER -> Guess.RESPONSE;
                    case EITHER -> Guess.UNSURE;
                };
            }
            if (frame.type() == Frame.DATA && frame.bytes() > head.length() - at) {
                return Guess.NO;
            }
            at += frame.bytes();
        }
        return at < head.length() && head.byteAt(at) != 0 ? Guess.NO : Guess.UNSURE;
    }
}
