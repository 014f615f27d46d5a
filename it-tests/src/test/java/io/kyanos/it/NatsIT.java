package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.impl.Headers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.SoftAssertions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** NATS of a real server and of clients of several houses, compared with the server's own counts. */
@SuppressWarnings("try") // closing a client may be interrupted, and then the test fails
class NatsIT {

    private static final int PUBLICATIONS = 20_000;
    private static final int BACKLOG = 2_000;
    private static final int REQUESTS = 5_000;
    private static final int PAYLOAD_BYTES = 100;
    private static final int FLOOD_BYTES = 4096;
    /** Publications between two looks at whether the server has had enough. */
    private static final int FLOOD = 200;

    private static final Duration LONG = Duration.ofSeconds(60);

    private static final String[] WHOLE_BACKLOGS = {
        "--set",
        "kyanos.capture.rings.syscall=64MiB",
        "--set",
        "kyanos.capture.perf-buffers.syscall=64MiB",
        "--set",
        // nats-server writes all that waits for a client by one call
        "kyanos.capture.max-payload-bytes=1MiB"
    };

    /** Serves and asks, in both styles, asks nobody, and publishes headers. */
    private static final String PYTHON = """
            import asyncio, sys, nats
            from nats.errors import NoRespondersError

            async def main():
                client = await nats.connect("nats://127.0.0.1:" + sys.argv[1], name="python")
                async def serve(message):
                    await message.respond(b"ok " + message.data)
                await client.subscribe("svc.*", queue="workers", cb=serve)
                await client.flush()
                for i in range(20):
                    await client.request("svc.new", b"x" * i, timeout=60)
                for i in range(10):
                    await client.request("svc.old", b"y", timeout=60, old_style=True)
                try:
                    await client.request("nobody", b"", timeout=60)
                except NoRespondersError:
                    print("nobody", flush=True)
                await client.publish("told", b"z", headers={"A": "b"})
                await client.drain()

            asyncio.run(main())
            """;

    /** What nats-server counts: messages and bytes, in and out. */
    private record Counts(long in, long out, long bytesIn, long bytesOut) {}

    private record NatsServer(Servers.Server server, int monitoring) implements AutoCloseable {

        int port() {
            return server.port();
        }

        Connection connect(String name) throws IOException, InterruptedException {
            return Nats.connect(options(name).build());
        }

        Options.Builder options(String name) {
            return new Options.Builder()
                    .server("nats://127.0.0.1:" + port())
                    .connectionName(name)
                    .connectionTimeout(LONG.dividedBy(2))
                    .noReconnect();
        }

        Counts counts() {
            String json = varz();
            return new Counts(
                    count(json, "in_msgs"), count(json, "out_msgs"), count(json, "in_bytes"), count(json, "out_bytes"));
        }

        long count(String name) {
            return count(varz(), name);
        }

        private String varz() {
            try (var varz = URI.create("http://127.0.0.1:" + monitoring + "/varz")
                    .toURL()
                    .openStream()) {
                return new String(varz.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new AssertionError("varz", e);
            }
        }

        private static long count(String json, String name) {
            Matcher found = Pattern.compile('"' + name + "\": (\\d+)").matcher(json);
            assertThat(found.find()).as(name).isTrue();
            return Long.parseLong(found.group(1));
        }

        @Override
        public void close() {
            server.close();
        }
    }

    /** A connection whose lines the test writes and reads by itself. */
    private record Lines(Socket socket, BufferedReader in) implements AutoCloseable {

        static Lines to(NatsServer nats) throws IOException {
            Socket socket = new Socket("127.0.0.1", nats.port());
            Lines lines = new Lines(
                    socket, new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)));
            assertThat(lines.in.readLine()).startsWith("INFO {");
            return lines;
        }

        void send(String... lines) throws IOException {
            socket.getOutputStream().write((String.join("\r\n", lines) + "\r\n").getBytes(StandardCharsets.UTF_8));
        }

        List<String> read(int count) throws IOException {
            List<String> lines = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                lines.add(in.readLine());
            }
            return lines;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @BeforeAll
    static void require() {
        Requires.captureAnd("nats-server", "python3");
    }

