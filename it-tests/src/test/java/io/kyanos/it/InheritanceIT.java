package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A socket outlives descriptors and processes: one connection under many names, and its end by all the ways there are.
 * The oracle is the other end, which counts.
 */
class InheritanceIT {

    private static final String NAME = "ky-inherits";
    private static final Pattern CHILD = Pattern.compile("(?:child|passed) (\\d+)");

    private static SubjectCapture capture;

    private final int port = Ports.free();

    @BeforeAll
    static void start() {
        Requires.captureAnd("python3");
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
    void aDuplicateIsTheSameConnection() throws Exception {
        try (RunningProgram subject = capture.server("dup", port)) {
            long bytes = askThrice();

            assertThat(capture.awaitRecords(port, 3)).allSatisfy(InheritanceIT::isWhole);
            capture.awaitWholeEnd(bytes);
            assertThat(subject.isAlive()).isTrue();
        }
    }

    @Test
    void aChildsAnswerOnItsParentsSocketIsTheChilds() throws Exception {
        try (RunningProgram subject = capture.server("forked_writer", port)) {
            long bytes = askThrice();

            List<WatchedRecord> records = capture.awaitRecords(port, 3);
            assertThat(records).allSatisfy(InheritanceIT::isWhole);
            assertThat(records).extracting(WatchedRecord::pid).containsExactlyElementsOf(children(subject));
            capture.awaitWholeEnd(bytes);
        }
    }

    @Test
    void aPassedConnectionGoesOnInTheOtherProcess() throws Exception {
        try (RunningProgram subject = capture.server("passing", port)) {
            long bytes = askThrice();

            List<WatchedRecord> records = capture.awaitRecords(port, 3);
            assertThat(records).allSatisfy(InheritanceIT::isWhole);
            int child = children(subject).get(0);
            assertThat(records).extracting(WatchedRecord::pid).containsExactly((int) subject.parentPid(), child, child);
            capture.awaitWholeEnd(bytes);
        }
    }

    @Test
    void standardInputAndOutputOfAnInetdServiceAreOneConnection() throws Exception {
        try (RunningProgram subject = capture.server("inetd", port)) {
            long bytes = askThrice();

            List<WatchedRecord> records = capture.awaitRecords(port, 3);
            assertThat(records).allSatisfy(InheritanceIT::isWhole);
            assertThat(records)
                    .allSatisfy(record ->
                            assertThat(record.pid()).isEqualTo(children(subject).get(0)));
            capture.awaitWholeEnd(bytes);
        }
    }

    @Test
    void workersOnAListenerFromBeforeTheStartAreSeen() throws Exception {
        String name = "ky-prefork";
        try (RunningProgram subject = SubjectCapture.startUnder(List.of(), name, "prefork", port)
                        .awaitOutput("listening");
                SubjectCapture late = SubjectCapture.of(name)) {
            long bytes = 0;
            for (int i = 0; i < 10; i++) {
                try (CountingPeer peer = CountingPeer.connect(port)) {
                    peer.ask("/" + i);
                    bytes += peer.bytes();
                }
            }

            List<WatchedRecord> records = late.awaitRecords(port, 10);
            assertThat(records).allSatisfy(InheritanceIT::isWhole);
            assertThat(children(subject))
                    .containsAll(records.stream().map(WatchedRecord::pid).toList());
            late.awaitWholeEnd(bytes);
        }
    }

    @Test
    void eachListenerOfOnePortHasItsOwnConnections() throws Exception {
        try (RunningProgram subject = capture.server("reuse_port", port)) {
            assertThat(subject.isAlive()).isTrue();
            long bytes = 0;
            int connections = 0;
            Set<Integer> pids = new HashSet<>();
            // the kernel chooses by a hash of the addresses
            while (pids.size() < 2 && connections < 100) {
                try (CountingPeer peer = CountingPeer.connect(port)) {
                    peer.ask("/" + connections);
                    connections++;
                    bytes += peer.bytes();
                }
                capture.awaitRecords(port, connections).forEach(record -> pids.add(record.pid()));
            }

            assertThat(pids).hasSize(2).doesNotContain((int) subject.parentPid());
            assertThat(capture.awaitRecords(port, connections)).allSatisfy(InheritanceIT::isWhole);
            capture.awaitWholeEnd(bytes);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "end_by_close, true",
        "end_by_close_range, true",
        "end_by_exec, true",
        "end_by_exit, false",
        "end_by_kill, false"
    })
    void everyWayToEndIsSeen(String scenario, boolean lives) throws Exception {
        try (RunningProgram subject = capture.server(scenario, port);
                CountingPeer peer = CountingPeer.connect(port)) {
            assertThat(peer.ask("/answered")).isEqualTo("/answered");
            peer.send(CountingPeer.request("/left", 0));
            assertThat(peer.readToEnd()).isEmpty();

            List<WatchedRecord> records = capture.awaitRecords(port, 2);
            isWhole(records.get(0));
            assertThat(records.get(1).path()).isEqualTo("/left");
            assertThat(records.get(1).unanswered()).isEqualTo("closed");
            capture.awaitWholeEnd(peer.bytes());
            if (lives) {
                assertThat(subject.isAlive()).isTrue();
            } else {
                subject.awaitExit();
            }
        }
    }

    private long askThrice() throws IOException {
        try (CountingPeer peer = CountingPeer.connect(port)) {
            for (int i = 0; i < 3; i++) {
                assertThat(peer.ask("/" + i)).isEqualTo("/" + i);
            }
            return peer.bytes();
        }
    }

    private static void isWhole(WatchedRecord record) {
        assertThat(record.outcome()).isEqualTo("ok");
        assertThat(record.side()).isEqualTo("server");
        assertThat(record.text("response")).endsWith("\n" + record.path());
        assertThat(record.isTrue("truncated")).isFalse();
    }

    /** In the order in which the subject has told of them. */
    private static List<Integer> children(RunningProgram subject) {
        List<Integer> pids = new ArrayList<>();
        CHILD.matcher(subject.output()).results().forEach(told -> pids.add(Integer.parseInt(told.group(1))));
        return pids;
    }
}
