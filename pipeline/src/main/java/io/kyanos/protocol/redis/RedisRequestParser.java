package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.redis.RedisCommand.Keys;
import io.kyanos.protocol.redis.RedisCommand.Special;
import io.kyanos.protocol.redis.RedisCommand.Wait;
import io.kyanos.protocol.redis.ReplyMode.Answer;
import io.kyanos.protocol.redis.ReplyMode.Setting;
import java.util.ArrayList;
import java.util.List;

/**
 * Parses commands: arrays of bulk strings, and inline lines; those of clients, or those that a master sends to its
 * replica. Keeps of a request its command, up to {@link #MAX_KEYS} keys and the text that was asked for; larger elements
 * are passed over by their length.
 */
// https://redis.io/docs/latest/develop/reference/protocol-spec/#sending-commands-to-a-redis-server
final class RedisRequestParser implements Parser {

    /** Largest bulk string that Redis accepts by default (proto-max-bulk-len). */
    static final long MAX_BULK_BYTES = 512L << 20;

    /** Most elements of a request that Redis accepts. */
    static final int MAX_ELEMENTS = 1 << 20;

    /** Longest inline command that Redis accepts. */
    static final int MAX_INLINE_BYTES = 64 << 10;

    /** Longer elements are not waited for, but passed over; no command or option is that long. */
    static final int MAX_WORD_BYTES = 64;

    /** Keys are kept up to here. */
    static final int MAX_KEY_BYTES = 4096;

    static final int MAX_KEYS = 16;

    private static final int UNKNOWN = -1;

    private static final WordTable<String> OPTIONS = new WordTable<>(
            List.of(
                    "OFF",
                    "ON",
                    "SKIP",
                    "STREAMS",
                    "STORE",
                    "STOREDIST",
                    "KEYS",
                    "BY",
                    "GET",
                    "LIMIT",
                    "BLOCK",
                    "ACK",
                    "AUTH",
                    "AUTH2",
                    "REQUIREPASS",
                    "MASTERAUTH",
                    "MASTERUSER",
                    "TLS-KEY-FILE-PASS",
                    "TLS-CLIENT-KEY-FILE-PASS"),
            word -> word);

    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final long NANOS_PER_MILLI = 1_000_000L;

    private final RedisConversation conversation;
    private final Detail detail;
    private final RedisMessages messages;

    /** These are the commands of a replication stream, which nobody answers. */
    private final boolean fromMaster;

    private final RespLine line = new RespLine();
    private final RedisText text = new RedisText();

    /** Elements of the request in hand, 0 between requests. */
    private int elements;

    private int index;
    private long wireBytes;
    private RedisCommand command = RedisCommands.OTHER;
    private List<String> keys = List.of();
    private int keyCount;

    /** Position of the option that the keys follow, -1 without one. */
    private int keyOption;

    /** Words that belong to the option before them. */
    private int valuesLeft;

    private int secretsLeft;
    private long waitNanos;
    private boolean waitFollows;
    private boolean isAcknowledgement;
    private String replyMode = "";

    private boolean passing;
    private boolean quoteOpen;
    private long textLeft;
    private int inlineScanned;

    /** Bytes of {@link #wireBytes} that are still to come, or to be missed. */
    private long passLeft;

    /** Elements of the request in hand are missing, so nobody knows where it ends. */
    private boolean open;

    /** {@link RedisConversation#replyMoves} when the last bytes of requests came. */
    private long repliesAtMove;

    private boolean inlineClient;
    /** The two bytes before the current position, {@link #UNKNOWN} after a loss. */
    private int beforePrevious = UNKNOWN;

    private int previous = UNKNOWN;

    /** Elements of a request whose beginning was lost may follow. */
    private boolean orphansFollow = true;

    RedisRequestParser(RedisConversation conversation, Detail detail, RedisMessages messages, boolean fromMaster) {
        this.conversation = conversation;
        this.detail = detail;
        this.messages = messages;
        this.fromMaster = fromMaster;
    }

