package io.kyanos.protocol.mysql;

import static io.kyanos.protocol.mysql.Wire.error;
import static io.kyanos.protocol.mysql.Wire.packet;
import static io.kyanos.protocol.mysql.Wire.query;
import static io.kyanos.protocol.mysql.Wire.rows;
import static io.kyanos.protocol.mysql.Wire.view;
import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Guess;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MysqlGuessTest {

    private static final ByteView NOTHING = ByteView.of("");
    private static final byte[] GREETING = packet(
            0,
            "\n8.4.6\0\1\0\0\0abcdefgh\0\u00ff\u00ff\u00ff\2\0\u00ff\u00df\25" + "\0".repeat(10)
                    + "abcdefghijkl\0caching_sha2_password\0");

    @Test
    void aGreetingIsCertainOnceItsPartsAreThere() {
        for (int length = 0; length <= GREETING.length; length++) {
            ByteView head = view(Arrays.copyOf(GREETING, length));

            assertThat(MysqlGuess.ofBeginning(head, NOTHING)).isIn(Guess.UNSURE, Guess.RESPONSE);
            assertThat(MysqlGuess.mayGreet(head)).isTrue();
        }
        assertThat(MysqlGuess.ofBeginning(view(GREETING), NOTHING)).isEqualTo(Guess.RESPONSE);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 10, 23})
    void eachPartOfAGreetingCounts(int at) {
        byte[] other = GREETING.clone();
        other[at] = (byte) (other[at] ^ 0x81);

        assertThat(MysqlGuess.ofBeginning(view(other), NOTHING)).isEqualTo(Guess.NO);
    }

    @Test
    void anErrorMayStandInPlaceOfIt() {
        byte[] refused = packet(0, "\u00ff\20\4Too many connections");

        assertThat(MysqlGuess.ofBeginning(view(refused), NOTHING)).isEqualTo(Guess.RESPONSE);
        assertThat(MysqlGuess.mayGreet(view(refused))).isTrue();
        assertThat(MysqlGuess.mayGreet(view(query("SELECT 1")))).isFalse();
    }

    static List<byte[]> ofClients() {
        return List.of(
                query("SELECT 1"),
                query("\0\1SELECT 1"),
                query("  (select a from users)"),
                query("/* c */ update users set a = 1"),
                packet(0, "\26INSERT INTO users VALUES (?)"),
                packet(0, "\27\1\0\0\0\0\1\0\0\0"),
                packet(0, "\34\1\0\0\0\12\0\0\0"));
    }

    @ParameterizedTest
    @MethodSource("ofClients")
    void aCommandThatCanBeReadShowsAClient(byte[] command) {
        assertThat(MysqlGuess.anywhere(view(command), NOTHING)).isEqualTo(Guess.REQUEST);
        for (int length = 0; length < command.length; length++) {
            assertThat(MysqlGuess.anywhere(view(Arrays.copyOf(command, length)), NOTHING))
                    .as("first %d bytes", length)
                    .isIn(Guess.UNSURE, Guess.REQUEST);
        }
    }

    static List<byte[]> ofServers() {
        return List.of(rows(1, new byte[] {1, '1'}), error(1, 1146, "Table 'a' doesn't exist"));
    }

    @ParameterizedTest
    @MethodSource("ofServers")
    void anAnswerWithAStateOrAColumnShowsAServer(byte[] answer) {
        assertThat(MysqlGuess.anywhere(view(answer), NOTHING)).isEqualTo(Guess.RESPONSE);
    }

    static List<byte[]> ofNeither() {
        return List.of(
                query("hello there"),
                packet(1, "\3SELECT 1"),
                packet(0, "\27\1\0\0\0\0\2\0\0\0"),
                packet(0, "\3SELECT \1\2\3\4\5"),
                packet(0, "\0SELECT 1"),
                error(1, 9999, "no number of a server"),
                packet(2, "\u00ff\20\4#08004Too many connections"));
    }

    @ParameterizedTest
    @MethodSource("ofNeither")
    void whatOnlyLooksLikeItIsNone(byte[] bytes) {
        assertThat(MysqlGuess.anywhere(view(bytes), NOTHING)).isEqualTo(Guess.NO);
    }

    @Test
    void randomBytesAreNone() {
        Random random = new Random(7);
        for (int run = 0; run < 100_000; run++) {
            byte[] bytes = new byte[40];
            random.nextBytes(bytes);
            bytes[2] = 0;
            bytes[3] = (byte) random.nextInt(2);

            assertThat(MysqlGuess.anywhere(view(bytes), NOTHING)).isNotIn(Guess.REQUEST, Guess.RESPONSE);
        }
    }
}
