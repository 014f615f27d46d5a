package io.kyanos.protocol.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.web.HttpMethod;
import io.kyanos.protocol.web.StatusCode;
import java.util.List;
import org.junit.jupiter.api.Test;

class HttpMessagesTest {

    private static final int MANY = 5_000;

    private final HttpMessages messages = new HttpMessages();

    @Test
    void givesOutTheSameObjectForWhatSaysTheSame() {
        HttpMessage request = messages.request(HttpMethod.GET, "GET /", 100);
        HttpMessage response = messages.response(200, 300);

        assertThat(messages.request(HttpMethod.GET, "GET /", 100)).isSameAs(request);
        assertThat(messages.response(200, 300)).isSameAs(response);
    }

    @Test
    void reportsWhatItWasAskedForHoweverMuchCollides() {
        for (HttpMethod method : List.of(HttpMethod.GET, HttpMethod.OTHER)) {
            for (int i = 0; i < MANY; i++) {
                HttpMessage request = messages.request(method, method.label() + " /" + i % 7, i);
                assertThat(request.method()).isEqualTo(method);
                assertThat(request.operation()).isEqualTo(method.label() + " /" + i % 7);
                assertThat(request.wireBytes()).isEqualTo(i);
                assertThat(request.status()).isEmpty();
                HttpMessage response = messages.response(100 + i % 900, i);
                assertThat(response.status()).isEqualTo(StatusCode.text(100 + i % 900));
                assertThat(response.outcome()).isEqualTo(StatusCode.outcome(100 + i % 900));
                assertThat(response.wireBytes()).isEqualTo(i);
                assertThat(response.operation()).isEmpty();
            }
        }
    }
}
