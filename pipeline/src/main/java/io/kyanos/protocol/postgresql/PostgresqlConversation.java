package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.Matcher;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.postgresql.PostgresqlMessage.Request;
import io.kyanos.protocol.sql.SqlTables;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import org.jspecify.annotations.Nullable;

/** One connection of PostgreSQL. Where an answer ends depends on what was asked. Not thread-safe. */
final class PostgresqlConversation implements Conversation {

    final Detail detail;
    final SqlTables tables;
    final PostgresqlMessages messages;
    final PostgresqlMatcher matcher = new PostgresqlMatcher(this);

    Session session = Session.UNKNOWN;

    /** What both directions speak from now on; empty while that is this protocol. */
    String upgradedTo = "";

    /** The last that the server said is ReadyForQuery, and nothing was lost since. */
    boolean isReady;

    /** Bytes that the client has copied in since the last answer. */
    long copiedIn;

    private final PostgresqlRequests asked;
    private final Parser requests;
    private final Parser responses;

    PostgresqlConversation(Detail detail, SqlTables tables, PostgresqlMessages messages) {
        this.detail = detail;
        this.tables = tables;
        this.messages = messages;
        asked = new PostgresqlRequests(this);
        requests = new PostgresqlParser(this, FrameTypes.REQUESTS, asked);
        responses = new PostgresqlParser(this, FrameTypes.RESPONSES, new PostgresqlResponses(this));
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
        if (request.message() instanceof Request undecided && undecided.isUndecided()) {
            Message answer = response == null ? null : response.message();
            boolean proves = answer != null
                    && (answer.outcome() == Outcome.OK || SqlStates.showsThatTablesExist(answer.status()));
            tables.decide(
                    undecided.statement.verb(),
                    undecided.statement.table(),
                    proves,
                    response == null ? request.lastExitedAt() : response.lastExitedAt(),
                    undecided::decided);
        }
    }

    /** So much of a text as is shown. */
    String cut(String text) {
        return text.substring(0, Math.min(text.length(), detail.maxTextBytes()));
    }

    /** The server has ended a transaction: portals do not outlive it. */
    void transactionEnded() {
        asked.transactionEnded();
    }
}
