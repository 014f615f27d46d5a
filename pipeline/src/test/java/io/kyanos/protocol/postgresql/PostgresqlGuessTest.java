package io.kyanos.protocol.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Guess;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PostgresqlGuessTest {

    private static final String STARTUP = "\0\0\0\51\0\3\0\0user\0postgres\0database\0postgres\0\0";
    private static final String STATEMENT = "SELECT name FROM users WHERE id = 1 -- ";

    private final ByteView nothing = ByteView.of("");

    @Test
    void knowsAStartUpByTheNameOfItsFirstParameter() {
        for (int length = 0; length <= STARTUP.length(); length++) {
            assertThat(PostgresqlGuess.ofBeginning(ByteView.of(STARTUP.substring(0, length)), nothing))
                    .as("%d bytes", length)
                    .isEqualTo(length < 11 ? Guess.UNSURE : Guess.REQUEST);
        }
    }

    /** Its length, the key of its kind and a version look like the length and the version of a start-up. */
    @Test
    void doesNotTakeMetadataOfKafkaForAStartUp() {
        String metadata = "\0\0\0\40\0\3\0\1" + "\0\0\0\2" + "\0\7rdkafka" + "\0\0\0\1" + "\0\7billing";

        for (int length = 9; length <= metadata.length(); length++) {
            ByteView head = ByteView.of(metadata.substring(0, length));
            assertThat(PostgresqlGuess.ofBeginning(head, nothing)).isEqualTo(Guess.NO);
            assertThat(PostgresqlGuess.anywhere(head, nothing)).isEqualTo(Guess.NO);
        }
    }

    /** The last byte of its length is a letter, and the number of the reply a length. */
    @Test
    void doesNotTakeRepliesOfMongoDbForItsOwn() {
        for (char size : "RTQPZDC123".toCharArray()) {
            for (int number = 4; number < 128; number++) {
                String reply = size + "\0\0\0" + (char) number + "\0\0\0" + "\2\0\0\0\335\7\0\0" + "\0\0\0\0\0"
                        + "\75\0\0\0\3cursor\0\44\0\0\0\22id\0\0\0\0\0\0\0\0\0\2ns\0\13\0\0\0shop.users\0\0\1ok\0\0\0\0\0\0\0\360\77\0";

                assertThat(PostgresqlGuess.anywhere(ByteView.of(reply), nothing))
                        .as("%s %d", size, number)
                        .isIn(Guess.NO, Guess.UNSURE);
                assertThat(PostgresqlGuess.ofBeginning(ByteView.of(reply), nothing))
                        .isEqualTo(Guess.NO);
            }
        }
    }

    /** Of a text that goes on beyond the view only its first word can tell. */
    @ParameterizedTest(name = "{index}")
    @ValueSource(strings = {"Q\0\0\0", "Q\0\0"})
    void doesNotTakeTextBehindALengthForAQuery(String length) {
        String json = length + "{\"method\":\"mining.notify\",\"params\":[1,2,3,4]}  ";

        assertThat(PostgresqlGuess.anywhere(ByteView.of(json), nothing)).isIn(Guess.NO, Guess.UNSURE);
    }

    @ParameterizedTest(name = "{index}")
    @ValueSource(strings = {"", " \n(", "-- shop\n", "/* shop */ "})
    void knowsALongQueryByItsFirstWord(String before) {
        String text = before + STATEMENT + "x".repeat(400) + "\0";
        String query = "Q\0\0" + (char) (text.length() + 4 >> 8) + (char) (text.length() + 4 & 0xff) + text;

        assertThat(PostgresqlGuess.anywhere(ByteView.of(query.substring(0, 64)), nothing))
                .isEqualTo(Guess.REQUEST);
        for (int most = 1; most < query.length(); most++) {
            assertThat(PostgresqlGuess.anywhere(ByteView.of(query.substring(0, most)), nothing))
                    .as("%d bytes", most)
                    .isNotIn(Guess.NO, Guess.RESPONSE);
        }
    }

    @Test
    void knowsALongStatementThatIsPrepared() {
        String text = "S_1\0" + STATEMENT + "x".repeat(400) + "\0\0\0";
        String parse = "P\0\0" + (char) (text.length() + 4 >> 8) + (char) (text.length() + 4 & 0xff) + text;

        assertThat(PostgresqlGuess.anywhere(ByteView.of(parse.substring(0, 64)), nothing))
                .isEqualTo(Guess.REQUEST);
        assertThat(PostgresqlGuess.anywhere(ByteView.of(parse.substring(0, 64).replace("S_1", "S\1\2")), nothing))
                .isNotEqualTo(Guess.REQUEST);
    }

    @Test
    void knowsWhatAnswersAStartUp() {
        String refusal = "E\0\0\0\23SFATAL\0C28000\0\0";
        for (String answer : new String[] {"R\0\0\0\10\0\0\0\0", "R\0\0\0\27\0\0\0\12SCRAM-SHA-256\0\0", refusal}) {
            for (int length = 1; length <= answer.length(); length++) {
                assertThat(PostgresqlGuess.ofBeginning(ByteView.of(answer.substring(0, length)), ByteView.of(STARTUP)))
                        .as("%d bytes of %s", length, answer.charAt(0))
                        .isIn(Guess.UNSURE, Guess.RESPONSE);
            }
            assertThat(PostgresqlGuess.ofBeginning(ByteView.of(answer), ByteView.of(STARTUP)))
                    .isEqualTo(Guess.RESPONSE);
        }
        assertThat(PostgresqlGuess.ofBeginning(ByteView.of(refusal), nothing)).isEqualTo(Guess.NO);
    }

    /** The length of each kind is known. */
    @ParameterizedTest(name = "{index}")
    @ValueSource(
            strings = {
                "R\0\0\0\12\0\0\0\2\0\0", // Kerberos, two bytes too long
                "R\0\0\0\14\0\0\0\15aaaa", // of no kind
                "R\0\0\0\10\0\0\0\3\0\0\0\0", // what follows is no frame
                "R\0\0\0\20\0\0\0\12\0\0\0\0\0\0\0\0", // mechanisms without names
            })
    void refusesAuthenticationThatIsNone(String bytes) {
        assertThat(PostgresqlGuess.ofBeginning(
                        new ByteView(bytes.getBytes(StandardCharsets.ISO_8859_1), 0, bytes.length()), nothing))
                .isEqualTo(Guess.NO);
    }
}
