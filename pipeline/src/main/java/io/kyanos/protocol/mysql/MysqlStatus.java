package io.kyanos.protocol.mysql;

import io.kyanos.record.Outcome;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** What an answer says: that all is well, or the number of an error, of those that servers give. Compared by identity; immutable. */
final class MysqlStatus {

    private static final int MOST = 1 << 13;

    static final MysqlStatus OK = new MysqlStatus("OK", Outcome.OK);
    static final MysqlStatus OTHER_ERROR = new MysqlStatus("other_error", Outcome.CLIENT_ERROR);

    private static final AtomicReferenceArray<@Nullable MysqlStatus> ERRORS = new AtomicReferenceArray<>(MOST);

    private final String label;
    private final Outcome outcome;

    private MysqlStatus(String label, Outcome outcome) {
        this.label = label;
        this.outcome = outcome;
    }

    static MysqlStatus ofError(int number) {
        if (!ErrorNumbers.isKnown(number)) {
            return OTHER_ERROR;
        }
        MysqlStatus known = ERRORS.getAcquire(number);
        if (known == null) {
            ERRORS.compareAndSet(number, null, new MysqlStatus(Integer.toString(number), ErrorNumbers.outcome(number)));
            known = ERRORS.getAcquire(number);
        }
        return known == null ? OTHER_ERROR : known;
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
