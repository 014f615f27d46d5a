package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.packet.CaptureFile;
import io.kyanos.packet.CapturedFrame;
import io.kyanos.packet.PacketDecoder;
import io.kyanos.reassembly.Flow;
import io.kyanos.reassembly.Reassembly;
import io.kyanos.reassembly.ReassemblySettings;
import io.kyanos.reassembly.StreamSink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every byte of real connections, rebuilt from what tcpdump has captured of them, and from captures of a network that is
 * worse than the loopback: packets double, out of order, and so late as if they had been lost and sent again.
 */
class RebuiltStreamsIT {

    private static final int CONNECTIONS = 12;
    private static final int BYTES = 400_000;

    /**
     * Both ends of some connections, each of which sends random bytes while it receives; they are left in files, named after
     * the client's port.
     */
    private static final String TALK = """
            import random, socket, sys, threading
            connections, size = int(sys.argv[1]), int(sys.argv[2])
            listener = socket.socket()
            # small segments, though the loopback could carry large ones
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1000)
            listener.bind(("127.0.0.1", 0))
            listener.listen(64)
            print("port", listener.getsockname()[1], flush=True)
            sys.stdin.readline()

            def talk(sock, name, seed):
                data = random.Random(seed).randbytes(size)
                open(name, "wb").write(data)
                def send():
                    at = 0
                    while at < size:
                        at += sock.send(data[at:at + random.randint(1, 20000)])
                    sock.shutdown(socket.SHUT_WR)
                sender = threading.Thread(target=send)
                sender.start()
                got = 0
                while True:
                    more = sock.recv(65536)
                    if not more:
                        break
                    got += len(more)
                assert got == size
                sender.join()
                sock.close()

            def serve():
                for i in range(connections):
                    sock, peer = listener.accept()
                    threads.append(threading.Thread(target=talk, args=(sock, f"server-{peer[1]}", 1000 + i)))
                    threads[-1].start()

            threads = []
            server = threading.Thread(target=serve)
            server.start()
            for i in range(connections):
                sock = socket.socket()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1000)
                sock.connect(listener.getsockname())
                name = f"client-{sock.getsockname()[1]}"
                thread = threading.Thread(target=talk, args=(sock, name, i))
                threads.append(thread)
                thread.start()
            server.join()
            for thread in threads:
                thread.join()
            print("done", flush=True)
            sys.stdin.readline()
            """;

    private record Frame(byte[] bytes, long at, int linkType) {}

    private static final List<Frame> CAPTURED = new ArrayList<>();
    private static final Map<String, byte[]> SENT = new HashMap<>();

    @BeforeAll
    static void capture() throws IOException {
        Requires.captureAnd("tcpdump", "python3");
        Path folder = RunningProgram.newFolder();
        Files.writeString(folder.resolve("talk.py"), TALK);
        try (RunningProgram talk = RunningProgram.startIn(folder, "python3", "talk.py", "" + CONNECTIONS, "" + BYTES)) {
            String port = talk.awaitOutput("port ").output().replaceAll("\\D", "");
            try (Tcpdump tcpdump = Tcpdump.start("port " + port, Integer.parseInt(port))) {
                talk.tell("\n");
                talk.awaitOutput("done");
                read(tcpdump.end());
            }
            for (Path file : Files.list(folder).toList()) {
                String name = file.getFileName().toString();
                if (name.matches("(client|server)-\\d+")) {
                    SENT.put(name, Files.readAllBytes(file));
                }
            }
        }
        assertThat(SENT).hasSize(2 * CONNECTIONS);
        assertThat(CAPTURED).hasSizeGreaterThan(2 * CONNECTIONS * BYTES / 66_000);
    }

    private static void read(Path file) throws IOException {
        try (CaptureFile capture = CaptureFile.open(Files.newInputStream(file), "talk.pcap")) {
            CapturedFrame frame = new CapturedFrame();
            while (capture.next(frame)) {
                byte[] bytes = Arrays.copyOfRange(frame.array(), frame.offset(), frame.offset() + frame.captured());
                CAPTURED.add(new Frame(bytes, frame.timeNanos(), frame.linkType()));
            }
        }
    }

    @Test
    void areWhatWasSent() {
        assertWhole(CAPTURED);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void areWhatWasSentOverABadNetwork(long seed) {
        assertWhole(worse(CAPTURED, new Random(seed)));
    }

    /** Some of it twice, some of it up to 2 ms late, and some of it once more after 20 ms and for the first time then. */
    private static List<Frame> worse(List<Frame> frames, Random random) {
        List<Frame> passed = new ArrayList<>();
        for (Frame frame : frames) {
            double chance = random.nextDouble();
            long delay = 0;
            if (chance < 0.1) {
                delay = random.nextInt(2_000_000);
            } else if (chance < 0.15) {
                delay = 20_000_000 + random.nextInt(10_000_000);
            }
            passed.add(new Frame(frame.bytes(), frame.at() + delay, frame.linkType()));
            if (random.nextDouble() < 0.1) {
                passed.add(new Frame(frame.bytes(), frame.at() + random.nextInt(30_000_000), frame.linkType()));
            }
        }
        passed.sort(Comparator.comparingLong(Frame::at));
        return passed;
    }

    private static void assertWhole(List<Frame> frames) {
        Streams streams = new Streams();
        Reassembly reassembly = new Reassembly(streams, new ReassemblySettings(1000, 8 << 20, 64L << 20), 1);
        PacketDecoder decoder = new PacketDecoder();
        CapturedFrame frame = new CapturedFrame();
        for (Frame one : frames) {
            frame.wrap(one.bytes(), 0, one.bytes().length, one.bytes().length, one.at(), one.linkType(), 0);
            decoder.decode(frame, reassembly);
        }
        while (reassembly.endNext()) {
            // the next one
        }

        assertThat(streams.rebuilt.keySet()).isEqualTo(SENT.keySet());
        streams.rebuilt.forEach((name, bytes) -> assertThat(Arrays.equals(bytes.toByteArray(), SENT.get(name)))
                .as("%s: %d of %d bytes, as they were sent", name, bytes.size(), SENT.get(name).length)
                .isTrue());
        assertThat(streams.closed).isEqualTo(CONNECTIONS);
        assertThat(reassembly.statistics().holesWithoutRoom()).isZero();
        assertThat(reassembly.heldBytes()).isZero();
    }

    /** The bytes of each direction. */
    private static final class Streams implements StreamSink {

        private final Map<String, ByteArrayOutputStream> rebuilt = new HashMap<>();
        private int closed;

        @Override
        public boolean opens(Flow flow) {
            if (flow.transport() == EventDecoder.TRANSPORT_UDP) {
                return false;
            }
            assertThat(flow.isClientKnown()).isTrue();
            return true;
        }

        @Override
        public void bytes(
                Flow flow,
                Direction direction,
                long movedAt,
                long position,
                int length,
                byte[] array,
                int offset,
                int captured,
                boolean continued) {
            String name = (direction == Direction.EGRESS ? "client-" : "server-") + flow.localPort();
            ByteArrayOutputStream bytes = rebuilt.computeIfAbsent(name, first -> new ByteArrayOutputStream());
            assertThat(position).as(name).isEqualTo(bytes.size());
            assertThat(captured).as(name).isEqualTo(length);
            bytes.write(array, offset, captured);
        }

        @Override
        public void closes(Flow flow, long closedAt, long egressEnd, long ingressEnd, int reason, int firstEnd) {
            assertThat(egressEnd).isEqualTo(BYTES);
            assertThat(ingressEnd).isEqualTo(BYTES);
            closed++;
        }
    }
}
