package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.redis.RedisCommand.Special;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes one reply or push out of tokens: its type, its status, the results of a transaction, and the text that was asked
 * for. Nested aggregates are counted down; nothing else of their elements is kept. Not thread-safe.
 */
final class ReplyAssembly {

    private static final byte NO_TYPE = 0;
    private static final byte[] QUEUED = "QUEUED".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CONTINUE = "CONTINUE".getBytes(StandardCharsets.US_ASCII);

    private static final WordTable<String> PASSWORD_SETTINGS = new WordTable<>(
            List.of("REQUIREPASS", "MASTERAUTH", "MASTERUSER", "TLS-KEY-FILE-PASS", "TLS-CLIENT-KEY-FILE-PASS"),
            word -> word);

    private final RedisConversation conversation;
    private final Detail detail;
    private final Pushes pushes;
    private final RedisText text = new RedisText();
    private final LongString longString = new LongString(text);
    private final ReplyLevels levels = new ReplyLevels();

    private boolean begun;

    /** Of the reply, {@link #NO_TYPE} as long as only attributes have come. */
    private byte type = NO_TYPE;

    /** The request that it answers, null if that was not known when it began. */
    private @Nullable RedisMessage asked;

    private RedisReplyStatus status = RedisReplyStatus.OK;
    private int elements;

    /** Of the commands of a transaction, if it may be the reply to an EXEC. */
    private @Nullable ExecutionResults results;

    private Line line = Line.ORDINARY;

    /** The text that comes next is the value of a setting that holds a password. */
    private boolean secretFollows;

    /** What a simple string says beyond that a command was executed. */
    private enum Line {
        ORDINARY,
        /** A command that was executed for somebody else. */
        MONITORED,
        /** A replication goes on where it was. */
        CONTINUES
    }

    ReplyAssembly(RedisConversation conversation, Detail detail) {
        this.conversation = conversation;
        this.detail = detail;
        this.pushes = new Pushes(conversation, detail.attributes());
    }

    boolean isInMessage() {
        return begun;
    }

    /** Its first byte has come, and it is not a push for certain. */
    boolean hasBegun() {
        return begun && type != NO_TYPE;
    }

    byte type() {
        return type;
    }

    RedisReplyStatus status() {
        return status;
    }

    @Nullable
    RedisMessage asked() {
        return asked;
    }

    @Nullable
    ExecutionResults results() {
        return results;
    }

    Pushes pushes() {
        return pushes;
    }

    ReplyLevels levels() {
        return levels;
    }

    /** The string that is passed over, if one is. */
    LongString longString() {
        return longString;
    }

    boolean isMonitored() {
        return line == Line.MONITORED;
    }

    boolean continuesReplication() {
        return line == Line.CONTINUES;
    }

    /** It has begun and takes part in pairing, as far as can be told. */
    boolean isReply() {
        return hasBegun() && type != '>' && !isMonitored() && !mayBePush();
    }

    /** Enough of it was seen to say the same of it as if all of it had been. */
    boolean isNamed() {
        if (results != null) {
            return results.hasFailure();
        }
        boolean looksPushed = type == '>' || (type == '*' && !conversation.resp3 && conversation.subscribed);
        return isReply() || (hasBegun() && (!looksPushed || (levels.depth() > 0 && levels.ended() > 1)));
    }

    /** What it is, now that it has ended or was cut. */
    Pushes.Role role() {
        return isMonitored() ? Pushes.Role.PUSH : pushes.role(type, elements);
    }

    /** The label of a push. */
    String operation() {
        return isMonitored() ? PushKind.PUSH + " monitor" : pushes.operation();
    }

    /** Why the token cannot stand here, null if it can. */
    @Nullable
    String refusal(RespToken token) {
        return switch (token.kind()) {
            case AGGREGATE, ATTRIBUTE -> levels.isFull() ? RedisReason.NESTING : null;
            case END -> levels.isStreamed() ? null : RedisReason.TYPE;
            default -> null;
        };
    }

    /** Takes the next token, which is none that was refused; true if the reply ends with it. */
    boolean take(ByteView view, RespToken token) {
        return switch (token.kind()) {
            case LINE -> line(view, token);
            case STRING -> string(view, token);
            case NULL -> nil(token.type());
            case STREAMED_STRING -> streamedString(view, token);
            case CHUNK -> chunk(token);
            case LAST_CHUNK -> lastChunk();
            case AGGREGATE -> aggregate(token);
            case ATTRIBUTE -> attribute(token);
            case END -> end();
            case CUT, INVALID -> throw new IllegalArgumentException("token: " + token.kind());
        };
    }

