package io.kyanos.protocol.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.Detail;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("StringConcatToTextBlock") // line ends of the wire are CR LF
class BodyTextTest {

    private static final Detail TEXT = new Detail(true, 1024, true);
    private static final String GET = "GET /users/42 HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final byte[] PLAIN =
            "{\"name\":\"J\u00fcrgen\",\"password\":\"SECRET\"}\n".repeat(10).getBytes(StandardCharsets.UTF_8);
    private static final String SHOWN = "{\"name\":\"J\u00fcrgen\",\"password\":\"***\"}\n".repeat(10);

    @ParameterizedTest
    @ValueSource(
            strings = {"gzip", "x-gzip", "deflate", "br", "zstd", "GZIP", "identity", "gzip, br", "deflate,zstd,gzip"})
    void showsBodiesAsTheyWereBeforeTheyWereCoded(String codings) {
        byte[] coded = coded(PLAIN, codings);

        assertThat(body(answer("Content-Encoding: " + codings, coded))).isEqualTo(SHOWN);
        assertThat(body(chunked("Content-Encoding: " + codings, coded))).isEqualTo(SHOWN);
    }

    @Test
    void decodesTheTransferCodingFirst() {
        byte[] coded = Coded.gzip(Coded.brotli(PLAIN));

        assertThat(body(chunked("Transfer-Encoding: gzip\r\nContent-Encoding: br", coded)))
                .isEqualTo(SHOWN);
    }

    @Test
    void takesCodingsOfSeveralLinesForOneList() {
        byte[] coded = Coded.zlib(Coded.gzip(PLAIN));

        assertThat(body(answer("Content-Encoding: gzip\r\nContent-Encoding: deflate", coded)))
                .isEqualTo(SHOWN);
    }

    @Test
    void showsRequestsDecodedToo() {
        byte[] coded = Coded.gzip(PLAIN);
        Wire wire = new Wire(TEXT)
                .request("POST /users HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: " + coded.length
                        + "\r\n\r\n")
                .bytes(true, coded)
                .end();

        assertThat(wire.requests.get(0).text()).endsWith("\n\n" + SHOWN);
        assertThat(wire.requests.get(0).wireBytes()).isEqualTo(68 + coded.length);
    }

    @Test
    void showsNoMoreOfABombThanItsLimit() {
        byte[] coded = Coded.gzip(new byte[10_000_000]);
        Wire wire = answer("Content-Type: text/plain\r\nContent-Encoding: gzip", coded);

        assertThat(wire.responses.get(0).text()).hasSizeLessThanOrEqualTo(1024);
        assertThat(body(wire)).startsWith("....");
    }

    @Test
    void showsWhatIsLeftOfACutBodyAndSaysSo() {
        byte[] plain = IntStream.range(1000, 1150)
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(" "))
                .getBytes(StandardCharsets.US_ASCII);
        byte[] coded = Coded.gzip(plain);
        Wire wire = new Wire(TEXT)
                .request(GET)
                .response("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " + coded.length + "\r\n\r\n")
                .bytes(false, Arrays.copyOf(coded, coded.length - 20))
                .gap(false, 20);

