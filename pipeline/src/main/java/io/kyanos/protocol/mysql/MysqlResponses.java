package io.kyanos.protocol.mysql;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.mysql.Command.Reply;
import io.kyanos.protocol.mysql.MysqlMessage.Answer;
import io.kyanos.protocol.mysql.MysqlMessage.Aside;
import io.kyanos.protocol.mysql.MysqlMessage.Request;
import io.kyanos.protocol.mysql.MysqlMessage.Stream;
import io.kyanos.record.Details;
import io.kyanos.record.Details.Value;
import io.kyanos.record.Message.AttributeVisitor;
import io.kyanos.record.StreamedEvents;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the packets of a server say, divided by what was asked. Not thread-safe. */
/*
 * Ends: what ends columns and rows shows itself by its length, whatever server and client have agreed on: a packet of END of
 * five bytes ends columns, or rows where columns had such an end; a longer one ends rows.
 *
 * By itself: the greeting, and an error of number 0, which a server sends in place of it or before it closes.
 *
 * Losses: an answer begins with the number that follows that of its request, and each packet has the next one. Where it is not
 * known what was asked, what goes on behind the end of an answer is left out. Within compressed packets numbers jump to those
 * of the outer ones whenever a server flushes, so that they say nothing.
 */
final class MysqlResponses implements MysqlParser.Messages {

    /** Keys of messages: what the server says by itself is none that was asked for. */
    private static final long ANSWER = 1;

    private static final long ASIDE = 2;

    /** Descriptions of columns begin with it: the name of the only catalog. */
    static final byte[] CATALOG = {3, 'd', 'e', 'f'};

    private static final int AUTH_MORE_DATA = 1;
    private static final int PREPARED_BYTES = 12;

    private enum State {
        FIRST,
        COLUMNS,
        BEHIND_COLUMNS,
        ROWS,
        DEFINITIONS,
        FILE,
        EVENTS
    }

    /** What a packet is that stands where an answer would begin. */
    private enum First {
        GREETING,
        ERROR,
        /** It goes on with an answer that was taken for ended. */
        STRAY,
        ANSWER
    }

    private final MysqlConversation conversation;
    private final ErrorPacket error;
    private final EndPacket end;
    private final Greeting greeting = new Greeting();

    private String reason = MysqlReason.LOST;
    private First first = First.ANSWER;
    private @Nullable Request asked;
    private @Nullable Reply reply;
    private State state = State.FIRST;
    private int last;

    /** What ends columns is a packet of its own, or not, as far as that was seen without the log-in. */
    private boolean hasShownEnds;

    private boolean hasEnds;

    private long bytes;
    private int left;
    private int endsLeft;
    private int results;
    private long rows;
    private long affected;
    private int warnings;
    private String transaction = "";
    private @Nullable MysqlStatus status;
    private @Nullable StreamedEvents events;
    private @Nullable Aside aside;

    MysqlResponses(MysqlConversation conversation) {
        this.conversation = conversation;
        error = new ErrorPacket(conversation.detail.details(), conversation.detail.maskSecrets());
        end = new EndPacket(conversation.detail.attributes());
        reset();
    }

    @Override
    public int wanted(Packet packet) {
        if (packet.length() == 0) {
            return invalid(MysqlReason.LENGTH);
        }
        if (packet.inView() == 0) {
            return 1;
        }
        if (bytes == 0) {
            return wantedFirst(packet);
        }
        boolean isCounted =
                reply != Reply.LOGIN && state != State.FILE && state != State.EVENTS && !conversation.isCompressed;
        if (isCounted && packet.sequence() != ((last + 1) & 0xff)) {
            return invalid(MysqlReason.SEQUENCE);
        }
        return wantedOf(packet, state, reply);
    }

    private int wantedFirst(Packet packet) {
        int sequence = packet.sequence();
        int type = packet.type();
        Request awaited = conversation.awaited();
        int expected = awaited == null ? 1 : awaited.answeredBy;
        first = First.ANSWER;
        if (sequence == expected || (conversation.isCompressed && sequence > 0)) {
            Reply due = awaited == null ? null : awaited.command.reply();
            return wantedOf(packet, ofReply(due), due);
        }
        if (sequence == ((last + 1) & 0xff) && bytes == 0 && last != 0) {
            first = First.STRAY;
            return 0;
        }
        if (sequence == 0 && type == Greeting.PROTOCOL) {
            first = First.GREETING;
            boolean fits = packet.length() >= Greeting.LEAST && packet.length() <= Greeting.MOST;
            return fits ? packet.length() : invalid(MysqlReason.LENGTH);
        }
        if (sequence == 0 && type == Packet.ERROR) {
            first = First.ERROR;
            return ErrorPacket.MAX_BYTES;
        }
        return invalid(MysqlReason.SEQUENCE);
    }

