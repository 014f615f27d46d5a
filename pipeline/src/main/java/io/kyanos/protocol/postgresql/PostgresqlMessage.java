package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.sql.SqlStatement;
import io.kyanos.record.Details;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import org.jspecify.annotations.Nullable;

/** What a client asks in one go, what answers that, or what a server sends by itself. */
sealed interface PostgresqlMessage extends Message {

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
        /** ReadyForQuery after nothing: it answers a Sync, and ends the wait of all that was skipped up to there. */
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

    Kind kind();

    /**
     * What is asked. Immutable but for the operation of one on a table that its answer has yet to show to exist: until then it
     * is the verb alone. Whoever decides hands the message on.
     */
    final class Request implements PostgresqlMessage {

        /** {@link #replies} of what ReadyForQuery ends. */
        static final int UP_TO_READY = 0;

        final SqlStatement statement;

        /** How many answer a {@link Kind#PREPARE}, or {@link #UP_TO_READY}. */
        final int replies;

        /** What it reads rows of, if that is known and details are asked for. */
        final @Nullable Portal portal;

        private final Kind kind;
        private final long wireBytes;
        private final Details details;
        private String operation;
        private boolean isUndecided;

        /** @param operation null if the statement's is not decided */
        Request(
                Kind kind,
                SqlStatement statement,
                @Nullable String operation,
                int replies,
                long wireBytes,
                Details details,
                @Nullable Portal portal) {
            this.kind = kind;
            this.statement = statement;
            this.operation = operation == null ? statement.verb().label() : operation;
            this.isUndecided = operation == null;
            this.replies = replies;
            this.wireBytes = wireBytes;
            this.details = details;
            this.portal = portal;
        }

        /** Whether this one, which has no details, says the same. */
        boolean is(Kind ofKind, String ofOperation, boolean ofSetup, int ofReplies, long ofWireBytes) {
            return kind == ofKind
                    && operation.equals(ofOperation)
                    && statement.isSetup() == ofSetup
                    && replies == ofReplies
                    && wireBytes == ofWireBytes;
        }

        boolean isUndecided() {
            return isUndecided;
        }

        void decided(String as) {
            operation = as;
            isUndecided = false;
        }

        @Override
        public Kind kind() {
            return kind;
        }

        @Override
        public String operation() {
            return operation;
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
        public Details details() {
            return details;
        }

        @Override
        public String toString() {
            return operation + " (" + wireBytes + " bytes)";
        }
    }

    /** What answers a request. Immutable. */
    record Answer(Kind kind, PostgresqlStatus said, long wireBytes, Details details) implements PostgresqlMessage {

        @Override
        public String status() {
            return said.label();
        }

        @Override
        public Outcome outcome() {
            return said.outcome();
        }

        @Override
        public boolean isTimed() {
            return said != PostgresqlStatus.SKIPPED;
        }

        @Override
        public String toString() {
            return said + " (" + wireBytes + " bytes)";
        }
    }

    /** A notice or a notification. Immutable. */
    record Aside(Kind kind, long wireBytes, Details details) implements PostgresqlMessage {

        @Override
        public String operation() {
            return kind.operation();
        }

        @Override
        public Outcome outcome() {
            return Outcome.ONE_WAY;
        }

        @Override
        public String toString() {
            return kind.operation() + " (" + wireBytes + " bytes)";
        }
    }
}
