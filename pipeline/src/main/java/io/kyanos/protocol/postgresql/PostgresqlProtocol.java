package io.kyanos.protocol.postgresql;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Guess;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.StreamKind;
import io.kyanos.protocol.sql.SqlTables;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Outcome;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** PostgreSQL, by its protocol 3.0 and 3.2. Immutable but for the tables that it learns and the messages that it shares. */
// https://www.postgresql.org/docs/current/protocol.html
public final class PostgresqlProtocol implements Protocol {

    /** What it says of itself. */
    public static final Descriptor DESCRIPTOR = new Descriptor(
            "postgresql",
            "PostgreSQL",
            List.of("postgres", "pgsql", "pg"),
            Set.of(StreamKind.WIRE),
            PostgresqlAttribute.ALL,
            List.of(),
            List.of(
                    new Descriptor.Status(
                            "SELECT, INSERT, CREATE TABLE",
                            Outcome.OK,
                            "The command tag without its numbers; of several statements the last one's"),
                    new Descriptor.Status("SUSPENDED", Outcome.OK, "A portion of the rows came, and there are more"),
                    new Descriptor.Status("EMPTY", Outcome.OK, "There was no statement"),
                    new Descriptor.Status("OK", Outcome.OK, "What has no command tag was done: prepared, started, synchronised"),
                    new Descriptor.Status("REFUSED", Outcome.OK, "The server does not encrypt; the connection goes on without"),
                    new Descriptor.Status(
                            "SQLSTATE of class 53, 57 (but 57014), 58 or XX",
                            Outcome.SERVER_ERROR,
                            "Resources, intervention of an operator, trouble outside, a bug"),
                    new Descriptor.Status("any other SQLSTATE", Outcome.CLIENT_ERROR, "The statement or its transaction failed"),
                    new Descriptor.Status(
                            "SKIPPED",
                            Outcome.CLIENT_ERROR,
                            "Not executed, as a statement before it in the same pipeline had failed; outcome as that one's, in no"
                                    + " duration"),
                    new Descriptor.Status("other", Outcome.OK, "A command tag or a SQLSTATE of no table, by its class")),
            List.of(
                    new Descriptor.Limit("bytes of a statement that are read", Frame.MAX_TEXT_BYTES, "passed over; the digest is that of what was read"),
                    new Descriptor.Limit("bytes of a frame", Frame.MAX_BYTES, "invalid, as to the server"),
                    new Descriptor.Limit("bytes of a start-up", Frame.MAX_STARTUP_BYTES, "invalid, as to the server"),
                    new Descriptor.Limit(
                            "prepared statements remembered of a connection",
                            PostgresqlRequestParser.MAX_STATEMENTS,
                            "one of them is `EXECUTE`"),
                    new Descriptor.Limit("portals remembered of a connection", PostgresqlRequestParser.MAX_PORTALS, "one of them is `EXECUTE`")),
            PostgresqlReason.ALL);

    private static final String ROOT = "kyanos.sql.";
    private static final String TABLES = ROOT + "tables";
    private static final String MAX_TABLES = ROOT + "max-tables";
    private static final int MOST_TABLES = 100_000;

    private final SqlTables tables;
    private final PostgresqlMessages messages = new PostgresqlMessages();

    public PostgresqlProtocol(SqlTables tables) {
        this.tables = tables;
    }

    /**
     * As the whole configuration shapes it.
     *
     * @throws ConfigException where a value of {@code kyanos.sql} is out of its bounds
     */
    public static PostgresqlProtocol of(Config config) {
        String which = config.getString(TABLES);
        if (!which.equals("answered") && !which.equals("known")) {
            throw new ConfigException.BadValue(
                    config.getValue(TABLES).origin(), TABLES, which + " (expected: answered or known)");
        }
        int max = config.getInt(MAX_TABLES);
        if (max < 1 || max > MOST_TABLES) {
            throw new ConfigException.BadValue(
                    config.getValue(MAX_TABLES).origin(), MAX_TABLES, max + " (expected: 1 to " + MOST_TABLES + ")");
        }
        return new PostgresqlProtocol(new SqlTables(which.equals("answered"), max));
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
