package io.kyanos.recording;

import io.kyanos.event.EventBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes one recording. Events gather in a block, which goes to the file once it is full or old enough; what has gone
 * there survives the death of this process. Not thread-safe. After an exception the file is cut back to its last whole
 * block, and nothing more can be written.
 */
public final class RecordingWriter implements AutoCloseable {

    /** The most that one event may have; the kernel side's own bound is less. */
    static final int MAX_EVENT_BYTES = 64 * 1024;

    /** Kept free beneath the bound of the file for the closing block. */
    private static final int END_RESERVE_BYTES = 8 * 1024;

    private static final String OPERATION = "write recording";

    private final Path path;
    private final FileChannel file;
    private final RecordingLimits limits;
    private final EventRedaction redaction;
    private final BlockCompression compression = new BlockCompression();
    private final byte[] raw;
    private final ByteBuffer pending;
    private final byte[] block;

    private long begunAtNanos;
    private int pendingEvents;
    private long writtenBytes;
    private long writtenEvents;
    private int blocks;
    private RecordedStatistics statistics = RecordedStatistics.NONE;
    private boolean full;
    private boolean ended;

    private RecordingWriter(Path path, FileChannel file, RecordingLimits limits, EventRedaction redaction) {
        this.path = path;
        this.file = file;
        this.limits = limits;
        this.redaction = redaction;
        this.raw = new byte[limits.blockBytes() + MAX_EVENT_BYTES + 64];
        this.pending = RecordingFormat.littleEndian(raw);
        int largest = Math.max(raw.length, RecordingFormat.MAX_HEADER_BYTES);
        this.block = new byte[RecordingFormat.BLOCK_HEADER_BYTES + compression.room(largest)];
        this.begunAtNanos = System.nanoTime();
    }

    /**
     * Begins a recording in a new file that only its owner can read.
     *
     * @throws RecordingException where that cannot be
     */
    public static RecordingWriter create(Path path, RecordingHeader header, RecordingLimits limits) {
        return create(path, header, limits, false, EventRedaction.NONE);
    }

    /**
     * As {@link #create(Path, RecordingHeader, RecordingLimits)}.
     *
     * @param replace what was in the file before
     * @param redaction through which every event goes
     */
    public static RecordingWriter create(
            Path path, RecordingHeader header, RecordingLimits limits, boolean replace, EventRedaction redaction) {
        try {
            FileChannel file = NewFile.create(path, replace);
            RecordingWriter writer = new RecordingWriter(path, file, limits, redaction);
            writer.writePrefix(RecordingKryo.write(header));
            return writer;
        } catch (IOException e) {
            throw problem(path, e);
        }
    }

    /** Throws if no recording could be begun there, as far as that can be known without trying. */
    public static void check(Path path, boolean replace) {
        try {
            NewFile.check(path, replace);
        } catch (FileSystemException e) {
            throw problem(path, e);
        }
    }

    /** Takes the batch's events and its watermark. The batch stays the caller's. */
    public void write(EventBatch batch) {
        for (int i = 0; i < batch.size() && !full; i++) {
            append(batch.bytes(i), batch.offset(i), batch.length(i));
        }
        pending.putInt(RecordingFormat.BATCH_END).putLong(batch.watermark());
        if (pending.position() >= limits.blockBytes()) {
            flush();
        }
    }

    /** Takes events of kind {@code RUNNING}. */
    public void writeProcesses(List<byte[]> processes) {
        byte[] bytes = new byte[raw.length];
        ByteBuffer some = RecordingFormat.littleEndian(bytes);
        for (byte[] process : processes) {
            checkLength(process.length);
            some.putInt(process.length).put(process);
            if (some.position() >= limits.blockBytes()) {
                writeBlock(RecordingFormat.TYPE_PROCESSES, bytes, some.position(), 0);
                some.clear();
            }
        }
        if (some.position() > 0) {
            writeBlock(RecordingFormat.TYPE_PROCESSES, bytes, some.position(), 0);
        }
    }

    /** Takes connections whose data comes in batches that have not been written yet. */
    public void writeConnections(List<RecordedBlock.OpenConnection> connections) {
        byte[] bytes = new byte[raw.length];
        ByteBuffer some = RecordingFormat.littleEndian(bytes);
        for (RecordedBlock.OpenConnection connection : connections) {
            checkLength(connection.entry().length);
            redaction.connection(connection.entry());
            some.putLong(connection.socket()).putInt(connection.entry().length).put(connection.entry());
            if (some.position() >= limits.blockBytes()) {
                writeBlock(RecordingFormat.TYPE_CONNECTIONS, bytes, some.position(), 0);
                some.clear();
            }
        }
        if (some.position() > 0) {
            writeBlock(RecordingFormat.TYPE_CONNECTIONS, bytes, some.position(), 0);
        }
    }

    /** Takes the current statistics; pending events go to the file first. */
    public void writeStatistics(RecordedStatistics now) {
        flush();
        statistics = now;
        byte[] bytes = RecordingKryo.write(now);
        writeBlock(RecordingFormat.TYPE_STATISTICS, bytes, bytes.length, 0);
    }

