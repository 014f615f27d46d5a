package io.kyanos.protocol.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Guess;
import io.kyanos.protocol.web.HttpMethod;
import io.kyanos.protocol.web.RouteTemplates;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpGuessTest {

    private final HttpProtocol protocol = new HttpProtocol(new RouteTemplates(List.of()));

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "OTHER")
    void knowsTheNineMethods(HttpMethod method) {
        String line = method.name() + " /a/b?c HTTP/1.1\r\nHost: x\r\n\r\n";

        for (int length = 0; length <= line.length(); length++) {
            Guess expected = length < method.name().length() + 2 ? Guess.UNSURE : Guess.REQUEST;
            assertThat(guess(line.substring(0, length)))
                    .as(line.substring(0, length))
                    .isEqualTo(expected);
        }
    }

    @Test
    void knowsStatusLines() {
        String line = "HTTP/1.0 404 Not Found\r\n\r\n";

        for (int length = 0; length <= line.length(); length++) {
            assertThat(guess(line.substring(0, length))).isEqualTo(length < 13 ? Guess.UNSURE : Guess.RESPONSE);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET key\\r\\n",
                "GET /key\\r\\n",
                "get / HTTP/1.1\\r\\n",
                "GETX / HTTP/1.1\\r\\n",
                "GET \\0",
                "PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n",
                "COPY key1 key2\\r\\n",
                "NOTIFY sip:bob@example.org SIP/2.0\\r\\n",
                "SUBSCRIBE\\nid:0\\n",
                "PROPFINDS / HTTP/1.1\\r\\nHost: a\\r\\n",
                "PROPFIND / HTTP/2.0\\r\\nHost: a\\r\\n",
                "HTTP/2 200 OK\\r\\n",
                "HTTP/1.1 20 OK\\r\\n",
                "HTTP/1.1 2000\\r\\n",
                "HTTP/1.1 099 X\\r\\n",
                "HTTP/1.2 200 X\\r\\n",
                "*1\\r\\n$4\\r\\nPING\\r\\n",
                "+OK\\r\\n",
                "INVITE sip:bob@example.org SIP/2.0\\r\\n",
                "OPTIONS sip:bob@example.org SIP/2.0\\r\\n",
                "OPTIONS rtsp://example.org/a RTSP/1.0\\r\\n",
                "OPTIONS icap://example.org/a ICAP/1.0\\r\\n",
                "GET  key value\\r\\n",
                "PING\\r\\n",
                "\\r\\nGET / HTTP/1.1\\r\\n",
                "SSH-2.0-OpenSSH_9.2\\r\\n",
            })
    void refusesWhatOnlyLooksAlike(String text) {
        assertThat(guess(text.replace("\\r", "\r").replace("\\n", "\n").replace("\\0", "\0")))
                .isEqualTo(Guess.NO);
    }

    /** Of WebDAV, caches and UPnP. Their words are others' as well, so the line must be right and go on as a head does. */
    @ParameterizedTest
    @ValueSource(strings = {"PROPFIND /files", "COPY /a/b", "PURGE http://shop.example/", "NOTIFY /events", "SEARCH /"})
    void knowsOtherMethodsByAWholeLine(String beginning) {
        String head = beginning + " HTTP/1.1\r\nHost: a\r\n\r\n";
        int enough = head.indexOf("Host:") + "Host:".length();

        for (int length = 0; length <= head.length(); length++) {
            assertThat(guess(head.substring(0, length)))
                    .as(head.substring(0, length))
                    .isEqualTo(length < enough ? Guess.UNSURE : Guess.REQUEST);
        }
    }

    /** Whoever is asked such things may give no answer that shows the protocol. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET  /  HTTP/1.1\r\n",
                "GET\t/\tHTTP/1.1\r\n",
                "GET / HTTP/1.1 \r\n",
                "GET / HTTP/2.0\r\n",
                "GET / HTTP/1.10\r\n",
                "GET / http/1.1\r\n",
                "GET /a b HTTP/1.1\r\n",
                "GET /\1 HTTP/1.1\n"
            })
    void knowsALineThatEndsInAVersion(String line) {
        assertThat(guess(line)).isEqualTo(Guess.REQUEST);
        for (int length = 0; length < line.length(); length++) {
            assertThat(guess(line.substring(0, length))).isNotEqualTo(Guess.NO);
        }
    }

    @Test
    void refusesRandomBytes() {
        long seed = System.nanoTime();
        Random random = new Random(seed);

        for (int i = 0; i < 10_000; i++) {
            byte[] bytes = new byte[20];
            random.nextBytes(bytes);
            assertThat(protocol.guess(new ByteView(bytes, 0, bytes.length), new ByteView()))
                    .as("seed %d", seed)
                    .isEqualTo(Guess.NO);
        }
    }

    private Guess guess(String text) {
        return protocol.guess(ByteView.of(text), new ByteView());
    }
}
