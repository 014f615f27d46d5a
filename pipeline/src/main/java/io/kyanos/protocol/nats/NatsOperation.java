package io.kyanos.protocol.nats;

import io.kyanos.protocol.ByteView;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a line of the protocol begins with, in any case, and the arguments that follow. */
// https://docs.nats.io/reference/reference-protocols/nats-protocol
enum NatsOperation {
    INFO(Sender.SERVER, NatsArgument.TEXT),
    CONNECT(Sender.CLIENT, NatsArgument.TEXT),
    PUB(Sender.CLIENT, NatsArgument.SUBJECT, NatsArgument.REPLY_TO, NatsArgument.PAYLOAD),
    HPUB(Sender.CLIENT, NatsArgument.SUBJECT, NatsArgument.REPLY_TO, NatsArgument.HEADERS, NatsArgument.PAYLOAD),
    SUB(Sender.CLIENT, NatsArgument.SUBJECT, NatsArgument.QUEUE, NatsArgument.SID),
    UNSUB(Sender.CLIENT, NatsArgument.SID, NatsArgument.MAX_MESSAGES),
    MSG(Sender.SERVER, NatsArgument.SUBJECT, NatsArgument.SID, NatsArgument.REPLY_TO, NatsArgument.PAYLOAD),
    HMSG(
            Sender.SERVER,
            NatsArgument.SUBJECT,
            NatsArgument.SID,
            NatsArgument.REPLY_TO,
            NatsArgument.HEADERS,
            NatsArgument.PAYLOAD),
    PING(Sender.BOTH),
    PONG(Sender.BOTH),
    OK(Sender.SERVER),
    ERR(Sender.SERVER, NatsArgument.TEXT);

    private enum Sender {
        CLIENT,
        SERVER,
        BOTH
    }

    private static final NatsOperation[] ALL = values();

    private final String word;
    private final Sender sender;

    @SuppressWarnings("ImmutableEnumChecker") // List.of is
    private final List<NatsArgument> most;

    @SuppressWarnings("ImmutableEnumChecker")
    private final List<NatsArgument> least;

    private final boolean takesText;
    private final boolean hasPayload;

    NatsOperation(Sender sender, NatsArgument... arguments) {
        this.word = name().equals("OK") ? "+OK" : name().equals("ERR") ? "-ERR" : name();
        this.sender = sender;
        this.most = List.of(arguments);
        this.least = most.stream().filter(NatsArgument::isAlwaysThere).toList();
        this.takesText = most.contains(NatsArgument.TEXT);
        this.hasPayload = most.contains(NatsArgument.PAYLOAD);
    }

    boolean takesText() {
        return takesText;
    }

    boolean hasPayload() {
        return hasPayload;
    }

    int mostArguments() {
        return most.size();
    }

    /** What so many arguments mean; null if there should be more, or fewer. */
    @Nullable
    List<NatsArgument> arguments(int count) {
        return count == most.size() ? most : count == least.size() ? least : null;
    }

    /** The one whose word is {@code [from, end)}; null if that side sends none. */
    static @Nullable NatsOperation of(ByteView view, int from, int end, boolean client) {
        for (NatsOperation operation : ALL) {
            if (end - from == operation.word.length() && operation.mayBe(view, from, end, client)) {
                return operation;
            }
        }
        return null;
    }

    /** Whether some word that the side sends begins with the bytes {@code [from, end)}. */
    static boolean mayBegin(ByteView view, int from, int end, boolean client) {
        for (NatsOperation operation : ALL) {
            if (operation.mayBe(view, from, end, client)) {
                return true;
            }
        }
        return false;
    }

    private boolean mayBe(ByteView view, int from, int end, boolean client) {
        return sender != (client ? Sender.SERVER : Sender.CLIENT) && view.isBeginningOf(word, from, end);
    }
}
