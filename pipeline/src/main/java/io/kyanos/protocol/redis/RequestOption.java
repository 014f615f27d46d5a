package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;
import java.util.List;

/** Words that change what the words after them, or the replies, mean. */
enum RequestOption {
    /** Any other word. */
    NONE(""),
    OFF("OFF"),
    ON("ON"),
    SKIP("SKIP"),
    STREAMS("STREAMS"),
    STORE("STORE"),
    STOREDIST("STOREDIST"),
    KEYS("KEYS"),
    BY("BY"),
    GET("GET"),
    LIMIT("LIMIT"),
    BLOCK("BLOCK"),
    ACK("ACK"),
    AUTH("AUTH"),
    AUTH2("AUTH2"),
    REQUIREPASS("REQUIREPASS"),
    MASTERAUTH("MASTERAUTH"),
    MASTERUSER("MASTERUSER"),
    TLS_KEY_FILE_PASS("TLS-KEY-FILE-PASS"),
    TLS_CLIENT_KEY_FILE_PASS("TLS-CLIENT-KEY-FILE-PASS");

    private static final WordTable<RequestOption> TABLE = new WordTable<>(
            List.of(values()).stream().filter(option -> option != NONE).toList(), RequestOption::word);

    private final String word;

    RequestOption(String word) {
        this.word = word;
    }

    /** The option that {@code [from, to)} is, in whatever case. */
    static RequestOption find(ByteView view, int from, int to) {
        RequestOption found = TABLE.find(view, from, to);
        return found == null ? NONE : found;
    }

    /** It is the name of a setting that holds a password. */
    boolean isPasswordSetting() {
        return switch (this) {
            case REQUIREPASS, MASTERAUTH, MASTERUSER, TLS_KEY_FILE_PASS, TLS_CLIENT_KEY_FILE_PASS -> true;
            default -> false;
        };
    }

    private String word() {
        return word;
    }
}
