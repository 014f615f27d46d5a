package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.SharedMessages;
import io.kyanos.protocol.sql.SqlVerb;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** Gives out requests and answers without details, the same object again for what says the same. Thread-safe. */
final class PostgresqlMessages {

    private static final int STATEMENT_SLOTS = 512;

    private final AtomicReferenceArray<@Nullable Statement> statements = new AtomicReferenceArray<>(STATEMENT_SLOTS);
    private final SharedMessages<PostgresqlRequest> requests = new SharedMessages<>();
    private final SharedMessages<PostgresqlResponse> responses = new SharedMessages<>();

    /** A statement of which no more than its operation is kept. */
    Statement statement(String operation, SqlVerb verb, boolean isSetup) {
        int slot = (operation.hashCode() * 31 + (isSetup ? 1 : 0)) & (STATEMENT_SLOTS - 1);
        Statement known = statements.getAcquire(slot);
        if (known != null && known.is(operation, verb, isSetup)) {
            return known;
        }
        Statement made = new Statement(operation, verb, "", 0, isSetup, "", 0, 1, "");
        statements.setRelease(slot, made);
        return made;
    }

    PostgresqlRequest request(
            PostgresqlRequest.Kind kind, Statement statement, String operation, int replies, long wireBytes) {
        int hash = (operation.hashCode() * 31 + kind.name().hashCode()) * 31 + (int) wireBytes;
        PostgresqlRequest known = requests.at(hash);
        if (known != null && known.is(kind, operation, statement.isSetup(), replies, wireBytes)) {
            return known;
        }
        return requests.keep(hash, new PostgresqlRequest(kind, statement, operation, replies, wireBytes, null));
    }

    PostgresqlResponse answer(PostgresqlStatus status, boolean isReadyAlone, long wireBytes) {
        int hash = status.label().hashCode() * 31 + (int) wireBytes;
        PostgresqlResponse known = responses.at(hash);
        if (known != null && known.is(status, isReadyAlone, wireBytes)) {
            return known;
        }
        return responses.keep(
                hash,
                isReadyAlone
                        ? PostgresqlResponse.ready(wireBytes, null)
                        : PostgresqlResponse.answer(status, wireBytes, null));
    }
}
