package io.kyanos.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** CLIENT REPLY, by what Redis 7.0.15 and 8.2.3 answered to the same requests. */
class ReplyModeTest {

    private static final String SILENCED = "CLIENT REPLY one_way";
    private static final String ANSWERED = "CLIENT REPLY OK";

    private final RedisDialogue dialogue = new RedisDialogue();

    @ParameterizedTest
    @ValueSource(strings = {"CLIENT REPLY OFF; CLIENT REPLY SKIP", "CLIENT REPLY SKIP; CLIENT REPLY OFF"})
    void offBeatsSkip(String commands) {
        dialogue.asks(commands + "; PING; PING").asks("CLIENT REPLY ON; PING").hears("+OK +PONG");

        assertThat(dialogue.atTheEnd())
                .containsExactly(SILENCED, SILENCED, "PING one_way", "PING one_way", ANSWERED, "PING OK");
    }

    @Test
    void onEndsASkipAndIsAnswered() {
        dialogue.asks("CLIENT REPLY SKIP; CLIENT REPLY ON; PING").hears("+OK +PONG");

        assertThat(dialogue.atTheEnd()).containsExactly(SILENCED, ANSWERED, "PING OK");
    }

    @Test
    void skipSkipsASkipWhoseOwnRequestIsSkippedInTurn() {
        dialogue.asks("CLIENT REPLY SKIP; CLIENT REPLY SKIP; PING; GET a").hears("$-1");

        assertThat(dialogue.atTheEnd()).containsExactly(SILENCED, SILENCED, "PING one_way", "GET nil");
    }

    @ParameterizedTest
    @ValueSource(strings = {"CLIENT REPLY FOO", "CLIENT REPLY OFF x", "CLIENT REPLY"})
    void whatTheServerRefusesChangesNothing(String command) {
        dialogue.asks(command + "; PING").hears("-ERR^no +PONG");

        assertThat(dialogue.records().get(0)).endsWith(" ERR");
        assertThat(dialogue.atTheEnd()).endsWith("PING OK").hasSize(2);
    }

    @Test
    void resetTurnsRepliesOn() {
        dialogue.asks("CLIENT REPLY OFF; PING; RESET; GET a").hears("+RESET $-1");

        assertThat(dialogue.atTheEnd()).containsExactly(SILENCED, "PING one_way", "RESET OK", "GET nil");
    }

    @Test
    void aSkippedResetIsSilent() {
        dialogue.asks("CLIENT REPLY SKIP; RESET; PING").hears("+PONG");

        assertThat(dialogue.atTheEnd()).containsExactly(SILENCED, "RESET one_way", "PING OK");
    }

    @Test
    void aResetThatIsSkippedWhileRepliesAreOffIsSilentToo() {
        dialogue.asks("MULTI; CLIENT REPLY SKIP; CLIENT REPLY OFF; EXEC; RESET; GET a")
                .hears("+OK +QUEUED +QUEUED *2 $-1");

        assertThat(dialogue.atTheEnd())
                .containsExactlyInAnyOrder("MULTI OK", SILENCED, SILENCED, "EXEC OK", "RESET one_way", "GET nil");
    }

    @ParameterizedTest
    @ValueSource(strings = {"NOSUCH a", "GET", "HELLO 3", "QUIT"})
    void aSkipIsSpentOnWhateverFollows(String command) {
        dialogue.asks("CLIENT REPLY SKIP; " + command + "; PING").hears("+PONG");

        assertThat(dialogue.atTheEnd()).startsWith(SILENCED).endsWith("PING OK").hasSize(3);
        assertThat(dialogue.records().get(1)).endsWith(" one_way");
    }

    @Test
    void aReplyToWhatWasAskedBeforeDoesNotTurnRepliesOn() {
        dialogue.asks("GET a; CLIENT REPLY OFF; INCR b")
                .hears("$-1")
                .asks("INCR b")
                .asks("CLIENT REPLY ON; GET b")
                .hears("+OK $1 2");

        assertThat(dialogue.atTheEnd())
                .containsExactly(SILENCED, "INCR one_way", "GET nil", "INCR one_way", ANSWERED, "GET OK");
    }

