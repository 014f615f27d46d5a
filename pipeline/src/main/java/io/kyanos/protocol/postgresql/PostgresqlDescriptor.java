package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Descriptor.Limit;
import io.kyanos.protocol.Descriptor.Status;
import io.kyanos.protocol.FilterFlag;
import io.kyanos.protocol.FilterFlag.Match;
import io.kyanos.record.Outcome;
import java.util.List;

/** What PostgreSQL says of itself. */
final class PostgresqlDescriptor {

    private static final FilterFlag DATABASE = new FilterFlag(
            "database",
            "NAME",
            "database",
            Match.EQUAL,
            "databases, like shop,stock",
            "These databases: shop,stock.",
            "these databases");

    private static final List<Status> STATUSES = List.of(
            new Status("57014", Outcome.CLIENT_ERROR, "The user has cancelled the statement, or its time was up."),
            new Status(
                    "53*, 57*, 58*, XX*",
                    Outcome.SERVER_ERROR,
                    "A SQLSTATE of resources, of an operator's intervention, of trouble outside, of a bug; one that is not known as its"
                            + " class, `53000`."),
            new Status(
                    "0*, 2*, 3*, 4*, 5*, F0*, HV*, P0*, other_error",
                    Outcome.CLIENT_ERROR,
                    "Any other SQLSTATE: the statement or its transaction failed; of no table."),
            new Status(
                    "SKIPPED",
                    Outcome.ERROR,
                    "Not executed, as a statement before it in the same pipeline had failed. Enters no duration."),
            new Status("SUSPENDED", Outcome.OK, "A portion of the rows came, and there are more."),
            new Status("EMPTY", Outcome.OK, "There was no statement."),
            new Status("OK", Outcome.OK, "What has no command tag was done: prepared, started, synchronised."),
            new Status("REFUSED", Outcome.OK, "The server does not encrypt; the connection goes on without."),
            new Status(
                    "*",
                    Outcome.OK,
                    "The command tag without its numbers, `INSERT`, `CREATE TABLE`, of several statements the last one's; `other`"
                            + " if it is in no table."));

    private PostgresqlDescriptor() {}

    static Descriptor of() {
        return Descriptor.named("postgresql", "PostgreSQL")
                .aliases("postgres", "pgsql", "pg")
                .summary("Protocol 3.0 and 3.2: simple and extended queries, pipelines, portals, copies, notifications")
                .operation(
                        "The verb and the table: `SELECT users`, `INSERT {table}`, `BEGIN`. A table's name stands there once a"
                                + " statement on it has shown that it exists. A simple query of several statements counts as the first"
                                + " that is no `BEGIN`, `SET` or the like; what was prepared before the capture is `EXECUTE`. What only"
                                + " prepares is `PREPARE`, `BIND`, `DESCRIBE`, `CLOSE` or `SYNC`")
                .resource("The statement, with `?` for its literals unless secrets are to be shown")
                .attributes(PostgresqlAttribute.ALL)
                .flags(DATABASE)
                .statuses(STATUSES)
                .setup(
                        "`STARTUP`, with all of the authentication, `SSLREQUEST`, `GSSENCREQUEST`",
                        "statements that drivers send by themselves, by the beginnings of their texts:"
                                + " `SET extra_float_digits =`, `SET application_name =`, `SET client_encoding TO`,"
                                + " `SHOW TRANSACTION ISOLATION LEVEL`, `select version()`, the introspection of asyncpg")
                .limits(
                        new Limit(
                                "bytes of a statement that are read",
                                Frame.MAX_TEXT_BYTES,
                                "They are passed over; the digest is that of what was read."),
                        new Limit("bytes of a frame", Frame.MAX_BYTES, "Invalid: `length`."),
                        new Limit("bytes of a start-up", Startup.MAX_BYTES, "Invalid: `startup`."),
                        new Limit(
                                "prepared statements that are remembered of one connection",
                                PostgresqlRequests.MAX_STATEMENTS,
                                "One of them is `EXECUTE`."),
                        new Limit(
                                "portals that are remembered of one connection",
                                PostgresqlRequests.MAX_PORTALS,
                                "One of them is `EXECUTE`."),
                        new Limit(
                                "requests that wait on one connection",
                                PostgresqlMatcher.MAX_WAITING,
                                "All of them are `unanswered`."))
                .reasons(PostgresqlReason.ALL)
                .clients(
                        "pgjdbc with autocommit off sends `BEGIN` and the first statement in one write: two records.",
                        "A cursor read by portions is a record for each portion; the tag of the last one counts only its rows,"
                                + " `portal_rows` all of them.",
                        "psycopg's `executemany` is one Parse and many Executes before one Sync: a record each.",
                        "PgBouncer renames statements and answers a known Parse by itself: between it and the server there are"
                                + " `SYNC` and `EXECUTE` more.")
                .build();
    }
}
