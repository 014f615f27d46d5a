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
    void tellsCommandKeysAndArguments() {
        Message request = request("mset", "a", "1", "b", "2");

        List<String> attributes = new ArrayList<>();
        request.attributes((name, value) -> attributes.add(name + '=' + value));
        assertThat(attributes).containsExactly("command=MSET", "key=a", "key=b", "args=4");
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
        "nonsense|,NO"
    })
    void guessesStrictly(String bytes, Guess expected) {
        assertThat(RedisProtocol.INSTANCE.guess(ByteView.of(bytes.replace("|", "\r\n"))))
                .isEqualTo(expected);
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
