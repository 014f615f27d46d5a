package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.redis.RedisCommand.Special;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses replies and pushes of RESP2 and RESP3. Keeps of a reply its status and the text that was asked for; nested
 * aggregates are counted down on a stack of {@link #MAX_DEPTH}, strings passed over by their length.
 */
// https://redis.io/docs/latest/develop/reference/protocol-spec/#resp-protocol-description
final class RedisReplyParser implements Parser {

    static final int MAX_DEPTH = 32;

    /** Longest line of a simple string, error or number. */
    static final int MAX_LINE_BYTES = 64 << 10;

    static final long MAX_BULK_BYTES = RedisRequestParser.MAX_BULK_BYTES;

    /** Most elements of one aggregate. */
    static final int MAX_ELEMENTS = 1 << 28;

    /** Longer strings are not waited for, but passed over; no word that is looked at is that long. */
    static final int MAX_WORD_BYTES = 64;

    private static final int UNKNOWN = -1;
    private static final String PUSH = "PUSH";

    /** What a push may be, by its first element. */
    // https://redis.io/docs/latest/develop/pubsub/#format-of-pushed-messages
    private enum Kind {
        MESSAGE("message", 3),
        PMESSAGE("pmessage", 4),
        SMESSAGE("smessage", 3),
        SUBSCRIBE("subscribe", 3),
        PSUBSCRIBE("psubscribe", 3),
        SSUBSCRIBE("ssubscribe", 3),
        UNSUBSCRIBE("unsubscribe", 3),
        PUNSUBSCRIBE("punsubscribe", 3),
        SUNSUBSCRIBE("sunsubscribe", 3),
        INVALIDATE("invalidate", 2);

        private static final WordTable<Kind> TABLE = new WordTable<>(List.of(values()), Kind::name);

        private final String operation;
        private final int elements;

        Kind(String word, int elements) {
            this.operation = PUSH + ' ' + word;
            this.elements = elements;
        }

        boolean isConfirmation() {
            return switch (this) {
                case MESSAGE, PMESSAGE, SMESSAGE, INVALIDATE -> false;
                case SUBSCRIBE, PSUBSCRIBE, SSUBSCRIBE, UNSUBSCRIBE, PUNSUBSCRIBE, SUNSUBSCRIBE -> true;
            };
        }

        boolean isUnsubscription() {
            return this == UNSUBSCRIBE || this == PUNSUBSCRIBE || this == SUNSUBSCRIBE;
        }
    }

    private static final WordTable<String> PASSWORD_SETTINGS = new WordTable<>(
            List.of("REQUIREPASS", "MASTERAUTH", "MASTERUSER", "TLS-KEY-FILE-PASS", "TLS-CLIENT-KEY-FILE-PASS"),
            word -> word);

    private final RedisConversation conversation;
    private final Detail detail;
    private final RedisMessages messages;
    private final RespLine line = new RespLine();
    private final RedisText text = new RedisText();

    private final int[] remaining = new int[MAX_DEPTH];
    private int depth;

    /** A bit per level whose aggregate is an attribute. */
    private int attributeLevels;

    private long wireBytes;

    /** The type of the reply in hand, 0 between replies and before its first byte. */
    private byte type;

    private boolean inHand;
    private boolean complete;
    private RedisReplyStatus status = RedisReplyStatus.OK;
    private int topElements;
    private @Nullable Kind kind;
    private String channel = "";
    private boolean countIsZero;
    private boolean looksMonitored;
    private boolean isFurtherConfirmation;
    private boolean secretFollows;

    private boolean passing;
    private boolean quoteOpen;
    private long textLeft;
    private int lineScanned;

    private boolean untilEnd;
    private boolean waitForTurn = true;
    private long turnAtLoss;
    /** The two bytes before the current position, {@link #UNKNOWN} after a loss. */
    private int beforePrevious = UNKNOWN;

    private int previous = UNKNOWN;

    RedisReplyParser(RedisConversation conversation, Detail detail, RedisMessages messages) {
        this.conversation = conversation;
        this.detail = detail;
        this.messages = messages;
    }

    @Override
    public void parse(ByteView view, ParseResult result) {
        if (untilEnd) {
            result.skipped(0, ParseResult.UNTIL_END);
            return;
        }
        int at = 0;
        if (passing) {
            endPassing();
            if (elementEnded()) {
                give(0, result);
                return;
            }
        }
        while (at < view.length()) {
            complete = false;
            int next = element(view, at, result);
            if (next == RespLine.CUT) {
                break;
            }
            if (next == RespLine.BAD) {
                return;
            }
            at = next;
            if (complete) {
                give(at, result);
                return;
            }
        }
        if (at == 0) {
            result.needMore();
        } else {
            wireBytes += at;
            result.skipped(at, 0);
        }
    }

    @Override
    public void passed(ByteView bytes) {
        int count = (int) Math.min(bytes.length(), textLeft);
        if (count > 0) {
            text.escaped(bytes, 0, count);
            textLeft -= count;
        }
    }

    @Override
    public void lost(ParseResult result) {
        result.invalid("lost");
        if (isNamed()) {
            give(0, result);
        }
        if (result.kind() != ParseResult.Kind.MESSAGE) {
            result.invalid("lost");
        }
        reset();
        conversation.confirmationsLeft = 0;
        distrust();
        beforePrevious = UNKNOWN;
        previous = UNKNOWN;
    }

    @Override
    public void ended(ParseResult result) {
        lost(result);
    }

    /*
     * Elements of an aggregate look like replies. So if one of the requests that wait may be answered by an aggregate, or
     * if pushes and attributes may come, nothing is taken for a reply until a further request shows that a new turn has
     * begun.
     */
    @Override
    public int resync(ByteView view, int from) {
        if (waitForTurn && conversation.requestCount != turnAtLoss) {
            waitForTurn = false;
            beforePrevious = '\r';
            previous = '\n';
        }
        for (int at = from; at < view.length() && !waitForTurn; at++) {
            boolean mayBegin = isUnknown(at) ? RedisGuess.isUnlikelyInText(view, at) : isAfterLine(view, at);
            if (mayBegin && RedisGuess.replyStart(view, at) != RespLine.BAD) {
                remember(view, at);
                return at;
            }
        }
        remember(view, view.length());
        return view.length();
    }

    private boolean isUnknown(int at) {
        return at == 0 && previous == UNKNOWN;
    }

    private boolean isAfterLine(ByteView view, int at) {
        int last = at > 0 ? view.byteAt(at - 1) : previous;
        int lastButOne = at > 1 ? view.byteAt(at - 2) : at == 1 ? previous : beforePrevious;
        return (last == '\n' || last == UNKNOWN) && (lastButOne == '\r' || lastButOne == UNKNOWN);
    }

    /** Remembers the two bytes before {@code end}, as the next view may begin there. */
    private void remember(ByteView view, int end) {
        if (end > 1) {
            beforePrevious = view.byteAt(end - 2);
            previous = view.byteAt(end - 1);
        } else if (end == 1) {
            beforePrevious = previous;
            previous = view.byteAt(0);
        }
    }

    private void distrust() {
        waitForTurn = conversation.nestedReplyPossible || conversation.resp3 || conversation.subscribed;
        turnAtLoss = conversation.requestCount;
    }

    /**
     * Takes one element, or the header of an aggregate.
     *
     * @return the index after it, {@link RespLine#CUT}, or {@link RespLine#BAD} if {@code result} has been set
     */
    private int element(ByteView view, int at, ParseResult result) {
        byte elementType = view.byteAt(at);
        return switch (elementType) {
            case '+', '-', ':', ',', '#', '(', '_' -> line(view, at, elementType, result);
            case '$', '!', '=' -> string(view, at, elementType, result);
            case '*', '%', '~', '>', '|' -> aggregate(view, at, elementType, result);
            case '\n' -> keepAlive(view, at, result);
            default -> invalid("type", view, result);
        };
    }

    private int line(ByteView view, int at, byte elementType, ParseResult result) {
        int from = at == 0 ? Math.max(1, lineScanned) : at + 1;
        int end = view.indexOfCrLf(from, view.length());
        if (end < 0) {
            if (view.length() - at > MAX_LINE_BYTES) {
                return invalid("line", view, result);
            }
            lineScanned = at == 0 ? Math.max(1, view.length() - 1) : 0;
            return RespLine.CUT;
        }
        lineScanned = 0;
        if (!isLine(view, at + 1, end, elementType)) {
            return invalid("line", view, result);
        }
        boolean isTop = begin(elementType);
        if (isTop) {
            status = switch (elementType) {
                case '-' -> RedisReplyStatus.ofError(view, at + 1, end);
                case '_' -> RedisReplyStatus.NIL;
                default -> RedisReplyStatus.OK;
            };
            looksMonitored = conversation.monitoring
                    && elementType == '+'
                    && end > at + 1
                    && view.byteAt(at + 1) >= '0'
                    && view.byteAt(at + 1) <= '9';
        } else if (depth == 1 && attributeLevels == 0) {
            pushElement(view, at + 1, end);
        }
        if (writesText()) {
            text.element();
            text.literal(prefix(elementType));
            text.escaped(view, at + 1, end);
            text.literal(elementType == '#' || elementType == '_' ? ")" : "");
        }
        elementEnded();
        return end + 2;
    }

    private static boolean isLine(ByteView view, int from, int to, byte elementType) {
        int length = to - from;
        return switch (elementType) {
            case '_' -> length == 0;
            case '#' -> length == 1 && (view.byteAt(from) == 't' || view.byteAt(from) == 'f');
            case ':' -> length > 0 && length <= 20 && isNumber(view, from, to);
            case '(' -> length > 0 && isNumber(view, from, to);
            case ',' -> length > 0 && length <= 64;
            default -> true;
        };
    }

    private static boolean isNumber(ByteView view, int from, int to) {
        byte sign = view.byteAt(from);
        int digits = sign == '-' || sign == '+' ? from + 1 : from;
        for (int i = digits; i < to; i++) {
            if (view.byteAt(i) < '0' || view.byteAt(i) > '9') {
                return false;
            }
        }
        return digits < to;
    }

    private static String prefix(byte elementType) {
        return switch (elementType) {
            case '-' -> "(error) ";
            case ':' -> "(integer) ";
            case ',' -> "(double) ";
            case '(' -> "(big number) ";
            case '#' -> "(";
            case '_' -> "(nil";
            default -> "";
        };
    }

    private int string(ByteView view, int at, byte elementType, ParseResult result) {
        int data = line.read(view, at + 1);
        if (data == RespLine.CUT) {
            return data;
        }
        long length = line.value();
        if (data == RespLine.BAD || length > MAX_BULK_BYTES || (length < 0 && elementType != '$')) {
            return invalid("bulk_length", view, result);
        }
        if (length < 0) {
            return nil(data, elementType);
        }
        if (depth == 0 && isAsked(Special.SYNC)) {
            begin(elementType);
            complete = true;
            return data;
        }
        boolean isSmall = length <= MAX_WORD_BYTES;
        int wanted = isSmall ? (int) length + 2 : elementType == '!' ? MAX_WORD_BYTES : 0;
        if (view.length() - data < wanted) {
            return RespLine.CUT;
        }
        boolean whole = view.length() - data >= length + 2;
        int end = data + (int) Math.min(length, view.length() - data);
        if (whole && RedisGuess.crLf(view, end) < 0) {
            return invalid("bulk_end", view, result);
        }
        boolean isTop = begin(elementType);
        if (isTop) {
            status = elementType == '!' ? RedisReplyStatus.ofError(view, data, end) : RedisReplyStatus.OK;
        } else if (depth == 1 && attributeLevels == 0) {
            pushElement(view, data, isSmall ? end : data);
        }
        boolean isSecret = secretFollows;
        if (writesText()) {
            secretFollows = isSmall && PASSWORD_SETTINGS.find(view, data, end) != null;
            text.element();
            if (isSecret && detail.maskSecrets()) {
                text.secret();
            } else {
                text.literal(elementType == '!' ? "(error) " : "");
                text.quote();
                if (whole) {
                    text.escaped(view, data, end);
                    text.quote();
                } else {
                    quoteOpen = true;
                    textLeft = length;
                }
            }
        }
        if (whole) {
            elementEnded();
            return end + 2;
        }
        passing = true;
        wireBytes += data + length + 2;
        result.skipped(data, length + 2);
        return RespLine.BAD;
    }

    private int nil(int next, byte elementType) {
        if (begin(elementType)) {
            status = RedisReplyStatus.NIL;
        }
        if (writesText()) {
            text.element();
            text.literal("(nil)");
        }
        elementEnded();
        return next;
    }

    private int aggregate(ByteView view, int at, byte elementType, ParseResult result) {
        int next = line.read(view, at + 1);
        if (next == RespLine.CUT) {
            return next;
        }
        long pairsOrElements = line.value();
        boolean isAttribute = elementType == '|';
        boolean isMap = elementType == '%' || isAttribute;
        if (next == RespLine.BAD || pairsOrElements > MAX_ELEMENTS || (pairsOrElements < 0 && elementType != '*')) {
            return invalid("aggregate_length", view, result);
        }
        if (pairsOrElements < 0) {
            return nil(next, elementType);
        }
        if (depth == MAX_DEPTH) {
            return invalid("nesting", view, result);
        }
        int count = (int) pairsOrElements * (isMap ? 2 : 1);
        if (isAttribute) {
            start();
            if (count > 0) {
                attributeLevels |= 1 << depth;
                remaining[depth++] = count;
            }
            return next;
        }
        if (begin(elementType)) {
            topElements = count;
            status = RedisReplyStatus.OK;
        }
        if (writesText()) {
            text.element();
            if (count > 0) {
                text.open(isMap);
            } else {
                text.literal("(empty array)");
            }
        }
        if (count > 0) {
            remaining[depth++] = count;
        } else {
            elementEnded();
        }
        return next;
    }

    /** A server that prepares a replication sends empty lines to keep the connection open. */
    private int keepAlive(ByteView view, int at, ParseResult result) {
        if (at > 0 || inHand || !(isAsked(Special.SYNC) || isAsked(Special.PSYNC))) {
            return invalid("type", view, result);
        }
        result.skipped(1, 0);
        return RespLine.BAD;
    }

    /** Notes what the elements of a push, or of what may be one, say. */
    private void pushElement(ByteView view, int from, int to) {
        switch (topElements - remaining[0]) {
            case 0 -> kind = Kind.TABLE.find(view, from, to);
            case 1 -> channel = kind != null && detail.attributes() ? view.utf8(from, to) : "";
            case 2 -> countIsZero = to - from == 1 && view.byteAt(from) == '0';
            default -> {}
        }
    }

    private void start() {
        if (!inHand) {
            inHand = true;
            wireBytes = 0;
            if (detail.text()) {
                text.begin(detail.maxTextBytes());
            }
        }
    }

    /** Begins an element; true if it is the reply itself. */
    private boolean begin(byte elementType) {
        start();
        if (depth > 0) {
            return false;
        }
        type = elementType;
        return true;
    }

    private boolean writesText() {
        return detail.text() && attributeLevels == 0;
    }

    /** Closes the aggregates that end here; true if the reply does. */
    private boolean elementEnded() {
        while (depth > 0) {
            if (--remaining[depth - 1] > 0) {
                return false;
            }
            depth--;
            int level = 1 << depth;
            if ((attributeLevels & level) != 0) {
                // What the attribute belongs to follows in its place.
                attributeLevels &= ~level;
                return false;
            }
            if (writesText()) {
                text.close();
            }
        }
        complete = true;
        return true;
    }

    private void endPassing() {
        passing = false;
        textLeft = 0;
        if (quoteOpen) {
            quoteOpen = false;
            text.quote();
        }
    }

    /** Enough of the reply in hand was seen to say the same of it as if all of it had been. */
    private boolean isNamed() {
        if (type == 0) {
            return false;
        }
        boolean mayBePush = type == '>' || (type == '*' && !conversation.resp3 && conversation.subscribed);
        return !mayBePush || (depth > 0 && topElements - remaining[0] > 1);
    }

    private void give(int at, ParseResult result) {
        String operation = pushOperation();
        RedisMessage.Details details = null;
        if (detail.attributes() || detail.text()) {
            if (quoteOpen) {
                endPassing();
            }
            List<String> keys = operation.isEmpty() || channel.isEmpty() ? List.of() : List.of(channel);
            details = new RedisMessage.Details(keys, typeName(), detail.text() ? text.end() : "");
        }
        long bytes = wireBytes + at;
        if (isFurtherConfirmation) {
            if (at > 0) {
                result.skipped(at, 0);
            } else {
                result.needMore();
            }
        } else if (operation.isEmpty()) {
            answered();
            result.message(
                    details == null ? messages.reply(status, bytes) : RedisMessage.reply(status, bytes, details), at);
        } else {
            result.message(RedisMessage.push(operation, bytes, details), at);
        }
        reset();
    }

    /** The label of the push in hand, empty if it is a reply. */
    private String pushOperation() {
        if (type == '>') {
            conversation.resp3 = true;
        } else if (looksMonitored) {
            return PUSH + " monitor";
        } else if (type != '*' || kind == null || conversation.resp3 || topElements != kind.elements) {
            return "";
        }
        if (kind == null) {
            return PUSH;
        }
        if (kind.isConfirmation()) {
            if (kind.isUnsubscription() && countIsZero) {
                conversation.subscribed = false;
            }
            return confirmation(kind);
        }
        boolean isPush =
                type == '>' || conversation.subscribed || conversation.matcher().waiting() == 0;
        return isPush ? kind.operation : "";
    }

    /** The first confirmation answers a subscription; those of its further channels are no messages of their own. */
    private String confirmation(Kind confirmed) {
        if (conversation.confirmationsLeft > 0) {
            conversation.confirmationsLeft--;
            isFurtherConfirmation = true;
            return confirmed.operation;
        }
        RedisMessage asked = conversation.asked();
        if (asked == null
                ? conversation.matcher().waiting() > 0
                : asked.command().name().equals(confirmed.name())) {
            conversation.confirmationsLeft = asked == null ? 0 : Math.max(0, asked.args() - 1);
            return "";
        }
        isFurtherConfirmation = true;
        return confirmed.operation;
    }

    /** Learns from a reply what it says of the connection. */
    private void answered() {
        conversation.repliesOff = false;
        if (type == '%' || type == '_' || type == '~' || type == '#' || type == ',') {
            conversation.resp3 = true;
        }
        RedisMessage asked = conversation.asked();
        if (asked == null) {
            return;
        }
        switch (asked.command().special()) {
            case RESET -> {
                conversation.subscribed = false;
                conversation.monitoring = false;
                conversation.resp3 = false;
            }
            case MONITOR -> conversation.monitoring = type == '+';
            case SUBSCRIBE -> conversation.subscribed &= type != '-';
            case SYNC, PSYNC -> {
                if (type != '-') {
                    conversation.replicating = true;
                    untilEnd = true;
                }
            }
            default -> {}
        }
    }

    private boolean isAsked(Special special) {
        RedisMessage asked = conversation.asked();
        return asked != null && asked.command().special() == special;
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

    private int invalid(String reason, ByteView view, ParseResult result) {
        reset();
        distrust();
        beforePrevious = previous;
        previous = view.byteAt(0);
        result.invalid(reason);
        return RespLine.BAD;
    }

    private void reset() {
        depth = 0;
        attributeLevels = 0;
        type = 0;
        inHand = false;
        status = RedisReplyStatus.OK;
        topElements = 0;
        kind = null;
        channel = "";
        countIsZero = false;
        looksMonitored = false;
        secretFollows = false;
        isFurtherConfirmation = false;
        passing = false;
        quoteOpen = false;
        textLeft = 0;
        lineScanned = 0;
        wireBytes = 0;
    }
}
