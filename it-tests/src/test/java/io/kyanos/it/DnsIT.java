package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.naming.Context;
import javax.naming.NameNotFoundException;
import javax.naming.NamingException;
import javax.naming.directory.DirContext;
import javax.naming.directory.InitialDirContext;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DNS of real servers and real resolvers, compared with the servers' own counts. */
class DnsIT {

    /** Sends many queries on one socket, at most so many unanswered at a time, and counts the answers. */
    private static final String LOAD = """
            import socket, struct, sys
            port, total, window, sockets = map(int, sys.argv[1:])
            print("ready", flush=True)
            sys.stdin.readline()
            name = b"\\3www\\7example\\4test\\0"
            asked = [struct.pack(">HHHHHH", i & 0xffff, 0x100, 1, 0, 0, 0) + name + struct.pack(">HH", (1, 28)[i % 2], 1)
                     for i in range(65536)]
            open_sockets = []
            for i in range(sockets):
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                s.settimeout(20)
                if i % 2:
                    s.connect(("127.0.0.1", port))
                open_sockets.append(s)
            answers = 0
            for begin in range(0, total, window):
                s = open_sockets[begin // window % sockets]
                count = min(window, total - begin)
                for i in range(begin, begin + count):
                    if s.getsockname()[0] == "127.0.0.1":
                        s.send(asked[i & 0xffff])
                    else:
                        s.sendto(asked[i & 0xffff], ("127.0.0.1", port))
                for i in range(count):
                    assert s.recvfrom(4096)[0][2] & 0x80
                    answers += 1
            for s in open_sockets:
                s.close()
            print("answers", answers, flush=True)
            sys.stdin.readline()
            """;

    /** Asks one server that is there, and, on the same socket, one that never answers. */
    private static final String UNANSWERED = """
            import socket, struct, sys
            port = int(sys.argv[1])
            deaf = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            deaf.bind(("127.0.0.1", 0))
            print("ready", flush=True)
            sys.stdin.readline()
            def query(id, name):
                labels = b"".join(bytes([len(part)]) + part for part in name.split(b"."))
                return struct.pack(">HHHHHH", id, 0x100, 1, 0, 0, 0) + labels + b"\\0\\0\\1\\0\\1"
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.sendto(query(1, b"deaf.example.test"), deaf.getsockname())
            s.sendto(query(1, b"www.example.test"), ("127.0.0.1", port))
            s.sendto(query(1, b"deaf.example.test"), deaf.getsockname())
            s.recvfrom(4096)
            print("waits", deaf.getsockname()[1], flush=True)
            sys.stdin.readline()
            s.close()
            print("closed", flush=True)
            sys.stdin.readline()
            """;

    @BeforeAll
    static void require() {
        Requires.captureAnd("unbound", "unbound-control", "dnsmasq", "dig", "python3", "unshare", "getent");
    }

    @Test
    void recordsAreThoseThatTheServerCounts() throws Exception {
        try (Servers.Server unbound = unbound(Ports.free());
                WatchInside watch = WatchInside.start("--pids", Long.toString(unbound.pid()))) {
            Map<String, Long> before = statistics(unbound);
            dig(unbound, "www.example.test", "A");
            dig(unbound, "www.example.test", "AAAA", "+tcp");
            dig(unbound, "www.example.test", "AAAA", "+noedns");
            dig(unbound, "nothing.example.test", "A");
            dig(unbound, "example.test", "MX");
            dig(unbound, "large.example.test", "TXT", "+noedns");
            dig(unbound, "a.refused.test", "A");
            dig(unbound, "www.example.test", "TYPE65280");
            dig(unbound, "version.bind", "TXT", "CH");

            List<WatchedRecord> records = watch.awaitRecordsOf(
                    unbound.port(), seen -> assertThat(seen).hasSize(10));
            Map<String, Long> after = statistics(unbound);

            assertThat(count(records, "transport", "tcp")).isEqualTo(grown(before, after, "num.query.tcp"));
            for (String type : List.of("A", "AAAA", "MX", "TXT")) {
                assertThat(count(records, "operation", type))
                        .as(type)
                        .isEqualTo(grown(before, after, "num.query.type." + type));
            }
            for (String code : List.of("NOERROR", "NXDOMAIN", "REFUSED", "SERVFAIL")) {
                assertThat(count(records, "status", code))
                        .as(code)
                        .isEqualTo(grown(before, after, "num.answer.rcode." + code));
            }
            assertThat(records).allSatisfy(record -> {
                assertThat(record.text("protocol")).isEqualTo("dns");
                assertThat(record.side()).isEqualTo("server");
                assertThat(record.unanswered()).isEmpty();
            });
            assertThat(records)
                    .filteredOn(record -> record.operation().equals("other"))
                    .singleElement()
                    .satisfies(
                            record -> assertThat(record.attribute("query_type")).isEqualTo("TYPE65280"));
            assertThat(records)
                    .filteredOn(record -> record.attribute("flags").contains("tc"))
                    .singleElement()
                    .satisfies(record -> assertThat(record.text("transport")).isEqualTo("udp"));
            WatchedRecord mail = only(records, "MX");
            assertThat(mail.resource()).isEqualTo("example.test");
            assertThat(mail.attribute("answer")).isEqualTo("10 mail.example.test");
            assertThat(mail.outcome()).isEqualTo("ok");
        }
    }