    @Override
    public void parse(ByteView view, ParseResult result) {
        moved();
        int at = 0;
        if (passing) {
            passLeft = 0;
            endPassing();
        } else if (elements == 0) {
            if (view.isEmpty()) {
                result.needMore();
                return;
            }
            if (view.byteAt(0) == '$' && orphansFollow) {
                orphan(view, result);
                return;
            }
            if (view.byteAt(0) != '*') {
                inline(view, result);
                return;
            }
            at = line.read(view, 1);
            if (at < 0) {
                if (at == RespLine.CUT) {
                    result.needMore();
                } else {
                    invalid(RedisReason.ARRAY_LENGTH, view, result);
                }
                return;
            }
            if (line.value() > MAX_ELEMENTS) {
                invalid(RedisReason.ARRAY_LENGTH, view, result);
                return;
            }
            if (line.value() <= 0) {
                // Redis ignores it and sends no reply.
                result.skipped(at, 0);
                return;
            }
            result.begins(0);
            begin((int) line.value());
        }
        elements(view, at, result);
    }

    @Override
    public void passed(ByteView bytes) {
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
        count(bytes);
    }

    private void moved() {
        if (!fromMaster) {
            conversation.requestMoves++;
            repliesAtMove = conversation.replyMoves;
        }
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
        return elements > 0 && !fromMaster;
    }

    /*
     * A request of which elements are missing goes on for nobody knows how long, and the values in it may look like
     * requests. So it stays open until the other side speaks, or is silent for long. Where that has spoken already since its
     * last byte it has ended.
     */
    @Override
    public void lost(ParseResult result) {
        if (isInHand() && isNamed() && !open && conversation.replyMoves == repliesAtMove) {
            open = true;
            endPassing();
            wireBytes -= passLeft;
            passLeft = 0;
            result.skipped(0, ParseResult.UNTIL_NEXT);
            return;
        }
        ended(result);
    }

    @Override
    public void ended(ParseResult result) {
        conversation.nestedReplyPossible = true;
        if (elements > 0 && isNamed()) {
            give(0, result);
        } else {
            result.invalid(RedisReason.LOST);
        }
        conversation.requestsLost();
        reset();
        orphansFollow = true;
        beforePrevious = UNKNOWN;
        previous = UNKNOWN;
    }

    /*
     * A request begins after another one's CR LF, or wherever the view begins after a loss, as packets like to begin with
     * a request. Only a known command counts, as a value may hold anything. Bulk strings on the way to it are passed over
     * by their length: they belong to the request that was cut, and their bytes may look like requests.
     */
    @Override
    public int resync(ByteView view, int from) {
        for (int at = open ? view.length() : from; at < view.length(); at++) {
            if (isAfterLine(view, at) && mayBegin(view, at)) {
                remember(view, at);
                return at;
            }
        }
        remember(view, view.length());
        return view.length();
    }

    private boolean isAfterLine(ByteView view, int at) {
        int last = at > 0 ? view.byteAt(at - 1) : previous;
        int lastButOne = at > 1 ? view.byteAt(at - 2) : at == 1 ? previous : beforePrevious;
        return (last == '\n' || last == UNKNOWN) && (lastButOne == '\r' || lastButOne == UNKNOWN);
    }

