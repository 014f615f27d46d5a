package io.kyanos.protocol.mysql;

import io.kyanos.record.Attribute;
import io.kyanos.record.StreamedEvents;
import java.util.ArrayList;
import java.util.List;

/** What records of MySQL say in addition to the fields that all records have. */
final class MysqlAttribute {

    static final Attribute DIGEST = Attribute.ofRequest(
            "digest",
            "A hash of the statement without its literals: the same for the same statement with other values");
    static final Attribute STATEMENT = Attribute.ofRequest(
            "statement",
            "The number of the prepared statement, `last` where the client does not know it yet, or `?` if it was prepared"
                    + " unseen");
    static final Attribute STATEMENTS =
            Attribute.ofRequest("statements", "How many statements one query has, where more than one");
    static final Attribute USER = Attribute.ofRequest("user", "The user named at log-in");
    static final Attribute DATABASE = Attribute.ofRequest(
            "database", "The database in use, as far as it was seen: of the log-in, or chosen since");
    static final Attribute APPLICATION =
            Attribute.ofRequest("application", "The program named at log-in, or else the client library");
    static final Attribute COMPRESSION = Attribute.ofRequest("compression", "Of the connection: `zlib` or `zstd`");
    static final Attribute SQLSTATE = Attribute.ofEither("sqlstate", "The SQLSTATE of an error: `23000`");
    static final Attribute ROWS = Attribute.ofResponse("rows", "Rows that came, counted; not there without any");
    static final Attribute AFFECTED = Attribute.ofResponse("affected", "Rows that the server says to have changed");
    static final Attribute WARNINGS = Attribute.ofResponse("warnings", "How many warnings the server has, if any");
    static final Attribute RESULTS = Attribute.ofResponse("results", "How many results came, where more than one");
    static final Attribute FILE_BYTES =
            Attribute.ofResponse("file_bytes", "Bytes of a local file that the client has sent for it");
    static final Attribute TRANSACTION =
            Attribute.ofResponse("transaction", "The state afterwards, where it was told: `idle` or `active`");
    static final Attribute SERVER_VERSION =
            Attribute.ofResponse("server_version", "Of a `CONNECT`: the version in the server's greeting");

    static final Attribute REASON = Attribute.ofEither(
            Attribute.REASON.name(), "The message of an error, values masked; else " + Attribute.REASON.meaning());

    static final List<Attribute> ALL = all();

    private MysqlAttribute() {}

    private static List<Attribute> all() {
        List<Attribute> all = new ArrayList<>(List.of(
                DIGEST,
                STATEMENT,
                STATEMENTS,
                USER,
                DATABASE,
                APPLICATION,
                COMPRESSION,
                REASON,
                SQLSTATE,
                ROWS,
                AFFECTED,
                WARNINGS,
                RESULTS,
                FILE_BYTES,
                TRANSACTION,
                SERVER_VERSION));
        all.addAll(StreamedEvents.ATTRIBUTES);
        return List.copyOf(all);
    }
}
