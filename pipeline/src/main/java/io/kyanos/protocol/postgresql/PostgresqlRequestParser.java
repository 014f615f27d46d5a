package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.postgresql.PostgresqlRequest.Kind;
import io.kyanos.protocol.sql.SqlScanner;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parses what a client says. Not thread-safe. */
/*
 * Requests: a simple query is one; so is all up to an Execute, and what prepares without one up to Sync or Flush. A Sync behind
 * an Execute belongs to it, but not to its bytes, as the request is whole before. Copied data, passwords and Terminate belong
 * to no request.
 *
 * Losses: what a lost Parse or Bind has named is not known, so nothing is given out up to the next Sync; only names are learned.
 * A simple query needs nothing before it.
 *
 * Memory: statements and portals by the hashes of their names, a bounded number of each; beyond, the one that hashes first goes.
 */
final class PostgresqlRequestParser implements Parser {

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
    private final SqlScanner scanner = new SqlScanner();
    private final Long2ObjectOpenHashMap<Statement> statements = new Long2ObjectOpenHashMap<>(0);
    private final Long2ObjectOpenHashMap<Portal> portals = new Long2ObjectOpenHashMap<>(0);

    /** No longer bound. */
    private @Nullable Portal spare;

    private boolean started;
    private boolean suspecting;
    private byte before;

    private long groupBytes;
    private String operation = "";
    private Statement statement = Statement.UNKNOWN;
    private String statementName = "";
    private String portalName = "";
    private @Nullable Portal portal;
    private int portion;
    private int replies;

    /** What is given once the rest of its frame has been passed over. */
    private @Nullable Kind ended;

    PostgresqlRequestParser(PostgresqlConversation conversation) {
        this.conversation = conversation;
    }

    @Override
    public void parse(ByteView view, ParseResult result) {
        if (!conversation.upgradedTo().isEmpty()) {
            result.upgraded(null, 0, conversation.upgradedTo());
            return;
        }
        if (ended != null) {
            give(ended, 0, result);
            return;
        }
        int at = 0;
        while (at < view.length()) {
            if (view.byteAt(at) == 0 && !started) {
                startup(view, at, result);
                return;
            }
            int left = view.length() - at;
            byte type = view.byteAt(at);
            int length = left < Frame.HEAD_BYTES ? 0 : Frame.int32(view, at + 1);
            if (left >= Frame.HEAD_BYTES && !Frame.isRequest(type, length)) {
                invalid(isType(type) ? PostgresqlReason.LENGTH : PostgresqlReason.TYPE, at, result);
                return;
            }
            long total = 1L + length;
            if (left < Frame.HEAD_BYTES || left < Math.min(total, neededBytes(type))) {
                if (left < Frame.HEAD_BYTES && !isType(type)) {
                    invalid(PostgresqlReason.TYPE, at, result);
                } else {
                    stop(at, result);
                }
                return;
            }
            started = true;
            int seen = (int) Math.min(total, left);
            Kind gives = frame(type, view, at, seen, total, result);
            before = type;
            at += seen;
            if (seen < total) {
                ended = gives;
                result.skipped(at, total - seen);
                return;
            }
            if (gives != null) {
                give(gives, at, result);
                return;
            }
        }
        stop(at, result);
    }

    /** How much of a frame of this type must be there to be understood. */
    private static int neededBytes(byte type) {
        return switch (type) {
            case 'd', 'p', 'f', 'F' -> Frame.HEAD_BYTES;
            default -> Frame.HEAD_BYTES + Frame.MAX_TEXT_BYTES;
        };
    }

    private static boolean isType(byte type) {
        return switch (type) {
            case 'Q', 'P', 'B', 'E', 'D', 'C', 'S', 'H', 'F', 'd', 'c', 'f', 'p', 'X' -> true;
            default -> false;
        };
    }

