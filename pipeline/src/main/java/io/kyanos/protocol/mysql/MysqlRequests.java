package io.kyanos.protocol.mysql;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.mysql.MysqlMessage.Request;
import io.kyanos.protocol.sql.SqlDialect;
import io.kyanos.protocol.sql.SqlReader;
import io.kyanos.protocol.sql.SqlStatement;
import io.kyanos.record.Details;
import io.kyanos.record.Details.Value;
import io.kyanos.record.Message.AttributeVisitor;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** What the packets of a client ask. Not thread-safe. */
/*
 * Requests: each packet of number 0 is a command. Others go on with what was begun: the log-in, or the file that the server has
 * asked for. They belong to no request, as passwords do not.
 *
 * Losses: what a lost command has prepared is not known, so that the last statement is not, either.
 */
final class MysqlRequests implements MysqlParser.Messages {

    private static final int SEMI_SYNC_ACKNOWLEDGEMENT = 0xef;
    private static final int MAX_NAME_BYTES = 256;
    private static final String USE = "USE";

    private final MysqlConversation conversation;
    private final SqlReader reader;
    private final Login login = new Login();

    private boolean isStarted;
    private String reason = MysqlReason.LOST;

    private long bytes;
    private Command command = Command.OBSOLETE;
    private int answeredBy;
    private SqlStatement statement = SqlStatement.UNKNOWN;
    private String number = "";
    private String database = "";

    MysqlRequests(MysqlConversation conversation) {
        this.conversation = conversation;
        reader = new SqlReader(
                SqlDialect.MYSQL,
                SetupStatements.BEGINNINGS,
                conversation.detail,
                conversation.tables,
                conversation.messages.statements);
    }

    @Override
    public int wanted(Packet packet) {
        if (isOfWhatWasBegun(packet)) {
            return 0;
        }
        if (!isStarted && packet.sequence() == 1) {
            return ofLogin(packet);
        }
        if (packet.sequence() != 0) {
            return invalid(MysqlReason.SEQUENCE);
        }
        if (packet.inView() == 0) {
            return packet.length() == 0 ? invalid(MysqlReason.LENGTH) : 1;
        }
        Command found = Command.of(packet.type());
        if (found == null) {
            boolean isConfirmed = conversation.isStreaming && packet.type() == SEMI_SYNC_ACKNOWLEDGEMENT;
            return isConfirmed ? 0 : invalid(MysqlReason.COMMAND);
        }
        return found.fits(packet.length()) ? found.read() : invalid(MysqlReason.LENGTH);
    }

    private boolean isOfWhatWasBegun(Packet packet) {
        return conversation.isSendingFile || (conversation.isLoggingIn && packet.sequence() != 0);
    }

    private int ofLogin(Packet packet) {
        if (!Command.CONNECT.fits(packet.length())) {
            return invalid(MysqlReason.LENGTH);
        }
        boolean isLogin = packet.inView() < Login.HEAD_BYTES || Login.isOne(packet);
        return isLogin ? Command.CONNECT.read() : invalid(MysqlReason.COMMAND);
    }

    private int invalid(String why) {
        reason = why;
        return -1;
    }

    @Override
    public String reason() {
        return reason;
    }

    @Override
    public boolean packet(Packet packet) {
        boolean isFirst = !isStarted && packet.sequence() == 1;
        isStarted = true;
        if (isOfWhatWasBegun(packet)) {
            return ofWhatWasBegun(packet);
        }
        Command found = isFirst ? login.command(packet) : Command.of(packet.type());
        if (found == null) {
            return false;
        }
        packet.begins();
        bytes = packet.bytes();
        answeredBy = packet.sequence() + 1;
        command = found;
        read(packet);
        return true;
    }

    private boolean ofWhatWasBegun(Packet packet) {
        if (conversation.isSendingFile) {
            conversation.fileBytes += packet.length();
            conversation.isSendingFile = packet.length() > 0;
        }
        return false;
    }

    private void read(Packet packet) {
        boolean tells = packet.type() >= 0 && command != Command.CONNECT && command != Command.SSL_REQUEST;
        packet.tell(tells ? 1 : 0);
        switch (command) {
            case CONNECT -> connect(packet);
            case CHANGE_USER -> changeUser(packet);
            case SSL_REQUEST -> {
                login.read(packet);
                conversation.upgradedTo = "tls";
            }
            case QUERY -> query(packet);
            case PREPARE -> {
                statement = statement(packet);
                conversation.statements.asked(statement);
            }
            case INIT_DB -> {
                packet.rest();
                database = shown(packet);
            }
            case EXECUTE, BULK_EXECUTE, LONG_DATA, CLOSE, RESET, FETCH -> ofPrepared(packet);
            default -> {}
        }
    }

    private void connect(Packet packet) {
        login.read(packet);
        conversation.capabilities = login.capabilities().and(conversation.offered);
        begin();
    }

    private void changeUser(Packet packet) {
        login.readChange(packet, conversation.capabilities);
        begin();
    }

    private void begin() {
        conversation.isLoggingIn = true;
        if (conversation.detail.attributes()) {
            conversation.session = login.session(conversation.session);
        }
    }

