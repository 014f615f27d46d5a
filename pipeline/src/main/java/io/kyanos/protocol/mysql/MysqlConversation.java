package io.kyanos.protocol.mysql;

import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.InOrderMatcher;
import io.kyanos.protocol.Matcher;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.mysql.MysqlMessage.Request;
import io.kyanos.protocol.sql.SqlTables;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import org.jspecify.annotations.Nullable;

/** One connection of MySQL or MariaDB. What an answer is made of depends on what was asked. Not thread-safe. */
final class MysqlConversation implements Conversation {

    static final int MAX_WAITING = 65_536;

    final Detail detail;
    final SqlTables tables;
    final MysqlMessages messages;
    final Statements statements = new Statements();

    Session session = Session.UNKNOWN;

    /** What the server has offered. */
    Capabilities offered = Capabilities.UNKNOWN;

    /** What both have agreed on, once the client has logged in. */
    Capabilities capabilities = Capabilities.UNKNOWN;

    /** What both directions speak from now on; empty while that is this protocol. */
    String upgradedTo = "";

    /** Packets stand in compressed ones from here on. */
    boolean isCompressed;

    /** The client says who it is, as often as it is asked. */
    boolean isLoggingIn;

    /** The client sends a file, up to an empty packet. */
    boolean isSendingFile;

    /** The server sends events without end, some of which the client confirms. */
    boolean isStreaming;

    /** Bytes of files that the client has sent since the last answer. */
    long fileBytes;

    private final InOrderMatcher matcher = new InOrderMatcher(MAX_WAITING);
    private final Parser requests;
    private final Parser responses;

    MysqlConversation(Detail detail, SqlTables tables, MysqlMessages messages) {
        this.detail = detail;
        this.tables = tables;
        this.messages = messages;
        requests = new CompressedParser(this, new MysqlParser(this, new MysqlRequests(this)));
        responses = new CompressedParser(this, new MysqlParser(this, new MysqlResponses(this)));
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

    /** The request that the next response answers, or null if that is not known. */
    @Nullable
    Request awaited() {
        FramedMessage oldest = matcher.oldestWaiting();
        return oldest == null ? null : (Request) oldest.message();
    }

    /** Whether the name of a table may become a label depends on whether it exists. */
    @Override
    public void concluded(FramedMessage request, @Nullable FramedMessage response) {
        if (request.message() instanceof Request undecided && undecided.isUndecided()) {
            Message answer = response == null ? null : response.message();
            boolean proves = answer != null
                    && (answer.outcome() == Outcome.OK || ErrorNumbers.showThatTablesExist(answer.status()));
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
}
