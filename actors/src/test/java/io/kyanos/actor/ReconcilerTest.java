package io.kyanos.actor;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.capture.ConnectionTable;
import io.kyanos.capture.ProcessList;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReconcilerTest {

    private static final Duration INTERVAL = Duration.ofSeconds(30);

    private final ActorTestKit kit = ActorTestKit.create(RouterUnderTest.CONFIG);
    private final ManualTime time = ManualTime.get(kit.system());
    private final TestProbe<ConnectionRouter.Command> router = kit.createTestProbe(ConnectionRouter.Command.class);
    private final FakeKernel kernel = new FakeKernel();
    private final ActorRef<Reconciler.Command> reconciler =
            kit.spawn(Reconciler.create(kernel, List.of(router.getRef()), INTERVAL));

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    @Test
    void comparesSoonAfterEventsOfConnectionsWereLostAndOnlyThen() {
        time.expectNoMessageFor(Duration.ofSeconds(3), router);

        kernel.lostConnectionEvents = 5;
        time.timePasses(Reconciler.NOTICE);

        ConnectionRouter.Reconcile asked = comparison();
        assertThat(asked.table()).isSameAs(kernel.table);
        assertThat(asked.lostCloseEvents()).isEqualTo(kernel.lostCloseEvents);
        assertThat(asked.processes()).isEmpty();
        answer(asked, false);
        time.expectNoMessageFor(Duration.ofSeconds(3), router);
    }

    @Test
    void asksForTheProcessesWhenEventsOfThemWereLost() {
        kernel.lostProcesses = 1;
        time.timePasses(Reconciler.NOTICE);

        assertThat(comparison().processes()).contains(kernel.list);
    }

    @Test
    void comparesAllAtItsIntervalWithoutLosses() {
        time.expectNoMessageFor(INTERVAL.minus(Reconciler.NOTICE), router);

        time.timePasses(Reconciler.NOTICE);

        ConnectionRouter.Reconcile asked = comparison();
        assertThat(asked.processes()).contains(kernel.list);
        answer(asked, false);
        time.expectNoMessageFor(INTERVAL.minus(Reconciler.NOTICE), router);
    }

    @Test
    void comparesOnceMoreWhatIsInDoubt() {
        kernel.lostConnectionEvents = 1;
        time.timePasses(Reconciler.NOTICE);
        answer(comparison(), true);

        time.timePasses(Reconciler.NOTICE);

        answer(comparison(), false);
        time.expectNoMessageFor(Duration.ofSeconds(3), router);
    }

    @Test
    void runsOneComparisonAtATime() {
        kernel.lostConnectionEvents = 1;
        time.timePasses(Reconciler.NOTICE);
        ConnectionRouter.Reconcile first = comparison();

        kernel.lostConnectionEvents = 2;
        time.expectNoMessageFor(Duration.ofMinutes(2), router);
        answer(first, false);
        time.timePasses(Reconciler.NOTICE);

        comparison();
        // marked after it has been asked for
        router.awaitAssert(() -> {
            assertThat(kernel.marks).isEqualTo(2);
            return kernel;
        });
    }

    @Test
    void asksForNothingOnceTheKernelSideIsClosed() {
        kernel.isClosed = true;
        kernel.lostConnectionEvents = 1;

        time.expectNoMessageFor(Duration.ofSeconds(3), router);
        reconciler.tell(Reconciler.Stop.INSTANCE);
        router.expectTerminated(reconciler);
    }

    private ConnectionRouter.Reconcile comparison() {
        return router.expectMessageClass(ConnectionRouter.Reconcile.class);
    }

    private void answer(ConnectionRouter.Reconcile asked, boolean inDoubt) {
        asked.replyTo().tell(new ConnectionRouter.Reconciled(inDoubt));
    }

    private static final class FakeKernel implements Reconciler.KernelSide {

        private final ConnectionTable table = new ConnectionTable(1);
        private final List<byte[]> lostCloseEvents = List.of(new byte[] {1});
        private final ProcessList list = new ProcessList(new byte[0]);
        private volatile long lostConnectionEvents;
        private volatile long lostProcesses;
        private volatile boolean isClosed;
        private volatile int marks;

        @Override
        public long lostConnectionEvents() {
            return lostConnectionEvents;
        }

        @Override
        public long lostProcesses() {
            return lostProcesses;
        }

        @Override
        public Optional<ConnectionTable> connections() {
            return isClosed ? Optional.empty() : Optional.of(table);
        }

        @Override
        public List<byte[]> takeLostCloseEvents() {
            return lostCloseEvents;
        }

        @Override
        public Optional<ProcessList> processes() {
            return Optional.of(list);
        }

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // the reconciler alone writes
        public void mark() {
            marks++;
        }
    }
}