    @Test
    void whatIsQueuedActsWhenItIsExecuted() {
        dialogue.asks("MULTI; CLIENT REPLY OFF; INCR a")
                .hears("+OK +QUEUED +QUEUED")
                .asks("EXEC")
                .hears("*2")
                .asks("PING")
                .asks("CLIENT REPLY ON; PING")
                .hears("+OK +PONG");

        assertThat(dialogue.atTheEnd())
                .containsExactly("MULTI OK", SILENCED, "INCR one_way", "EXEC OK", "PING one_way", ANSWERED, "PING OK");
    }

    @Test
    void aQueuedSkipHoldsForTheRequestAfterExec() {
        dialogue.asks("MULTI; INCR a; CLIENT REPLY SKIP; GET a; EXEC; PING; GET a")
                .hears("+OK +QUEUED +QUEUED +QUEUED *3 :1 $1 1 $1 1");

        assertThat(dialogue.atTheEnd())
                .containsExactlyInAnyOrder(
                        "MULTI OK", "INCR OK", SILENCED, "GET OK", "EXEC OK", "PING one_way", "GET OK");
    }

    @Test
    void whatIsSilencedWithinATransactionLeavesNoElement() {
        dialogue.asks("MULTI; INCR a; CLIENT REPLY OFF; GET a; CLIENT REPLY ON; LPUSH a b")
                .hears("+OK +QUEUED +QUEUED +QUEUED +QUEUED +QUEUED")
                .asks("EXEC; PING")
                .hears("*5 :4 +OK -WRONGTYPE^no +PONG");

        assertThat(dialogue.atTheEnd())
                .containsExactly(
                        "MULTI OK",
                        "INCR OK",
                        SILENCED,
                        "GET one_way",
                        ANSWERED,
                        "LPUSH WRONGTYPE",
                        "EXEC WRONGTYPE",
                        "PING OK");
    }

    @Test
    void aQueuedOffBeatsAQueuedSkip() {
        dialogue.asks("MULTI; CLIENT REPLY OFF; CLIENT REPLY SKIP; CLIENT REPLY ON; PING; EXEC; GET a")
                .hears("+OK +QUEUED +QUEUED +QUEUED +QUEUED *4 +OK +PONG $-1");

        assertThat(dialogue.atTheEnd())
                .containsExactly("MULTI OK", SILENCED, SILENCED, ANSWERED, "PING OK", "EXEC OK", "GET nil");
    }

    @Test
    void aQueuedSkipOutlivesAQueuedOn() {
        dialogue.asks("MULTI; CLIENT REPLY SKIP; CLIENT REPLY ON; PING; EXEC; INCR a; GET a")
                .hears("+OK +QUEUED +QUEUED +QUEUED *3 +OK +PONG $1 1");

        assertThat(dialogue.atTheEnd())
                .containsExactlyInAnyOrder(
                        "MULTI OK", SILENCED, ANSWERED, "PING OK", "EXEC OK", "INCR one_way", "GET OK");
    }

    @Test
    void whatATransactionSaysAfterTurningRepliesOnIsOneAnswer() {
        dialogue.asks("CLIENT REPLY OFF; MULTI; INCR a; CLIENT REPLY ON; INCR a; EXEC; PING")
                .hears("+OK :8 +PONG");

        assertThat(dialogue.atTheEnd())
                .containsExactly(
                        SILENCED,
                        "MULTI one_way",
                        "INCR one_way",
                        "CLIENT REPLY one_way",
                        "INCR one_way",
                        "EXEC OK",
                        "PING OK");
    }