    private static NatsServer nats(String... more) {
        int port = Ports.free();
        int monitoring = Ports.free();
        String[] command = {"nats-server", "-a", "127.0.0.1", "-p", "" + port, "-m", "" + monitoring};
        Servers.Server server = Servers.accepting(RunningProgram.start(Servers.concat(command, more)), port);
        return new NatsServer(server, monitoring);
    }

    @Test
    void aClientOfJavaIsSeenAsTheServerCountsIt() throws Exception {
        try (NatsServer nats = nats();
                KyanosProcess kyanos = watch()) {
            try (Connection serving = nats.connect("serving");
                    Connection alsoServing = nats.connect("also serving");
                    Connection asking = nats.connect("asking");
                    Connection oldStyle = Nats.connect(
                            nats.options("old style").oldRequestStyle().build())) {
                serve(serving, "svc.one");
                serve(serving, "svc.many");
                serve(alsoServing, "svc.many");
                for (Connection worker : List.of(serving, alsoServing)) {
                    worker.createDispatcher(message -> {}).subscribe("work.>", "workers");
                    worker.flush(LONG);
                }
                for (int i = 0; i < 20; i++) {
                    assertThat(asking.request("svc.one", payload(i), LONG)).isNotNull();
                    assertThat(oldStyle.request("svc.one", payload(i), LONG)).isNotNull();
                    asking.publish("work.x", payload(i));
                }
                for (int i = 0; i < 5; i++) {
                    assertThat(asking.request("svc.many", payload(i), LONG)).isNotNull();
                }
                assertThat(asking.request("nobody", payload(0), LONG)).isNull();
                asking.publish("work.y", new Headers().add("A", "b"), payload(3));
                asking.flush(LONG);
                for (Connection connection : List.of(serving, alsoServing, oldStyle, asking)) {
                    connection.flush(LONG);
                }
            }
            List<WatchedRecord> records = awaitAsCounted(kyanos, nats);
            Counts counts = nats.counts();

            assertThat(counts.in()).isEqualTo(20 * 5 + 5 * 3 + 2);
            for (String side : List.of("client", "server")) {
                List<WatchedRecord> of = onSide(records, side);
                assertThat(ofOperation(of, "REQUEST"))
                        .as(side)
                        .filteredOn(record -> record.status().equals("OK"))
                        .hasSize(45);
                assertThat(ofOperation(of, "REQUEST"))
                        .as(side)
                        .filteredOn(record -> record.resource().equals("nobody"))
                        .singleElement()
                        .satisfies(record -> {
                            assertThat(record.status()).isEqualTo("503");
                            assertThat(record.outcome()).isEqualTo("server_error");
                        });
                assertThat(of)
                        .allSatisfy(record -> assertThat(record.unanswered()).isEmpty());
                assertThat(ofOperation(of, "CONNECT"))
                        .as(side)
                        .hasSize(4)
                        .allSatisfy(record -> {
                            assertThat(record.isTrue("setup")).isTrue();
                            assertThat(record.attribute("client")).startsWith("java ");
                        })
                        .extracting(record -> record.attribute("client_name"))
                        .contains("serving", "old style");
                assertThat(ofOperation(of, "SUB"))
                        .as(side)
                        .filteredOn(record -> record.attribute("queue").equals("workers"))
                        .hasSize(2);
            }
        }
    }

    @Test
    void aClientOfPythonIsSeenAsTheServerCountsIt() throws Exception {
        try (PythonEnvironment environment = PythonEnvironment.with("nats-py==2.9.0");
                NatsServer nats = nats();
                KyanosProcess kyanos = watch();
                RunningProgram python =
                        RunningProgram.start(environment.python(), "-c", PYTHON, Integer.toString(nats.port()))) {
            assertThat(python.awaitExit()).as(python.error()).isZero();
            List<WatchedRecord> records = awaitAsCounted(kyanos, nats);

            assertThat(python.output()).contains("nobody");
            for (String side : List.of("client", "server")) {
                List<WatchedRecord> of = onSide(records, side);
                assertThat(ofOperation(of, "REQUEST"))
                        .as(side)
                        .hasSize(31)
                        .allSatisfy(record -> assertThat(record.unanswered()).isEmpty());
                assertThat(ofOperation(of, "REQUEST"))
                        .as(side)
                        .extracting(WatchedRecord::status)
                        .containsOnly("OK", "503");
                assertThat(ofOperation(of, "CONNECT"))
                        .extracting(record -> record.attribute("client"))
                        .containsExactly("python3 2.9.0");
            }
        }
    }

