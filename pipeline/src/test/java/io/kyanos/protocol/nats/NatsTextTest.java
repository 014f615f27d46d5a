package io.kyanos.protocol.nats;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.Detail;
import io.kyanos.protocol.FlowDriver;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NatsTextTest {

    private static final String CONNECT =
            "CONNECT {\"user\":\"shop\",\"pass\":\"s3cr3t\",\"auth_token\":\"t0k3n\",\"lang\":\"nc\",\"verbose\":false}\r\n";

    @Test
    void masksTheSecretsOfAConnect() {
        assertThat(text(CONNECT, 1024))
                .contains("\"pass\":\"***\"", "\"auth_token\":\"***\"", "\"lang\":\"nc\"")
                .doesNotContain("s3cr3t", "t0k3n");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 30, 31, 32, 33, 34, 36, 40, 41, 57, 60, 62})
    void showsNoPartOfASecretWhereverItIsCut(int maxTextBytes) {
        assertThat(text(CONNECT, maxTextBytes)).endsWith("...").doesNotContain("s3c", "t0k");
    }

    private static String text(String line, int maxTextBytes) {
        FlowDriver driver = new FlowDriver(NatsProtocol.INSTANCE.newConversation(new Detail(true, maxTextBytes, true)));
        driver.data(true, line.getBytes(StandardCharsets.US_ASCII));
        driver.end();
        return driver.messages.get(0).text();
    }
}