        assertThat(body(wire)).startsWith("1000 1001 1002 1003 ").endsWith("\n(gzip: the rest is missing)");
    }

    @Test
    void showsWhatCanBeReadOfABrokenBodyAndSaysSo() {
        byte[] coded = Coded.gzip(PLAIN);
        coded[coded.length - 1] ^= 1;
        byte[] nonsense = "this is not what it says".getBytes(StandardCharsets.US_ASCII);

        assertThat(body(answer("Content-Encoding: gzip", coded)))
                .isEqualTo(SHOWN + "\n(gzip: the rest cannot be read)");
        assertThat(body(answer("Content-Encoding: gzip", nonsense))).isEqualTo("\n(gzip: the rest cannot be read)");
        assertThat(body(answer("Content-Encoding: zstd", nonsense))).isEqualTo("\n(zstd: the rest cannot be read)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"compress | (compress: 5 bytes)", "gzip,gzip,gzip,gzip | (gzip, gzip, gzip, gzip: 5 bytes)"})
    void showsBodiesThatItCannotDecodeByCodingAndLength(String coding, String told) {
        assertThat(body(answer("Content-Encoding: " + coding, "hello".getBytes(StandardCharsets.US_ASCII))))
                .isEqualTo(told);
    }

    @Test
    void ignoresACodingInAFieldWithControlBytes() {
        assertThat(body(answer("Content-Encoding: x\u001b[2J", "hello".getBytes(StandardCharsets.US_ASCII))))
                .isEqualTo("hello");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "image/png                       | (image/png: 300 bytes)",
                "application/grpc; x=y           | (application/grpc: 300 bytes)",
                "application/octet-stream        | (application/octet-stream: 300 bytes)",
                "application/x-unheard-of        | (application/x-unheard-of: 300 bytes)",
                "''                              | (binary: 300 bytes)"
            })
    void showsBinaryBodiesByTypeAndLength(String type, String told) {
        byte[] binary = new byte[300];
        for (int i = 0; i < binary.length; i++) {
            binary[i] = (byte) i;
        }

        assertThat(body(answer("Content-Type: " + type, binary))).isEqualTo(told);
        byte[] coded = Coded.gzip(binary);
        assertThat(body(answer("Content-Encoding: gzip\r\nContent-Type: " + type, coded)))
                .isEqualTo(told.replace("300", Integer.toString(coded.length)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "application/json",
                "image/svg+xml",
                "application/problem+json; charset=utf-8",
                "x/y",
                ""
            })
    void showsTextOfManyTypes(String type) {
        byte[] text = "h\u00e9llo\n".getBytes(StandardCharsets.UTF_8);

        assertThat(body(answer("Content-Type: " + type, text))).isEqualTo("h\u00e9llo\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"iso-8859-1", "ISO-8859-1", "\"latin1\"", "windows-1252; x"})
    void readsTheCharsetOfAType(String charset) {
        byte[] text = "h\u00e9llo".getBytes(StandardCharsets.ISO_8859_1);

        assertThat(body(answer("Content-Type: text/plain; Charset=" + charset, text)))
                .isEqualTo("h\u00e9llo");
    }

    @Test
    void saysThatAPlainBodyWasNotCapturedWhole() {
        Wire wire = new Wire(TEXT)
                .request(GET)
                .response("HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\nhello")
                .gap(false, 200)
                .response("x".repeat(95));

        assertThat(body(wire)).isEqualTo("hello\n(the rest was not captured)");
    }

    private static Wire answer(String fields, byte[] body) {
        return new Wire(TEXT)
                .request(GET)
                .response("HTTP/1.1 200 OK\r\n" + fields + "\r\nContent-Length: " + body.length + "\r\n\r\n")
                .bytes(false, body);
    }

    private static Wire chunked(String fields, byte[] body) {
        ByteArrayOutputStream chunks = new ByteArrayOutputStream();
        for (int at = 0; at < body.length; at += 20) {
            int count = Math.min(20, body.length - at);
            chunks.writeBytes((Integer.toHexString(count) + "\r\n").getBytes(StandardCharsets.US_ASCII));
            chunks.write(body, at, count);
            chunks.writeBytes(new byte[] {'\r', '\n'});
        }
        return new Wire(TEXT)
                .request(GET)
                .response("HTTP/1.1 200 OK\r\n" + fields + "\r\nTransfer-Encoding: chunked\r\n\r\n")
                .bytes(false, chunks.toByteArray())
                .response("0\r\n\r\n");
    }

    private static byte[] coded(byte[] plain, String codings) {
        byte[] bytes = plain;
        for (String coding : codings.split(",")) {
            bytes = switch (coding.strip()) {
                case "gzip", "x-gzip", "GZIP" -> Coded.gzip(bytes);
                case "deflate" -> Coded.zlib(bytes);
                case "br" -> Coded.brotli(bytes);
                case "zstd" -> Coded.zstd(bytes);
                default -> bytes;
            };
        }
        return bytes;
    }

    /** What is shown of the body of the only response. */
    private static String body(Wire wire) {
        assertThat(wire.responses).hasSize(1);
        String text = wire.responses.get(0).text();
        return text.substring(text.indexOf("\n\n") + 2);
    }
}