    /** With a name server on port 53 of a network namespace of its own, as the C library knows no other port. */
    @Test
    void theResolverOfTheLibraryAsksForBothAddressesOnOneSocket() throws Exception {
        Path folder = RunningProgram.newFolder();
        Files.writeString(folder.resolve("resolv.conf"), "search one.test example.test\nnameserver 127.0.0.1\n");
        Files.writeString(folder.resolve("unbound.conf"), configuration(folder, 53));
        String script = "ip link set lo up && mount --bind resolv.conf /etc/resolv.conf && unbound -c unbound.conf & "
                + "read line; getent ahosts www; echo done; read line";
        try (RunningProgram program = RunningProgram.startIn(folder, "unshare", "-nm", "bash", "-c", script);
                WatchInside watch = WatchInside.start("--comm", "getent")) {
            program.awaitOutput("");
            org.awaitility.Awaitility.await("unbound").until(() -> Files.exists(folder.resolve("control")));
            program.tell("go\n");
            program.awaitOutput("done");

            List<WatchedRecord> records =
                    watch.awaitRecordsOf(53, seen -> assertThat(seen).hasSize(4));

            assertThat(program.output()).contains("192.0.2.1");
            assertThat(records)
                    .extracting(record -> record.operation() + " " + record.resource() + " " + record.status() + " "
                            + record.attribute("answer"))
                    .containsExactlyInAnyOrder(
                            "A www.one.test NXDOMAIN ",
                            "AAAA www.one.test NXDOMAIN ",
                            "A www.example.test NOERROR 192.0.2.1",
                            "AAAA www.example.test NOERROR 2001:db8::1");
            assertThat(records).allSatisfy(record -> {
                assertThat(record.side()).isEqualTo("client");
                assertThat(record.attribute("edns_size")).isEmpty();
                assertThat(record.text("remote_addr")).isEqualTo("127.0.0.1");
            });
        }
    }

    @Test
    void aForwarderIsServerToItsClientsAndClientToItsServer() throws Exception {
        int port = Ports.free();
        try (Servers.Server unbound = unbound(Ports.free());
                Servers.Server dnsmasq = Servers.accepting(
                        RunningProgram.start(
                                "dnsmasq",
                                "--keep-in-foreground",
                                "--conf-file=/dev/null",
                                "--user=root",
                                "--pid-file=",
                                "--port=" + port,
                                "--listen-address=127.0.0.1",
                                "--bind-interfaces",
                                "--no-resolv",
                                "--no-hosts",
                                "--cache-size=0",
                                "--log-facility=-",
                                "--address=/local.test/192.0.2.9",
                                "--server=127.0.0.1#" + unbound.port()),
                        port);
                WatchInside watch = WatchInside.start("--pids", Long.toString(dnsmasq.pid()))) {
            for (int i = 0; i < 5; i++) {
                dig(dnsmasq, "www.example.test", "A");
                dig(dnsmasq, "a" + i + ".local.test", "A");
            }
            List<WatchedRecord> records =
                    watch.awaitRecordsOf(port, seen -> assertThat(seen).hasSize(10));
            watch.awaitRecordsOf(unbound.port(), seen -> assertThat(seen).hasSize(5));
            dnsmasq.program().signal("USR1");
            RunningProgram program = dnsmasq.program();
            org.awaitility.Awaitility.await("statistics")
                    .until(() -> (program.output() + program.error()).contains("queries answered locally"));

            Matcher told = Pattern.compile("queries forwarded (\\d+), queries answered locally (\\d+)")
                    .matcher(program.output() + program.error());
            assertThat(told.find()).isTrue();
            assertThat(Long.parseLong(told.group(1)) + Long.parseLong(told.group(2)))
                    .isEqualTo(count(records, "side", "server"));
            assertThat(watch.awaitRecordsOf(unbound.port(), seen -> {}))
                    .hasSize(Integer.parseInt(told.group(1)))
                    .allSatisfy(record -> {
                        assertThat(record.side()).isEqualTo("client");
                        assertThat(record.status()).isEqualTo("NOERROR");
                    });
        }
    }

