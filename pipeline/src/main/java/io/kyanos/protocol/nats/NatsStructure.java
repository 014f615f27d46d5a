package io.kyanos.protocol.nats;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;

/**
 * Says which bytes of a message are structure: operations, sizes, what shows where a subject's tokens end and which are
 * wildcards, inboxes (random names, by which answers find their requests), codes and errors from closed tables. Names,
 * texts and payload are content. Stateless.
 */
final class NatsStructure {

    private static final byte[] INBOX = {'_', 'I', 'N', 'B', 'O', 'X', '.'};
    private static final int MAX_INBOX_BYTES = 64;
    private static final int MAX_SID_BYTES = 10;
    private static final int LONGEST_TRUTH = 5;

    private NatsStructure() {}

    static void line(ByteView view, NatsLine line, ParseResult result) {
        if (line.operation().takesText()) {
            text(view, line, result);
            return;
        }
        int at = 0;
        for (int i = 0; i < line.arguments(); i++) {
            result.structure(at, line.from(i));
            if (isSize(line, i)) {
                result.structure(line.from(i), line.to(i));
            } else if (i == line.sid()) {
                sid(view, line, i, result);
            } else {
                subject(view, line.from(i), line.to(i), result);
            }
            at = line.to(i);
        }
        result.structure(at, line.length());
    }

    /** The headers {@code [from, to)}. */
    static void headers(ByteView view, int from, int to, ParseResult result) {
        int code = NatsStatus.codeBytes(view, from, to);
        result.structure(from, from + code);
        int service = NatsStatus.serviceCode(view, from, to);
        if (code == 0 && service >= 0) {
            int name = service;
            while (view.byteAt(name) != '\n') {
                name--;
            }
            result.structure(name, Math.min(to, service + NatsStatus.CODE_DIGITS));
        }
    }

    /** Whether it is a name that client libraries make up for answers. */
    static boolean isInbox(ByteView view, int from, int to) {
        return view.startsWith(INBOX, from) && to > from + INBOX.length;
    }

    private static void text(ByteView view, NatsLine line, ParseResult result) {
        int from = line.from(0);
        int to = line.to(0);
        result.structure(0, from);
        switch (line.operation()) {
            case ERR ->
                result.structure(from, from + NatsStatus.ofError(view, from, to).knownBytes(view, from));
            case INFO -> result.structure(from, Math.min(to, from + 1 + NatsJson.SERVER_ID.length()));
            default -> {
                result.structure(from, from + 1);
                int name = NatsJson.find(view, from, to, NatsJson.VERBOSE);
                if (name > from) {
                    int value = NatsJson.value(view, name, to, NatsJson.VERBOSE);
                    boolean isTruth = value < to && (view.byteAt(value) == 'f' || view.byteAt(value) == 't');
                    result.structure(name, isTruth ? Math.min(to, value + LONGEST_TRUTH) : value);
                }
            }
        }
        result.structure(to, line.length());
    }

    private static boolean isSize(NatsLine line, int argument) {
        int sizes = line.operation().hasHeaders() ? 2 : line.operation().hasPayload() ? 1 : 0;
        return argument >= line.arguments() - sizes || (line.operation() == NatsOperation.UNSUB && argument == 1);
    }

    /** Most clients count. */
    private static void sid(ByteView view, NatsLine line, int argument, ParseResult result) {
        if (line.to(argument) - line.from(argument) <= MAX_SID_BYTES && line.number(view, argument) >= 0) {
            result.structure(line.from(argument), line.to(argument));
        }
    }

    /** Whether it is an inbox of letters and digits, as every client library draws them. */
    private static boolean isMadeUp(ByteView view, int from, int to) {
        if (!isInbox(view, from, to) || to - from > MAX_INBOX_BYTES) {
            return false;
        }
        for (int i = from; i < to; i++) {
            byte b = view.byteAt(i);
            boolean isLetter = (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');
            if (!isLetter && !(b >= '0' && b <= '9') && b != '.' && b != '_' && b != '-' && b != '*') {
                return false;
            }
        }
        return true;
    }

    private static void subject(ByteView view, int from, int to, ParseResult result) {
        if (isMadeUp(view, from, to)) {
            result.structure(from, to);
            return;
        }
        for (int i = from; i < to; i++) {
            byte b = view.byteAt(i);
            if (b == '.' || b == '*' || b == '>') {
                result.structure(i, i + 1);
            }
        }
    }
}
