package io.kyanos.protocol.mysql;

import static io.kyanos.protocol.mysql.Wire.join;
import static io.kyanos.protocol.mysql.Wire.packet;
import static io.kyanos.protocol.mysql.Wire.query;
import static io.kyanos.protocol.mysql.Wire.rows;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.airlift.compress.zstd.ZstdCompressor;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.FlowDriver;
import io.kyanos.record.Message;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompressedParserTest {

    private static final int PIECE = 50_000;

    private final Conversation conversation = MysqlProtocol.of(
                    ConfigFactory.parseResources("reference.conf").resolve())
            .newConversation(new Detail(true, 512, true));
    private final FlowDriver driver = new FlowDriver(conversation);

    @BeforeEach
    void logsIn() {
        server(packet(
                0,
                "\n8.4.6\0\1\0\0\0abcdefgh\0\u00ff\u00ff\u00ff\2\0\u00ff\u00df\25" + "\0".repeat(10)
                        + "abcdefghijkl\0mysql_native_password\0"));
        client(packet(1, "\40\202\0\1\0\0\0\1\55" + "\0".repeat(23) + "joe\0\0"));
        server(packet(2, Wire.OK));
    }

    private void client(byte[]... parts) {
        feed(true, join(parts));
    }

    private void server(byte[]... parts) {
        feed(false, join(parts));
    }

    private void feed(boolean isRequest, byte[] bytes) {
        for (int at = 0; at < bytes.length; at += PIECE) {
            driver.data(isRequest, bytes, at, Math.min(bytes.length, at + PIECE));
        }
    }

    private static byte[] raw(int sequence, byte[] plain) {
        return frame(sequence, plain, 0);
    }

    private static byte[] zlib(int sequence, byte[] plain) {
        Deflater deflater = new Deflater();
        deflater.setInput(plain);
        deflater.finish();
        byte[] data = new byte[plain.length + 1000];
        int length = deflater.deflate(data);
        deflater.end();
        return frame(sequence, Arrays.copyOf(data, length), plain.length);
    }

    private static byte[] zstd(int sequence, byte[] plain) {
        ZstdCompressor compressor = new ZstdCompressor();
        byte[] data = new byte[compressor.maxCompressedLength(plain.length)];
        int length = compressor.compress(plain, 0, plain.length, data, 0, data.length);
        return frame(sequence, Arrays.copyOf(data, length), plain.length);
    }

    private static byte[] frame(int sequence, byte[] data, int before) {
        byte[] head = {
            (byte) data.length,
            (byte) (data.length >> 8),
            (byte) (data.length >> 16),
            (byte) sequence,
            (byte) before,
            (byte) (before >> 8),
            (byte) (before >> 16)
        };
        return join(head, data);
    }

    private static byte[] insert(byte[] value) {
        return packet(0, join("\3INSERT INTO users VALUES ('".getBytes(StandardCharsets.ISO_8859_1), value));
    }

    private static byte[] same(int length) {
        byte[] value = new byte[length];
        Arrays.fill(value, (byte) 'x');
        return value;
    }

    private static byte[] random(int length) {
        byte[] value = new byte[length];
        new Random(1).nextBytes(value);
        value[0] = 'x';
        return value;
    }

    private void assertPairs() {
        driver.end();
        assertThat(driver.records.subList(1, driver.records.size()))
                .containsExactly(
                        "INSERT users | INSERT INTO users VALUES (? | OK",
                        "SELECT users | SELECT id FROM users | OK",
                        "PING |  | OK");
        assertThat(driver.reasons).isEmpty();
        assertThat(driver.unmatched).isZero();
    }

    /** Of some kilobytes each, made of megabytes. */
    @ParameterizedTest
    @ValueSource(ints = {300_000, 3_000_000, 16_000_000})
    void whatIsMadeOfAPacketMayBeLong(int length) {
        byte[] insert = zlib(0, insert(same(length)));
        byte[] answer = zlib(1, rows(1, same(length - 1000), same(10)));

        client(insert);
        server(raw(1, packet(1, Wire.OK)));
        client(raw(0, query("SELECT id FROM users")));
        server(answer);
        client(raw(0, packet(0, "\16")));
        server(raw(1, packet(1, Wire.OK)));
        assertPairs();

        assertThat(driver.messages.get(2).wireBytes()).isEqualTo(insert.length);
        Message rows = driver.messages.get(5);
        assertThat(rows.wireBytes()).isEqualTo(answer.length);
        rows.attributes((attribute, value) -> {
            if (attribute.name().equals("rows")) {
                assertThat(value).isEqualTo("2");
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"raw", "zlib", "zstd"})
    void whatIsLeftOverOfALongPacketTakesNoMoreRoomThanItNeeds(String by) {
        byte[] begun = Arrays.copyOf(query("SELECT id FROM users"), 10);
        byte[] plain = join(insert(same(200_000)), begun);

        client(
                switch (by) {
                    case "raw" -> raw(0, plain);
                    case "zlib" -> zlib(0, plain);
                    default -> zstd(0, plain);
                });

        assertThat(((CompressedParser) conversation.requests()).keptBytes()).isBetween(begun.length, 1 << 16);
        server(raw(1, packet(1, Wire.OK)));
        byte[] rest = query("SELECT id FROM users");
        client(raw(0, Arrays.copyOfRange(rest, begun.length, rest.length)));
        server(raw(1, rows(1, same(10))));
        driver.end();
        assertThat(driver.records.subList(1, driver.records.size()))
                .containsExactly(
                        "INSERT users | INSERT INTO users VALUES (? | OK", "SELECT users | SELECT id FROM users | OK");
    }

    /** Of which only the beginning is looked at, compressed or not: the rest is one value. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatCannotBeCompressedMayBeLong(boolean isCompressed) {
        byte[] plain = insert(random(2_000_000));
        byte[] insert = isCompressed ? zlib(0, plain) : raw(0, plain);

        client(insert);
        server(raw(1, packet(1, Wire.OK)));
        client(raw(0, query("SELECT id FROM users")));
        server(zlib(1, rows(1, same(100))));
        client(raw(0, packet(0, "\16")));
        server(raw(1, packet(1, Wire.OK)));
        driver.end();

        assertThat(driver.records).hasSize(4).allMatch(record -> record.endsWith("| OK"));
        assertThat(driver.messages.get(2).wireBytes()).isEqualTo(insert.length);
        assertThat(driver.reasons).isEmpty();
    }

    @Test
    void severalMessagesOfOnePacketShareItsBytes() {
        byte[] asked = zlib(0, join(query("SELECT id FROM users"), query("SELECT id FROM orders"), packet(0, "\16")));

        client(asked);
        server(zlib(1, join(rows(1, same(100)), rows(1, same(50)), packet(1, Wire.OK))));
        driver.end();

        assertThat(driver.records).hasSize(4).allMatch(record -> record.endsWith("| OK"));
        long bytes = driver.messages.get(2).wireBytes()
                + driver.messages.get(4).wireBytes()
                + driver.messages.get(6).wireBytes();
        assertThat(bytes).isEqualTo(asked.length);
    }

    @Test
    void goesOnBehindWhatCannotBeDecompressed() {
        byte[] broken = zlib(1, rows(1, same(100)));
        broken[20] ^= 0x55;

        client(raw(0, query("SELECT id FROM users")));
        server(broken);
        for (int i = 0; i < 3; i++) {
            client(raw(0, query("SELECT id FROM orders")));
            server(zlib(1, rows(1, same(100))));
        }
        driver.end();

        assertThat(driver.reasons).contains(MysqlReason.COMPRESSION);
        assertThat(driver.records)
                .contains("SELECT users | SELECT id FROM users | unanswered")
                .filteredOn(record -> record.equals("SELECT orders | SELECT id FROM orders | OK"))
                .hasSizeGreaterThanOrEqualTo(2);
    }
}