    /** Writes what is pending if it has waited for the flush interval. */
    public void flushIfDue() {
        if (System.nanoTime() - begunAtNanos >= limits.flushInterval().toNanos()) {
            flush();
        }
    }

    /** Writes what is pending, if there is any. */
    public void flush() {
        int bytes = pending.position();
        int events = pendingEvents;
        pending.clear();
        pendingEvents = 0;
        begunAtNanos = System.nanoTime();
        if (bytes > 0) {
            redaction.beforeWrite();
            writeBlock(RecordingFormat.TYPE_EVENTS, raw, bytes, events);
        }
    }

    /** Whether the bound of the file has been reached: nothing is taken any more. */
    public boolean isFull() {
        return full;
    }

    /** Bytes of the file so far. */
    public long writtenBytes() {
        return writtenBytes;
    }

    /** Events in the file so far. */
    public long writtenEvents() {
        return writtenEvents;
    }

    /** Writes what is pending and the closing block with the last statistics, and has the system store it all. */
    @Override
    public void close() {
        close(statistics);
    }

    /** As {@link #close()}, with final statistics. A second close does nothing. */
    public void close(RecordedStatistics last) {
        if (!file.isOpen()) {
            return;
        }
        try (FileChannel closing = file) {
            if (!ended) {
                flush();
                byte[] bytes = RecordingKryo.write(last);
                writeBlock(RecordingFormat.TYPE_END, bytes, bytes.length, 0);
                ended = true;
            }
            closing.force(false);
        } catch (IOException e) {
            throw problem(path, e);
        }
    }

    private void append(byte[] bytes, int offset, int length) {
        checkLength(length);
        if (pending.position() + length > limits.blockBytes() && pendingEvents > 0) {
            flush();
        }
        pending.putInt(length);
        int at = pending.position();
        pending.put(bytes, offset, length);
        pendingEvents++;
        redaction.event(raw, at, length);
    }

    private void writePrefix(byte[] header) throws IOException {
        ByteBuffer prefix = RecordingFormat.littleEndian(new byte[RecordingFormat.PREFIX_BYTES + header.length]);
        prefix.put(RecordingFormat.FILE_MAGIC)
                .putShort((short) RecordingHeader.MAJOR)
                .putShort((short) RecordingHeader.MINOR)
                .putInt(header.length)
                .putInt(RecordingFormat.crc(header, 0, header.length))
                .put(header);
        prefix.flip();
        put(prefix);
    }

    private void writeBlock(int type, byte[] bytes, int length, int events) {
        boolean isLast = type == RecordingFormat.TYPE_END;
        if ((full && !isLast) || ended) {
            return;
        }
        int start = RecordingFormat.BLOCK_HEADER_BYTES;
        int stored = compression.compress(bytes, length, block, start);
        int by = BlockCompression.LZ4;
        if (stored >= length) {
            System.arraycopy(bytes, 0, block, start, length);
            stored = length;
            by = BlockCompression.NONE;
        }
        long reserve = isLast ? 0 : END_RESERVE_BYTES;
        if (writtenBytes + start + stored > limits.maxFileBytes() - reserve) {
            full = true;
            return;
        }
        ByteBuffer whole = RecordingFormat.littleEndian(block);
        whole.putInt(0, RecordingFormat.BLOCK_MAGIC)
                .put(RecordingFormat.TYPE_OFFSET, (byte) type)
                .put(RecordingFormat.COMPRESSION_OFFSET, (byte) by)
                .putInt(RecordingFormat.STORED_OFFSET, stored)
                .putInt(RecordingFormat.RAW_OFFSET, length)
                .putInt(RecordingFormat.CRC_OFFSET, RecordingFormat.crc(block, start, stored))
                .putInt(RecordingFormat.SEQUENCE_OFFSET, blocks)
                .putLong(RecordingFormat.FIRST_EVENT_OFFSET, writtenEvents)
                .putInt(
                        RecordingFormat.HEADER_CRC_OFFSET,
                        RecordingFormat.crc(block, 0, RecordingFormat.HEADER_CRC_OFFSET));
        whole.limit(start + stored);
        try {
            put(whole);
        } catch (IOException e) {
            ended = true;
            throw problem(path, cutBack(e));
        }
        blocks++;
        writtenEvents += events;
    }

    private void put(ByteBuffer bytes) throws IOException {
        int length = bytes.remaining();
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
        writtenBytes += length;
    }

    private IOException cutBack(IOException because) {
        try {
            file.truncate(writtenBytes);
        } catch (IOException e) {
            because.addSuppressed(e);
        }
        return because;
    }

    private static void checkLength(int length) {
        if (length < 1 || length > MAX_EVENT_BYTES) {
            throw new IllegalArgumentException("event: " + length + " bytes (expected: 1 to " + MAX_EVENT_BYTES + ")");
        }
    }

    private static RecordingException problem(Path path, IOException e) {
        String what = NewFile.reason(e);
        boolean isFull = what.startsWith("No space left") || what.startsWith("Disk quota exceeded");
        return new RecordingException(
                OPERATION, path, isFull ? what + ". Hint: --max-size ends a recording in time" : what, e);
    }
}
