package io.kyanos.recording;

import com.esotericsoftware.kryo.KryoException;
import io.kyanos.event.EventBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Reads a recording from its beginning to its end, or to where it breaks off. Memory is bounded whatever the file says:
 * every length is checked before use. Not thread-safe; the batches it gives may be released by any thread.
 */
/*
 * Damage: a block whose checksum is wrong is passed over. If its own header is wrong, the next one is looked for, byte
 * by byte: it has a magic number and a checksum. What has been passed over is counted by the numbers in the header of
 * the next block. If no further block is found, the recording has broken off at the damage.
 */
public final class RecordingReader implements AutoCloseable {

    /**
     * Where a recording has broken off.
     *
     * @param offset in the file, up to which it has been read
     * @param reason in words for the user
     */
    public record Break(long offset, String reason) {}

    private static final String OPERATION = "read recording";
    private static final int WINDOW_BYTES = 2 * (RecordingFormat.MAX_BLOCK_BYTES + RecordingFormat.BLOCK_HEADER_BYTES);
    private static final int USUAL_SLAB_BYTES = 384 * 1024;
    private static final int MAX_SPARE_BATCHES = 64;

    private final Path path;
    private final FileChannel file;
    private final byte[] window = new byte[WINDOW_BYTES];
    private final ByteBuffer view = RecordingFormat.littleEndian(window);
    private final BlockCompression compression = new BlockCompression();
    private final Queue<EventBatch> spare = new ConcurrentLinkedQueue<>();
    private final RecordingHeader header;

    /** Of the window: what has not been taken yet. */
    private int at;

    private int end;
    /** Of {@link #at} in the file. */
    private long offset;

    private boolean exhausted;
    private boolean ended;
    private long watermark;
    private int expectedSequence;
    private long expectedEvent;
    private long skippedBlocks;
    private long skippedEvents;
    private long damagedAt = -1;
    private @Nullable Break broken;

    private RecordingReader(Path path, FileChannel file) throws IOException {
        this.path = path;
        this.file = file;
        this.header = readHeader();
    }

    /**
     * Opens a recording and reads its header.
     *
     * @throws RecordingException if the file cannot be read, is no recording, or one of a later format
     */
    public static RecordingReader open(Path path) {
        if (Files.isDirectory(path)) {
            throw new RecordingException(OPERATION, path, "is a directory");
        }
        FileChannel file = null;
        try {
            file = FileChannel.open(path, StandardOpenOption.READ);
            return new RecordingReader(path, file);
        } catch (IOException e) {
            closeQuietly(file);
            throw problem(path, e);
        } catch (RecordingException e) {
            closeQuietly(file);
            throw e;
        }
    }

    public RecordingHeader header() {
        return header;
    }

    /**
     * The next block; null at the end, which {@link #broken} distinguishes from a break.
     *
     * @throws RecordingException if the system cannot read the file any more
     */
    public @Nullable RecordedBlock next() {
        try {
            while (!ended) {
                RecordedBlock block = nextIfWhole();
                if (block != null) {
                    return block;
                }
            }
            return null;
        } catch (IOException e) {
            throw problem(path, e);
        }
    }

    /** Why there is nothing more, if the recording was not closed in order. Known once {@link #next} has given null. */
    public Optional<Break> broken() {
        return Optional.ofNullable(broken);
    }

    /** Blocks so far that were damaged and passed over, as others were found after them. */
    public long skippedBlocks() {
        return skippedBlocks;
    }

    /** The events of those blocks. */
    public long skippedEvents() {
        return skippedEvents;
    }

    /** Bytes of the file that have been read so far. */
    public long position() {
        return offset;
    }

    @Override
    public void close() {
        ended = true;
        closeQuietly(file);
    }

    private RecordingHeader readHeader() throws IOException {
        if (!has(1)) {
            throw new RecordingException(OPERATION, path, "is empty. Hint: nothing has been recorded into it yet");
        }
        has(RecordingFormat.PREFIX_BYTES);
        int known = Math.min(end - at, RecordingFormat.FILE_MAGIC.length);
        if (!Arrays.equals(window, at, at + known, RecordingFormat.FILE_MAGIC, 0, known)) {
            throw new RecordingException(
                    OPERATION,
                    path,
                    "is no recording. Hint: `kyanos record FILE` makes one; packet captures are pcap or pcapng");
        }
        if (!has(RecordingFormat.PREFIX_BYTES)) {
            throw cutInHeader();
        }
        int major = view.getShort(at + RecordingFormat.PREFIX_MAJOR_OFFSET) & 0xffff;
        int minor = view.getShort(at + RecordingFormat.PREFIX_MINOR_OFFSET) & 0xffff;
        if (major != RecordingHeader.MAJOR) {
            throw new RecordingException(
                    OPERATION,
                    path,
                    "is of format " + major + "." + minor + " (expected: " + RecordingHeader.MAJOR
                            + ".x). Hint: read it with a kyanos as late as the one that recorded it");
        }
        int length = view.getInt(at + RecordingFormat.PREFIX_LENGTH_OFFSET);
        int crc = view.getInt(at + RecordingFormat.PREFIX_CRC_OFFSET);
        if (length < 1 || length > RecordingFormat.MAX_HEADER_BYTES) {
            throw damagedHeader(null);
        }
        take(RecordingFormat.PREFIX_BYTES);
        if (!has(length)) {
            throw cutInHeader();
        }
        if (crc != RecordingFormat.crc(window, at, length)) {
            throw damagedHeader(null);
        }
        RecordingHeader read;
        try {
            read = RecordingKryo.read(RecordingHeader.class, window, at, length);
        } catch (KryoException | IndexOutOfBoundsException | IllegalArgumentException e) {
            throw damagedHeader(e);
        }
        take(length);
        checkEvents(read);
        return read;
    }

