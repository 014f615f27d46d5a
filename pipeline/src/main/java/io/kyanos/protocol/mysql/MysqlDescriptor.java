package io.kyanos.protocol.mysql;

import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Descriptor.Limit;
import io.kyanos.protocol.Descriptor.Status;
import io.kyanos.protocol.FilterFlag;
import io.kyanos.protocol.FilterFlag.Match;
import io.kyanos.record.Outcome;
import java.util.List;

/** What MySQL says of itself. */
final class MysqlDescriptor {

    private static final FilterFlag DATABASE = new FilterFlag(
            "database",
            "NAME",
            "database",
            Match.EQUAL,
            "databases, like shop,stock",
            "These databases: shop,stock.",
            "these databases");

    private static final List<Status> STATUSES = List.of(
            new Status(
                    ErrorNumbers.ofServer(),
                    Outcome.SERVER_ERROR,
                    "An error of what the server lacks, loses or cannot do now: connections (1040, 1203), locks (1205, 1213, 3572),"
                            + " time (1969, 3024), memory, disks, a shutdown (1053)."),
            new Status(
                    "1000 to 1999, 3000 to 4299, other_error",
                    Outcome.CLIENT_ERROR,
                    "Any other error by its number: syntax (1064), a table that is not there (1146), a key that is there already"
                            + " (1062), what is denied (1044, 1045, 1142); a number that is none of a server's."),
            new Status("OK", Outcome.OK, "It was done, or rows came."));

    private MysqlDescriptor() {}

    static Descriptor of() {
        return Descriptor.named("mysql", "MySQL")
                .aliases("mariadb")
                .summary(
                        "MySQL and MariaDB: log-in, text and prepared statements, several results, local files, binlog streams")
                .operation(
                        "The verb and the table: `SELECT users`, `INSERT {table}`, `BEGIN`. A table's name stands there once a"
                                + " statement on it has shown that it exists. A query of several statements counts as the first that is"
                                + " no `BEGIN`, `SET` or the like; what was prepared before the capture is `EXECUTE`. Anything else is the"
                                + " command: `PREPARE`, `FETCH`, `CLOSE`, `PING`, `INIT_DB`, `BINLOG_DUMP`; `CONNECT` is the log-in")
                .resource(
                        "The statement, with `?` for its literals unless secrets are to be shown; of an `ERROR` its number")
                .page("mysql.md")
                .attributes(MysqlAttribute.ALL)
                .flags(DATABASE)
                .statuses(STATUSES)
                .setup(
                        "`CONNECT`, with all of the authentication, `SSLREQUEST`",
                        "statements that drivers send by themselves, by the beginnings of their texts: `SET NAMES`,"
                                + " `SET autocommit=`, `select @@version_comment limit 1`, `SHOW VARIABLES`, `SHOW WARNINGS`,"
                                + " `SELECT DATABASE()`")
                .limits(
                        new Limit(
                                "bytes of a statement that are read",
                                Packet.MAX_TEXT_BYTES,
                                "They are passed over; the digest is that of what was read."),
                        new Limit("bytes of a log-in", Command.LOGIN_BYTES, "Invalid: `length`."),
                        new Limit(
                                "bytes of a compressed packet that are read",
                                CompressedParser.MAX_WIRE_BYTES,
                                "They are passed over where they are of one value; else invalid: `compression`."),
                        new Limit("bytes that one is made of", CompressedParser.MAX_PLAIN_BYTES, "As above."),
                        new Limit("bytes of a greeting", Greeting.MOST, "Invalid: `length`."),
                        new Limit(
                                "prepared statements that are remembered of one connection",
                                Statements.MAX,
                                "One of them is `EXECUTE`."),
                        new Limit(
                                "requests that wait on one connection",
                                MysqlConversation.MAX_WAITING,
                                "The oldest of them is `unanswered`."))
                .reasons(MysqlReason.ALL)
                .clients(
                        "MariaDB Connector/J sends `PREPARE` and the execution of \"the statement prepared last\" at once: if the first"
                                + " fails, so does the second (1243), and the statement comes a third time as a query.",
                        "MySQL Connector/J closes statement 0 after a `PREPARE` that has failed.",
                        "A bulk of MariaDB is one record, whatever number of rows it holds; 11.8 answers it by rows.",
                        "MariaDB's clients negotiate that columns are described once: to text as well, a count with a flag tells"
                                + " whether they follow.",
                        "Node's mariadb and Connector/J 4.0 without bulks send many queries in one write; an error among them does not"
                                + " stop the others.",
                        "MariaDB names its server `5.5.5-` and then its version in greetings; `server_version` leaves that out.",
                        "MySQL 5.6 answers `RESET_CONNECTION` by 1047.",
                        "The rows of a cursor are a record for each `FETCH`.")
                .build();
    }
}
