package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.recording.RecordingReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Large bodies that nobody wants are not copied, and every record, size and book is as exact as ever. Each body is held up
 * until the kernel side has been told where it ends, which is looked up in its own table.
 */
class PassOverIT {

    private static final int BODY = 10_000_000;
    private static final int BEGINNING = 100_000;
    private static final int TIMES = 10;
    /** What is on its way while a body is held up: buffers of both ends; redis-server has the kernel's largest. */
    private static final int ON_ITS_WAY = 5_000_000;

    private static final int EGRESS = 0;
    private static final int INGRESS = 1;

    /** Which end of the connections is captured. */
    private enum End {
        SERVER("--local-ports"),
        CLIENT("--remote-ports");

        private final String filter;

        End(String filter) {
            this.filter = filter;
        }

        int requests() {
            return this == CLIENT ? EGRESS : INGRESS;
        }

        int responses() {
            return this == CLIENT ? INGRESS : EGRESS;
        }
    }

    /** A capture of one end and the table that says what it passes over. */
    private record Capture(KyanosProcess kyanos, KernelMap table) implements AutoCloseable {

        static Capture of(End end, int port, String... more) {
            KyanosProcess kyanos = KyanosProcess.exporter(Servers.concat(
                    new String[] {
                        end.filter,
                        Integer.toString(port),
                        "--set",
                        "kyanos.capture.rings.syscall=64MiB",
                        "--set",
                        "kyanos.capture.perf-buffers.syscall=64MiB"
                    },
                    more));
            return new Capture(kyanos, KernelMap.of(kyanos.program().pid(), "pass_overs"));
        }

        /** Waits until the kernel side has been told to pass over all up to this position. */
        void awaitTold(int direction, long until) {
            Awaitility.await("told up to " + until)
                    .untilAsserted(() -> assertThat(told(direction)).isEqualTo(until));
        }

        /** Up to which position it passes over; 0 where nothing is. */
        long told(int direction) {
            return table.entries().stream()
                    .map(entry -> (List<?>) KernelMap.object(entry.get("value")).get("until"))
                    .mapToLong(until -> KernelMap.number(until.get(direction)) & (1L << 44) - 1)
                    .max()
                    .orElseThrow();
        }

        /** Makes what was told another connection's, which has the same slot. */
        void tellOfAnother() {
            for (Map<String, Object> entry : table.entries()) {
                List<?> until = (List<?>) KernelMap.object(entry.get("value")).get("until");
                long first = KernelMap.number(until.get(0));
                long second = KernelMap.number(until.get(1));
                if ((first | second) != 0) {
                    table.update(KernelMap.number(entry.get("key")), first ^ (1L << 44), second ^ (1L << 44));
                }
            }
        }

        double passedOver() {
            return kyanos.scrape().sum("kyanos_capture_passed_over_bytes_total");
        }

        /** Waits for the end of all connections; every byte has its fate, and none is missing. */
        Scrape awaitEnd(long moved) {
            Scrape ended = kyanos.await(seen -> {
                assertThat(seen.sum("kyanos_stream_final_bytes_total")).isEqualTo(moved);
                assertThat(seen.sum("kyanos_open_connections")).isZero();
            });
            LossBooksIT.assertBooksBalance(ended);
            assertThat(ended.sum("kyanos_stream_bytes_total", "fate", "parsed")
                            + ended.sum("kyanos_stream_bytes_total", "fate", "passed_over"))
                    .isEqualTo(moved);
            assertThat(ended.sum("kyanos_dropped_total")).isZero();
            assertThat(told(EGRESS)).isZero();
            assertThat(told(INGRESS)).isZero();
            return ended;
        }

        @Override
        public void close() {
            kyanos.close();
        }
    }

    @BeforeAll
    static void require() {
        Requires.captureAnd("nginx", "redis-server", "bpftool");
    }