    private static State ofReply(@Nullable Reply due) {
        return due == Reply.ROWS ? State.ROWS : State.FIRST;
    }

    private int wantedOf(Packet packet, State in, @Nullable Reply due) {
        int type = packet.type();
        if (type == Packet.ERROR && in != State.COLUMNS) {
            return ErrorPacket.MAX_BYTES;
        }
        boolean isEnd = type == Packet.END && packet.length() < Packet.LONGEST;
        return switch (in) {
            case COLUMNS -> CATALOG.length;
            case DEFINITIONS, BEHIND_COLUMNS, ROWS -> isEnd ? EndPacket.MAX_BYTES : 1;
            case FILE -> type == Packet.OK ? EndPacket.MAX_BYTES : invalid(MysqlReason.ANSWER);
            case EVENTS -> type == Packet.OK || isEnd ? EndPacket.EOF_BYTES : invalid(MysqlReason.ANSWER);
            case FIRST -> wantedOfReply(packet, due == null ? Reply.RESULTS : due);
        };
    }

    private int wantedOfReply(Packet packet, Reply due) {
        int type = packet.type();
        boolean fits = switch (due) {
            case NONE -> false;
            case OK -> type == Packet.OK || type == Packet.END;
            case LOGIN -> type == Packet.OK || type == Packet.END || type == AUTH_MORE_DATA;
            case TEXT, ROWS -> true;
            case PREPARED -> type == Packet.OK && isPrepared(packet);
            case EVENTS -> type == Packet.OK || type == Packet.END;
            case RESULTS -> mayBeResult(packet);
        };
        if (!fits) {
            return invalid(MysqlReason.ANSWER);
        }
        return due == Reply.TEXT || due == Reply.EVENTS ? 1 : EndPacket.MAX_BYTES;
    }

    private static boolean isPrepared(Packet packet) {
        return packet.length() == PREPARED_BYTES || packet.length() == PREPARED_BYTES + 1;
    }

    private boolean mayBeResult(Packet packet) {
        return switch (packet.type()) {
            case Packet.OK -> packet.length() >= EndPacket.LEAST_OK_BYTES || ColumnCount.mayBeOne(packet);
            case Packet.NULL -> asked == null || asked.command == Command.QUERY;
            default -> ColumnCount.mayBeOne(packet);
        };
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
        if (bytes > 0) {
            return add(packet);
        }
        return switch (first) {
            case GREETING -> greeted(packet);
            case ERROR -> failedByItself(packet);
            case STRAY -> {
                last = packet.sequence();
                learnEnd(packet);
                yield false;
            }
            case ANSWER -> {
                asked = conversation.awaited();
                reply = asked == null ? null : asked.command.reply();
                state = ofReply(reply);
                packet.begins(ANSWER);
                yield add(packet);
            }
        };
    }

    /** A packet of this form behind what seemed to be the end was one of its ends. */
    private void learnEnd(Packet packet) {
        if (packet.type() == Packet.END && packet.length() == EndPacket.EOF_BYTES) {
            packet.tell(1);
            hasShownEnds = true;
            hasEnds = true;
        }
    }

    private boolean greeted(Packet packet) {
        greeting.read(packet);
        conversation.offered = greeting.capabilities();
        return false;
    }

    private boolean failedByItself(Packet packet) {
        packet.begins(ASIDE);
        error.read(packet);
        List<Value> values = new ArrayList<>();
        AttributeVisitor told = Details.into(values);
        told.unlessEmpty(MysqlAttribute.REASON, error.reason());
        told.unlessEmpty(MysqlAttribute.SQLSTATE, error.sqlState());
        aside = new Aside(
                packet.bytes(),
                conversation.detail.details()
                        ? new Details(Integer.toString(error.number()), values, conversation.cut(error.reason()))
                        : Details.NONE);
        return true;
    }

    private boolean add(Packet packet) {
        bytes += packet.bytes();
        last = packet.sequence();
        int type = packet.type();
        if (type == Packet.ERROR && state != State.COLUMNS && reply != Reply.TEXT) {
            return failed(packet);
        }
        boolean isEnd = type == Packet.END && packet.length() < Packet.LONGEST;
        return switch (state) {
            case FIRST -> first(packet, type);
            case COLUMNS -> column(packet);
            case BEHIND_COLUMNS -> isEnd ? endBehindColumns(packet) : row(packet);
            case ROWS -> isEnd ? ended(packet) : row(packet);
            case DEFINITIONS -> definition(packet, isEnd);
            case FILE -> ended(packet);
            case EVENTS -> isEnd ? ended(packet) : event(packet);
        };
    }

