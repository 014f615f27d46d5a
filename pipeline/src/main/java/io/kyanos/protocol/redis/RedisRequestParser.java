package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.redis.ReplyMode.Answer;
import io.kyanos.protocol.redis.ReplyMode.Setting;

/**
 * Parses commands: arrays of bulk strings, and inline lines; those of clients, or those that a master sends to its
 * replica. Frames them and puts their words together in a {@link RequestAssembly}; long words are passed over by their
 * length.
 */
// https://redis.io/docs/latest/develop/reference/protocol-spec/#sending-commands-to-a-redis-server
final class RedisRequestParser implements Parser {

    /** Largest bulk string that Redis accepts by default (proto-max-bulk-len). */
    static final long MAX_BULK_BYTES = 512L << 20;

    /** Most elements of a request that Redis accepts. */
    static final int MAX_ELEMENTS = 1 << 20;

    private final RedisConversation conversation;
    private final Detail detail;
    private final RedisMessages messages;

    /** These are the commands of a replication stream, which nobody answers. */
    private final boolean fromMaster;

    private final RespLine line = new RespLine();
    private final InlineWords inline = new InlineWords();
    private final RequestAssembly request;
    private final LongString longString;
    private final LineEnd lineEnd = new LineEnd();

    /** Bytes of the request in hand before the current position, with those of a long word that are still to come. */
    private long wireBytes;

    /** Elements of the request in hand are missing, so nobody knows where it ends. */
    private boolean open;

    /** {@link RedisConversation#replyMoves} when the last bytes of requests came. */
    private long repliesAtMove;

    /** The client has sent a line before. */
    private boolean sendsLines;

    /** Elements of a request whose beginning was lost may follow. */
    private boolean orphansFollow = true;

    RedisRequestParser(RedisConversation conversation, Detail detail, RedisMessages messages, boolean fromMaster) {
        this.conversation = conversation;
        this.detail = detail;
        this.messages = messages;
        this.fromMaster = fromMaster;
        this.request = new RequestAssembly(detail);
        this.longString = request.longString();
    }

    @Override
    public void parse(ByteView view, ParseResult result) {
        moved();
        if (longString.end() || request.isInMessage()) {
            elements(view, 0, result);
        } else if (view.isEmpty()) {
            result.needMore();
        } else {
            switch (view.byteAt(0)) {
                case '*' -> array(view, result);
                case '$' -> orphan(view, result);
                default -> inline(view, result);
            }
        }
    }

    @Override
    public void passed(ByteView bytes) {
        moved();
        longString.text(bytes, 0, bytes.length());
        count(bytes.length());
    }

    @Override
    public void missed(long bytes) {
        count(bytes);
    }

    @Override
    public boolean isInMessage() {
        return request.isInMessage() && !fromMaster;
    }

    /*
     * A request of which elements are missing goes on for nobody knows how long, and the values in it may look like
     * requests. So it stays open until the other side speaks, or is silent for long. Where that has spoken already since its
     * last byte it has ended.
     */
    @Override
    public void lost(ParseResult result) {
        if (isInMessage() && request.isNamed() && !open && conversation.replyMoves == repliesAtMove) {
            open = true;
            wireBytes -= longString.left();
            longString.end();
            result.skipped(0, ParseResult.UNTIL_NEXT);
            return;
        }
        ended(result);
    }

    @Override
    public void ended(ParseResult result) {
        conversation.nestedReplyPossible = true;
        if (request.isInMessage() && request.isNamed()) {
            give(0, result);
        } else {
            result.invalid(RedisReason.LOST);
        }
        conversation.requestsLost();
        clear();
        orphansFollow = true;
        lineEnd.forget();
    }

    /*
     * A request begins after another one's CR LF, or wherever the view begins after a loss, as packets like to begin with
     * a request. Only a known command counts, as a value may hold anything. Bulk strings on the way to it are passed over
     * by their length: they belong to the request that was cut, and their bytes may look like requests.
     */
    @Override
    public int resync(ByteView view, int from) {
        for (int at = open ? view.length() : from; at < view.length(); at++) {
            if (lineEnd.isBefore(view, at) && mayBegin(view, at)) {
                lineEnd.moveTo(view, at);
                return at;
            }
        }
        lineEnd.moveTo(view, view.length());
        return view.length();
    }

    private boolean mayBegin(ByteView view, int at) {
        return switch (view.byteAt(at)) {
            case '$' -> line.read(view, at + 1) != RespLine.BAD;
            case '*' -> RedisGuess.requestStart(view, at) != RespLine.BAD;
            default -> sendsLines && inline.lineEnd(view, at) != RespLine.BAD;
        };
    }

