package io.kyanos.protocol.nats;

/** What an argument of a line means. */
enum NatsArgument {
    /** The rest of the line, blanks and all. */
    TEXT(true, false),
    SUBJECT(true, false),
    /** Where the answer shall go. */
    REPLY_TO(false, false),
    QUEUE(false, false),
    /** The subscription, which most clients number. */
    SID(true, true),
    /** After so many messages a subscription ends. */
    MAX_MESSAGES(false, true),
    /** Bytes of the headers, which are the first of the payload. */
    HEADERS(true, true),
    PAYLOAD(true, true);

    private final boolean isAlwaysThere;
    private final boolean isNumber;

    NatsArgument(boolean isAlwaysThere, boolean isNumber) {
        this.isAlwaysThere = isAlwaysThere;
        this.isNumber = isNumber;
    }

    boolean isAlwaysThere() {
        return isAlwaysThere;
    }

    boolean isNumber() {
        return isNumber;
    }
}
