package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.data.Offset;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What calls and flags do to a stream of bytes: half closes, peeks, partial writes, urgent bytes, several writers. The
 * oracle is the other end, which counts.
 */
class StreamsIT {

    private static final String NAME = "ky-streams";
    private static final int LARGE = 3_000_000;

    private static SubjectCapture capture;

    private final int port = Ports.free();

    @BeforeAll
    static void start() {
        Requires.captureAnd("python3", "gcc", "unshare", "ip");
        capture = SubjectCapture.of(NAME);
    }

    @AfterAll
    static void stop() {
        if (capture != null) {
            capture.close();
        }
    }

    @BeforeEach
    void begin() {
        capture.begin();
    }

    @Test
    void anAnswerAfterTheClientsHalfCloseIsItsAnswer() throws Exception {
        try (RunningProgram subject = capture.server("half_closed", port);
                CountingPeer peer = CountingPeer.connect(port)) {
            peer.send(CountingPeer.request("/half", 10));
            peer.socket().shutdownOutput();
            assertThat(peer.readMessage().body()).isEqualTo("/half");
            assertThat(peer.readToEnd()).isEmpty();

            assertThat(capture.awaitRecords(port, 1)).allSatisfy(StreamsIT::isWhole);
            capture.awaitWholeEnd(peer.bytes());
            assertThat(subject.isAlive()).isTrue();
        }
    }

    @Test
    void aClientThatHasHalfClosedStillReadsItsAnswer() throws Exception {
        try (ServerSocket listener = listen();
                RunningProgram subject = capture.start("half_closing", listener.getLocalPort());
                CountingPeer peer = CountingPeer.accept(listener)) {
            assertThat(peer.readMessage().path()).isEqualTo("/half");
            assertThat(peer.readToEnd()).isEmpty();
            peer.answer("/half");
            peer.hangUp();

            assertThat(capture.awaitRecords(listener.getLocalPort(), 1)).allSatisfy(StreamsIT::isWhole);
            capture.awaitWholeEnd(peer.bytes());
            assertThat(subject.awaitExit()).isZero();
        }
    }

    @Test
    void aConnectionShutForReadingIsStillWritten() throws Exception {
        answersOnce("shut_for_reading", 0);
    }

    @Test
    void unreadBytesAreNotPartOfTheStream() throws Exception {
        try (RunningProgram subject = capture.server("unread", port);
                CountingPeer peer = CountingPeer.connect(port)) {
            int first = CountingPeer.request("/read", 0).length();
            peer.send(CountingPeer.request("/read", 0) + CountingPeer.request("/unread", 0));
            int answer = peer.readMessage().length();

            List<WatchedRecord> records = capture.awaitRecords(port, 1);
            assertThat(records).allSatisfy(StreamsIT::isWhole);
            assertThat(records.get(0).path()).isEqualTo("/read");
            capture.awaitWholeEnd(first + answer);
            assertThat(subject.output()).contains("read " + first + "\n");
        }
    }

    @Test
    void bytesThatArePeekedAtCountOnce() throws Exception {
        try (RunningProgram subject = capture.server("peek", port)) {
            assertThat(asked(subject, "/1", "/2", "/3")).allSatisfy(StreamsIT::isWhole);
        }
    }

    /* The body comes piece by piece and is read by one call, which lasts from the first piece to the last. */
    @Test
    void oneCallThatWaitsForAllIsOneCall() throws Exception {
        try (RunningProgram subject = capture.server("wait_for_all", port);
                CountingPeer peer = CountingPeer.connect(port)) {
            String request = CountingPeer.request("/all", 50_000);
            int head = request.indexOf("\r\n\r\n") + 4;
            peer.send(request.substring(0, head));
            for (int at = head; at < request.length(); at += 5000) {
                peer.send(request.substring(at, at + 5000));
                awaitDelivered(peer);
            }
            peer.readMessage();

            WatchedRecord record = capture.awaitRecords(port, 1).get(0);
            isRight(record);
            assertThat(record.number("req_size_bytes")).isEqualTo(request.length());
            List<?> calls = (List<?>) record.fields().get("req_syscall_events");
            assertThat(calls).hasSize(head + 1);
            assertThat(new WatchedRecord(CallsIT.fieldsOf(calls.get(head))).number("ByteSize"))
                    .isEqualTo(50_000);
            capture.awaitWholeEnd(peer.bytes());
            assertThat(subject.isAlive()).isTrue();
        }
    }