    private void checkEvents(RecordingHeader read) {
        if (read.wireVersion() > RecordingHeader.WIRE_VERSION) {
            throw new RecordingException(
                    OPERATION,
                    path,
                    "has events of layout " + read.wireVersion() + " (expected: <= " + RecordingHeader.WIRE_VERSION
                            + "). Hint: read it with kyanos " + read.kyanosVersion() + " or later");
        }
        if (!read.byteOrder().equals(RecordingHeader.LITTLE_ENDIAN)) {
            throw new RecordingException(
                    OPERATION, path, "has events in byte order " + read.byteOrder() + " (expected: little)");
        }
    }

    /** Null when there was none at this place: another one may follow, or the end has come. */
    private @Nullable RecordedBlock nextIfWhole() throws IOException {
        if (!has(RecordingFormat.BLOCK_HEADER_BYTES)) {
            breakOff(
                    end == at
                            ? "has no closing block: its recorder was killed, or is still at work"
                            : "is cut within the header of a block");
            return null;
        }
        if (!isBlockHeader()) {
            damaged();
            skipToNextMagic();
            return null;
        }
        int stored = view.getInt(at + RecordingFormat.STORED_OFFSET);
        int whole = RecordingFormat.BLOCK_HEADER_BYTES + stored;
        if (!has(whole)) {
            breakOff("is cut within a block");
            return null;
        }
        RecordedBlock block = null;
        int type = window[at + RecordingFormat.TYPE_OFFSET];
        if (RecordingFormat.crc(window, at + RecordingFormat.BLOCK_HEADER_BYTES, stored)
                == view.getInt(at + RecordingFormat.CRC_OFFSET)) {
            block = decode(type);
        }
        if (block == null && isKnown(type)) {
            damaged();
        } else {
            arrived(block);
        }
        take(whole);
        return block;
    }

    /** Blocks of later formats are passed over. */
    private static boolean isKnown(int type) {
        return type >= RecordingFormat.TYPE_EVENTS && type <= RecordingFormat.TYPE_END;
    }

    private boolean isBlockHeader() {
        int stored = view.getInt(at + RecordingFormat.STORED_OFFSET);
        int rawBytes = view.getInt(at + RecordingFormat.RAW_OFFSET);
        return view.getInt(at) == RecordingFormat.BLOCK_MAGIC
                && view.getInt(at + RecordingFormat.HEADER_CRC_OFFSET)
                        == RecordingFormat.crc(window, at, RecordingFormat.HEADER_CRC_OFFSET)
                && stored >= 0
                && stored <= RecordingFormat.MAX_BLOCK_BYTES
                && rawBytes >= 0
                && rawBytes <= RecordingFormat.MAX_BLOCK_BYTES;
    }

    private void damaged() {
        if (damagedAt < 0) {
            damagedAt = offset;
        }
    }

    private void skipToNextMagic() {
        int next = at + 1;
        while (next + Integer.BYTES <= end && view.getInt(next) != RecordingFormat.BLOCK_MAGIC) {
            next++;
        }
        take(next - at);
    }

    private void breakOff(String reason) {
        ended = true;
        broken = damagedAt >= 0
                ? new Break(damagedAt, "is damaged, and no further block is found")
                : new Break(offset, reason);
    }

    /** Here is a whole block: it shows how much is missing before it. */
    private void arrived(@Nullable RecordedBlock block) {
        int sequence = view.getInt(at + RecordingFormat.SEQUENCE_OFFSET);
        long firstEvent = view.getLong(at + RecordingFormat.FIRST_EVENT_OFFSET);
        skippedBlocks += Math.max(0, (long) sequence - expectedSequence);
        skippedEvents += Math.max(0, firstEvent - expectedEvent);
        expectedSequence = sequence + 1;
        expectedEvent = firstEvent
                + (block instanceof RecordedBlock.Events events ? events.batch().size() : 0);
        damagedAt = -1;
    }

