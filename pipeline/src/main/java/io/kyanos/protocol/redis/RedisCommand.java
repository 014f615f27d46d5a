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
        /** The first half of what follows the word STREAMS, which does not stand before {@code first}. */
        STREAMS,
        /** As {@code RANGE}; also what follows the last STORE or STOREDIST, which do not stand before {@code step}. */
        STORE,
        /** At {@code first}, or, if that is empty, all that follow the word KEYS. */
        MIGRATED
    }

    /** How a command says how long the server may wait before it answers. */
    enum Wait {
        NONE,
        /** In seconds, as its first argument. */
        FIRST_SECONDS,
        /** In seconds, as its last argument. */
        LAST_SECONDS,
        /** In milliseconds, as its last argument. */
        LAST_MILLIS,
        /** In milliseconds, after the word BLOCK, if it is there. */
        BLOCK_OPTION
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
        MULTI,
        EXEC,
        DISCARD,
        QUIT,
        WATCH,
        REPLCONF,
        /** Every argument is secret. */
        AUTH,
        CONFIG_SET,
        ACL_SETUSER,
        MIGRATE
    }

    /** Before the name of a command that a master has sent to its replica. */
    private static final String REPLICATED = "REPLICATED ";

    /**
     * Where the keys are.
     *
     * @param first position of the first key, or as {@code kind} says
     * @param last position of the last key, negative from the end, or as {@code kind} says
     * @param step from key to key, or as {@code kind} says
     */
    record Place(Keys kind, int first, int last, int step) {

        static final Place NOWHERE = new Place(Keys.NONE, 0, 0, 1);
    }

    private final String name;
    private final String replicatedName;
    private final byte[] bytes;
    private final Place keys;
    private final boolean flat;
    private final boolean container;
    private final Special special;
    private final Wait wait;
    private final boolean setup;
    private final int words;

    RedisCommand(String name, Place keys, boolean flat, boolean container, Special special, Wait wait, boolean setup) {
        this.name = name;
        this.replicatedName = REPLICATED + name;
        this.bytes = name.getBytes(StandardCharsets.US_ASCII);
        this.keys = keys;
        this.flat = flat;
        this.container = container;
        this.special = special;
        this.wait = wait;
        this.setup = setup;
        this.words = name.indexOf(' ') < 0 ? 1 : 2;
    }

    /** The label, upper case: {@code GET}, {@code CONFIG GET}. */
    String name() {
        return name;
    }

    /** The label of the command in a replication stream: {@code REPLICATED SET}. */
    String replicatedName() {
        return replicatedName;
    }

    byte[] bytes() {
        return bytes;
    }

    Keys keys() {
        return keys.kind();
    }

    /** Position at which the keys, or the option that leads to them, may begin. */
    int firstKey() {
        return keys.first();
    }

    /** Position before which STORE is no option. */
    int firstOption() {
        return keys.step();
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

    Wait waits() {
        return wait;
    }

    /** Client libraries send it by themselves when they connect. */
    boolean isSetup() {
        return setup;
    }

    /** Position of the count of keys, -1 if it has none. */
    int countPosition() {
        return keys.kind() == Keys.COUNTED ? keys.last() : -1;
    }

    /**
     * Whether the element at {@code position} is a key.
     *
     * @param elements of the whole request
     * @param keyCount what stands at {@link #countPosition}, or 0
     * @param option position of the last word STREAMS, STORE, STOREDIST or KEYS that is an option here, or -1
     */
    boolean isKey(int position, int elements, int keyCount, int option) {
        int first = keys.first();
        int last = keys.last();
        return switch (keys.kind()) {
            case NONE -> false;
            case RANGE ->
                position >= first
                        && position <= (last < 0 ? elements + last : last)
                        && (position - first) % keys.step() == 0;
            case COUNTED ->
                (position == first && first < last) || (position > last && position <= last + (long) keyCount);
            case STREAMS -> option >= 0 && position > option && position <= option + (elements - 1 - option) / 2;
            case STORE -> position == first || (option >= 0 && position == option + 1);
            case MIGRATED -> position == first || (option >= 0 && position > option);
        };
    }

    @Override
    public String toString() {
        return name;
    }
}
