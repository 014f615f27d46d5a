package io.kyanos.actor;

import io.kyanos.capture.ConnectionTable;
import io.kyanos.capture.ProcessList;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * Notices that the kernel side has lost events of connections or processes, reads its tables, and hands them to the routers
 * for comparison; without losses it does so at its interval. One comparison runs at a time. Blocks while it reads, so it
 * belongs on a dispatcher for that.
 */
public final class Reconciler extends AbstractBehavior<Reconciler.Command> {

    /** The messages of the reconciler. */
    public sealed interface Command permits Tick, Compared, Stop {}

    private enum Tick implements Command {
        INSTANCE
    }

    private record Compared(boolean inDoubt) implements Command {}

    public enum Stop implements Command {
        INSTANCE
    }

    /** The kernel side, as far as it is asked here. */
    public interface KernelSide {

        long lostConnectionEvents();

        /** Lost events of processes, and processes that found no room. */
        long lostProcesses();

        /** Empty once the kernel side is closed. */
        Optional<ConnectionTable> connections();

        List<byte[]> takeLostCloseEvents();

        Optional<ProcessList> processes();

        /** Makes the next watermark come soon. */
        void mark();
    }

    /** How soon after a loss a comparison begins. */
    static final Duration NOTICE = Duration.ofSeconds(1);

    private final KernelSide kernel;
    private final List<ActorRef<ConnectionRouter.Command>> routers;
    private final long noticesPerSweep;
    private final ActorRef<ConnectionRouter.Reconciled> answers;
    private long lostConnectionEvents;
    private long lostProcesses;
    private long noticesUntilSweep;
    private int comparing; // routers
    private boolean inDoubt;

    private Reconciler(
            ActorContext<Command> context,
            KernelSide kernel,
            List<ActorRef<ConnectionRouter.Command>> routers,
            Duration interval) {
        super(context);
        this.kernel = kernel;
        this.routers = List.copyOf(routers);
        this.noticesPerSweep = Math.max(1, interval.toMillis() / NOTICE.toMillis());
        this.noticesUntilSweep = noticesPerSweep;
        this.answers = context.messageAdapter(
                ConnectionRouter.Reconciled.class, reconciled -> new Compared(reconciled.inDoubt()));
    }

    /** Compares every {@code interval}, and within {@link #NOTICE} after losses. */
    public static Behavior<Command> create(
            KernelSide kernel, List<ActorRef<ConnectionRouter.Command>> routers, Duration interval) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            timers.startTimerWithFixedDelay(Tick.INSTANCE, NOTICE);
            return new Reconciler(context, kernel, routers, interval);
        }));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Tick.class, tick -> onTick())
                .onMessage(Compared.class, this::onCompared)
                .onMessage(Stop.class, stop -> Behaviors.stopped())
                .build();
    }

    private Behavior<Command> onTick() {
        noticesUntilSweep--;
        if (comparing > 0) {
            return this;
        }
        long lostNow = kernel.lostConnectionEvents();
        long lostProcessesNow = kernel.lostProcesses();
        boolean isTime = noticesUntilSweep <= 0;
        boolean processesInDoubt = isTime || lostProcessesNow != lostProcesses;
        if (isTime || inDoubt || processesInDoubt || lostNow != lostConnectionEvents) {
            lostConnectionEvents = lostNow;
            lostProcesses = lostProcessesNow;
            compare(processesInDoubt);
        }
        return this;
    }

    private void compare(boolean processesInDoubt) {
        noticesUntilSweep = noticesPerSweep;
        Optional<ConnectionTable> table = kernel.connections();
        if (table.isEmpty()) {
            return;
        }
        Optional<ProcessList> processes = processesInDoubt ? kernel.processes() : Optional.empty();
        List<byte[]> ends = kernel.takeLostCloseEvents();
        comparing = routers.size();
        inDoubt = false;
        for (ActorRef<ConnectionRouter.Command> router : routers) {
            router.tell(new ConnectionRouter.Reconcile(table.get(), ends, processes, answers));
            // All routers have the same.
            processes = Optional.empty();
        }
        kernel.mark();
    }

    private Behavior<Command> onCompared(Compared compared) {
        comparing--;
        inDoubt |= compared.inDoubt();
        return this;
    }
}
