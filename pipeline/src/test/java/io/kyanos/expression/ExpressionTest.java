package io.kyanos.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kyanos.protocol.Protocols;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Outcome;
import io.kyanos.record.RecordFilter;
import io.kyanos.record.Side;
import io.kyanos.record.TestRecords;
import io.kyanos.record.TrafficRecord;
import io.kyanos.record.Unanswered;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExpressionTest {

    /** A client's, of 150 ms. */
    private static final TrafficRecord HTTP = TestRecords.http()
            .remote(TestRecords.ipv4(10, 1, 2, 3, 8080))
            .tookNanos(150_000_000)
            .sizes(200, 20_480)
            .status("503", Outcome.SERVER_ERROR)
            .setup()
            .resource("/api/users/42")
            .truncated()
            .attribute("method", "POST")
            .attribute("path", "/api/users/42")
            .attribute("host", "Shop.example")
            .attribute("header.x-tenant", "blue")
            .attribute("x-y", "7")
            .responseAttribute("content_type", "text/HTML")
            .build();

    private static final TrafficRecord REDIS = TestRecords.redis()
            .status("WRONGTYPE", Outcome.ERROR)
            .attribute("command", "MGET")
            .attribute("key", "user:1")
            .attribute("key", "user:2")
            .build();
    private static final TrafficRecord UNANSWERED =
            TestRecords.http().unanswered(Unanswered.TIMEOUT).build();
    private static final TrafficRecord UNIX =
            TestRecords.http().remote(Endpoint.UNNAMED).build();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "status>=500 and latency>100ms and path~\"^/api\"",
                "protocol=http",
                "protocol = HTTP",
                "side in (server, client)",
                "side=client && transport=tcp",
                "process=curl",
                "pid=4321 and fd=9",
                "local.ip=127.0.0.1",
                "remote.ip in 10.0.0.0/8",
                "remote.ip in (192.168.0.0/16, 10.1.0.0-10.1.255.255)",
                "remote.ip != 10.0.0.1",
                "remote.ip not in (fe80::/10, 127.0.0.0/8)",
                "remote.port=8080",
                "remote.port>=8000 and remote.port<=8099",
                "remote.address='10.1.2.3:8080'",
                "remote.address=10.1.2.3:8080",
                "peer~'^10[.]1'",
                "operation='get /users/{id}'",
                "operation='GET /users/{id}'",
                "resource=/api/users/42",
                "status=503",
                "status=5xx",
                "status in (404, 500-599)",
                "status != 200",
                "status not in (2xx, 404)",
                "status~'^5'",
                "outcome=server_error",
                "outcome!=ok",
                "latency=150ms",
                "latency=0.15s",
                "latency>=150",
                "latency<=150000us and latency<151ms",
                "latency in (1ms, 150ms)",
                "response.size=20k",
                "response.size=20KiB and response.size>20kB",
                "request.size<1k",
                "truncated",
                "truncated=true",
                "truncated!=false",
                "not (truncated=false)",
                "!(truncated=false)",
                "truncated in (true)",
                "setup",
                "start>2026-01-01T00:00:00Z",
                "start>=\"2026-01-01T01:00:00+01:00\" and end<2026-01-01T00:00:01Z",
                "method=post",
                "host=shop.EXAMPLE",
                "path=/api/users/42",
                "path!=/other",
                "path!~'^/other'",
                "header.x-tenant=blue",
                "header.X-Tenant=blue",
                "has header.x-tenant",
                "exists(header.x-tenant)",
                "not has header.x-other",
                "attr[\"x-y\"]=7",
                "attr['x-y']>6.5 and attr['x-y']<=7",
                "content_type=text/html",
                "has(latency) and has status and not has(reason)",
                "not (status=200 or status=404)",
                "status=200 or status=404 or status=503",
                "status=200 and latency>1s or method=POST",
                "method=POST or status=200 and latency>1s",
                "(status=503)",
                "((status = 503))",
                "STATUS=503 AND Latency > 100ms",
                "not not status=503",
                "status==503",
                "path~'\\d+$'",
                "path~\"users\\/42\"",
                "host='Shop.example' || truncated=false",
            })
    void holds(String text) {
        assertThat(Expression.compile(text).test(HTTP)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "status<500",
                "status!=503",
                "status not in (5xx)",
                "latency>150ms",
                "latency<150ms",
                "path~'^/other'",
                "path!~'^/api'",
                "method!=POST",
                "header.x-tenant!=blue",
                "remote.ip in 127.0.0.0/8",
                "remote.ip != 10.1.2.3",
                "has(reason)",
                "has(key)",
                "key!=a",
                "not truncated",
                "truncated=false",
                "not setup",
                "setup=false",
                "method=POST and (status=200 or latency>1s)",
                "attr['x-y']>7",
                "attr['path']>7",
                "process=CURL",
            })
    void doesNotHold(String text) {
        assertThat(Expression.compile(text).test(HTTP)).isFalse();
    }

    @Test
    void aComparisonWithWhatIsNotThereIsFalse() {
        assertThat(List.of(
                        "latency>0",
                        "latency<1h",
                        "latency=0",
                        "latency!=1ms",
                        "latency in (1ms)",
                        "latency not in (1ms)",
                        "status=200",
                        "status!=200",
                        "status<600",
                        "status!~'5'",
                        "response.size<1G",
                        "method=GET",
                        "method!=GET",
                        "header.x!=a"))
                .noneMatch(text -> Expression.compile(text).test(UNANSWERED));
        assertThat(List.of("not latency>0", "not has latency", "reason=timeout", "reason!=reset", "outcome=unanswered"))
                .allMatch(text -> Expression.compile(text).test(UNANSWERED));
        assertThat(List.of(
                        "remote.ip=::/0", "remote.ip!=10.0.0.1", "has(remote.ip)", "remote.port=0", "remote.port!=1"))
                .noneMatch(text -> Expression.compile(text).test(UNIX));
    }

    @Test
    void oneOfSeveralValuesIsEnough() {
        assertThat(List.of("key=user:2", "key in (x, user:1)", "key~'1$' and key~'2$'", "key!=user:1", "command=mget"))
                .allMatch(text -> Expression.compile(text).test(REDIS));
        assertThat(List.of("key=user:3", "not key=user:1"))
                .noneMatch(text -> Expression.compile(text).test(REDIS));
    }

    @Test
    void wordsAreStatusesToo() {
        assertThat(List.of("status=wrongtype", "status in (MOVED, WRONGTYPE)", "status!=OK", "status~'^WRONG'"))
                .allMatch(text -> Expression.compile(text).test(REDIS));
        assertThat(List.of("status>=0", "status=5xx"))
                .noneMatch(text -> Expression.compile(text).test(REDIS));
    }

    @Test
    void saysWhatACaptureMustKeep() {
        assertThat(Expression.compile("status>=500 and latency>1s").needsAttributes())
                .isFalse();
        assertThat(Expression.compile("path~x").needsAttributes()).isTrue();
        assertThat(Expression.compile("resource=x").needsAttributes()).isTrue();
        RecordFilter filter = Expression.compile("header.X-A=1 or has header.x-b and attr['header.x-c']=2");
        assertThat(filter.needsAttributes()).isTrue();
        assertThat(filter.headers()).containsExactlyInAnyOrder("x-a", "x-b", "x-c");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'' | unexpected end (expected: a field, like status or latency) | 0",
                "status | status without a comparison (expected: one of = != < <= > >= ~ !~ in) | 0",
                "status> | unexpected end (expected: a value, like 500, 100ms or \"some text\") | 7",
                "latenzy>1s | unknown field: latenzy. Hint: did you mean latency? | 0",
                "truncated and size>1k | unknown field: size. Hint: did you mean request.size or response.size? | 14",
                "ip=10.0.0.1 | unknown field: ip. Hint: did you mean local.ip or remote.ip? | 0",
                "latency > \"abc\" | latency: abc (expected: a duration, like 100ms, 1.5s or 2m; a plain number is milliseconds) | 10",
                "latency>10k | latency: 10k (expected: a duration, like 100ms, 1.5s or 2m; a plain number is milliseconds) | 8",
                "outcome=okk | outcome: okk (expected: ok, client_error, server_error, error, unknown, unanswered, one_way) | 8",
                "outcome in (ok, bad) | outcome: bad (expected: ok, client_error, server_error, error, unknown, unanswered, one_way) | 16",
                "outcome>ok | outcome: ok (expected: = != in, with one of ok, client_error, server_error, error, unknown, unanswered, one_way) | 8",
                "process>a | process: a (expected: = != ~ !~ in, as it is text) | 8",
                "latency~1 | latency: 1 (expected: = != < <= > >= in, as it is a number) | 8",
                "truncated=maybe | truncated: maybe (expected: true or false) | 10",
                "status>OK | status: OK (expected: a number, like 500, where there is an order) | 7",
                "status=5x | status: 5x (expected: statuses, like 404,500-599,5xx or WRONGTYPE) | 7",
                "remote.ip=10.0.0.0/33 | remote.ip: 10.0.0.0/33 (expected: a length of 0 to 32 behind the /) | 10",
                "path~'(' | path: ( (expected: a regular expression; missing closing )) | 5",
                "path~^/api | unknown sign: ^ (expected: a field, an operator or text in quotes) | 5",
                "path='x | text without an end (expected: another ') | 5",
                "(status=200 | unexpected end (expected: 'and', 'or' or ')') | 11",
                "status=200) | unexpected ')' (expected: 'and', 'or' or the end) | 10",
                "status=200 truncated | unexpected 'truncated' (expected: 'and', 'or' or the end) | 11",
                "status in (200,) | unexpected ')' (expected: a value, like 500, 100ms or \"some text\") | 15",
                "attr[x | unexpected end (expected: ']') | 6",
                "has 5 | unknown field: 5 (expected: a field, like status, or attr[\"5\"] for any attribute) | 4",
                "start>yesterday | start: yesterday (expected: a moment, like 2026-01-31T12:00:00Z or 2026-01-31T13:00:00+01:00) | 6",
                "status=200 and | unexpected end (expected: a field, like status or latency) | 14",
                "status=200 and and truncated | unexpected 'and' (expected: a field, like status or latency) | 15",
                "status in (200 300) | unexpected '300' (expected: ',' or ')') | 15",
                "has (status truncated) | unexpected 'truncated' (expected: ')') | 12",
                "comm=nginx | unknown field: comm. Hint: did you mean process? | 0",
                "status_code=500 | unknown field: status_code. Hint: did you mean status? | 0",
                "Req-Size>1k | unknown field: Req-Size. Hint: did you mean request.size? | 0",
                "url=/a | unknown field: url. Hint: did you mean path? | 0",
                "remote_port=80 | unknown field: remote_port. Hint: did you mean remote.port? | 0",
                "port=80 | unknown field: port. Hint: did you mean local.port or remote.port? | 0",
                "and | unexpected 'and' (expected: a field, like status or latency) | 0",
            })
    void refusesAndPointsAtThePlace(String quoted, String message, int start) {
        String text = quoted.equals("''") ? "" : quoted;
        ExpressionException e = catchThrowableOfType(ExpressionException.class, () -> Expression.compile(text));

        assertThat(e).hasMessage(message);
        assertThat(e.start()).isEqualTo(start);
        assertThat(e.place()).startsWith(text + "\n" + " ".repeat(start) + "^");
    }

    @Test
    void aLongTextIsShownAroundThePlace() {
        String text = "status=200 and ".repeat(30) + "latenzy>1s" + " or truncated".repeat(30);

        ExpressionException e = catchThrowableOfType(ExpressionException.class, () -> Expression.compile(text));

        List<String> lines = e.place().lines().toList();
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0)).startsWith("...").endsWith("...").hasSizeLessThan(100);
        int caret = lines.get(1).indexOf('^');
        assertThat(lines.get(0).substring(caret)).startsWith("latenzy>1s");
        assertThat(lines.get(1).strip()).isEqualTo("^^^^^^^");
    }

    @Test
    void isBounded() {
        assertThatThrownBy(() -> Expression.compile("truncated or ".repeat(1000)))
                .hasMessage("too long: 13000 characters (expected: <= 10000)");
        assertThatThrownBy(() -> Expression.compile("(".repeat(500) + "truncated" + ")".repeat(500)))
                .hasMessage("nested too deeply (expected: <= 100 levels)");
        assertThatThrownBy(() -> Expression.compile("!".repeat(500) + "truncated"))
                .hasMessageContaining("nested too deeply");
        assertThatThrownBy(() -> Expression.compile("pid=1 or ".repeat(1050) + "truncated"))
                .hasMessage("too many conditions (expected: <= 1000)");
        assertThatThrownBy(() -> Expression.compile("path~'(a{100}){90}' or ".repeat(5) + "truncated"))
                .hasMessageContaining("too large together");
        assertThat(Expression.compile("(".repeat(99) + "truncated" + ")".repeat(99))
                        .test(HTTP))
                .isTrue();
    }

    @Test
    void whateverIsTypedIsCompiledOrRefusedInOneLine() {
        List<String> parts = List.of(
                "status",
                "latency",
                "(",
                ")",
                "and",
                "or",
                "not",
                "in",
                ",",
                "=",
                "!=",
                ">",
                "~",
                "'a'",
                "\"",
                "500",
                "100ms",
                "attr",
                "[",
                "]",
                "10.0.0.0/8",
                "has",
                "truncated",
                "path",
                "remote.ip",
                "é",
                "^",
                "\\",
                "header.",
                "\n",
                "key",
                "!");
        Random random = new Random(11);
        IntStream.range(0, 20_000).forEach(round -> {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(12); i >= 0; i--) {
                text.append(parts.get(random.nextInt(parts.size()))).append(random.nextBoolean() ? " " : "");
            }
            try {
                Expression.compile(text.toString()).test(HTTP);
            } catch (ExpressionException e) {
                assertThat(e.getMessage()).as(text.toString()).isNotBlank();
                assertThat(e.start()).isBetween(0, text.length());
                assertThat(e.place().lines().count()).as(text.toString()).isEqualTo(2);
            }
        });
    }

    @Test
    void namesEveryProtocolAndNothingElse() {
        for (String name : Protocols.names()) {
            assertThat(Expression.compile("protocol=" + name)).isNotNull();
        }
        ExpressionException e =
                catchThrowableOfType(ExpressionException.class, () -> Expression.compile("protocol=gopher"));
        assertThat(e).hasMessage("protocol: gopher (expected: " + String.join(", ", Protocols.names()) + ")");
        assertThat(e.start()).isEqualTo("protocol=".length());
    }

    @Test
    void everyFieldHasAUniqueNameThatIsAWord() {
        assertThat(Fields.all()).hasSizeGreaterThan(30).allSatisfy(field -> {
            assertThat(field.name()).matches(Pattern.compile("[a-z][a-z0-9_.]*"));
            assertThat(Fields.of(field.name())).isSameAs(field);
            assertThat(Expression.compile("has " + field.name())).isNotNull();
        });
    }

    @Test
    void aRecordOfAnotherSideIsAnother() {
        assertThat(Expression.compile("side=server")
                        .test(TestRecords.http().side(Side.SERVER).build()))
                .isTrue();
    }
}
