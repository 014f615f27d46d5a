package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of the commands of a transaction, gathered while the reply that is or may be that to its EXEC is read. Not
 * thread-safe.
 */
final class ExecutionResults {

    private final List<RedisReplyStatus> statuses = new ArrayList<>();
    private final @Nullable Execution execution;
    private final int commands;

    /** Elements of the command in hand that are to come. */
    private int shareLeft;

    private boolean anyResult;

    /** Elements of the element in hand, if that is a push or may be one; else 0. */
    private int pushElements;

    private byte pushType;
    private @Nullable PushKind pushKind;

    /** Of the last element, if that was a confirmation. */
    private @Nullable PushKind confirmed;

    private int errors;
    private @Nullable RedisReplyStatus firstError;

    /**
     * @param execution what the reply is made of, null if of one element for each command
     * @param commands as the reply announces them, negative if it does not
     */
    ExecutionResults(@Nullable Execution execution, int commands) {
        this.execution = execution;
        this.commands = commands;
    }

    /** Of the reply to {@code asked}, if that is known, which announces so many commands. */
    static ExecutionResults of(@Nullable RedisMessage asked, int commands) {
        Execution execution = asked == null ? null : asked.execution();
        boolean isKnown = execution != null && !execution.isBare() && execution.commands() == commands;
        return new ExecutionResults(isKnown ? execution : null, commands);
    }

    /** Elements to read in all. */
    int elements() {
        return execution == null ? commands : execution.wireElements();
    }

    /** Subscriptions to an unknown number of channels stand last: further confirmations may follow. */
    boolean endsWithAny() {
        return anyResult;
    }

    /** What confirmed the last command, null if it was none. */
    @Nullable
    PushKind confirmed() {
        return confirmed;
    }

    /** The next element is an aggregate; what becomes of it is told by {@link #endPush}, if it may be a push. */
    void open(byte type, int count) {
        if (count > 0 && (type == '>' || (type == '*' && execution != null && execution.holdsAny()))) {
            pushElements = count;
            pushType = type;
            pushKind = null;
        } else {
            add(RedisReplyStatus.OK);
        }
    }

    /** Takes the first string of the element in hand, in {@code [from, to)}. */
    void first(ByteView view, int from, int to) {
        if (pushElements > 0) {
            pushKind = PushKind.TABLE.find(view, from, to);
        }
    }

    boolean isInPush() {
        return pushElements > 0;
    }

    /**
     * The push in hand has ended, or what looked like one. Confirmations answer a subscription among the commands; any other
     * push has come between two elements, as has each confirmation of a subscription after its first one.
     *
     * @return true if it takes no command's place
     */
    boolean endPush() {
        PushKind kind = pushKind;
        boolean isConfirmation = kind != null && kind.isConfirmation();
        boolean isFurther = isConfirmation && kind == confirmed && anyResult;
        boolean isExtra = isFurther || (pushType == '>' && !isConfirmation);
        if (!isExtra) {
            add(RedisReplyStatus.OK);
        }
        confirmed = isConfirmation ? kind : null;
        pushElements = 0;
        return isExtra;
    }

    /** Takes the next element. */
    void add(RedisReplyStatus status) {
        if (shareLeft > 0) {
            shareLeft--;
            return;
        }
        addSilent();
        if (execution != null && statuses.size() < execution.commands()) {
            shareLeft = execution.share(statuses.size()) - 1;
            anyResult = execution.isAny(statuses.size());
        }
        if (statuses.size() < RedisMatcher.MAX_QUEUED) {
            statuses.add(status);
        }
        if (status.isError()) {
            errors++;
            firstError = firstError == null ? status : firstError;
        }
    }

    /** A command has failed, so what the reply says of the whole is certain. */
    boolean hasFailure() {
        return firstError != null;
    }

    /** @param whole the reply's end was seen; else nothing is known of the commands after the last one that was added */
    RedisMessage.Results found(RedisReplyStatus ofReply, boolean whole) {
        if (whole) {
            addSilent();
        }
        int count = commands < 0 ? statuses.size() : commands;
        return new RedisMessage.Results(
                List.copyOf(statuses), count, errors, firstError == null ? ofReply : firstError);
    }

    private void addSilent() {
        while (execution != null && statuses.size() < execution.commands() && execution.share(statuses.size()) == 0) {
            statuses.add(RedisReplyStatus.SILENT);
        }
    }
}
