package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * With a buffer far too small, losses are counted, and no stream byte goes missing in the books: the oracles are Redis'
 * counts of what it read and wrote, and the socket's of what it sent and received.
 */
class LossBooksIT {

    private static final int REQUESTS = 20_000;
    private static final int INTERRUPTIONS = 100;

    /** What Redis had read and written. */
    record Traffic(long read, long written) {}

    @BeforeAll
    static void require() {
        Requires.captureAnd("redis-server", "redis-benchmark", "ss");
    }

    @ParameterizedTest(name = "pipelines of {0}, values of {1} bytes")
    @CsvSource({"1, 3", "16, 3000", "4, 60000"})
    void booksBalanceWhereEventsAreLost(int pipeline, int valueBytes) throws Exception {
        try (Servers.Server redis = Servers.redis()) {
            Traffic before = trafficBefore(redis);
            try (KyanosProcess kyanos = serverSide(redis, "256KiB")) {
                int requests = valueBytes > 10_000 ? REQUESTS / 10 : REQUESTS;

                load(redis, requests, pipeline, valueBytes);
                kyanos.program().signal("STOP");
                load(redis, requests, pipeline, valueBytes);
                kyanos.program().signal("CONT");
                try (RunningProgram load = RunningProgram.start(benchmark(redis, requests, pipeline, valueBytes))) {
                    for (int i = 0; i < INTERRUPTIONS && load.isAlive(); i++) {
                        kyanos.program().signal("STOP");
                        kyanos.program().signal("CONT");
                    }
                    assertThat(load.awaitExit()).isZero();
                }
                load(redis, requests, pipeline, valueBytes);

                Traffic traffic = trafficSince(before, redis);
                Scrape scrape = kyanos.await(seen -> SoftAssertions.assertSoftly(softly -> {
                    softly.assertThat(seen.sum("kyanos_open_connections"))
                            .as("open")
                            .isZero();
                    softly.assertThat(seen.sum("kyanos_stream_final_bytes_total"))
                            .as("final positions")
                            .isEqualTo(traffic.read() + traffic.written());
                }));
                assertThat(scrape.sum("kyanos_capture_lost_events_total", "channel", "syscall"))
                        .isPositive();
                assertThat(scrape.sum("kyanos_capture_lost_events_total", "channel", "conn"))
                        .isZero();
                assertBooksBalance(scrape);
                for (String command : new String[] {"SET", "GET"}) {
                    assertThat(scrape.sum("kyanos_requests_total", "operation", command))
                            .as(command)
                            .isPositive()
                            .isLessThanOrEqualTo(4 * requests);
                }
                kyanos.program().signal("TERM");
                assertThat(kyanos.program().awaitExit()).isZero();
                assertThat(lossesToldOf("syscall", kyanos.error()))
                        .isEqualTo(scrape.sum("kyanos_capture_lost_events_total", "channel", "syscall"));
            }
        }
    }

    /** The sum of what the log says of a channel. */
    private static double lossesToldOf(String channel, String error) {
        return Pattern.compile("channel " + channel + ": (\\d+) (?:more )?events lost, as .* was full\\. Hint: ")
                .matcher(error)
                .results()
                .mapToDouble(line -> Long.parseLong(line.group(1)))
                .sum();
    }

    @Test
    void positionsAreThoseOfTheSocket() throws Exception {
        try (Servers.Server redis = Servers.redis();
                KyanosProcess kyanos = serverSide(redis, "16MiB")) {
            long bytes;
            try (RedisClient client = new RedisClient(redis)) {
                for (int i = 0; i < 100; i++) {
                    assertThat(client.ask("set key " + "v".repeat(i * 50))).isNotEmpty();
                    assertThat(client.ask("get key")).isNotNull();
                }
                String socket = Commands.run("ss", "-tinH", "dport = :" + client.localPort())
                        .expectSuccess();
                bytes = number(socket, "bytes_sent") + number(socket, "bytes_received");

                Scrape open = awaitBytes(kyanos, "kyanos_stream_bytes_total", bytes);
                assertThat(open.sum("kyanos_stream_final_bytes_total")).isZero();
                assertThat(open.sum("kyanos_open_connections")).isOne();
            }

            Scrape ended = awaitBytes(kyanos, "kyanos_stream_final_bytes_total", bytes);
            assertThat(ended.sum("kyanos_stream_bytes_total", "fate", "parsed")
                            + ended.sum("kyanos_stream_bytes_total", "fate", "passed_over"))
                    .isEqualTo(bytes);
            assertBooksBalance(ended);
        }
    }

