package io.kyanos.protocol.mysql;

import io.kyanos.record.Outcome;
import it.unimi.dsi.fastutil.ints.Int2ObjectOpenHashMap;

/** What an answer says: that all is well, or the number of an error, of those that servers give. Compared by identity; immutable. */
final class MysqlStatus {

    static final MysqlStatus OK = new MysqlStatus("OK", Outcome.OK);
    static final MysqlStatus OTHER_ERROR = new MysqlStatus("other_error", Outcome.CLIENT_ERROR);

    private static final Int2ObjectOpenHashMap<MysqlStatus> ERRORS = new Int2ObjectOpenHashMap<>();

    static {
        for (int number = 0; number < ErrorNumbers.END; number++) {
            if (ErrorNumbers.isKnown(number)) {
                ERRORS.put(number, new MysqlStatus(Integer.toString(number), ErrorNumbers.outcome(number)));
            }
        }
    }

    private final String label;
    private final Outcome outcome;

    private MysqlStatus(String label, Outcome outcome) {
        this.label = label;
        this.outcome = outcome;
    }

    static MysqlStatus ofError(int number) {
        return ERRORS.getOrDefault(number, OTHER_ERROR);
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

    @Override
    public String toString() {
        return label;
    }
}
