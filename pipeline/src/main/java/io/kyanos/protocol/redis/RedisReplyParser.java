package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.redis.RedisCommand.Special;
import org.jspecify.annotations.Nullable;

/**
 * Parses replies and pushes of RESP2 and RESP3: reads {@link RespToken tokens}, puts them together in a
 * {@link ReplyAssembly}, and says where each reply begins and ends. Long strings are passed over by their length.
 */
final class RedisReplyParser implements Parser {

    private final RedisConversation conversation;
    private final RedisMessages messages;
    private final RespToken token = new RespToken();
    private final ReplyAssembly reply;
    private final LongString longString;
    private final ReplyResync resync;

    /** Bytes of the reply in hand before the current position, with those of a long string that are still to come. */
    private long wireBytes;

    /** It has been given so far, so what it says of the connection is known. */
    private boolean told;

    /** Elements of it are missing, so nobody knows where it ends. */
    private boolean open;

    /** {@link RedisConversation#requestMoves} when the last bytes of replies came. */
    private long requestsAtMove;

    private @Nullable ReplicationStream replication;

    RedisReplyParser(RedisConversation conversation, Detail detail, RedisMessages messages) {
        this.conversation = conversation;
        this.messages = messages;
        this.reply = new ReplyAssembly(conversation, detail);
        this.longString = reply.longString();
        this.resync = new ReplyResync(conversation);
    }

    @Override
    public void parse(ByteView view, ParseResult result) {
        ReplicationStream stream = replication();
        if (stream != null) {
            stream.parse(view, result);
            return;
        }
        moved();
        if (longString.end() && !token.isInChunks() && reply.endLongString()) {
            give(0, true, result);
            return;
        }
        tokens(view, result);
    }

