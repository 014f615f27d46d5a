package io.kyanos.cli.doctor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * What the head of an ELF file tells of a program. https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
 *
 * @param bits 32 or 64
 * @param isGo it was made by the Go compiler, whose TLS is in no library
 */
record Executable(int bits, boolean isGo) {

    private static final int MAGIC = 0x464c457f;
    private static final int HEADER_BYTES = 64;
    private static final int MAX_SECTIONS = 4096;
    private static final int MAX_NAMES_BYTES = 1 << 20;
    private static final String GO_SECTION = ".go.buildinfo";

    /** Absent where the file is no ELF of this machine's byte order or cannot be read. */
    static Optional<Executable> read(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer header = bytes(channel, 0, HEADER_BYTES);
            if (header.limit() < HEADER_BYTES || header.getInt(0) != MAGIC) {
                return Optional.empty();
            }
            boolean wide = header.get(4) == 2;
            return Optional.of(new Executable(
                    wide ? 64 : 32, sectionNames(channel, header, wide).contains(GO_SECTION)));
        } catch (IOException | IndexOutOfBoundsException ignored) {
            // not for us to read, or cut off: then nothing is known of it
            return Optional.empty();
        }
    }

    private static String sectionNames(FileChannel channel, ByteBuffer header, boolean wide) throws IOException {
        long table = wide ? header.getLong(40) : header.getInt(32) & 0xffffffffL;
        int entryBytes = header.getShort(wide ? 58 : 46) & 0xffff;
        int entries = header.getShort(wide ? 60 : 48) & 0xffff;
        int names = header.getShort(wide ? 62 : 50) & 0xffff;
        if (entries == 0 || entries > MAX_SECTIONS || names >= entries) {
            return "";
        }
        ByteBuffer entry = bytes(channel, table + (long) names * entryBytes, entryBytes);
        long offset = wide ? entry.getLong(24) : entry.getInt(16) & 0xffffffffL;
        long size = wide ? entry.getLong(32) : entry.getInt(20) & 0xffffffffL;
        ByteBuffer text = bytes(channel, offset, (int) Math.min(size, MAX_NAMES_BYTES));
        return StandardCharsets.ISO_8859_1.decode(text).toString();
    }

    private static ByteBuffer bytes(FileChannel channel, long position, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.nativeOrder());
        long at = position;
        while (buffer.hasRemaining()) {
            int got = channel.read(buffer, at);
            if (got < 0) {
                break;
            }
            at += got;
        }
        return buffer.flip();
    }
}