    /** In bytes and in messages, once all connections have ended. */
    static void assertBooksBalance(Scrape scrape) {
        String text = scrape.text();
        assertThat(scrape.sum("kyanos_stream_bytes_total"))
                .as("fates of the bytes\n%s", text)
                .isEqualTo(scrape.sum("kyanos_stream_final_bytes_total"));
        double matched = scrape.sum("kyanos_request_duration_seconds_count");
        double unanswered = scrape.sum("kyanos_requests_total", "outcome", "unanswered");
        double oneWay = scrape.sum("kyanos_requests_total", "outcome", "one_way");
        double unmatched = scrape.sum("kyanos_dropped_total", "where", "match", "reason", "unmatched");
        assertThat(2 * matched + unanswered + oneWay + unmatched)
                .as("messages\n%s", text)
                .isEqualTo(scrape.sum("kyanos_stage_received_items_total", "stage", "match"));
        assertThat(scrape.sum("kyanos_requests_total"))
                .as("records\n%s", text)
                .isEqualTo(matched + unanswered + oneWay)
                .isEqualTo(scrape.sum("kyanos_stage_emitted_items_total", "stage", "emit"));
        assertThat(scrape.sum("kyanos_stage_held_items")).as("held\n%s", text).isZero();
        assertNothingIsHeld(scrape);
    }

    /** After a load and the end of its connections. */
    static void assertNothingIsHeld(Scrape scrape) {
        SoftAssertions.assertSoftly(softly -> {
            softly.assertThat(scrape.sum("kyanos_credit_in_flight"))
                    .as("credit")
                    .isZero();
            softly.assertThat(scrape.sum("kyanos_held_bytes")).as("held").isZero();
            softly.assertThat(scrape.sum("kyanos_buffered_bytes"))
                    .as("buffered")
                    .isZero();
        });
    }

    private static Scrape awaitBytes(KyanosProcess kyanos, String name, long bytes) {
        return kyanos.await(seen -> assertThat(seen.sum(name)).as(name).isEqualTo(bytes));
    }

    private static KyanosProcess serverSide(Servers.Server redis, String ring) {
        return KyanosProcess.exporter(
                "--set",
                "kyanos.capture.rings.syscall=" + ring,
                "--set",
                "kyanos.capture.perf-buffers.syscall=" + ring,
                "--pids",
                Long.toString(redis.pid()),
                "--side",
                "server",
                "--local-ports",
                Integer.toString(redis.port()));
    }

    private static void load(Servers.Server redis, int requests, int pipeline, int valueBytes) {
        Commands.run(benchmark(redis, requests, pipeline, valueBytes)).expectSuccess();
    }

    private static String[] benchmark(Servers.Server redis, int requests, int pipeline, int valueBytes) {
        return ("redis-benchmark -q -t set,get -c 20 -p " + redis.port() + " -n " + requests + " -P " + pipeline
                        + " -d " + valueBytes)
                .split(" ");
    }

    /* The reply that tells the counts is not yet among them. */
    static Traffic trafficBefore(Servers.Server redis) throws IOException {
        try (RedisClient client = new RedisClient(redis)) {
            String info = client.ask("info stats");
            return new Traffic(
                    RedisClient.number(info, "total_net_input_bytes"),
                    RedisClient.number(info, "total_net_output_bytes") + client.bytesRead());
        }
    }

    static Traffic trafficSince(Traffic before, Servers.Server redis) throws IOException {
        Traffic now = trafficBefore(redis);
        return new Traffic(now.read() - before.read(), now.written() - before.written());
    }

    private static long number(String socket, String name) {
        Matcher value = Pattern.compile("\\b" + name + ":(\\d+)").matcher(socket);
        if (!value.find()) {
            throw new AssertionError("no " + name + " in\n" + socket);
        }
        return Long.parseLong(value.group(1));
    }
}
