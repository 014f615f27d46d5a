package io.kyanos.protocol.dns;

import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A query or a response. Immutable. */
final class DnsMessage implements Message {

    /** Records of an answer section whose data are kept. */
    static final int MAX_ANSWERS = 16;

    private static final int NO_NUMBER = -1;

    /**
     * What is kept beside labels and sizes when details are asked for.
     *
     * @param name that was asked for; empty without a question
     * @param ednsSize -1 for none
     * @param answer the data of the first records of the answer section
     * @param ttl of the shortest-lived of them, -1 for none
     * @param extendedError -1 for none
     */
    record Details(
            String name,
            int type,
            int classOf,
            int ednsSize,
            int flags,
            int answers,
            List<String> answer,
            long ttl,
            int extendedError,
            String text) {}

    private final int id;
    private final String operation;
    private final String status;
    private final Outcome outcome;
    private final long wireBytes;
    private final int questionShape;
    private final int retries;
    private final @Nullable Details details;

    private DnsMessage(
            int id,
            String operation,
            String status,
            Outcome outcome,
            long wireBytes,
            int questionShape,
            int retries,
            @Nullable Details details) {
        this.id = id;
        this.operation = operation;
        this.status = status;
        this.outcome = outcome;
        this.wireBytes = wireBytes;
        this.questionShape = questionShape;
        this.retries = retries;
        this.details = details;
    }

    /** @param questionShape 0 without a question */
    static DnsMessage query(int id, String operation, long wireBytes, int questionShape, @Nullable Details details) {
        return new DnsMessage(id, operation, "", Outcome.OK, wireBytes, questionShape, 0, details);
    }

    static DnsMessage response(int id, int code, long wireBytes, int questionShape, @Nullable Details details) {
        return new DnsMessage(
                id, "", ResponseCode.name(code), ResponseCode.outcome(code), wireBytes, questionShape, 0, details);
    }

    /** The same with so many bytes more. */
    DnsMessage longer(long bytes) {
        return bytes == 0
                ? this
                : new DnsMessage(id, operation, status, outcome, wireBytes + bytes, questionShape, retries, details);
    }

    /** The same query, once more. */
    DnsMessage repeated() {
        return details == null
                ? this
                : new DnsMessage(id, operation, status, outcome, wireBytes, questionShape, retries + 1, details);
    }

    int id() {
        return id;
    }

    boolean asksTheSameAs(DnsMessage other) {
        return questionShape == other.questionShape && operation.equals(other.operation);
    }

    /** A response need not hold the question, as one to a query that could not be read. */
    boolean answers(DnsMessage query) {
        return questionShape == query.questionShape || questionShape == 0;
    }

    @Override
    public String operation() {
        return operation;
    }

    @Override
    public String resource() {
        return details == null || !isQuery() ? "" : details.name();
    }

    @Override
    public String status() {
        return status;
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
    public void attributes(AttributeVisitor visitor) {
        Details known = details;
        if (known == null) {
            return;
        }
        if (isQuery()) {
            ofQuery(known, visitor);
        } else {
            ofResponse(known, visitor);
        }
    }

    private void ofQuery(Details known, AttributeVisitor visitor) {
        if (!known.name().isEmpty()) {
            visitor.attribute(DnsAttribute.NAME, known.name());
            visitor.attribute(DnsAttribute.TYPE, QueryType.text(known.type()));
            if (known.classOf() != QueryType.IN) {
                visitor.attribute(DnsAttribute.CLASS, QueryType.classText(known.classOf()));
            }
        }
        visitor.attribute(DnsAttribute.ID, Integer.toString(id));
        if (known.ednsSize() != NO_NUMBER) {
            visitor.attribute(DnsAttribute.EDNS_SIZE, Integer.toString(known.ednsSize()));
        }
        if (retries > 0) {
            visitor.attribute(DnsAttribute.RETRIES, Integer.toString(retries));
        }
    }

    private static void ofResponse(Details known, AttributeVisitor visitor) {
        String flags = DnsText.flags(known.flags());
        if (!flags.isEmpty()) {
            visitor.attribute(DnsAttribute.FLAGS, flags);
        }
        visitor.attribute(DnsAttribute.ANSWERS, Integer.toString(known.answers()));
        for (String answer : known.answer()) {
            visitor.attribute(DnsAttribute.ANSWER, answer);
        }
        if (known.ttl() != NO_NUMBER) {
            visitor.attribute(DnsAttribute.TTL, Long.toString(known.ttl()));
        }
        if (known.extendedError() != NO_NUMBER) {
            visitor.attribute(DnsAttribute.EXTENDED_ERROR, Integer.toString(known.extendedError()));
        }
    }

    private boolean isQuery() {
        return status.isEmpty();
    }

    @Override
    public String text() {
        return details == null ? "" : details.text();
    }

    @Override
    public String toString() {
        return (isQuery() ? operation : status) + ", " + wireBytes + " bytes";
    }
}
