package io.kyanos.cli.doctor;

import io.kyanos.bridge.Capability;
import io.kyanos.capture.CaptureSettings;
import io.kyanos.capture.CaptureTrial;
import io.kyanos.capture.EventTransport;
import io.kyanos.capture.KernelRequirements;
import io.kyanos.capture.RunningNames;
import io.kyanos.capture.StepResult;
import io.kyanos.capture.Vantage;
import io.kyanos.process.NamingSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/** Examines one machine. Tries captures for a moment; leaves nothing behind. */
public final class Doctor {

    private static final String TRANSPORTS = "transports";

    private final Machine machine;
    private final Function<EventTransport, CaptureTrial> trials;
    private final EventTransport chosen;
    private final Supplier<Map<Integer, RunningNames.Name>> names;

    /**
     * @param machine whose files are read
     * @param trials tries a capture over a transport
     * @param chosen the transport that a capture would take
     * @param names what a capture would call the processes that run, as far as it can be asked
     */
    Doctor(
            Machine machine,
            Function<EventTransport, CaptureTrial> trials,
            EventTransport chosen,
            Supplier<Map<Integer, RunningNames.Name>> names) {
        this.machine = machine;
        this.trials = trials;
        this.chosen = chosen;
        this.names = names;
    }

    /** Of the machine that this runs on, for captures with these settings that name processes so. */
    public static Doctor ofThisMachine(CaptureSettings settings, NamingSettings naming) {
        return new Doctor(
                new Machine(Path.of("/")),
                transport -> CaptureTrial.of(settings, transport),
                CaptureTrial.transportOf(settings),
                () -> RunningNames.ask(settings, naming));
    }

    /**
     * Tries out what works; takes a few seconds.
     *
     * @param pids processes to look at, as this machine's /proc numbers them
     * @param settings say which kinds of sockets are captured
     * @param filter which processes are captured
     */
    public Diagnosis examine(List<Integer> pids, CaptureSettings settings, ProcessFilter filter) {
        Map<EventTransport, CaptureTrial> tried = new EnumMap<>(EventTransport.class);
        for (EventTransport transport : EventTransport.values()) {
            tried.put(transport, trials.apply(transport));
        }
        CaptureTrial trial = chosen(tried);
        Findings findings = new Findings(trial.refusal().isEmpty());
        List<Check> checks = new ArrayList<>(new SystemChecks(machine, findings).run());
        checks.add(vantage(settings, trial));
        checks.addAll(new PrivilegeChecks(machine, findings).run());
        tried.values().forEach(each -> checks.add(transport(each)));
        ProcessChecks processes =
                new ProcessChecks(machine, settings, filter, pids.isEmpty() ? Map.of() : names.get(), rings(trial));
        return new Diagnosis(
                status(trial),
                chosen,
                needed(settings),
                checks,
                trial.steps(),
                pids.stream().map(processes::of).toList());
    }

    /** They pass the tracepoints of sockets and no border of system calls. */
    private static ProcessChecks.Rings rings(CaptureTrial trial) {
        if (!isTaken(trial, "socket_send")) {
            return ProcessChecks.Rings.UNSEEN;
        }
        return isTaken(trial, "ring_submit") ? ProcessChecks.Rings.SEEN : ProcessChecks.Rings.COUNTED;
    }

    private static boolean isTaken(CaptureTrial trial, String step) {
        return trial.steps().stream().anyMatch(result -> result.step().name().equals(step) && result.isTaken());
    }

    private Check vantage(CaptureSettings settings, CaptureTrial trial) {
        boolean atSockets = isTaken(trial, "socket_send");
        String obstacle = settings.vantage().isPresent()
                ? "kyanos.capture.vantage says so"
                : KernelRequirements.obstacle(machine.root(), Vantage.SOCKETS).orElse("");
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("vantage", (atSockets ? Vantage.SOCKETS : Vantage.SYSCALLS).label());
        facts.put("obstacle", atSockets ? "" : obstacle);
        if (atSockets) {
            return Check.ok(SystemChecks.GROUP, "vantage", "at the sockets", facts);
        }
        boolean canBeMended = settings.vantage().isEmpty() && KernelRequirements.showsSockets(machine.root());
        return new Check(
                SystemChecks.GROUP,
                "vantage",
                Status.OK,
                "at the border of all system calls" + (obstacle.isEmpty() ? "" : ": " + obstacle),
                canBeMended
                        ? "At the sockets a capture costs less and sees io_uring; it needs CAP_NET_ADMIN and the root of all"
                                + " cgroups, in a container by --cgroupns=host."
                        : "",
                facts);
    }

    private Set<Capability> needed(CaptureSettings settings) {
        boolean atSockets = !settings.vantage().equals(Optional.of(Vantage.SYSCALLS))
                && KernelRequirements.showsSockets(machine.root());
        Set<Capability> needed = EnumSet.copyOf(atSockets ? Capability.GRANTED : Capability.NEEDED);
        if (chosen == EventTransport.PERF) {
            needed.add(Capability.CAP_IPC_LOCK);
        }
        if (PrivilegeChecks.countsLockedMemory(machine)) {
            needed.add(Capability.CAP_SYS_RESOURCE);
        }
        return needed;
    }

    private CaptureTrial chosen(Map<EventTransport, CaptureTrial> tried) {
        CaptureTrial trial = tried.get(chosen);
        if (trial == null) {
            throw new IllegalStateException("transport " + chosen.label() + ": not tried");
        }
        return trial;
    }

    private static Status status(CaptureTrial trial) {
        if (trial.refusal().isPresent()) {
            return Status.FAILED;
        }
        return trial.steps().stream().allMatch(StepResult::isTaken) ? Status.OK : Status.DEGRADED;
    }

    private Check transport(CaptureTrial trial) {
        boolean used = trial.transport() == chosen;
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("usable", trial.refusal().isEmpty());
        facts.put("used", used);
        String name = trial.transport().label();
        String role = used ? "used" : "not needed";
        return trial.refusal()
                .map(refusal -> {
                    facts.put("errno", refusal.errno());
                    facts.put("error", String.valueOf(refusal.getMessage()));
                    return new Check(
                            TRANSPORTS,
                            name,
                            used ? Status.FAILED : Status.OK,
                            (used ? "" : "not usable, not needed: ") + Advice.withoutHint(refusal),
                            used ? Advice.on(refusal) : "",
                            facts);
                })
                .orElseGet(() -> Check.ok(TRANSPORTS, name, "works, " + role, facts));
    }
}
