package io.kyanos.protocol.nats;

import io.kyanos.record.Attribute;
import org.jspecify.annotations.Nullable;

/** What an argument of a line means. */
enum NatsArgument {
    /** The rest of the line, blanks and all. */
    TEXT(true, false, null),
    SUBJECT(true, false, NatsAttribute.SUBJECT),
    /** Where the answer shall go. */
    REPLY_TO(false, false, NatsAttribute.REPLY_TO),
    QUEUE(false, false, NatsAttribute.QUEUE),
    /** The subscription, which most clients number. */
    SID(true, true, NatsAttribute.SID),
    /** After so many messages a subscription ends. */
    MAX_MESSAGES(false, true, null),
    /** Bytes of the headers, which are the first of the payload. */
    HEADERS(true, true, null),
    PAYLOAD(true, true, null);

    private final boolean isAlwaysThere;
    private final boolean isNumber;
    private final @Nullable Attribute attribute;

    NatsArgument(boolean isAlwaysThere, boolean isNumber, @Nullable Attribute attribute) {
        this.isAlwaysThere = isAlwaysThere;
        this.isNumber = isNumber;
        this.attribute = attribute;
    }

    boolean isAlwaysThere() {
        return isAlwaysThere;
    }

    boolean isNumber() {
        return isNumber;
    }

    /** As which a message tells it; null if it tells it otherwise, or not at all. */
    @Nullable
    Attribute attribute() {
        return attribute;
    }
}
