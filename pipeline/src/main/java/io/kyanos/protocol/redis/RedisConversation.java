package io.kyanos.protocol.redis;

import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.InOrderMatcher;
import io.kyanos.protocol.Matcher;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.redis.RedisCommand.Special;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** The state of one Redis connection: its modes, which both parsers set and read, and its matcher. Not thread-safe. */
final class RedisConversation implements Conversation {

    /** Requests of one connection that may wait for their replies: pipelines of batch loaders are long. */
    static final int MAX_WAITING = 65_536;

    private static final int MAX_UNCONFIRMED = 1024;

    private final InOrderMatcher inOrder = new InOrderMatcher(MAX_WAITING);
    private final RedisMatcher matcher = new RedisMatcher(inOrder);
    private final RedisRequestParser requests;
    private final RedisReplyParser replies;

    /** A SUBSCRIBE was sent, so arrays that look like pushes are pushes. */
    boolean subscribed;

    boolean monitoring;

    /** MULTI was sent, and no end of the transaction since. */
    boolean inTransaction;

    /** RESP3 was agreed on or seen: pushes have a type of their own. */
    boolean resp3;

    /** Bytes of the reply direction are a stream of commands, not replies, and nothing is answered. */
    boolean replicating;

    final ReplyMode replyMode = new ReplyMode();

    /** The reply to some EXEC has lacked its first line. */
    boolean executedBare;

    /** A SUBSCRIBE waits for EXEC. */
    private boolean subscriptionQueued;

    /** Subscriptions, and ends of some, of which no confirmation has come. */
    private final ArrayDeque<RedisMessage> unconfirmed = new ArrayDeque<>(0);

    /** Requests parsed so far: a number that changes shows that a new turn may have begun. */
    long requestCount;

    /** How often bytes of the requests, or of the replies, have come: shows who has spoken since. */
    long requestMoves;

    long replyMoves;

    /** {@link #requestCount} at the last EXEC. */
    private long lastExecution;

    /** A request of this turn may be answered by several elements. */
    boolean nestedReplyPossible = true;

    private final Detail detail;
    private final RedisMessages messages;

    RedisConversation(Detail detail, RedisMessages messages) {
        this.detail = detail;
        this.messages = messages;
        requests = new RedisRequestParser(this, detail, messages, false);
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

    /** Reads the commands that a master sends to its replica. */
    RedisRequestParser newMasterParser() {
        return new RedisRequestParser(this, detail, messages, true);
    }

    /** Requests whose reply has not come. */
    int waiting() {
        return inOrder.waiting();
    }

    /** The request that the next reply answers, null if that is not known. */
    @Nullable
    RedisMessage asked() {
        FramedMessage oldest = inOrder.oldestWaiting();
        return oldest != null && oldest.message() instanceof RedisMessage request ? request : null;
    }

    /** Takes the oldest subscription by {@code command} that was not confirmed; null if there is none. */
    @Nullable
    RedisMessage unconfirmed(String command) {
        boolean isThere = unconfirmed.stream()
                .anyMatch(subscription -> subscription.command().name().equals(command));
        RedisMessage oldest = isThere ? unconfirmed.poll() : null;
        while (oldest != null && !oldest.command().name().equals(command)) {
            // It was refused, or its confirmation lost.
            oldest = unconfirmed.poll();
        }
        return oldest;
    }

    /** A subscription that will be confirmed was parsed. */
    void subscribing(RedisMessage subscription) {
        if (unconfirmed.size() == MAX_UNCONFIRMED) {
            unconfirmed.remove();
        }
        unconfirmed.add(subscription);
    }

    void requestParsed(RedisCommand command) {
        requestCount++;
        boolean isRefused = isRefusedToSubscribers() && !isForSubscribers(command);
        if (waiting() == 0) {
            nestedReplyPossible = false;
        }
        nestedReplyPossible |= !command.isFlat();
        subscribed = subscribed && (isRefused || isForSubscribers(command));
        switch (command.special()) {
            case SUBSCRIBE -> {
                subscriptionQueued |= inTransaction;
                subscribed |= !inTransaction;
            }
            case MONITOR -> monitoring = true;
            case MULTI -> inTransaction = true;
            case EXEC, DISCARD, RESET -> {
                if (command.special() == Special.EXEC) {
                    subscribed |= subscriptionQueued;
                    lastExecution = requestCount;
                }
                transactionEnds();
            }
            default -> {}
        }
    }

    /** A reply has come to {@code asked}, null if that is not known: sets the modes that it shows. */
    void answered(@Nullable RedisMessage asked, byte type, RedisReplyStatus status) {
        if (type == '%' || type == '_' || type == '~' || type == '#' || type == ',') {
            resp3 = true;
        }
        if (asked == null) {
            return;
        }
        switch (asked.command().special()) {
            case RESET -> {
                subscribed = false;
                monitoring = false;
                resp3 = false;
            }
            case MONITOR -> monitoring = type == '+';
            case SUBSCRIBE -> subscribed &= type != '-';
            case EXEC -> executed(asked.execution(), type == '*' && !status.equals(RedisReplyStatus.NIL));
            case HELLO -> resp3 = type == '%' || (resp3 && type == '-');
            case SYNC -> replicating = type == '$';
            case PSYNC -> replicating |= type == '+';
            default -> {}
        }
    }

    /** In RESP2 a subscriber is refused all other commands. True if it is one for certain. */
    boolean isRefusedToSubscribers() {
        return subscribed && !resp3 && waiting() == 0 && unconfirmed.isEmpty();
    }

    /** Bytes of the requests are invalid. */
    void requestBroken() {
        replyMode.requestBroken();
        transactionEnds();
    }

    /** Requests may be missing that set any mode. */
    void requestsLost() {
        replyMode.requestsLost();
        transactionEnds();
    }

    private void transactionEnds() {
        inTransaction = false;
        subscriptionQueued = false;
    }

    private void executed(@Nullable Execution execution, boolean isDone) {
        subscribed &= isDone;
        if (isDone || execution == null || !execution.changesMode()) {
            return;
        }
        if (requestCount == lastExecution) {
            replyMode.undo(execution);
        } else {
            matcher.doubtRequests();
        }
    }

    /** In RESP2 a subscriber may send nothing else. */
    private static boolean isForSubscribers(RedisCommand command) {
        return switch (command.special()) {
            case SUBSCRIBE, UNSUBSCRIBE, RESET -> true;
            default -> command.name().equals("PING") || command.name().equals("QUIT");
        };
    }
}
