package io.kyanos.protocol.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.Detail;
import io.kyanos.record.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A message that is not as it should be is told from its framing all the same. */
@SuppressWarnings("StringConcatToTextBlock") // line ends of the wire are CR LF
class HttpFramingTest {

    private static final Detail ATTRIBUTES = new Detail(true, 0, true).withHeaders(Set.of("x-a"));
    private static final Detail TEXT = new Detail(true, 100_000, true);
    private static final String GET = "GET /users/42 HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String EVIL = "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    private static final String BAD = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "no colon              | header",
                ": no name             | header",
                "X-A : blank           | header",
                "X -A: blank           | header",
                "X-\u00c3\u00a9: name  | header",
                "X-A\\0: name          | header",
                "X-A: a\\0b            | header",
                "X-A: a\\1b            | header",
                "X-A: a\\rb            | header",
                "X: a\\r\\n b          | fold",
                "X-B: \u00c3\u00a9\u00ff | ",
            })
    void leavesOutAMalformedField(String field, String malformed) {
        Wire wire = new Wire(ATTRIBUTES)
                .request(
                        "POST /users HTTP/1.1\r\nHost: h\r\n" + bytes(field) + "\r\nContent-Length: 3\r\n\r\nabc" + GET)
                .response(OK + OK);

        assertThat(wire.reasons).isEmpty();
        assertThat(wire.records).containsExactly("POST /users | h/users | 200", "GET /users/{id} | a/users/42 | 200");
        assertThat(malformed(wire.requests.get(0))).isEqualTo(malformed == null ? List.of() : List.of(malformed));
        assertThat(attributes(wire.requests.get(0))).noneMatch(one -> one.startsWith("header."));
        assertThat(malformed(wire.requests.get(1))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET  /users HTTP/1.1        | GET /users | start_line",
                "GET /users  HTTP/1.1        | GET /users | start_line",
                "GET\\t/users\\tHTTP/1.1     | GET /users | start_line",
                "'GET /users HTTP/1.1 '      | GET /users | start_line",
                "GET /users\\1 HTTP/1.1      | GET /{id} | start_line",
                "GET /users http/1.1         | GET /users | start_line version",
                "GET /users HTTP/1.2         | GET /users | version",
                "GET /users HTTP/2.0         | GET /users | version",
                "GET /users HTTP/2           | GET /users | version",
                "GET /users HTTP/1.10        | GET /users | version",
                "G@T /users HTTP/1.1         | other  | start_line",
                "get /users HTTP/1.1         | other  | ''",
                "FOO /users HTTP/1.1         | other  | ''",
            })
    void readsABadRequestLine(String line, String operation, String malformed) {
        Wire wire = new Wire(ATTRIBUTES)
                .request(bytes(line) + "\r\nHost: h\r\n\r\n" + GET)
                .response(BAD + OK);

        assertThat(wire.reasons).isEmpty();
        assertThat(wire.records)
                .hasSize(2)
                .first()
                .asString()
                .startsWith(operation + " | ")
                .endsWith(" | 400");
        assertThat(String.join(" ", malformed(wire.requests.get(0)))).isEqualTo(malformed);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "HTTP/1.1 200                | start_line",
                "'HTTP/1.1 200 '             | ''",
                "HTTP/1.1  200 OK            | start_line",
                "HTTP/1.1\\t200 OK           | start_line",
                "HTTP/1.1 200 O\\0K          | start_line",
                "HTTP/1.1 200OK              | start_line",
                "HTTP/1.2 200 OK             | version",
                "HTTP/2 200 OK               | version",
            })
    void readsABadStatusLine(String line, String malformed) {
        Wire wire = new Wire(ATTRIBUTES)
                .request(GET + GET)
                .response(bytes(line) + "\r\nContent-Length: 1\r\nno colon\r\n\r\nx" + OK);

        assertThat(wire.reasons).isEmpty();
        assertThat(wire.responses).extracting(Message::status).containsExactly("200", "200");
        assertThat(String.join(" ", malformed(wire.responses.get(0)))).isEqualTo((malformed + " header").strip());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Content-Length: 3\\r\\nContent-Length: 4 | content_length",
                "Content-Length: 3, 4                     | content_length",
                "Content-Length: -1                       | content_length",
                "Content-Length: +1                       | content_length",
                "Content-Length: 0x10                     | content_length",
                "Content-Length:                          | content_length",
                "Content-Length: 1 2                      | content_length",
                "Content-Length: 99999999999999999999999  | content_length",
                "Content-Length: 9223372036854775807      | content_length",
                "Transfer-Encoding: chunked, gzip         | transfer_encoding",
                "Transfer-Encoding: chunked x             | transfer_encoding",
                "Transfer-Encoding: \\13chunked           | transfer_encoding header",
                "Transfer-Encoding: unheard-of            | transfer_encoding",
            })
    void takesNothingForARequestAfterALengthThatCannotBeRead(String fields, String malformed) {
        String head = "POST /users HTTP/1.1\r\nHost: h\r\n" + bytes(fields) + "\r\n\r\n";

        Wire wire = new Wire(ATTRIBUTES)
                .request(head + "abc" + EVIL)
                .response(BAD)
                .request(EVIL)
                .gap(true, 10)
                .request(EVIL)
                .response(OK)
                .end();

        assertThat(wire.records).containsExactly("POST /users | h/users | 400");
        assertThat(wire.requests.get(0).wireBytes()).isEqualTo(head.length());
        assertThat(malformed(wire.requests.get(0))).containsExactlyInAnyOrder(malformed.split(" "));
        assertThat(wire.unmatched).isEqualTo(1);
    }

    @Test
    void endsAResponseOfDifferingLengthsWithTheConnection() {
        Wire wire = new Wire(ATTRIBUTES)
                .request(GET + GET)
                .response("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc" + OK);
        assertThat(wire.records).isEmpty();

        wire.end();

        assertThat(wire.records)
                .containsExactlyInAnyOrder(
                        "GET /users/{id} | a/users/42 | 200", "GET /users/{id} | a/users/42 | unanswered");
        assertThat(malformed(wire.responses.get(0))).containsExactly("content_length");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 99", "Content-Length: x", "Content-Length: 1\r\nContent-Length: 2"})
    void letsATransferEncodingOverrideAnyLength(String length) {
        String fields = length + "\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";

        Wire wire = new Wire(ATTRIBUTES)
                .request("POST /users HTTP/1.1\r\n" + fields + GET)
                .response("HTTP/1.1 200 OK\r\n" + fields + OK);

        assertThat(wire.records).hasSize(2).allMatch(record -> record.endsWith("200"));
        assertThat(malformed(wire.requests.get(0))).containsExactly("content_length");
        assertThat(malformed(wire.responses.get(0))).containsExactly("content_length");
    }

    @Test
    void reportsATransferEncodingInHttp10() {
        Wire wire = new Wire(ATTRIBUTES)
                .request("POST /users HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
                .response(OK);

        assertThat(malformed(wire.requests.get(0))).containsExactly("transfer_encoding");
    }

    @Test
    void readsTheFramingOfManyFields() {
        String many = "X-A: 1\r\n".repeat(HttpHead.MAX_HEADERS) + "X-B: " + "b".repeat(20_000) + "\r\n";

        Wire wire = new Wire(ATTRIBUTES)
                .request("POST /users HTTP/1.1\r\n" + many + "Content-Length: 3\r\n\r\nabc" + GET)
                .response(OK + OK);

        assertThat(wire.records).hasSize(2);
        assertThat(malformed(wire.requests.get(0))).containsExactly("too_many_headers");
    }

    @Test
    void leavesOutALongField() {
        Wire wire = new Wire(ATTRIBUTES)
                .request("GET /users HTTP/1.1\r\nX-A: " + "b".repeat(20_000) + "\r\nHost: h\r\n\r\n")
                .response(OK);

        assertThat(wire.records).containsExactly("GET /users | h/users | 200");
        assertThat(malformed(wire.requests.get(0))).containsExactly("header_too_long");
        assertThat(attributes(wire.requests.get(0))).noneMatch(one -> one.startsWith("header."));
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 70_000})
    void readsAHeadThatIsTooLongToBeHeld(int lineBytes) {
        String many = ("X-A: " + "b".repeat(lineBytes) + "\r\n").repeat(200_000 / lineBytes);
        String fields = "Host: h\r\n" + many + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
        String request = "POST /users HTTP/1.1\r\n" + fields;
        String response = "HTTP/1.1 200 OK\r\n" + fields;

        for (int step : new int[] {Integer.MAX_VALUE, 5000}) {
            Wire wire = new Wire(ATTRIBUTES);
            feed(wire, true, request + GET, step);
            feed(wire, false, response + OK, step);

            assertThat(wire.reasons).isEmpty();
            assertThat(wire.records)
                    .containsExactly("POST /users | h/users | 200", "GET /users/{id} | a/users/42 | 200");
            assertThat(wire.requests.get(0).wireBytes()).isEqualTo(request.length());
            assertThat(wire.responses.get(0).wireBytes()).isEqualTo(response.length());
            assertThat(malformed(wire.requests.get(0))).contains("head_too_long");
            assertThat(malformed(wire.responses.get(0))).contains("head_too_long");
        }
    }

    @Test
    void readsARequestLineThatIsTooLongToBeHeld() {
        String request = "GET /users/42?q=" + "x".repeat(150_000) + " HTTP/1.1\r\nHost: h\r\n\r\n";

        Wire wire = new Wire(ATTRIBUTES).request(request + GET).response(BAD + OK);

        assertThat(wire.records)
                .containsExactly("GET /users/{id} | /users/42 | 400", "GET /users/{id} | a/users/42 | 200");
        assertThat(wire.requests.get(0).wireBytes()).isEqualTo(request.length());
    }

    @Test
    void givesOutAHeadThatItsConnectionCuts() {
        Wire wire = new Wire(ATTRIBUTES)
                .request("GET /users HTTP/1.1\r\n" + "X-A: 1\r\n".repeat(10_000))
                .response(BAD)
                .end();

        assertThat(wire.records).containsExactly("GET /users | /users | 400");
    }

    @ParameterizedTest
    @ValueSource(strings = {"3 x", " 3", "3;a=\u0001", "3 "})
    void goesOnWhereAChunksSizeCanBeRead(String line) {
        String upload = "POST /users HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + line + "\r\nabc\r\n0\r\n\r\n";

        Wire wire = new Wire(ATTRIBUTES).request(upload + GET).response(OK + OK);

        assertThat(wire.records).hasSize(2);
        assertThat(malformed(wire.requests.get(0))).isEqualTo(line.equals("3 ") ? List.of() : List.of("chunk"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "zz\r\n",
                "0x3\r\nabc",
                "\r\n",
                "-1\r\n",
                "3\r\nabcde",
                "fffffffffffffffffff\r\n",
                "7fffffffffffffff\r\n"
            })
    void takesNothingForAMessageAfterABrokenChunk(String chunk) {
        String fields = "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n" + chunk;

        Wire wire = new Wire(ATTRIBUTES)
                .request("POST /users HTTP/1.1\r\nHost: h\r\n" + fields + EVIL)
                .response("HTTP/1.1 200 OK\r\n" + fields + OK)
                .request(GET)
                .response(BAD);

        assertThat(wire.records).containsExactly("POST /users | h/users | 200", "GET /users/{id} | a/users/42 | 400");
        assertThat(malformed(wire.requests.get(0))).containsExactly("chunk");
        assertThat(malformed(wire.responses.get(0))).containsExactly("chunk");
    }

    @Test
    void holdsNoChunkLineAndNoTrailersBeyondTheirLimits() {
        String head = "POST /users HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";

        Wire line = new Wire().request(head).request("5;" + "x".repeat(20_000)).request(EVIL);
        Wire trailers = new Wire()
                .request(head + "0\r\n")
                .request("a: b\r\n".repeat(20_000))
                .request(EVIL);

        assertThat(line.mostBuffered).isZero();
        assertThat(trailers.mostBuffered).isZero();
        assertThat(line.end().records).containsExactly("POST /users |  | unanswered");
        assertThat(trailers.end().records).containsExactly("POST /users |  | unanswered");
    }

    @Test
    void doesNotTakeTheHttp2PrefaceForARequest() {
        Wire wire = new Wire().request("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").end();

        assertThat(wire.records).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Authorization Bearer SECRET",
                "Authorization Bearer SECRET: x",
                "Authorization : Bearer SECRET",
                "Author\u0000ization: Bearer SECRET",
                "X: a\rAuthorization: Bearer SECRET",
                "X: a\r\n b\rAuthorization: Bearer SECRET",
                "\u00e9: Bearer SECRET",
            })
    void showsNoSecretOfAMalformedField(String field) {
        for (String before : List.of("", "Host: h\r\n")) {
            Wire wire = new Wire(TEXT.withHeaders(Set.of("x", "authorization")))
                    .request("GET /users HTTP/1.1\r\n" + before + field + "\r\nX-Last: 1\r\n\r\n")
                    .end();

            assertThat(wire.requests.get(0).text() + attributes(wire.requests.get(0)))
                    .contains("X-Last: 1")
                    .doesNotContain("SECRET");
        }
    }

    @Test
    void showsNoSecretThatSeemsToContinueTheStartLine() {
        Wire wire = new Wire(TEXT)
                .request("GET /users HTTP/1.1\r\n Authorization: Bearer SECRET\r\n\tSECRET\r\nX-Last: 1\r\n\r\n")
                .end();

        assertThat(wire.requests.get(0).text()).contains("X-Last: 1").doesNotContain("SECRET");
        assertThat(malformed(wire.requests.get(0))).containsExactly("header", "fold");
    }

    @ParameterizedTest
    @EnumSource
    void isInTheDocument(Malformed what) throws IOException {
        assertThat(Files.readString(Path.of("../docs/http.md"))).contains("| `" + what.word() + "` |");
    }

    private static String bytes(String text) {
        return text.replace("\\r", "\r")
                .replace("\\n", "\n")
                .replace("\\t", "\t")
                .replace("\\0", "\0")
                .replace("\\13", "\13")
                .replace("\\1", "\1");
    }

    private static void feed(Wire wire, boolean request, String text, int step) {
        for (int at = 0; at < text.length(); at += Math.min(step, text.length() - at)) {
            String piece = text.substring(at, at + Math.min(step, text.length() - at));
            if (request) {
                wire.request(piece);
            } else {
                wire.response(piece);
            }
        }
    }

    private static List<String> malformed(Message message) {
        return attributes(message).stream()
                .filter(one -> one.startsWith("malformed="))
                .map(one -> one.substring("malformed=".length()))
                .toList();
    }

    private static List<String> attributes(Message message) {
        List<String> found = new ArrayList<>();
        message.attributes((name, value) -> found.add(name + "=" + value));
        return found;
    }
}
