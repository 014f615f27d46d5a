package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.Matcher;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.sql.SqlTables;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import org.jspecify.annotations.Nullable;

/** One connection of PostgreSQL. Where an answer ends depends on what was asked. Not thread-safe. */
final class PostgresqlConversation implements Conversation {

    static final int MAX_WAITING = 65_536;

    final Detail detail;
    final SqlTables tables;
    final PostgresqlMessages messages;
    final PostgresqlMatcher matcher;
    private final PostgresqlRequestParser requests;
    private final PostgresqlResponseParser responses;

    private Session session = Session.UNKNOWN;
    private String upgradedTo = "";
    private long copiedIn;

    PostgresqlConversation(Detail detail, SqlTables tables, PostgresqlMessages messages) {
        this.detail = detail;
        this.tables = tables;
        this.messages = messages;
        requests = new PostgresqlRequestParser(this);
        responses = new PostgresqlResponseParser(this);
        matcher = new PostgresqlMatcher(MAX_WAITING, responses);
    }

    @Override
    public Parser requests() {
        return requests;
    }

    @Override
    public Parser responses() {
        return responses;
    }

    @Override
    public Matcher matcher() {
        return matcher;
    }

    /** Whether the name of a table may become a label depends on whether it exists. */
    @Override
    public void concluded(FramedMessage request, @Nullable FramedMessage response) {
        if (request.message() instanceof PostgresqlRequest asked && asked.isUndecided()) {
            Message answer = response == null ? null : response.message();
            boolean proves = answer != null
                    && (answer.outcome() == Outcome.OK || SqlStates.showsThatTablesExist(answer.status()));
            tables.decide(
                    asked.statement().verb(),
                    asked.statement().table(),
                    proves,
                    response == null ? request.lastExitedAt() : response.lastExitedAt(),
                    asked::decided);
        }
    }

    Session session() {
        return session;
    }

    void started(Session as) {
        session = as;
    }

    /** What both directions speak from now on; empty while that is this protocol. */
    String upgradedTo() {
        return upgradedTo;
    }

    void upgrade(String to) {
        upgradedTo = to;
    }

    /** The server has ended a transaction: portals do not outlive it. */
    void transactionEnded() {
        requests.transactionEnded();
    }

    void copiedIn(long bytes) {
        copiedIn += bytes;
    }

    /** Bytes copied in since the last time. */
    long takeCopiedIn() {
        long bytes = copiedIn;
        copiedIn = 0;
        return bytes;
    }
}
