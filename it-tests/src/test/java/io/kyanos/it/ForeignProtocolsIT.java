package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.ForeignDialogue;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What other protocols say, through the kernel: no record of it on either side. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForeignProtocolsIT {

    private static final List<ForeignDialogue.Said> REDIS =
            List.of(said(true, "*1\r\n$4\r\nPING\r\n"), said(false, "+PONG\r\n"));

    private KyanosProcess kyanos;

    @BeforeAll
    void start() {
        Requires.captureAnd();
        kyanos = KyanosProcess.watch(
                "--pids", Long.toString(ProcessHandle.current().pid()));
    }

    @AfterAll
    void stop() {
        if (kyanos != null) {
            kyanos.close();
        }
    }

    @Test
    void noDialogueIsARecord() throws IOException {
        Set<Integer> foreign = new HashSet<>();
        for (ForeignDialogue dialogue : ForeignDialogue.all()) {
            foreign.add(speak(dialogue.steps()));
        }
        assertNothingIsKnownOf(foreign);
    }

    @Test
    void memcachedTrafficBecomesNoRecord() throws IOException {
        Requires.captureAnd("memcached");
        int port = Ports.free();
        try (Servers.Server server = Servers.accepting(
                        RunningProgram.start("memcached", "-u", "root", "-l", "127.0.0.1", "-p", "" + port), port);
                Socket socket = new Socket(server.host(), port)) {
            for (int i = 0; i < 20; i++) {
                ask(socket, "set a 0 0 11\r\n$5\r\nhello\r\n\r\n", "STORED\r\n");
                ask(socket, "get a\r\n", "VALUE a 0 11\r\n$5\r\nhello\r\n\r\nEND\r\n");
                ask(socket, "set n 0 0 1\r\n1\r\n", "STORED\r\n");
                ask(socket, "append n 0 0 1\r\n1\r\n", "STORED\r\n");
                ask(socket, "incr n 1\r\n", "12\r\n");
                ask(socket, "ms k 5 I\r\n:12\r\n\r\n", "HD\r\n");
                ask(socket, "mg k v\r\n", "VA 5\r\n:12\r\n\r\n");
                ask(socket, "get\r\n", "ERROR\r\n");
            }
        }
        assertNothingIsKnownOf(Set.of(port));
    }

    @Test
    void beanstalkdTrafficBecomesNoRecord() throws IOException {
        Requires.captureAnd("beanstalkd");
        int port = Ports.free();
        try (Servers.Server server = Servers.accepting(
                        RunningProgram.start("beanstalkd", "-l", "127.0.0.1", "-p", "" + port), port);
                Socket socket = new Socket(server.host(), port)) {
            for (int i = 1; i <= 20; i++) {
                ask(socket, "put 0 0 60 5\r\n+OK\r\n\r\n", "INSERTED " + i + "\r\n");
                ask(socket, "reserve\r\n", "RESERVED " + i + " 5\r\n+OK\r\n\r\n");
                ask(socket, "touch " + i + "\r\n", "TOUCHED\r\n");
                ask(socket, "delete " + i + "\r\n", "DELETED\r\n");
                ask(socket, "watch x\r\n", "WATCHING 2\r\n");
            }
        }
        assertNothingIsKnownOf(Set.of(port));
    }

    private static void ask(Socket socket, String request, String answer) throws IOException {
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
        byte[] read = socket.getInputStream().readNBytes(answer.length());
        assertThat(new String(read, StandardCharsets.ISO_8859_1)).isEqualTo(answer);
    }

    @Test
    void whatRedisRefusesAClientWithIsTakenForRedis() throws IOException {
        int refused = speak(List.of(said(false, "-ERR max number of clients reached\r\n"), REDIS.get(0)));

        List<WatchedRecord> records = kyanos.awaitRecordsOf(
                refused,
                seen -> assertThat(seen).extracting(WatchedRecord::side).containsExactlyInAnyOrder("client", "server"));
        assertThat(records).extracting(WatchedRecord::operation).containsOnly("PING");
    }

    /** Records come in the order of what they are of; one that comes after all shows that they would have come. */
    private void assertNothingIsKnownOf(Set<Integer> ports) throws IOException {
        int last = speak(REDIS);
        kyanos.awaitRecordsOf(last, seen -> assertThat(seen).hasSize(2));

        for (int port : ports) {
            kyanos.awaitRecordsOf(
                    port, seen -> assertThat(seen).as("port %d", port).isEmpty());
        }
    }

    /** Says each step when the one before has been read; gives the server's port. */
    private int speak(List<ForeignDialogue.Said> steps) throws IOException {
        int port = Ports.free();
        try (ServerSocket listening = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            try (Socket client = new Socket(listening.getInetAddress(), port);
                    Socket server = listening.accept()) {
                for (ForeignDialogue.Said said : steps) {
                    (said.byClient() ? client : server).getOutputStream().write(said.bytes());
                    byte[] read =
                            (said.byClient() ? server : client).getInputStream().readNBytes(said.bytes().length);
                    assertThat(read).isEqualTo(said.bytes());
                }
            }
        }
        return port;
    }

    private static ForeignDialogue.Said said(boolean byClient, String latin1) {
        return new ForeignDialogue.Said(byClient, latin1.getBytes(StandardCharsets.ISO_8859_1));
    }
}