    @ParameterizedTest
    @EnumSource
    void aHundredMegabytesOfDownloadsAreExactAndHardlyCopied(End end) {
        int port = Ports.free();
        try (Servers.Server nginx = nginx(port);
                Capture capture = Capture.of(end, port)) {
            serve(nginx);
            long sent = 0;
            long received;
            try (HttpConnection client = HttpConnection.slow(port)) {
                for (int i = 0; i < TIMES; i++) {
                    String request = HttpConnection.get("/large");
                    client.send(request).readHead();
                    sent += request.length();
                    long until = client.received() + BODY;
                    client.readBytes(BEGINNING);
                    capture.awaitTold(end.responses(), until);
                    client.readBytes(BODY - BEGINNING);
                }
                String request = HttpConnection.get("/small");
                client.send(request).readAnswer();
                sent += request.length();
                received = client.received();
            }

            Scrape seen = capture.awaitEnd(sent + received);
            assertThat(seen.sum("kyanos_requests_total", "operation", "GET /large", "outcome", "ok"))
                    .isEqualTo(TIMES);
            assertThat(seen.sum("kyanos_requests_total")).isEqualTo(TIMES + 1);
            assertThat(seen.sum("kyanos_response_bytes_total")).isEqualTo(received);
            assertThat(seen.sum("kyanos_request_bytes_total")).isEqualTo(sent);
            assertHardlyCopied(seen, TIMES);
        }
    }

