package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.postgresql.PostgresqlMessage.Kind;
import io.kyanos.protocol.postgresql.PostgresqlMessage.Request;
import io.kyanos.protocol.sql.SqlDialect;
import io.kyanos.protocol.sql.SqlReader;
import io.kyanos.protocol.sql.SqlStatement;
import io.kyanos.record.Details;
import io.kyanos.record.Details.Value;
import io.kyanos.record.Message.AttributeVisitor;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the frames of a client ask. Not thread-safe. */
/*
 * Requests: a simple query is one; so is all up to an Execute, and what prepares without one up to Sync or Flush. A Sync after
 * an Execute belongs to it, but not to its bytes, as the request is whole before. Copied data, passwords and Terminate belong
 * to no request.
 *
 * Losses: what a lost Parse or Bind has named is not known, so nothing is given out up to the next Sync; only names are learned.
 * A simple query needs nothing before it.
 *
 * Memory: statements and portals by the hashes of their names, a bounded number of each; beyond, the one that hashes first goes.
 */
final class PostgresqlRequests implements PostgresqlParser.Messages {

    static final int MAX_STATEMENTS = 1024;
    static final int MAX_PORTALS = 256;

    private static final int MAX_SHOWN_NAME_BYTES = 256;
    private static final Set<String> PARAMETERS = Set.of(
            "user",
            "database",
            "application_name",
            "client_encoding",
            "options",
            "replication",
            "DateStyle",
            "TimeZone",
            "extra_float_digits");

    private final PostgresqlConversation conversation;
    private final SqlReader reader;
    private final Long2ObjectOpenHashMap<SqlStatement> statements = new Long2ObjectOpenHashMap<>(0);
    private final Long2ObjectOpenHashMap<Portal> portals = new Long2ObjectOpenHashMap<>(0);

    private Portal bound = new Portal(SqlStatement.UNKNOWN, "", -1);

    private boolean isStarted;
    private boolean isSuspecting;
    private byte before;

    private long bytes;
    private String operation = "";
    private SqlStatement statement = SqlStatement.UNKNOWN;
    private String statementName = "";
    private String portalName = "";
    private @Nullable Portal portal;
    private int replies;

    /** What the last frame has completed. */
    private @Nullable Kind whole;

    PostgresqlRequests(PostgresqlConversation conversation) {
        this.conversation = conversation;
        reader = new SqlReader(
                SqlDialect.POSTGRESQL,
                SetupStatements.BEGINNINGS,
                conversation.detail,
                conversation.tables,
                conversation.messages.statements);
    }

    @Override
    public boolean unframed(ByteView view, ParseResult result) {
        if (isStarted || view.byteAt(0) != 0) {
            return false;
        }
        if (view.length() < Startup.HEAD_BYTES) {
            result.needMore();
            return true;
        }
        Kind kind = Startup.kind(view);
        if (kind == null) {
            forget(result);
            result.invalid(PostgresqlReason.STARTUP);
        } else if (view.length() < Startup.length(view)) {
            result.needMore();
        } else {
            bytes = Startup.length(view);
            whole = kind;
            Frame parameters = new Frame();
            parameters.wrap(view, 0, Startup.HEAD_BYTES, bytes, result);
            if (kind == Kind.STARTUP) {
                isStarted = true;
                start(view, parameters);
            }
            give((int) bytes, result);
        }
        return true;
    }

    /** Reads the parameters of a start-up: names and values in turn, up to an empty name. */
    private void start(ByteView view, Frame parameters) {
        String user = "";
        String database = "";
        String application = "";
        while (parameters.hasText()) {
            parameters.text();
            String name = view.latin1(parameters.textFrom(), parameters.textTo());
            parameters.tell(PARAMETERS.contains(name) ? parameters.textBytes() : 0);
            parameters.text();
            parameters.tell(0);
            switch (name) {
                case "user" -> user = parameters.shown();
                case "database" -> database = parameters.shown();
                case "application_name" -> application = parameters.shown();
                default -> {}
            }
        }
        parameters.tellEndOfList();
        if (conversation.detail.attributes()) {
            conversation.session =
                    new Session(Startup.version(view), user, database.isEmpty() ? user : database, application);
        }
    }

