package io.kyanos.recording;

import static io.kyanos.recording.SampleRecording.events;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import io.kyanos.recording.SampleRecording.Contents;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordingTest {

    @TempDir
    private Path directory;

    private Path path;
    private Path changed;
    private byte[] whole;

    @BeforeEach
    void writeSample() throws IOException {
        path = directory.resolve("sample.kyanos");
        changed = directory.resolve("changed.kyanos");
        SampleRecording.write(path);
        whole = Files.readAllBytes(path);
    }

    @Test
    void readsWhatWasWritten() {
        Contents contents = Contents.of(path);

        assertThat(contents.events).containsExactlyElementsOf(events());
        assertThat(contents.watermarks).last().isEqualTo(45L);
        assertThat(contents.processes).containsExactly(SampleRecording.RUNNING);
        assertThat(contents.connections).hasSize(1);
        assertThat(contents.connections.get(0).socket()).isEqualTo(0xffff_8880_0000_0001L);
        assertThat(contents.connections.get(0).entry()).isEqualTo(SampleRecording.ENTRY);
        assertThat(contents.statistics).containsExactly(new RecordedBlock.Statistics(SampleRecording.STATISTICS, true));
        assertThat(contents.broken).isFalse();
        try (RecordingReader reader = RecordingReader.open(path)) {
            assertThat(reader.header()).isEqualTo(SampleRecording.HEADER);
        }
    }

    @Test
    void isReadableOnlyByItsOwner() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-------");
    }

    @Test
    void joinsBatchesInABlockAndSplitsThemWhenItIsFull() throws IOException {
        Path joined = directory.resolve("joined.kyanos");

        try (RecordingWriter writer = RecordingWriter.create(joined, SampleRecording.HEADER, RecordingLimits.DEFAULT)) {
            for (int i = 0; i < 3000; i++) {
                writer.write(SampleRecording.batch(1000 + i, events()));
            }
        }

        Contents contents = Contents.of(joined);
        assertThat(contents.events).hasSize(24_000);
        assertThat(contents.watermarks.size()).isBetween(5, 30);
        assertThat(contents.watermarks).isSorted().last().isEqualTo(3999L);
        assertThat(Files.size(joined)).isLessThan(1_000_000);
    }

    @Test
    void neverSaysThatABatchIsWholeBeforeItsLastEvent() {
        List<Long> watermarks = Contents.of(path).watermarks;

        // Blocks of one event: only the last one of each batch knows the batch's watermark
        assertThat(watermarks).startsWith(0L, 0L, 0L, 0L, 25L, 25L);
    }

    @Test
    void readsUpToAnyBreak() throws IOException {
        int headerEnd = blocks().get(0);
        int before = 0;
        for (int length = 0; length < whole.length; length++) {
            Files.write(changed, Arrays.copyOf(whole, length));
            if (length < headerEnd) {
                assertThatThrownBy(() -> Contents.of(changed)).isInstanceOf(RecordingException.class);
                continue;
            }

            Contents contents = Contents.of(changed);

            assertThat(contents.broken).as("cut after %d bytes", length).isTrue();
            assertThat(contents.skippedBlocks).isZero();
            assertThat(contents.events)
                    .hasSizeGreaterThanOrEqualTo(before)
                    .containsExactlyElementsOf(events().subList(0, contents.events.size()));
            before = contents.events.size();
        }
        assertThat(before).isEqualTo(events().size());
    }

    @Test
    void passesOverADamagedBlockAndCountsIt() throws IOException {
        List<Integer> starts = blocks();
        byte[] damaged = whole.clone();
        damaged[starts.get(4) + RecordingFormat.BLOCK_HEADER_BYTES + 3] ^= 0x10; // within a block of one event
        damaged[starts.get(6) + 9] ^= 0x10; // within the header of another
        Files.write(changed, damaged);

        Contents contents = Contents.of(changed);

        assertThat(contents.skippedBlocks).isEqualTo(2);
        assertThat(contents.skippedEvents).isEqualTo(2);
        assertThat(contents.events).hasSize(events().size() - 2);
        assertThat(contents.broken).isFalse();
    }

    @Test
    void survivesFlippedBits() throws IOException {
        long seed = 20261122;
        Random random = new Random(seed);
        for (int round = 0; round < 3000; round++) {
            byte[] damaged = whole.clone();
            for (int flips = 1 + random.nextInt(8); flips > 0; flips--) {
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            }
            Files.write(changed, damaged);

            try {
                Contents contents = Contents.of(changed);

                assertThat(events())
                        .as("seed %d round %d", seed, round)
                        .usingElementComparator(Arrays::compare)
                        .containsAll(contents.events);
            } catch (RecordingException e) {
                assertThat(e).hasMessageStartingWith("read recording " + changed + ": ");
            }
        }
    }

    @Test
    void distrustsSizesThatMatchTheirChecksums() throws IOException {
        int first = blocks().get(2);
        for (int size : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, RecordingFormat.MAX_BLOCK_BYTES + 1, 0}) {
            for (int field : new int[] {RecordingFormat.STORED_OFFSET, RecordingFormat.RAW_OFFSET}) {
                byte[] hostile = whole.clone();
                RecordingFormat.littleEndian(hostile).putInt(first + field, size);
                seal(hostile, first);
                Files.write(changed, hostile);

                Contents contents = Contents.of(changed);

                assertThat(contents.events).as("%d at %d", size, field).hasSizeGreaterThanOrEqualTo(4);
            }
        }
    }

    @Test
    void distrustsLengthsInsideABlock() throws IOException {
        for (int length : new int[] {0, -2, Integer.MAX_VALUE, 100_000}) {
            ByteBuffer raw = RecordingFormat.littleEndian(new byte[64]);
            raw.putInt(0, length);
            Files.write(changed, withBlock(RecordingFormat.TYPE_EVENTS, raw.array()));

            assertThat(Contents.of(changed).broken)
                    .as("event of %d bytes", length)
                    .isTrue();
        }
        for (int length : new int[] {-1, Integer.MAX_VALUE, 100}) {
            ByteBuffer raw = RecordingFormat.littleEndian(new byte[64]);
            raw.putInt(8, length);
            Files.write(changed, withBlock(RecordingFormat.TYPE_CONNECTIONS, raw.array()));

            assertThat(Contents.of(changed).broken)
                    .as("entry of %d bytes", length)
                    .isTrue();
        }
        Output statistics = new Output(64);
        statistics.writeVarInt(33 + 2, true);
        statistics.writeVarInt(1, true);
        statistics.writeVarInt(1, true);
        statistics.writeVarInt(Integer.MAX_VALUE, true);
        Files.write(changed, withBlock(RecordingFormat.TYPE_STATISTICS, statistics.toBytes()));

        assertThat(Contents.of(changed).broken).isTrue();
    }

    @Test
    void passesOverFieldsAndBlocksOfALaterMinorVersion() throws IOException {
        byte[] header = RecordingKryo.write(SampleRecording.HEADER);
        Input input = new Input(header);
        int type = input.readVarInt(true);
        int fields = input.readVarInt(true);
        Output later = new Output(64, 4096);
        later.writeVarInt(type, true);
        later.writeVarInt(fields + 1, true);
        later.writeVarInt(999, true);
        later.writeVarInt(5, true);
        later.writeBytes(new byte[] {1, 2, 3, 4, 5});
        later.writeBytes(header, input.position(), header.length - input.position());
        ByteBuffer file = RecordingFormat.littleEndian(new byte[whole.length + 64]);
        putPrefix(file, 1, 7, later.toBytes());
        file.put(block(0, 99, new byte[] {1, 2, 3}));
        int first = blocks().get(0);
        file.put(whole, first, whole.length - first);
        Files.write(changed, Arrays.copyOf(file.array(), file.position()));

        Contents contents = Contents.of(changed);

        assertThat(contents.events).containsExactlyElementsOf(events());
        assertThat(contents.broken).isFalse();
        try (RecordingReader reader = RecordingReader.open(changed)) {
            assertThat(reader.header().filters()).isEqualTo(SampleRecording.HEADER.filters());
        }
    }

    @Test
    void readsARecordingOfTheFirstFormat() {
        Path first = Path.of("../examples/shop.kyanos");

        try (RecordingReader reader = RecordingReader.open(first)) {
            assertThat(reader.header().minor()).isZero();
            assertThat(reader.header().streams()).containsExactly("wire", "datagram");
        }
        assertThat(Contents.of(first).events).isNotEmpty();
        assertThat(Contents.of(first).broken).isFalse();
    }

    @Test
    void refusesWhatItCannotRead() throws IOException {
        refuses(directory.resolve("none"), "no such file");
        refuses(directory, "is a directory");
        refuses(file(new byte[0]), "is empty. Hint: nothing has been recorded into it yet");
        refuses(
                file("GET / HTTP/1.1\r\n".getBytes()),
                "is no recording. Hint: `kyanos record FILE` makes one; packet captures are pcap or pcapng");
        refuses(file(new byte[] {(byte) 0x8b, 'K', 'Y'}), "is cut within its header, after 3 bytes");
        byte[] header = RecordingKryo.write(SampleRecording.HEADER);
        ByteBuffer later = RecordingFormat.littleEndian(new byte[RecordingFormat.PREFIX_BYTES + header.length]);
        putPrefix(later, 2, 0, header);
        refuses(
                file(later.array()),
                "is of format 2.0 (expected: 1.x). Hint: read it with a kyanos as late as the one that recorded it");
        byte[] damaged = whole.clone();
        damaged[RecordingFormat.PREFIX_BYTES + 4] ^= 1;
        refuses(file(damaged), "has a damaged header: its checksum is wrong");
    }

    @Test
    void refusesEventsThatItsDecoderDoesNotKnow() throws IOException {
        refuses(
                file(headerAlone(4, RecordingHeader.LITTLE_ENDIAN)),
                "has events of layout 4 (expected: <= 3). Hint: read it with kyanos 9.9 or later");
        refuses(file(headerAlone(3, "big")), "has events in byte order big (expected: little)");
    }

    @Test
    void doesNotOverwriteUnlessAsked() {
        assertThatThrownBy(() -> RecordingWriter.create(path, SampleRecording.HEADER, RecordingLimits.DEFAULT))
                .hasMessage("write recording " + path + ": exists already. Hint: --force replaces it");

        RecordingWriter.create(path, SampleRecording.HEADER, RecordingLimits.DEFAULT, true, EventRedaction.NONE)
                .close();

        assertThat(Contents.of(path).events).isEmpty();
    }

    @Test
    void refusesPathsWhereNoFileCanBe() {
        Path nowhere = directory.resolve("no/such/file");
        assertThatThrownBy(() -> RecordingWriter.check(nowhere, false))
                .hasMessage("write recording " + nowhere + ": no such directory: " + nowhere.getParent());
        assertThatThrownBy(() -> RecordingWriter.check(directory, true))
                .hasMessage("write recording " + directory + ": is a directory. Hint: give the name of a file in it");
        assertThatThrownBy(() -> RecordingWriter.check(Path.of("/dev/null"), true))
                .hasMessage("write recording /dev/null: is no regular file");
    }

    @Test
    void endsBelowTheMaximumFileSize() throws IOException {
        Path bounded = directory.resolve("bounded.kyanos");
        RecordingLimits limits = RecordingLimits.DEFAULT.withMaxFileBytes(RecordingLimits.LEAST_FILE_BYTES);
        Random random = new Random(1);
        long written;

        try (RecordingWriter writer = RecordingWriter.create(bounded, SampleRecording.HEADER, limits)) {
            while (!writer.isFull()) {
                byte[] noise = new byte[4000];
                random.nextBytes(noise);
                writer.write(SampleRecording.batch(1, List.of(noise)));
                writer.flush();
            }
            writer.close(SampleRecording.STATISTICS);
            assertThat(writer.isFull()).isTrue();
            written = writer.writtenEvents();
        }

        Contents contents = Contents.of(bounded);
        assertThat(Files.size(bounded)).isBetween(50_000L, RecordingLimits.LEAST_FILE_BYTES);
        assertThat(contents.events).hasSize((int) written);
        assertThat(contents.broken).isFalse();
        assertThat(contents.statistics)
                .last()
                .isEqualTo(new RecordedBlock.Statistics(SampleRecording.STATISTICS, true));
    }

    @Test
    void knowsTheWireVersionOfTheKernelSide() throws IOException {
        assertThat(Files.readString(Path.of("../bpf/include/events.h")))
                .contains("#define KY_WIRE_VERSION " + RecordingHeader.WIRE_VERSION + "\n");
    }

    private void refuses(Path file, String why) {
        assertThatThrownBy(() -> RecordingReader.open(file).close())
                .isInstanceOf(RecordingException.class)
                .hasMessage("read recording " + file + ": " + why);
    }

    private Path file(byte[] contents) throws IOException {
        return Files.write(changed, contents);
    }

    private static byte[] headerAlone(int wireVersion, String byteOrder) {
        RecordingHeader sample = SampleRecording.HEADER;
        byte[] header = RecordingKryo.write(new RecordingHeader(
                1,
                0,
                "9.9",
                "",
                "",
                1,
                0,
                0,
                "ring",
                1,
                byteOrder,
                wireVersion,
                "",
                sample.filters(),
                false,
                sample.protocols(),
                sample.streams()));
        ByteBuffer file = RecordingFormat.littleEndian(new byte[RecordingFormat.PREFIX_BYTES + header.length]);
        putPrefix(file, 1, 0, header);
        return file.array();
    }

    private static void putPrefix(ByteBuffer file, int major, int minor, byte[] header) {
        file.put(RecordingFormat.FILE_MAGIC)
                .putShort((short) major)
                .putShort((short) minor)
                .putInt(header.length)
                .putInt(RecordingFormat.crc(header, 0, header.length))
                .put(header);
    }

    /** Where each block of the sample begins. */
    private List<Integer> blocks() {
        ByteBuffer file = RecordingFormat.littleEndian(whole);
        List<Integer> starts = new ArrayList<>();
        int at = RecordingFormat.PREFIX_BYTES + file.getInt(RecordingFormat.PREFIX_LENGTH_OFFSET);
        while (at < whole.length) {
            starts.add(at);
            at += RecordingFormat.BLOCK_HEADER_BYTES + file.getInt(at + RecordingFormat.STORED_OFFSET);
        }
        return starts;
    }

    private static void seal(byte[] file, int block) {
        RecordingFormat.littleEndian(file)
                .putInt(
                        block + RecordingFormat.HEADER_CRC_OFFSET,
                        RecordingFormat.crc(file, block, RecordingFormat.HEADER_CRC_OFFSET));
    }

    /** The sample's header, and one block behind. */
    private byte[] withBlock(int type, byte[] raw) {
        byte[] block = block(0, type, raw);
        int headerEnd = blocks().get(0);
        byte[] file = Arrays.copyOf(whole, headerEnd + block.length);
        System.arraycopy(block, 0, file, headerEnd, block.length);
        return file;
    }

    private static byte[] block(int sequence, int type, byte[] raw) {
        byte[] block = new byte[RecordingFormat.BLOCK_HEADER_BYTES + raw.length];
        System.arraycopy(raw, 0, block, RecordingFormat.BLOCK_HEADER_BYTES, raw.length);
        RecordingFormat.littleEndian(block)
                .putInt(RecordingFormat.BLOCK_MAGIC)
                .put((byte) type)
                .put((byte) BlockCompression.NONE)
                .putInt(RecordingFormat.STORED_OFFSET, raw.length)
                .putInt(RecordingFormat.RAW_OFFSET, raw.length)
                .putInt(RecordingFormat.CRC_OFFSET, RecordingFormat.crc(raw, 0, raw.length))
                .putInt(RecordingFormat.SEQUENCE_OFFSET, sequence);
        seal(block, 0);
        return block;
    }
}
