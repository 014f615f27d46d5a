package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes wrong on real machines, in the size of a test; {@code benchmarks/faults.py} has it in full. */
class FaultsIT {

    private static final int EXCHANGES = 20;
    private static final long BIG = 100 << 20;
    private static final long FEW = 2 << 20;

    @BeforeAll
    static void require() {
        Requires.captureAnd("python3", "redis-server", "redis-benchmark", "nginx", "curl");
    }

    @Test
    void httpSpokenByteByByteGivesWholeRecords() {
        try (Servers.Server server = Servers.echo("how=bytes");
                KyanosProcess kyanos = KyanosProcess.watch(KyanosProcess.ofOurChildren())) {
            Scripts.ask(server, "how=bytes", "requests=" + EXCHANGES, "path=/drip");

            List<WatchedRecord> records = kyanos.awaitRecordsOf(
                    server.port(), seen -> assertThat(seen).hasSize(2 * EXCHANGES));
            assertThat(records).allSatisfy(record -> {
                assertThat(record.outcome()).isEqualTo("ok");
                assertThat(record.isTrue("truncated")).isFalse();
                assertThat(record.text("response")).endsWith("\n" + record.path());
            });
            assertThat(records).extracting(WatchedRecord::path).contains("/drip/0-0", "/drip/0-19");
        }
    }

    @Test
    void redisSpokenByteByByteGivesWholeRecords() throws Exception {
        try (Servers.Server redis = Servers.redis();
                KyanosProcess kyanos = KyanosProcess.watch(KyanosProcess.ofOurChildren());
                Socket client = new Socket(redis.host(), redis.port())) {
            client.setTcpNoDelay(true);
            for (int i = 0; i < EXCHANGES; i++) {
                writeByteByByte(client.getOutputStream(), "*2\r\n$4\r\nECHO\r\n$8\r\nanswer" + (10 + i) + "\r\n");
                assertThat(readByteByByte(client.getInputStream(), 14)).isEqualTo("$8\r\nanswer" + (10 + i) + "\r\n");
            }

            List<WatchedRecord> records =
                    kyanos.awaitRecordsOf(redis.port(), seen -> assertThat(seen).hasSize(2 * EXCHANGES));
            assertThat(records).allSatisfy(record -> {
                assertThat(record.operation()).isEqualTo("ECHO");
                assertThat(record.outcome()).isEqualTo("ok");
                assertThat(record.isTrue("truncated")).isFalse();
                assertThat(record.number("req_size_bytes")).isEqualTo(28);
                assertThat(record.number("resp_size_bytes")).isEqualTo(14);
            });
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"server, --local-ports", "client, --remote-ports"})
    void aBigDownloadHasItsFullSizeAndASmallBuffer(String side, String filter) throws Exception {
        try (Servers.Server nginx = Servers.nginx("", "location / { root files; }");
                KyanosProcess kyanos = KyanosProcess.exporter(filter, Integer.toString(nginx.port()))) {
            Path files = Files.createDirectory(nginx.program().folder().resolve("files"));
            try (RandomAccessFile big =
                    new RandomAccessFile(files.resolve("big").toFile(), "rw")) {
                big.setLength(BIG);
            }

            try (RunningProgram curl = RunningProgram.start(
                    "curl", "-sf", "-o", "/dev/null", "http://127.0.0.1:" + nginx.port() + "/big")) {
                while (curl.isAlive()) {
                    assertThat(kyanos.scrape().sum("kyanos_buffered_bytes")).isLessThan(FEW);
                }
                assertThat(curl.awaitExit()).isZero();
            }

            Scrape scrape = kyanos.await(seen -> {
                assertThat(seen.sum("kyanos_requests_total", "side", side)).isOne();
                assertThat(seen.sum("kyanos_open_connections")).isZero();
            });
            assertThat(scrape.sum("kyanos_response_bytes_total")).isBetween((double) BIG, BIG + 1024.0);
            LossBooksIT.assertBooksBalance(scrape);
        }
    }

    @Test
    void theExporterKilledUnderLoadLeavesNothingAndStartsAgain() throws Exception {
        try (Servers.Server redis = Servers.redis();
                RunningProgram load = RunningProgram.start(endless(redis))) {
            Set<Path> pins = pins();
            try (KyanosProcess kyanos = observe(List.of(), redis)) {
                Set<Integer> held = KernelPrograms.heldBy(kyanos.program().pid());
                assertThat(KernelPrograms.loaded()).containsAll(held);
                assertThat(held).isNotEmpty();

                kyanos.stop("KILL");

                Awaitility.await()
                        .untilAsserted(() -> assertThat(KernelPrograms.loaded()).doesNotContainAnyElementsOf(held));
            }
            assertThat(pins()).isEqualTo(pins);
            try (KyanosProcess next = observe(List.of(), redis)) {
                assertThat(next.stop("TERM")).isZero();
            }
            assertThat(load.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void stoppingUnderLoadBreaksNoJniRule(String signal) {
        String option = "-Xcheck:jni";
        List<String> prefix = List.of("env", "--default-signal=INT", "JAVA_TOOL_OPTIONS=" + option);
        try (Servers.Server redis = Servers.redis();
                RunningProgram load = RunningProgram.start(endless(redis));
                KyanosProcess kyanos = observe(prefix, redis)) {

            int exitCode = kyanos.stop(signal);

            assertThat(exitCode).as(kyanos.error()).isZero();
            assertThat(kyanos.program().output()).isEmpty();
            assertThat(kyanos.error().lines())
                    .hasSize(3)
                    .anyMatch(line -> line.endsWith("JAVA_TOOL_OPTIONS: " + option))
                    .anyMatch(line -> line.startsWith("kyanos: capture by "))
                    .anyMatch(line -> line.startsWith("kyanos: metrics at "));
            assertThat(load.isAlive()).isTrue();
        }
    }

    /** An exporter that has seen something of the load. */
    private static KyanosProcess observe(List<String> prefix, Servers.Server redis) {
        KyanosProcess kyanos = KyanosProcess.exporterUnder(prefix, "--local-ports", Integer.toString(redis.port()));
        try {
            kyanos.awaitUnderLoad(seen -> assertThat(seen.sum("kyanos_requests_total", "operation", "GET"))
                    .isPositive());
            return kyanos;
        } catch (RuntimeException | Error e) {
            kyanos.close();
            throw e;
        }
    }

    private static String[] endless(Servers.Server redis) {
        return ("redis-benchmark -q -l -t get -c 10 -p " + redis.port()).split(" ");
    }

    private static Set<Path> pins() throws IOException {
        Path folder = Path.of("/sys/fs/bpf");
        if (!Files.isDirectory(folder)) {
            return Set.of();
        }
        try (Stream<Path> pins = Files.walk(folder)) {
            return Set.copyOf(pins.toList());
        }
    }

    private static void writeByteByByte(OutputStream out, String text) throws IOException {
        for (byte each : text.getBytes(StandardCharsets.ISO_8859_1)) {
            out.write(each);
        }
    }

    private static String readByteByByte(InputStream in, int count) throws IOException {
        StringBuilder text = new StringBuilder();
        while (text.length() < count) {
            text.append((char) in.read());
        }
        return text.toString();
    }
}
