package io.kyanos.protocol.nats;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.FlowDriver;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class NatsMatcherTest {

    private static final String CONNECT = "CONNECT {\"verbose\":false}\r\n";
    private static final String VERBOSE = "CONNECT {\"lang\":\"nc\"}\r\n";

    private final Conversation conversation = NatsProtocol.INSTANCE.newConversation(new Detail(true, 0, true));
    private final FlowDriver driver = new FlowDriver(conversation);

    @Test
    void everyLineOfAVerboseClientIsAnswered() {
        client(VERBOSE + "SUB a 1\r\nPUB a 2\r\nhi\r\nPING\r\nUNSUB 1\r\n");
        server("+OK\r\n+OK\r\n+OK\r\nMSG a 1 2\r\nhi\r\nPONG\r\n+OK\r\n");

        assertThat(driver.records)
                .containsExactly(
                        "CONNECT |  | OK",
                        "SUB | a | OK",
                        "PUB | a | OK",
                        "MSG | a | one_way",
                        "PING |  | OK",
                        "UNSUB |  | OK");
    }

    @Test
    void aRequestOfAVerboseClientWaitsForItsAnswerAndNotForWhatAcceptsIt() {
        client(VERBOSE + "SUB in 1\r\nPUB svc in 2\r\nhi\r\n");
        server("+OK\r\n+OK\r\n+OK\r\n");
        assertThat(driver.records).containsExactly("CONNECT |  | OK", "SUB | in | OK");

        server("MSG in 1 2\r\nok\r\n");

        assertThat(driver.records).last().isEqualTo("REQUEST | svc | OK");
        assertThat(conversation.matcher().waiting()).isZero();
    }

    @Test
    void anErrorIsTheAnswerToTheVerboseLineInItsPlace() {
        client(VERBOSE + "SUB in 1\r\nPUB svc in 2\r\nhi\r\nPING\r\n");
        server("+OK\r\n+OK\r\n-ERR 'Permissions Violation for Publish to \"svc\"'\r\nPONG\r\n");

        assertThat(driver.records)
                .containsExactly(
                        "CONNECT |  | OK",
                        "SUB | in | OK",
                        "REQUEST | svc | Permissions Violation for Publish",
                        "PING |  | OK");
        assertThat(conversation.matcher().waiting()).isZero();
    }

    @Test
    void anAnswerThatIsSeenBeforeItsRequestIsItsAnswer() {
        client(CONNECT + "SUB _INBOX.a.* 1\r\n");
        server("MSG _INBOX.a.1 1 2\r\nok\r\n");
        assertThat(driver.records).doesNotContain("MSG | _INBOX.a.1 | one_way");

        client("PUB svc _INBOX.a.1 2\r\nhi\r\n");

        assertThat(driver.records).last().isEqualTo("REQUEST | svc | OK");
        assertThat(driver.unmatched).isZero();
    }

    @Test
    void whatNobodyAsksForInTheEndIsADelivery() {
        client(CONNECT + "SUB _INBOX.a.* 1\r\n");
        server("MSG _INBOX.a.1 1 2\r\nok\r\n");

        driver.end();

        assertThat(driver.records).contains("MSG | _INBOX.a.1 | one_way");
    }

    @Test
    void aSecondAnswerIsADelivery() {
        client(CONNECT + "SUB _INBOX.a.* 1\r\nPUB svc _INBOX.a.1 2\r\nhi\r\n");
        server("MSG _INBOX.a.1 1 2\r\nok\r\nMSG _INBOX.a.1 1 2\r\nok\r\n");

        assertThat(driver.records).endsWith("REQUEST | svc | OK", "MSG | _INBOX.a.1 | one_way");
        assertThat(driver.truncated).isZero();
    }

    @Test
    void anAnswerAfterALossIsDoubtful() {
        client(CONNECT + "SUB _INBOX.a.* 1\r\nPUB svc _INBOX.a.1 2\r\nhi\r\n");
        driver.gap(false, 100);
        server("MSG _INBOX.a.1 1 2\r\nok\r\n");

        assertThat(driver.records).last().isEqualTo("REQUEST | svc | OK");
        assertThat(driver.truncated).isOne();
    }

    @Test
    void anAnswerToARequestThatWasSentAfterALossWasOverIsCertain() {
        client(CONNECT + "SUB _INBOX.a.* 1\r\n");
        driver.gap(false, 100);
        server("PING\r\n");
        client("PUB svc _INBOX.a.1 2\r\nhi\r\n");
        server("MSG _INBOX.a.1 1 2\r\nok\r\n");

        assertThat(driver.records).last().isEqualTo("REQUEST | svc | OK");
        assertThat(driver.truncated).isZero();
    }

    @Test
    void anErrorBeforeThePongRefusesTheConnection() {
        client(CONNECT + "PING\r\n");
        server("-ERR 'Authorization Violation'\r\n");
        driver.end();

        assertThat(driver.records).containsExactly("CONNECT |  | Authorization Violation", "PING |  | unanswered");
    }

    private void client(String bytes) {
        moves(true, bytes);
    }

    private void server(String bytes) {
        moves(false, bytes);
    }

    private void moves(boolean isRequest, String bytes) {
        byte[] all = bytes.getBytes(StandardCharsets.US_ASCII);
        driver.data(isRequest, all, 0, all.length);
    }
}