    private void query(Packet packet) {
        QueryAttributes.skip(packet, conversation.capabilities);
        statement = statement(packet);
        if (conversation.detail.attributes() && statement.verb().label().equals(USE)) {
            database = statement.shown().resource().substring(USE.length()).replaceAll("[`;\\s]", "");
        }
    }

    private SqlStatement statement(Packet packet) {
        packet.rest();
        return reader.read(packet.view(), packet.textFrom(), packet.textTo(), packet.result());
    }

    private void ofPrepared(Packet packet) {
        long id = packet.int32();
        boolean isExecuted = command == Command.EXECUTE || command == Command.BULK_EXECUTE;
        if (isExecuted) {
            packet.tell(command.read() - 1 - Integer.BYTES);
            statement = conversation.statements.of(id);
        } else if (command == Command.CLOSE) {
            conversation.statements.close(id);
        }
        if (conversation.detail.attributes()) {
            boolean isUnseen = isExecuted && statement.equals(SqlStatement.UNKNOWN);
            number = isUnseen ? "?" : id == Statements.LAST ? "last" : Long.toString(id);
        }
    }

    private String shown(Packet packet) {
        return conversation.detail.attributes() ? packet.shown(MAX_NAME_BYTES) : "";
    }

    @Override
    public void goesOn(Packet packet) {
        if (bytes > 0) {
            bytes += packet.bytes();
            answeredBy = packet.sequence() + 1;
        } else if (conversation.isSendingFile) {
            conversation.fileBytes += packet.length();
        }
    }

    @Override
    public void tellSoFar(Packet packet) {
        Command found = packet.type() < 0 || packet.sequence() != 0 ? null : Command.of(packet.type());
        if (found == null || isOfWhatWasBegun(packet)) {
            if (!isStarted && packet.sequence() == 1 && packet.inView() >= Login.HEAD_BYTES) {
                login.read(packet);
            }
            return;
        }
        packet.tell(1);
        if (found == Command.QUERY && !QueryAttributes.skip(packet, conversation.capabilities)) {
            return;
        }
        if (found == Command.QUERY || found == Command.PREPARE) {
            packet.rest();
            reader.tellSoFar(
                    packet.view(), packet.textFrom(), packet.textTo(), packet.isWholeInView(), packet.result());
        } else if (found.isOfPrepared()) {
            packet.tell(Math.min(found.read() - 1, packet.left()));
        } else if (found == Command.CHANGE_USER) {
            login.readChange(packet, conversation.capabilities);
        }
    }

    @Override
    public void give(int length, ParseResult result) {
        Request request = request();
        reset();
        if (request.command == Command.SSL_REQUEST) {
            result.upgraded(request, length, conversation.upgradedTo);
        } else {
            result.message(request, length);
        }
    }

    private Request request() {
        String operation = switch (command) {
            case QUERY, EXECUTE, BULK_EXECUTE -> statement.operation(conversation.tables);
            default -> command.operation();
        };
        int next = answeredBy & 0xff;
        if (operation != null && !conversation.detail.details()) {
            return conversation.messages.request(command, statement, operation, next, bytes);
        }
        Details details = conversation.detail.details() ? details() : Details.NONE;
        return new Request(command, statement, operation, next, bytes, database, details);
    }

    private Details details() {
        List<Value> values = new ArrayList<>();
        AttributeVisitor told = Details.into(values);
        SqlStatement.Shown shown = statement.shown();
        Session session = conversation.session;
        if (shown.digest() != 0) {
            told.attribute(MysqlAttribute.DIGEST, HexFormat.of().toHexDigits(shown.digest()));
        }
        told.unlessEmpty(MysqlAttribute.STATEMENT, number);
        if (command == Command.QUERY && shown.statements() != 1) {
            told.attribute(MysqlAttribute.STATEMENTS, Integer.toString(shown.statements()));
        }
        told.unlessEmpty(MysqlAttribute.USER, session.user());
        told.unlessEmpty(MysqlAttribute.DATABASE, session.database());
        told.unlessEmpty(MysqlAttribute.APPLICATION, session.application());
        told.unlessEmpty(
                MysqlAttribute.COMPRESSION,
                conversation.capabilities.compression().label());
        String resource = command == Command.INIT_DB ? database : shown.resource();
        return new Details(resource, values, shown.text());
    }

    @Override
    public boolean isInMessage() {
        return bytes > 0;
    }

    @Override
    public void soFar(ParseResult result) {
        result.invalid(MysqlReason.LOST);
    }

    @Override
    public void forget(ParseResult result) {
        reset();
        isStarted = true;
        conversation.isLoggingIn = false;
        conversation.isSendingFile = false;
        conversation.statements.forgetLast();
    }

    @Override
    public boolean mayBegin(ByteView view, int at) {
        return MysqlGuess.mayBeRequest(view, at);
    }

    @Override
    public boolean mayStand(ByteView view, int at) {
        return MysqlGuess.isCommand(view, at);
    }

    private void reset() {
        bytes = 0;
        statement = SqlStatement.UNKNOWN;
        number = "";
        database = "";
    }
}