    @Test
    void aVerboseClientIsAnsweredLineByLine() throws Exception {
        try (NatsServer nats = nats();
                KyanosProcess kyanos = watch();
                Lines lines = Lines.to(nats)) {
            lines.send("CONNECT {\"verbose\":true,\"pedantic\":false}", "SUB in.* 1", "PUB a.b 2", "hi", "PING");
            assertThat(lines.read(4)).containsExactly("+OK", "+OK", "+OK", "PONG");
            lines.send("SUB svc 2", "PUB svc in.1 2", "hi");
            assertThat(lines.read(4)).contains("+OK", "MSG svc 2 in.1 2", "hi");
            lines.send("PUB in.1 2", "ok");
            assertThat(lines.read(3)).contains("+OK", "MSG in.1 1 2", "ok");
            lines.send("PUB a.c 2", "hi", "PING");
            assertThat(lines.read(2)).containsExactly("+OK", "PONG");

            List<WatchedRecord> records = kyanos.awaitRecordsOf(
                    nats.port(),
                    seen -> assertThat(ofOperation(onSide(seen, "server"), "PUB"))
                            .hasSize(3));
            assertThat(records.stream()
                            .filter(record -> record.side().equals("server"))
                            .map(record -> record.operation() + " " + record.status()))
                    .contains("CONNECT OK", "SUB OK", "PUB OK", "PING OK", "REQUEST OK");
        }
    }

    @Test
    void whatAUserMayNotDoIsAnError() throws Exception {
        Path folder = RunningProgram.newFolder();
        Path configuration = Files.writeString(folder.resolve("nats.conf"), """
                authorization { users = [ { user: joe, password: secret, permissions: {
                  publish: "allowed.>", subscribe: [ "allowed.>", "_INBOX.>" ] } } ] }
                """);
        try (NatsServer nats = nats("-c", configuration.toString());
                KyanosProcess kyanos = watch();
                Lines refused = Lines.to(nats);
                Lines lines = Lines.to(nats)) {
            refused.send("CONNECT {\"verbose\":false,\"user\":\"joe\",\"pass\":\"guessed\"}", "PING");
            assertThat(refused.read(1).get(0)).startsWith("-ERR 'Authorization Violation'");
            lines.send("CONNECT {\"verbose\":false,\"user\":\"joe\",\"pass\":\"secret\"}", "PING");
            assertThat(lines.read(1)).containsExactly("PONG");
            lines.send("SUB forbidden 1", "PUB forbidden 2", "hi", "PUB allowed.x 2", "hi", "PING");
            assertThat(lines.read(3)).contains("PONG");

            List<WatchedRecord> records = kyanos.awaitRecordsOf(
                    nats.port(),
                    seen -> assertThat(operations(onSide(seen, "client")))
                            .contains(
                                    "-ERR Permissions Violation for Publish",
                                    "-ERR Permissions Violation for Subscription"));
            for (String side : List.of("client", "server")) {
                assertThat(onSide(records, side).stream()
                                .map(record -> record.operation() + " " + record.status() + " " + record.outcome()))
                        .as(side)
                        .contains("CONNECT Authorization Violation client_error");
            }
            assertThat(records)
                    .noneSatisfy(record -> assertThat(record.text("request")).contains("guessed"));
            assertThat(records)
                    .noneSatisfy(record -> assertThat(record.text("request")).contains("secret"));
        }
    }