    private void array(ByteView view, ParseResult result) {
        int at = line.read(view, 1);
        if (at == RespLine.CUT) {
            result.needMore();
        } else if (at == RespLine.BAD || line.value() > MAX_ELEMENTS) {
            invalid(RedisReason.ARRAY_LENGTH, view, result);
        } else if (line.value() <= 0) {
            // Redis ignores it and sends no reply.
            result.structure(0, at);
            result.skipped(at, 0);
        } else {
            result.begins(0);
            result.structure(0, at);
            begin((int) line.value());
            elements(view, at, result);
        }
    }

    private void begin(int words) {
        orphansFollow = false;
        request.begin(words);
    }

    /** Passes over an element of a request whose beginning was lost. */
    private void orphan(ByteView view, ParseResult result) {
        if (!orphansFollow) {
            invalid(RedisReason.INLINE, view, result);
            return;
        }
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
                || (whole && RespGrammar.crLf(view, data + (int) length) < 0)) {
            invalid(RedisReason.BULK_LENGTH, view, result);
            return;
        }
        result.structure(0, data);
        if (whole) {
            int end = data + (int) length;
            result.structure(end, end + 2);
            result.skipped(end + 2, 0);
        } else {
            result.skipped(data, length + 2);
        }
    }

    /** Takes element after element until the request or the view ends. */
    private void elements(ByteView view, int from, ParseResult result) {
        int at = from;
        while (request.goesOn()) {
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
            int here = view.length() - data;
            if (here < (length <= RespToken.MAX_WORD_BYTES ? length + 2 : request.wanted(length))) {
                stop(at, result);
                return;
            }
            boolean whole = here >= length + 2;
            int end = data + (int) Math.min(length, here);
            if (whole && RespGrammar.crLf(view, end) < 0) {
                invalid(RedisReason.BULK_END, view, result);
                return;
            }
            boolean isStructure = request.take(view, data, end, length, whole);
            result.structure(at, isStructure ? end : data);
            if (!whole) {
                passOver(data, length + 2, result);
                return;
            }
            result.structure(end, end + 2);
            at = end + 2;
        }
        give(at, result);
        clear();
    }

    private void passOver(int from, long length, ParseResult result) {
        longString.begin(length);
        wireBytes += from + length;
        result.skipped(from, length);
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

    private void inline(ByteView view, ParseResult result) {
        int end = inline.lineEnd(view, 0);
        if (end == RespLine.CUT) {
            result.needMore();
            return;
        }
        if (end == RespLine.BAD) {
            invalid(RedisReason.INLINE, view, result);
            return;
        }
        inline.clear();
        int words = inline.count(view, end);
        if (words == 0) {
            result.structure(0, end);
            result.skipped(end, 0);
            return;
        }
        result.begins(0);
        begin(words);
        inline.begin(end);
        int lineEndsAt = end > 1 && view.byteAt(end - 2) == '\r' ? end - 2 : end - 1;
        int told = 0;
        while (inline.next(view)) {
            int from = inline.from();
            int to = inline.to();
            boolean isStructure = request.take(view, from, to, to - from, true);
            result.structure(told, isStructure ? to : from);
            // An open quote takes the end of the line with it.
            told = Math.min(to, lineEndsAt);
        }
        result.structure(told, end);
        sendsLines = true;
        give(end, result);
        clear();
    }

    private void give(int at, ParseResult result) {
        RedisMessage.Details details = detail.attributes() || detail.text() ? request.details() : null;
        long bytes = wireBytes - longString.left() + at;
        RedisCommand command = request.command();
        int elements = request.elements();
        if (fromMaster) {
            result.message(RedisMessage.replicated(command, elements, bytes, details), at);
            return;
        }
        Answer answer = answer();
        Execution execution = conversation.replyMode.execution();
        conversation.executedBare |= execution != null && execution.isBare();
        // In a transaction nothing waits.
        long wait = conversation.inTransaction ? 0 : request.waitNanos();
        conversation.requestParsed(command);
        RedisMessage message = details == null && execution == null
                ? messages.request(command, answer, elements, bytes, wait)
                : RedisMessage.request(command, answer, elements, bytes, wait, execution, details);
        if (answer != Answer.NONE && request.confirmations() != 0 && !conversation.inTransaction) {
            conversation.subscribing(message);
        }
        result.message(message, at);
    }

    private Answer answer() {
        conversation.replicating |= request.isAcknowledgement();
        Setting setting = request.setting();
        if (setting != Setting.NONE && conversation.isRefusedToSubscribers()) {
            setting = Setting.NONE;
        }
        Answer answer = conversation.replyMode.request(
                request.command(), setting, request.confirmations(), conversation.inTransaction);
        return conversation.replicating ? Answer.NONE : answer;
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
            longString.count(bytes);
        }
    }

    private void invalid(String reason, ByteView view, ParseResult result) {
        clear();
        lineEnd.moveTo(view, 1);
        orphansFollow = true;
        conversation.nestedReplyPossible = true;
        conversation.requestBroken();
        result.invalid(reason);
    }

    private void clear() {
        request.clear();
        inline.clear();
        wireBytes = 0;
        open = false;
    }
}