    /** Takes one frame, of which {@code seen} bytes are in view; what it completes, or null. */
    private @Nullable Kind frame(byte type, ByteView view, int at, int seen, long total, ParseResult result) {
        int from = at + Frame.HEAD_BYTES;
        int to = at + seen;
        result.structure(at, from);
        switch (type) {
            case 'Q' -> {
                reset();
                suspecting = false;
                statement = scan(view, from, textEnd(view, from, to), to, result);
                return enter(Kind.QUERY, at, total, result);
            }
            case 'P' -> parseStatement(view, from, to, result);
            case 'B' -> bind(view, from, to, result);
            case 'D' -> describe(view, from, to, result);
            case 'C' -> close(view, from, to, result);
            case 'E' -> {
                execute(view, from, to, result);
                return enter(suspecting ? null : Kind.EXECUTE, at, total, result);
            }
            case 'F' -> {
                reset();
                return enter(Kind.FUNCTION, at, total, result);
            }
            case 'S' -> {
                return sync(at, total, result);
            }
            case 'H' -> {
                return groupBytes == 0 || suspecting ? dropGroup() : enter(Kind.PREPARE, at, total, result);
            }
            case 'd' -> conversation.copiedIn(total - Frame.HEAD_BYTES);
            default -> {}
        }
        // What belongs to no request is part of one that it stands in.
        if (type == 'P' || type == 'B' || type == 'D' || type == 'C' || groupBytes > 0) {
            add(at, total, result);
        }
        return null;
    }

    private void add(int at, long total, ParseResult result) {
        if (groupBytes == 0) {
            result.begins(at);
        }
        groupBytes += total;
    }

    private @Nullable Kind enter(@Nullable Kind as, int at, long total, ParseResult result) {
        add(at, total, result);
        return as == null ? dropGroup() : as;
    }

    private @Nullable Kind dropGroup() {
        reset();
        return null;
    }

    private @Nullable Kind sync(int at, long total, ParseResult result) {
        if (suspecting) {
            suspecting = false;
            return dropGroup();
        }
        if (groupBytes > 0) {
            replies = PostgresqlRequest.UP_TO_READY;
            return enter(Kind.PREPARE, at, total, result);
        }
        if (before == 'E' || before == 'c' || before == 'f') {
            // Behind copied data it is the one that counts: the one before was read over.
            conversation.matcher.syncFollows();
            return null;
        }
        return enter(Kind.SYNC, at, total, result);
    }

    private void parseStatement(ByteView view, int from, int to, ParseResult result) {
        int nameEnd = textEnd(view, from, to);
        int sql = Math.min(to, nameEnd + 1);
        name(view, from, nameEnd, sql, result);
        statement = scan(view, sql, textEnd(view, sql, to), to, result);
        statementName = name(view, from, nameEnd);
        put(statements, PostgresqlStatus.hash(view, from, nameEnd), statement, MAX_STATEMENTS);
        operation = "PREPARE";
        replies++;
    }

    private void bind(ByteView view, int from, int to, ParseResult result) {
        int portalEnd = textEnd(view, from, to);
        int name = Math.min(to, portalEnd + 1);
        int nameEnd = textEnd(view, name, to);
        name(view, from, portalEnd, name, result);
        name(view, name, nameEnd, Math.min(to, nameEnd + 1), result);
        Statement bound = statements.get(PostgresqlStatus.hash(view, name, nameEnd));
        statement = bound == null ? Statement.UNKNOWN : bound;
        statementName = name(view, name, nameEnd);
        portalName = name(view, from, portalEnd);
        long hash = PostgresqlStatus.hash(view, from, portalEnd);
        put(portals, hash, portal(hash).bind(statement, statementName, parameters(view, nameEnd + 1, to)), MAX_PORTALS);
        operation = operation.isEmpty() ? "BIND" : operation;
        replies++;
    }

    /** One to bind: another's where nobody keeps it, as details are not asked for. */
    private Portal portal(long hash) {
        Portal known = portals.get(hash);
        Portal free = known == null ? spare : known;
        if (isDetailed() || free == null) {
            return new Portal();
        }
        spare = free == spare ? null : spare;
        return free;
    }

    private boolean isDetailed() {
        return conversation.detail.attributes() || conversation.detail.text();
    }

    /** How many values are bound, behind the codes of their formats; -1 where that is not in view. */
    private static int parameters(ByteView view, int from, int to) {
        if (from + 2 > to) {
            return -1;
        }
        int count = from + 2 + 2 * Frame.int16(view, from);
        return count + 2 > to ? -1 : Frame.int16(view, count);
    }

    private void describe(ByteView view, int from, int to, ParseResult result) {
        int nameEnd = textEnd(view, from + 1, to);
        kind(view, from, result);
        name(view, from + 1, nameEnd, Math.min(to, nameEnd + 1), result);
        if (operation.isEmpty()) {
            operation = "DESCRIBE";
            statementName = view.byteAt(from) == 'S' ? name(view, from + 1, nameEnd) : "";
        }
        replies++;
    }