    @Test
    void aConnectionThatWasOpenBeforeIsJoinedInTheMiddle() throws Exception {
        try (NatsServer nats = nats();
                Connection serving = nats.connect("serving");
                Connection asking = nats.connect("asking")) {
            serve(serving, "svc.one");
            serving.flush(LONG);
            assertThat(asking.request("svc.one", payload(1), LONG)).isNotNull();
            try (KyanosProcess kyanos = watch()) {
                for (int i = 0; i < 10; i++) {
                    assertThat(asking.request("svc.one", payload(i), LONG)).isNotNull();
                }
                for (String side : List.of("client", "server")) {
                    kyanos.awaitRecordsOf(
                            nats.port(),
                            seen -> assertThat(onSide(seen, side).stream()
                                            .filter(record -> record.operation().equals("REQUEST")
                                                    && record.resource().equals("svc.one")
                                                    && record.status().equals("OK")))
                                    .as(side)
                                    .hasSize(10));
                }
            }
        }
    }

    @Test
    void underLoadEveryMessageIsSeenOnBothEnds() throws Exception {
        try (NatsServer nats = nats();
                KyanosProcess kyanos = KyanosProcess.exporter(KyanosProcess.ofOurChildren(WHOLE_BACKLOGS))) {
            byte[] payload = payload(PAYLOAD_BYTES);
            try (Connection listening = nats.connect("listening");
                    Connection sending = nats.connect("sending")) {
                serve(listening, "svc.load");
                listening.createDispatcher(message -> {}).subscribe("load.>");
                listening.flush(LONG);
                List<CompletableFuture<Message>> answers = new ArrayList<>();
                for (int i = 0; i < PUBLICATIONS; i++) {
                    sending.publish("load.x", payload);
                    if (i < REQUESTS) {
                        answers.add(sending.request("svc.load", payload));
                    }
                    if (i % BACKLOG == 0) {
                        // More than is captured of one call may wait for a client that is slow to read.
                        sending.flush(LONG);
                        listening.flush(LONG);
                    }
                }
                for (CompletableFuture<Message> answer : answers) {
                    answer.get(LONG.toSeconds(), TimeUnit.SECONDS);
                }
                sending.flush(LONG);
                listening.flush(LONG);
            }
            Counts counts = nats.counts();
            assertThat(counts.in()).isEqualTo(PUBLICATIONS + 2 * REQUESTS);
            assertThat(counts.out()).isEqualTo(PUBLICATIONS + 2 * REQUESTS);
            assertThat(counts.bytesIn()).isEqualTo(PAYLOAD_BYTES * counts.in());

            Scrape scrape = kyanos.await(seen -> {
                SoftAssertions.assertSoftly(softly -> {
                    for (String side : List.of("client", "server")) {
                        double requests = requests(seen, side, "REQUEST", "ok");
                        softly.assertThat(requests(seen, side, "PUB", "one_way") + requests)
                                .as(side + " in")
                                .isEqualTo(counts.in());
                        softly.assertThat(requests(seen, side, "MSG", "one_way") + requests)
                                .as(side + " out")
                                .isEqualTo(counts.out());
                    }
                });
            });
            for (String fate : List.of("gap_lost", "gap_capped", "gap_concurrent", "unparsed")) {
                assertThat(scrape.sum("kyanos_stream_bytes_total", "fate", fate))
                        .as(fate)
                        .isZero();
            }
            assertThat(scrape.sum("kyanos_capture_lost_events_total")).isZero();
            scrape.assertNothingDropped();
        }
    }

