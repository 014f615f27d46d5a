package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.SharedMessages;

/** Gives out requests and answers without details, the same object again for what says the same. Thread-safe. */
final class PostgresqlMessages {

    private final SharedMessages<PostgresqlRequest> requests = new SharedMessages<>();
    private final SharedMessages<PostgresqlResponse> responses = new SharedMessages<>();

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