    private boolean failed(Packet packet) {
        error.read(packet);
        if (error.isProgress()) {
            return false;
        }
        status = error.status();
        return over();
    }

    private boolean first(Packet packet, int type) {
        Reply due = reply == null ? Reply.RESULTS : reply;
        return switch (due) {
            case LOGIN -> type == Packet.OK ? ended(packet) : more(packet);
            case TEXT -> over();
            case PREPARED -> prepared(packet);
            case EVENTS -> type == Packet.END ? ended(packet) : event(packet);
            case RESULTS -> result(packet, type);
            case NONE, OK, ROWS -> ended(packet);
        };
    }

    private static boolean more(Packet packet) {
        packet.tell(1);
        return false;
    }

    private boolean result(Packet packet, int type) {
        if (type == Packet.OK && packet.length() >= EndPacket.LEAST_OK_BYTES) {
            return (asked == null && Prepared.looksLikeOne(packet)) ? prepared(packet) : ended(packet);
        }
        if (type == Packet.NULL) {
            packet.tell(1);
            state = State.FILE;
            conversation.isSendingFile = true;
            return false;
        }
        left = ColumnCount.definitions(packet, conversation.capabilities);
        state = left > 0 ? State.COLUMNS : State.BEHIND_COLUMNS;
        return false;
    }

    private boolean column(Packet packet) {
        packet.tellIf(CATALOG);
        left--;
        state = left > 0 ? State.COLUMNS : State.BEHIND_COLUMNS;
        return false;
    }

    private boolean endBehindColumns(Packet packet) {
        boolean endsColumns = packet.length() < EndPacket.LEAST_OK_BYTES;
        hasShownEnds = true;
        hasEnds = endsColumns;
        if (!endsColumns) {
            return ended(packet);
        }
        end.read(packet, conversation.capabilities);
        state = State.ROWS;
        return end.hasCursor() && over();
    }

    private boolean row(Packet packet) {
        if (state == State.BEHIND_COLUMNS) {
            // Rows of prepared statements begin so, by which answers without columns are found.
            boolean isBinary = asked == null || asked.command.isOfPrepared();
            packet.tell(isBinary && packet.type() == Packet.OK ? 1 : 0);
            hasShownEnds = true;
            hasEnds = false;
            state = State.ROWS;
        }
        if (asked == null || asked.command != Command.FIELD_LIST) {
            rows++;
        }
        return packet.length() < 0;
    }

    private boolean event(Packet packet) {
        packet.tell(1);
        StreamedEvents into = events;
        if (into == null) {
            into = new StreamedEvents();
            events = into;
        }
        state = State.EVENTS;
        conversation.isStreaming = true;
        packet.result().event(packet.end() - 1, into);
        return false;
    }

    private boolean prepared(Packet packet) {
        Prepared made = Prepared.read(packet);
        if (asked != null) {
            conversation.statements.prepared(made.number(), asked.statement);
        }
        left = made.definitions();
        endsLeft = made.lists();
        state = State.DEFINITIONS;
        return left == 0 && over();
    }

    private boolean definition(Packet packet, boolean isEnd) {
        if (isEnd) {
            endsLeft--;
            learnEnd(packet);
        } else {
            left--;
        }
        boolean isWhole = left <= 0 && (endsLeft <= 0 || !endsFollow(packet));
        return isWhole && over();
    }

    /** Whether a list of definitions has an end of its own. */
    private boolean endsFollow(Packet packet) {
        Capabilities known = conversation.capabilities;
        if (known.isKnown()) {
            return !known.has(Capabilities.DEPRECATE_EOF);
        }
        return hasShownEnds ? hasEnds : MysqlGuess.isEnd(packet.view(), packet.end(), packet.sequence() + 1);
    }

    private boolean ended(Packet packet) {
        end.read(packet, conversation.capabilities);
        results++;
        if (end.affected() >= 0) {
            affected = Math.max(0, affected) + end.affected();
        }
        warnings += end.warnings();
        if (end.isMoreToCome()) {
            state = State.FIRST;
            return false;
        }
        transaction = end.transaction();
        return over();
    }

