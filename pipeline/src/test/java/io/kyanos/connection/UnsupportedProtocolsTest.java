package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.ByteView;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class UnsupportedProtocolsTest {

    /** The first bytes of a ClientHello of TLS 1.3, whose record says that it is of TLS 1.0. */
    static final String CLIENT_HELLO =
            "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003" + "r".repeat(32) + "\40" + "s".repeat(32);

    static final String SERVER_HELLO = "\u0016\u0003\u0003\0\u007a\2\0\0\166\u0003\u0003" + "r".repeat(32) + "\40";
    static final String SSL_REQUEST = "\0\0\0\10\4\322\26\57";
    static final String STARTUP = "\0\0\0\51\0\3\0\0user\0postgres\0database\0postgres\0\0";
    static final String MYSQL_GREETING = "\112\0\0\0\12" + "8.0.36-0ubuntu0.22.04.1\0" + "\13\0\0\0" + "abcdefgh" + "\0"
            + "\377\377\377\2\0\377\337\25" + "\0".repeat(10) + "abcdefghijkl\0caching_sha2_password\0";

    static Stream<Arguments> beginnings() {
        return Stream.of(
                Arguments.of(Undecoded.TLS, CLIENT_HELLO, 11),
                Arguments.of(Undecoded.TLS, SERVER_HELLO, 11),
                Arguments.of(Undecoded.SSH, "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", 8),
                Arguments.of(Undecoded.SSH, "SSH-1.99-Cisco-1.25\r\n", 9));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("beginnings")
    void isCertainOnceEnoughHasCome(Undecoded expected, String said, int enough) {
        for (int length = 0; length <= said.length(); length++) {
            Undecoded heard = UnsupportedProtocols.of(ByteView.of(said.substring(0, length)));

            assertThat(heard).as("after %d bytes", length).isEqualTo(length < enough ? null : expected);
        }
    }

    /** What differs in one of the bytes that make it certain, is something else. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("beginnings")
    void everyByteThatNamesItCounts(Undecoded expected, String said, int enough) {
        List<Integer> careless = new ArrayList<>();
        for (int at = 0; at < 3; at++) {
            char[] other = said.toCharArray();
            other[at] = (char) (other[at] ^ 0x55);
            if (UnsupportedProtocols.of(ByteView.of(new String(other))) != null) {
                careless.add(at);
            }
        }

        assertThat(careless).isEmpty();
    }

    @Test
    void isNothingThatOtherPacketsBeginWith() {
        assertThat(Stream.of(
                                "\u0016\u0003\u0001\2\0\u0003\0\u0001\u00fc\u0003\u0003" + "r".repeat(40),
                                "\u0016\u0003\u0001\2\0\u0001\0\u0001\u00fc\u0002\u0003" + "r".repeat(40),
                                "\u0017\u0003\u0003\0\40" + "r".repeat(40),
                                "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
                                "SSH-1.5-old\r\n",
                                SSL_REQUEST,
                                STARTUP,
                                "\0\0\0\10\0\3\0\0",
                                "\0\0\0\51\0\2\0\0user\0a\0",
                                MYSQL_GREETING)
                        .map(said -> UnsupportedProtocols.of(ByteView.of(said))))
                .containsOnlyNulls();
    }
}
