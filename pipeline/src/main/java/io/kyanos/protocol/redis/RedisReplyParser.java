package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.redis.RedisCommand.Special;
import io.kyanos.protocol.redis.ReplyMode.Answer;
import java.nio.charset.StandardCharsets;
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

    /** Elements left of an aggregate whose length is told by its end. */
    private static final int STREAMED = -1;

    private static final int ANY_NUMBER = -1;

    private static final byte[] QUEUED = "QUEUED".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CONTINUE = "CONTINUE".getBytes(StandardCharsets.US_ASCII);

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

    /** The request that the reply in hand answers, null if that was not known when it began. */
    private @Nullable RedisMessage asked;

    /** It has been given so far, so what it says of the connection is known. */
    private boolean told;

    /** Elements of it are missing, so nobody knows where it ends. */
    private boolean open;

    private boolean complete;
    private RedisReplyStatus status = RedisReplyStatus.OK;
    private int topElements;
    private @Nullable PushKind kind;
    private String channel = "";
    private boolean countIsZero;

    /**
     * Confirmations of {@code lastConfirmed} that are to come after its first, one for each further channel;
     * {@link #ANY_NUMBER} if it named none.
     */
    private int confirmationsLeft;

    private @Nullable PushKind lastConfirmed;

    /** The subscription that the reply in hand answers although replies are off. */
    private @Nullable RedisMessage confirmed;

    private boolean looksMonitored;
    private boolean isFurtherConfirmation;
    private boolean secretFollows;

    private boolean passing;

    /** Bytes of {@link #wireBytes} that are still to come, or to be missed. */
    private long passLeft;

    private boolean quoteOpen;
    private long textLeft;
    private int lineScanned;

    /** The string in hand comes in chunks. */
    private boolean inChunks;

    /** Of the commands of a transaction, if the reply in hand may be that to an EXEC. */
    private @Nullable ExecutionResults results;

    /** An element of the results is in hand that is or may be a push, of so many elements; else 0. */
    private int innerPushElements;

    private byte innerPushType;
    private @Nullable PushKind innerKind;
    private @Nullable PushKind lastInnerKind;
    private boolean continues;

    private @Nullable ReplicationStream replication;
    /** {@link RedisConversation#requestMoves} when the last bytes of replies came. */
    private long requestsAtMove;

    private boolean waitForTurn = true;
    private long turnAtLoss;

    /** A turn has begun: with its first byte a reply begins, or nobody knows where. */
    private boolean atTurn;

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
        ReplicationStream stream = replication();
        if (stream != null) {
            stream.parse(view, result);
            return;
        }
        moved();
        int at = 0;
        if (passing) {
            passLeft = 0;
            endPassing();
            if (!inChunks && elementEnded()) {
                give(0, result);
                return;
            }
        }
        if (!inHand) {
            result.begins(0);
        }
        while (at < view.length()) {
            complete = false;
            if (!inHand && conversation.executedBare) {
                beginBare();
            }
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
        if (replication != null) {
            replication.passed(bytes);
            return;
        }
        moved();
        int count = (int) Math.min(bytes.length(), textLeft);
        if (count > 0) {
            text.escaped(bytes, 0, count);
            textLeft -= count;
        }
        count(bytes.length());
    }

    @Override
    public void missed(long bytes) {
        if (replication != null) {
            replication.missed(bytes);
        } else {
            count(bytes);
        }
    }

    private void moved() {
        conversation.replyMoves++;
        requestsAtMove = conversation.requestMoves;
    }

    private void count(long bytes) {
        if (open) {
            wireBytes += bytes;
        } else {
            passLeft -= bytes;
        }
    }

    @Override
    public boolean isInHand() {
        return inHand && type != 0 && type != '>' && !looksMonitored && !mayBePush();
    }

    /** Of a reply that has begun: of version 2, and so far it may turn out to be a push. */
    private boolean mayBePush() {
        if (type != '*' || conversation.resp3 || topElements == STREAMED || isExecution()) {
            return false;
        }
        boolean isFirstToCome = depth > 0 && topElements == remaining[0];
        return isFirstToCome ? topElements <= PushKind.MAX_ELEMENTS : kind != null && topElements == kind.elements();
    }

    private boolean isExecution() {
        return asked != null && asked.command().special() == Special.EXEC;
    }

    @Override
    public void soFar(ParseResult result) {
        if (!isInHand()) {
            result.invalid(RedisReason.LOST);
            return;
        }
        if (!told) {
            answered();
            told = true;
        }
        result.message(reply(wireBytes - passLeft), 0);
    }

    /*
     * A reply of which elements are missing goes on for nobody knows how long, and the texts in it may look like replies.
     * So it stays open until the other side speaks, or is silent for long. Where that has spoken already since its last byte
     * it has ended.
     */
    @Override
    public void lost(ParseResult result) {
        if (replication == null && isInHand() && !open && conversation.requestMoves == requestsAtMove) {
            open = true;
            endPassing();
            wireBytes -= passLeft;
            passLeft = 0;
            text.cutHere();
            result.skipped(0, ParseResult.UNTIL_NEXT);
            return;
        }
        ended(result);
    }

    @Override
    public void ended(ParseResult result) {
        if (replication != null) {
            replication.ended(result);
            return;
        }
        result.invalid(RedisReason.LOST);
        boolean saysEnough = results == null ? isInHand() || isNamed() : results.hasFailure();
        if (saysEnough) {
            give(0, result);
        }
        if (result.kind() != ParseResult.Kind.MESSAGE) {
            result.invalid(RedisReason.LOST);
        }
        reset();
        confirmationsLeft = 0;
        distrust();
        beforePrevious = UNKNOWN;
        previous = UNKNOWN;
    }

    /*
     * Elements of an aggregate look like replies. So if one of the requests that wait may be answered by an aggregate, or
     * if pushes and attributes may come, nothing is taken for a reply until a further request shows that a new turn has
     * begun, and then only what that begins with.
     */
    @Override
    public int resync(ByteView view, int from) {
        ReplicationStream stream = replication();
        if (stream != null) {
            return stream.resync(view, from);
        }
        if (waitForTurn && conversation.requestCount != turnAtLoss) {
            waitForTurn = false;
            atTurn = true;
        }
        if (atTurn && from < view.length()) {
            if (RedisGuess.replyStart(view, from) != RespLine.BAD) {
                return from;
            }
            distrust();
        }
        for (int at = from; at < view.length() && !waitForTurn && !open; at++) {
            boolean mayBegin = isUnknown(at) ? RedisGuess.isUnlikelyInText(view, at) : isAfterLine(view, at);
            if (mayBegin && RedisGuess.replyStart(view, at) != RespLine.BAD) {
                remember(view, at);
                return at;
            }
        }
        remember(view, view.length());
        return view.length();
    }

    /** What comes instead of replies, null while replies come. */
    private @Nullable ReplicationStream replication() {
        if (replication == null && conversation.replicating && !inHand) {
            // Acknowledgements were seen, but not how the replication began.
            replication = ReplicationStream.beforeCommands(conversation.newMasterParser());
        }
        return replication;
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
        atTurn = false;
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
        if (inChunks) {
            return chunk(view, at, result);
        }
        return switch (elementType) {
            case '+', '-', ':', ',', '#', '(', '_' -> line(view, at, elementType, result);
            case '$', '!', '=' -> string(view, at, elementType, result);
            case '*', '%', '~', '>', '|' -> aggregate(view, at, elementType, result);
            case '.' -> aggregateEnd(view, at, result);
            case '\n' -> keepAlive(view, at, result);
            default -> invalid(RedisReason.TYPE, view, result);
        };
    }

    private int line(ByteView view, int at, byte elementType, ParseResult result) {
        int from = at == 0 ? Math.max(1, lineScanned) : at + 1;
        int end = view.indexOfCrLf(from, view.length());
        if (end < 0) {
            if (view.length() - at > MAX_LINE_BYTES) {
                return invalid(RedisReason.LINE, view, result);
            }
            lineScanned = at == 0 ? Math.max(1, view.length() - 1) : 0;
            return RespLine.CUT;
        }
        lineScanned = 0;
        if (!isLine(view, at + 1, end, elementType)) {
            return invalid(RedisReason.LINE, view, result);
        }
        boolean isTop = begin(elementType);
        if (isTop) {
            status = ofLine(view, at + 1, end, elementType);
            if (elementType == '+') {
                simpleString(view, at + 1, end);
            }
        } else if (attributeLevels == 0) {
            inner(view, at + 1, end);
            if (depth == 1 && results != null) {
                results.add(ofLine(view, at + 1, end, elementType));
            }
        }
        if (writesText()) {
            text.element();
            text.literal(prefix(elementType));
            if (elementType == '#') {
                text.literal(view.byteAt(at + 1) == 't' ? "(true)" : "(false)");
            } else {
                text.escaped(view, at + 1, end);
            }
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
            case ',' -> length > 0 && length <= 64 && isDouble(view, from, to);
            default -> true;
        };
    }

    /** As far as its letters tell: {@code 1.5e-7}, {@code -inf}, {@code nan}. */
    private static boolean isDouble(ByteView view, int from, int to) {
        for (int i = from; i < to; i++) {
            byte b = view.byteAt(i);
            boolean isDigit = b >= '0' && b <= '9';
            if (!isDigit && "+-.eEinfaINFA".indexOf(b) < 0) {
                return false;
            }
        }
        return true;
    }

    private static RedisReplyStatus ofLine(ByteView view, int from, int to, byte elementType) {
        return switch (elementType) {
            case '-' -> RedisReplyStatus.ofError(view, from, to);
            case '_' -> RedisReplyStatus.NIL;
            default -> RedisReplyStatus.OK;
        };
    }

    /** Looks for those that say more than that a command has been executed. */
    private void simpleString(ByteView view, int from, int to) {
        if (to - from == QUEUED.length && view.startsWith(QUEUED, from)) {
            status = RedisReplyStatus.QUEUED;
        }
        looksMonitored = from < to
                && view.byteAt(from) >= '0'
                && view.byteAt(from) <= '9'
                && (conversation.monitoring
                        || (conversation.waiting() == 0 && RedisGuess.isMonitorLine(view, from, to)));
        continues = view.startsWith(CONTINUE, from);
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
            case '_' -> "(nil)";
            default -> "";
        };
    }

    private int string(ByteView view, int at, byte elementType, ParseResult result) {
        if (depth == 0 && elementType == '$' && isAsked(Special.SYNC)) {
            return dataSet(view, at, result);
        }
        if (elementType == '$' && at + 1 < view.length() && view.byteAt(at + 1) == '?') {
            return streamedString(view, at, result);
        }
        int data = line.read(view, at + 1);
        if (data == RespLine.CUT) {
            return data;
        }
        long length = line.value();
        if (data == RespLine.BAD || length > MAX_BULK_BYTES || (length < 0 && elementType != '$')) {
            return invalid(RedisReason.BULK_LENGTH, view, result);
        }
        if (length < 0) {
            return nil(data, elementType);
        }
        boolean isSmall = length <= MAX_WORD_BYTES;
        int wanted = isSmall ? (int) length + 2 : elementType == '!' ? MAX_WORD_BYTES : 0;
        if (view.length() - data < wanted) {
            return RespLine.CUT;
        }
        boolean whole = view.length() - data >= length + 2;
        int end = data + (int) Math.min(length, view.length() - data);
        if (whole && RedisGuess.crLf(view, end) < 0) {
            return invalid(RedisReason.BULK_END, view, result);
        }
        boolean isTop = begin(elementType);
        if (isTop) {
            status = elementType == '!' ? RedisReplyStatus.ofError(view, data, end) : RedisReplyStatus.OK;
        } else if (attributeLevels == 0) {
            inner(view, data, isSmall ? end : data);
            if (depth == 1 && results != null) {
                results.add(elementType == '!' ? RedisReplyStatus.ofError(view, data, end) : RedisReplyStatus.OK);
            }
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
        passOver(data, length + 2, result);
        return RespLine.BAD;
    }

    private void passOver(int from, long length, ParseResult result) {
        passing = true;
        passLeft = length;
        wireBytes += from + length;
        result.skipped(from, length);
    }

    private int nil(int next, byte elementType) {
        if (begin(elementType)) {
            status = RedisReplyStatus.NIL;
        } else if (depth == 1 && attributeLevels == 0 && results != null) {
            results.add(RedisReplyStatus.NIL);
        }
        if (writesText()) {
            text.element();
            text.literal("(nil)");
        }
        elementEnded();
        return next;
    }

    /** The beginning of the data set that a SYNC without more asks for. */
    private int dataSet(ByteView view, int at, ParseResult result) {
        ReplicationStream stream = ReplicationStream.beforeDataSet(conversation.newMasterParser());
        int end = stream.header(view, at);
        if (end == RespLine.BAD) {
            return invalid(RedisReason.BULK_LENGTH, view, result);
        }
        if (end != RespLine.CUT) {
            begin((byte) '$');
            replication = stream;
            complete = true;
        }
        return end;
    }

    // https://github.com/redis/redis-specifications/blob/master/protocol/RESP3.md#streamed-strings
    private int streamedString(ByteView view, int at, ParseResult result) {
        int next = RedisGuess.crLf(view, at + 2);
        if (next == RespLine.BAD) {
            return invalid(RedisReason.BULK_LENGTH, view, result);
        }
        if (next == RespLine.CUT) {
            return next;
        }
        boolean isTop = begin((byte) '$');
        if (!isTop && attributeLevels == 0) {
            inner(view, next, next);
            if (depth == 1 && results != null) {
                results.add(RedisReplyStatus.OK);
            }
        }
        if (writesText()) {
            text.element();
            text.quote();
        }
        inChunks = true;
        return next;
    }

    private int chunk(ByteView view, int at, ParseResult result) {
        int data = view.byteAt(at) == ';' ? line.read(view, at + 1) : RespLine.BAD;
        if (data == RespLine.CUT) {
            return data;
        }
        long length = line.value();
        if (data == RespLine.BAD || length < 0 || length > MAX_BULK_BYTES) {
            return invalid(RedisReason.CHUNK, view, result);
        }
        if (length == 0) {
            inChunks = false;
            if (writesText()) {
                text.quote();
            }
            elementEnded();
            return data;
        }
        textLeft = writesText() ? length : 0;
        passOver(data, length + 2, result);
        return RespLine.BAD;
    }

    private int aggregate(ByteView view, int at, byte elementType, ParseResult result) {
        if (at + 1 < view.length() && view.byteAt(at + 1) == '?') {
            return streamedAggregate(view, at, elementType, result);
        }
        int next = line.read(view, at + 1);
        if (next == RespLine.CUT) {
            return next;
        }
        long pairsOrElements = line.value();
        boolean isAttribute = elementType == '|';
        boolean isMap = elementType == '%' || isAttribute;
        if (next == RespLine.BAD || pairsOrElements > MAX_ELEMENTS || (pairsOrElements < 0 && elementType != '*')) {
            return invalid(RedisReason.AGGREGATE_LENGTH, view, result);
        }
        if (pairsOrElements < 0) {
            return nil(next, elementType);
        }
        if (depth == MAX_DEPTH) {
            return invalid(RedisReason.NESTING, view, result);
        }
        int count = (int) pairsOrElements * (isMap ? 2 : 1);
        boolean isTop = depth == 0;
        if (isAttribute) {
            start();
            if (count > 0) {
                attributeLevels |= 1 << depth;
                remaining[depth++] = count;
            }
            return next;
        }
        open(elementType, count);
        if (isTop && results != null) {
            count = results.elements();
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

    /** The elements of an aggregate go on to its end, which is told. */
    private int streamedAggregate(ByteView view, int at, byte elementType, ParseResult result) {
        int next = RedisGuess.crLf(view, at + 2);
        if (next == RespLine.CUT) {
            return next;
        }
        if (next == RespLine.BAD || elementType == '>' || elementType == '|') {
            return invalid(RedisReason.AGGREGATE_LENGTH, view, result);
        }
        if (depth == MAX_DEPTH) {
            return invalid(RedisReason.NESTING, view, result);
        }
        open(elementType, STREAMED);
        if (writesText()) {
            text.element();
            text.open(elementType == '%');
        }
        remaining[depth++] = STREAMED;
        return next;
    }

    private int aggregateEnd(ByteView view, int at, ParseResult result) {
        if (depth == 0 || remaining[depth - 1] != STREAMED) {
            return invalid(RedisReason.TYPE, view, result);
        }
        int next = RedisGuess.crLf(view, at + 1);
        if (next == RespLine.BAD) {
            return invalid(RedisReason.TYPE, view, result);
        }
        if (next != RespLine.CUT) {
            remaining[depth - 1] = 1;
            elementEnded();
        }
        return next;
    }

    private void open(byte elementType, int count) {
        if (begin(elementType)) {
            topElements = count;
            status = RedisReplyStatus.OK;
            if (elementType == '*' && mayBeExecution()) {
                Execution execution = asked == null ? null : asked.execution();
                boolean isKnown = execution != null && !execution.isBare() && execution.commands() == count;
                results = new ExecutionResults(isKnown ? execution : null, count);
            }
        } else if (depth == 1 && attributeLevels == 0 && results != null) {
            if (count > 0 && (elementType == '>' || (elementType == '*' && results.holdsAny()))) {
                innerPushElements = count;
                innerPushType = elementType;
                innerKind = null;
            } else {
                results.add(RedisReplyStatus.OK);
            }
        }
    }

    /** The next reply is that to an EXEC of which only elements are sent, if it is: they come one after the other. */
    private void beginBare() {
        RedisMessage next = conversation.asked();
        Execution execution = next == null ? null : next.execution();
        if (execution == null || !execution.isBare()) {
            return;
        }
        begin((byte) '*');
        topElements = execution.commands();
        results = new ExecutionResults(execution, topElements);
        remaining[depth++] = execution.wireElements();
        if (writesText()) {
            text.element();
            text.open(false);
        }
    }

    /** A server that prepares a replication sends empty lines to keep the connection open. */
    private int keepAlive(ByteView view, int at, ParseResult result) {
        if (at > 0 || inHand || !(isAsked(Special.SYNC) || isAsked(Special.PSYNC))) {
            return invalid(RedisReason.TYPE, view, result);
        }
        result.skipped(1, 0);
        return RespLine.BAD;
    }

    /** Notes what an element says of the aggregate that it is in, if that is a push or may be one. */
    private void inner(ByteView view, int from, int to) {
        if (depth == 1 && !isExecution()) {
            pushElement(view, from, to);
        } else if (depth == 2 && innerPushElements > 0 && innerPushElements == remaining[1]) {
            innerKind = PushKind.TABLE.find(view, from, to);
        }
    }

    /**
     * A push among results has ended, or what looked like one. Confirmations answer a subscription among the commands; any
     * other push has come between two elements.
     */
    private void innerPushEnds(ExecutionResults of) {
        boolean isConfirmation = innerKind != null && innerKind.isConfirmation();
        boolean isFurther = isConfirmation && innerKind == lastInnerKind && of.isAnyInHand();
        if (isFurther || (innerPushType == '>' && !isConfirmation)) {
            remaining[0]++;
        } else {
            of.add(RedisReplyStatus.OK);
        }
        lastInnerKind = isConfirmation ? innerKind : null;
        innerPushElements = 0;
    }

    private void pushElement(ByteView view, int from, int to) {
        if (topElements == STREAMED) {
            return;
        }
        switch (topElements - remaining[0]) {
            case 0 -> kind = PushKind.TABLE.find(view, from, to);
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
        asked = conversation.asked();
        return true;
    }

    private boolean writesText() {
        return detail.text() && attributeLevels == 0;
    }

    /** Closes the aggregates that end here; true if the reply does. */
    private boolean elementEnded() {
        while (depth > 0) {
            if (remaining[depth - 1] == STREAMED) {
                return false;
            }
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
            if (depth == 1 && innerPushElements > 0 && results != null) {
                innerPushEnds(results);
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
        if (type == 0 || results != null) {
            return false;
        }
        boolean looksPushed = type == '>' || (type == '*' && !conversation.resp3 && conversation.subscribed);
        return !looksPushed || (depth > 0 && topElements - remaining[0] > 1);
    }

    private void give(int at, ParseResult result) {
        if (quoteOpen) {
            endPassing();
        }
        String operation = told ? "" : pushOperation();
        long bytes = wireBytes - passLeft + at;
        if (isFurtherConfirmation) {
            if (at > 0) {
                result.skipped(at, 0);
            } else {
                result.needMore();
            }
        } else if (operation.isEmpty()) {
            if (!told) {
                answered();
            }
            result.message(reply(bytes), at);
        } else {
            result.message(RedisMessage.push(operation, bytes, details(channel)), at);
        }
        reset();
    }

    private RedisMessage reply(long bytes) {
        RedisMessage.Details details = details("");
        RedisMessage.Results found = results == null ? null : results.found(status, complete && !open);
        if (confirmed != null) {
            return RedisMessage.confirmation(confirmed, bytes, details);
        }
        return details == null && found == null
                ? messages.reply(status, bytes)
                : RedisMessage.reply(status, bytes, found, details);
    }

    private RedisMessage.@Nullable Details details(String key) {
        if (!detail.attributes() && !detail.text()) {
            return null;
        }
        return new RedisMessage.Details(
                key.isEmpty() ? List.of() : List.of(key), typeName(), detail.text() ? text.end() : "");
    }

    /** The label of the push in hand, empty if it is a reply. */
    private String pushOperation() {
        if (type == '>') {
            conversation.resp3 = true;
        } else if (looksMonitored) {
            return PushKind.PUSH + " monitor";
        } else if (type != '*' || kind == null || conversation.resp3 || topElements != kind.elements()) {
            return "";
        }
        if (kind == null) {
            return PushKind.PUSH;
        }
        if (kind.isConfirmation()) {
            if (kind.isUnsubscription() && countIsZero) {
                conversation.subscribed = false;
            }
            return confirmation(kind);
        }
        boolean isPush = type == '>' || conversation.subscribed || conversation.waiting() == 0;
        return isPush ? kind.operation() : "";
    }

    /** The first confirmation answers a subscription; those of its further channels are no messages of their own. */
    private String confirmation(PushKind confirmation) {
        boolean mayBeFurther = confirmation == lastConfirmed && confirmationsLeft != 0;
        if (mayBeFurther && confirmationsLeft > 0) {
            confirmationsLeft--;
            isFurtherConfirmation = true;
            return confirmation.operation();
        }
        RedisMessage subscription = conversation.unconfirmed(confirmation.name());
        if (subscription != null) {
            lastConfirmed = confirmation;
            confirmationsLeft = subscription.args() == 0 ? ANY_NUMBER : subscription.args() - 1;
            confirmed = subscription.answer() == Answer.PUSH ? subscription : null;
            return "";
        }
        if (!mayBeFurther && (conversation.waiting() == 0 || (type == '*' && !conversation.subscribed))) {
            // Its request was lost, or is yet to be seen to have been; or it is a reply that only looks like one.
            return "";
        }
        isFurtherConfirmation = true;
        return confirmation.operation();
    }

    /** Learns from a reply what it says of the connection. */
    private void answered() {
        if (conversation.waiting() == 0 && confirmed == null) {
            conversation.replyMode.repliesSeen();
        }
        if (type == '%' || type == '_' || type == '~' || type == '#' || type == ',') {
            conversation.resp3 = true;
        }
        if (asked == null || confirmed != null) {
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
            case EXEC -> executed(asked.execution());
            case HELLO -> conversation.resp3 = type == '%' || (conversation.resp3 && type == '-');
            case SYNC -> conversation.replicating = type == '$';
            case PSYNC -> {
                if (type == '+') {
                    conversation.replicating = true;
                    RedisRequestParser commands = conversation.newMasterParser();
                    replication = continues
                            ? ReplicationStream.beforeCommands(commands)
                            : ReplicationStream.beforeDataSet(commands);
                }
            }
            default -> {}
        }
    }

    private void executed(@Nullable Execution execution) {
        boolean isDone = type == '*' && !status.equals(RedisReplyStatus.NIL);
        conversation.subscribed &= isDone;
        if (results != null && results.isAnyInHand()) {
            lastConfirmed = lastInnerKind;
            confirmationsLeft = ANY_NUMBER;
        }
        if (execution != null && !isDone) {
            conversation.executionFailed(execution);
        }
    }

    private boolean isAsked(Special special) {
        RedisMessage next = conversation.asked();
        return next != null && next.command().special() == special;
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
        inChunks = false;
        results = null;
        innerPushElements = 0;
        innerKind = null;
        lastInnerKind = null;
        asked = null;
        confirmed = null;
        told = false;
        open = false;
        continues = false;
        secretFollows = false;
        isFurtherConfirmation = false;
        passing = false;
        passLeft = 0;
        quoteOpen = false;
        textLeft = 0;
        lineScanned = 0;
        wireBytes = 0;
        atTurn = false;
    }
}
