package io.kyanos.recording;

import io.kyanos.event.EventBatch;
import io.kyanos.event.EventDecoder;
import io.kyanos.fuzz.FuzzTarget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** A file that may or may not be a recording: read to its end, or refused in words, within bounds. */
/*
 * The input's first byte: bit 0, whether the checksums are made right first, as otherwise nearly everything ends at them.
 * The file follows.
 */
public final class RecordingFuzz implements FuzzTarget {

    private static final RecordingFuzz TARGET = new RecordingFuzz();
    private static final long MAX_BLOCKS = MAX_BYTES / RecordingFormat.BLOCK_HEADER_BYTES + 1;

    private final Path file;
    private final EventDecoder decoder = new EventDecoder();

    public RecordingFuzz() {
        Path memory = Path.of("/dev/shm");
        try {
            file = Files.isWritable(memory)
                    ? Files.createTempFile(memory, "kyanos-fuzz", ".kyanos")
                    : Files.createTempFile("kyanos-fuzz", ".kyanos");
            file.toFile().deleteOnExit();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void fuzzerTestOneInput(byte[] input) {
        TARGET.run(input);
    }

    @Override
    public void run(byte[] input) {
        byte[] bytes = input.length == 0 ? input : Arrays.copyOfRange(input, 1, input.length);
        if (input.length > 0 && (input[0] & 1) != 0) {
            makeChecksumsRight(bytes);
        }
        try {
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (RecordingReader reader = RecordingReader.open(file)) {
            read(reader, bytes.length);
        } catch (RecordingException refused) {
            check(refused.getMessage() != null && refused.getMessage().contains(file.toString()), "a message in words");
        }
    }

    private void read(RecordingReader reader, int length) {
        check(reader.header().byteOrder().equals(RecordingHeader.LITTLE_ENDIAN), "byte order");
        long blocks = 0;
        for (RecordedBlock block = reader.next(); block != null; block = reader.next()) {
            check(++blocks <= MAX_BLOCKS, "more blocks than fit");
            if (block instanceof RecordedBlock.Events events) {
                look(events.batch());
            } else if (block instanceof RecordedBlock.Processes processes) {
                look(processes.batch());
            }
        }
        check(reader.position() <= length, "read beyond the end");
        check(reader.skippedBlocks() >= 0 && reader.skippedEvents() >= 0, "skipped");
        check(reader.next() == null, "something after the end");
    }

    private void look(EventBatch batch) {
        check(batch.slab().length <= 2 * RecordingFormat.MAX_BLOCK_BYTES, "memory of a block");
        for (int i = 0; i < batch.size(); i++) {
            check(
                    batch.offset(i) >= 0 && batch.offset(i) + batch.length(i) <= batch.slab().length,
                    "place of an event");
            if (batch.read(i, decoder)) {
                check(decoder.length() == batch.length(i), "length of an event");
            }
        }
        batch.release();
    }

    private static void makeChecksumsRight(byte[] bytes) {
        ByteBuffer view = RecordingFormat.littleEndian(bytes);
        if (bytes.length < RecordingFormat.PREFIX_BYTES) {
            return;
        }
        int length = view.getInt(RecordingFormat.PREFIX_LENGTH_OFFSET);
        long at = RecordingFormat.PREFIX_BYTES + Math.max(0L, length);
        if (length > 0 && at <= bytes.length) {
            view.putInt(
                    RecordingFormat.PREFIX_CRC_OFFSET,
                    RecordingFormat.crc(bytes, RecordingFormat.PREFIX_BYTES, length));
        }
        while (at + RecordingFormat.BLOCK_HEADER_BYTES <= bytes.length) {
            int block = (int) at;
            int stored = view.getInt(block + RecordingFormat.STORED_OFFSET);
            at += RecordingFormat.BLOCK_HEADER_BYTES + Math.max(0L, stored);
            if (stored >= 0 && at <= bytes.length) {
                view.putInt(
                        block + RecordingFormat.CRC_OFFSET,
                        RecordingFormat.crc(bytes, block + RecordingFormat.BLOCK_HEADER_BYTES, stored));
            }
            view.putInt(
                    block + RecordingFormat.HEADER_CRC_OFFSET,
                    RecordingFormat.crc(bytes, block, RecordingFormat.HEADER_CRC_OFFSET));
        }
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    @Override
    public List<byte[]> seeds() {
        try {
            Path sample = Files.createTempFile("kyanos-fuzz", ".seed");
            Files.delete(sample);
            SampleRecording.write(sample);
            byte[] recording = Files.readAllBytes(sample);
            Files.delete(sample);
            byte[] trusted = new byte[recording.length + 1];
            System.arraycopy(recording, 0, trusted, 1, recording.length);
            byte[] repaired = trusted.clone();
            repaired[0] = 1;
            return List.of(repaired, trusted, Arrays.copyOf(repaired, repaired.length / 2));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
