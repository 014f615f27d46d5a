package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.SharedMessages;
import io.kyanos.protocol.postgresql.PostgresqlMessage.Answer;
import io.kyanos.protocol.postgresql.PostgresqlMessage.Kind;
import io.kyanos.protocol.postgresql.PostgresqlMessage.Request;
import io.kyanos.protocol.sql.SharedStatements;
import io.kyanos.protocol.sql.SqlStatement;
import io.kyanos.record.Details;

/** Gives out requests and answers without details, the same object again for what says the same. Thread-safe. */
final class PostgresqlMessages {

    final SharedStatements statements = new SharedStatements();

    private final SharedMessages<Request> requests = new SharedMessages<>();
    private final SharedMessages<Answer> answers = new SharedMessages<>();

    Request request(Kind kind, SqlStatement statement, String operation, int replies, long wireBytes) {
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