    @Test
    void bytesThatAreReadWithoutBeingWantedAreCounted() throws Exception {
        try (RunningProgram subject = capture.server("truncate", port);
                CountingPeer peer = CountingPeer.connect(port)) {
            int sent = peer.send(CountingPeer.request("/thrown-away", 70_000));
            peer.readMessage();
            peer.ask("/next");

            List<WatchedRecord> records = capture.awaitRecords(port, 2);
            isRight(records.get(0));
            assertThat(records.get(0).number("req_size_bytes")).isEqualTo(sent);
            assertThat(records.get(0).isTrue("truncated")).isFalse();
            isWhole(records.get(1));
            peer.hangUp();
            capture.awaitWholeEnd(peer.bytes());
            assertThat(subject.isAlive()).isTrue();
        }
    }

    @Test
    void anUrgentByteThatIsReadIsAGapOfOne() throws Exception {
        try (RunningProgram subject = capture.server("urgent_in", port);
                CountingPeer peer = CountingPeer.connect(port)) {
            peer.ask("/before");
            peer.socket().sendUrgentData('!');
            subject.awaitOutput("urgent");
            peer.ask("/after");
            peer.ask("/later");
            peer.hangUp();

            assertThat(capture.awaitRecords(port, 3)).allSatisfy(StreamsIT::isWhole);
            Scrape after = capture.awaitEnd(peer.bytes() + 1);
            assertThat(capture.fate(after, "gap_lost")).isOne();
            assertThat(capture.fate(after, "gap_concurrent")).isZero();
        }
    }

    @Test
    void anUrgentByteThatIsWrittenDoesNotShiftWhatFollows() throws Exception {
        try (RunningProgram subject = capture.server("urgent_out", port);
                CountingPeer peer = CountingPeer.connect(port)) {
            peer.ask("/before");
            peer.ask("/after");
            peer.ask("/later");
            peer.hangUp();

            List<WatchedRecord> records = capture.awaitRecords(port, 3);
            assertThat(records)
                    .extracting(WatchedRecord::path)
                    .containsExactlyInAnyOrder("/before", "/after", "/later");
            assertNothingInvented(records);
            Scrape after = capture.awaitEnd(peer.bytes() + 1);
            assertThat(capture.fate(after, "gap_concurrent")).isZero();
            assertThat(subject.isAlive()).isTrue();
        }
    }

    /* The subject itself fails unless some calls were short and some refused. */
    @ParameterizedTest
    @ValueSource(strings = {"partial_writes", "partial_sendfile"})
    void whatDoesNotFitGoesWithLaterCalls(String scenario) throws Exception {
        try (RunningProgram subject = capture.server(scenario, port);
                CountingPeer peer = CountingPeer.connect(port)) {
            peer.send(CountingPeer.request("/large", 0));
            subject.awaitOutput("full");
            int answer = peer.readMessage().length();

            WatchedRecord record = capture.awaitRecords(port, 1).get(0);
            assertThat(record.outcome()).isEqualTo("ok");
            assertThat(answer).isGreaterThan(LARGE);
            assertThat(record.number("resp_size_bytes")).isEqualTo(answer);
            capture.awaitWholeEnd(peer.bytes());
            assertThat(subject.isAlive()).as(subject.error()).isTrue();
        }
    }

    @Test
    void bytesSentWithoutACopyAreSeen() throws Exception {
        try (RunningProgram subject = capture.server("zero_copy", port)) {
            assertThat(asked(subject, "/1", "/2")).allSatisfy(StreamsIT::isWhole);
        }
    }

    /* No more than 64 parts of a vector are followed; what is behind counts without its bytes. */
    @Test
    void bytesAfterManyPartsAreCountedAndPassedOver() throws Exception {
        try (RunningProgram subject = capture.server("many_parts", port);
                CountingPeer peer = CountingPeer.connect(port)) {
            List<Integer> sent = new ArrayList<>();
            List<Integer> read = new ArrayList<>();
            for (String path : List.of("/readv-writev", "/recvmsg-sendmsg", "/last")) {
                sent.add(peer.send(CountingPeer.request(path, 6000)));
                read.add(peer.readMessage().length());
            }
            peer.hangUp();

            List<WatchedRecord> records = capture.awaitRecords(port, 3);
            assertThat(records).allSatisfy(StreamsIT::isRight);
            assertThat(records)
                    .extracting(WatchedRecord::path)
                    .containsExactly("/readv-writev", "/recvmsg-sendmsg", "/last");
            assertThat(records)
                    .extracting(record -> record.number("req_size_bytes"))
                    .isEqualTo(sent);
            assertThat(records)
                    .extracting(record -> record.number("resp_size_bytes"))
                    .isEqualTo(read);
            assertThat(records).extracting(record -> record.isTrue("truncated")).containsOnly(false);
            capture.awaitWholeEnd(peer.bytes());
            assertThat(subject.isAlive()).isTrue();
        }
    }

