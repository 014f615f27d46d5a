package io.kyanos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.kyanos.capture.CaptureFilters;
import io.kyanos.capture.Choice;
import io.kyanos.capture.PortRange;
import io.kyanos.packet.CaptureMaker;
import io.kyanos.protocol.Detail;
import io.kyanos.record.AddressRange;
import io.kyanos.record.Outcome;
import io.kyanos.record.Side;
import io.kyanos.record.TrafficRecord;
import io.kyanos.record.Transport;
import io.kyanos.record.Unanswered;
import io.kyanos.sink.SelfStatistics;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PacketReplayTest {

    private static final int CLIENT_PORT = 40000;
    private static final int SERVER_PORT = 8080;
    private static final String GET = "GET /orders HTTP/1.1\r\nHost: shop\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final double MILLI = 1e6;

    private final Config config = ConfigFactory.load();
    private ActorSystem<Void> system;

    @TempDir
    Path folder;

    /** What came of a capture. */
    private record Replayed(List<TrafficRecord> records, SelfStatistics statistics, List<String> remarks) {

        long dropped(String reason) {
            return statistics.dropped().getOrDefault(new SelfStatistics.Drop("packets", reason), 0L);
        }
    }

    @BeforeAll
    void start() {
        system = ActorSystem.create(Behaviors.empty(), "packets", config);
    }

    @AfterAll
    void stop() throws Exception {
        system.terminate();
        system.getWhenTerminated().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Test
    void givesTheRecordsOfItsClients() throws Exception {
        Replayed replayed = replay(new CaptureMaker().exchange(CLIENT_PORT, SERVER_PORT, GET, OK));

        assertThat(replayed.records()).singleElement().satisfies(record -> {
            assertThat(record.request().operation()).isEqualTo("GET /orders");
            assertThat(record.connection().side()).isEqualTo(Side.CLIENT);
            assertThat(record.connection().local()).hasToString("10.0.0.1:40000");
            assertThat(record.connection().remote()).hasToString("10.0.0.2:8080");
            assertThat(record.connection().process()).isEmpty();
            assertThat(record.connection().tgid()).isZero();
            assertThat(record.times().startedAt()).isEqualTo(CaptureMaker.START + (long) (2 * MILLI));
            assertThat(record.times().totalNanos()).isEqualTo((long) MILLI);
        });
        assertThat(replayed.remarks()).isEmpty();
    }

    @Test
    void turnsRoundAConnectionWhoseClientShowsLate() throws Exception {
        // Joined in the middle, by the ports either may be the client, and what is sent first is an answer.
        Replayed replayed = replay(new CaptureMaker()
                .tcp(false, 7000, 9000, "PA", 501, 101, OK)
                .tcp(true, 7000, 9000, "PA", 101, 501 + OK.length(), GET)
                .tcp(false, 7000, 9000, "PA", 501 + OK.length(), 101 + GET.length(), OK)
                .tcp(true, 7000, 9000, "PA", 101 + GET.length(), 501 + 2 * OK.length(), GET)
                .tcp(false, 7000, 9000, "PA", 501 + 2 * OK.length(), 101 + 2 * GET.length(), OK));

        assertThat(replayed.records()).last().satisfies(record -> {
            assertThat(record.connection().side()).isEqualTo(Side.CLIENT);
            assertThat(record.connection().local()).hasToString("10.0.0.1:7000");
            assertThat(record.connection().remote()).hasToString("10.0.0.2:9000");
            assertThat(record.outcome()).isEqualTo(Outcome.OK);
        });
    }

    @Test
    void givesTheRecordsOfDatagrams() throws Exception {
        byte[] query = HexFormat.of().parseHex("12340100000100000000000003777777076578616d706c6504746573740000010001");
        byte[] answer = query.clone();
        answer[2] = (byte) 0x81;
        answer[3] = (byte) 0x80;
        Replayed replayed =
                replay(new CaptureMaker().udp(true, 40001, 53, query).udp(false, 40001, 53, answer));

        assertThat(replayed.records()).singleElement().satisfies(record -> {
            assertThat(record.protocol()).isEqualTo("dns");
            assertThat(record.connection().transport()).isEqualTo(Transport.UDP);
            assertThat(record.connection().side()).isEqualTo(Side.CLIENT);
            assertThat(record.connection().remote()).hasToString("10.0.0.2:53");
            assertThat(record.times().totalNanos()).isEqualTo((long) MILLI);
        });
    }

    @Test
    void saysWhyThereIsNoAnswer() throws Exception {
        Replayed reset = replay(new CaptureMaker()
                .tcp(true, CLIENT_PORT, SERVER_PORT, "S", 100, 0, "")
                .tcp(false, CLIENT_PORT, SERVER_PORT, "SA", 500, 101, "")
                .tcp(true, CLIENT_PORT, SERVER_PORT, "PA", 101, 501, GET)
                .tcp(false, CLIENT_PORT, SERVER_PORT, "RA", 501, 101 + GET.length(), ""));
        Replayed ended = replay(new CaptureMaker()
                .tcp(true, CLIENT_PORT, SERVER_PORT, "S", 100, 0, "")
                .tcp(true, CLIENT_PORT, SERVER_PORT, "PA", 101, 501, GET));

        assertThat(reset.records()).extracting(TrafficRecord::reason).containsExactly(Optional.of(Unanswered.RESET));
        assertThat(ended.records())
                .extracting(TrafficRecord::reason)
                .containsExactly(Optional.of(Unanswered.CAPTURE_LOSS));
    }

    @Test
    void timesOutByTheTimeOfPackets() throws Exception {
        Replayed replayed = replay(new CaptureMaker()
                .tcp(true, CLIENT_PORT, SERVER_PORT, "S", 100, 0, "")
                .tcp(true, CLIENT_PORT, SERVER_PORT, "PA", 101, 501, GET)
                .waits(200_000)
                .exchange(CLIENT_PORT + 1, SERVER_PORT, GET, OK)
                .waits(200_000)
                .exchange(CLIENT_PORT + 2, SERVER_PORT, GET, OK));

        assertThat(replayed.records())
                .filteredOn(record -> record.outcome() == Outcome.UNANSWERED)
                .extracting(TrafficRecord::reason)
                .containsExactly(Optional.of(Unanswered.TIMEOUT));
    }

    @Test
    void readsOnWhereItsClockSaysThatDecadesHavePassed() throws Exception {
        String request = "*3\r\n$5\r\nBLPOP\r\n$1\r\nq\r\n$1\r\n0\r\n";
        byte[] capture = new CaptureMaker()
                .tcp(true, CLIENT_PORT, 6379, "S", 100, 0, "")
                .tcp(false, CLIENT_PORT, 6379, "SA", 500, 101, "")
                .tcp(true, CLIENT_PORT, 6379, "PA", 101, 501, request)
                .waits(TimeUnit.DAYS.toMillis(40 * 365))
                .tcp(false, CLIENT_PORT, 6379, "PA", 501, 101 + request.length(), "*2\r\n$1\r\nq\r\n$1\r\nv\r\n")
                .take();
        Path file = Files.write(folder.resolve("decades.pcap"), capture);
        Config hasty = ConfigFactory.parseString("kyanos.connection.request-timeout = 1 ms")
                .withFallback(config);

        Replayed replayed = all(Kyanos.get(system).replay(hasty, EVERYTHING, file));

        assertThat(replayed.records()).extracting(TrafficRecord::outcome).containsExactly(Outcome.OK);
    }

    @Test
    void leavesOutWhatFiltersDoNotWant() throws Exception {
        CaptureMaker capture = new CaptureMaker()
                .exchange(CLIENT_PORT, SERVER_PORT, GET, OK)
                .exchange(CLIENT_PORT, 80, GET, OK)
                .tcp(false, 7000, 9000, "PA", 501, 101, OK)
                .tcp(true, 7000, 9000, "PA", 101, 501 + OK.length(), GET)
                .tcp(false, 7000, 9000, "PA", 501 + OK.length(), 101 + GET.length(), OK);
        byte[] bytes = capture.take();

        assertThat(remotePorts(bytes, CaptureFilters.NONE)).containsExactlyInAnyOrder(SERVER_PORT, 80, 9000);
        assertThat(remotePorts(bytes, CaptureFilters.NONE.withRemotePorts(only(80))))
                .containsExactly(80);
        assertThat(remotePorts(bytes, CaptureFilters.NONE.withRemotePorts(only(9000))))
                .containsExactly(9000);
        assertThat(remotePorts(bytes, CaptureFilters.NONE.withLocalPorts(only(9000))))
                .isEmpty();
        assertThat(remotePorts(bytes, CaptureFilters.NONE.withSide(Side.CLIENT)))
                .hasSize(3);
        assertThat(remotePorts(
                        bytes,
                        CaptureFilters.NONE.withRemoteIps(
                                new Choice<>(Set.of(AddressRange.parse("10.0.0.1")), Set.of()))))
                .isEmpty();
    }

    @Test
    void refusesFiltersThatNoPacketAnswers() {
        byte[] bytes =
                new CaptureMaker().exchange(CLIENT_PORT, SERVER_PORT, GET, OK).take();

        assertThatThrownBy(() -> replay(bytes, CaptureFilters.NONE.withPids(new Choice<>(Set.of(1), Set.of()))))
                .hasMessageContaining("packets do not show processes");
        assertThatThrownBy(() -> replay(bytes, CaptureFilters.NONE.withSide(Side.SERVER)))
                .hasMessageContaining("expected: client or all");
    }

    @Test
    void keepsTheBooksOfWhatIsMissing() throws Exception {
        Replayed replayed = replay(new CaptureMaker()
                .tcp(true, CLIENT_PORT, SERVER_PORT, "S", 100, 0, "")
                .tcp(false, CLIENT_PORT, SERVER_PORT, "SA", 500, 101, "")
                .tcp(true, CLIENT_PORT, SERVER_PORT, "PA", 101, 501, GET)
                .tcp(false, CLIENT_PORT, SERVER_PORT, "PA", 501, 101 + GET.length(), OK)
                .tcp(false, CLIENT_PORT, SERVER_PORT, "PA", 501 + 7 * OK.length(), 101 + GET.length(), OK)
                .tcp(true, CLIENT_PORT, SERVER_PORT, "A", 101 + GET.length(), 501 + 8 * OK.length(), "")
                .waits(500)
                .tcp(true, CLIENT_PORT, SERVER_PORT, "RA", 101 + GET.length(), 501 + 8 * OK.length(), "")
                .cutAt(60)
                .exchange(CLIENT_PORT + 1, SERVER_PORT, GET, OK)
                .cutAt(30)
                .tcp(true, CLIENT_PORT + 2, SERVER_PORT, "PA", 101, 501, GET));

        long fates = replayed.statistics().streamBytes().values().stream()
                .mapToLong(count -> count)
                .sum();
        assertThat(fates)
                .isEqualTo(replayed.statistics().finalPositionBytes())
                .isEqualTo(2L * GET.length() + 9L * OK.length());
        assertThat(replayed.statistics().streamBytes().get("gap_lost")).isEqualTo(6L * OK.length());
        assertThat(replayed.statistics().streamBytes().get("gap_capped")).isPositive();
        assertThat(replayed.dropped("payload_cut")).isEqualTo(2);
        assertThat(replayed.dropped("head_cut")).isEqualTo(1);
    }

    @Test
    void showsWhatHasComeWhileMoreIsWaitedFor() throws Exception {
        CaptureMaker capture = new CaptureMaker();
        BlockingQueue<TrafficRecord> records = new LinkedBlockingQueue<>();
        try (PipedOutputStream out = new PipedOutputStream();
                InputStream in = new PipedInputStream(out, 1 << 16)) {
            Capture replayed = Kyanos.get(system).replay(config, EVERYTHING, in, "a pipe");
            CompletionStage<Done> end = replayed.records().runWith(Sink.foreach(records::addAll), system);
            for (int i = 0; i < 3; i++) {
                out.write(
                        capture.exchange(CLIENT_PORT + i, SERVER_PORT, GET, OK).take());
                out.flush();
                TrafficRecord record = records.poll(60, TimeUnit.SECONDS);
                assertThat(record).isNotNull();
                assertThat(record.connection().local().port()).isEqualTo(CLIENT_PORT + i);
            }

            replayed.stop().toCompletableFuture().get(60, TimeUnit.SECONDS);
            end.toCompletableFuture().get(60, TimeUnit.SECONDS);
            assertThat(replayed.remarks()).isEmpty();
        }
    }

    @Test
    void endsWithThePipe() throws Exception {
        byte[] bytes =
                new CaptureMaker().exchange(CLIENT_PORT, SERVER_PORT, GET, OK).take();

        assertThat(live(new ByteArrayInputStream(bytes)).records()).hasSize(1);
        assertThat(live(new ByteArrayInputStream(bytes, 0, bytes.length - 5)))
                .satisfies(cut -> assertThat(cut.records()).hasSize(1))
                .satisfies(cut -> assertThat(cut.remarks())
                        .singleElement()
                        .asString()
                        .startsWith("read packet capture a pipe: "));
    }

    @Test
    void saysWhatIsNoCapture() throws Exception {
        assertThat(live(InputStream.nullInputStream()).remarks()).hasSize(1);
        assertThat(live(new ByteArrayInputStream("GET / HTTP/1.1\r\n\r\n".getBytes()))
                        .remarks())
                .containsExactly("read packet capture a pipe: is neither pcap nor pcapng");
    }

    private static final CaptureRequest EVERYTHING =
            new CaptureRequest(CaptureFilters.NONE, Set.of(), new Detail(true, 64, true));

    private List<Integer> remotePorts(byte[] bytes, CaptureFilters filters) throws Exception {
        return replay(bytes, filters).records().stream()
                .map(record -> record.connection().remote().port())
                .toList();
    }

    private static Choice<PortRange> only(int port) {
        return new Choice<>(Set.of(new PortRange(port, port)), Set.of());
    }

    private Replayed replay(CaptureMaker capture) throws Exception {
        return replay(capture.take(), CaptureFilters.NONE);
    }

    private Replayed replay(byte[] bytes, CaptureFilters filters) throws Exception {
        Path file = Files.createTempFile(folder, "capture", ".pcap");
        Files.write(file, bytes);
        return all(Kyanos.get(system).replay(config, EVERYTHING.of(filters), file));
    }

    private Replayed live(InputStream in) throws Exception {
        return all(Kyanos.get(system).replay(config, EVERYTHING, in, "a pipe"));
    }

    private Replayed all(Capture capture) throws Exception {
        List<TrafficRecord> records = new CopyOnWriteArrayList<>();
        capture.records()
                .runWith(Sink.foreach(records::addAll), system)
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);
        capture.stop().toCompletableFuture().get(60, TimeUnit.SECONDS);
        return new Replayed(records, capture.statistics(), capture.remarks());
    }
}
