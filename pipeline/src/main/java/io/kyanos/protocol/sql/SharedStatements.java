package io.kyanos.protocol.sql;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Statements of which no more than their operation is kept, the same object again for what says the same. Holds at most
 * {@code SLOTS}. Thread-safe without locks.
 */
public final class SharedStatements {

    private static final int SLOTS = 512;

    private final AtomicReferenceArray<@Nullable SqlStatement> slots = new AtomicReferenceArray<>(SLOTS);

    SqlStatement statement(String operation, SqlVerb verb, boolean isSetup) {
        int slot = (operation.hashCode() * 31 + (isSetup ? 1 : 0)) & (SLOTS - 1);
        SqlStatement known = slots.getAcquire(slot);
        if (known != null && known.is(operation, verb, isSetup)) {
            return known;
        }
        SqlStatement made = new SqlStatement(operation, verb, "", 0, isSetup, SqlStatement.Shown.NOTHING);
        slots.setRelease(slot, made);
        return made;
    }
}