    private boolean mayBegin(ByteView view, int at) {
        if (view.byteAt(at) == '$') {
            return line.read(view, at + 1) != RespLine.BAD;
        }
        if (view.byteAt(at) == '*') {
            return RedisGuess.requestStart(view, at) != RespLine.BAD;
        }
        return inlineClient && inlineEnd(view, at) != RespLine.BAD;
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

    private void begin(int count) {
        elements = count;
        orphansFollow = false;
        index = 0;
        wireBytes = 0;
        passLeft = 0;
        command = RedisCommands.OTHER;
        keyCount = 0;
        keyOption = -1;
        valuesLeft = 0;
        secretsLeft = 0;
        waitNanos = 0;
        waitFollows = false;
        isAcknowledgement = false;
        replyMode = "";
        keys = List.of();
        if (detail.text()) {
            text.begin(detail.maxTextBytes());
        }
    }

    /** Passes over an element of a request whose beginning was lost. */
    private void orphan(ByteView view, ParseResult result) {
        int data = line.read(view, 1);
        if (data == RespLine.CUT) {
            result.needMore();
            return;
        }
        long length = line.value();
        boolean whole = view.length() - data >= length + 2;
        if (data == RespLine.BAD
                || length < 0
                || length > MAX_BULK_BYTES
                || (whole && RedisGuess.crLf(view, data + (int) length) < 0)) {
            invalid(RedisReason.BULK_LENGTH, view, result);
            return;
        }
        result.skipped(data, length + 2);
    }

    /** Takes element after element until the request or the view ends. */
    private void elements(ByteView view, int from, ParseResult result) {
        int at = from;
        while (index < elements) {
            if (at == view.length()) {
                stop(at, result);
                return;
            }
            if (view.byteAt(at) != '$') {
                invalid(RedisReason.ELEMENT, view, result);
                return;
            }
            int data = line.read(view, at + 1);
            if (data == RespLine.CUT) {
                stop(at, result);
                return;
            }
            long length = line.value();
            if (data == RespLine.BAD || length < 0 || length > MAX_BULK_BYTES) {
                invalid(RedisReason.BULK_LENGTH, view, result);
                return;
            }
            boolean isKept = isKeptKey();
            boolean isSmall = length <= MAX_WORD_BYTES;
            int wanted = isSmall ? (int) length + 2 : isKept ? (int) Math.min(length, MAX_KEY_BYTES) : 0;
            if (view.length() - data < wanted) {
                stop(at, result);
                return;
            }
            int here = (int) Math.min(length, view.length() - data);
            boolean whole = view.length() - data >= length + 2;
            if (whole && RedisGuess.crLf(view, data + here) < 0) {
                invalid(RedisReason.BULK_END, view, result);
                return;
            }
            boolean isSecret = element(view, data, here, isKept, isSmall);
            index++;
            if (!whole) {
                if (detail.text()) {
                    beginText(isSecret, length);
                }
                passing = true;
                passLeft = length + 2;
                wireBytes += data + passLeft;
                result.skipped(data, passLeft);
                return;
            }
            if (detail.text()) {
                wholeText(view, data, data + here, isSecret);
            }
            at = data + here + 2;
        }
        give(at, result);
        reset();
    }

    /** Learns what it can from the element at {@code index}; true if it is a secret. */
    private boolean element(ByteView view, int data, int length, boolean isKept, boolean isSmall) {
        if (index == 0) {
            RedisCommand found = isSmall ? RedisCommands.find(view, data, data + length) : null;
            command = found == null ? RedisCommands.OTHER : found;
            return false;
        }
        if (index == 1 && command.isContainer()) {
            if (isSmall) {
                command = RedisCommands.find(command, view, data, data + length);
            }
            return false;
        }
        if (isKept && !(length == 0 && command.keys() == Keys.MIGRATED)) {
            keep(view.utf8(data, data + Math.min(length, MAX_KEY_BYTES)));
        }
        if (index == command.countPosition() && isSmall) {
            keyCount = count(view, data, length);
        }
        boolean isSecret = command.special() != Special.NONE && special(view, data, length, isSmall);
        if (!isSecret && isSmall) {
            keyOption(view, data, length);
            if (command.waits() != Wait.NONE) {
                waiting(view, data, length);
            }
        }
        return isSecret;
    }

    /** Looks for the option that keys follow. */
    private void keyOption(ByteView view, int data, int length) {
        switch (command.keys()) {
            case STREAMS -> {
                if (keyOption < 0 && index >= command.firstKey() && is("STREAMS", view, data, length)) {
                    keyOption = index;
                }
            }
            case MIGRATED -> {
                if (keyOption < 0 && index > command.firstKey() && is("KEYS", view, data, length)) {
                    keyOption = index;
                }
            }
            case STORE -> {
                if (valuesLeft > 0) {
                    valuesLeft--;
                } else if (index >= command.firstOption()) {
                    switch (option(view, data, length)) {
                        case "STORE", "STOREDIST" -> {
                            keyOption = index;
                            valuesLeft = 1;
                            // Of several the last one counts.
                            if (keys.size() > 1) {
                                keys.remove(1);
                            }
                        }
                        case "BY", "GET" -> valuesLeft = 1;
                        case "LIMIT" -> valuesLeft = 2;
                        default -> {}
                    }
                }
            }
            case NONE, RANGE, COUNTED -> {}
        }
    }

    /** Reads for how long the server may wait, where that is said. */
    private void waiting(ByteView view, int data, int length) {
        boolean isLast = index == elements - 1;
        switch (command.waits()) {
            case NONE -> {}
            case FIRST_SECONDS -> waitNanos = index == 1 ? nanos(view, data, length, NANOS_PER_SECOND) : waitNanos;
            case LAST_SECONDS -> waitNanos = isLast ? nanos(view, data, length, NANOS_PER_SECOND) : 0;
            case LAST_MILLIS -> waitNanos = isLast ? nanos(view, data, length, NANOS_PER_MILLI) : 0;
            case BLOCK_OPTION -> {
                if (waitFollows) {
                    waitNanos = nanos(view, data, length, NANOS_PER_MILLI);
                }
                waitFollows = !waitFollows && keyOption < 0 && is("BLOCK", view, data, length);
            }
        }
    }

    /** A wait without end is said by 0; what is no decimal number is an error, which is answered at once. */
    private static long nanos(ByteView view, int from, int length, long unitNanos) {
        double number = 0;
        double scale = 0;
        for (int i = from; i < from + length; i++) {
            byte b = view.byteAt(i);
            if (b == '.' && scale == 0) {
                scale = 1;
            } else if (b >= '0' && b <= '9') {
                number = number * 10 + (b - '0');
                scale *= 10;
            } else {
                return 0;
            }
        }
        if (length == 0) {
            return 0;
        }
        double nanos = number / (scale == 0 ? 1 : scale) * unitNanos;
        return nanos == 0 ? Long.MAX_VALUE : Math.max(1, (long) nanos);
    }

    private static boolean is(String word, ByteView view, int data, int length) {
        return option(view, data, length).equals(word);
    }

    private boolean special(ByteView view, int data, int length, boolean isSmall) {
        if (secretsLeft > 0) {
            secretsLeft--;
            return true;
        }
        String option = isSmall ? option(view, data, length) : "";
        switch (command.special()) {
            case AUTH -> {
                return true;
            }
            case ACL_SETUSER -> {
                byte first = length == 0 ? 0 : view.byteAt(data);
                return index > 2 && (first == '>' || first == '<' || first == '#' || first == '!');
            }
            case CLIENT_REPLY -> replyMode = index == 2 ? option : replyMode;
            case CONFIG_SET -> secretsLeft = index % 2 == 0 && isPasswordSetting(option) ? 1 : 0;
            case HELLO -> secretsLeft = option.equals("AUTH") ? 2 : 0;
            case MIGRATE -> secretsLeft = option.equals("AUTH") ? 1 : option.equals("AUTH2") ? 2 : 0;
            case REPLCONF -> isAcknowledgement |= index == 1 && option.equals("ACK");
            case NONE, SUBSCRIBE, UNSUBSCRIBE, MONITOR, SYNC, PSYNC, RESET, MULTI, EXEC, DISCARD, QUIT, WATCH -> {}
        }
        return false;
    }

    private static boolean isPasswordSetting(String option) {
        return switch (option) {
            case "REQUIREPASS", "MASTERAUTH", "MASTERUSER", "TLS-KEY-FILE-PASS", "TLS-CLIENT-KEY-FILE-PASS" -> true;
            default -> false;
        };
    }

    private static String option(ByteView view, int data, int length) {
        String found = OPTIONS.find(view, data, data + length);
        return found == null ? "" : found;
    }

    private static int count(ByteView view, int data, int length) {
        int value = 0;
        for (int i = data; i < data + length; i++) {
            byte b = view.byteAt(i);
            if (b < '0' || b > '9' || value > MAX_ELEMENTS) {
                return 0;
            }
            value = value * 10 + (b - '0');
        }
        return value;
    }

    /** Whether the element at {@code index} is a key that is kept. */
    private boolean isKeptKey() {
        return detail.attributes()
                && keys.size() < MAX_KEYS
                && index >= command.words()
                && command.isKey(index, elements, keyCount, keyOption);
    }

    private void keep(String key) {
        if (keys.isEmpty()) {
            keys = new ArrayList<>(1);
        }
        keys.add(key);
    }

    private void wholeText(ByteView view, int from, int to, boolean isSecret) {
        text.word();
        if (isSecret && detail.maskSecrets()) {
            text.secret();
        } else {
            text.plainOrQuoted(view, from, to);
        }
    }

    /** Begins the text of an element whose bytes come by {@link #passed}. */
    private void beginText(boolean isSecret, long length) {
        text.word();
        if (isSecret && detail.maskSecrets()) {
            text.secret();
        } else {
            text.quote();
            quoteOpen = true;
            textLeft = length;
        }
    }

    private void endPassing() {
        passing = false;
        textLeft = 0;
        if (quoteOpen) {
            quoteOpen = false;
            text.quote();
        }
    }

    /** Enough of the request in hand was seen to label it as if all of it had been. */
    private boolean isNamed() {
        if (index < Math.min(elements, command.isContainer() ? 2 : 1)) {
            return false;
        }
        if (command.special() == Special.CLIENT_REPLY && index < 3) {
            return false;
        }
        return !detail.attributes()
                || command.keys() == Keys.NONE
                || !keys.isEmpty()
                || index == elements
                || (command.keys() == Keys.COUNTED && index > command.countPosition() && keyCount == 0);
    }

    /** The view has ended within an element: keeps what was understood before it. */
    private void stop(int at, ParseResult result) {
        if (at == 0) {
            result.needMore();
        } else {
            wireBytes += at;
            result.skipped(at, 0);
        }
    }

    private void give(int at, ParseResult result) {
        RedisMessage.Details details = null;
        if (detail.attributes() || detail.text()) {
            if (quoteOpen) {
                endPassing();
            }
            details = new RedisMessage.Details(keys, "", detail.text() ? text.end() : "");
        }
        long bytes = wireBytes - passLeft + at;
        if (fromMaster) {
            result.message(RedisMessage.replicated(command, elements, bytes, details), at);
            return;
        }
        Answer answer = answer();
        Execution execution = conversation.replyMode.execution();
        conversation.executedBare |= execution != null && execution.isBare();
        // In a transaction nothing waits.
        long wait = conversation.inTransaction ? 0 : index < elements ? shortestWait() : waitNanos;
        conversation.requestParsed(command);
        RedisMessage request = details == null && execution == null
                ? messages.request(command, answer, elements, bytes, wait)
                : RedisMessage.request(command, answer, elements, bytes, wait, execution, details);
        if (answer != Answer.NONE && confirmations() != 0 && !conversation.inTransaction) {
            conversation.subscribing(request);
        }
        result.message(request, at);
    }

    /** Of a request cut short, whose wait may stand in what was lost: not for how long, but that it may wait. */
    private long shortestWait() {
        return command.waits() == Wait.NONE ? 0 : Math.max(1, waitNanos);
    }

    private Answer answer() {
        conversation.replicating |= isAcknowledgement;
        Answer answer = conversation.replyMode.request(command, setting(), confirmations(), conversation.inTransaction);
        return conversation.replicating ? Answer.NONE : answer;
    }

    private Setting setting() {
        boolean isTaken = command.special() == Special.CLIENT_REPLY && elements == 3;
        if (!isTaken || conversation.isRefusedToSubscribers()) {
            return Setting.NONE;
        }
        return switch (replyMode) {
            case "ON" -> Setting.ON;
            case "OFF" -> Setting.OFF;
            case "SKIP" -> Setting.SKIP;
            default -> Setting.NONE;
        };
    }

    /** How many confirmations answer it, {@link Execution#ANY} for as many as there are subscriptions; 0 for none. */
    private int confirmations() {
        int channels = elements - command.words();
        return switch (command.special()) {
            case SUBSCRIBE -> channels;
            case UNSUBSCRIBE -> channels == 0 ? Execution.ANY : channels;
            default -> 0;
        };
    }

    private void inline(ByteView view, ParseResult result) {
        int end = inlineEnd(view, 0);
        if (end == RespLine.CUT) {
            result.needMore();
            return;
        }
        if (end == RespLine.BAD) {
            invalid(RedisReason.INLINE, view, result);
            return;
        }
        inlineScanned = 0;
        int words = inlineWords(view, end, false);
        if (words == 0) {
            result.skipped(end, 0);
            return;
        }
        begin(words);
        inlineWords(view, end, true);
        inlineClient = true;
        give(end, result);
        reset();
    }

    /**
     * The index after the line at {@code from} if that is a known command, or empty; {@link RespLine#CUT} if it may become
     * one, else {@link RespLine#BAD}.
     */
    private int inlineEnd(ByteView view, int from) {
        int word = from;
        while (word < view.length() && RedisGuess.isCommandByte(view.byteAt(word))) {
            word++;
        }
        if (word - from > MAX_WORD_BYTES) {
            return RespLine.BAD;
        }
        if (word == view.length()) {
            return RespLine.CUT;
        }
        byte after = view.byteAt(word);
        if (after != ' ' && after != '\t' && after != '\r' && after != '\n') {
            return RespLine.BAD;
        }
        if (word == from ? after == ' ' || after == '\t' : RedisCommands.find(view, from, word) == null) {
            return RespLine.BAD;
        }
        int limit = (int) Math.min(view.length(), from + (long) MAX_INLINE_BYTES);
        for (int i = Math.max(word, from == 0 ? inlineScanned : 0); i < limit; i++) {
            byte b = view.byteAt(i);
            if (b == '\n') {
                return i + 1;
            }
            if (b >= 0 && b < ' ' && b != '\t' && b != '\r') {
                return RespLine.BAD;
            }
        }
        if (view.length() - from >= MAX_INLINE_BYTES) {
            return RespLine.BAD;
        }
        inlineScanned = from == 0 ? view.length() : 0;
        return RespLine.CUT;
    }

    /** Counts the words of the line that ends at {@code end}; takes them as the elements of the request if asked to. */
    private int inlineWords(ByteView view, int end, boolean take) {
        int words = 0;
        int at = 0;
        while (true) {
            while (at < end && isBlank(view.byteAt(at))) {
                at++;
            }
            if (at == end) {
                return words;
            }
            byte quote = view.byteAt(at);
            boolean quoted = quote == '"' || quote == '\'';
            int from = quoted ? at + 1 : at;
            int to = from;
            while (to < end && (quoted ? view.byteAt(to) != quote : !isBlank(view.byteAt(to)))) {
                to += quoted && view.byteAt(to) == '\\' && to + 1 < end ? 2 : 1;
            }
            if (take) {
                boolean isSecret = element(view, from, to - from, isKeptKey(), to - from <= MAX_WORD_BYTES);
                index++;
                if (detail.text()) {
                    wholeText(view, from, to, isSecret);
                }
            }
            words++;
            at = Math.min(end, quoted ? to + 1 : to);
        }
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t' || b == '\r' || b == '\n';
    }

    private void invalid(String reason, ByteView view, ParseResult result) {
        reset();
        beforePrevious = previous;
        previous = view.isEmpty() ? UNKNOWN : view.byteAt(0);
        orphansFollow = true;
        conversation.nestedReplyPossible = true;
        conversation.requestBroken();
        result.invalid(reason);
    }

    private void reset() {
        elements = 0;
        index = 0;
        wireBytes = 0;
        passing = false;
        passLeft = 0;
        open = false;
        textLeft = 0;
        quoteOpen = false;
        inlineScanned = 0;
    }
}