    private void close(ByteView view, int from, int to, ParseResult result) {
        int nameEnd = textEnd(view, from + 1, to);
        kind(view, from, result);
        name(view, from + 1, nameEnd, Math.min(to, nameEnd + 1), result);
        long hash = PostgresqlStatus.hash(view, from + 1, nameEnd);
        boolean isStatement = view.byteAt(from) == 'S';
        (isStatement ? statements : portals).remove(hash);
        if (operation.isEmpty()) {
            operation = "CLOSE";
            statementName = isStatement ? name(view, from + 1, nameEnd) : "";
        }
        replies++;
    }

    private void execute(ByteView view, int from, int to, ParseResult result) {
        int nameEnd = textEnd(view, from, to);
        name(view, from, nameEnd, Math.min(to, nameEnd + 1), result);
        Portal known = portals.get(PostgresqlStatus.hash(view, from, nameEnd));
        portal = known;
        portalName = name(view, from, nameEnd);
        statement = known == null ? Statement.UNKNOWN : known.statement;
        statementName = known == null ? "" : known.statementName;
        portion = known == null ? 1 : known.execute();
    }

    /** The end of the text at {@code from}: its NUL, or the end of what is in view. */
    private static int textEnd(ByteView view, int from, int to) {
        int end = from < to ? Frame.textEnd(view, from, to) : -1;
        return end < 0 ? to : end;
    }

    /** Whether it is a statement or a portal that is described or closed. */
    private static void kind(ByteView view, int at, ParseResult result) {
        if (view.byteAt(at) == 'S' || view.byteAt(at) == 'P') {
            result.structure(at, at + 1);
        }
    }

    /** A name is structure where a client library counts names up; and so is the NUL behind it. */
    private static void name(ByteView view, int from, int nameEnd, int to, ParseResult result) {
        boolean isCounted = result.wantsStructure() && CountedNames.isOne(view, from, nameEnd);
        result.structure(isCounted ? from : nameEnd, to);
    }

    private String name(ByteView view, int from, int to) {
        return conversation.detail.attributes()
                ? ShownText.line(view.utf8(from, Math.min(to, from + MAX_SHOWN_NAME_BYTES)))
                : "";
    }

    private static <T> void put(Long2ObjectOpenHashMap<T> map, long hash, T value, int max) {
        if (map.size() >= max && !map.containsKey(hash)) {
            map.remove(map.keySet().iterator().nextLong());
        }
        map.put(hash, value);
    }

    private Statement scan(ByteView view, int from, int end, int to, ParseResult result) {
        boolean isDetailed = isDetailed();
        int known = SetupStatements.knownTo(view, from, end);
        StringBuilder masked = isDetailed && conversation.detail.maskSecrets() ? new StringBuilder() : null;
        if (isDetailed || result.wantsStructure()) {
            scanner.scan(view, from, end, masked, result.wantsStructure() ? result : null, known);
            result.structure(end, Math.min(to, end + 1));
        } else {
            scanner.scan(view, from, end);
        }
        String operation = conversation.tables.operation(scanner);
        if (!isDetailed && operation != null) {
            return conversation.messages.statement(operation, scanner.verb(), known > from);
        }
        String shown = !isDetailed ? "" : ShownText.line(masked == null ? view.utf8(from, end) : masked.toString());
        int maxText = conversation.detail.maxTextBytes();
        return new Statement(
                operation,
                scanner.verb(),
                operation == null ? scanner.tableName() : "",
                scanner.table(),
                known > from,
                conversation.detail.attributes() ? shown : "",
                isDetailed ? scanner.digest() : 0,
                scanner.statements(),
                shown.length() > maxText ? shown.substring(0, maxText) : shown);
    }

    private void give(Kind as, int at, ParseResult result) {
        ended = null;
        PostgresqlRequest.Details details = isDetailed()
                ? new PostgresqlRequest.Details(statementName, portalName, portion, portal, conversation.session())
                : null;
        PostgresqlRequest request;
        if (as == Kind.SYNC || as == Kind.FUNCTION) {
            request = PostgresqlRequest.of(as, groupBytes, details);
        } else {
            String named = as == Kind.PREPARE ? operation : statement.operation(conversation.tables);
            request = details == null && named != null
                    ? conversation.messages.request(as, statement, named, replies, groupBytes)
                    : new PostgresqlRequest(as, statement, named, replies, groupBytes, details);
        }
        reset();
        result.message(request, at);
    }

