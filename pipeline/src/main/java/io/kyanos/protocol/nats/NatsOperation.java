package io.kyanos.protocol.nats;

import io.kyanos.protocol.ByteView;
import org.jspecify.annotations.Nullable;

/** What a line of the protocol begins with, in any case. */
// https://docs.nats.io/reference/reference-protocols/nats-protocol
enum NatsOperation {
    INFO(false, 1, 1),
    CONNECT(true, 1, 1),
    PUB(true, 2, 3),
    HPUB(true, 3, 4),
    SUB(true, 2, 3),
    UNSUB(true, 1, 2),
    MSG(false, 3, 4),
    HMSG(false, 4, 5),
    PING(true, 0, 0),
    PONG(true, 0, 0),
    OK("+OK", 0, 0),
    ERR("-ERR", 1, 1);

    private static final NatsOperation[] ALL = values();

    private final String word;
    private final boolean isClients;
    private final int leastArguments;
    private final int mostArguments;

    NatsOperation(boolean isClients, int leastArguments, int mostArguments) {
        this.word = name();
        this.isClients = isClients;
        this.leastArguments = leastArguments;
        this.mostArguments = mostArguments;
    }

    NatsOperation(String word, int leastArguments, int mostArguments) {
        this.word = word;
        this.isClients = false;
        this.leastArguments = leastArguments;
        this.mostArguments = mostArguments;
    }

    /** As it stands on the wire. */
    String word() {
        return word;
    }

    int length() {
        return word.length();
    }

    /** Whether the rest of the line is one argument, blanks and all. */
    boolean takesText() {
        return this == INFO || this == CONNECT || this == ERR;
    }

    boolean hasPayload() {
        return this == PUB || this == HPUB || this == MSG || this == HMSG;
    }

    boolean hasHeaders() {
        return this == HPUB || this == HMSG;
    }

    boolean isSentBy(boolean client) {
        return this == PING || this == PONG || isClients == client;
    }

    boolean takes(int arguments) {
        return arguments >= leastArguments && arguments <= mostArguments;
    }

    /** The one whose word ends where a blank or the line's end stands, which is {@code end}; null if there is none. */
    static @Nullable NatsOperation of(ByteView view, int from, int end) {
        for (NatsOperation operation : ALL) {
            if (end - from == operation.length() && operation.begins(view, from, end)) {
                return operation;
            }
        }
        return null;
    }

    /** Whether the bytes {@code [from, end)} are the first ones of its word, or all of it. */
    boolean begins(ByteView view, int from, int end) {
        int count = Math.min(end - from, word.length());
        for (int i = 0; i < count; i++) {
            byte b = view.byteAt(from + i);
            int upper = b >= 'a' && b <= 'z' ? b - ('a' - 'A') : b;
            if (upper != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Whether some word that the side sends begins with the bytes {@code [from, end)}. */
    static boolean mayBegin(ByteView view, int from, int end, boolean client) {
        for (NatsOperation operation : ALL) {
            if (operation.isSentBy(client) && end - from <= operation.length() && operation.begins(view, from, end)) {
                return true;
            }
        }
        return false;
    }
}
