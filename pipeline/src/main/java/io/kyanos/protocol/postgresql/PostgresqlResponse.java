package io.kyanos.protocol.postgresql;

import io.kyanos.record.Attribute;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What answers one request, or a message that the server sends by itself. Immutable. */
final class PostgresqlResponse implements Message {

    /**
     * What is kept beside labels and sizes when details are asked for.
     *
     * @param reason the message of an error or a notice; what a notification says
     * @param resource the channel of a notification
     * @param affected -1 where no tag has a number
     * @param transaction empty where it was not told
     */
    record Details(
            String reason,
            String severity,
            String resource,
            List<String> tags,
            long rows,
            long portalRows,
            long affected,
            long copyBytes,
            String transaction,
            String serverVersion,
            String text) {}

    private final String operation;
    private final PostgresqlStatus status;
    private final Outcome outcome;
    private final boolean isReadyAlone;
    private final boolean isTimed;
    private final long wireBytes;
    private final @Nullable Details details;

    private PostgresqlResponse(
            String operation,
            PostgresqlStatus status,
            Outcome outcome,
            boolean isReadyAlone,
            boolean isTimed,
            long wireBytes,
            @Nullable Details details) {
        this.operation = operation;
        this.status = status;
        this.outcome = outcome;
        this.isReadyAlone = isReadyAlone;
        this.isTimed = isTimed;
        this.wireBytes = wireBytes;
        this.details = details;
    }

    static PostgresqlResponse answer(PostgresqlStatus status, long wireBytes, @Nullable Details details) {
        return new PostgresqlResponse("", status, status.outcome(), false, true, wireBytes, details);
    }

    /** ReadyForQuery behind nothing: it answers a Sync, and ends the wait of all that was skipped up to there. */
    static PostgresqlResponse ready(long wireBytes, @Nullable Details details) {
        return new PostgresqlResponse("", PostgresqlStatus.OK, Outcome.OK, true, true, wireBytes, details);
    }

    /** Of a statement that the server has skipped after another's error. */
    static PostgresqlResponse skipped(long wireBytes) {
        PostgresqlStatus status = PostgresqlStatus.SKIPPED;
        return new PostgresqlResponse("", status, status.outcome(), false, false, wireBytes, null);
    }

    /** A notice or a notification. */
    static PostgresqlResponse oneWay(String operation, long wireBytes, @Nullable Details details) {
        return new PostgresqlResponse(operation, PostgresqlStatus.OK, Outcome.ONE_WAY, false, true, wireBytes, details);
    }

    /** Whether it is this answer, without details. */
    boolean is(PostgresqlStatus ofStatus, boolean ofReady, long ofWireBytes) {
        return status == ofStatus
                && isReadyAlone == ofReady
                && wireBytes == ofWireBytes
                && operation.isEmpty()
                && isTimed
                && details == null;
    }

    PostgresqlStatus answered() {
        return status;
    }

    boolean isReadyAlone() {
        return isReadyAlone;
    }

    @Override
    public String operation() {
        return operation;
    }

    @Override
    public String resource() {
        return details == null ? "" : details.resource();
    }

    @Override
    public String status() {
        return operation.isEmpty() ? status.label() : "";
    }

    @Override
    public Outcome outcome() {
        return outcome;
    }

    @Override
    public long wireBytes() {
        return wireBytes;
    }

    @Override
    public boolean isTimed() {
        return isTimed;
    }

    @Override
    public void attributes(AttributeVisitor visitor) {
        Details known = details;
        if (known == null) {
            return;
        }
        PostgresqlRequest.tell(visitor, PostgresqlAttribute.REASON, known.reason());
        PostgresqlRequest.tell(visitor, PostgresqlAttribute.SEVERITY, known.severity());
        known.tags().forEach(tag -> visitor.attribute(PostgresqlAttribute.TAG, tag));
        number(visitor, PostgresqlAttribute.ROWS, known.rows(), 1);
        number(visitor, PostgresqlAttribute.PORTAL_ROWS, known.portalRows(), 1);
        number(visitor, PostgresqlAttribute.AFFECTED, known.affected(), 0);
        number(visitor, PostgresqlAttribute.COPY_BYTES, known.copyBytes(), 1);
        PostgresqlRequest.tell(visitor, PostgresqlAttribute.TRANSACTION, known.transaction());
        if (operation.isEmpty()) {
            PostgresqlRequest.tell(visitor, PostgresqlAttribute.SERVER_VERSION, known.serverVersion());
        }
    }

    private static void number(AttributeVisitor visitor, Attribute attribute, long number, long least) {
        if (number >= least) {
            visitor.attribute(attribute, Long.toString(number));
        }
    }

    @Override
    public String text() {
        return details == null ? "" : details.text();
    }

    @Override
    public String toString() {
        return (operation.isEmpty() ? status.label() : operation) + " (" + wireBytes + " bytes)";
    }
}
