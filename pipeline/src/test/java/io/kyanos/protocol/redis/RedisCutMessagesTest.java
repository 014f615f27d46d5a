package io.kyanos.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.record.Message;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Replies and requests of which more is missing than the framing tells. */
class RedisCutMessagesTest {

    private static final String LOOKALIKES = "x\r\n+OK\r\n$2\r\nab\r\n:1\r\n-ERR no\r\n";

    private final RedisDialogue dialogue = new RedisDialogue();

    @Test
    void aReplyWithoutSomeOfItsElementsLastsUntilTheClientSpeaks() {
        dialogue.asks("LRANGE l 0 -1")
                .receives("*10000\r\n$5\r\nhello\r\n")
                .misses(false, 24_000)
                .receives(LOOKALIKES)
                .asks("PING")
                .hears("+PONG");

        assertThat(dialogue.records()).containsExactly("LRANGE OK", "PING OK");
        assertThat(answer(1).wireBytes()).isEqualTo(8 + 11 + 24_000 + LOOKALIKES.length());
        assertThat(dialogue.driver.truncated).isEqualTo(1);
        assertThat(dialogue.driver.unmatched).isZero();
    }

    @Test
    void requestsAfterAReplyOfUnknownLengthAreNotPairedByGuess() {
        dialogue.asks("LRANGE l 0 -1; GET a; GET b")
                .receives("*10000\r\n$5\r\nhello\r\n")
                .misses(false, 24_000)
                .receives(LOOKALIKES)
                .asks("PING")
                .hears("+PONG");

        assertThat(dialogue.records())
                .containsExactlyInAnyOrder("LRANGE OK", "GET unanswered", "GET unanswered", "PING OK");
    }

