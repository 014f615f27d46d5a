package io.kyanos.connection;

import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.Matcher;
import io.kyanos.record.ConnectionDescription;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import io.kyanos.record.RecordTimes;
import io.kyanos.record.Side;
import io.kyanos.record.TrafficRecord;
import io.kyanos.record.Unanswered;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes records of what the matcher of one conversation has paired, and counts them. */
final class EmitStage implements Matcher.Exchanges {

    private final Connection connection;
    private final Descriptor protocol;
    private final boolean isWanted;
    private final Conversation conversation;
    private final Role role;
    private final @Nullable Endpoint peer;
    private boolean answered;
    private boolean isCutAnError;
    private long incompleteFrom = Long.MAX_VALUE;

    /** Of a connection with one peer. */
    EmitStage(Connection connection, Descriptor protocol, Conversation conversation, Role role) {
        this(connection, protocol, conversation, role, null);
    }

    /** @param peer the other end of this conversation, null for the connection's own */
    EmitStage(
            Connection connection, Descriptor protocol, Conversation conversation, Role role, @Nullable Endpoint peer) {
        this.connection = connection;
        this.protocol = protocol;
        this.isWanted = connection.settings().wants(protocol);
        this.conversation = conversation;
        this.role = role;
        this.peer = peer;
    }

    /** A request has been paired with its response, so the conversation is understood. */
    boolean hasAnswered() {
        return answered;
    }

    /** The connection ends. Whether responses that this cuts have failed. */
    void ends(boolean cutsAreErrors) {
        isCutAnError = cutsAreErrors;
    }

    /** The connection's end has cut the response that begins at {@code position}, the last one, and that is an error. */
    void incompleteFrom(long position) {
        incompleteFrom = position;
    }

    @Override
    public void answered(FramedMessage request, FramedMessage response) {
        connection.books().matched();
        answered = true;
        FramedMessage answer = response.start() < incompleteFrom ? response : IncompleteMessage.insteadOf(response);
        emit(request, answer, answer.message().outcome(), null);
    }

    @Override
    public void cut(FramedMessage request, FramedMessage response) {
        connection.books().parsed();
        answered(request, isCutAnError ? IncompleteMessage.insteadOf(response) : response.asTruncated());
    }

    @Override
    public void endsFurther(FramedMessage message) {
        connection.books().parsed();
    }

    @Override
    public void unanswered(FramedMessage request, Unanswered reason) {
        connection.books().unanswered();
        emit(request, null, Outcome.UNANSWERED, reason);
    }

    @Override
    public void oneWay(FramedMessage message) {
        connection.books().oneWay();
        emit(message, null, Outcome.ONE_WAY, null);
    }

    @Override
    public void unmatched(FramedMessage response) {
        connection.books().unmatched();
    }

    @Override
    public void repeated(FramedMessage message) {
        connection.books().repeated();
    }

    private void emit(
            FramedMessage request, @Nullable FramedMessage response, Outcome outcome, @Nullable Unanswered reason) {
        conversation.concluded(request, response);
        Descriptor inside = conversation.inside(request);
        if (inside == null ? !isWanted : !connection.settings().wants(inside)) {
            return;
        }
        Message answer = response == null ? null : response.message();
        connection.books().emitted();
        if (inside != null) {
            request.message().begunAt(role.startedAt(request));
        }
        if (answer != null) {
            answer.begunAt(role.startedAt(request));
        }
        connection
                .records()
                .accept(new TrafficRecord(
                        description(),
                        inside == null ? protocol.name() : inside.name(),
                        request.message(),
                        answer,
                        outcome,
                        reason,
                        times(request, response),
                        request.truncated() || (response != null && response.truncated()),
                        request.calls(),
                        response == null ? List.of() : response.calls()));
    }

    private ConnectionDescription description() {
        Opening opening = connection.opening();
        Endpoint other = peer == null ? opening.remote() : peer;
        boolean isTurned = role == Role.SERVER && opening.between();
        return isTurned
                ? connection.description(Side.CLIENT, other, opening.local())
                : connection.description(role.side(), opening.local(), other);
    }

    /** The definitions of docs/latency.md, in the one place where they are computed. */
    private RecordTimes times(FramedMessage request, @Nullable FramedMessage response) {
        long started = role.startedAt(request);
        long ended = response == null ? connection.now() : response.lastExitedAt();
        boolean known = response != null && started >= 0 && ended >= started;
        long total = known ? ended - started : RecordTimes.UNKNOWN;
        long first = response == null ? Timeline.NONE : response.firstExitedAt();
        boolean isFirstKnown = known && first >= started && first <= ended;
        return new RecordTimes(
                epoch(started), epoch(ended), total, isFirstKnown ? first - started : RecordTimes.UNKNOWN);
    }

    private long epoch(long monotonicNanos) {
        return monotonicNanos < 0
                ? RecordTimes.UNKNOWN
                : monotonicNanos + connection.settings().epochOffsetNanos();
    }
}