    /** The string that was passed over has ended; true if the reply does with it. */
    boolean endLongString() {
        return endElement();
    }

    /** The next reply is that to an EXEC of which only elements are sent, if it is: they come one after the other. */
    void beginBare() {
        RedisMessage next = conversation.asked();
        Execution execution = next == null ? null : next.execution();
        if (execution == null || !execution.isBare()) {
            return;
        }
        begin((byte) '*');
        elements = execution.commands();
        results = new ExecutionResults(execution, elements);
        levels.open(execution.wireElements());
        if (writesText()) {
            text.element();
            text.open(false);
        }
    }

    /** The data set that a SYNC asks for begins: that is the reply. */
    void beginDataSet() {
        begin((byte) '$');
    }

    /** From here on elements are missing. */
    void cutText() {
        longString.end();
        text.cutHere();
    }

    /** What is kept of it beside its status and size; null if nothing is asked for. */
    RedisMessage.@Nullable Details details(String key) {
        if (!detail.attributes() && !detail.text()) {
            return null;
        }
        return new RedisMessage.Details(
                key.isEmpty() ? List.of() : List.of(key), typeName(), detail.text() ? text.end() : "");
    }

    /** Between replies. */
    void clear() {
        begun = false;
        type = NO_TYPE;
        asked = null;
        status = RedisReplyStatus.OK;
        elements = 0;
        results = null;
        line = Line.ORDINARY;
        secretFollows = false;
        levels.clear();
        longString.clear();
        pushes.clear();
    }

    /** Begins an element; true if it is the reply itself. */
    private boolean begin(byte ofType) {
        start();
        if (levels.depth() > 0) {
            return false;
        }
        type = ofType;
        asked = conversation.asked();
        return true;
    }

    private void start() {
        if (!begun) {
            begun = true;
            if (detail.text()) {
                text.begin(detail.maxTextBytes());
            }
        }
    }

    /** Takes a line or a string of which {@code found} is the status if it is the reply, or the result of a command. */
    private void element(ByteView view, RespToken token, RedisReplyStatus found) {
        if (begin(token.type())) {
            status = found;
            if (token.type() == '+') {
                simpleString(view, token.from(), token.to());
            }
            return;
        }
        if (levels.isInAttribute()) {
            return;
        }
        int end = token.isWord() || token.kind() == RespToken.Kind.LINE ? token.to() : token.from();
        if (levels.depth() == 1) {
            if (elements != ReplyLevels.STREAMED && !isExecution()) {
                pushes.element(levels.ended(), view, token.from(), end);
            }
            if (results != null) {
                results.add(found);
            }
        } else if (levels.depth() == 2 && results != null && levels.isFirst()) {
            results.first(view, token.from(), end);
        }
    }

    private boolean line(ByteView view, RespToken token) {
        element(view, token, ofLine(view, token));
        if (writesText()) {
            text.element();
            text.literal(prefix(token.type()));
            if (token.type() == '#') {
                text.literal(view.byteAt(token.from()) == 't' ? "(true)" : "(false)");
            } else {
                text.escaped(view, token.from(), token.to());
            }
        }
        return endElement();
    }

    private boolean string(ByteView view, RespToken token) {
        element(view, token, ofString(view, token));
        if (writesText()) {
            writeString(view, token);
        }
        return token.isWhole() && endElement();
    }

    private boolean nil(byte ofType) {
        if (begin(ofType)) {
            status = RedisReplyStatus.NIL;
        } else if (levels.depth() == 1 && !levels.isInAttribute() && results != null) {
            results.add(RedisReplyStatus.NIL);
        }
        if (writesText()) {
            text.element();
            text.literal("(nil)");
        }
        return endElement();
    }

    private boolean streamedString(ByteView view, RespToken token) {
        element(view, token, RedisReplyStatus.OK);
        if (writesText()) {
            text.element();
            text.quote();
        }
        return false;
    }

    private boolean chunk(RespToken token) {
        if (writesText()) {
            longString.show(token.length());
        }
        return false;
    }

    private boolean lastChunk() {
        if (writesText()) {
            text.quote();
        }
        return endElement();
    }

