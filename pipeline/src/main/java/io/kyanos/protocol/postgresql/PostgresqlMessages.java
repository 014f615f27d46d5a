package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.SharedMessages;
import io.kyanos.protocol.postgresql.PostgresqlMessage.Answer;
import io.kyanos.protocol.postgresql.PostgresqlMessage.Kind;
import io.kyanos.protocol.postgresql.PostgresqlMessage.Request;
import io.kyanos.protocol.sql.SqlVerb;
import io.kyanos.record.Details;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** Gives out requests and answers without details, the same object again for what says the same. Thread-safe. */
final class PostgresqlMessages {

    private static final int STATEMENT_SLOTS = 512;

    private final AtomicReferenceArray<@Nullable Statement> statements = new AtomicReferenceArray<>(STATEMENT_SLOTS);
    private final SharedMessages<Request> requests = new SharedMessages<>();
    private final SharedMessages<Answer> answers = new SharedMessages<>();

    /** A statement of which no more than its operation is kept. */
    Statement statement(String operation, SqlVerb verb, boolean isSetup) {
        int slot = (operation.hashCode() * 31 + (isSetup ? 1 : 0)) & (STATEMENT_SLOTS - 1);
        Statement known = statements.getAcquire(slot);
        if (known != null && known.is(operation, verb, isSetup)) {
            return known;
        }
        Statement made = new Statement(operation, verb, "", 0, isSetup, Statement.Shown.NOTHING);
        statements.setRelease(slot, made);
        return made;
    }

    Request request(Kind kind, Statement statement, String operation, int replies, long wireBytes) {
        int hash = (operation.hashCode() * 31 + kind.name().hashCode()) * 31 + (int) wireBytes;
        Request known = requests.at(hash);
        return known != null && known.is(kind, operation, statement.isSetup(), replies, wireBytes)
                ? known
                : requests.keep(hash, new Request(kind, statement, operation, replies, wireBytes, Details.NONE, null));
    }

    Answer answer(Kind kind, PostgresqlStatus status, long wireBytes) {
        int hash = status.label().hashCode() * 31 + (int) wireBytes;
        Answer known = answers.at(hash);
        return known != null && known.kind() == kind && known.said() == status && known.wireBytes() == wireBytes
                ? known
                : answers.keep(hash, new Answer(kind, status, wireBytes, Details.NONE));
    }
}