    @Test
    void aResolverOfJavaIsSeenOverBothTransports() throws Exception {
        try (Servers.Server unbound = unbound(Ports.free());
                WatchInside watch = WatchInside.start("--pids", Long.toString(unbound.pid()))) {
            Hashtable<String, String> environment = new Hashtable<>();
            environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
            environment.put(Context.PROVIDER_URL, "dns://127.0.0.1:" + unbound.port());
            DirContext context = new InitialDirContext(environment);
            assertThat(context.getAttributes("www.example.test", new String[] {"A"})
                            .size())
                    .isOne();
            assertThat(context.getAttributes("large.example.test", new String[] {"TXT"})
                            .size())
                    .isOne();
            assertThat(isThere(context, "nothing.example.test")).isFalse();
            context.close();

            List<WatchedRecord> records = watch.awaitRecordsOf(
                    unbound.port(), seen -> assertThat(seen).hasSize(4));

            assertThat(records)
                    .extracting(record -> record.text("transport") + " " + record.operation() + " " + record.status())
                    .containsExactlyInAnyOrder("udp A NOERROR", "udp TXT NOERROR", "tcp TXT NOERROR", "udp A NXDOMAIN");
        }
    }

    @Test
    void aServerThatNeverAnswersMakesRecordsToo() throws Exception {
        Path folder = RunningProgram.newFolder();
        Files.writeString(folder.resolve("program.py"), UNANSWERED);
        try (Servers.Server unbound = unbound(Ports.free());
                RunningProgram program = RunningProgram.startIn(
                        folder, "python3", "-u", "program.py", Integer.toString(unbound.port()));
                WatchInside hasty = WatchInside.start(
                        "--pids",
                        Long.toString(program.awaitOutput("ready").parentPid()),
                        "--set",
                        "kyanos.connection.request-timeout=200ms");
                WatchInside patient = WatchInside.start("--pids", Long.toString(program.parentPid()))) {
            program.tell("go\n");
            program.awaitOutput("waits ");

            WatchedRecord timeout =
                    hasty.awaitRecord(record -> !record.unanswered().isEmpty());
            assertThat(timeout.unanswered()).isEqualTo("timeout");
            assertThat(timeout.resource()).isEqualTo("deaf.example.test");
            assertThat(timeout.attribute("retries")).isEqualTo("1");
            assertThat(program.output()).contains("waits " + timeout.remotePort());

            program.tell("close\n");
            program.awaitOutput("closed");
            WatchedRecord closed =
                    patient.awaitRecord(record -> !record.unanswered().isEmpty());
            assertThat(closed.unanswered()).isEqualTo("closed");
            assertThat(closed.remotePort()).isEqualTo(timeout.remotePort());
            WatchedRecord answered = patient.awaitRecord(record -> record.isOfPort(unbound.port()));
            assertThat(answered.status()).isEqualTo("NOERROR");
            assertThat(answered.resource()).isEqualTo("www.example.test");
        }
    }

