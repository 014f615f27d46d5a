package io.kyanos.protocol.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.Detail;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("StringConcatToTextBlock") // line ends of the wire are CR LF
class HttpParserTest {

    private static final Detail ATTRIBUTES = new Detail(true, 0, true);
    private static final Detail TEXT = new Detail(true, 4096, true);
    private static final String GET = "GET /users/42 HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

    @Test
    void pairsARequestWithItsResponse() {
        Wire wire = new Wire(ATTRIBUTES).request(GET).response(OK);

        assertThat(wire.records).containsExactly("GET /users/{id} | a/users/42 | 200");
        assertThat(wire.requests.get(0).wireBytes()).isEqualTo(GET.length());
        assertThat(wire.responses.get(0).wireBytes()).isEqualTo(OK.length());
        assertThat(wire.responses.get(0).outcome()).isEqualTo(Outcome.OK);
    }

    @Test
    void keepsNoResourceWithoutDetail() {
        Wire wire = new Wire().request(GET).response(OK);

        assertThat(wire.records).containsExactly("GET /users/{id} |  | 200");
        assertThat(wire.requests.get(0).text()).isEmpty();
    }

    @Test
    void readsManyMessagesFromOneView() {
        Wire wire = new Wire(ATTRIBUTES).request(GET + GET + GET).response(OK + OK + OK);

        assertThat(wire.records).hasSize(3).containsOnly("GET /users/{id} | a/users/42 | 200");
    }

    @ParameterizedTest
    @CsvSource({"100", "101", "200", "302", "304", "404", "499", "500", "599", "999"})
    void derivesOutcomesFromTheirCodes(int code) {
        Wire wire = new Wire().request(GET).response("HTTP/1.1 " + code + " X\r\nContent-Length: 0\r\n\r\n");

        if (code == 100) {
            assertThat(wire.records).isEmpty();
            return;
        }
        Outcome expected = code < 400 ? Outcome.OK : code < 500 ? Outcome.CLIENT_ERROR : Outcome.SERVER_ERROR;
        assertThat(wire.responses.get(0).outcome()).isEqualTo(expected);
        assertThat(wire.responses.get(0).status()).isEqualTo(Integer.toString(code));
    }

    @Test
    void passesOverBodiesWithoutHoldingThem() {
        Wire wire = new Wire().request("PUT /a HTTP/1.1\r\nContent-Length: 10000000\r\n\r\n");

        byte[] piece = new byte[100_000];
        for (int i = 0; i < 100; i++) {
            assertThat(wire.records).isEmpty();
            wire.bytes(true, piece);
        }
        wire.response(OK);

        assertThat(wire.records).containsExactly("PUT /a |  | 200");
        assertThat(wire.mostBuffered).isLessThan(100);
        assertThat(wire.requests.get(0).wireBytes()).isEqualTo(10_000_000 + 45);
    }

    @Test
    void countsBodiesOfAnyLengthExactly() {
        long length = 3_000_000_000_000L;
        String head = "HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n";

        Wire wire = new Wire().request(GET).response(head).gap(false, length);

        assertThat(wire.responses.get(0).wireBytes()).isEqualTo(head.length() + length);
    }

    @Test
    void readsChunksExtensionsAndTrailers() {
        String chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n"
                + "5\r\nhello\r\nA;name=\"x\"\r\n0123456789\r\n1 \r\n!\r\n000\r\nExpires: never\r\nX: y\r\n\r\n";

        Wire wire = new Wire().request(GET + GET).response(chunked + OK);

        assertThat(wire.records).hasSize(2);
        assertThat(wire.responses.get(0).wireBytes()).isEqualTo(chunked.length());
        assertThat(wire.reasons).isEmpty();
    }

