package io.kyanos.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.Detail;
import io.kyanos.protocol.FlowDriver;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import io.kyanos.record.Unanswered;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RedisMatcherTest {

    private final FlowDriver driver = new FlowDriver(RedisProtocol.INSTANCE.newConversation(Detail.NONE));

    @Test
    void keepsAQueuedCommandUntilItIsExecuted() {
        exchange("MULTI", "+OK");
        exchange("INCR a", "+QUEUED");

        assertThat(driver.records).containsExactly("MULTI |  | OK");
        assertThat(driver.conversation().matcher().waiting()).isEqualTo(1);

        exchange("EXEC", "*1|:1");

        assertThat(driver.records).containsExactly("MULTI |  | OK", "INCR |  | OK", "EXEC |  | OK");
        assertThat(driver.conversation().matcher().waiting()).isZero();
    }

    @Test
    void aQueuedCommandIsNotTimedButItsExecutionIs() {
        exchange("MULTI", "+OK");
        exchange("INCR a", "+QUEUED");
        exchange("EXEC", "*1|:1");

        assertThat(driver.messages.stream().filter(message -> !message.status().isEmpty()))
                .extracting(Message::isTimed)
                .containsExactly(true, false, true);
    }

    @ParameterizedTest
    @CsvSource({
        "*2|+OK|-WRONGTYPE no,WRONGTYPE,ERROR,OK WRONGTYPE",
        "*2|-OOM a|-WRONGTYPE no,OOM,ERROR,OOM WRONGTYPE",
        "*2|!6|OOM no|_,OOM,ERROR,OOM nil",
        "*2|*2|-ERR a|-ERR b|$-1,OK,OK,OK nil",
        "*2|*0|*-1,OK,OK,OK nil",
        "'*?|:1|$?|;0|.',OK,OK,OK OK",
        "|1|+ttl|:1|*2|:1|:2,OK,OK,OK OK",
        "*-1,nil,OK,DISCARDED DISCARDED",
        "_,nil,OK,DISCARDED DISCARDED",
        "-EXECABORT no,EXECABORT,ERROR,EXECABORT EXECABORT",
        "-MOVED 1 a:1,MOVED,OK,MOVED MOVED"
    })
    void reportsTheResultOfEachCommand(String reply, String status, Outcome outcome, String inner) {
        exchange("MULTI", "+OK");
        exchange("SET a b", "+QUEUED");
        exchange("LPUSH a b", "+QUEUED");
        exchange("EXEC", reply);

        assertThat(driver.records)
                .containsExactly(
                        "MULTI |  | OK",
                        "SET |  | " + inner.split(" ")[0],
                        "LPUSH |  | " + inner.split(" ")[1],
                        "EXEC |  | " + status);
        assertThat(driver.messages.get(driver.messages.size() - 1).outcome()).isEqualTo(outcome);
    }

    @ParameterizedTest
    @CsvSource({"DISCARD,+OK", "RESET,+RESET", "QUIT,+OK"})
    void reportsThatAQueuedCommandWasWithdrawn(String end, String reply) {
        exchange("MULTI", "+OK");
        exchange("SET a b", "+QUEUED");
        exchange(end, reply);

        assertThat(driver.records).containsExactly("MULTI |  | OK", "SET |  | DISCARDED", end + " |  | OK");
    }

    @Test
    void aRefusedDiscardTakesNothingBack() {
        exchange("MULTI", "+OK");
        exchange("SET a b", "+QUEUED");
        exchange("DISCARD x", "-ERR wrong number of arguments for 'discard' command");
        exchange("MULTI", "-ERR MULTI calls can not be nested");
        exchange("EXEC", "*1|+OK");

        assertThat(driver.records)
                .containsExactly("MULTI |  | OK", "DISCARD |  | ERR", "MULTI |  | ERR", "SET |  | OK", "EXEC |  | OK");
    }

    @Test
    void afterALossOnlyCommandsQueuedSinceAreKnownToHaveBeenExecuted() {
        exchange("MULTI", "+OK");
        exchange("SET a b", "+QUEUED");
        driver.gap(true, 20);
        driver.gap(false, 9);
        exchange("GET a", "+QUEUED");
        exchange("EXEC", "*3|+OK|+OK|-WRONGTYPE no");
        exchange("PING", "+PONG");

        assertThat(driver.records)
                .containsExactly(
                        "MULTI |  | OK",
                        "SET |  | unanswered",
                        "GET |  | WRONGTYPE",
                        "EXEC |  | WRONGTYPE",
                        "PING |  | OK");
    }

    @Test
    void commandsBeyondTheBoundGoOutAtOnceAndShiftNothing() {
        int queued = RedisMatcher.MAX_QUEUED + 2;
        exchange("MULTI", "+OK");
        for (int i = 0; i < queued; i++) {
            exchange("GET a", "+QUEUED");
        }

        assertThat(driver.records).containsExactly("MULTI |  | OK", "GET |  | QUEUED", "GET |  | QUEUED");

        StringBuilder reply = new StringBuilder("*" + queued + "|-WRONGTYPE no");
        reply.append("|:1".repeat(queued - 1));
        exchange("EXEC", reply.toString());

        assertThat(driver.records).hasSize(queued + 2).element(3).isEqualTo("GET |  | WRONGTYPE");
        assertThat(driver.records.subList(4, queued + 1)).containsOnly("GET |  | OK");
        assertThat(driver.records).endsWith("EXEC |  | WRONGTYPE");
    }

    @ParameterizedTest
    @EnumSource(Unanswered.class)
    void anEndLeavesNothingBehind(Unanswered reason) {
        exchange("MULTI", "+OK");
        exchange("SET a b", "+QUEUED");
        driver.conversation().matcher().ended(reason, driver);

        boolean isOrderly = reason == Unanswered.CLOSED || reason == Unanswered.RESET;
        assertThat(driver.records).endsWith("SET |  | " + (isOrderly ? "DISCARDED" : "unanswered"));
        assertThat(driver.conversation().matcher().waiting()).isZero();
    }

    @Test
    void anExecWithoutAnswerLeavesItsCommandsWithoutOne() {
        exchange("MULTI", "+OK");
        exchange("SET a b", "+QUEUED");
        send(true, command("EXEC"));
        driver.end();

        assertThat(driver.records).containsExactly("MULTI |  | OK", "SET |  | unanswered", "EXEC |  | unanswered");
    }

    @Test
    void countsCommandsAndFailuresOfAnExecution() {
        FlowDriver detailed = new FlowDriver(RedisProtocol.INSTANCE.newConversation(new Detail(true, 100, true)));
        for (String[] exchange :
                new String[][] {{"MULTI", "+OK"}, {"GET a", "+QUEUED"}, {"INCR b", "+QUEUED"}, {"EXEC", "*2|:1|-ERR no"}
                }) {
            detailed.data(true, command(exchange[0]).getBytes(StandardCharsets.ISO_8859_1));
            detailed.data(false, crLf(exchange[1]).getBytes(StandardCharsets.ISO_8859_1));
        }

        List<String> attributes = new ArrayList<>();
        detailed.messages
                .get(detailed.messages.size() - 1)
                .attributes((name, value) -> attributes.add(name + "=" + value));
        assertThat(attributes).containsExactly("commands=2", "errors=1", "type=array");
    }

    private void exchange(String command, String reply) {
        send(true, command(command));
        send(false, crLf(reply));
    }

    private static String crLf(String lines) {
        return lines.replace("|", "\r\n").replaceFirst("^\r\n", "|") + "\r\n";
    }

    private static String command(String line) {
        String[] words = line.split(" ");
        StringBuilder bytes = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            bytes.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
        }
        return bytes.toString();
    }

    private void send(boolean isRequest, String latin1) {
        driver.data(isRequest, latin1.getBytes(StandardCharsets.ISO_8859_1));
    }
}
