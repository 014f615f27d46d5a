package io.kyanos.protocol.redis;

import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.InOrderMatcher;
import io.kyanos.protocol.Matcher;
import io.kyanos.protocol.Parser;
import org.jspecify.annotations.Nullable;

/** The state of one Redis connection: its modes, which both parsers set and read, and its matcher. Not thread-safe. */
final class RedisConversation implements Conversation {

    /** Requests of one connection that may wait for their replies: pipelines of batch loaders are long. */
    private static final int MAX_WAITING = 65_536;

    private final InOrderMatcher matcher = new InOrderMatcher(MAX_WAITING);
    private final RedisRequestParser requests;
    private final RedisReplyParser replies;

    /** A SUBSCRIBE was sent, so arrays that look like pushes are pushes. */
    boolean subscribed;

    boolean monitoring;

    /** RESP3 was agreed on or seen: pushes have a type of their own. */
    boolean resp3;

    /** Bytes of the reply direction are a stream of commands, not replies. */
    boolean replicating;

    /** CLIENT REPLY OFF is in force. */
    boolean repliesOff;

    /** Confirmations of a SUBSCRIBE of several channels that are still to come after its first. */
    int confirmationsLeft;

    /** Requests parsed so far: a number that changes shows that a new turn may have begun. */
    long requestCount;

    /** A request of this turn may be answered by several elements. */
    boolean nestedReplyPossible = true;

    RedisConversation(Detail detail, RedisMessages messages) {
        requests = new RedisRequestParser(this, detail, messages);
        replies = new RedisReplyParser(this, detail, messages);
    }

    @Override
    public Parser requests() {
        return requests;
    }

    @Override
    public Parser responses() {
        return replies;
    }

    @Override
    public Matcher matcher() {
        return matcher;
    }

    /** The request that the next reply answers, null if that is not known. */
    @Nullable
    RedisMessage asked() {
        FramedMessage oldest = matcher.oldestWaiting();
        return oldest != null && oldest.message() instanceof RedisMessage request ? request : null;
    }

    void requestParsed(RedisCommand command) {
        requestCount++;
        if (matcher.waiting() == 0) {
            nestedReplyPossible = false;
        }
        nestedReplyPossible |= !command.isFlat();
        subscribed = subscribed && isForSubscribers(command);
    }

    /** In RESP2 a subscriber may send nothing else. */
    private static boolean isForSubscribers(RedisCommand command) {
        return switch (command.special()) {
            case SUBSCRIBE, UNSUBSCRIBE, RESET -> true;
            default -> command.name().equals("PING") || command.name().equals("QUIT");
        };
    }
}