    @Test
    void anInterruptedReadBringsNothing() throws Exception {
        try (RunningProgram subject = capture.server("interrupted", port);
                CountingPeer peer = CountingPeer.connect(port)) {
            subject.awaitOutput("interrupted");
            peer.ask("/1");
            peer.ask("/2");
            peer.hangUp();

            assertThat(capture.awaitRecords(port, 2)).allSatisfy(StreamsIT::isWhole);
            capture.awaitWholeEnd(peer.bytes());
        }
    }

    @Test
    void aResetLeavesTheRequestUnanswered() throws Exception {
        try (ServerSocket listener = listen();
                RunningProgram subject = capture.start("half_closing", listener.getLocalPort());
                CountingPeer peer = CountingPeer.accept(listener)) {
            peer.readMessage();
            peer.socket().setSoLinger(true, 0);
            peer.hangUp();

            WatchedRecord record =
                    capture.awaitRecords(listener.getLocalPort(), 1).get(0);
            assertThat(record.unanswered()).isEqualTo("reset");
            capture.awaitWholeEnd(peer.bytes());
            assertThat(subject.awaitExit()).isNotZero();
        }
    }

    @Test
    void bodiesThatAProxySplicesAreCountedAtBothItsEnds() throws Exception {
        try (ServerSocket upstream = listen();
                RunningProgram subject = capture.server("relay", port, Integer.toString(upstream.getLocalPort()));
                CountingPeer client = CountingPeer.connect(port)) {
            int sent = client.send(CountingPeer.request("/relayed", 200_000));
            try (CountingPeer server = CountingPeer.accept(upstream)) {
                assertThat(server.readMessage().length()).isEqualTo(sent);
                server.send("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + "b".repeat(300_000));
                int read = client.readMessage().length();
                subject.awaitOutput("relayed 500000");

                for (int of : new int[] {port, upstream.getLocalPort()}) {
                    WatchedRecord record = capture.awaitRecords(of, 1).get(0);
                    assertThat(record.outcome()).isEqualTo("ok");
                    assertThat(record.path()).isEqualTo("/relayed");
                    assertThat(record.side()).isEqualTo(of == port ? "server" : "client");
                    assertThat(record.number("req_size_bytes")).isEqualTo(sent);
                    assertThat(record.number("resp_size_bytes")).isEqualTo(read);
                    assertThat(record.isTrue("truncated")).isFalse();
                }
                capture.awaitWholeEnd(client.bytes() + server.bytes());
            }
        }
    }

    @Test
    void aConnectThatDoesNotWaitIsAConnection() throws Exception {
        int refusing = Ports.free();
        try (ServerSocket listener = listen();
                RunningProgram subject =
                        capture.start("patient_connect", listener.getLocalPort(), Integer.toString(refusing));
                CountingPeer peer = CountingPeer.accept(listener)) {
            for (String path : List.of("/1", "/2")) {
                assertThat(peer.readMessage().path()).isEqualTo(path);
                peer.answer(path);
            }
            assertThat(peer.readToEnd()).isEmpty();

            List<WatchedRecord> records = capture.awaitRecords(listener.getLocalPort(), 2);
            assertThat(records).allSatisfy(StreamsIT::isWhole);
            assertThat(records).extracting(WatchedRecord::side).containsOnly("client");
            capture.awaitWholeEnd(peer.bytes());
            assertThat(capture.awaitRecords(refusing, 0)).isEmpty();
            assertThat(subject.awaitExit()).isZero();
        }
    }

    /* Client and server are the subject's, in a network of their own, where no other end can be ours. */
    @Test
    void aRequestThatTravelsWithTheFirstPacketIsARequest() {
        try (RunningProgram subject = SubjectCapture.startUnder(List.of("unshare", "-n"), NAME, "fast_open", port)) {
            subject.awaitOutput("done");
            assertThat(subject.output()).contains("in the SYN: 3");

            List<WatchedRecord> records = capture.awaitRecords(port, 12);
            assertThat(records).allSatisfy(StreamsIT::isWhole);
            for (String side : List.of("client", "server")) {
                assertThat(records.stream().filter(record -> record.side().equals(side)))
                        .extracting(WatchedRecord::path)
                        .containsExactlyInAnyOrder(
                                "/first-sendto",
                                "/second-sendto",
                                "/first-sendmsg",
                                "/second-sendmsg",
                                "/first-write",
                                "/second-write");
            }
            long bytes = 0;
            for (WatchedRecord record : records) {
                int answer =
                        ("HTTP/1.1 200 OK\r\nContent-Length: " + record.path().length() + "\r\n\r\n").length()
                                + record.path().length();
                bytes += CountingPeer.request(record.path(), 0).length() + answer;
            }
            capture.awaitWholeEnd(bytes);
        }
    }

    @Test
    void noRecordIsInventedWhenTwoProcessesWriteAtOnce() throws Exception {
        int count = 400;
        try (ServerSocket listener = listenWithWindow(4096);
                RunningProgram subject = startC("writers", listener.getLocalPort(), Integer.toString(count));
                CountingPeer peer = CountingPeer.accept(listener)) {
            // the small window is full, and both are in the middle of a request: what they write next stands mixed
            Awaitility.await("two writers that wait")
                    .until(() -> BlockedCalls.writes(subject.parentPid()) && BlockedCalls.writes(subject.pid()));
            String stream = peer.readToEnd();
            List<String> paths = new ArrayList<>();
            Matcher heads = Pattern.compile("(?s)GET (/\\w+/\\d+) HTTP/1.1\r\n.*?\r\n\r\n")
                    .matcher(stream);
            StringBuilder answers = new StringBuilder();
            while (heads.find()) {
                String path = heads.group(1);
                paths.add(path);
                answers.append("HTTP/1.1 200 OK\r\nContent-Length: " + path.length() + "\r\n\r\n" + path);
            }
            peer.send(answers.toString());
            peer.hangUp();
            subject.awaitOutput("written " + stream.length() + "\n");

            Scrape after = capture.awaitEnd(peer.bytes());
            // two captures: which calls were in progress at once may look different to each by some
            List<WatchedRecord> records = capture.awaitRecords(
                    listener.getLocalPort(),
                    seen -> assertThat((double) seen.size())
                            .isCloseTo(
                                    capture.sinceBegin(after, "kyanos_requests_total"),
                                    Offset.offset(paths.size() / 50.0)));
            System.out.printf(
                    "two writers: %d of %d requests are records, %.0f of %d bytes moved at once, %.0f unparsed, %.0f lost%n",
                    records.size(),
                    paths.size(),
                    capture.fate(after, "gap_concurrent"),
                    stream.length(),
                    capture.fate(after, "unparsed"),
                    capture.fate(after, "gap_lost"));
            assertThat(capture.fate(after, "gap_concurrent")).isPositive();
            // one that stands inside another is none to the server, but somebody has written it
            assertThat(records)
                    .extracting(WatchedRecord::path)
                    .doesNotHaveDuplicates()
                    .allMatch(path -> stream.contains("GET " + path + " HTTP/1.1\r\nHost: it\r\n"));
            assertNothingInvented(records);
        }
    }

    /* The second reader entered before the first request came, so what it read may be either. */
    @Test
    void bytesThatTwoThreadsMayHaveReadBelongToNobody() throws Exception {
        try (RunningProgram subject = capture.server("two_readers", port);
                CountingPeer peer = CountingPeer.connect(port)) {
            Awaitility.await("two readers that wait").until(() -> BlockedCalls.readers(subject.parentPid()) == 2);
            peer.ask("/1");
            peer.ask("/2");
            assertThat(peer.readToEnd()).isEmpty();

            // at the sockets it shows that the calls came one after the other
            List<String> whole = KyanosProcess.isAtSockets() ? List.of("/1", "/2") : List.of("/1");
            List<WatchedRecord> records = capture.awaitRecords(port, whole.size());
            assertThat(records).extracting(WatchedRecord::path).containsExactlyElementsOf(whole);
            assertThat(records).allSatisfy(StreamsIT::isWhole);
            Scrape after = capture.awaitEnd(peer.bytes());
            assertThat(capture.fate(after, "gap_concurrent"))
                    .isEqualTo(
                            KyanosProcess.isAtSockets()
                                    ? 0
                                    : CountingPeer.request("/2", 0).length());
            assertThat(capture.fate(after, "gap_lost")).isZero();
        }
    }

    @Test
    void whatGoesThroughIoUringIsSeenOrAGapAndNeverSilence() throws Exception {
        try (RunningProgram subject = startC("iouring", port)) {
            boolean listens = awaitListeningOrRefused(subject);
            Assumptions.assumeTrue(listens, "this kernel refuses io_uring");
            try (CountingPeer peer = CountingPeer.connect(port)) {
                int request = CountingPeer.request("/1", 0).length();
                List<Integer> answers = new ArrayList<>();
                for (String path : List.of("/1", "/2", "/3")) {
                    peer.send(CountingPeer.request(path, 0));
                    answers.add(peer.readMessage().length());
                }
                peer.hangUp();

                List<String> seen = KyanosProcess.isAtSockets() ? List.of("/1", "/2", "/3") : List.of("/1", "/3");
                List<WatchedRecord> records = capture.awaitRecords(port, seen.size());
                assertThat(records).extracting(WatchedRecord::path).containsExactlyElementsOf(seen);
                assertThat(records).extracting(WatchedRecord::outcome).containsOnly("ok");
                Scrape after = capture.awaitEnd(peer.bytes());
                assertThat(capture.fate(after, "gap_lost"))
                        .isEqualTo(KyanosProcess.isAtSockets() ? 0 : request + answers.get(1));
            }
        }
    }

    private static boolean awaitListeningOrRefused(RunningProgram subject) {
        Awaitility.await().until(() -> !subject.isAlive() || subject.output().contains("listening"));
        return subject.output().contains("listening");
    }

    private void answersOnce(String scenario, int bodyBytes) throws IOException {
        try (RunningProgram subject = capture.server(scenario, port);
                CountingPeer peer = CountingPeer.connect(port)) {
            peer.send(CountingPeer.request("/once", bodyBytes));
            assertThat(peer.readMessage().body()).isEqualTo("/once");
            assertThat(peer.readToEnd()).isEmpty();

            assertThat(capture.awaitRecords(port, 1)).allSatisfy(StreamsIT::isWhole);
            capture.awaitWholeEnd(peer.bytes());
            assertThat(subject.isAlive()).isTrue();
        }
    }

    /** The records of one connection that asks for each path. */
    private List<WatchedRecord> asked(RunningProgram subject, String... paths) throws IOException {
        try (CountingPeer peer = CountingPeer.connect(port)) {
            for (String path : paths) {
                assertThat(peer.ask(path)).isEqualTo(path);
            }
            peer.hangUp();
            List<WatchedRecord> records = capture.awaitRecords(port, paths.length);
            assertThat(records).extracting(WatchedRecord::path).containsExactly(paths);
            capture.awaitWholeEnd(peer.bytes());
            assertThat(subject.isAlive()).as(subject.error()).isTrue();
            return records;
        }
    }

    /* What the kernel still has to send is then in the other end's hands. */
    private static void awaitDelivered(CountingPeer peer) {
        String filter = "sport = :" + peer.socket().getLocalPort();
        Awaitility.await()
                .pollInterval(Duration.ofMillis(2))
                .until(() -> Commands.run("ss", "-tinH", filter)
                        .expectSuccess()
                        .contains("bytes_acked:" + (peer.sent() + 1)));
    }

    private static RunningProgram startC(String program, int port, String... more) throws IOException {
        Path folder = RunningProgram.newFolder();
        Path source = folder.resolve(program + ".c");
        try (InputStream in = Objects.requireNonNull(StreamsIT.class.getResourceAsStream(program + ".c"))) {
            Files.copy(in, source);
        }
        Path compiled = capture.programIn(folder);
        Commands.run("gcc", "-O1", "-Wall", "-Werror", "-o", compiled.toString(), source.toString())
                .expectSuccess();
        return capture.startProgram(compiled, Servers.concat(new String[] {Integer.toString(port)}, more));
    }

    private static ServerSocket listenWithWindow(int bytes) throws IOException {
        ServerSocket listener = new ServerSocket();
        listener.setReceiveBufferSize(bytes);
        listener.bind(new InetSocketAddress("127.0.0.1", Ports.free()));
        return listener;
    }

    private static ServerSocket listen() throws IOException {
        return new ServerSocket(Ports.free(), 8, InetAddress.getByName("127.0.0.1"));
    }

    private static void isRight(WatchedRecord record) {
        assertThat(record.outcome()).isEqualTo("ok");
        assertThat(record.status()).isEqualTo("200");
    }

    private static void isWhole(WatchedRecord record) {
        isRight(record);
        assertThat(record.text("response")).endsWith("\n" + record.path());
        assertThat(record.isTrue("truncated")).isFalse();
    }

    /** Every answer is the one that the other end gave to this request. */
    private static void assertNothingInvented(List<WatchedRecord> records) {
        assertThat(records).allSatisfy(record -> {
            if (!record.outcome().equals("unanswered")) {
                assertThat(record.text("response")).endsWith("\n" + record.path());
            }
        });
    }
}
