package io.kyanos;

import io.kyanos.actor.EventOrigin;
import io.kyanos.bridge.Kernel;
import io.kyanos.capture.AbsentProcesses;
import io.kyanos.capture.CaptureDetail;
import io.kyanos.capture.CaptureFilters;
import io.kyanos.capture.HookResult;
import io.kyanos.capture.KernelCapture;
import io.kyanos.capture.StepResult;
import io.kyanos.connection.Loss;
import io.kyanos.connection.Opening;
import io.kyanos.event.Channel;
import io.kyanos.event.Direction;
import io.kyanos.event.EventBatch;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.TraceState;
import io.kyanos.metadata.NamedProcesses;
import io.kyanos.sink.SelfStatistics;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;

/** The kernel of this machine as the origin of events, which also go to {@code tap}. */
record KernelOrigin(KernelCapture kernel, NamedProcesses names, TapBranch tap) implements EventOrigin {

    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(5);

    @Override
    public Source<EventBatch, NotUsed> events() {
        return tap.tapped(names.named(kernel.events()));
    }

    @Override
    public void forEachRunningProcess(Consumer<EventDecoder> consumer) {
        names.atStart().forEach(consumer);
    }

    @Override
    public Optional<Opening> describe(long socket, long generation) {
        return kernel.connection(socket).flatMap(entry -> Opening.ofEntry(entry, generation));
    }

    @Override
    public void trace(long generation, TraceState state) {
        kernel.trace(generation, state);
    }

    /** A tap gets all that the settings promise. */
    @Override
    public void passOver(long generation, Direction direction, long until) {
        if (!tap.isTapped()) {
            kernel.passOver(generation, direction, until);
        }
    }

    @Override
    public long passedOverBytes() {
        return kernel.passedOverBytes();
    }

    @Override
    public void replaceCaptureFilters(CaptureFilters filters) {
        kernel.replaceFilters(filters);
    }

    @Override
    public long epochOffsetNanos() {
        return Kernel.realtimeMinusMonotonicNanos();
    }

    @Override
    public long monotonicNanos() {
        return Kernel.monotonicNanos();
    }

    @Override
    public String transport() {
        return kernel.transport().label();
    }

    @Override
    public Map<SelfStatistics.Hook, Boolean> hooks() {
        Map<SelfStatistics.Hook, Boolean> hooks = new HashMap<>();
        for (StepResult step : kernel.steps()) {
            for (HookResult hook : step.hooks()) {
                hooks.put(
                        new SelfStatistics.Hook(step.step().name(), hook.hook().place()), hook.isTaken());
            }
        }
        return hooks;
    }

    @Override
    public int payloadCap() {
        return kernel.payloadCap();
    }

    @Override
    public long readEvents(Channel channel) {
        return kernel.readEvents(channel);
    }

    @Override
    public long lostEvents(Channel channel) {
        return kernel.lostEvents(channel);
    }

    @Override
    public Map<Loss, Long> withoutRoom() {
        return Map.of(
                Loss.CONNECTIONS_FULL, kernel.connectionsWithoutRoom(),
                Loss.THREADS_FULL, kernel.callsWithoutRoom(),
                Loss.PROCESSES_FULL, kernel.processesWithoutRoom(),
                Loss.ENDS_FULL, kernel.closesWithoutRoom(),
                Loss.NOTES_FULL, kernel.socketsWithoutNotes(),
                Loss.BUDGET, kernel.connectionsSampledOut());
    }

    @Override
    public Map<String, SelfStatistics.ProgramRuns> programRuns() {
        Map<String, SelfStatistics.ProgramRuns> all = new HashMap<>();
        kernel.programRuns()
                .forEach((program, runs) ->
                        all.put(program, new SelfStatistics.ProgramRuns(runs.count(), runs.nanos())));
        return all;
    }

    @Override
    public Map<String, Long> ringCalls() {
        return kernel.ringCalls();
    }

    @Override
    public CaptureDetail detail() {
        return kernel.detail();
    }

    @Override
    public long waitingBytes() {
        return kernel.waitingBytes();
    }

    @Override
    public String unhealthyReason() {
        if (kernel.failure().isPresent()) {
            return kernel.failure().get();
        }
        long silence = kernel.sinceLastPollNanos();
        return silence > LONGEST_SILENCE.toNanos()
                ? "the reader has not completed a poll for " + silence / 1_000_000_000 + " s"
                : "";
    }

    @Override
    public AbsentProcesses absentProcesses() {
        return kernel.absentProcesses();
    }

    @Override
    public List<String> remarks() {
        return List.of();
    }

    @Override
    public void drainAndComplete() {
        kernel.drainAndComplete();
    }

    @Override
    public void close() {
        kernel.close();
    }
}
