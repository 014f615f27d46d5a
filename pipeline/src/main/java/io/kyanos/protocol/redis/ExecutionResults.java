package io.kyanos.protocol.redis;

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

    private boolean anyInHand;
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

    /** Elements to read in all. */
    int elements() {
        return execution == null ? commands : execution.wireElements();
    }

    /** Some command may have any number of elements. */
    boolean holdsAny() {
        return execution != null && execution.holdsAny();
    }

    /** The last command that was added may have any number of elements. */
    boolean isAnyInHand() {
        return anyInHand;
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
            anyInHand = execution.isAny(statuses.size());
        }
        if (statuses.size() < RedisMatcher.MAX_QUEUED) {
            statuses.add(status);
        }
        if (status.isError()) {
            errors++;
            firstError = firstError == null ? status : firstError;
        }
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
