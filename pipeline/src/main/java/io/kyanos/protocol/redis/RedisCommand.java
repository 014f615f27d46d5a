package io.kyanos.protocol.redis;

import java.nio.charset.StandardCharsets;

/**
 * A command of the table: its label, where its keys stand, and what it does to the connection. Immutable; one instance
 * per command.
 */
final class RedisCommand {

    /** Where the keys are. Positions count from the command's first word, which is 0. */
    enum Keys {
        NONE,
        /** From {@code first} to {@code last}, negative counted from the end, every {@code step}. */
        RANGE,
        /** At {@code first} if that is before {@code last}; at {@code last} a count of keys, which follow it. */
        COUNTED,
        /** The first half of what follows the word STREAMS. */
        STREAMS
    }

    /** What makes a command special for pairing or masking. */
    enum Special {
        NONE,
        SUBSCRIBE,
        UNSUBSCRIBE,
        MONITOR,
        CLIENT_REPLY,
        HELLO,
        SYNC,
        PSYNC,
        RESET,
        /** Every argument is secret. */
        AUTH,
        CONFIG_SET,
        ACL_SETUSER,
        MIGRATE
    }

    private final String name;
    private final byte[] bytes;
    private final Keys keys;
    private final int first;
    private final int last;
    private final int step;
    private final boolean flat;
    private final boolean container;
    private final Special special;
    private final int words;

    RedisCommand(
            String name, Keys keys, int first, int last, int step, boolean flat, boolean container, Special special) {
        this.name = name;
        this.bytes = name.getBytes(StandardCharsets.US_ASCII);
        this.keys = keys;
        this.first = first;
        this.last = last;
        this.step = step;
        this.flat = flat;
        this.container = container;
        this.special = special;
        this.words = name.indexOf(' ') < 0 ? 1 : 2;
    }

    /** The label, upper case: {@code GET}, {@code CONFIG GET}. */
    String name() {
        return name;
    }

    byte[] bytes() {
        return bytes;
    }

    Keys keys() {
        return keys;
    }

    /** How many elements of the request the label takes. */
    int words() {
        return words;
    }

    /** Its reply never consists of several elements. */
    boolean isFlat() {
        return flat;
    }

    /** Its second word may name another command of the table. */
    boolean isContainer() {
        return container;
    }

    Special special() {
        return special;
    }

    /** Position of the count of keys, -1 if it has none. */
    int countPosition() {
        return keys == Keys.COUNTED ? last : -1;
    }

    /**
     * Whether the element at {@code position} is a key.
     *
     * @param elements of the whole request
     * @param keyCount what stands at {@link #countPosition}, or 0
     * @param streams position of the word STREAMS, or -1
     */
    boolean isKey(int position, int elements, int keyCount, int streams) {
        return switch (keys) {
            case NONE -> false;
            case RANGE ->
                position >= first && position <= (last < 0 ? elements + last : last) && (position - first) % step == 0;
            case COUNTED ->
                (position == first && first < last) || (position > last && position <= last + (long) keyCount);
            case STREAMS -> streams >= 0 && position > streams && position <= streams + (elements - 1 - streams) / 2;
        };
    }

    @Override
    public String toString() {
        return name;
    }
}
