package io.kyanos.protocol.postgresql;

import io.kyanos.record.Details;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks in one go, what answers that, or what a server sends by itself. Immutable but for the operation of a
 * request on a table that its answer has yet to show to exist: until then it is the verb alone. Whoever decides hands the
 * message on.
 */
final class PostgresqlMessage implements Message {

    /** What it is, and, of a request, where its answer ends. */
    enum Kind {
        /** A simple query: up to ReadyForQuery. */
        QUERY(""),
        /** What comes of one Execute, from the Parse or Bind before it on: up to its completion. */
        EXECUTE(""),
        /** Parse, Bind, Describe or Close without Execute: so many replies. */
        PREPARE(""),
        /** A Sync by itself. */
        SYNC("SYNC"),
        FUNCTION("FUNCTION_CALL"),
        STARTUP("STARTUP"),
        SSL("SSLREQUEST"),
        GSS("GSSENCREQUEST"),
        CANCEL("CANCEL"),
        ANSWER(""),
        /** ReadyForQuery behind nothing: it answers a Sync, and ends the wait of all that was skipped up to there. */
        READY(""),
        NOTICE("NOTICE"),
        NOTIFICATION("NOTIFICATION");

        private final String operation;

        Kind(String operation) {
            this.operation = operation;
        }

        /** Empty if the kind alone does not tell. */
        String operation() {
            return operation;
        }
    }

    /** {@link #replies} of what ReadyForQuery ends. */
    static final int UP_TO_READY = 0;

    private final Kind kind;
    private final Statement statement;
    private String operation;
    private boolean isUndecided;
    private final @Nullable PostgresqlStatus status;
    private final int replies;
    private final long wireBytes;
    private final Details details;
    private final @Nullable Portal portal;

    private PostgresqlMessage(
            Kind kind,
            Statement statement,
            @Nullable String operation,
            @Nullable PostgresqlStatus status,
            int replies,
            long wireBytes,
            Details details,
            @Nullable Portal portal) {
        this.kind = kind;
        this.statement = statement;
        this.operation = operation == null ? statement.verb().label() : operation;
        this.isUndecided = operation == null;
        this.status = status;
        this.replies = replies;
        this.wireBytes = wireBytes;
        this.details = details;
        this.portal = portal;
    }

    /**
     * @param operation null if the statement's is not decided
     * @param replies how many answer a {@link Kind#PREPARE}, or {@link #UP_TO_READY}
     */
    static PostgresqlMessage request(
            Kind kind,
            Statement statement,
            @Nullable String operation,
            int replies,
            long wireBytes,
            Details details,
            @Nullable Portal portal) {
        return new PostgresqlMessage(kind, statement, operation, null, replies, wireBytes, details, portal);
    }

    static PostgresqlMessage answer(Kind kind, PostgresqlStatus status, long wireBytes, Details details) {
        return new PostgresqlMessage(kind, Statement.UNKNOWN, "", status, 0, wireBytes, details, null);
    }

    /** A notice or a notification. */
    static PostgresqlMessage oneWay(Kind kind, long wireBytes, Details details) {
        return new PostgresqlMessage(kind, Statement.UNKNOWN, kind.operation(), null, 0, wireBytes, details, null);
    }

    /** Whether this one, which has no details, says the same. */
    boolean is(Kind ofKind, String ofOperation, boolean ofSetup, int ofReplies, long ofWireBytes) {
        return kind == ofKind
                && operation.equals(ofOperation)
                && statement.isSetup() == ofSetup
                && replies == ofReplies
                && wireBytes == ofWireBytes;
    }

    /** The same of an answer. */
    boolean is(Kind ofKind, PostgresqlStatus ofStatus, long ofWireBytes) {
        return kind == ofKind && status == ofStatus && wireBytes == ofWireBytes;
    }

    Kind kind() {
        return kind;
    }

    int replies() {
        return replies;
    }

    /** What a request reads rows of, if it is known and details are asked for. */
    @Nullable
    Portal portal() {
        return portal;
    }

    boolean isUndecided() {
        return isUndecided;
    }

    void decided(String as) {
        operation = as;
        isUndecided = false;
    }

    Statement statement() {
        return statement;
    }

    boolean isError() {
        return status != null && status.isError();
    }

    @Override
    public String operation() {
        return operation;
    }

    @Override
    public String status() {
        return status == null ? "" : status.label();
    }

    @Override
    public Outcome outcome() {
        return switch (kind) {
            case CANCEL, NOTICE, NOTIFICATION -> Outcome.ONE_WAY;
            default -> status == null ? Outcome.OK : status.outcome();
        };
    }

    @Override
    public long wireBytes() {
        return wireBytes;
    }

    @Override
    public boolean isTimed() {
        return status != PostgresqlStatus.SKIPPED;
    }

    @Override
    public boolean isSetup() {
        return switch (kind) {
            case STARTUP, SSL, GSS -> true;
            default -> statement.isSetup();
        };
    }

    @Override
    public Details details() {
        return details;
    }

    @Override
    public String toString() {
        return operation + status() + " (" + wireBytes + " bytes)";
    }
}
