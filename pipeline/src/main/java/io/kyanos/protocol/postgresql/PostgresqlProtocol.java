package io.kyanos.protocol.postgresql;

import com.typesafe.config.Config;
import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Guess;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.StreamKind;
import io.kyanos.protocol.sql.SqlTables;
import io.kyanos.record.Endpoint;
import java.util.Map;

/** PostgreSQL, by its protocol 3.0 and 3.2. Immutable but for the tables that it learns and the messages that it shares. */
// https://www.postgresql.org/docs/current/protocol.html
public final class PostgresqlProtocol implements Protocol {

    /** What it says of itself. */
    public static final Descriptor DESCRIPTOR = PostgresqlDescriptor.of();

    private final SqlTables tables;
    private final PostgresqlMessages messages = new PostgresqlMessages();

    public PostgresqlProtocol(SqlTables tables) {
        this.tables = tables;
    }

    /** As the whole configuration shapes it. */
    public static PostgresqlProtocol of(Config config) {
        return new PostgresqlProtocol(SqlTables.of(config));
    }

    @Override
    public Descriptor descriptor() {
        return DESCRIPTOR;
    }

    @Override
    public Guess guess(ByteView head, ByteView other) {
        return PostgresqlGuess.ofBeginning(head, other);
    }

    @Override
    public Guess guessAnywhere(ByteView head, ByteView other) {
        return PostgresqlGuess.anywhere(head, other);
    }

    @Override
    public Conversation newConversation(StreamKind kind, Detail detail, Endpoint server) {
        return new PostgresqlConversation(detail, tables, messages);
    }

    @Override
    public Protocol inSteps() {
        return new PostgresqlProtocol(tables.inSteps());
    }

    @Override
    public void settle() {
        tables.settle();
    }

    @Override
    public Map<String, Long> boundsMet() {
        return Map.of("tables", tables.overflows());
    }
}
