package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.ByteView;
import io.kyanos.record.Outcome;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;

/**
 * What an answer says, from closed tables: a command tag without its numbers, or the SQLSTATE of an error. Compared by
 * identity; immutable.
 */
final class PostgresqlStatus {

    private static final int SQLSTATE_BYTES = 5;
    private static final int CLASS_BYTES = 2;

    /** A longer number is none of rows. */
    private static final int MAX_DIGITS = 18;

    private static final Long2ObjectOpenHashMap<PostgresqlStatus> TAGS = new Long2ObjectOpenHashMap<>();
    private static final Long2ObjectOpenHashMap<PostgresqlStatus> STATES = new Long2ObjectOpenHashMap<>();

    /** Something was done that has no command tag. */
    static final PostgresqlStatus OK = new PostgresqlStatus("OK", Outcome.OK);

    static final PostgresqlStatus EMPTY = new PostgresqlStatus("EMPTY", Outcome.OK);
    static final PostgresqlStatus SUSPENDED = new PostgresqlStatus("SUSPENDED", Outcome.OK);
    static final PostgresqlStatus REFUSED = new PostgresqlStatus("REFUSED", Outcome.OK);

    /** Skipped as a statement before it failed. */
    static final PostgresqlStatus SKIPPED = new PostgresqlStatus("SKIPPED", Outcome.ERROR);

    static final PostgresqlStatus OTHER_TAG = new PostgresqlStatus("other", Outcome.OK);
    static final PostgresqlStatus OTHER_ERROR = new PostgresqlStatus("other_error", Outcome.CLIENT_ERROR);

    static {
        for (String tag : CommandTags.ALL) {
            TAGS.put(Frame.hash(ByteView.of(tag), 0, tag.length()), new PostgresqlStatus(tag, Outcome.OK));
        }
        for (String state : SqlStates.ALL) {
            STATES.put(
                    Frame.hash(ByteView.of(state), 0, state.length()),
                    new PostgresqlStatus(state, SqlStates.outcome(state)));
        }
    }

    private final String label;
    private final Outcome outcome;

    private PostgresqlStatus(String label, Outcome outcome) {
        this.label = label;
        this.outcome = outcome;
    }

    /** Of the command tag {@code [from, to)}, whose numbers stand at its end. */
    static PostgresqlStatus ofTag(ByteView view, int from, int to) {
        int end = to;
        while (end > from && (isDigit(view.byteAt(end - 1)) || view.byteAt(end - 1) == ' ')) {
            end--;
        }
        return TAGS.getOrDefault(Frame.hash(view, from, end), OTHER_TAG);
    }

    /** The last number of the command tag {@code [from, to)}, which counts rows; -1 if it has none. */
    static long count(ByteView view, int from, int to) {
        int digits = to;
        while (digits > from && isDigit(view.byteAt(digits - 1))) {
            digits--;
        }
        if (digits == to || to - digits > MAX_DIGITS) {
            return -1;
        }
        long count = 0;
        for (int i = digits; i < to; i++) {
            count = count * 10 + view.byteAt(i) - '0';
        }
        return count;
    }

    /** Of the SQLSTATE at {@code [from, to)}; one that is not known but of a class of the server's counts as the class itself. */
    static PostgresqlStatus ofError(ByteView view, int from, int to) {
        PostgresqlStatus known = STATES.get(Frame.hash(view, from, to));
        if (known != null) {
            return known;
        }
        if (!isOfServer(view, from, to)) {
            return OTHER_ERROR;
        }
        String itself = view.latin1(from, from + CLASS_BYTES) + "000";
        return STATES.getOrDefault(Frame.hash(ByteView.of(itself), 0, SQLSTATE_BYTES), OTHER_ERROR);
    }

    /** How many bytes at {@code from} {@link #ofError} has known. */
    static int knownBytes(ByteView view, int from, int to) {
        return STATES.containsKey(Frame.hash(view, from, to))
                ? to - from
                : isOfServer(view, from, to) ? CLASS_BYTES : 0;
    }

    private static boolean isOfServer(ByteView view, int from, int to) {
        return to - from == SQLSTATE_BYTES && SqlStates.outcome(view.latin1(from, to)) == Outcome.SERVER_ERROR;
    }

    String label() {
        return label;
    }

    Outcome outcome() {
        return outcome;
    }

    boolean isError() {
        return outcome != Outcome.OK;
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    @Override
    public String toString() {
        return label;
    }
}
