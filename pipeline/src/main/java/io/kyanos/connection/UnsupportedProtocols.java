package io.kyanos.connection;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.protocol.ByteView;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Recognises protocols that are not supported, so strictly that the connection can be ignored for good. Not
 * thread-safe.
 */
/*
 * Beginning: the first bytes of a direction identify most protocols.
 *
 * Middle: only TLS can be recognised there, as all of it consists of records. Five bytes may look like a record's
 * head by chance, so it takes two: one where a call begins and the next where the first ends, or one in each direction.
 */
final class UnsupportedProtocols {

    private static final byte[] SSH_2 = // https://www.rfc-editor.org/rfc/rfc4253#section-4.2
            "SSH-2.0-".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SSH_1_99 = "SSH-1.99-".getBytes(StandardCharsets.US_ASCII);

    // https://www.rfc-editor.org/rfc/rfc8446#section-5.1 and, for the versions before, appendix D.1
    private static final int RECORD_HEAD_BYTES = 5;
    private static final int CHANGE_CIPHER_SPEC = 20;
    private static final int HANDSHAKE = 22;
    private static final int APPLICATION_DATA = 23;
    private static final int TLS_MAJOR = 3;
    private static final int TLS_1_2_MINOR = 3;
    private static final int MAX_RECORD_BYTES = (1 << 14) + 2048;
    private static final int HELLO_BYTES = 11;
    private static final int CLIENT_HELLO = 1;
    private static final int SERVER_HELLO = 2;
    private static final int LEAST_HELLO_BYTES = 38;
    private static final int MAX_HELLO_BYTES = 1 << 17;

    private static final int NONE = -1;

    private final ByteView view = new ByteView();

    /** Where the next record of each direction begins, if the bytes seen before were one; {@link #NONE} if not. */
    private final long[] nextRecord = {NONE, NONE};

    /**
     * Takes one data event into account; returns what the connection speaks, once that is certain.
     *
     * @param beginning the first bytes of the event's direction, or null if those have been missed
     */
    @Nullable
    Undecoded recognise(EventDecoder event, @Nullable ByteView beginning) {
        Undecoded said = beginning == null ? null : of(beginning);
        return said == null && isTls(event) ? Undecoded.TLS : said;
    }

    /** What begins like this; null if it is none of these or not certain yet. */
    static @Nullable Undecoded of(ByteView head) {
        if (isHello(head)) {
            return Undecoded.TLS;
        }
        return head.startsWith(SSH_2, 0) || head.startsWith(SSH_1_99, 0) ? Undecoded.SSH : null;
    }

    private static boolean isHello(ByteView head) {
        if (head.length() < HELLO_BYTES || !isRecord(head, 0) || head.byteAt(0) != HANDSHAKE) {
            return false;
        }
        int type = head.byteAt(5);
        int length = unsigned(head, 6) << 16 | unsigned(head, 7) << 8 | unsigned(head, 8);
        return (type == CLIENT_HELLO || type == SERVER_HELLO)
                && length >= LEAST_HELLO_BYTES
                && length <= MAX_HELLO_BYTES
                && head.byteAt(9) == TLS_MAJOR
                && head.byteAt(10) <= TLS_1_2_MINOR;
    }

    /* One record's head where another ends, or one in each direction. */
    private boolean isTls(EventDecoder event) {
        int which = event.direction() == Direction.EGRESS ? 0 : 1;
        view.wrap(event.array(), event.payloadIndex(), event.captured());
        long next = nextRecord[which];
        if (next != NONE && next >= event.position() + event.dataLength()) {
            return false;
        }
        if (next != NONE) {
            nextRecord[which] = NONE;
            long at = next - event.position();
            if (at >= 0 && at <= view.length() - RECORD_HEAD_BYTES) {
                return isRecord(view, (int) at);
            }
        }
        if (!event.hasFlag(EventDecoder.FLAG_CONTINUED) && view.length() >= RECORD_HEAD_BYTES && isRecord(view, 0)) {
            nextRecord[which] = event.position() + RECORD_HEAD_BYTES + recordBytes(view, 0);
            return nextRecord[1 - which] != NONE;
        }
        return false;
    }

    private static boolean isRecord(ByteView bytes, int at) {
        int type = bytes.byteAt(at);
        int minor = bytes.byteAt(at + 2);
        int length = recordBytes(bytes, at);
        return type >= CHANGE_CIPHER_SPEC
                && type <= APPLICATION_DATA
                && bytes.byteAt(at + 1) == TLS_MAJOR
                && minor >= 0
                && minor <= TLS_1_2_MINOR
                && length > 0
                && length <= MAX_RECORD_BYTES;
    }

    private static int recordBytes(ByteView bytes, int at) {
        return unsigned(bytes, at + 3) << 8 | unsigned(bytes, at + 4);
    }

    private static int unsigned(ByteView bytes, int at) {
        return bytes.byteAt(at) & 0xff;
    }
}
