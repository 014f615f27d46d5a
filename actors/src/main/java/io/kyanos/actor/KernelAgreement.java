package io.kyanos.actor;

import io.kyanos.capture.ConnectionTable;
import io.kyanos.connection.Opening;
import io.kyanos.metadata.ProcessTable;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Puts a router's tables right where events were lost, by comparing them with the kernel side's. Belongs to the router's
 * thread.
 */
/*
 * A comparison waits until the watermark has passed the kernel side's reading, so that no event in progress passes for a lost
 * one. A connection that only the kernel side has is opened if it still has it. One that only the router has, though older
 * than the reading, has closed without an event; as a late event may still come, it is closed only if the next comparison
 * finds it so again.
 */
final class KernelAgreement {

    private final OpenConnections open;
    private final Share share;
    private final ConnectionRouter.Connections kernel;
    private final CloseEvents closeEvents;
    private final ProcessTable processes;
    private final RouterGauges gauges;
    private ConnectionRouter.@Nullable Reconcile comparison;

    KernelAgreement(
            OpenConnections open,
            Share share,
            ConnectionRouter.Connections kernel,
            CloseEvents closeEvents,
            ProcessTable processes,
            RouterGauges gauges) {
        this.open = open;
        this.share = share;
        this.kernel = kernel;
        this.closeEvents = closeEvents;
        this.processes = processes;
        this.gauges = gauges;
    }

    /** Compares once the watermark has passed the reading, in place of what was to be compared before. */
    void await(ConnectionRouter.Reconcile newComparison) {
        comparison = newComparison;
    }

    void compareIfDue(long watermark) {
        ConnectionRouter.Reconcile due = comparison;
        if (due == null || watermark < due.table().readToNanos()) {
            return;
        }
        comparison = null;
        due.lostCloseEvents().forEach(event -> close(event, watermark));
        openMissed(due.table());
        boolean inDoubt = closeVanished(due.table());
        due.processes().ifPresent(running -> gauges.reconciled("process", processes.rescan(running)));
        due.replyTo().tell(new ConnectionRouter.Reconciled(inDoubt));
    }

    /** No comparison will come any more; close events of the one that waits are kept. */
    void giveUp() {
        if (comparison != null) {
            closeEvents.keepLost(comparison.lostCloseEvents());
            comparison = null;
        }
    }

    private void close(byte[] event, long watermark) {
        if (closeEvents.takeLost(event, watermark)) {
            gauges.reconciled("end", 1);
        }
    }

    private void openMissed(ConnectionTable table) {
        for (int i = 0; i < table.size() && open.hasRoom(); i++) {
            long generation = table.generation(i);
            if (!share.holds(generation) || !table.isAnnounced(i) || open.has(generation)) {
                continue;
            }
            // It may have closed since.
            Optional<Opening> opening = kernel.describe(table.socket(i), generation);
            if (opening.isPresent()) {
                gauges.reconciled("opening", 1);
                open.open(
                        new OpenConnection(generation, table.tgid(i), table.fd(i), table.readFromNanos()),
                        opening.get());
            }
        }
    }

    /** True if there are connections that take another comparison. */
    private boolean closeVanished(ConnectionTable table) {
        LongOpenHashSet inKernel = new LongOpenHashSet(table.size() / share.of());
        for (int i = 0; i < table.size(); i++) {
            if (share.holds(table.generation(i))) {
                inKernel.add(table.generation(i));
            }
        }
        boolean inDoubt = false;
        for (OpenConnection connection : List.copyOf(open.all())) {
            boolean isMissing =
                    !inKernel.contains(connection.generation()) && connection.knownAt() < table.readFromNanos();
            if (isMissing && connection.isMissing()) {
                gauges.reconciled("vanished", 1);
                open.tell(connection, ConnectionActor.Finish.INSTANCE);
                open.forget(connection);
            }
            connection.missing(isMissing);
            inDoubt |= isMissing;
        }
        return inDoubt;
    }
}
