package io.kyanos.protocol.nats;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Guess;
import java.nio.charset.StandardCharsets;

/** What the lines of NATS look like to somebody who does not know that they are. Stateless. */
final class NatsGuess {

    private static final byte[] INFO = "INFO {".getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_LOOK_BYTES = 4096;
    private static final int MAX_SUBJECT_BYTES = 1024;

    private NatsGuess() {}

    static Guess guess(ByteView head, ByteView other) {
        if (head.isEmpty()) {
            return Guess.UNSURE;
        }
        Guess alone = alone(head);
        if (alone == Guess.UNSURE && isInfo(other)) {
            return looksLike(head, true) == Look.WHOLE ? Guess.REQUEST : alone;
        }
        return alone;
    }

    /** Whether a server begins so, as far as the bytes have come. */
    static boolean isGreeting(ByteView head) {
        int count = Math.min(head.length(), INFO.length);
        for (int i = 0; i < count; i++) {
            if (head.byteAt(i) != INFO[i]) {
                return false;
            }
        }
        return count > 0;
    }

    private static boolean isInfo(ByteView view) {
        return view.startsWith(INFO, 0);
    }

    private static Guess alone(ByteView head) {
        if (isInfo(head)) {
            return Guess.RESPONSE;
        }
        Look client = looksLike(head, true);
        Look server = looksLike(head, false);
        if (client == Look.CERTAIN) {
            return Guess.REQUEST;
        }
        if (server == Look.CERTAIN) {
            return Guess.RESPONSE;
        }
        return client == Look.NO && server == Look.NO ? Guess.NO : Guess.UNSURE;
    }

    private enum Look {
        NO,
        PARTLY,
        /** A line that either side, or another protocol, may send as well. */
        WHOLE,
        CERTAIN
    }

    private static Look looksLike(ByteView view, boolean client) {
        return looksLike(view, 0, client);
    }

    /** Whether a line of that side may begin at {@code at}, even one that is only partly there. */
    static boolean mayBegin(ByteView view, int at, boolean client) {
        return looksLike(view, at, client) != Look.NO;
    }

    private static Look looksLike(ByteView view, int at, boolean client) {
        int limit = Math.min(view.length(), at + MAX_LOOK_BYTES);
        int word = at;
        while (word < limit && view.byteAt(word) > ' ' && view.byteAt(word) < 0x7f) {
            word++;
        }
        if (word == view.length()) {
            return NatsOperation.mayBegin(view, at, word, client) ? Look.PARTLY : Look.NO;
        }
        NatsOperation operation = NatsOperation.of(view, at, word);
        if (operation == null || !operation.isSentBy(client)) {
            return Look.NO;
        }
        return switch (operation) {
            case CONNECT, INFO -> object(view, word);
            case ERR -> quoted(view, word);
            case PING, PONG, OK -> lineEnd(view, word);
            default -> arguments(view, word, limit, operation);
        };
    }

    private static int afterBlanks(ByteView view, int from) {
        int at = from;
        while (at < view.length() && NatsLine.isBlank(view.byteAt(at))) {
            at++;
        }
        return at;
    }

    private static Look object(ByteView view, int from) {
        int at = afterBlanks(view, from);
        if (at == view.length()) {
            return Look.PARTLY;
        }
        return at > from && view.byteAt(at) == '{' ? Look.CERTAIN : Look.NO;
    }

    private static Look quoted(ByteView view, int from) {
        int at = afterBlanks(view, from);
        if (at == view.length()) {
            return Look.PARTLY;
        }
        return at > from && view.byteAt(at) == '\'' ? Look.WHOLE : Look.NO;
    }

    private static Look lineEnd(ByteView view, int from) {
        int at = afterBlanks(view, from);
        if (at < view.length() && view.byteAt(at) == '\r') {
            at++;
        }
        if (at == view.length()) {
            return Look.PARTLY;
        }
        return view.byteAt(at) == '\n' ? Look.WHOLE : Look.NO;
    }

    /** Subjects are printable, sizes are numbers, and there are as many as there should be. */
    private static Look arguments(ByteView view, int from, int limit, NatsOperation operation) {
        int at = from;
        int count = 0;
        int numbers = 0;
        boolean lastIsNumber = false;
        while (true) {
            at = afterBlanks(view, at);
            if (at >= limit) {
                return at == view.length() ? Look.PARTLY : Look.NO;
            }
            byte b = view.byteAt(at);
            if (b == '\r' || b == '\n') {
                boolean ends = b == '\n' || (at + 1 < view.length() && view.byteAt(at + 1) == '\n');
                if (b == '\r' && at + 1 == view.length()) {
                    return Look.PARTLY;
                }
                boolean fits = ends && operation.takes(count) && (!operation.hasPayload() || lastIsNumber);
                return fits && numbers <= mostNumbers(operation) ? Look.CERTAIN : Look.NO;
            }
            int start = at;
            lastIsNumber = true;
            while (at < view.length() && isPartOfWord(view.byteAt(at)) && at - start <= MAX_SUBJECT_BYTES) {
                lastIsNumber &= view.byteAt(at) >= '0' && view.byteAt(at) <= '9';
                at++;
            }
            count++;
            numbers += lastIsNumber ? 1 : 0;
            if (at == start || at - start > MAX_SUBJECT_BYTES || !mayTake(operation, count)) {
                return Look.NO;
            }
        }
    }

    /** A subject may be a number, but what is left of HPUB, HMSG and UNSUB without their first letters looks so, too. */
    private static int mostNumbers(NatsOperation operation) {
        return switch (operation) {
            case PUB, SUB -> 1;
            case HPUB, MSG, UNSUB -> 2;
            default -> 3;
        };
    }

    private static boolean mayTake(NatsOperation operation, int arguments) {
        return operation.takes(arguments) || operation.takes(arguments + 1) || operation.takes(arguments + 2);
    }

    private static boolean isPartOfWord(byte b) {
        return (b > ' ' || b < 0) && b != 0x7f;
    }
}
