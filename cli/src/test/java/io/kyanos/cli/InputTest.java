package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.Direction;
import io.kyanos.event.EventBatch;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import io.kyanos.packet.CaptureMaker;
import io.kyanos.recording.RecordedStatistics;
import io.kyanos.recording.RecordingHeader;
import io.kyanos.recording.RecordingLimits;
import io.kyanos.recording.RecordingWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String GET = "GET /items/17 HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final long MILLI = 1_000_000;
    private static final RecordingHeader HEADER = new RecordingHeader(
            RecordingHeader.MAJOR,
            RecordingHeader.MINOR,
            "0.1.0",
            "6.18.0",
            "amd64",
            2,
            1_700_000_000_000_000_000L,
            0,
            "ring",
            4096,
            RecordingHeader.LITTLE_ENDIAN,
            RecordingHeader.WIRE_VERSION,
            "",
            List.of(),
            false,
            List.of(),
            RecordingHeader.STREAMS);

    @TempDir
    private Path folder;

    private final World world = new World();

    @Test
    void showsEveryRecordOfTheFileInOrderAndEnds() throws IOException {
        Path file = recording(50, HEADER);

        int code = world.run("watch", "--input", file.toString());

        assertThat(world.err()).isEmpty();
        assertThat(code).isZero();
        assertThat(world.out().lines()).hasSize(51);
        assertThat(world.out().lines().skip(1)).isSorted();
        assertThat(world.out()).contains("GET /items/{id}").contains("nginx");
    }

    @Test
    void writesJsonThatIsTheSameWithOneThreadAndWithEight() throws IOException {
        Path file = recording(300, HEADER);
        Path one = folder.resolve("one.json");
        Path eight = folder.resolve("eight.json");
        String threads = "kyanos.actors.connection-dispatcher.fork-join-executor.parallelism-";

        world.run("watch", "--input", file.toString(), "--json-output", one.toString(), "--set", threads + "max=1");
        world.run(
                "watch",
                "--input",
                file.toString(),
                "--json-output",
                eight.toString(),
                "--set",
                "kyanos.actors.connection-dispatcher.executor=fork-join-executor",
                "--set",
                threads + "min=8",
                "--set",
                threads + "max=8");

        assertThat(Files.readString(one)).contains("\"end_time\"").isEqualTo(Files.readString(eight));
        assertThat(Files.readString(one).lines()).hasSize(300);
    }

    @Test
    void showsWhatComesBeforeABreakAndSaysWhereItIs() throws IOException {
        Path file = recording(50, HEADER);
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length - whole.length / 3));

        int code = world.run("watch", "--input", file.toString());

        assertThat(code).isEqualTo(1);
        assertThat(world.out().lines().count()).isBetween(2L, 50L);
        assertThat(world.err())
                .startsWith("kyanos: read recording " + file + ": is cut within")
                .contains("at byte ")
                .hasLineCount(1);
    }

    @Test
    void filtersRecordsOfTheFile() throws IOException {
        Path file = recording(50, HEADER);

        world.run("watch", "http", "--input", file.toString(), "--path", "/items/7");

        assertThat(world.out().lines()).hasSize(2);
    }

    @Test
    void leavesOutWhatTheKernelWouldNotHaveCaptured() throws IOException {
        Path file = recording(50, HEADER);

        world.run("watch", "--input", file.toString(), "--comm", "curl");

        assertThat(world.out().lines()).hasSize(1);
    }

    @Test
    void reportsWhatWasLostDuringRecording() throws IOException {
        Path file = recording(50, HEADER);

        world.run("watch", "--input", file.toString(), "--latency", "1h");
        Path lossy = folder.resolve("lossy.kyanos");
        try (RecordingWriter writer = RecordingWriter.create(lossy, HEADER, RecordingLimits.DEFAULT)) {
            writer.close(new RecordedStatistics(Map.of("syscall", 7L), Map.of()));
        }
        int code = world.run("watch", "--input", lossy.toString());

        assertThat(code).isZero();
        assertThat(world.err()).contains("7 events lost in the kernel (syscall 7)");
    }

    @Test
    void refusesWhatIsNotARecording() throws IOException {
        Path text = Files.writeString(folder.resolve("text"), "GET / HTTP/1.1\r\n");
        Path empty = Files.createFile(folder.resolve("empty"));
        Path missing = folder.resolve("missing");

        for (Path file : List.of(text, empty, missing, folder)) {
            assertThat(world.run("watch", "--input", file.toString()))
                    .as("%s", file)
                    .isEqualTo(1);
        }

        assertThat(world.err().lines())
                .containsExactly(
                        "kyanos: read recording " + text + ": is no recording. Hint: `kyanos record FILE` makes one;"
                                + " packet captures are pcap or pcapng",
                        "kyanos: read recording " + empty + ": is empty. Hint: nothing has been recorded into it yet",
                        "kyanos: read recording " + missing + ": no such file",
                        "kyanos: read recording " + folder + ": is a directory");
    }

    @Test
    void refusesFlagsThatMakeNoSenseForAFile() {
        assertThat(world.run("watch", "--input", "a", "--time", "3")).isEqualTo(2);
        assertThat(world.run("watch", "--input", "")).isEqualTo(2);

        assertThat(world.err().lines())
                .containsExactly(
                        "kyanos: --time and --input FILE exclude each other: a file ends by itself.",
                        "kyanos: --input: nothing (expected: a file made by kyanos record, a packet capture, or - for standard"
                                + " input)");
    }

    @Test
    void showsAPacketCaptureWhateverItIsCalledAndHoweverItIsPacked() throws IOException {
        byte[] capture = new CaptureMaker().exchange(40000, 8080, GET, OK).take();
        Path plain = Files.write(folder.resolve("a.kyanos"), capture);
        Path packed = folder.resolve("b");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
            out.write(capture);
        }

        assertThat(world.run("watch", "--input", plain.toString())).isZero();
        assertThat(world.run("watch", "--input", packed.toString())).isZero();
        assertThat(world.reading(new ByteArrayInputStream(capture)).run("watch", "--input", "-"))
                .isZero();

        assertThat(world.err()).isEmpty();
        assertThat(world.out().lines().filter(line -> !line.startsWith("TIME")))
                .hasSize(3)
                .allMatch(line -> line.contains("10.0.0.1:40000 => 10.0.0.2:8080") && line.contains("GET /items/{id}"))
                .containsOnly(world.out().lines().skip(1).findFirst().orElseThrow());
    }

    @Test
    void saysWhereAPacketCaptureIsBroken() throws IOException {
        byte[] capture = new CaptureMaker().exchange(40000, 8080, GET, OK).take();
        Path file = Files.write(folder.resolve("cut.pcap"), Arrays.copyOf(capture, capture.length - 3));

        assertThat(world.run("watch", "--input", file.toString())).isEqualTo(1);
        assertThat(world.reading(new ByteArrayInputStream(GET.getBytes(StandardCharsets.US_ASCII)))
                        .run("watch", "--input", "-"))
                .isEqualTo(1);

        assertThat(world.out()).contains("GET /items/{id}");
        assertThat(world.err().lines())
                .hasSize(2)
                .satisfiesExactly(
                        cut -> assertThat(cut)
                                .startsWith("kyanos: read packet capture " + file + ": ")
                                .endsWith(". Hint: all that was captured before it has been read."),
                        text -> assertThat(text)
                                .isEqualTo("kyanos: read packet capture standard input: is neither pcap nor pcapng"));
    }

    @Test
    void refusesFlagsThatNoPacketAnswers() throws IOException {
        byte[] capture = new CaptureMaker().exchange(40000, 8080, GET, OK).take();
        Path file = Files.write(folder.resolve("a.pcap"), capture);

        assertThat(world.run("watch", "--input", file.toString(), "--pids", "12"))
                .isEqualTo(1);
        assertThat(world.run("watch", "--input", file.toString(), "--side", "server"))
                .isEqualTo(1);

        assertThat(world.err().lines())
                .satisfiesExactly(
                        pids -> assertThat(pids).contains("packets do not show processes"),
                        side -> assertThat(side).contains("side: server (expected: client or all)"));
        assertThat(world.out()).isEmpty();
    }

    @Test
    void saysWhatAPacketCaptureLacks() throws IOException {
        byte[] capture =
                new CaptureMaker().cutAt(60).exchange(40000, 8080, GET, OK).take();
        Path file = Files.write(folder.resolve("a.pcap"), capture);

        assertThat(world.run("watch", "--input", file.toString())).isZero();

        assertThat(world.err()).contains("2 dropped (packets payload_cut 2). Hint: see ");
    }

    @Test
    void refusesForeignByteOrder() throws IOException {
        RecordingHeader foreign = new RecordingHeader(
                1, 0, "0.1.0", "6.1", "s390x", 2, 0, 0, "ring", 1, "big", 1, "", List.of(), false, List.of(),
                List.of());
        Path file = recording(1, foreign);

        int code = world.run("watch", "--input", file.toString());

        assertThat(code).isEqualTo(1);
        assertThat(world.err())
                .isEqualTo("kyanos: read recording " + file + ": has events in byte order big (expected: little)\n");
    }

    /** Of so many requests to an nginx, over ten connections, one millisecond after the other. */
    private Path recording(int requests, RecordingHeader header) throws IOException {
        Path file = Files.createTempFile(folder, "made", ".kyanos");
        Files.delete(file);
        try (RecordingWriter writer = RecordingWriter.create(
                file, header, new RecordingLimits(2000, RecordingLimits.DEFAULT.flushInterval(), Long.MAX_VALUE))) {
            writer.writeProcesses(List.of(EventEncoder.process(EventDecoder.KIND_RUNNING, 1, 17, 1, "nginx", "nginx")));
            long[] positions = new long[20];
            List<byte[]> opened = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                opened.add(EventEncoder.opened(2, i + 1, 17, 5, EventDecoder.SIDE_SERVER, EventDecoder.ORIGIN_ACCEPT));
            }
            writer.write(batch(2, opened));
            for (int i = 0; i < requests; i++) {
                int connection = i % 10;
                long at = (i + 1) * MILLI;
                String get = "GET /items/" + i + " HTTP/1.1\r\nHost: a\r\n\r\n";
                writer.write(batch(
                        at,
                        List.of(
                                data(connection + 1, at, Direction.INGRESS, positions[connection], get),
                                data(connection + 1, at + 1000, Direction.EGRESS, positions[10 + connection], OK))));
                positions[connection] += get.length();
                positions[10 + connection] += OK.length();
            }
        }
        return file;
    }

    private static byte[] data(long generation, long at, Direction direction, long position, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return EventEncoder.data(at, at, generation, 17, 5, direction, position, bytes, bytes.length);
    }

    private static EventBatch batch(long watermark, List<byte[]> events) {
        int size = events.stream().mapToInt(event -> event.length).sum();
        EventBatch batch = new EventBatch(new byte[size], recycled -> {});
        int at = 0;
        for (byte[] event : events) {
            System.arraycopy(event, 0, batch.slab(), at, event.length);
            batch.add(at, event.length);
            at += event.length;
        }
        batch.watermark(watermark);
        return batch;
    }
}
