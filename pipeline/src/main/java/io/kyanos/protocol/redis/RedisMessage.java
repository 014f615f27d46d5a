package io.kyanos.protocol.redis;

import io.kyanos.protocol.redis.ReplyMode.Answer;
import io.kyanos.record.Details;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request, a reply or a push. Immutable. */
final class RedisMessage implements Message {

    /**
     * The results of the commands of a transaction, by the reply to its EXEC.
     *
     * @param statuses of the first ones
     * @param count of all
     * @param errors how many of all failed
     * @param status that of the first failure, else that of the reply
     */
    record Results(List<RedisReplyStatus> statuses, int count, int errors, RedisReplyStatus status) {}

    private final RedisCommand command;
    private final String operation;
    private final @Nullable RedisReplyStatus status;
    private final Outcome outcome;
    private final Answer answer;
    private final int elements;
    private final long wireBytes;
    private final long waitNanos;
    private final @Nullable Execution execution;
    private final @Nullable Results results;
    private final @Nullable RedisMessage confirmed;
    private final Details details;

    private RedisMessage(
            RedisCommand command,
            String operation,
            Answer answer,
            int elements,
            long wireBytes,
            long waitNanos,
            @Nullable Execution execution,
            Details details) {
        this.command = command;
        this.operation = operation;
        this.status = null;
        this.outcome = answer == Answer.NONE ? Outcome.ONE_WAY : Outcome.OK;
        this.answer = answer;
        this.elements = elements;
        this.wireBytes = wireBytes;
        this.waitNanos = waitNanos;
        this.execution = execution;
        this.results = null;
        this.confirmed = null;
        this.details = details;
    }

    private RedisMessage(
            RedisReplyStatus status,
            long wireBytes,
            @Nullable Results results,
            @Nullable RedisMessage confirmed,
            Details details) {
        this.command = RedisCommands.OTHER;
        this.operation = "";
        this.status = status;
        this.outcome = status.outcome();
        this.answer = Answer.NONE;
        this.elements = 0;
        this.wireBytes = wireBytes;
        this.waitNanos = 0;
        this.execution = null;
        this.results = results;
        this.confirmed = confirmed;
        this.details = details;
    }

    /**
     * A request of {@code elements} words.
     *
     * @param waitNanos for how long the server may wait for something; 0 for not at all
     * @param execution of an EXEC, if its reply is not of one element for each command
     */
    static RedisMessage request(
            RedisCommand command,
            Answer answer,
            int elements,
            long wireBytes,
            long waitNanos,
            @Nullable Execution execution,
            Details details) {
        return new RedisMessage(command, command.name(), answer, elements, wireBytes, waitNanos, execution, details);
    }

    static RedisMessage reply(RedisReplyStatus status, long wireBytes, @Nullable Results results, Details details) {
        return new RedisMessage(status, wireBytes, results, null, details);
    }

    /** The push that answers {@code subscription}, as replies are off. */
    static RedisMessage confirmation(RedisMessage subscription, long wireBytes, Details details) {
        return new RedisMessage(RedisReplyStatus.OK, wireBytes, null, subscription, details);
    }

    static RedisMessage push(String operation, long wireBytes, Details details) {
        return new RedisMessage(RedisCommands.OTHER, operation, Answer.NONE, 0, wireBytes, 0, null, details);
    }

    /** A command of a replication stream. */
    static RedisMessage replicated(RedisCommand command, int elements, long wireBytes, Details details) {
        return new RedisMessage(command, command.replicatedName(), Answer.NONE, elements, wireBytes, 0, null, details);
    }

    /** The same reply with another status, its details left as they are. */
    RedisMessage as(RedisReplyStatus other) {
        return reply(other, wireBytes, null, details);
    }

    /** The same reply, now known to be that to an EXEC: it has failed if one of the commands has. */
    RedisMessage asExecution(Results of) {
        if (details.attributes().isEmpty()) {
            return reply(of.status(), wireBytes, of, details);
        }
        List<Details.Value> attributes = new ArrayList<>();
        AttributeVisitor tell = Details.into(attributes);
        tell.attribute(RedisAttribute.COMMANDS, Integer.toString(of.count()));
        tell.attribute(RedisAttribute.ERRORS, Integer.toString(of.errors()));
        attributes.addAll(details.attributes());
        return reply(of.status(), wireBytes, of, new Details("", attributes, text()));
    }

    /** Whether this one, which has no details, is this request. */
    boolean isRequest(RedisCommand of, Answer ofAnswer, int ofElements, long ofWireBytes, long ofWaitNanos) {
        return command == of
                && answer == ofAnswer
                && elements == ofElements
                && wireBytes == ofWireBytes
                && waitNanos == ofWaitNanos
                && status == null;
    }

    /** Whether this one, which has no details, is this reply. */
    boolean isReply(RedisReplyStatus of, long ofWireBytes) {
        return of.equals(status) && wireBytes == ofWireBytes;
    }

    /** Arguments of a request after the command's own words. */
    int args() {
        return Math.max(0, elements - command.words());
    }

    /** How a request is answered. */
    Answer answer() {
        return answer;
    }

    /** What the reply to an EXEC is made of; null for one element for each command. */
    @Nullable
    Execution execution() {
        return execution;
    }

    /** The subscription that this answers although replies are off, else null. */
    @Nullable
    RedisMessage confirmed() {
        return confirmed;
    }

    /** Of a request; {@link RedisCommands#OTHER} for what is none. */
    RedisCommand command() {
        return command;
    }

    /** Of the elements of a reply that is, or may be, that to an EXEC that was executed; else null. */
    @Nullable
    Results results() {
        return results;
    }

    /** Of a reply. */
    RedisReplyStatus replyStatus() {
        return status == null ? RedisReplyStatus.OK : status;
    }

    @Override
    public String operation() {
        return operation;
    }

    @Override
    public String status() {
        return status == null ? "" : status.name();
    }

    @Override
    public Outcome outcome() {
        return outcome;
    }

    @Override
    public long wireBytes() {
        return wireBytes;
    }

    @Override
    public boolean isTimed() {
        return waitNanos == 0 && (status == null || status.timed());
    }

    @Override
    public boolean isSetup() {
        return command.isSetup();
    }

    @Override
    public long patienceNanos() {
        return waitNanos;
    }

    @Override
    public Details details() {
        return details;
    }

    @Override
    public String toString() {
        return (operation.isEmpty() ? status() : operation) + ", " + wireBytes + " bytes";
    }
}
