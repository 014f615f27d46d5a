package io.kyanos.protocol.postgresql;

import io.kyanos.record.Attribute;
import java.util.List;

/** What records of PostgreSQL say in addition to the fields that all records have. */
final class PostgresqlAttribute {

    static final Attribute DIGEST = Attribute.ofRequest(
            "digest",
            "A hash of the statement without its literals: the same for the same statement with other values");
    static final Attribute STATEMENT = Attribute.ofRequest(
            "statement", "The name of the prepared statement, where it has one, or `?` if it was prepared unseen");
    static final Attribute PORTAL = Attribute.ofRequest("portal", "The name of the portal, where it has one");
    static final Attribute PORTION =
            Attribute.ofRequest("portion", "Which portion of the rows was asked for, from `2` on: the portal goes on");
    static final Attribute STATEMENTS =
            Attribute.ofRequest("statements", "How many statements one simple query has, where more than one");
    static final Attribute PARAMETERS = Attribute.ofRequest("parameters", "How many values were bound");
    static final Attribute USER = Attribute.ofRequest("user", "The user named at start-up");
    static final Attribute DATABASE = Attribute.ofRequest("database", "The database named at start-up, else the user");
    static final Attribute APPLICATION =
            Attribute.ofRequest("application", "The parameter `application_name` of the start-up");
    static final Attribute PROTOCOL_VERSION =
            Attribute.ofRequest("protocol_version", "The version that a start-up asks for: `3.0`, `3.2`");
    static final Attribute SEVERITY =
            Attribute.ofEither("severity", "Of an error or a notice: `ERROR`, `FATAL`, `WARNING`");
    static final Attribute TAG =
            Attribute.listOfResponse("tag", "Each command tag as the server gave it: `INSERT 0 5`");
    static final Attribute ROWS = Attribute.ofResponse("rows", "Rows that came, counted; not there without any");
    static final Attribute PORTAL_ROWS =
            Attribute.ofResponse("portal_rows", "Rows that came of the portal up to now, where it is read by portions");
    static final Attribute AFFECTED = Attribute.ofResponse("affected", "Rows that the command tags count");
    static final Attribute COPY_BYTES = Attribute.ofResponse("copy_bytes", "Bytes copied in or out");
    static final Attribute TRANSACTION = Attribute.ofResponse(
            "transaction", "The state afterwards, where it was told: `idle`, `active` or `failed`");
    static final Attribute SERVER_VERSION =
            Attribute.ofResponse("server_version", "The parameter `server_version` that the server told");

    static final Attribute REASON = Attribute.ofEither(
            Attribute.REASON.name(),
            "The message of an error or a notice, values masked; else " + Attribute.REASON.meaning());

    static final List<Attribute> ALL = List.of(
            DIGEST,
            STATEMENT,
            PORTAL,
            PORTION,
            STATEMENTS,
            PARAMETERS,
            USER,
            DATABASE,
            APPLICATION,
            PROTOCOL_VERSION,
            REASON,
            SEVERITY,
            TAG,
            ROWS,
            PORTAL_ROWS,
            AFFECTED,
            COPY_BYTES,
            TRANSACTION,
            SERVER_VERSION);

    private PostgresqlAttribute() {}
}
