package io.kyanos.record;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request with its response, or with the reason why there is none, its sizes and its times. Immutable.
 *
 * @param response absent if unanswered or one-way
 * @param unanswered present exactly if {@code outcome} is {@link Outcome#UNANSWERED}
 * @param truncated bytes of the request or of the response were lost, so that a size or a time may be wrong; bytes that
 *     were only not captured, within a body of known length, are not lost
 * @param requestCalls the system calls that carried the request; empty unless details are asked for
 * @param responseCalls likewise for the response
 */
public record TrafficRecord(
        ConnectionDescription connection,
        String protocol,
        Message request,
        @Nullable Message response,
        Outcome outcome,
        @Nullable Unanswered unanswered,
        RecordTimes times,
        boolean truncated,
        List<StepTime> requestCalls,
        List<StepTime> responseCalls) {

    public Optional<Message> answer() {
        return Optional.ofNullable(response);
    }

    public Optional<Unanswered> reason() {
        return Optional.ofNullable(unanswered);
    }
}
