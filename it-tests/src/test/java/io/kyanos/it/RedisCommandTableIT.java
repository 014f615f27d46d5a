package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.redis.RedisProtocol;
import io.kyanos.record.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is known of commands, compared with what the installed server says of itself. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisCommandTableIT {

    private Servers.Server redis;
    private RespClient client;

    @BeforeAll
    void start() {
        Requires.captureAnd("redis-server");
        redis = Servers.redis();
        client = new RespClient(redis);
    }

    @AfterAll
    void stop() {
        if (client != null) {
            client.close();
            redis.close();
        }
    }

    @Test
    void everyCommandAndSubcommandIsKnown() {
        List<String> names = new ArrayList<>();
        list(client.ask("COMMAND")).forEach(command -> addNames(command, names));

        assertThat(names).hasSizeGreaterThan(300);
        SoftAssertions.assertSoftly(softly -> {
            for (String name : names) {
                String label = name.replace('|', ' ').toUpperCase(Locale.ROOT);
                softly.assertThat(request(label.split(" ")).operation())
                        .as(name)
                        .isEqualTo(label);
            }
        });
    }

    @Test
    void everyCommandThatMayBlockIsKnownToWait() {
        List<String> blocking = new ArrayList<>();
        for (Object command : list(client.ask("COMMAND"))) {
            if (list(list(command).get(2)).contains("blocking")) {
                blocking.add(list(command).get(0).toString().toUpperCase(Locale.ROOT));
            }
        }

        assertThat(blocking).contains("BLPOP", "XREAD");
        SoftAssertions.assertSoftly(softly -> {
            for (String name : blocking) {
                String line = switch (name) {
                    case "XREAD" -> "XREAD BLOCK 0 STREAMS s $";
                    case "XREADGROUP" -> "XREADGROUP GROUP g c BLOCK 0 STREAMS s >";
                    case "BLMPOP", "BZMPOP" -> name + " 0 1 k MIN";
                    default -> name + " a b LEFT RIGHT 0";
                };
                softly.assertThat(request(line.split(" ")).patienceNanos())
                        .as(name)
                        .isEqualTo(Long.MAX_VALUE);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET k",
                "SET k v EX 5",
                "MGET a b c",
                "MSET a 1 b 2",
                "DEL a b c",
                "BITOP AND d a b",
                "BLPOP a b 0",
                "BLMOVE a b LEFT RIGHT 0",
                "BLMPOP 0 2 a b LEFT",
                "LMPOP 2 a b LEFT",
                "SORT k",
                "SORT k BY STORE LIMIT 0 5 GET STORE STORE d",
                "SORT k STORE d1 STORE d2",
                "SORT_RO k BY w",
                "GEORADIUS k 1 2 3 m STORE d",
                "GEORADIUS k 1 2 3 m COUNT 1 STOREDIST d",
                "GEORADIUS k 1 2 3 m WITHDIST",
                "GEORADIUSBYMEMBER k m 3 m STORE d",
                "GEOSEARCHSTORE d k FROMMEMBER m BYRADIUS 1 m",
                "ZUNIONSTORE d 2 a b WEIGHTS 1 2",
                "ZDIFF 2 a b WITHSCORES",
                "ZINTERCARD 2 a b LIMIT 1",
                "ZRANGESTORE d k 0 1",
                "SINTERCARD 2 a b",
                "SUNIONSTORE d a b",
                "XREAD COUNT 1 STREAMS a b 0 0",
                "XREAD BLOCK 0 STREAMS streams $",
                "XREADGROUP GROUP streams c STREAMS a b > >",
                "XINFO STREAM s FULL",
                "XGROUP CREATE s g $",
                "XADD s * f v",
                "EVAL return 2 a b c",
                "EVALSHA ff 1 a c",
                "FCALL f 1 a c",
                "OBJECT ENCODING k",
                "MEMORY USAGE k SAMPLES 1",
                "MIGRATE h 1 k 0 5",
                "PFMERGE d a b",
                "RENAME a b",
                "COPY a b DB 1",
                "LCS a b LEN",
                "SMOVE a b m",
                "RESTORE k 0 x",
                "HSET h f v",
                "EVAL return 0",
                "WATCH a b"
            })
    void findsTheKeysThatTheServerFinds(String line) {
        List<String> keys = keys(request(line.split(" ")));

        assertThat(client.ask("COMMAND GETKEYS " + line)).isEqualTo(keys);
    }

    /** The server is told by an empty word, which blanks cannot divide. */
    @Test
    void findsTheKeysOfAMigrationOfSeveral() {
        String[] words = {"MIGRATE", "h", "1", "", "0", "5", "AUTH", "KEYS", "KEYS", "a", "b"};
        client.sendBytes(
                "*13\r\n$7\r\nCOMMAND\r\n$7\r\nGETKEYS\r\n" + bytes(words).split("\r\n", 2)[1]);

        assertThat(client.read()).isEqualTo(List.of("a", "b"));
        assertThat(keys(request(words))).containsExactly("a", "b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PING", "OBJECT HELP", "XINFO HELP", "CONFIG GET save", "CLIENT LIST"})
    void findsNoKeyWhereTheServerFindsNone(String line) {
        assertThat(client.ask("COMMAND GETKEYS " + line).toString()).startsWith(RespClient.ERROR);
        assertThat(keys(request(line.split(" ")))).isEmpty();
    }

    private static void addNames(Object command, List<String> names) {
        List<Object> fields = list(command);
        names.add(fields.get(0).toString());
        list(fields.get(9)).forEach(subcommand -> addNames(subcommand, names));
    }

    @SuppressWarnings("unchecked") // an array of the reply
    private static List<Object> list(Object value) {
        return (List<Object>) value;
    }

    private static List<String> keys(Message request) {
        List<String> keys = new ArrayList<>();
        request.attributes((attribute, value) -> {
            if (attribute.name().equals("key")) {
                keys.add(value);
            }
        });
        return keys;
    }

    private static Message request(String... words) {
        Conversation conversation = RedisProtocol.INSTANCE.newConversation(new Detail(true, 0, true));
        ParseResult result = new ParseResult();
        conversation.requests().parse(ByteView.of(bytes(words)), result);
        return Objects.requireNonNull(result.message());
    }

    private static String bytes(String... words) {
        StringBuilder bytes = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            bytes.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
        }
        return bytes.toString();
    }
}
