package io.kyanos.protocol.nats;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;

/**
 * Says which bytes of a line are structure: operations, sizes, what shows where a subject's tokens end and which are
 * wildcards, inboxes (random names, by which answers find their requests), errors from a closed table. Names and texts are
 * content. Stateless.
 */
final class NatsStructure {

    private static final int MAX_INBOX_BYTES = 64;

    private NatsStructure() {}

    static void line(ByteView view, NatsLine line, ParseResult result) {
        if (!result.wantsStructure()) {
            return;
        }
        int at = 0;
        for (int i = 0; i < line.count(); i++) {
            int from = line.from(i);
            result.structure(at, from);
            at = line.to(i);
            if (line.operation() == NatsOperation.ERR) {
                result.structure(from, NatsStatus.ofError(view, from, at).knownEnd(view, from));
            } else if (line.operation().takesText()) {
                object(view, from, at, result);
            } else if (line.argument(i).isNumber() ? line.number(i) >= 0 : isMadeUp(view, line, i)) {
                result.structure(from, at);
            } else {
                tokens(view, from, at, result);
            }
        }
        result.structure(at, line.length());
    }

    private static void object(ByteView view, int from, int to, ParseResult result) {
        result.structure(from, from + 1);
        int name = NatsJson.find(view, from, to, NatsJson.VERBOSE);
        if (name > from) {
            int value = NatsJson.value(view, name, to);
            result.structure(name, NatsJson.truthEnd(view, value, to));
        }
    }

    /** Whether it is an inbox of letters and digits, as every client library draws them. */
    private static boolean isMadeUp(ByteView view, NatsLine line, int index) {
        int from = line.from(index);
        int to = line.to(index);
        boolean isMadeUp = line.isInbox(index) && to - from <= MAX_INBOX_BYTES;
        for (int i = from; i < to && isMadeUp; i++) {
            byte b = view.byteAt(i);
            isMadeUp = b > 0 && (Character.isLetterOrDigit(b) || "._-*".indexOf(b) >= 0);
        }
        return isMadeUp;
    }

    private static void tokens(ByteView view, int from, int to, ParseResult result) {
        for (int i = from; i < to; i++) {
            byte b = view.byteAt(i);
            if (b == '.' || b == '*' || b == '>') {
                result.structure(i, i + 1);
            }
        }
    }
}
