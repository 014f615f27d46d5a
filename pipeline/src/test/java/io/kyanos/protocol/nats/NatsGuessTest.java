package io.kyanos.protocol.nats;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Guess;
import io.kyanos.protocol.Parser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NatsGuessTest {

    private static final ByteView NOTHING = ByteView.of("");

    @ParameterizedTest
    @CsvSource({
        "PUB orders.new 5, REQUEST",
        "HPUB orders.new 12 17, REQUEST",
        "SUB orders.* workers 1, REQUEST",
        "UNSUB 1 5, REQUEST",
        "MSG orders.new 1 5, RESPONSE",
        "HMSG orders.new 1 12 17, RESPONSE",
        "HMSG orders.new 1 _INBOX.a 12 17, RESPONSE",
        "PING, UNSURE"
    })
    void knowsALineByItself(String line, Guess expected) {
        assertThat(guess(line + "\r\n")).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"HMSG orders.new 1 12 17\r\n", "MSG orders.new 1 5\r\n", "HPUB orders.new 12 17\r\n"})
    void doesNotDenyALineThatIsOnlyPartlyThere(String line) {
        for (int length = 1; length < line.length(); length++) {
            assertThat(guess(line.substring(0, length)))
                    .as(line.substring(0, length))
                    .isEqualTo(Guess.UNSURE);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PUB orders.new 12 17\r\n",
                "MSG orders.new 1 12 17\r\n",
                "SUB 1 5\r\n",
                "PUB orders.new\r\n",
                "MSG orders.new 1 _INBOX.a 2 5\r\n",
                "HMSG orders.new 1 17 12\r\n",
                "PUB a\u0001b 5",
                "CONNECT [",
                "-ERR wrong\r\n"
            })
    void deniesWhatIsLeftOfOtherLinesAndWhatNoClientSends(String line) {
        assertThat(guess(line)).isEqualTo(Guess.NO);
    }

    @Test
    void findsADeliveryWithHeadersAfterALoss() {
        Parser responses = NatsProtocol.INSTANCE.newConversation(Detail.NONE).responses();
        String lost = "payload\r\n";

        int found = responses.resync(ByteView.of(lost + "HMSG a 1 12 14\r\nNATS/1.0\r\n\r\nhi\r\n"), 0);

        assertThat(found).isEqualTo(lost.length());
    }

    private static Guess guess(String head) {
        return NatsProtocol.INSTANCE.guess(ByteView.of(head), NOTHING);
    }
}
