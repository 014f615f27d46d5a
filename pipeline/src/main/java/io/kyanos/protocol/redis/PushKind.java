package io.kyanos.protocol.redis;

import java.util.List;
import java.util.Locale;

/** What a push may be, by its first element. */
// https://redis.io/docs/latest/develop/pubsub/#format-of-pushed-messages
enum PushKind {
    MESSAGE("message", 3),
    PMESSAGE("pmessage", 4),
    SMESSAGE("smessage", 3),
    SUBSCRIBE("subscribe", 3),
    PSUBSCRIBE("psubscribe", 3),
    SSUBSCRIBE("ssubscribe", 3),
    UNSUBSCRIBE("unsubscribe", 3),
    PUNSUBSCRIBE("punsubscribe", 3),
    SUNSUBSCRIBE("sunsubscribe", 3),
    INVALIDATE("invalidate", 2),
    TRACKING_REDIR_BROKEN("tracking-redir-broken", 2);

    static final String PUSH = "PUSH";

    static final WordTable<PushKind> TABLE = new WordTable<>(List.of(values()), PushKind::word);

    private final String word;
    private final String operation;
    private final int elements;

    PushKind(String word, int elements) {
        this.word = word.toUpperCase(Locale.ROOT);
        this.operation = PUSH + ' ' + word.replace('-', '_');
        this.elements = elements;
    }

    /** The label: {@code PUSH message}. */
    String operation() {
        return operation;
    }

    int elements() {
        return elements;
    }

    boolean isConfirmation() {
        return switch (this) {
            case MESSAGE, PMESSAGE, SMESSAGE, INVALIDATE, TRACKING_REDIR_BROKEN -> false;
            case SUBSCRIBE, PSUBSCRIBE, SSUBSCRIBE, UNSUBSCRIBE, PUNSUBSCRIBE, SUNSUBSCRIBE -> true;
        };
    }

    boolean isUnsubscription() {
        return this == UNSUBSCRIBE || this == PUNSUBSCRIBE || this == SUNSUBSCRIBE;
    }

    private String word() {
        return word;
    }
}
