package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections as they come about and end on real machines, record by record. */
class ConnectionsIT {

    /** Sees all of the tests but those that need one of their own. */
    private static KyanosProcess kyanos;

    @BeforeAll
    static void start() {
        Requires.captureAnd("python3", "redis-server");
        kyanos = KyanosProcess.watch(KyanosProcess.ofOurChildren());
    }

    @AfterAll
    static void stop() {
        if (kyanos != null) {
            try (KyanosProcess ending = kyanos) {
                assertThat(ending.stop("TERM")).isZero();
                assertThat(ending.complaints()).isEmpty();
            }
        }
    }

    @Test
    void aConnectionOpenBeforeTheStartIsRecordedAfterAtMostOneExchange() throws Exception {
        try (Servers.Server redis = Servers.redis();
                RedisClient client = new RedisClient(redis)) {
            client.ask("set a 1");
            try (KyanosProcess late = KyanosProcess.watch(KyanosProcess.ofOurChildren())) {
                client.ask("get first");
                client.ask("incr second");
                client.ask("exists third");

                for (String side : List.of("client", "server")) {
                    List<WatchedRecord> records = late.awaitRecordsOf(
                            redis.port(),
                            seen -> assertThat(ofSide(seen, side))
                                    .extracting(WatchedRecord::operation)
                                    .contains("INCR", "EXISTS")
                                    .doesNotContain("SET"));
                    assertThat(ofSide(records, side)).allSatisfy(record -> {
                        assertThat(record.outcome()).isEqualTo("ok");
                        assertThat(record.process()).isEqualTo(side.equals("client") ? "java" : "redis-server");
                        assertThat(side.equals("client") ? record.remotePort() : record.localPort())
                                .isEqualTo(redis.port());
                    });
                }
            }
        }
    }

    @Test
    void aForkingServersAnswersBelongToItsChildren() {
        try (Servers.Server server = Servers.echo("fork=1")) {
            Scripts.ask(server, "connections=5", "requests=3", "path=/forked");

            List<WatchedRecord> records = awaitAnswered(server, "server", 15);
            Set<Integer> pids = new HashSet<>();
            records.forEach(record -> pids.add(record.pid()));
            assertThat(pids).hasSize(5).doesNotContain((int) server.pid());
            assertThat(records).extracting(WatchedRecord::process).allMatch(name -> name.startsWith("python3"));
        }
    }

    @Test
    void aReusedDescriptorNeverMixesConnections() {
        try (Servers.Server server = Servers.echo()) {
            Scripts.ask(server, "connections=200", "requests=2", "leave=5", "path=/reused");

            for (String side : List.of("client", "server")) {
                // of those left without reading the server may still have answered
                List<WatchedRecord> records = kyanos.awaitRecordsOf(
                        server.port(),
                        seen -> assertThat(ofSide(seen, side)).as(side).hasSize(400));
                assertThat(ofSide(records, side)).allSatisfy(record -> {
                    if (record.outcome().equals("ok")) {
                        assertThat(record.text("response")).endsWith("\n" + record.path());
                    } else {
                        assertThat(record.unanswered()).isIn("closed", "reset");
                    }
                });
                assertThat(ofSide(records, side))
                        .extracting(WatchedRecord::path)
                        .doesNotHaveDuplicates();
                assertThat(ofSide(records, side).stream()
                                .filter(record -> record.outcome().equals("ok")))
                        .hasSizeGreaterThanOrEqualTo(320);
            }
            assertThat(ofSide(kyanos.recordsOf(server.port()), "client").stream()
                            .filter(record -> record.outcome().equals("unanswered")))
                    .hasSize(80);
        }
    }

    @Test
    void aClientThatDiesInMidRequestLeavesUnansweredRecords() {
        try (Servers.Server server = Servers.echo();
                RunningProgram client = Scripts.client(server, "half=1")) {
            client.awaitOutput("half sent");
            client.signal("KILL");

            for (String side : List.of("client", "server")) {
                List<WatchedRecord> records = kyanos.awaitRecordsOf(
                        server.port(),
                        seen -> assertThat(ofSide(seen, side)).as(side).hasSize(1));
                WatchedRecord record = ofSide(records, side).get(0);
                assertThat(record.operation()).startsWith("POST");
                assertThat(record.path()).isEqualTo("/half");
                assertThat(record.outcome()).isEqualTo("unanswered");
                assertThat(record.unanswered()).isIn("closed", "reset");
                assertThat(record.isTrue("truncated")).isTrue();
                assertThat(record.fields()).doesNotContainKey("total_duration_ms");
            }
        }
    }

    @Test
    void aServerThatNeverAnswersLeavesUnansweredRecordsOnceClosed() {
        try (Servers.Server server = Servers.echo("mute=1");
                RunningProgram client = Scripts.client(server, "path=/mute")) {
            server.program().awaitOutput("not answered");
            assertThat(kyanos.recordsOf(server.port())).isEmpty();
            client.signal("KILL");

            for (String side : List.of("client", "server")) {
                awaitUnanswered(kyanos, server, side, "closed");
            }
        }
    }