    @ParameterizedTest(name = "{0} sockets")
    @ValueSource(ints = {1, 400})
    void seesEveryQueryOfALoadOnBothEnds(int sockets) throws Exception {
        int queries = 40_000;
        Path folder = RunningProgram.newFolder();
        Files.writeString(folder.resolve("load.py"), LOAD);
        try (Servers.Server unbound = unbound(Ports.free());
                RunningProgram load = RunningProgram.startIn(
                        folder,
                        "python3",
                        "-u",
                        "load.py",
                        Integer.toString(unbound.port()),
                        Integer.toString(queries),
                        "20",
                        Integer.toString(sockets));
                ExporterInside kyanos = ExporterInside.start(
                        "--pids",
                        load.awaitOutput("ready").parentPid() + "," + unbound.pid(),
                        "--set",
                        "kyanos.capture.rings.syscall=64MiB",
                        "--set",
                        "kyanos.capture.perf-buffers.syscall=64MiB")) {
            Map<String, Long> before = statistics(unbound);
            load.tell("go\n");
            load.awaitOutput("answers " + queries);
            Map<String, Long> after = statistics(unbound);
            assertThat(grown(before, after, "total.num.queries")).isEqualTo(queries);

            Scrape scrape = kyanos.await(seen -> SoftAssertions.assertSoftly(softly -> {
                for (String side : List.of("client", "server")) {
                    for (String type : List.of("A", "AAAA")) {
                        softly.assertThat(seen.sum(
                                        "kyanos_requests_total",
                                        "protocol",
                                        "dns",
                                        "side",
                                        side,
                                        "operation",
                                        type,
                                        "outcome",
                                        "ok"))
                                .as("%s %s", side, type)
                                .isEqualTo(grown(before, after, "num.query.type." + type));
                    }
                }
                softly.assertThat(seen.sum("kyanos_stage_held_items")).isZero();
            }));

            assertThat(scrape.sum("kyanos_requests_total", "protocol", "dns")).isEqualTo(2.0 * queries);
            assertThat(scrape.sum("kyanos_capture_lost_events_total")).isZero();
            scrape.assertNothingDropped();
            assertThat(scrape.sum("kyanos_unparsed_bytes_total", "protocol", "dns"))
                    .isZero();
            assertThat(scrape.text()).doesNotContain("example.test");
        }
    }

    private static boolean isThere(DirContext context, String name) throws NamingException {
        try {
            return context.getAttributes(name, new String[] {"A"}).size() > 0;
        } catch (NameNotFoundException ignored) {
            return false;
        }
    }

    private static Servers.Server unbound(int port) throws IOException {
        Path folder = RunningProgram.newFolder();
        Files.writeString(folder.resolve("unbound.conf"), configuration(folder, port));
        return Servers.accepting(RunningProgram.startIn(folder, "unbound", "-d", "-c", "unbound.conf"), port);
    }

    private static String configuration(Path folder, int port) {
        String large =
                Stream.generate(() -> "\"" + "x".repeat(200) + "\"").limit(10).collect(Collectors.joining(" "));
        return """
                server:
                  interface: 127.0.0.1
                  port: %d
                  num-threads: 1
                  username: ""
                  chroot: ""
                  directory: "%s"
                  pidfile: ""
                  use-syslog: no
                  logfile: ""
                  do-daemonize: no
                  module-config: iterator
                  extended-statistics: yes
                  statistics-cumulative: yes
                  hide-version: no
                  access-control: 127.0.0.0/8 allow
                  local-zone: "one.test." static
                  local-zone: "refused.test." refuse
                  local-zone: "example.test." static
                  local-data: "www.example.test. 300 IN A 192.0.2.1"
                  local-data: "www.example.test. 300 IN AAAA 2001:db8::1"
                  local-data: "example.test. 300 IN MX 10 mail.example.test."
                  local-data: 'large.example.test. 300 IN TXT %s'
                remote-control:
                  control-enable: yes
                  control-interface: "%s/control"
                  control-use-cert: no
                """.formatted(port, folder, large, folder);
    }

    private static void dig(Servers.Server server, String... arguments) {
        List<String> line =
                new ArrayList<>(List.of("dig", "@127.0.0.1", "-p", Integer.toString(server.port()), "+tries=1"));
        line.addAll(Arrays.asList(arguments));
        Commands.run(line.toArray(String[]::new)).expectSuccess();
    }

    private static Map<String, Long> statistics(Servers.Server unbound) {
        Path folder = unbound.program().folder();
        String told = Commands.run(
                        "unbound-control", "-s", folder + "/control", "-c", folder + "/unbound.conf", "stats_noreset")
                .expectSuccess();
        Map<String, Long> counts = new HashMap<>();
        told.lines().filter(line -> line.matches("[^=]+=[0-9]+")).forEach(line -> {
            int at = line.indexOf('=');
            counts.put(line.substring(0, at), Long.parseLong(line.substring(at + 1)));
        });
        return counts;
    }

    private static long grown(Map<String, Long> before, Map<String, Long> after, String counter) {
        return after.getOrDefault(counter, 0L) - before.getOrDefault(counter, 0L);
    }

    private static long count(List<WatchedRecord> records, String field, String value) {
        return records.stream()
                .filter(record -> record.text(field).equals(value))
                .count();
    }

    private static WatchedRecord only(List<WatchedRecord> records, String operation) {
        List<WatchedRecord> found = records.stream()
                .filter(record -> record.operation().equals(operation))
                .toList();
        assertThat(found).hasSize(1);
        return found.get(0);
    }
}