    private @Nullable RecordedBlock decode(int type) {
        int rawBytes = view.getInt(at + RecordingFormat.RAW_OFFSET);
        EventBatch batch = batch(rawBytes);
        if (!isKnown(type) || !unpackInto(batch.slab(), rawBytes)) {
            return null;
        }
        ByteBuffer raw = ByteBuffer.wrap(batch.slab(), 0, rawBytes).order(ByteOrder.LITTLE_ENDIAN);
        RecordedBlock block = switch (type) {
            case RecordingFormat.TYPE_EVENTS -> findEvents(raw, batch) ? new RecordedBlock.Events(batch) : null;
            case RecordingFormat.TYPE_PROCESSES -> findEvents(raw, batch) ? new RecordedBlock.Processes(batch) : null;
            case RecordingFormat.TYPE_CONNECTIONS -> connections(raw);
            default -> statistics(batch.slab(), rawBytes, type == RecordingFormat.TYPE_END);
        };
        ended = type == RecordingFormat.TYPE_END && block != null;
        if (type == RecordingFormat.TYPE_EVENTS && block != null) {
            watermark = batch.watermark();
        } else if (type != RecordingFormat.TYPE_PROCESSES || block == null) {
            batch.release();
        }
        return block;
    }

    private boolean unpackInto(byte[] slab, int rawBytes) {
        int stored = view.getInt(at + RecordingFormat.STORED_OFFSET);
        int from = at + RecordingFormat.BLOCK_HEADER_BYTES;
        return switch (window[at + RecordingFormat.COMPRESSION_OFFSET]) {
            case BlockCompression.NONE -> {
                System.arraycopy(window, from, slab, 0, Math.min(stored, rawBytes));
                yield stored == rawBytes;
            }
            case BlockCompression.LZ4 -> compression.decompress(window, from, stored, slab, rawBytes);
            default -> false;
        };
    }

    private boolean findEvents(ByteBuffer raw, EventBatch batch) {
        batch.watermark(watermark);
        while (raw.remaining() >= Integer.BYTES) {
            int length = raw.getInt();
            if (length == RecordingFormat.BATCH_END && raw.remaining() >= Long.BYTES) {
                batch.watermark(raw.getLong());
            } else if (length > 0 && length <= raw.remaining()) {
                batch.add(raw.position(), length);
                raw.position(raw.position() + length);
            } else {
                return false;
            }
        }
        return !raw.hasRemaining();
    }

    private static @Nullable RecordedBlock connections(ByteBuffer raw) {
        List<RecordedBlock.OpenConnection> connections = new ArrayList<>();
        while (raw.remaining() >= Long.BYTES + Integer.BYTES) {
            long socket = raw.getLong();
            int length = raw.getInt();
            if (length < 0 || length > raw.remaining()) {
                return null;
            }
            byte[] entry = new byte[length];
            raw.get(entry);
            connections.add(new RecordedBlock.OpenConnection(socket, entry));
        }
        return raw.hasRemaining() ? null : new RecordedBlock.Connections(connections);
    }

    private static @Nullable RecordedBlock statistics(byte[] raw, int rawBytes, boolean isFinal) {
        try {
            return new RecordedBlock.Statistics(
                    RecordingKryo.read(RecordedStatistics.class, raw, 0, rawBytes), isFinal);
        } catch (KryoException | IndexOutOfBoundsException | IllegalArgumentException e) {
            return null;
        }
    }

    private EventBatch batch(int bytes) {
        EventBatch batch = spare.poll();
        if (batch == null || batch.slab().length < bytes) {
            return new EventBatch(new byte[Math.max(bytes, USUAL_SLAB_BYTES)], this::giveBack);
        }
        batch.restart();
        return batch;
    }

    private void giveBack(EventBatch batch) {
        if (spare.size() < MAX_SPARE_BATCHES) {
            spare.add(batch);
        }
    }

    /** Whether that many bytes are in the window, or could be read into it. At most half of the window. */
    private boolean has(int bytes) throws IOException {
        if (end - at >= bytes) {
            return true;
        }
        if (at > window.length - bytes) {
            System.arraycopy(window, at, window, 0, end - at);
            end -= at;
            at = 0;
        }
        while (end - at < bytes && !exhausted) {
            int read = file.read(ByteBuffer.wrap(window, end, window.length - end));
            exhausted = read < 0;
            end += Math.max(0, read);
        }
        return end - at >= bytes;
    }

    private void take(int bytes) {
        at += bytes;
        offset += bytes;
    }

    private RecordingException cutInHeader() {
        return new RecordingException(
                OPERATION, path, "is cut within its header, after " + (offset + end - at) + " bytes");
    }

    private RecordingException damagedHeader(@Nullable Exception cause) {
        String what = "has a damaged header: its checksum is wrong";
        return cause == null
                ? new RecordingException(OPERATION, path, what)
                : new RecordingException(OPERATION, path, what, cause);
    }

    private static void closeQuietly(@Nullable FileChannel file) {
        try {
            if (file != null) {
                file.close();
            }
        } catch (IOException ignored) {
            // It was only read.
        }
    }

    private static RecordingException problem(Path path, IOException e) {
        if (e instanceof NoSuchFileException) {
            return new RecordingException(OPERATION, path, "no such file", e);
        }
        if (e instanceof AccessDeniedException) {
            return new RecordingException(OPERATION, path, "permission denied", e);
        }
        String reason = e instanceof FileSystemException system ? system.getReason() : e.getMessage();
        return new RecordingException(OPERATION, path, reason == null ? "refused" : reason, e);
    }
}
