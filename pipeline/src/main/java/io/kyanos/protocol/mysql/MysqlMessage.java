package io.kyanos.protocol.mysql;

import io.kyanos.protocol.sql.SqlStatement;
import io.kyanos.record.Details;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import io.kyanos.record.StreamedEvents;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a client asks, what answers that, or what a server says by itself. */
sealed interface MysqlMessage extends Message {

    /** The same with another size. */
    MysqlMessage sized(long bytes);

    /**
     * What is asked. Immutable but for the operation of one on a table that its answer has yet to show to exist: until then it
     * is the verb alone. Whoever decides hands the message on.
     */
    final class Request implements MysqlMessage {

        final Command command;
        final SqlStatement statement;

        /** The number of the packet that its answer begins with. */
        final int answeredBy;

        /** Where the client works once this has succeeded; empty if that stays. */
        final String database;

        private final long wireBytes;
        private final Details details;
        private String operation;
        private boolean isUndecided;

        /** @param operation null if the statement's is not decided */
        Request(
                Command command,
                SqlStatement statement,
                @Nullable String operation,
                int answeredBy,
                long wireBytes,
                String database,
                Details details) {
            this.command = command;
            this.statement = statement;
            this.operation = operation == null ? statement.verb().label() : operation;
            this.isUndecided = operation == null;
            this.answeredBy = answeredBy;
            this.wireBytes = wireBytes;
            this.database = database;
            this.details = details;
        }

        /** Whether this one, which has no details, says the same. */
        @SuppressWarnings("ReferenceEquality") // statements without details are shared, too
        boolean is(Command ofCommand, SqlStatement ofStatement, String ofOperation, int ofAnswer, long ofWireBytes) {
            return command == ofCommand
                    && statement == ofStatement
                    && answeredBy == ofAnswer
                    && wireBytes == ofWireBytes
                    && operation.equals(ofOperation);
        }

        @Override
        public Request sized(long bytes) {
            return new Request(
                    command, statement, isUndecided ? null : operation, answeredBy, bytes, database, details);
        }

        boolean isUndecided() {
            return isUndecided;
        }

        void decided(String as) {
            operation = as;
            isUndecided = false;
        }

        @Override
        public String operation() {
            return operation;
        }

        @Override
        public Outcome outcome() {
            return command.reply() == Command.Reply.NONE ? Outcome.ONE_WAY : Outcome.OK;
        }

        @Override
        public long wireBytes() {
            return wireBytes;
        }

        @Override
        public boolean isSetup() {
            return command == Command.CONNECT || command == Command.SSL_REQUEST || statement.isSetup();
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
    record Answer(MysqlStatus said, long wireBytes, Details details) implements MysqlMessage {

        @Override
        public Answer sized(long bytes) {
            return new Answer(said, bytes, details);
        }

        @Override
        public String status() {
            return said.label();
        }

        @Override
        public Outcome outcome() {
            return said.outcome();
        }

        @Override
        public String toString() {
            return said + " (" + wireBytes + " bytes)";
        }
    }

    /** An answer that is a stream of events, which lasts as long as the connection mostly. */
    record Stream(MysqlStatus said, long wireBytes, StreamedEvents events, Details details) implements MysqlMessage {

        @Override
        public Stream sized(long bytes) {
            return new Stream(said, bytes, events, details);
        }

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
            return false;
        }

        @Override
        public void begunAt(long at) {
            events.requestedAt(at);
        }

        @Override
        public Optional<StreamedEvents> streamed() {
            return Optional.of(events);
        }

        @Override
        public void attributes(AttributeVisitor visitor) {
            MysqlMessage.super.attributes(visitor);
            events.attributes(visitor);
        }

        @Override
        public String toString() {
            return events.count() + " events (" + wireBytes + " bytes)";
        }
    }

    /** An error that answers nothing: the server refuses a connection, or ends it. Immutable. */
    record Aside(long wireBytes, Details details) implements MysqlMessage {

        @Override
        public Aside sized(long bytes) {
            return new Aside(bytes, details);
        }

        @Override
        public String operation() {
            return "ERROR";
        }

        @Override
        public Outcome outcome() {
            return Outcome.ONE_WAY;
        }

        @Override
        public String toString() {
            return operation() + " (" + wireBytes + " bytes)";
        }
    }
}
