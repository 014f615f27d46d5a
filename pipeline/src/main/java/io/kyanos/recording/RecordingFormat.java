package io.kyanos.recording;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The bytes of a recording, all numbers little-endian. First the prefix and the header, then blocks, each of which can be
 * checked and passed over by itself.
 *
 * <pre>
 *  0        8       10      12       16      20
 *  +--------+-------+-------+--------+-------+-------------
 *  | magic  | major | minor | length | crc   | header ...         the file's prefix
 *  +--------+-------+-------+--------+-------+-------------
 *
 *  0       4      5          6       8        12     16    20         24            32       36
 *  +-------+------+----------+-------+--------+------+-----+----------+-------------+--------+------
 *  | magic | type | compress | flags | stored | raw  | crc | sequence | first event | header | ...   a block
 *  |       |      | ion      |       | bytes  | bytes|     |          |             | crc    |
 *  +-------+------+----------+-------+--------+------+-----+----------+-------------+--------+------
 * </pre>
 *
 * Checksums are CRC-32C; a block's is over its stored bytes, that of its header over the 32 bytes before. "First event" is
 * how many events the blocks before it hold.
 */
final class RecordingFormat {

    static final byte[] FILE_MAGIC = {(byte) 0x8b, 'K', 'Y', 'A', 'N', 'O', 'S', '\n'};
    static final int PREFIX_BYTES = 20;
    static final int PREFIX_MAJOR_OFFSET = 8;
    static final int PREFIX_MINOR_OFFSET = 10;
    static final int PREFIX_LENGTH_OFFSET = 12;
    static final int PREFIX_CRC_OFFSET = 16;
    static final int MAX_HEADER_BYTES = 256 * 1024;

    static final int BLOCK_MAGIC = 0x314b4c42; // "BLK1"
    static final int BLOCK_HEADER_BYTES = 36;
    static final int TYPE_OFFSET = 4;
    static final int COMPRESSION_OFFSET = 5;
    static final int STORED_OFFSET = 8;
    static final int RAW_OFFSET = 12;
    static final int CRC_OFFSET = 16;
    static final int SEQUENCE_OFFSET = 20;
    static final int FIRST_EVENT_OFFSET = 24;
    static final int HEADER_CRC_OFFSET = 32;

    /** Bound of a block, before and after compression. */
    static final int MAX_BLOCK_BYTES = 1 << 20;

    static final int TYPE_EVENTS = 1;
    static final int TYPE_PROCESSES = 2;
    static final int TYPE_CONNECTIONS = 3;
    static final int TYPE_STATISTICS = 4;
    /** Statistics, too; nothing follows. */
    static final int TYPE_END = 5;

    /** Within a block of events, where else an event's length stands: a watermark follows, the batch is whole. */
    static final int BATCH_END = -1;

    private RecordingFormat() {}

    static int crc(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }

    static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
