package io.kyanos.protocol.nats;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Guess;

/** What the lines of NATS look like to somebody who does not know that they are. Stateless. */
final class NatsGuess {

    /** How sure it is that a line is one. */
    private enum Look {
        NO,
        PARTLY,
        /** A line that either side, or another protocol, may send as well. */
        WHOLE,
        CERTAIN
    }

    private static final String INFO = "INFO {";

    private NatsGuess() {}

    static Guess guess(ByteView head, ByteView other) {
        if (head.isEmpty()) {
            return Guess.UNSURE;
        }
        if (isInfo(head)) {
            return Guess.RESPONSE;
        }
        NatsLine line = new NatsLine();
        Look client = look(line, head, 0, true);
        Look server = look(line, head, 0, false);
        if (client == Look.CERTAIN || (client == Look.WHOLE && isInfo(other))) {
            return Guess.REQUEST;
        }
        if (server == Look.CERTAIN) {
            return Guess.RESPONSE;
        }
        return client == Look.NO && server == Look.NO ? Guess.NO : Guess.UNSURE;
    }

    /** Whether a server begins so, as far as the bytes have come. */
    static boolean isGreeting(ByteView head) {
        return !head.isEmpty() && head.isBeginningOf(INFO, 0, Math.min(head.length(), INFO.length()));
    }

    private static boolean isInfo(ByteView view) {
        return view.length() >= INFO.length() && isGreeting(view);
    }

    /** Whether a line of that side may begin at {@code at}, even one that is only partly there. */
    static boolean mayBegin(NatsLine line, ByteView view, int at, boolean client) {
        return look(line, view, at, client) != Look.NO;
    }

    private static Look look(NatsLine line, ByteView view, int at, boolean client) {
        line.restart();
        NatsLine.Verdict verdict = line.read(view, at, client);
        line.restart();
        boolean isWhole = verdict == NatsLine.Verdict.WHOLE;
        if (!isWhole && verdict != NatsLine.Verdict.PARTLY) {
            return Look.NO;
        }
        if (!line.hasOperation()) {
            return Look.PARTLY;
        }
        return switch (line.operation()) {
            case CONNECT, INFO -> text(line, view, '{', Look.CERTAIN);
            case ERR -> text(line, view, '\'', Look.WHOLE);
            case PING, PONG, OK -> isWhole ? Look.WHOLE : Look.PARTLY;
            default -> !isWhole ? Look.PARTLY : isNumberedRight(line) ? Look.CERTAIN : Look.NO;
        };
    }

    private static Look text(NatsLine line, ByteView view, char first, Look otherwise) {
        if (line.count() == 0) {
            return Look.PARTLY;
        }
        return view.byteAt(line.from(0)) == first ? otherwise : Look.NO;
    }

    /** A subject may be a number, but what is left of HPUB, HMSG and UNSUB without their first letters looks so, too. */
    private static boolean isNumberedRight(NatsLine line) {
        for (int i = 0; i < line.count(); i++) {
            if (!line.argument(i).isNumber() && line.number(i) >= 0) {
                return false;
            }
        }
        return true;
    }
}
