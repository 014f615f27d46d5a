package io.kyanos.protocol.postgresql;

import io.kyanos.record.Attribute;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks in one go. Immutable but for the operation of a request on a table that its answer has yet to show to
 * exist: until then it is the verb alone. Whoever decides hands the message on.
 */
final class PostgresqlRequest implements Message {

    /** What is asked, and so where its answer ends. */
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
        CANCEL("CANCEL");

        private final String operation;

        Kind(String operation) {
            this.operation = operation;
        }
    }

    /**
     * What is kept beside labels and sizes when details are asked for.
     *
     * @param portion the how-manieth of its portal
     */
    record Details(
            String statementName,
            String portalName,
            int portion,
            @Nullable Portal portal,
            Session session) {}

    /** {@link #replies} of what ReadyForQuery ends. */
    static final int UP_TO_READY = 0;

    private final Kind kind;
    private final Statement statement;
    private String operation;
    private boolean isUndecided;
    private final int replies;
    private final long wireBytes;
    private final @Nullable Details details;

    /**
     * @param operation null if the statement's is not decided
     * @param replies how many answer a {@link Kind#PREPARE}, or {@link #UP_TO_READY}
     */
    PostgresqlRequest(
            Kind kind,
            Statement statement,
            @Nullable String operation,
            int replies,
            long wireBytes,
            @Nullable Details details) {
        this.kind = kind;
        this.statement = statement;
        this.operation = operation == null ? statement.verb().label() : operation;
        this.isUndecided = operation == null;
        this.replies = replies;
        this.wireBytes = wireBytes;
        this.details = details;
    }

    /** One that is no statement. */
    static PostgresqlRequest of(Kind kind, long wireBytes, @Nullable Details details) {
        return new PostgresqlRequest(kind, Statement.UNKNOWN, kind.operation, 0, wireBytes, details);
    }

    /** Whether it is this request, without details. */
    boolean is(Kind ofKind, String ofOperation, boolean ofSetup, int ofReplies, long ofWireBytes) {
        return kind == ofKind
                && operation.equals(ofOperation)
                && statement.isSetup() == ofSetup
                && replies == ofReplies
                && wireBytes == ofWireBytes
                && !isUndecided
                && details == null;
    }

    Kind kind() {
        return kind;
    }

    int replies() {
        return replies;
    }

    @Nullable
    Portal portal() {
        return details == null ? null : details.portal();
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

    @Override
    public String operation() {
        return operation;
    }

    @Override
    public String resource() {
        return details == null ? "" : statement.resource();
    }

    @Override
    public String status() {
        return "";
    }

    @Override
    public Outcome outcome() {
        return kind == Kind.CANCEL ? Outcome.ONE_WAY : Outcome.OK;
    }

    @Override
    public long wireBytes() {
        return wireBytes;
    }

    @Override
    public boolean isSetup() {
        return kind == Kind.STARTUP || kind == Kind.SSL || kind == Kind.GSS || statement.isSetup();
    }

    @Override
    public void attributes(AttributeVisitor visitor) {
        Details known = details;
        if (known == null) {
            return;
        }
        if (statement.digest() != 0) {
            visitor.attribute(PostgresqlAttribute.DIGEST, HexFormat.of().toHexDigits(statement.digest()));
        }
        if (statement == Statement.UNKNOWN
                && kind == Kind.EXECUTE
                && known.statementName().isEmpty()) {
            visitor.attribute(PostgresqlAttribute.STATEMENT, "?");
        }
        tell(visitor, PostgresqlAttribute.STATEMENT, known.statementName());
        tell(visitor, PostgresqlAttribute.PORTAL, known.portalName());
        if (known.portion() > 1) {
            visitor.attribute(PostgresqlAttribute.PORTION, Integer.toString(known.portion()));
        }
        if (kind == Kind.QUERY && statement.statements() != 1) {
            visitor.attribute(PostgresqlAttribute.STATEMENTS, Integer.toString(statement.statements()));
        }
        Portal portal = known.portal();
        if (portal != null && portal.parameters > 0) {
            visitor.attribute(PostgresqlAttribute.PARAMETERS, Integer.toString(portal.parameters));
        }
        tell(visitor, PostgresqlAttribute.USER, known.session().user());
        tell(visitor, PostgresqlAttribute.DATABASE, known.session().database());
        tell(visitor, PostgresqlAttribute.APPLICATION, known.session().application());
        if (kind == Kind.STARTUP) {
            tell(visitor, PostgresqlAttribute.PROTOCOL_VERSION, known.session().version());
        }
    }

    static void tell(AttributeVisitor visitor, Attribute attribute, String value) {
        if (!value.isEmpty()) {
            visitor.attribute(attribute, value);
        }
    }

    @Override
    public String text() {
        return details == null ? "" : statement.text();
    }

    @Override
    public String toString() {
        return operation + " (" + wireBytes + " bytes)";
    }
}