    @Override
    public boolean frame(Frame frame) {
        isStarted = true;
        whole = switch (frame.type()) {
            case 'Q' -> query(frame);
            case 'P' -> parse(frame);
            case 'B' -> bind(frame);
            case 'D' -> describe(frame);
            case 'C' -> close(frame);
            case 'E' -> execute(frame);
            case 'F' -> call(frame);
            case 'H' -> flush(frame);
            case 'S' -> sync(frame);
            default -> aside(frame);
        };
        before = frame.type();
        return whole != null;
    }

    @Override
    public void tellSoFar(Frame frame) {
        switch (frame.type()) {
            case 'Q' -> tellTextSoFar(frame);
            case 'P' -> {
                name(frame);
                tellTextSoFar(frame);
            }
            case 'B' -> {
                name(frame);
                name(frame);
            }
            case 'D', 'C' -> {
                frame.one("SP");
                name(frame);
            }
            case 'E' -> name(frame);
            default -> {}
        }
    }

    private void tellTextSoFar(Frame frame) {
        frame.text();
        reader.tellSoFar(frame.view(), frame.textFrom(), frame.textTo(), frame.hasTextEnded(), frame.result());
        frame.tell(0);
    }

    private SqlStatement readText(Frame frame) {
        frame.text();
        SqlStatement read = reader.read(frame.view(), frame.textFrom(), frame.textTo(), frame.result());
        frame.tell(0);
        return read;
    }

    private @Nullable Kind query(Frame frame) {
        reset();
        isSuspecting = false;
        statement = readText(frame);
        return add(frame, Kind.QUERY);
    }

    private @Nullable Kind parse(Frame frame) {
        statementName = name(frame);
        long hash = frame.hash();
        statement = readText(frame);
        put(statements, hash, statement, MAX_STATEMENTS);
        operation = "PREPARE";
        return reply(frame);
    }

    private @Nullable Kind bind(Frame frame) {
        portalName = name(frame);
        long hash = frame.hash();
        statementName = name(frame);
        statement = statements.getOrDefault(frame.hash(), SqlStatement.UNKNOWN);
        put(portals, hash, portal(frame.values()), MAX_PORTALS);
        operation = operation.isEmpty() ? "BIND" : operation;
        return reply(frame);
    }

    private Portal portal(int values) {
        // Without details portals of the same statement are alike.
        if (conversation.detail.details() || !bound.statement.equals(statement)) {
            bound = new Portal(statement, statementName, values);
        }
        return bound;
    }

    private @Nullable Kind describe(Frame frame) {
        target(frame, "DESCRIBE");
        return reply(frame);
    }

    private @Nullable Kind close(Frame frame) {
        boolean isStatement = target(frame, "CLOSE");
        (isStatement ? statements : portals).remove(frame.hash());
        return reply(frame);
    }

    /** Reads what is described or closed: true if that is a statement, false if it is a portal. */
    private boolean target(Frame frame, String otherwise) {
        boolean isStatement = frame.one("SP") == 'S';
        String name = name(frame);
        if (operation.isEmpty()) {
            operation = otherwise;
            statementName = isStatement ? name : "";
        }
        return isStatement;
    }

    private @Nullable Kind execute(Frame frame) {
        portalName = name(frame);
        portal = portals.get(frame.hash());
        statement = portal == null ? SqlStatement.UNKNOWN : portal.statement;
        statementName = portal == null ? "" : portal.statementName;
        if (portal != null) {
            portal.execute();
        }
        return isSuspecting ? dropped() : add(frame, Kind.EXECUTE);
    }

    private @Nullable Kind call(Frame frame) {
        reset();
        return add(frame, Kind.FUNCTION);
    }

    private @Nullable Kind flush(Frame frame) {
        return bytes == 0 || isSuspecting ? dropped() : add(frame, Kind.PREPARE);
    }

    private @Nullable Kind sync(Frame frame) {
        if (isSuspecting) {
            isSuspecting = false;
            return dropped();
        }
        if (bytes > 0) {
            replies = Request.UP_TO_READY;
            return add(frame, Kind.PREPARE);
        }
        if (before == 'E' || before == 'c' || before == 'f') {
            // After copied data it is the one that counts: the one before was read over.
            conversation.matcher.syncFollows();
            return null;
        }
        return add(frame, Kind.SYNC);
    }

