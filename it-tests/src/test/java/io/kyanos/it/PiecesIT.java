package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.Direction;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A call is told in pieces, each at its place, up to what may be captured of one call, and the end of one that is cut. The
 * oracle is the program, which writes down what it has sent, and by which calls.
 */
class PiecesIT {

    private static final int TAIL_BYTES = 256;
    private static final int MOST_OF_A_PIECE = 32 * 1024;

    /** Moves bytes from one end of a connection to the other, by calls of several kinds; prints WAY LENGTH of each call. */
    private static final String PROGRAM = """
            import ctypes, os, socket, sys

            libc = ctypes.CDLL(None, use_errno=True)

            class Segment(ctypes.Structure):
                _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]

            class Message(ctypes.Structure):
                _fields_ = [("name", ctypes.c_void_p), ("name_length", ctypes.c_uint),
                            ("segments", ctypes.POINTER(Segment)), ("segment_count", ctypes.c_size_t),
                            ("control", ctypes.c_void_p), ("control_length", ctypes.c_size_t),
                            ("flags", ctypes.c_int), ("padding", ctypes.c_int), ("length", ctypes.c_uint)]

            def messages(parts):
                headers = (Message * len(parts))()
                for header, segments in zip(headers, parts):
                    header.segments = (Segment * len(segments))(
                        *[Segment(ctypes.addressof(part), len(part)) for part in segments])
                    header.segment_count = len(segments)
                return headers

            def cut(data, size):
                return [(ctypes.c_char * len(data[i:i + size])).from_buffer_copy(data[i:i + size])
                        for i in range(0, len(data), size)]

            def room(length, size):
                return [ctypes.create_string_buffer(min(size, length - i)) for i in range(0, length, size)]

            def sendmmsg(data, size):
                parts = [[part, ctypes.create_string_buffer(1)] for part in cut(data, size)]
                headers = messages(parts)
                for header in headers:
                    header.segments[1].length = 0
                assert libc.sendmmsg(a.fileno(), headers, len(headers), 0) == len(headers)

            def recvmmsg(length, size):
                parts = [[part] for part in room(length, size)]
                headers = messages(parts)
                assert libc.recvmmsg(b.fileno(), headers, len(headers), socket.MSG_WAITALL, None) == len(headers)

            WRITES = {
                "write": lambda data, size: os.write(a.fileno(), data),
                "send": lambda data, size: a.send(data),
                "writev": lambda data, size: os.writev(a.fileno(), cut(data, size)),
                "sendmsg": lambda data, size: a.sendmsg(cut(data, size)),
                "sendmmsg": sendmmsg,
            }
            READS = {
                "recv": lambda length, size: b.recv(length, socket.MSG_WAITALL),
                "read": lambda length, size: os.read(b.fileno(), length),
                "readv": lambda length, size: os.readv(b.fileno(), room(length, size)),
                "recvmsg": lambda length, size: b.recvmsg_into(room(length, size), 0, socket.MSG_WAITALL),
                "recvmmsg": recvmmsg,
            }

            print("ready", flush=True)
            sys.stdin.readline()
            write, read, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            a = socket.socket()
            a.setsockopt(socket.SOL_SOCKET, 32, 1 << 24)
            a.connect(listener.getsockname())
            b, _ = listener.accept()
            lengths = [int(length) for length in sys.argv[4:]]
            stream = b"GET / HTTP/1.1\\r\\n" + b"".join(b"%07d\\n" % i for i in range(sum(lengths) // 8))
            with open("sent", "wb") as sent:
                for length in lengths:
                    data, stream = stream[:length], stream[length:]
                    WRITES[write](data, size)
                    READS[read](length, size)
                    sent.write(data)
            b.close()
            a.close()
            print("done", flush=True)
            sys.stdin.readline()
            """;

    /** The pieces of one call. */
    private record Call(List<KernelEvents.Data> pieces) {

        int length() {
            return pieces.stream().mapToInt(KernelEvents.Data::length).sum();
        }

        int captured() {
            return pieces.stream().mapToInt(piece -> piece.text().length()).sum();
        }

        KernelEvents.Data last() {
            return pieces.get(pieces.size() - 1);
        }
    }

    @BeforeAll
    static void require() {
        Requires.captureAnd("python3");
    }

