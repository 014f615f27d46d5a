package io.kyanos.protocol.mysql;

import io.kyanos.protocol.SharedMessages;
import io.kyanos.protocol.mysql.MysqlMessage.Answer;
import io.kyanos.protocol.mysql.MysqlMessage.Request;
import io.kyanos.protocol.sql.SharedStatements;
import io.kyanos.protocol.sql.SqlStatement;
import io.kyanos.record.Details;

/** Gives out requests and answers without details, the same object again for what says the same. Thread-safe. */
final class MysqlMessages {

    final SharedStatements statements = new SharedStatements();

    private final SharedMessages<Request> requests = new SharedMessages<>();
    private final SharedMessages<Answer> answers = new SharedMessages<>();

    Request request(Command command, SqlStatement statement, String operation, int answeredBy, long wireBytes) {
        int hash = (operation.hashCode() * 31 + command.name().hashCode()) * 31 + (int) wireBytes;
        Request known = requests.at(hash);
        return known != null && known.is(command, statement, operation, answeredBy, wireBytes)
                ? known
                : requests.keep(
                        hash, new Request(command, statement, operation, answeredBy, wireBytes, "", Details.NONE));
    }

    Answer answer(MysqlStatus status, long wireBytes) {
        int hash = status.label().hashCode() * 31 + (int) wireBytes;
        Answer known = answers.at(hash);
        return known != null && known.said() == status && known.wireBytes() == wireBytes
                ? known
                : answers.keep(hash, new Answer(status, wireBytes, Details.NONE));
    }
}
