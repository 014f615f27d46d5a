package io.kyanos.protocol.mysql;

import static io.kyanos.protocol.mysql.Wire.error;
import static io.kyanos.protocol.mysql.Wire.join;
import static io.kyanos.protocol.mysql.Wire.packet;
import static io.kyanos.protocol.mysql.Wire.query;
import static io.kyanos.protocol.mysql.Wire.rows;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.FlowDriver;
import io.kyanos.record.Message;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MysqlParserTest {

    private static final int PIECE = 60_000;

    private FlowDriver driver = driver(true);

    private static FlowDriver driver(boolean masks) {
        Conversation conversation = MysqlProtocol.of(
                        ConfigFactory.parseResources("reference.conf").resolve())
                .newConversation(new Detail(true, 512, masks));
        return new FlowDriver(conversation);
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

    private Map<String, String> attributes(int message) {
        Map<String, String> all = new LinkedHashMap<>();
        driver.messages.get(message).attributes((attribute, value) -> all.put(attribute.name(), value));
        return all;
    }

    /** Of 16 MiB and more, in two packets, of which the second may be empty. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 70_000})
    void aStatementGoesOnInTheNextPacket(int more) {
        byte[] first = new byte[Packet.LONGEST];
        Arrays.fill(first, (byte) 'x');
        byte[] sql = "\3INSERT INTO users VALUES ('".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        System.arraycopy(sql, 0, first, 0, sql.length);
        byte[] rest = new byte[more];
        Arrays.fill(rest, (byte) 'x');

        client(packet(0, first), packet(1, rest), query("SELECT id FROM users"));
        server(packet(2, Wire.OK), rows(1));
        driver.end();

        assertThat(driver.messages).hasSize(4);
        assertThat(driver.messages.get(0).wireBytes()).isEqualTo(4L + Packet.LONGEST + 4 + more);
        assertThat(driver.messages.get(0).operation()).isEqualTo("INSERT users");
        assertThat(driver.unmatched).isZero();
        assertThat(driver.reasons).isEmpty();
    }

    /** Its first byte says how long the first value is: as many bytes as no end of rows has. */
    @Test
    void aRowOfMoreThanSixteenMebibytesIsNoEnd() {
        byte[] first = new byte[Packet.LONGEST];
        first[0] = (byte) Packet.END;

        client(query("SELECT id FROM users"));
        server(packet(1, "\1"), packet(2, "\3def\0\0\0\2id\0\f\77\0\13\0\0\0\3\0\0\0\0\0"));
        server(packet(3, first), packet(4, new byte[] {(byte) 0xfe, 0, 0, 2, 0}), packet(5, "\0011"));
        server(packet(6, "\u00fe\0\0\2\0\0\0"));
        driver.end();

        assertThat(driver.records).containsExactly("SELECT users | SELECT id FROM users | OK");
        assertThat(attributes(1)).containsEntry("rows", "2");
    }

    /** More rows than a number of packets has values. */
    @Test
    void numbersOfPacketsBeginAgain() {
        byte[][] rows = new byte[600][];
        Arrays.fill(rows, new byte[] {1, '7'});

        client(query("SELECT id FROM users"));
        server(rows(1, rows));
        client(query("SELECT id FROM users"));
        server(rows(1));
        driver.end();

        assertThat(driver.records).hasSize(2);
        assertThat(attributes(1)).containsEntry("rows", "600");
        assertThat(attributes(3)).doesNotContainKey("rows");
    }

    /** As long as the file is: its packets' numbers begin again, too. */
    @Test
    void aFileOfManyPacketsIsNoCommand() {
        client(query("LOAD DATA LOCAL INFILE 'f' INTO TABLE users"));
        server(packet(1, "\u00fbf"));
        for (int i = 0; i < 300; i++) {
            client(packet((2 + i) & 0xff, "\3SELECT 1 FROM users\n"));
        }
        client(packet(302 & 0xff, ""));
        server(packet(303 & 0xff, "\0\7\0\2\0\0\0"));
        client(packet(0, "\16"));
        server(packet(1, Wire.OK));
        driver.end();

        assertThat(driver.records)
                .containsExactly("LOAD users | LOAD DATA LOCAL INFILE ? INTO TABLE users | OK", "PING |  | OK");
        assertThat(attributes(1)).containsEntry("file_bytes", "6300").containsEntry("affected", "7");
    }

    @Test
    void anErrorMasksValuesAndKeepsNames() {
        client(query("INSERT INTO users VALUES ('bob')"), query("SELECT 1 FROM nowhere"));
        server(error(1, 1062, "Duplicate entry 'bob' for key 'PRIMARY'"));
        server(error(1, 1146, "Table 'shop.nowhere' doesn't exist"));
        driver.end();

        Message duplicate = driver.messages.get(1);
        assertThat(duplicate.status()).isEqualTo("1062");
        assertThat(duplicate.text()).isEqualTo("1062 (HY000): Duplicate entry '***' for key '***'");
        assertThat(driver.messages.get(3).text()).contains("'shop.nowhere'");
    }

    @Test
    void secretsAreShownOnlyWhereThatWasAskedFor() {
        driver = driver(false);
        client(query("ALTER USER joe IDENTIFIED BY 'secret'"));
        server(error(1, 1062, "Duplicate entry 'bob'"));
        driver.end();

        assertThat(driver.messages.get(0).resource()).contains("'secret'");
        assertThat(driver.messages.get(1).text()).contains("'bob'");
    }

    @Test
    void howFarAStatementHasComeIsNoError() {
        client(query("ALTER TABLE users ADD a INT"));
        server(packet(1, "\u00ff\u00ff\u00ff\1\2\3\0\0\0\4copy"), packet(2, Wire.OK));
        driver.end();

        assertThat(driver.records).containsExactly("ALTER TABLE | ALTER TABLE users ADD a INT | OK");
    }

    /** A server's number that procedures may signal is none of the server's. */
    @Test
    void anErrorOfAProcedureIsOfNoTable() {
        client(query("CALL p()"));
        server(error(1, 31001, "no such thing"));
        driver.end();

        assertThat(driver.messages.get(1).status()).isEqualTo("other_error");
    }

    /** The log-in may have said more; what it did not say is shown by the packets themselves. */
    @Test
    void endsOfColumnsAreLearnedWhereTheLoginWasNotSeen() {
        String column = "\3def\0\0\0\1?\0\f\77\0\0\0\0\0\375\0\0\0\0\0";

        client(packet(0, "\26SELECT id FROM users WHERE id = ?"));
        server(packet(1, "\0\5\0\0\0\1\0\1\0\0\0\0"), packet(2, column));
        server(packet(3, "\u00fe\0\0\2\0"), packet(4, column), packet(5, "\u00fe\0\0\2\0"));
        client(packet(0, "\26SELECT id FROM users"));
        server(packet(1, "\0\6\0\0\0\1\0\0\0\0\0\0"), packet(2, column));
        server(packet(3, "\u00fe\0\0\2\0"));
        client(packet(0, "\27\6\0\0\0\0\1\0\0\0"));
        server(rows(1));
        driver.end();

        assertThat(driver.records)
                .containsExactly(
                        "PREPARE | SELECT id FROM users WHERE id = ? | OK",
                        "PREPARE | SELECT id FROM users | OK",
                        "SELECT users | SELECT id FROM users | OK");
        assertThat(driver.messages.get(3).wireBytes()).isEqualTo(16L + 4 + column.length() + 9);
    }

    @Test
    void aNumberThatIsNotTheNextOneShowsALoss() {
        client(query("SELECT id FROM users"));
        byte[] answer = rows(1, new byte[] {1, '1'}, new byte[] {1, '2'});
        byte[] cut = Arrays.copyOf(answer, answer.length - 11 - 6);
        server(cut, Arrays.copyOfRange(answer, answer.length - 11, answer.length));
        driver.end();

        assertThat(driver.reasons).contains(MysqlReason.SEQUENCE);
        assertThat(driver.records).allMatch(record -> record.endsWith("unanswered"));
    }
}