    private boolean aggregate(RespToken token) {
        int count = token.count();
        if (begin(token.type())) {
            elements = count;
            if (token.type() == '*' && mayBeExecution()) {
                results = ExecutionResults.of(asked, count);
                count = results.elements();
            }
        } else if (levels.depth() == 1 && !levels.isInAttribute() && results != null) {
            results.open(token.type(), count);
        }
        if (writesText()) {
            text.element();
            if (count == 0) {
                text.literal("(empty array)");
            } else {
                text.open(token.isMap());
            }
        }
        if (count == 0) {
            return endElement();
        }
        levels.open(count);
        return false;
    }

    private boolean attribute(RespToken token) {
        start();
        if (token.count() > 0) {
            levels.openAttribute(token.count());
        }
        return false;
    }

    private boolean end() {
        levels.endStreamed();
        return endElement();
    }

    /** Closes the aggregates that end here; true if the reply does. */
    private boolean endElement() {
        while (levels.depth() > 0) {
            if (!levels.endElement() || levels.endAttribute()) {
                // What an attribute belongs to follows in its place.
                return false;
            }
            if (writesText()) {
                text.close();
            }
            if (levels.depth() == 1 && results != null && results.isInPush() && results.endPush()) {
                levels.extend();
            }
        }
        return true;
    }

    /** Looks for those that say more than that a command has been executed. */
    private void simpleString(ByteView view, int from, int to) {
        if (to - from == QUEUED.length && view.startsWith(QUEUED, from)) {
            status = RedisReplyStatus.QUEUED;
        } else if (view.startsWith(CONTINUE, from)) {
            line = Line.CONTINUES;
        } else if ((conversation.monitoring || conversation.waiting() == 0)
                && RespGrammar.isMonitorLine(view, from, to)) {
            line = Line.MONITORED;
        }
    }

    private static RedisReplyStatus ofLine(ByteView view, RespToken token) {
        return switch (token.type()) {
            case '-' -> RedisReplyStatus.ofError(view, token.from(), token.to());
            case '_' -> RedisReplyStatus.NIL;
            default -> RedisReplyStatus.OK;
        };
    }

    private static RedisReplyStatus ofString(ByteView view, RespToken token) {
        return token.isError() ? RedisReplyStatus.ofError(view, token.from(), token.to()) : RedisReplyStatus.OK;
    }

    private void writeString(ByteView view, RespToken token) {
        boolean isSecret = secretFollows && detail.maskSecrets();
        secretFollows = token.isWord() && PASSWORD_SETTINGS.find(view, token.from(), token.to()) != null;
        text.element();
        if (isSecret) {
            text.secret();
            return;
        }
        text.literal(token.isError() ? "(error) " : "");
        text.quote();
        if (token.isWhole()) {
            text.escaped(view, token.from(), token.to());
            text.quote();
        } else {
            longString.showQuoted(token.length());
        }
    }

    private static String prefix(byte ofType) {
        return switch (ofType) {
            case '-' -> "(error) ";
            case ':' -> "(integer) ";
            case ',' -> "(double) ";
            case '(' -> "(big number) ";
            case '_' -> "(nil)";
            default -> "";
        };
    }

    private boolean writesText() {
        return detail.text() && !levels.isInAttribute();
    }

    /** It is an array of version 2, and so far it may turn out to be a push. */
    private boolean mayBePush() {
        if (type != '*' || conversation.resp3 || elements == ReplyLevels.STREAMED || isExecution()) {
            return false;
        }
        return pushes.isPossible(elements, levels.depth() > 0 && levels.ended() == 0);
    }

    private boolean isExecution() {
        return asked != null && asked.command().special() == Special.EXEC;
    }

    /** Answers an EXEC, or may do so as after a loss nobody knows yet. */
    private boolean mayBeExecution() {
        return asked == null ? conversation.waiting() > 0 : isExecution();
    }

    private String typeName() {
        return switch (type) {
            case '+' -> "simple_string";
            case '-' -> "error";
            case ':' -> "integer";
            case '$' -> status.equals(RedisReplyStatus.NIL) ? "null" : "bulk_string";
            case '*' -> status.equals(RedisReplyStatus.NIL) ? "null" : "array";
            case '_' -> "null";
            case ',' -> "double";
            case '#' -> "boolean";
            case '!' -> "bulk_error";
            case '=' -> "verbatim_string";
            case '(' -> "big_number";
            case '%' -> "map";
            case '~' -> "set";
            case '>' -> "push";
            default -> "";
        };
    }
}
