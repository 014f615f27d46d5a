package io.kyanos.actor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kyanos.capture.ConnectionTable;
import io.kyanos.connection.Fate;
import io.kyanos.connection.Loss;
import io.kyanos.connection.Opening;
import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import io.kyanos.event.TraceState;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Outcome;
import io.kyanos.record.Side;
import io.kyanos.record.TrafficRecord;
import io.kyanos.record.Transport;
import io.kyanos.record.Unanswered;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class ConnectionRouterTest {

    private static final ActorTestKit KIT = ActorTestKit.create(RouterUnderTest.CONFIG);
    private static final ManualTime TIME = ManualTime.get(KIT.system());
    private static final int MUCH = 1000;
    private static final String GET = "GET /users HTTP/1.1\r\nHost: h\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void sendsEachConnectionItsEventsOfABatchOnce() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).consumesRecords();

        router.tellsAndGetsAck(9, opened(1), opened(2), write(1, 3, 0, GET), write(2, 4, 0, GET), read(1, 5, 0, OK));

        await().untilAsserted(() -> assertThat(router.givenBack).containsExactlyInAnyOrder(3, 2));
        await().untilAsserted(() -> assertThat(router.records()).hasSize(1));
        assertThat(router.gauges.openConnections()).isEqualTo(2);
        assertThat(router.gauges.watermark()).isEqualTo(9);
    }

    @Test
    void measuresHowLongTheFirstEventOfABatchHasWaited() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).consumesRecords();
        router.clock.set(1_000);

        router.tellsAndGetsAck(9, opened(1), write(1, 3, 0, GET));
        router.tellsAndGetsAck(999, read(1, 990, 0, OK));
        router.tellsAndGetsAck(999);

        assertThat(router.gauges.greatestLag(1_000)).isEqualTo(999);
    }

    @Test
    void givesABatchBackOnceAllConnectionsAreDoneWithIt() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).consumesRecords();

        router.tellsAndGetsAck(9, opened(1), opened(2), opened(3));
        router.tellsAndGetsAck(9);
        router.tellsAndGetsAck(9, new byte[10]);

        await().untilAsserted(() -> assertThat(router.batches.returned()).isEqualTo(3));
        assertThat(router.books.dropped()).containsEntry(Loss.ROUTER_MALFORMED, 1L);
        await().untilAsserted(() -> assertThat(router.credit.inFlight()).isZero());
    }

    @Test
    void asksForNoMoreWhileTheCreditIsExhausted() {
        RouterUnderTest router = new RouterUnderTest(KIT, 4, 10).consumesRecords();
        router.returnsCredit.set(false);

        router.tellsAndGetsAck(9, opened(1), opened(2), opened(3));
        router.tells(9, write(1, 10, 0, GET));
        await().untilAsserted(() -> assertThat(router.givenBack).hasSize(4));
        router.acks.expectNoMessage(Duration.ZERO);

        router.returnCredit(1);
        router.acks.expectNoMessage(Duration.ZERO);
        router.returnCredit(1);

        router.acks.expectMessage(new ConnectionRouter.Ack(0));
    }

    @Test
    void eventsThatComeWhileDiscardingAreCountedAndAcknowledgedAtOnce() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).consumesRecords();
        router.tellsAndGetsAck(9, opened(1), write(1, 3, 0, GET));

        router.discarding.set(true);
        router.tellsAndGetsAck(20, read(1, 15, 0, OK), opened(2), write(2, 16, 0, GET));

        assertThat(router.books.dropped()).containsEntry(Loss.ROUTER_STOPPED, 3L);
        assertThat(router.gauges.openConnections()).isEqualTo(1);
        await().untilAsserted(() -> assertThat(router.batches.returned()).isEqualTo(2));
    }

    @Test
    void unreadRecordsDoNotDelayStoppingWhileDiscarding() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).withFullRecordQueue();
        router.tells(9, opened(1), write(1, 3, 0, GET), read(1, 5, 0, OK));
        await().untilAsserted(() -> assertThat(router.books.matchedRequests()).isEqualTo(1));

        router.discarding.set(true);
        router.completes();

        await().untilTrue(router.ended);
        assertThat(router.books.dropped()).containsEntry(Loss.EMIT_STOPPED, 1L);
        assertThat(router.credit.inFlight()).isZero();
    }

    @Test
    void closesAConnectionOnlyOnceTheWatermarkHasPassedItsCloseEvent() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).consumesRecords();

        router.tellsAndGetsAck(50, opened(1), write(1, 10, 0, GET), closed(1, 100, GET.length(), OK.length()));
        assertThat(router.gauges.openConnections()).isEqualTo(1);
        router.tellsAndGetsAck(99, read(1, 90, 0, OK));
        assertThat(router.gauges.openConnections()).isEqualTo(1);
        router.tellsAndGetsAck(100);

        await().untilAsserted(() -> assertThat(router.records()).hasSize(1));
        assertThat(router.records().get(0).outcome()).isEqualTo(Outcome.OK);
        assertThat(router.gauges.openConnections()).isZero();
        await().untilAsserted(() -> assertThat(router.books.finalPositions()).isEqualTo(GET.length() + OK.length()));
    }

    @Test
    void closesAConnectionAtOnceIfTheWatermarkHasPassedItsCloseEvent() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).consumesRecords();

        router.tellsAndGetsAck(50, opened(1), write(1, 10, 0, GET), closed(1, 20, GET.length(), 0));

        assertThat(router.gauges.openConnections()).isZero();
        await().untilAsserted(() -> assertThat(router.records()).hasSize(1));
        assertThat(router.records().get(0).reason()).contains(Unanswered.CLOSED);
    }

    @Test
    void countsDataOfAConnectionThatIsClosedAsLate() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).consumesRecords();

        router.tellsAndGetsAck(50, opened(1), closed(1, 20, 0, 0));
        router.tellsAndGetsAck(60, write(1, 15, 0, GET));

        assertThat(router.books.dropped()).containsEntry(Loss.LATE, 1L);
        assertThat(router.gauges.openConnections()).isZero();
        await().untilAsserted(() -> assertThat(router.batches.returned()).isEqualTo(2));
    }

    @Test
    void doesNotCountAsLateWhatAFilterHasEnded() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).consumesRecords();

        router.tellsAndGetsAck(
                50, opened(1), EventEncoder.closed(20, 1, 10, 3, 0, 0, EventDecoder.CLOSE_FILTERED), opened(2));
        router.tellsAndGetsAck(60, write(1, 55, 0, GET), write(9, 56, 0, GET));

        assertThat(router.books.dropped()).isEqualTo(Map.of(Loss.LATE, 1L));
        assertThat(router.gauges.openConnections()).isEqualTo(1);
    }

    @Test
    void doesNotCountAsLateWhatHasNoBytes() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).consumesRecords();

        router.tellsAndGetsAck(50, opened(1), closed(1, 20, 0, 0));
        router.tellsAndGetsAck(60, write(1, 15, 0, ""));

        assertThat(router.books.dropped()).isEmpty();
    }

    @Test
    void asksTheKernelSideForAConnectionWhoseOpeningWasLost() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).consumesRecords();
        router.openConnections.put(1L, opening());

        router.tellsAndGetsAck(50, write(1, 10, 0, GET), read(1, 11, 0, OK));

        await().untilAsserted(() -> assertThat(router.records()).hasSize(1));
        TrafficRecord record = router.records().get(0);
        assertThat(record.connection().side()).isEqualTo(Side.CLIENT);
        assertThat(record.connection().remote()).isEqualTo(opening().remote());
    }

    @Test
    void dropsAndCountsWhatExceedsTheMostConnections() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 1).consumesRecords();

        router.tellsAndGetsAck(50, opened(1), opened(2));
        router.tellsAndGetsAck(50, closed(1, 20, 0, 0), opened(3));

        assertThat(router.books.dropped()).containsEntry(Loss.TOO_MANY_CONNECTIONS, 2L);
        assertThat(router.gauges.openedConnections()).isEqualTo(1);
        router.tellsAndGetsAck(50, opened(4));
        assertThat(router.gauges.openedConnections()).isEqualTo(2);
    }

    @Test
    void replacesAnActorThatDiesOnceAndLeavesTheConnectionAloneTheSecondTime() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).consumesRecords();
        Loss failures = Loss.FAILURE;
        router.openConnections.put(1L, opening());
        router.breaks.set(true);

        router.tellsAndGetsAck(50, opened(1), write(1, 10, 0, GET), read(1, 11, 0, OK));
        await().untilAsserted(() -> assertThat(router.books.dropped()).containsEntry(failures, 1L));
        assertThat(router.traced).doesNotContain("1 " + TraceState.OFF);

        router.tellsAndGetsAck(
                50,
                write(1, 20, GET.length(), GET),
                read(1, 21, OK.length(), OK),
                write(1, 22, 2 * GET.length(), GET),
                read(1, 23, 2 * OK.length(), OK));
        await().untilAsserted(() -> assertThat(router.books.dropped()).containsEntry(failures, 2L));
        await().untilAsserted(() -> assertThat(router.traced).contains("1 " + TraceState.OFF));

        router.breaks.set(false);
        router.tellsAndGetsAck(50, write(1, 30, 3 * GET.length(), GET));
        assertThat(router.books.dropped()).containsEntry(Loss.GIVEN_UP, 1L);
        assertThat(router.gauges.openConnections()).isEqualTo(1);

        router.tellsAndGetsAck(50, closed(1, 40, 1000, 2000));
        assertThat(router.gauges.openConnections()).isZero();
        await().untilAsserted(() -> assertThat(router.books.finalPositions()).isEqualTo(3000));
        assertThat(router.accountedBytes()).isEqualTo(3000);
        assertThat(router.books.streamBytes(Fate.GAP_UNTRACED)).isEqualTo(3000 - 3 * (GET.length() + OK.length()));
        await().untilAsserted(() -> assertThat(router.credit.inFlight()).isZero());
        await().untilAsserted(() -> assertThat(router.batches.returned()).isEqualTo(4));
    }

    @Test
    void aFailedAssertionIsABugLikeAnyOther() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).consumesRecords();
        router.openConnections.put(1L, opening());
        router.fails.set(true);
        router.tellsAndGetsAck(50, opened(1), write(1, 10, 0, GET), read(1, 11, 0, OK));
        await().untilAsserted(() -> assertThat(router.books.dropped()).containsEntry(Loss.FAILURE, 1L));

        router.fails.set(false);
        router.tellsAndGetsAck(
                50,
                write(1, 20, GET.length(), GET),
                read(1, 21, OK.length(), OK),
                closed(1, 30, 2 * GET.length(), 2 * OK.length()));

        await().untilAsserted(() -> assertThat(router.records()).hasSize(1));
        await().untilAsserted(
                        () -> assertThat(router.books.finalPositions()).isEqualTo(2 * (GET.length() + OK.length())));
        assertThat(router.accountedBytes()).isEqualTo(router.books.finalPositions());
        await().untilAsserted(() -> assertThat(router.credit.inFlight()).isZero());
    }

    @Test
    void reclaimsWhatADeadActorLeavesInItsMailbox() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).consumesRecords();
        router.openConnections.put(1L, opening());
        router.breaks.set(true);

        router.tells(50, opened(1), write(1, 10, 0, GET), read(1, 11, 0, OK));
        for (int i = 0; i < 50; i++) {
            router.tells(50, write(1, 20 + i, GET.length(), GET));
        }

        await().untilAsserted(() -> assertThat(router.batches.returned()).isEqualTo(51));
        await().untilAsserted(() -> assertThat(router.credit.inFlight()).isZero());
    }

    @Test
    void endsOnceTheLastConnectionHasGivenOutItsRecords() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).consumesRecords();
        router.tellsAndGetsAck(50, opened(1), opened(2), write(1, 10, 0, GET));

        router.completes();

        await().untilTrue(router.ended);
        await().untilAsserted(() -> assertThat(router.records()).hasSize(1));
        assertThat(router.records().get(0).reason()).contains(Unanswered.CAPTURE_LOSS);
        assertThat(router.credit.inFlight()).isZero();
    }

    @Test
    void closesWhatWaitsForTheWatermarkWhenTheStreamEnds() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).consumesRecords();
        router.tellsAndGetsAck(50, opened(1), write(1, 10, 0, GET), closed(1, 100, GET.length(), 0));

        router.completes();

        await().untilTrue(router.ended);
        await().untilAsserted(() -> assertThat(router.records()).hasSize(1));
        assertThat(router.records().get(0).reason()).contains(Unanswered.CLOSED);
    }

    @Test
    void asksForNoMoreWhileTheRecordsFindNoRoom() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).withFullRecordQueue();

        router.tells(50, opened(1), write(1, 10, 0, GET), read(1, 11, 0, OK));
        await().untilAsserted(() -> assertThat(router.credit.inFlight()).isZero());
        assertThat(router.books.matchedRequests()).isEqualTo(1);
        router.acks.expectNoMessage(Duration.ZERO);

        router.consumesRecords();
        router.acks.expectMessage(new ConnectionRouter.Ack(0));
        await().untilAsserted(() -> assertThat(router.records()).hasSize(1));
    }

    @Test
    void recordsThatAnActorGaveOutBeforeItDiedAreHandedOnLater() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).withFullRecordQueue();
        router.openConnections.put(1L, opening());
        router.tells(50, opened(1), write(1, 10, 0, GET), read(1, 11, 0, OK), write(1, 12, GET.length(), GET));
        await().untilAsserted(() -> assertThat(router.batches.returned()).isEqualTo(1));

        router.breaks.set(true);
        router.tells(50, closed(1, 20, 2 * GET.length(), OK.length()));
        await().untilAsserted(() -> assertThat(router.books.dropped()).containsEntry(Loss.FAILURE, 1L));
        router.consumesRecords();

        await().untilAsserted(() -> assertThat(router.records()).hasSize(1));
        await().untilAsserted(() -> assertThat(router.credit.inFlight()).isZero());
    }

    @Test
    void countsRecordsThatNobodyTakesAnyMore() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).consumesRecords();
        router.hub.complete();

        router.tellsAndGetsAck(50, opened(1), write(1, 10, 0, GET), read(1, 11, 0, OK));

        await().untilAsserted(() -> assertThat(router.books.dropped()).containsEntry(Loss.SINK_ENDED, 1L));
        await().untilAsserted(() -> assertThat(router.credit.inFlight()).isZero());
    }

    @Test
    void givesUpRequestsThatWaitTooLong() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).consumesRecords();
        router.tellsAndGetsAck(50, opened(1), write(1, 10, 0, GET));
        await().untilAsserted(() -> assertThat(router.credit.inFlight()).isZero());

        router.clock.set(RouterUnderTest.REQUEST_TIMEOUT.toNanos() + 11);
        TIME.timePasses(RouterUnderTest.REQUEST_TIMEOUT);

        await().untilAsserted(() -> assertThat(router.records()).hasSize(1));
        assertThat(router.records().get(0).reason()).contains(Unanswered.TIMEOUT);
    }

    @Test
    void opensAConnectionThatOnlyTheKernelSideHas() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).consumesRecords();
        router.openConnections.put(2L, opening());
        router.openConnections.put(4L, opening());
        router.tellsAndGetsAck(50, opened(1));
        ConnectionTable kernel = table(60, 70, 1, 2, 3);
        kernel.add(4, 4, 0, false);

        router.reconciles(kernel);
        router.tellsAndGetsAck(69);
        assertThat(router.gauges.openConnections()).isEqualTo(1);
        router.answers.expectNoMessage(Duration.ZERO);
        router.tellsAndGetsAck(70);

        router.answers.expectMessage(new ConnectionRouter.Reconciled(false));
        assertThat(router.gauges.openConnections()).isEqualTo(2);
        assertThat(router.gauges.reconciled()).containsEntry("opening", 1L);
        router.tellsAndGetsAck(80, write(2, 72, 0, GET), read(2, 73, 0, OK), closed(2, 74, GET.length(), OK.length()));
        await().untilAsserted(() -> assertThat(router.records()).hasSize(1));
        assertThat(router.records().get(0).connection().remote())
                .isEqualTo(opening().remote());
    }

    @Test
    void closesAConnectionThatTheKernelSideNoLongerHasOnceThatIsCertain() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).consumesRecords();
        router.tellsAndGetsAck(100, opened(1), opened(2), opened(3), write(1, 10, 0, GET), write(2, 10, 0, GET));

        router.reconciles(table(60, 70, 3));
        router.answers.expectMessage(new ConnectionRouter.Reconciled(true));
        assertThat(router.gauges.openConnections()).isEqualTo(3);
        router.tellsAndGetsAck(120, closed(1, 65, GET.length(), OK.length()), data(4, 75, Direction.EGRESS, 0, GET));
        router.reconciles(table(80, 90, 3));

        router.answers.expectMessage(new ConnectionRouter.Reconciled(true));
        assertThat(router.gauges.reconciled()).containsEntry("vanished", 1L);
        assertThat(router.gauges.openConnections()).isEqualTo(1);
        await().untilAsserted(() -> assertThat(router.records()).hasSize(2));
        assertThat(router.records()).extracting(TrafficRecord::reason).contains(Optional.of(Unanswered.CAPTURE_LOSS));
        assertThat(router.books.finalPositions()).isEqualTo(2 * GET.length() + OK.length());
        assertThat(router.accountedBytes()).isEqualTo(2 * GET.length() + OK.length());
        router.reconciles(table(100, 110, 3));
        router.answers.expectMessage(new ConnectionRouter.Reconciled(false));
    }

    @Test
    void leavesAConnectionOpenThatIsYoungerThanTheKernelSidesList() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).consumesRecords();
        router.openConnections.put(7L, opening());
        router.tellsAndGetsAck(100, write(7, 61, 0, GET));

        router.reconciles(table(60, 70));
        router.answers.expectMessage(new ConnectionRouter.Reconciled(false));
        router.reconciles(table(60, 70));
        router.answers.expectMessage(new ConnectionRouter.Reconciled(false));

        assertThat(router.gauges.openConnections()).isEqualTo(1);
    }

    @Test
    void takesLostCloseEventsWithTheirFinalPositions() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).consumesRecords();
        router.tellsAndGetsAck(100, opened(1), opened(3), write(1, 10, 0, GET), read(1, 11, 0, OK));

        router.reconciles(
                table(60, 70, 3),
                closed(1, 50, GET.length(), OK.length()),
                closed(2, 55, 10, 20),
                closed(3, 110, 5, 5),
                new byte[3]);

        router.answers.expectMessage(new ConnectionRouter.Reconciled(false));
        assertThat(router.gauges.openConnections()).isEqualTo(1);
        assertThat(router.gauges.reconciled()).containsEntry("end", 3L);
        await().untilAsserted(
                        () -> assertThat(router.books.finalPositions()).isEqualTo(GET.length() + OK.length() + 30));
        router.tellsAndGetsAck(110);
        assertThat(router.gauges.openConnections()).isZero();
        await().untilAsserted(
                        () -> assertThat(router.books.finalPositions()).isEqualTo(GET.length() + OK.length() + 40));
        assertThat(router.accountedBytes()).isEqualTo(router.books.finalPositions());
    }

    @Test
    void severalRoutersAgreeWithTheKernelSideEachAboutItsShare() {
        int of = 3;
        int connections = 60;
        int opened = 0;
        int ended = 0;
        for (int number = 0; number < of; number++) {
            RouterUnderTest router =
                    new RouterUnderTest(KIT, MUCH, connections, new Share(number, of)).consumesRecords();
            LongStream.rangeClosed(1, connections).forEach(each -> router.openConnections.put(each, opening()));
            byte[][] ends = LongStream.rangeClosed(1, 10)
                    .mapToObj(generation -> closed(generation, 65, 3, 4))
                    .toArray(byte[][]::new);

            router.reconciles(
                    table(60, 70, LongStream.rangeClosed(11, connections).toArray()), ends);
            router.tellsAndGetsAck(70);

            router.answers.expectMessage(new ConnectionRouter.Reconciled(false));
            assertThat(router.gauges.openConnections()).isPositive();
            opened += router.gauges.openConnections();
            ended += router.gauges.reconciled().get("end");
        }
        assertThat(opened).isEqualTo(connections - 10);
        assertThat(ended).isEqualTo(10);
    }

    @Test
    void losesNoCloseEventsThatWaitWhenTheStreamEnds() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).consumesRecords();
        router.tellsAndGetsAck(50, opened(1));
        router.reconciles(table(60, 70), closed(1, 55, 3, 4));

        router.completes();

        await().untilTrue(router.ended);
        assertThat(router.books.finalPositions()).isEqualTo(7);
    }

    @Test
    void aParserThatThrowsTakesOnlyItsOwnConnectionDown() {
        RouterUnderTest router = new RouterUnderTest(KIT, MUCH, 10).consumesRecords();
        Loss failures = Loss.FAILURE;
        router.openConnections.put(1L, opening());
        router.tellsAndGetsAck(50, opened(1), opened(2), write(1, 10, 0, "THROW now"), write(2, 11, 0, GET));
        await().untilAsserted(() -> assertThat(router.books.dropped()).containsEntry(failures, 1L));
        router.tellsAndGetsAck(60, write(1, 20, 9, "THROW again"));
        await().untilAsserted(() -> assertThat(router.books.dropped()).containsEntry(failures, 2L));
        await().untilAsserted(() -> assertThat(router.traced).contains("1 " + TraceState.OFF));

        router.tellsAndGetsAck(70, write(1, 30, 20, "THROW more"), read(2, 31, 0, OK));
        router.tellsAndGetsAck(90, closed(1, 80, 30, 5), closed(2, 81, GET.length(), OK.length()));

        await().untilAsserted(() -> assertThat(router.records()).hasSize(1));
        await().untilAsserted(
                        () -> assertThat(router.books.finalPositions()).isEqualTo(35 + GET.length() + OK.length()));
        assertThat(router.accountedBytes()).isEqualTo(router.books.finalPositions());
        assertThat(router.books.held().usedBytes()).isZero();
        assertThat(router.books.buffered().usedBytes()).isZero();
        assertThat(router.books.dropped()).containsEntry(failures, 2L).containsEntry(Loss.GIVEN_UP, 1L);
        await().untilAsserted(() -> assertThat(router.credit.inFlight()).isZero());
        await().untilAsserted(() -> assertThat(router.batches.returned()).isEqualTo(4));
    }

    /** The kernel side's table as it was read, with these generations, each in the socket of the same number. */
    private static ConnectionTable table(long from, long to, long... generations) {
        ConnectionTable table = new ConnectionTable(from);
        for (long generation : generations) {
            table.add(generation, generation, 10L << 32 | 3, true);
        }
        return table.readTo(to);
    }

    private static Opening opening() {
        return new Opening(
                Transport.TCP, Endpoint.NONE, new Endpoint(new byte[16], 80), Side.CLIENT, true, TraceState.UNSET);
    }

    private static byte[] opened(long generation) {
        return EventEncoder.opened(1, generation, 10, 3, EventDecoder.SIDE_CLIENT, EventDecoder.ORIGIN_CONNECT);
    }

    private static byte[] write(long generation, long at, long position, String bytes) {
        return data(generation, at, Direction.EGRESS, position, bytes);
    }

    private static byte[] read(long generation, long at, long position, String bytes) {
        return data(generation, at, Direction.INGRESS, position, bytes);
    }

    private static byte[] data(long generation, long at, Direction direction, long position, String bytes) {
        byte[] all = bytes.getBytes(StandardCharsets.ISO_8859_1);
        return EventEncoder.data(at, at, generation, 10, 3, direction, position, all, all.length);
    }

    private static byte[] closed(long generation, long at, long egressEnd, long ingressEnd) {
        return EventEncoder.closed(at, generation, 10, 3, egressEnd, ingressEnd, EventDecoder.CLOSE_NORMAL);
    }
}