    @Test
    void whatASlowConsumerWasSentIsWhatItReadsThoughTheServerCountsMore() throws Exception {
        Path folder = RunningProgram.newFolder();
        Path configuration = Files.writeString(folder.resolve("nats.conf"), "write_deadline: \"200ms\"\n");
        String published = "PUB flood " + FLOOD_BYTES + "\r\n" + "x".repeat(FLOOD_BYTES) + "\r\n";
        String head = "MSG flood 1 " + FLOOD_BYTES + "\r\n";
        int length = head.length() + FLOOD_BYTES + 2;
        try (NatsServer nats = nats("-c", configuration.toString());
                KyanosProcess kyanos = KyanosProcess.exporter(KyanosProcess.ofOurChildren(WHOLE_BACKLOGS));
                Lines fast = Lines.to(nats)) {
            long publications = 0;
            long received = 0;
            try (Lines slow = Lines.to(nats)) {
                slow.send("CONNECT {\"verbose\":false,\"name\":\"slow\"}", "SUB flood 1", "PING");
                assertThat(slow.read(1)).containsExactly("PONG");
                fast.send("CONNECT {\"verbose\":false,\"name\":\"fast\"}");
                while (nats.count("slow_consumers") == 0) {
                    for (int i = 0; i < FLOOD; i++) {
                        fast.socket().getOutputStream().write(published.getBytes(StandardCharsets.US_ASCII));
                    }
                    publications += FLOOD;
                }
                for (int c = slow.in().read(); c >= 0; c = slow.in().read()) {
                    received++;
                }
            }
            // it counts what it has read; meanwhile it may have asked, too
            long expectedIn = publications;
            Awaitility.await("all is read").until(() -> nats.counts().in() == expectedIn);
            // the last one is cut
            double delivered = received;
            long deliveries = received / length + (received % length >= head.length() ? 1 : 0);
            assertThat(nats.counts().out()).isGreaterThan(deliveries);

            Scrape scrape = kyanos.await(seen -> SoftAssertions.assertSoftly(softly -> {
                for (String side : List.of("client", "server")) {
                    softly.assertThat(requests(seen, side, "PUB", "one_way"))
                            .as(side)
                            .isEqualTo(expectedIn);
                }
                softly.assertThat(requests(seen, "client", "MSG", "one_way")).isEqualTo(deliveries);
                // what the server writes by one call beyond the cap is a gap: no record is of a message whose head it
                // touches
                double beyond = seen.sum("kyanos_stream_bytes_total", "fate", "gap_capped");
                double gaps = delivered / seen.sum("kyanos_capture_payload_cap_bytes");
                softly.assertThat(requests(seen, "server", "MSG", "one_way"))
                        .isBetween(deliveries - (beyond + gaps * (length + head.length())) / length, 0.0 + deliveries);
            }));
            scrape.assertNothingDropped();
            assertThat(scrape.sum("kyanos_capture_lost_events_total")).isZero();
        }
    }

    private static double requests(Scrape seen, String side, String operation, String outcome) {
        return seen.sum(
                "kyanos_requests_total", "protocol", "nats", "side", side, "operation", operation, "outcome", outcome);
    }

    private static KyanosProcess watch() {
        return KyanosProcess.watch(Servers.concat(new String[] {"nats"}, KyanosProcess.ofOurChildren()));
    }

    private static void serve(Connection connection, String subject) {
        Dispatcher dispatcher =
                connection.createDispatcher(message -> connection.publish(message.getReplyTo(), message.getData()));
        dispatcher.subscribe(subject);
    }

    private static byte[] payload(int bytes) {
        return "x".repeat(bytes).getBytes(StandardCharsets.US_ASCII);
    }

    /** Until both ends have as many publications and deliveries as the server counts, and bytes where no headers are. */
    private static List<WatchedRecord> awaitAsCounted(KyanosProcess kyanos, NatsServer nats) {
        return kyanos.awaitRecordsOf(nats.port(), seen -> {
            Counts counts = nats.counts();
            SoftAssertions.assertSoftly(softly -> {
                for (String side : List.of("client", "server")) {
                    List<WatchedRecord> of = onSide(seen, side);
                    long published = of.stream()
                            .filter(record -> List.of("PUB", "REQUEST").contains(record.operation()))
                            .count();
                    // The server does not count that it says by itself that nobody answers.
                    long delivered = of.stream()
                            .filter(record -> record.operation().equals("MSG")
                                    || (record.operation().equals("REQUEST")
                                            && record.status().equals("OK")))
                            .count();
                    softly.assertThat(published).as(side + " in").isEqualTo(counts.in());
                    softly.assertThat(delivered).as(side + " out").isEqualTo(counts.out());
                }
            });
        });
    }

    private static List<WatchedRecord> onSide(List<WatchedRecord> records, String side) {
        return records.stream().filter(record -> record.side().equals(side)).toList();
    }

    private static List<String> operations(List<WatchedRecord> records) {
        return records.stream().map(WatchedRecord::operation).toList();
    }

    private static List<WatchedRecord> ofOperation(List<WatchedRecord> records, String operation) {
        return records.stream()
                .filter(record -> record.operation().equals(operation))
                .toList();
    }
}
