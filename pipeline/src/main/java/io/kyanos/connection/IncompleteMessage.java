package io.kyanos.connection;

import io.kyanos.protocol.FramedMessage;
import io.kyanos.record.Attribute;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import io.kyanos.record.StreamedEvents;
import java.util.Optional;

/**
 * A response that its connection's end has cut. It keeps its status; that it has no end is an error, with the attribute
 * {@code reason}. All that came of it was seen.
 */
final class IncompleteMessage implements Message {

    private static final String INCOMPLETE = "incomplete";

    private final Message begun;

    private IncompleteMessage(Message begun) {
        this.begun = begun;
    }

    static FramedMessage insteadOf(FramedMessage cut) {
        return new FramedMessage(
                new IncompleteMessage(cut.message()),
                cut.start(),
                cut.end(),
                false,
                cut.firstEnteredAt(),
                cut.firstExitedAt(),
                cut.lastExitedAt(),
                cut.calls());
    }

    @Override
    public String operation() {
        return begun.operation();
    }

    @Override
    public String resource() {
        return begun.resource();
    }

    @Override
    public String status() {
        return begun.status();
    }

    @Override
    public Outcome outcome() {
        return Outcome.ERROR;
    }

    @Override
    public long wireBytes() {
        return begun.wireBytes();
    }

    @Override
    public boolean isTimed() {
        return begun.isTimed();
    }

    /** Those of what came, but for a reason of the protocol's own: the words of a status line. */
    @Override
    public void attributes(AttributeVisitor visitor) {
        begun.attributes((attribute, value) -> {
            if (!attribute.name().equals(Attribute.REASON.name())) {
                visitor.attribute(attribute, value);
            }
        });
        visitor.attribute(Attribute.REASON, INCOMPLETE);
    }

    @Override
    public void begunAt(long at) {
        begun.begunAt(at);
    }

    @Override
    public Optional<StreamedEvents> streamed() {
        return begun.streamed();
    }

    @Override
    public String text() {
        return begun.text();
    }
}
