package io.kyanos.protocol.redis;

import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request, a reply or a push. Immutable. */
final class RedisMessage implements Message {

    /** What is kept beside labels and sizes when details are asked for. */
    record Details(List<String> keys, String type, String text) {}

    private final RedisCommand command;
    private final String operation;
    private final String status;
    private final Outcome outcome;
    private final int elements;
    private final long wireBytes;
    private final @Nullable Details details;

    private RedisMessage(
            RedisCommand command,
            String operation,
            String status,
            Outcome outcome,
            int elements,
            long wireBytes,
            @Nullable Details details) {
        this.command = command;
        this.operation = operation;
        this.status = status;
        this.outcome = outcome;
        this.elements = elements;
        this.wireBytes = wireBytes;
        this.details = details;
    }

    /** A request of {@code elements} words. */
    static RedisMessage request(
            RedisCommand command, boolean answered, int elements, long wireBytes, @Nullable Details details) {
        Outcome outcome = answered ? Outcome.OK : Outcome.ONE_WAY;
        return new RedisMessage(command, command.name(), "", outcome, elements, wireBytes, details);
    }

    static RedisMessage reply(RedisReplyStatus status, long wireBytes, @Nullable Details details) {
        return new RedisMessage(RedisCommands.OTHER, "", status.name(), status.outcome(), 0, wireBytes, details);
    }

    static RedisMessage push(String operation, long wireBytes, @Nullable Details details) {
        return new RedisMessage(RedisCommands.OTHER, operation, "", Outcome.ONE_WAY, 0, wireBytes, details);
    }

    /** Whether it is this request, without details. */
    boolean isRequest(RedisCommand of, boolean answered, int ofElements, long ofWireBytes) {
        return command == of
                && (outcome == Outcome.OK) == answered
                && elements == ofElements
                && wireBytes == ofWireBytes
                && status.isEmpty()
                && !operation.isEmpty()
                && details == null;
    }

    /** Whether it is this reply, without details. */
    boolean isReply(RedisReplyStatus of, long ofWireBytes) {
        return status.equals(of.name())
                && outcome == of.outcome()
                && wireBytes == ofWireBytes
                && operation.isEmpty()
                && details == null;
    }

    /** Of a request; {@link RedisCommands#OTHER} for what is none. */
    RedisCommand command() {
        return command;
    }

    /** Arguments of a request after the command's own words. */
    int args() {
        return Math.max(0, elements - command.words());
    }

    @Override
    public String operation() {
        return operation;
    }

    @Override
    public String resource() {
        return details == null || details.keys().isEmpty() ? "" : details.keys().get(0);
    }

    @Override
    public String status() {
        return status;
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
    public void attributes(AttributeVisitor visitor) {
        if (details == null) {
            return;
        }
        if (!operation.isEmpty()) {
            visitor.attribute("command", operation);
        }
        for (String key : details.keys()) {
            visitor.attribute("key", key);
        }
        if (elements > 0) {
            visitor.attribute("args", Integer.toString(args()));
        }
        if (!details.type().isEmpty()) {
            visitor.attribute("type", details.type());
        }
    }

    @Override
    public String text() {
        return details == null ? "" : details.text();
    }

    @Override
    public String toString() {
        return (operation.isEmpty() ? status : operation) + ", " + wireBytes + " bytes";
    }
}