    /** The last write of a body also holds the requests behind it. */
    @ParameterizedTest
    @EnumSource
    void uploadsAndTheRequestsPipelinedBehindThemAreExact(End end) {
        int port = Ports.free();
        try (Servers.Server nginx = nginx(port);
                Capture capture = Capture.of(end, port)) {
            serve(nginx);
            long sent = 0;
            long received;
            try (HttpConnection client = HttpConnection.slow(port)) {
                String head = "PUT /taken HTTP/1.1\r\nHost: it\r\nContent-Length: " + BODY + "\r\n\r\n";
                String behind = HttpConnection.get("/small") + HttpConnection.get("/missing");
                sent += introduce(client);
                for (int i = 0; i < TIMES; i++) {
                    client.send(head + "b".repeat(BEGINNING));
                    capture.awaitTold(end.requests(), sent + head.length() + BODY);
                    client.send("b".repeat(BODY - BEGINNING) + behind);
                    client.readHead();
                    client.readAnswer();
                    client.readAnswer();
                    sent += head.length() + BODY + behind.length();
                }
                received = client.received();
            }

            Scrape seen = capture.awaitEnd(sent + received);
            assertThat(seen.sum("kyanos_requests_total", "operation", "PUT /taken", "outcome", "ok"))
                    .isEqualTo(TIMES);
            assertThat(seen.sum("kyanos_requests_total", "operation", "GET /small", "outcome", "ok"))
                    .isEqualTo(TIMES + 1);
            assertThat(seen.sum("kyanos_requests_total", "outcome", "client_error"))
                    .isEqualTo(TIMES);
            assertThat(seen.sum("kyanos_requests_total", "outcome", "unanswered"))
                    .isZero();
            assertThat(seen.sum("kyanos_request_bytes_total")).isEqualTo(sent);
            assertThat(seen.sum("kyanos_response_bytes_total")).isEqualTo(received);
            assertHardlyCopied(seen, TIMES);
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachLargeChunkIsPassedOverAndWhatFramesThemIsNot(End end) {
        int port = Ports.free();
        try (Servers.Server nginx = nginx(port);
                Capture capture = Capture.of(end, port)) {
            serve(nginx);
            long sent = 0;
            long received;
            String size = Integer.toHexString(BODY) + "\r\n";
            try (HttpConnection client = HttpConnection.slow(port)) {
                String head = "PUT /taken HTTP/1.1\r\nHost: it\r\nTransfer-Encoding: chunked\r\n\r\n";
                String frames = head;
                sent += introduce(client);
                for (int i = 0; i < 3; i++) {
                    client.send(frames + size + "b".repeat(BEGINNING));
                    sent += frames.length() + size.length();
                    capture.awaitTold(end.requests(), sent + BODY);
                    client.send("b".repeat(BODY - BEGINNING));
                    sent += BODY;
                    frames = "\r\n5\r\nsmall\r\n";
                }
                String last = "\r\n0\r\n\r\n" + HttpConnection.get("/small");
                client.send(last);
                sent += last.length();
                client.readHead();
                client.readAnswer();
                received = client.received();
            }

            Scrape seen = capture.awaitEnd(sent + received);
            assertThat(seen.sum("kyanos_requests_total", "outcome", "ok")).isEqualTo(3);
            assertThat(seen.sum("kyanos_requests_total", "operation", "PUT /taken"))
                    .isOne();
            assertThat(seen.sum("kyanos_request_bytes_total")).isEqualTo(sent);
            assertHardlyCopied(seen, 3);
        }
    }

    @ParameterizedTest
    @EnumSource
    void valuesOfRedisAndTheCommandsBehindThemAreExact(End end) {
        try (Servers.Server redis = Servers.redis();
                Capture capture = Capture.of(end, redis.port())) {
            long sent = 0;
            long received;
            try (HttpConnection client = HttpConnection.slow(redis.port())) {
                String set = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + BODY + "\r\n";
                String get = "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*1\r\n$4\r\nPING\r\n";
                String value = "$" + BODY + "\r\n";
                for (int i = 0; i < TIMES; i++) {
                    client.send(set + "v".repeat(BEGINNING));
                    sent += set.length();
                    capture.awaitTold(end.requests(), sent + BODY + 2);
                    client.send("v".repeat(BODY - BEGINNING) + "\r\n" + get);
                    sent += BODY + 2 + get.length();
                    client.readBytes("+OK\r\n".length() + value.length() + BEGINNING);
                    capture.awaitTold(end.responses(), client.received() - BEGINNING + BODY + 2);
                    client.readBytes(BODY - BEGINNING + 2 + "+PONG\r\n".length());
                }
                received = client.received();
            }

            Scrape seen = capture.awaitEnd(sent + received);
            for (String operation : List.of("SET", "GET", "PING")) {
                assertThat(seen.sum("kyanos_requests_total", "operation", operation, "outcome", "ok"))
                        .as(operation)
                        .isEqualTo(TIMES);
            }
            assertThat(seen.sum("kyanos_request_bytes_total")).isEqualTo(sent);
            assertThat(seen.sum("kyanos_response_bytes_total")).isEqualTo(received);
            assertHardlyCopied(seen, 2 * TIMES);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aBodyThatItsConnectionsEndCutsSpoilsNothing(End end) {
        int port = Ports.free();
        try (Servers.Server nginx = nginx(port);
                Capture capture = Capture.of(end, port)) {
            serve(nginx);
            String head = "PUT /taken HTTP/1.1\r\nHost: it\r\nContent-Length: " + BODY + "\r\n\r\n";
            try (HttpConnection client = HttpConnection.slow(port)) {
                long sent = introduce(client);
                client.send(head + "b".repeat(BEGINNING));
                capture.awaitTold(end.requests(), sent + head.length() + BODY);
                client.send("b".repeat(BODY / 2));
            }
            capture.kyanos().await(seen -> {
                assertThat(seen.sum("kyanos_open_connections")).isZero();
                assertThat(seen.sum("kyanos_requests_total", "outcome", "unanswered"))
                        .isOne();
            });
            assertThat(capture.told(end.requests())).isZero();

            try (HttpConnection client = HttpConnection.slow(port)) {
                introduce(client);
            }

            Scrape seen = capture.kyanos().await(scrape -> {
                assertThat(scrape.sum("kyanos_open_connections")).isZero();
                assertThat(scrape.sum("kyanos_requests_total", "operation", "GET /small", "outcome", "ok"))
                        .isEqualTo(2);
            });
            LossBooksIT.assertBooksBalance(seen);
            assertThat(seen.sum("kyanos_capture_passed_over_bytes_total")).isPositive();
            assertThat(seen.sum("kyanos_stream_bytes_total", "fate", "gap_capped"))
                    .isZero();
        }
    }

    /** As if a connection with the same slot had told it. */
    @ParameterizedTest
    @EnumSource
    void whatWasToldOfAnotherConnectionIsNotHeeded(End end) {
        int port = Ports.free();
        try (Servers.Server nginx = nginx(port);
                Capture capture = Capture.of(end, port)) {
            serve(nginx);
            String request = HttpConnection.get("/large");
            long received;
            try (HttpConnection client = HttpConnection.slow(port)) {
                client.send(request).readHead();
                long until = client.received() + BODY;
                client.readBytes(BEGINNING);
                capture.awaitTold(end.responses(), until);
                capture.tellOfAnother();
                double passedOver = capture.passedOver();
                client.readBytes(BODY - BEGINNING);
                received = client.received();
                Scrape seen = capture.kyanos()
                        .await(scrape -> assertThat(scrape.sum("kyanos_stream_bytes_total"))
                                .isEqualTo(request.length() + client.received()));
                assertThat(seen.sum("kyanos_capture_passed_over_bytes_total")).isEqualTo(passedOver);
            }
            assertThat(capture.awaitEnd(request.length() + received).sum("kyanos_requests_total", "outcome", "ok"))
                    .isOne();
        }
    }

    @Test
    void everythingIsCopiedWhereItIsSwitchedOff() {
        int port = Ports.free();
        try (Servers.Server nginx = nginx(port);
                Capture capture = Capture.of(End.SERVER, port, "--set", "kyanos.capture.pass-over=false")) {
            serve(nginx);
            String request = HttpConnection.get("/large");
            long received;
            try (HttpConnection client = HttpConnection.slow(port)) {
                client.send(request).readAnswer();
                received = client.received();
            }

            Scrape seen = capture.awaitEnd(request.length() + received);
            assertThat(seen.sum("kyanos_requests_total", "outcome", "ok")).isOne();
            assertThat(seen.sum("kyanos_capture_passed_over_bytes_total")).isZero();
        }
    }

    @Test
    void aRecordingHoldsBodiesInFull() throws IOException {
        int port = Ports.free();
        List<String> line = new ArrayList<>(KyanosProcess.command());
        line.addAll(List.of(
                "record",
                "large.kyanos",
                "--local-ports",
                Integer.toString(port),
                "--set",
                "kyanos.capture.max-payload-bytes=1MiB",
                "--set",
                "kyanos.capture.rings.syscall=64MiB",
                "--set",
                "kyanos.capture.perf-buffers.syscall=64MiB"));
        KyanosProcess.addTransport(line);
        try (Servers.Server nginx = nginx(port);
                RunningProgram record = RunningProgram.start(line.toArray(String[]::new))) {
            serve(nginx);
            Awaitility.await("the recording has begun")
                    .failFast("has ended", () -> !record.isAlive())
                    .until(() -> record.error().contains("kyanos: recording "));
            try (HttpConnection client = HttpConnection.slow(port)) {
                client.send(HttpConnection.get("/large")).readAnswer();
            }
            record.signal("TERM");
            assertThat(record.awaitExit()).isZero();

            Path file = record.folder().resolve("large.kyanos");
            assertThat(Files.size(file)).as("random bytes are not compressed").isGreaterThan(BODY);
            try (RecordingReader reader = RecordingReader.open(file)) {
                assertThat(reader.next()).isNotNull();
            }
        }
    }

    /** What is on its way is copied of each body before the kernel side knows, hardly more. */
    private static void assertHardlyCopied(Scrape seen, int bodies) {
        assertThat(seen.sum("kyanos_capture_passed_over_bytes_total"))
                .isGreaterThan((double) bodies * (BODY - BEGINNING - ON_ITS_WAY))
                .isLessThan((double) bodies * BODY);
        System.out.println("not copied: " + Map.of("bytes", seen.sum("kyanos_capture_passed_over_bytes_total")));
    }

    /** A first exchange, after which it is known what the connection speaks; returns the bytes sent. */
    private static long introduce(HttpConnection client) {
        String request = HttpConnection.get("/small");
        client.send(request).readAnswer();
        return request.length();
    }

    private static Servers.Server nginx(int port) {
        return Servers.nginx(
                "server { listen 127.0.0.1:" + port + " sndbuf=64k rcvbuf=64k; root www; sendfile off;"
                        + " client_max_body_size 1g; location = /taken { dav_methods PUT; } }",
                "return 404;");
    }

    private static void serve(Servers.Server nginx) {
        byte[] large = new byte[BODY];
        new Random(1).nextBytes(large);
        Path www = nginx.program().folder().resolve("www");
        try {
            Files.createDirectories(www);
            Files.write(www.resolve("large"), large);
            Files.writeString(www.resolve("small"), "small");
        } catch (IOException e) {
            throw new AssertionError("write files", e);
        }
    }
}