    @ParameterizedTest
    @CsvSource({
        "DISCARD,+OK,DISCARD OK",
        "RESET,+RESET,RESET OK",
        "EXEC,*-1,EXEC nil",
        "EXEC,-EXECABORT^no,EXEC EXECABORT"
    })
    void whatIsNotExecutedChangesNothing(String end, String reply, String record) {
        dialogue.asks("MULTI; CLIENT REPLY OFF")
                .hears("+OK +QUEUED")
                .asks(end)
                .hears(reply)
                .asks("PING")
                .hears("+PONG");

        assertThat(dialogue.atTheEnd()).contains(record).endsWith("PING OK").hasSize(4);
    }

    @Test
    void requestsAfterATransactionThatWasNotExecutedAreNotPairedByGuess() {
        dialogue.asks("MULTI; CLIENT REPLY OFF; EXEC; PING; GET a; CLIENT REPLY ON; GET b")
                .hears("+OK +QUEUED *-1 +PONG $-1 +OK $1 2")
                .asks("PING")
                .hears("+PONG");

        assertThat(dialogue.atTheEnd())
                .containsExactlyInAnyOrder(
                        "MULTI OK",
                        "CLIENT REPLY DISCARDED",
                        "EXEC nil",
                        "PING one_way",
                        "GET one_way",
                        "CLIENT REPLY unanswered",
                        "GET unanswered",
                        "PING OK");
    }

    @ParameterizedTest
    @ValueSource(strings = {"*3", ">3"})
    void aSubscriptionIsConfirmedThoughRepliesAreOff(String type) {
        dialogue.asks("HELLO " + (type.equals(">3") ? 3 : 2))
                .hears(type.equals(">3") ? "%1 +proto :3" : "*2 +proto :2")
                .asks("CLIENT REPLY OFF; SUBSCRIBE a b")
                .hears(type + " $9 subscribe $1 a :1 " + type + " $9 subscribe $1 b :2")
                .asks("PING")
                .hears(type + " $7 message $1 a $1 x")
                .asks("UNSUBSCRIBE")
                .hears(type + " $11 unsubscribe $1 b :1 " + type + " $11 unsubscribe $1 a :0")
                .asks("CLIENT REPLY ON; GET a")
                .hears("+OK $1 1");

        assertThat(dialogue.atTheEnd())
                .containsExactly(
                        "HELLO OK",
                        SILENCED,
                        "SUBSCRIBE OK",
                        "PING one_way",
                        "PUSH message one_way",
                        "UNSUBSCRIBE OK",
                        ANSWERED,
                        "GET OK");
    }

    @Test
    void aSubscriptionThatFailsInSilenceShiftsNothing() {
        dialogue.asks("CLIENT REPLY SKIP; SUBSCRIBE denied; GET a; CLIENT REPLY SKIP; PSUBSCRIBE p")
                .hears("$-1 *3 $10 psubscribe $1 p :1");

        assertThat(dialogue.atTheEnd())
                .containsExactlyInAnyOrder(SILENCED, "SUBSCRIBE one_way", "GET nil", SILENCED, "PSUBSCRIBE OK");
    }

    @Test
    void pushesComeWhileRepliesAreOff() {
        dialogue.asks("HELLO 3; CLIENT TRACKING ON; GET k")
                .hears("%1 +proto :3 +OK _")
                .asks("CLIENT REPLY OFF; SET k 1; PING")
                .hears(">2 $10 invalidate *1 $1 k")
                .asks("CLIENT REPLY ON")
                .hears("+OK");

        assertThat(dialogue.atTheEnd())
                .endsWith(SILENCED, "SET one_way", "PING one_way", "PUSH invalidate one_way", ANSWERED);
    }

    @Test
    void aSubscriberOfVersionTwoIsRefusedAllElse() {
        dialogue.asks("SUBSCRIBE a")
                .hears("*3 $9 subscribe $1 a :1")
                .asks("CLIENT REPLY OFF")
                .hears("-ERR^only^subscriptions")
                .asks("PING")
                .hears("*2 $4 pong $0 ");

        assertThat(dialogue.atTheEnd()).containsExactly("SUBSCRIBE OK", "CLIENT REPLY ERR", "PING OK");
    }
}
