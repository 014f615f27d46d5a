package io.kyanos.protocol.dns;

import io.kyanos.record.Details;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;

/** A query or a response. Immutable. */
sealed interface DnsMessage extends Message {

    int id();

    /** See {@link DnsFrame#questionShape}. */
    int questionShape();

    /** The same with so many bytes more. */
    DnsMessage longer(long bytes);

    /**
     * A query.
     *
     * @param retries how often it was repeated while it waited; 0 without details
     */
    record Query(int id, int questionShape, String operation, long wireBytes, int retries, Details details)
            implements DnsMessage {

        boolean asksTheSameAs(Query other) {
            return questionShape == other.questionShape && operation.equals(other.operation);
        }

        /** The same query, once more. */
        Query repeated() {
            return details.equals(Details.NONE)
                    ? this
                    : new Query(id, questionShape, operation, wireBytes, retries + 1, details);
        }

        @Override
        public Query longer(long bytes) {
            return new Query(id, questionShape, operation, wireBytes + bytes, retries, details);
        }

        @Override
        public void attributes(AttributeVisitor visitor) {
            DnsMessage.super.attributes(visitor);
            if (retries > 0) {
                visitor.attribute(DnsAttribute.RETRIES, Integer.toString(retries));
            }
        }

        @Override
        public String toString() {
            return operation + ", " + wireBytes + " bytes";
        }
    }

    /** What answers one. */
    record Response(int id, int questionShape, int code, long wireBytes, Details details) implements DnsMessage {

        /** A response need not hold the question, as one to a query that could not be read. */
        boolean answers(Query query) {
            return questionShape == query.questionShape || questionShape == 0;
        }

        @Override
        public Response longer(long bytes) {
            return new Response(id, questionShape, code, wireBytes + bytes, details);
        }

        @Override
        public String status() {
            return ResponseCode.name(code);
        }

        @Override
        public Outcome outcome() {
            return ResponseCode.outcome(code);
        }

        @Override
        public String toString() {
            return status() + ", " + wireBytes + " bytes";
        }
    }
}