    @Test
    void aValueOfKnownLengthMayMissAnyOfItsBytes() {
        dialogue.asks("MGET a b; PING")
                .receives("*2\r\n$40960\r\nab")
                .misses(false, 40_000)
                .receives("c".repeat(958) + "\r\n$40960\r\n")
                .misses(false, 40_960)
                .receives("\r\n+PONG\r\n");

        assertThat(dialogue.records()).containsExactly("MGET OK", "PING OK");
        assertThat(answer(1).wireBytes()).isEqualTo(4 + 2 * (8 + 40_960 + 2));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "%5000\r\n+a\r\n:1\r\n",
                "~5000\r\n+a\r\n",
                "*?\r\n+a\r\n",
                "|1\r\n+ttl\r\n:1\r\n*5000\r\n:1\r\n",
                "*3\r\n*5000\r\n+a\r\n",
                "$?\r\n;4\r\nabcd\r\n"
            })
    void repliesOfEveryKindStayOpen(String beginning) {
        dialogue.asks("HELLO 3")
                .hears("%1 +proto :3")
                .asks("EVAL x 0")
                .receives(beginning)
                .misses(false, 9000)
                .receives(LOOKALIKES)
                .asks("GET a")
                .hears("_");

        assertThat(dialogue.records()).containsExactly("HELLO OK", "EVAL OK", "GET nil");
    }

    @Test
    void keepsTheResultsThatCameOfATransactionWhoseReplyIsCut() {
        dialogue.asks("MULTI; INCR a; LPUSH a b; COMMAND; GET a")
                .hears("+OK +QUEUED +QUEUED +QUEUED +QUEUED")
                .asks("EXEC")
                .receives("*4\r\n:1\r\n-WRONGTYPE no\r\n*240\r\n*1\r\n+get\r\n")
                .misses(false, 90_000)
                .asks("PING")
                .hears("+PONG");

        assertThat(dialogue.records())
                .containsExactly(
                        "MULTI OK",
                        "INCR OK",
                        "LPUSH WRONGTYPE",
                        "COMMAND OK",
                        "GET unanswered",
                        "EXEC WRONGTYPE",
                        "PING OK");
    }

    @Test
    void aPushThatIsCutAnswersNothing() {
        dialogue.asks("HELLO 3; CLIENT TRACKING ON BCAST")
                .hears("%1 +proto :3 +OK")
                .receives(">2\r\n$10\r\ninvalidate\r\n*9000\r\n$1\r\na\r\n")
                .misses(false, 50_000)
                .receives(LOOKALIKES)
                .asks("GET a")
                .hears("_");

        assertThat(dialogue.atTheEnd()).containsExactly("HELLO OK", "CLIENT TRACKING OK", "GET nil");
    }

    @ParameterizedTest
    @ValueSource(strings = {"MSET", "DEL", "nosuch"})
    void aRequestWithoutSomeOfItsElementsLastsUntilTheServerSpeaks(String command) {
        String beginning = "*20001\r\n$" + command.length() + "\r\n" + command + "\r\n$1\r\na\r\n";
        String lookalike = "$5\r\n*1\r\n$4\r\nPING\r\n" + RedisDialogue.request("FLUSHALL");
        dialogue.sends(beginning)
                .misses(true, 90_000)
                .sends(lookalike)
                .hears("+OK")
                .asks("PING")
                .hears("+PONG");

        String operation = command.equals("nosuch") ? "other" : command;
        assertThat(dialogue.records()).containsExactly(operation + " OK", "PING OK");
        assertThat(dialogue.driver.messages.get(0).wireBytes())
                .isEqualTo(beginning.length() + 90_000 + lookalike.length());
    }

    @Test
    void aScriptOfKnownLengthMayMissAnyOfItsBytes() {
        dialogue.sends("*4\r\n$4\r\nEVAL\r\n$90000\r\nreturn")
                .misses(true, 89_994)
                .sends("\r\n$1\r\n1\r\n$3\r\nkey\r\n" + RedisDialogue.request("PING"))
                .hears("$-1 +PONG");

        assertThat(dialogue.records()).containsExactly("EVAL nil", "PING OK");
    }

    @Test
    void whatTheEndOfTheConnectionCutsCountsTheBytesThatCame() {
        dialogue.asks("GET a").receives("$100000\r\nabcdef");
        dialogue.driver.end();

        assertThat(answer(1).wireBytes()).isEqualTo(9 + 6);
    }

    @Test
    void aRequestThatTheEndCutsCountsTheBytesThatCame() {
        dialogue.sends("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$100000\r\nabcdef");
        dialogue.driver.end();

        assertThat(dialogue.driver.messages.get(0).wireBytes()).isEqualTo(4 + 9 + 7 + 9 + 6);
    }

    @Test
    void isInAReplyFromItsFirstElementToItsEnd() {
        Conversation conversation = RedisProtocol.INSTANCE.newConversation(new Detail(true, 100, true));
        Parser replies = conversation.responses();
        ParseResult result = new ParseResult();

        assertThat(replies.isInMessage()).isFalse();
        replies.parse(ByteView.of("*2\r\n"), result);
        assertThat(replies.isInMessage()).as("it may be a push").isFalse();
        replies.parse(ByteView.of("$1\r\na\r\n"), result);
        assertThat(replies.isInMessage()).isTrue();
        replies.soFar(result);
        assertThat(result.kind()).isEqualTo(ParseResult.Kind.MESSAGE);
        assertThat(result.message()).extracting(Message::wireBytes).isEqualTo(11L);
        assertThat(replies.isInMessage()).isTrue();
        replies.parse(ByteView.of("$1\r\nb\r\n"), result);
        assertThat(result.message()).extracting(Message::wireBytes).isEqualTo(18L);
        assertThat(replies.isInMessage()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {">3\r\n$7\r\nmessage\r\n", "|1\r\n+ttl\r\n"})
    void pushesAndAttributesAreNotReplies(String beginning) {
        Parser replies = RedisProtocol.INSTANCE.newConversation(Detail.NONE).responses();
        ParseResult result = new ParseResult();
        replies.parse(ByteView.of(beginning), result);

        assertThat(replies.isInMessage()).isFalse();
        replies.soFar(result);
        assertThat(result.kind()).isEqualTo(ParseResult.Kind.INVALID);
    }

    /** The answer of the record at {@code index} of a dialogue whose records are all answered up to there. */
    private Message answer(int index) {
        return dialogue.driver.messages.get(index);
    }
}