    private void startup(ByteView view, int at, ParseResult result) {
        int left = view.length() - at;
        if (at > 0) {
            stop(at, result);
            return;
        }
        if (left < Frame.STARTUP_HEAD_BYTES) {
            result.needMore();
            return;
        }
        int length = Frame.int32(view, 0);
        int code = Frame.int32(view, 4);
        if (!Frame.isStartup(length, code)) {
            invalid(PostgresqlReason.STARTUP, at, result);
            return;
        }
        if (left < length) {
            result.needMore();
            return;
        }
        result.structure(0, Frame.STARTUP_HEAD_BYTES);
        Kind as = switch (code) {
            case Frame.SSL_REQUEST -> Kind.SSL;
            case Frame.GSS_REQUEST -> Kind.GSS;
            case Frame.CANCEL_REQUEST -> Kind.CANCEL;
            default -> Kind.STARTUP;
        };
        if (as == Kind.STARTUP) {
            started = true;
            parameters(view, length, code, result);
        }
        result.message(
                PostgresqlRequest.of(
                        as,
                        length,
                        isDetailed() ? new PostgresqlRequest.Details("", "", 1, null, conversation.session()) : null),
                length);
    }

    private static boolean isParameter(ByteView view, int from, int to) {
        return to - from <= MAX_SHOWN_NAME_BYTES && PARAMETERS.contains(view.latin1(from, to));
    }

    /** Names and values in turn, up to an empty name. */
    private void parameters(ByteView view, int length, int version, ParseResult result) {
        String user = "";
        String database = "";
        String application = "";
        int at = Frame.STARTUP_HEAD_BYTES;
        while (at < length && view.byteAt(at) != 0) {
            int nameEnd = textEnd(view, at, length);
            int value = Math.min(length, nameEnd + 1);
            int valueEnd = textEnd(view, value, length);
            result.structure(isParameter(view, at, nameEnd) ? at : nameEnd, value);
            result.structure(valueEnd, Math.min(length, valueEnd + 1));
            if (conversation.detail.attributes()) {
                String text = ShownText.line(view.utf8(value, valueEnd));
                switch (view.latin1(at, nameEnd)) {
                    case "user" -> user = text;
                    case "database" -> database = text;
                    case "application_name" -> application = text;
                    default -> {}
                }
            }
            at = valueEnd + 1;
        }
        result.structure(Math.min(at, length), Math.min(at + 1, length));
        if (conversation.detail.attributes()) {
            conversation.started(new Session(
                    (version >>> 16) + "." + (version & 0xffff),
                    user,
                    database.isEmpty() ? user : database,
                    application));
        }
    }

    /** What a portal holds ends with its transaction. */
    void transactionEnded() {
        Portal unnamed = portals.get(PostgresqlStatus.NO_BYTES);
        spare = unnamed == null ? spare : unnamed;
        portals.clear();
    }

    private static void stop(int at, ParseResult result) {
        if (at == 0) {
            result.needMore();
        } else {
            result.skipped(at, 0);
        }
    }

    private void invalid(String reason, int at, ParseResult result) {
        if (at > 0) {
            result.skipped(at, 0);
            return;
        }
        reset();
        started = true;
        suspecting = true;
        result.invalid(reason);
    }

    @Override
    public boolean isInMessage() {
        return groupBytes > 0;
    }

    @Override
    public void lost(ParseResult result) {
        reset();
        ended = null;
        before = 0;
        started = true;
        suspecting = true;
        result.invalid(PostgresqlReason.LOST);
    }

    @Override
    public void ended(ParseResult result) {
        lost(result);
    }

    @Override
    public int resync(ByteView view, int from) {
        started = true;
        suspecting = true;
        for (int at = from; at < view.length(); at++) {
            if (PostgresqlGuess.mayBeRequest(view, at)) {
                return at;
            }
        }
        return view.length();
    }

    private void reset() {
        groupBytes = 0;
        operation = "";
        statement = Statement.UNKNOWN;
        statementName = "";
        portalName = "";
        portal = null;
        portion = 1;
        replies = 0;
    }
}