    @Test
    void aServerThatNeverAnswersLeavesUnansweredRecordsAfterTheTimeOut() {
        try (KyanosProcess hasty = KyanosProcess.watch(
                        KyanosProcess.ofOurChildren("--set", "kyanos.connection.request-timeout=2s"));
                Servers.Server server = Servers.echo("mute=1");
                RunningProgram client = Scripts.client(server, "path=/mute")) {
            for (String side : List.of("client", "server")) {
                awaitUnanswered(hasty, server, side, "timeout");
            }

            assertThat(client.isAlive()).isTrue();
        }
    }

    @Test
    void waitingInAReadIsNotLatency() {
        try (Servers.Server server = Servers.echo();
                RunningProgram client = Scripts.client(server, "told=1", "requests=3", "path=/blocked")) {
            for (int i = 0; i < 3; i++) {
                Awaitility.await("a server that waits in a read").until(() -> BlockedCalls.readers(server.pid()) == 1);
                client.tell("ask\n");
                client.awaitOutput("answered /blocked/0-" + i);
            }

            List<WatchedRecord> asked = awaitAnswered(server, "client", 3);
            List<WatchedRecord> served = awaitAnswered(server, "server", 3);
            for (int i = 0; i < 3; i++) {
                assertThat(served.get(i).path()).isEqualTo(asked.get(i).path());
                assertThat(served.get(i).time("start_time"))
                        .as("the read began before, the request with its first byte")
                        .isAfterOrEqualTo(asked.get(i).time("start_time"));
                assertThat(served.get(i).totalMillis())
                        .isLessThanOrEqualTo(asked.get(i).totalMillis());
            }
            assertThat(asked.get(1).time("start_time"))
                    .as("nor is it the client's")
                    .isAfterOrEqualTo(asked.get(0).time("end_time"));
        }
    }

    @Test
    void ipv6IsRecordedLikeIpv4() {
        try (Servers.Server server = Servers.echo("ip=6")) {
            Scripts.ask("::1", server.port(), "path=/six", "requests=2");

            for (String side : List.of("client", "server")) {
                assertThat(awaitAnswered(server, side, 2)).allSatisfy(record -> {
                    assertThat(record.text("local_addr")).isEqualTo("::1");
                    assertThat(record.text("remote_addr")).isEqualTo("::1");
                });
            }
            assertThat(ofSide(kyanos.recordsOf(server.port()), "client"))
                    .extracting(record -> record.text("peer"))
                    .containsOnly("[::1]:" + server.port());
        }
    }

    @Test
    void ipv4OverAnIpv6SocketIsIpv4() {
        try (Servers.Server server = Servers.echo("ip=6")) {
            Scripts.ask("127.0.0.1", server.port(), "path=/mapped");

            assertThat(awaitAnswered(server, "server", 1))
                    .extracting(record -> record.text("remote_addr"))
                    .containsExactly("127.0.0.1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"read-write", "readv-writev", "recvfrom-sendto", "recvmsg-sendmsg"})
    void everyPairOfSystemCallsGivesWholeRecords(String how) {
        try (Servers.Server server = Servers.echo("how=" + how)) {
            Scripts.ask(server, "how=" + how, "requests=3", "path=/calls");

            for (String side : List.of("client", "server")) {
                assertThat(awaitAnswered(server, side, 3)).allSatisfy(record -> {
                    String path = record.path();
                    assertThat(record.text("response")).endsWith("\n" + path);
                    assertThat(record.number("req_size_bytes"))
                            .isEqualTo(("GET " + path + " HTTP/1.1\r\nHost: it\r\n\r\n").length());
                    assertThat(record.number("resp_size_bytes"))
                            .isEqualTo(("HTTP/1.1 200 OK\r\nContent-Length: " + path.length() + "\r\n\r\n" + path)
                                    .length());
                });
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"accept", "accept4"})
    void bothWaysToAcceptTellTheServersSide(String accept) {
        try (Servers.Server server = Servers.echo("accept=" + accept)) {
            Scripts.ask(server, "path=/accepted");

            assertThat(awaitAnswered(server, "server", 1))
                    .extracting(WatchedRecord::localPort)
                    .containsExactly(server.port());
        }
    }

    private static List<WatchedRecord> awaitAnswered(Servers.Server server, String side, int count) {
        List<WatchedRecord> records = kyanos.awaitRecordsOf(
                server.port(), seen -> assertThat(ofSide(seen, side)).as(side).hasSize(count));
        assertThat(ofSide(records, side)).allSatisfy(record -> {
            assertThat(record.outcome()).isEqualTo("ok");
            assertThat(record.status()).isEqualTo("200");
            assertThat(record.isTrue("truncated")).isFalse();
        });
        return ofSide(records, side);
    }

    private static void awaitUnanswered(KyanosProcess by, Servers.Server server, String side, String reason) {
        List<WatchedRecord> records = by.awaitRecordsOf(
                server.port(), seen -> assertThat(ofSide(seen, side)).as(side).hasSize(1));
        WatchedRecord record = ofSide(records, side).get(0);
        assertThat(record.path()).isEqualTo("/mute/0-0");
        assertThat(record.outcome()).isEqualTo("unanswered");
        assertThat(record.unanswered()).isEqualTo(reason);
        assertThat(record.fields()).doesNotContainKey("total_duration_ms");
    }

    private static List<WatchedRecord> ofSide(List<WatchedRecord> records, String side) {
        return records.stream().filter(record -> record.side().equals(side)).toList();
    }
}