    /** The answer is whole. */
    private boolean over() {
        Request of = asked;
        boolean isOk = status == null;
        if (reply == Reply.LOGIN) {
            conversation.isLoggingIn = false;
        }
        if (state == State.FILE) {
            conversation.isSendingFile = false;
        }
        if (of != null && isOk) {
            switch (of.command) {
                case CONNECT -> conversation.isCompressed = conversation.capabilities.compression() != Compression.NONE;
                case CHANGE_USER, RESET_CONNECTION -> conversation.statements.closeAll();
                default -> {}
            }
        }
        if (conversation.detail.attributes() && isOk) {
            String now = end.database().isEmpty() && of != null ? of.database : end.database();
            conversation.session = now.isEmpty() ? conversation.session : conversation.session.in(now);
        }
        return true;
    }

    @Override
    public void goesOn(Packet packet) {
        last = packet.sequence();
        if (bytes > 0) {
            bytes += packet.bytes();
        }
    }

    @Override
    public void tellSoFar(Packet packet) {
        if (packet.inView() == 0) {
            return;
        }
        boolean isError = packet.type() == Packet.ERROR;
        if (bytes == 0 && first == First.GREETING) {
            greeting.read(packet);
        } else if (isError && state != State.COLUMNS) {
            error.read(packet);
        } else if (bytes == 0 || state != State.COLUMNS) {
            packet.tell(packet.type() == Packet.OK || packet.type() == Packet.END ? 1 : 0);
        }
    }

    @Override
    public void give(int length, ParseResult result) {
        Aside other = aside;
        if (other != null) {
            aside = null;
            result.ends(ASIDE);
            result.message(other, length);
        } else {
            result.ends(ANSWER);
            result.message(answer(), length);
        }
    }

    private MysqlMessage answer() {
        MysqlStatus said = status == null ? MysqlStatus.OK : status;
        StreamedEvents streamed = events;
        Details details = conversation.detail.details() ? details(said) : Details.NONE;
        MysqlMessage answer;
        if (streamed != null) {
            answer = new Stream(said, bytes, streamed, details);
        } else if (conversation.detail.details()) {
            answer = new Answer(said, bytes, details);
        } else {
            answer = conversation.messages.answer(said, bytes);
        }
        reset();
        return answer;
    }

    private Details details(MysqlStatus said) {
        List<Value> values = new ArrayList<>();
        AttributeVisitor told = Details.into(values);
        boolean isError = said.isError();
        told.unlessEmpty(MysqlAttribute.REASON, isError ? error.reason() : "");
        told.unlessEmpty(MysqlAttribute.SQLSTATE, isError ? error.sqlState() : "");
        told.unlessNegative(MysqlAttribute.ROWS, rows == 0 ? -1 : rows);
        told.unlessNegative(MysqlAttribute.AFFECTED, affected);
        told.unlessNegative(MysqlAttribute.WARNINGS, warnings == 0 ? -1 : warnings);
        told.unlessNegative(MysqlAttribute.RESULTS, results > 1 ? results : -1);
        told.unlessNegative(MysqlAttribute.FILE_BYTES, conversation.fileBytes == 0 ? -1 : conversation.fileBytes);
        conversation.fileBytes = 0;
        told.unlessEmpty(MysqlAttribute.TRANSACTION, transaction);
        boolean isLogin = asked != null && asked.command == Command.CONNECT;
        told.unlessEmpty(MysqlAttribute.SERVER_VERSION, isLogin ? greeting.version() : "");
        String text = isError ? said.label() + " (" + error.sqlState() + "): " + error.reason() : "";
        return new Details("", values, conversation.cut(text));
    }

    @Override
    public boolean isInMessage() {
        return bytes > 0;
    }

    /** Events that were wanted without end are an answer wherever that ends. */
    @Override
    public void soFar(ParseResult result) {
        StreamedEvents streamed = events;
        if (streamed == null) {
            result.invalid(MysqlReason.LOST);
        } else {
            Details details = conversation.detail.details() ? details(MysqlStatus.OK) : Details.NONE;
            result.message(new Stream(MysqlStatus.OK, bytes, streamed.soFar(), details), 0);
        }
    }

    @Override
    public void forget(ParseResult result) {
        if (reply == Reply.LOGIN) {
            conversation.isLoggingIn = false;
        }
        conversation.isSendingFile = false;
        reset();
        last = 0;
        aside = null;
        result.ends(ANSWER);
    }

    @Override
    public boolean mayBegin(ByteView view, int at) {
        return MysqlGuess.mayBeAnswer(view, at);
    }

    @Override
    public boolean mayStand(ByteView view, int at) {
        return MysqlGuess.mayBeAnswer(view, at);
    }

    private void reset() {
        bytes = 0;
        asked = null;
        reply = null;
        state = State.FIRST;
        left = 0;
        endsLeft = 0;
        results = 0;
        rows = 0;
        affected = -1;
        warnings = 0;
        transaction = "";
        status = null;
        events = null;
    }
}