    @Test
    void readsAChunkedUpload() {
        String upload = "POST /upload HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";

        Wire wire = new Wire().request(upload + GET).response(OK + OK);

        assertThat(wire.records).containsExactly("POST /upload |  | 200", "GET /users/{id} |  | 200");
        assertThat(wire.requests.get(0).wireBytes()).isEqualTo(upload.length());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 500\r\n",
                "Transfer-Encoding: chunked\r\n",
                "Content-Type: text/plain\r\n",
                "Connection: close\r\n"
            })
    void expectsNoBodyAfterHead(String field) {
        Wire wire = new Wire()
                .request("HEAD /users/1 HTTP/1.1\r\n\r\n" + GET)
                .response("HTTP/1.1 200 OK\r\n" + field + "\r\n" + OK);

        assertThat(wire.records).containsExactly("HEAD /users/{id} |  | 200", "GET /users/{id} |  | 200");
        assertThat(wire.reasons).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {204, 304})
    void expectsNoBodyAfterCodesWithoutOne(int code) {
        Wire wire =
                new Wire().request(GET + GET).response("HTTP/1.1 " + code + " X\r\nContent-Length: 77\r\n\r\n" + OK);

        assertThat(wire.responses).extracting(r -> r.status()).containsExactly(Integer.toString(code), "200");
    }

    @Test
    void passesOverInterimResponses() {
        Wire wire = new Wire()
                .request("PUT /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
                .response("HTTP/1.1 100 Continue\r\n\r\n")
                .request("abc")
                .response("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK);

        assertThat(wire.records).containsExactly("PUT /a |  | 200");
        assertThat(wire.responses.get(0).wireBytes()).isEqualTo(OK.length());
    }

    @Test
    void endsAnUndelimitedBodyWithTheConnection() {
        String head = "HTTP/1.0 200 OK\r\nServer: x\r\n\r\n";

        Wire wire = new Wire().request("GET / HTTP/1.0\r\n\r\n").response(head + "some");
        wire.response(" more").gap(false, 1000).response("last");
        assertThat(wire.records).isEmpty();
        wire.end();

        assertThat(wire.records).containsExactly("GET / |  | 200");
        assertThat(wire.responses.get(0).wireBytes()).isEqualTo(head.length() + 4 + 5 + 1000 + 4);
    }

    @Test
    void transferEncodingOverridesContentLength() {
        Wire wire = new Wire()
                .request("POST /a HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + GET)
                .response(OK + OK);

        assertThat(wire.records).hasSize(2);
        assertThat(wire.reasons).isEmpty();
    }

    @Test
    void readsAResponseOfUnknownCodingToTheEnd() {
        Wire wire = new Wire()
                .request(GET)
                .response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\nContent-Length: 1\r\n\r\nabc");

        assertThat(wire.records).isEmpty();
        assertThat(wire.end().records).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 3\r\nContent-Length: 3",
                "Content-Length: 3, 3",
                "content-length:3",
                "CONTENT-LENGTH \t:  3  ",
                "Content-Length:\r\n 3",
                "Content-Length: 00000000000000000000003",
                "X: 1\r\n  folded\r\n\tagain\r\nContent-Length: 3",
                "Transfer-Encoding: identity\r\nContent-Length: 3"
            })
    void acceptsManyWaysToSayThree(String fields) {
        Wire wire = new Wire()
                .request("POST /a HTTP/1.1\r\n" + fields + "\r\n\r\nabc" + GET)
                .response(OK + OK);

        assertThat(wire.reasons).isEmpty();
        assertThat(wire.records).hasSize(2);
    }

    @Test
    void acceptsBareLineFeedsAndEmptyLinesBeforeARequest() {
        Wire wire = new Wire()
                .request("\r\n\n\r\nGET / HTTP/1.1\nHost: a\n\n" + "\r\nGET / HTTP/1.0\n\n")
                .response("HTTP/1.1 200\nContent-Length: 1\n\nx" + OK);

        assertThat(wire.records).containsExactly("GET / |  | 200", "GET / |  | 200");
        assertThat(wire.reasons).isEmpty();
    }

    @Test
    void labelsUnknownMethodsAsOther() {
        Wire wire = new Wire(ATTRIBUTES)
                .request("PROPFIND /dav/file HTTP/1.1\r\n\r\nX-WHATEVER /a HTTP/1.1\r\n\r\nGETS /b HTTP/1.1\r\n\r\n")
                .response(OK + OK + OK);

        assertThat(wire.records).containsExactly("other | /dav/file | 200", "other | /a | 200", "other | /b | 200");
    }

    @Test
    void locatesThePathOfEveryFormOfTarget() {
        Wire wire = new Wire(ATTRIBUTES)
                .request("GET http://user:pw@h.example:80/users/7?a=b HTTP/1.1\r\nHost: other\r\n\r\n")
                .request("GET http://h.example HTTP/1.1\r\n\r\n")
                .request("GET http://h.example?x=/y HTTP/1.1\r\n\r\n")
                .request("OPTIONS * HTTP/1.1\r\n\r\n")
                .request("GET /a/http://x/ HTTP/1.1\r\n\r\n")
                .request("GET nonsense HTTP/1.1\r\n\r\n")
                .request("GET /? HTTP/1.1\r\n\r\n")
                .end();

        assertThat(wire.records)
                .containsExactly(
                        "GET /users/{id} | h.example:80/users/7 | unanswered",
                        "GET / | h.example/ | unanswered",
                        "GET / | h.example/ | unanswered",
                        "OPTIONS * | * | unanswered",
                        "GET /{id}/{id}/{id} | /a/http://x/ | unanswered",
                        "GET /* | nonsense | unanswered",
                        "GET / | / | unanswered");
        assertThat(attributes(wire, 0))
                .contains("host=h.example:80", "query=a=b")
                .doesNotContain("host=other");
    }

    @Test
    void becomesATunnelAfterConnect() {
        Wire wire = new Wire(ATTRIBUTES)
                .request("CONNECT db.example:5432 HTTP/1.1\r\nHost: db.example:5432\r\n\r\n")
                .response("HTTP/1.1 200 Connection established\r\n\r\n\0\1\2")
                .request("\0\0\0\b\4\322\026/");

        assertThat(wire.records).containsExactly("CONNECT | db.example:5432 | 200");
        assertThat(wire.upgrades).containsExactly("connect", "connect");
        assertThat(wire.reasons).isEmpty();
    }

    @Test
    void staysHttpAfterARefusedConnect() {
        Wire wire = new Wire()
                .request("CONNECT a:1 HTTP/1.1\r\n\r\n" + GET)
                .response("HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno" + OK);

        assertThat(wire.records).containsExactly("CONNECT |  | 407", "GET /users/{id} |  | 200");
        assertThat(wire.upgrades).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "websocket, websocket",
        "WebSocket, websocket",
        "h2c, h2c",
        "TLS/1.2, tls",
        "evil-name, other",
        "'', other"
    })
    void namesTheProtocolOfAnUpgradeFromAClosedSet(String field, String name) {
        Wire wire = new Wire()
                .request(GET)
                .response("HTTP/1.1 101 Switching Protocols\r\nUpgrade: " + field + "\r\n\r\n\1\2")
                .end();

        assertThat(wire.records).containsExactly("GET /users/{id} |  | 101");
        assertThat(wire.upgrades).containsExactly(name);
    }

    @Test
    void pairsAResponseThatOvertakesItsUpload() {
        Wire wire = new Wire()
                .request("POST /upload HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc")
                .response("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
                .request("def" + GET)
                .response(OK);

        assertThat(wire.records).containsExactly("POST /upload |  | 413", "GET /users/{id} |  | 200");
        assertThat(wire.unmatched).isZero();
    }

    @Test
    void givesOutAnUploadThatTheConnectionsEndCutsShort() {
        Wire wire = new Wire()
                .request("POST /upload HTTP/1.1\r\nContent-Length: 600\r\n\r\nabc")
                .response("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
                .end();

        assertThat(wire.records).containsExactly("POST /upload |  | 413");
        assertThat(wire.requests.get(0).wireBytes()).isEqualTo(46 + 3);
    }

    @Test
    void findsTheNextRequestAfterALoss() {
        Wire wire = new Wire()
                .gap(true, 500)
                .request("GET me a coffee\r\nPOST it\r\n PUT /x HTTP/2\r\nrest of a body" + GET);

        assertThat(wire.end().records).containsExactly("GET /users/{id} |  | unanswered");
    }

    @Test
    void isNotFooledByAMethodInsideABodyAfterALoss() {
        Wire wire = new Wire().gap(true, 1);

        wire.request("OPTIONS are many. GET /x HTTP/1.1 is a line\r\nDELETE /all HTTP/1.1\r\n(said he)\r\n");

        assertThat(wire.end().records).isEmpty();
    }

    @Test
    void givesOutAChunkedMessageWhoseFramingIsLost() {
        Wire wire = new Wire()
                .request("POST /upload HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
                .gap(true, 10)
                .request("lost\r\n0\r\n\r\n" + GET)
                .end();

        assertThat(wire.records).containsExactly("POST /upload |  | unanswered", "GET /users/{id} |  | unanswered");
        assertThat(wire.requests.get(0).wireBytes()).isEqualTo(53 + 8 + 10 + 11);
    }

    @Test
    void recoversWhenALostHeadRequestWasAnsweredAsIfChunked() {
        Wire wire = new Wire()
                .response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                .request(GET)
                .response(OK);

        assertThat(wire.records).containsExactly("GET /users/{id} |  | 200");
        assertThat(wire.unmatched).isEqualTo(1);
        assertThat(wire.reasons).isEmpty();
    }

    @Test
    void holdsNoHeadBeyondItsLimit() {
        Wire wire = new Wire().request("GET / HTTP/1.1\r\n");

        String line = "X-Filler: " + "x".repeat(990) + "\r\n";
        for (int i = 0; i < 1000; i++) {
            wire.request(line);
        }
        wire.request("\r\n" + GET);

        assertThat(wire.reasons).isEmpty();
        assertThat(wire.mostBuffered).isLessThan(HttpHead.MAX_HEAD_BYTES + 2000);
        assertThat(wire.end().records).containsExactly("GET / |  | unanswered", "GET /users/{id} |  | unanswered");
    }

    @Test
    void readsASlowHeadOnceOnly() {
        Wire wire = new Wire();
        String head = "GET /users/1 HTTP/1.1\r\n" + "X: y\r\n".repeat(200) + "\r\n";

        for (int i = 0; i < head.length(); i++) {
            wire.request(head.substring(i, i + 1));
        }

        assertThat(wire.response(OK).records).containsExactly("GET /users/{id} |  | 200");
    }

    @Test
    void offersAttributes() {
        Wire wire = new Wire(ATTRIBUTES)
                .request("POST /users?name=x&access_token=abc&b=2 HTTP/1.1\r\nHost: h:8080\r\nUser-Agent: curl/8\r\n"
                        + "Content-Type: text/plain\r\nX-Request-ID: r-1\r\ntraceparent: 00-ab-cd-01\r\n"
                        + "Content-Length: 0\r\n\r\n")
                .response("HTTP/1.0 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n");

        assertThat(attributes(wire, 0))
                .containsExactly(
                        "method=POST",
                        "path=/users",
                        "query=name=x&access_token=***&b=2",
                        "host=h:8080",
                        "version=1.1",
                        "user_agent=curl/8",
                        "content_type=text/plain",
                        "request_id=r-1",
                        "traceparent=00-ab-cd-01");
        List<String> answer = new ArrayList<>();
        wire.responses.get(0).attributes((name, value) -> answer.add(name + "=" + value));
        assertThat(answer).containsExactly("reason=Not Found", "version=1.0", "content_type=application/json");
    }

    @Test
    void keepsTheFieldsThatAreAskedForByName() {
        Detail detail = ATTRIBUTES.withHeaders(Set.of("x-tenant", "authorization", "referer", "server", "x-sum"));
        Wire wire = new Wire(detail)
                .request("GET /a HTTP/1.1\r\nX-Tenant: one\r\nX-TENANT:two\r\n \tthree\r\nAuthorization: Bearer S\r\n"
                        + "Referer: http://u:S@h/?token=S&x=1\r\nX-Other: no\r\n\r\n")
                .response("HTTP/1.1 200 OK\r\nserver: nginx\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "0\r\nX-Sum: 33\r\nX-Other: no\r\nContent-Length: 7\r\n\r\n");

        assertThat(attributes(wire, 0))
                .containsExactly(
                        "method=GET",
                        "path=/a",
                        "version=1.1",
                        "header.x-tenant=one",
                        "header.x-tenant=two three",
                        "header.authorization=***",
                        "header.referer=http://***@h/?token=***&x=1",
                        "malformed=fold");
        assertThat(attributes(wire.responses.get(0)))
                .containsExactly("reason=OK", "version=1.1", "header.server=nginx", "header.x-sum=33");
        assertThat(wire.responses.get(0).wireBytes()).isEqualTo(62 + 48);
    }

    @Test
    void showsSecretFieldsIfAskedTo() {
        Wire wire = new Wire(new Detail(true, 0, false, Set.of("authorization")))
                .request("GET /a HTTP/1.1\r\nAuthorization: Bearer S\r\n\r\n")
                .end();

        assertThat(attributes(wire, 0)).contains("header.authorization=Bearer S");
    }

    @Test
    void offersTheIdsOfRequestsAndTraces() {
        String ids = "X-Request-Id: r\r\nX-Correlation-ID: c\r\nX-Amzn-Trace-Id: Root=1-67\r\nX-B3-TraceId: 80f1\r\n"
                + "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n";

        Wire wire = new Wire(ATTRIBUTES)
                .request("GET /a HTTP/1.1\r\n" + ids + "\r\n")
                .response("HTTP/1.1 200 OK\r\n" + ids + "Content-Length: 0\r\n\r\n");

        List<String> expected = List.of(
                "request_id=r",
                "correlation_id=c",
                "amzn_trace_id=Root=1-67",
                "b3_trace_id=80f1",
                "traceparent=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "trace_id=0af7651916cd43dd8448eb211c80319c");
        assertThat(attributes(wire, 0)).containsAll(expected);
        assertThat(attributes(wire.responses.get(0))).containsAll(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
                "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
                "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more",
                "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            })
    void takesNoTraceIdFromAnInvalidTraceparent(String value) {
        Wire wire = new Wire(ATTRIBUTES)
                .request("GET /a HTTP/1.1\r\ntraceparent: " + value + "\r\n\r\n")
                .end();

        assertThat(attributes(wire, 0)).contains("traceparent=" + value).noneMatch(one -> one.startsWith("trace_id"));
    }

    @Test
    void takesTheTraceIdOfALaterVersion() {
        Wire wire = new Wire(ATTRIBUTES)
                .request("GET /a HTTP/1.1\r\n"
                        + "traceparent: cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes\r\n\r\n")
                .end();

        assertThat(attributes(wire, 0)).contains("trace_id=0af7651916cd43dd8448eb211c80319c");
    }

    @Test
    void masksSecretsInText() {
        String json = "{\"user\": \"me\", \"password\": \"SEC\\\"RET\", \"n\": 1, \"token\":SECRET}";
        String form = "user=me&client_secret=SECRET&b";
        Wire wire = new Wire(TEXT)
                .request("POST /login?api_key=SECRET&x=1 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer SECRET\r\n"
                        + "proxy-authorization: SECRET\r\nCookie: a=SECRET;\r\n b=SECRET\r\nX-Api-Key: SECRET\r\n"
                        + "Referer: http://u:SECRET@h/?pass%77ord=SECRET\r\nContent-Length: "
                        + json.length() + "\r\n\r\n" + json)
                .response("HTTP/1.1 200 OK\r\nSet-Cookie: s=SECRET; Path=/\r\nContent-Length: " + form.length()
                        + "\r\n\r\n" + form);

        String text = wire.requests.get(0).text() + wire.responses.get(0).text();

        assertThat(wire.reasons).isEmpty();
        assertThat(text)
                .doesNotContain("SEC")
                .contains("POST /login?api_key=***&x=1 HTTP/1.1", "Authorization: ***", "Cookie: ***")
                .contains("\"user\": \"me\", \"password\": \"***\", \"n\": 1", "user=me&client_secret=***&b");
    }

    @Test
    void showsSecretsIfAskedTo() {
        Wire wire = new Wire(new Detail(true, 1000, false))
                .request("GET /?token=T HTTP/1.1\r\nAuthorization: A\r\n\r\n")
                .end();

        assertThat(wire.requests.get(0).text()).isEqualTo("GET /?token=T HTTP/1.1\nAuthorization: A\n\n");
        assertThat(attributes(wire, 0)).contains("query=token=T");
    }

    @Test
    void showsNothingThatCouldSteerATerminal() {
        Wire wire = new Wire(TEXT)
                .request(
                        "GET /\u00c2\u009b31m HTTP/1.1\r\nUser-Agent: \u001b]0;owned\u0007\r\nContent-Length: 12\r\n\r\n"
                                + "a\u001b[2J\r\b\u00e2\u0080\u00aeb\n")
                .response(OK);

        String shown = wire.requests.get(0).text() + attributes(wire, 0) + wire.records;

        assertThat(shown.replace("\n", "").chars()).allMatch(c -> c >= ' ' && c < 0x7f);
        assertThat(wire.requests.get(0).text()).endsWith("a.[2J...b\n");
    }

    @Test
    void cutsTextAtItsLimitButNotSizes() {
        Wire wire = new Wire(new Detail(true, 60, true))
                .request("PUT /a HTTP/1.1\r\nContent-Length: 1000\r\n\r\n")
                .request("y".repeat(1000))
                .response(OK);

        assertThat(wire.requests.get(0).text()).hasSizeLessThanOrEqualTo(60).endsWith("yyyy");
        assertThat(wire.requests.get(0).wireBytes()).isEqualTo(1041);
    }

    private static List<String> attributes(Wire wire, int record) {
        return attributes(wire.requests.get(record));
    }

    private static List<String> attributes(Message message) {
        List<String> found = new ArrayList<>();
        message.attributes((name, value) -> found.add(name + "=" + value));
        return found;
    }
}