    @ParameterizedTest(name = "{0} and {1}, segments of {2}")
    @CsvSource({
        "write, read, 0",
        "send, recv, 0",
        "writev, readv, 1024",
        "sendmsg, recvmsg, 1024",
        "writev, recvmsg, 333",
        "sendmmsg, recvmmsg, 300",
        "sendmmsg, recvmmsg, 70000",
    })
    void everyCallIsCapturedWholeUpToItsCapAndThenItsEnd(String write, String read, int segment) throws IOException {
        int[] lengths = {100, 32_688, 32_689, 65_376, 98_304, 98_305, 98_304 + 256, 98_304 + 257, 200_000, 300, 150_000
        };

        check(write, read, segment, 98_304, "", lengths);
    }

    @Test
    void aMegabyteOfOneCallIsCapturedIfSet() throws IOException {
        check(
                "send",
                "recv",
                0,
                1 << 20,
                "kyanos.capture.max-payload-bytes = 1 MiB",
                1 << 20,
                (1 << 20) + 1,
                3_000_000);
    }

    @Test
    void theEndOfACallIsCapturedEvenIfTheCapIsSmallerThanAnEvent() throws IOException {
        check(
                "sendmsg",
                "recv",
                100,
                1000,
                "kyanos.capture.max-payload-bytes = 1000",
                900,
                1000,
                1001,
                1200,
                1300,
                40_000);
    }

    @Test
    void aVectorOfAsManySegmentsAsTheKernelTakesIsFollowedToItsEnd() throws IOException {
        check("writev", "readv", 100, 98_304, "", 1024 * 100, 1024 * 100, 60_000);
    }

    private static int[] cut(int[] lengths, int most) {
        return IntStream.of(lengths)
                .flatMap(length -> IntStream.iterate(length, left -> left > 0, left -> left - most)
                        .map(left -> Math.min(left, most)))
                .toArray();
    }

    private static void check(String write, String read, int segment, int cap, String settings, int... lengths)
            throws IOException {
        Path folder = RunningProgram.newFolder();
        Files.writeString(folder.resolve("program.py"), PROGRAM);
        List<String> command =
                new ArrayList<>(List.of("python3", "program.py", write, read, Integer.toString(segment)));
        for (int length : lengths) {
            command.add(Integer.toString(length));
        }
        try (RunningProgram program = RunningProgram.startIn(folder, command.toArray(String[]::new))
                        .awaitOutput("ready");
                KernelEvents events = KernelEvents.of(program, settings)) {
            program.tell("go\n");
            program.awaitOutput("done");
            events.await(KernelEvents.Closed.class, 2, end -> true);

            String sent = Files.readString(folder.resolve("sent"), StandardCharsets.ISO_8859_1);
            // the sockets tell each message of such a call by itself
            boolean byMessages = KyanosProcess.isAtSockets() && write.equals("sendmmsg");
            int[] told = byMessages ? cut(lengths, segment) : lengths;
            for (Direction direction : Direction.values()) {
                // the end of a connection comes by another channel, and may come first
                Awaitility.await()
                        .untilAsserted(
                                () -> assertThat(lengthsOf(events, direction)).isEqualTo(boxed(told)));
                calls(events, direction).forEach(call -> assertTold(call, sent, cap));
            }
        }
    }

    private static void assertTold(Call call, String sent, int cap) {
        int length = call.length();
        long next = call.pieces().get(0).position();
        for (KernelEvents.Data piece : call.pieces()) {
            assertThat(piece.position()).isEqualTo(next);
            assertThat(piece.continued()).isEqualTo(piece != call.pieces().get(0));
            assertThat(piece.text()).hasSizeLessThanOrEqualTo(MOST_OF_A_PIECE);
            assertThat(sent.startsWith(piece.text(), (int) piece.position()))
                    .as("bytes at their place")
                    .isTrue();
            next += piece.length();
        }
        int tail = Math.min(TAIL_BYTES, Math.max(0, length - cap));
        assertThat(call.captured()).isEqualTo(Math.min(length, cap) + tail);
        if (tail > 0) {
            assertThat(call.last().length()).isEqualTo(tail);
            assertThat(call.last().text()).hasSize(tail);
        }
    }

    /** The bytes of each call. */
    private static List<Integer> lengthsOf(KernelEvents events, Direction direction) {
        return calls(events, direction).stream().map(Call::length).toList();
    }

    /** In order. What a call has moved has its times. */
    private static List<Call> calls(KernelEvents events, Direction direction) {
        return events.all(KernelEvents.Data.class, data -> data.direction() == direction).stream()
                .sorted(Comparator.comparingLong(KernelEvents.Data::position))
                .collect(Collectors.groupingBy(KernelEvents.Data::exitedAt, TreeMap::new, Collectors.toList()))
                .values()
                .stream()
                .map(Call::new)
                .toList();
    }

    private static List<Integer> boxed(int... numbers) {
        return Arrays.stream(numbers).boxed().toList();
    }
}