    @Override
    public void passed(ByteView bytes) {
        if (replication != null) {
            replication.passed(bytes);
            return;
        }
        moved();
        longString.text(bytes, 0, bytes.length());
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

    @Override
    public boolean isInMessage() {
        return reply.isReply();
    }

    @Override
    public void soFar(ParseResult result) {
        if (!isInMessage()) {
            result.invalid(RedisReason.LOST);
            return;
        }
        if (!told) {
            answered();
            told = true;
        }
        result.message(message(wireBytes - longString.left(), false), 0);
    }

    /*
     * A reply of which elements are missing goes on for nobody knows how long, and the texts in it may look like replies.
     * So it stays open until the other side speaks, or is silent for long. Where that has spoken already since its last byte
     * it has ended.
     */
    @Override
    public void lost(ParseResult result) {
        if (replication == null && isInMessage() && !open && conversation.requestMoves == requestsAtMove) {
            open = true;
            wireBytes -= longString.left();
            reply.cutText();
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
        if (reply.isNamed()) {
            give(0, false, result);
        }
        if (result.kind() != ParseResult.Kind.MESSAGE) {
            result.invalid(RedisReason.LOST);
        }
        clear();
        reply.pushes().lost();
        resync.lost();
    }

    @Override
    public int resync(ByteView view, int from) {
        ReplicationStream stream = replication();
        if (stream != null) {
            return stream.resync(view, from);
        }
        return open ? resync.findNothing(view) : resync.find(view, from);
    }

    private void tokens(ByteView view, ParseResult result) {
        int at = 0;
        while (at < view.length()) {
            if (!reply.isInMessage() && begins(view, at, result)) {
                return;
            }
            RespToken.Kind kind = token.read(view, at);
            if (kind == RespToken.Kind.CUT) {
                break;
            }
            String refusal = kind == RespToken.Kind.INVALID ? token.reason() : reply.refusal(token);
            if (refusal != null) {
                invalid(refusal, view, result);
                return;
            }
            if (!reply.isInMessage()) {
                result.begins(at);
                if (conversation.executedBare) {
                    reply.beginBare();
                }
            }
            int leading = reportStructure(view, result);
            boolean ends = reply.take(view, token);
            if (!token.isWhole()) {
                passOver(leading, view, result);
                return;
            }
            at = token.next();
            if (ends) {
                give(at, true, result);
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

    /** Tells which bytes of the token are structure; returns how many at the beginning of its content. */
    private int reportStructure(ByteView view, ParseResult result) {
        if (!result.wantsStructure()) {
            return 0;
        }
        int leading = ReplyStructure.leading(view, token, reply.levels(), reply.pushes());
        result.structure(token.start(), token.from() + leading);
        if (token.isWhole()) {
            result.structure(token.to(), token.next());
        }
        return leading;
    }

    /** The string of the token goes on beyond the view; its first bytes are taken now. */
    private void passOver(int taken, ByteView view, ParseResult result) {
        int here = token.from() + taken;
        long left = token.length() - taken + 2;
        longString.begin(left);
        longString.text(view, token.from(), here);
        wireBytes += here + left;
        result.skipped(here, left);
    }

    /** What stands where a reply may begin and is none of the tokens; true if {@code result} has been set. */
    private boolean begins(ByteView view, int at, ParseResult result) {
        byte first = view.byteAt(at);
        if (first == '$' && isAsked(Special.SYNC)) {
            dataSet(view, at, result);
            return true;
        }
        // A server that prepares a replication sends empty lines to keep the connection open.
        if (first == '\n' && at == 0 && (isAsked(Special.SYNC) || isAsked(Special.PSYNC))) {
            result.structure(0, 1);
            result.skipped(1, 0);
            return true;
        }
        return false;
    }

    /** The data set that a SYNC without more asks for: its header is the reply. */
    private void dataSet(ByteView view, int at, ParseResult result) {
        ReplicationStream stream = ReplicationStream.beforeDataSet(conversation.newMasterParser());
        int end = stream.header(view, at);
        if (end == RespLine.BAD) {
            invalid(RedisReason.BULK_LENGTH, view, result);
        } else if (end == RespLine.CUT) {
            result.needMore();
        } else {
            result.begins(at);
            result.structure(at, end);
            reply.beginDataSet();
            replication = stream;
            give(end, true, result);
        }
    }

    private void give(int at, boolean whole, ParseResult result) {
        longString.closeText();
        long bytes = wireBytes - longString.left() + at;
        switch (told ? Pushes.Role.REPLY : reply.role()) {
            case REPLY -> {
                if (!told) {
                    answered();
                }
                result.message(message(bytes, whole), at);
            }
            case PUSH -> {
                RedisMessage.Details details = reply.details(reply.pushes().channel());
                result.message(RedisMessage.push(reply.operation(), bytes, details), at);
            }
            case FURTHER_CONFIRMATION -> {
                if (at > 0) {
                    result.skipped(at, 0);
                } else {
                    result.needMore();
                }
            }
        }
        clear();
    }

    private RedisMessage message(long bytes, boolean whole) {
        RedisMessage.Details details = reply.details("");
        ExecutionResults results = reply.results();
        RedisMessage confirmed = reply.pushes().confirmed();
        if (confirmed != null) {
            return RedisMessage.confirmation(confirmed, bytes, details);
        }
        if (details == null && results == null) {
            return messages.reply(reply.status(), bytes);
        }
        RedisMessage.Results found = results == null ? null : results.found(reply.status(), whole && !open);
        return RedisMessage.reply(reply.status(), bytes, found, details);
    }

    /** Learns from a reply what it says of the connection. */
    private void answered() {
        RedisMessage confirmed = reply.pushes().confirmed();
        if (conversation.waiting() == 0 && confirmed == null) {
            conversation.replyMode.repliesSeen();
        }
        RedisMessage asked = confirmed == null ? reply.asked() : null;
        conversation.answered(asked, reply.type(), reply.status());
        if (asked == null) {
            return;
        }
        ExecutionResults results = reply.results();
        if (asked.command().special() == Special.EXEC && results != null) {
            reply.pushes().executed(results);
        } else if (asked.command().special() == Special.PSYNC && reply.type() == '+') {
            RedisRequestParser commands = conversation.newMasterParser();
            replication = reply.continuesReplication()
                    ? ReplicationStream.beforeCommands(commands)
                    : ReplicationStream.beforeDataSet(commands);
        }
    }

    /** What comes instead of replies, null while replies come. */
    private @Nullable ReplicationStream replication() {
        if (replication == null && conversation.replicating && !reply.isInMessage()) {
            // Acknowledgements were seen, but not how the replication began.
            replication = ReplicationStream.beforeCommands(conversation.newMasterParser());
        }
        return replication;
    }

    private boolean isAsked(Special special) {
        RedisMessage next = conversation.asked();
        return next != null && next.command().special() == special;
    }

    private void moved() {
        conversation.replyMoves++;
        requestsAtMove = conversation.requestMoves;
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
        resync.broken(view);
        result.invalid(reason);
    }

    private void clear() {
        reply.clear();
        token.clear();
        wireBytes = 0;
        told = false;
        open = false;
        resync.turnGoesOn();
    }
}