    /** What belongs to no request is part of one that it stands in. */
    private @Nullable Kind aside(Frame frame) {
        if (frame.type() == 'd') {
            conversation.copiedIn += frame.bytes() - Frame.HEAD_BYTES;
        }
        return bytes == 0 ? null : add(frame, null);
    }

    private @Nullable Kind reply(Frame frame) {
        replies++;
        return add(frame, null);
    }

    private @Nullable Kind add(Frame frame, @Nullable Kind completes) {
        if (bytes == 0) {
            frame.begins(0);
        }
        bytes += frame.bytes();
        return completes;
    }

    private @Nullable Kind dropped() {
        reset();
        return null;
    }

    /** Reads a name, which is structure where a client library counts names up. */
    private String name(Frame frame) {
        frame.text();
        boolean isCounted =
                frame.result().wantsStructure() && CountedNames.isOne(frame.view(), frame.textFrom(), frame.textTo());
        frame.tell(isCounted && frame.hasTextEnded() ? frame.textBytes() : 0);
        return conversation.detail.attributes() ? frame.shown(MAX_SHOWN_NAME_BYTES) : "";
    }

    private static <T> void put(Long2ObjectOpenHashMap<T> map, long hash, T value, int max) {
        if (map.size() >= max && !map.containsKey(hash)) {
            map.remove(map.keySet().iterator().nextLong());
        }
        map.put(hash, value);
    }

    @Override
    public void give(int length, ParseResult result) {
        Request request = request(whole == null ? Kind.PREPARE : whole);
        reset();
        result.message(request, length);
    }

    private Request request(Kind kind) {
        String named = switch (kind) {
            case PREPARE -> operation;
            case QUERY, EXECUTE -> statement.operation(conversation.tables);
            default -> kind.operation();
        };
        if (!conversation.detail.details()) {
            return named == null
                    ? new Request(kind, statement, null, replies, bytes, Details.NONE, null)
                    : conversation.messages.request(kind, statement, named, replies, bytes);
        }
        return new Request(kind, statement, named, replies, bytes, details(kind), portal);
    }

    private Details details(Kind kind) {
        List<Value> values = new ArrayList<>();
        AttributeVisitor told = Details.into(values);
        SqlStatement.Shown shown = statement.shown();
        Session session = conversation.session;
        if (shown.digest() != 0) {
            told.attribute(PostgresqlAttribute.DIGEST, HexFormat.of().toHexDigits(shown.digest()));
        }
        boolean isUnseen = statement.equals(SqlStatement.UNKNOWN) && kind == Kind.EXECUTE && statementName.isEmpty();
        told.unlessEmpty(PostgresqlAttribute.STATEMENT, isUnseen ? "?" : statementName);
        told.unlessEmpty(PostgresqlAttribute.PORTAL, portalName);
        int portion = portal == null ? 1 : portal.portions();
        told.unlessNegative(PostgresqlAttribute.PORTION, portion > 1 ? portion : -1);
        if (kind == Kind.QUERY && shown.statements() != 1) {
            told.attribute(PostgresqlAttribute.STATEMENTS, Integer.toString(shown.statements()));
        }
        told.unlessNegative(PostgresqlAttribute.PARAMETERS, portal == null || portal.values == 0 ? -1 : portal.values);
        told.unlessEmpty(PostgresqlAttribute.USER, session.user());
        told.unlessEmpty(PostgresqlAttribute.DATABASE, session.database());
        told.unlessEmpty(PostgresqlAttribute.APPLICATION, session.application());
        told.unlessEmpty(PostgresqlAttribute.PROTOCOL_VERSION, kind == Kind.STARTUP ? session.version() : "");
        return new Details(shown.resource(), values, shown.text());
    }

    /** What a portal holds ends with its transaction. */
    void transactionEnded() {
        portals.clear();
    }

    @Override
    public boolean isInMessage() {
        return bytes > 0;
    }

    @Override
    public void forget(ParseResult result) {
        reset();
        before = 0;
        isStarted = true;
        isSuspecting = true;
    }

    @Override
    public boolean mayBegin(ByteView view, int at) {
        return PostgresqlGuess.mayBeRequest(view, at);
    }

    private void reset() {
        bytes = 0;
        operation = "";
        statement = SqlStatement.UNKNOWN;
        statementName = "";
        portalName = "";
        portal = null;
        replies = 0;
        whole = null;
    }
}
