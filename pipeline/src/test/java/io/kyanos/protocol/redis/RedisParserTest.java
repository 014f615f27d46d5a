package io.kyanos.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.FlowDriver;
import io.kyanos.protocol.Guess;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedisParserTest {

    private static final Detail TEXT = new Detail(true, 100, true);

    private final FlowDriver driver = new FlowDriver(RedisProtocol.INSTANCE.newConversation(TEXT));

    @Test
    void readsCommandKeysAndArguments() {
        Message request = request("mset", "a", "1", "b", "2");

        assertThat(attributes(request)).containsExactly("command=MSET", "key=a", "key=b", "args=4");
        assertThat(request.text()).isEqualTo("mset a 1 b 2");
        assertThat(request.wireBytes()).isEqualTo(4 + 10 + 4 * 7);
    }

    @Test
    void labelsUnknownCommandsWithoutBytesFromTheWire() {
        assertThat(request("secret.cmd", "x").operation()).isEqualTo("other");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "AUTH user pw,AUTH *** ***",
                "HELLO 3 AUTH user pw SETNAME me,HELLO 3 AUTH *** *** SETNAME me",
                "CONFIG SET maxmemory 1 requirepass pw,CONFIG SET maxmemory 1 requirepass ***",
                "ACL SETUSER bob on >pw ~*,ACL SETUSER bob on *** ~*",
                "MIGRATE h 1 k 0 5 AUTH pw,MIGRATE h 1 k 0 5 AUTH ***"
            })
    void masksSecrets(String command, String shown) {
        String[] words = command.split(" ");

        assertThat(request(words).text()).isEqualTo(shown);
    }

    @Test
    void escapesWhatATerminalCouldObey() {
        assertThat(request("ECHO", "\u001b[2J\r\n\u009b\"").text()).isEqualTo("ECHO \"\\x1b[2J\\r\\n\\x9b\\\"\"");
    }

    @Test
    void rendersNestedRepliesAsRedisCliDoes() {
        request("EXEC");
        send(false, "*3\r\n:1\r\n*2\r\n$1\r\na\r\n$-1\r\n+OK\r\n");

        assertThat(last().text()).isEqualTo("1) (integer) 1\n2) 1) \"a\"\n   2) (nil)\n3) OK");
    }

    @Test
    void cutsTextAtItsBound() {
        Message request = request("SET", "a", "x".repeat(5000));

        assertThat(request.text()).hasSizeLessThan(120).endsWith("...");
        assertThat(request.wireBytes()).isEqualTo(4 + 9 + 7 + 7 + 5000 + 2);
    }

    @Test
    void takesRedirectionsForAnswersInOrder() {
        request("GET", "a");
        send(false, "-MOVED 1 10.0.0.1:6379\r\n");

        assertThat(last().status()).isEqualTo("MOVED");
        assertThat(last().outcome()).isEqualTo(Outcome.OK);
    }

    @ParameterizedTest
    @CsvSource({
        "*1048577,array_length",
        "*99999999999,array_length",
        "*-2,array_length",
        "*1|$536870913,bulk_length",
        "*1|$-1,bulk_length",
        "*1|:1,element",
        "*1|$3|GETxx,bulk_end"
    })
    void refusesHostileRequests(String lines, String reason) {
        send(true, lines.replace("|", "\r\n") + "\r\n");

        assertThat(driver.reasons).startsWith(reason);
    }

    @ParameterizedTest
    @CsvSource({
        "BLPOP a b 0," + Long.MAX_VALUE,
        "BRPOP a 1.5,1500000000",
        "BLMOVE a b LEFT RIGHT .25,250000000",
        "BRPOPLPUSH a b 3,3000000000",
        "BLMPOP 2 1 a LEFT,2000000000",
        "BZMPOP 0 1 a MIN," + Long.MAX_VALUE,
        "BZPOPMIN a 1,1000000000",
        "WAIT 1 250,250000000",
        "WAITAOF 1 1 0," + Long.MAX_VALUE,
        "XREAD COUNT 2 BLOCK 5 STREAMS s $,5000000",
        "XREADGROUP GROUP g c BLOCK 0 STREAMS s >," + Long.MAX_VALUE,
        "XREAD COUNT 2 STREAMS BLOCK 5,0",
        "XREAD STREAMS BLOCK x 0 0,0",
        "BLPOP a nonsense,0",
        "BLPOP a -1,0",
        "BLPOP a 1.5.2,0",
        "LPOP a 5,0"
    })
    void knowsHowLongACommandLetsTheServerWait(String command, long nanos) {
        Message request = request(command.split(" "));

        assertThat(request.patienceNanos()).isEqualTo(nanos);
        assertThat(request.isTimed()).isEqualTo(nanos == 0);
        assertThat(attributes(request).contains("blocking=true")).isEqualTo(nanos > 0);
    }

    @Test
    void nothingWaitsInATransaction() {
        request("MULTI");
        send(false, "+OK\r\n");
        Message queued = request("BLPOP", "a", "0");
        send(false, "+QUEUED\r\n");
        request("EXEC");
        send(false, "*1\r\n*-1\r\n");

        assertThat(queued.patienceNanos()).isZero();
        assertThat(request("BLPOP", "a", "0").patienceNanos()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void acceptsAMillionElements() {
        StringBuilder bytes = new StringBuilder("*1048576\r\n$3\r\nDEL\r\n");
        bytes.append("$1\r\nk\r\n".repeat(1048575));
        send(true, bytes.toString());
        send(false, ":1\r\n");

        assertThat(driver.records).containsExactly("DEL | k | OK");
        assertThat(driver.requestBytes).isEqualTo(bytes.length());
        assertThat(attributes(driver.messages.get(0))).contains("args=1048575").hasSize(18);
    }

    @Test
    void passesOverTheLargestValue() {
        send(true, "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$536870912\r\n");
        driver.gap(true, 536870914L);
        send(false, "+OK\r\n");
        request("GET", "a");
        send(false, "$536870912\r\nx");
        driver.gap(false, 536870913L);
        request("PING");
        send(false, "+PONG\r\n");

        assertThat(driver.records).containsExactly("SET | a | OK", "GET | a | OK", "PING |  | OK");
        assertThat(driver.messages.get(0).wireBytes()).isEqualTo(4 + 9 + 7 + 12 + 536870914L);
        assertThat(driver.messages.get(3).wireBytes()).isEqualTo(12 + 536870914L);
    }

    @Test
    void rendersTheTypesOfResp3() {
        request("EVAL", "x", "0");
        send(
                false,
                "*8\r\n#t\r\n#f\r\n_\r\n,-inf\r\n(123\r\n$?\r\n;2\r\nab\r\n;1\r\nc\r\n;0\r\n%?\r\n+k\r\n:1\r\n.\r\n*?\r\n.\r\n");

        assertThat(last().text())
                .isEqualTo("1) (true)\n2) (false)\n3) (nil)\n4) (double) -inf\n5) (big number) 123\n6) \"abc\"\n"
                        + "7) 1# k => (integer) 1\n8) ");
    }

    @ParameterizedTest
    @CsvSource({
        "$?|x,chunk",
        "$?|;1|ab,chunk",
        "$?|;-1|,chunk",
        "$?|;536870913|,chunk",
        "$?x,bulk_length",
        ">?|,aggregate_length",
        "*1|.|,type",
        ".|,type",
        "%?x,aggregate_length",
        "',1x|',line",
        "#x|,line",
        "_x|,line"
    })
    void refusesHostileReplies(String lines, String reason) {
        send(false, lines.replace("|", "\r\n"));
        send(false, "\r\n");

        assertThat(driver.reasons).startsWith(reason);
    }

    @Test
    void refusesDeepStreamedNesting() {
        send(false, "*?\r\n".repeat(100));

        assertThat(driver.reasons).startsWith("nesting");
    }

    @Test
    void refusesDeepNesting() {
        send(false, "*1\r\n".repeat(100));

        assertThat(driver.reasons).startsWith("nesting");
    }

    @Test
    void refusesAnEndlessInlineCommand() {
        send(true, "GET " + "x".repeat(1 << 20));

        assertThat(driver.reasons).startsWith("inline");
    }

    @ParameterizedTest
    @CsvSource({
        "*1|$4|PING|,REQUEST",
        "*1|$4|PI,UNSURE",
        "*1|:1|,RESPONSE",
        "+OK|,RESPONSE",
        "-ERR no|,RESPONSE",
        "$3|abc|,RESPONSE",
        "$3|abcd|,NO",
        "GET / HTTP/1.1|,NO",
        "HTTP/1.1 200 OK|,NO",
        "get a|,UNSURE",
        "*3|$7|message|$1|a|,RESPONSE",
        "*4|$8|pmessage|,RESPONSE",
        "*2|$7|message|,UNSURE",
        "'+1700000000.123456 [0 127.0.0.1:1] GET|',RESPONSE",
        "+17000.1 [0|,NO",
        "nonsense|,NO"
    })
    void guessesStrictly(String bytes, Guess expected) {
        assertThat(RedisProtocol.INSTANCE.guess(ByteView.of(bytes.replace("|", "\r\n")), new ByteView()))
                .isEqualTo(expected);
    }

    @Test
    void everyStatusIsDescribed() {
        assertThat(RedisReplyStatus.all())
                .allSatisfy(status -> assertThat(RedisProtocol.DESCRIPTOR.statuses())
                        .as(status.name())
                        .anyMatch(described ->
                                List.of(described.label().split(", ")).contains(status.name())
                                        && described.outcome() == status.outcome()));
    }

    @Test
    void knowsEveryCommandOfItsTableInAnyCase() {
        assertThat(RedisCommands.size()).isGreaterThan(400);
        for (RedisCommand command : RedisCommands.all()) {
            if (command.words() == 1) {
                ByteView view = ByteView.of(command.name().toLowerCase(Locale.ROOT));

                assertThat(RedisCommands.find(view, 0, view.length())).isSameAs(command);
            }
        }
    }

    private static List<String> attributes(Message message) {
        List<String> attributes = new ArrayList<>();
        message.attributes((name, value) -> attributes.add(name + "=" + value));
        return attributes;
    }

    private Message request(String... words) {
        StringBuilder bytes = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            bytes.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
        }
        send(true, bytes.toString());
        return Objects.requireNonNull(((RedisConversation) driver.conversation()).asked());
    }

    private Message last() {
        return driver.messages.get(driver.messages.size() - 1);
    }

    private void send(boolean isRequest, String latin1) {
        driver.data(isRequest, latin1.getBytes(StandardCharsets.ISO_8859_1));
    }
}
