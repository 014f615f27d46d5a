package io.kyanos.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Transactions whose reply is not one element for each command, and what real clients send around them. */
class RedisTransactionTest {

    private final RedisDialogue dialogue = new RedisDialogue();

    @ParameterizedTest
    @ValueSource(strings = {"*3", ">3"})
    void aQueuedSubscriptionIsConfirmedOncePerChannel(String type) {
        dialogue.asks("MULTI; SUBSCRIBE c1 c2; INCR n; EXEC; PING")
                .hears("+OK +QUEUED +QUEUED *2 " + type + " $9 subscribe $2 c1 :1 " + type
                        + " $9 subscribe $2 c2 :2 -WRONGTYPE^no +PONG");

        assertThat(dialogue.atTheEnd())
                .containsExactly("MULTI OK", "SUBSCRIBE OK", "INCR WRONGTYPE", "EXEC WRONGTYPE", "PING OK");
    }

    @ParameterizedTest
    @CsvSource({
        "*3,UNSUBSCRIBE; INCR n",
        ">3,UNSUBSCRIBE; INCR n",
        "*3,UNSUBSCRIBE a b; INCR n",
        ">3,UNSUBSCRIBE a b; INCR n",
    })
    void aQueuedUnsubscriptionIsConfirmedAsOftenAsThereAreChannels(String type, String commands) {
        dialogue.asks("MULTI; " + commands + "; EXEC; PING")
                .hears("+OK +QUEUED +QUEUED *2 " + type + " $11 unsubscribe $1 a :1 " + type
                        + " $11 unsubscribe $1 b :0 :7 +PONG");

        assertThat(dialogue.atTheEnd()).containsExactly("MULTI OK", "UNSUBSCRIBE OK", "INCR OK", "EXEC OK", "PING OK");
    }

    @ParameterizedTest
    @ValueSource(strings = {"*3", ">3"})
    void anUnsubscriptionAtTheEndOfATransactionTakesAllItsConfirmations(String type) {
        dialogue.asks("MULTI; INCR n; UNSUBSCRIBE; EXEC; PING")
                .hears("+OK +QUEUED +QUEUED *2 :7 " + type + " $11 unsubscribe $1 a :1 " + type
                        + " $11 unsubscribe $1 b :0 +PONG");

        assertThat(dialogue.atTheEnd()).containsExactly("MULTI OK", "INCR OK", "UNSUBSCRIBE OK", "EXEC OK", "PING OK");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // 7.0 pushes before the reply to PUBLISH, 8.0 and Valkey 9.1 after all of them.
                "*3 :5 >3 $7 message $2 c1 $1 y -WRONGTYPE^no :6",
                "*3 :5 -WRONGTYPE^no :6 >3 $7 message $2 c1 $1 y"
            })
    void aPublicationToOneselfIsNoResult(String reply) {
        dialogue.asks("MULTI; INCR n; LPUSH n 1; PUBLISH c1 y; EXEC; PING")
                .hears("+OK +QUEUED +QUEUED +QUEUED " + reply + " +PONG");

        assertThat(dialogue.atTheEnd().stream().filter(record -> !record.startsWith("PUSH")))
                .containsExactly("MULTI OK", "INCR OK", "LPUSH WRONGTYPE", "PUBLISH OK", "EXEC WRONGTYPE", "PING OK");
    }

    @ParameterizedTest
    @ValueSource(strings = {">3 $7 message $2 c1 $1 x :1", ":1 >3 $7 message $2 c1 $1 x"})
    void aPublicationToOneselfComesBeforeOrAfterTheReply(String reply) {
        dialogue.asks("SUBSCRIBE c1").hears(">3 $9 subscribe $2 c1 :1");
        dialogue.asks("PUBLISH c1 x; GET a").hears(reply + " _");

        assertThat(dialogue.atTheEnd())
                .containsExactlyInAnyOrder("SUBSCRIBE OK", "PUBLISH OK", "PUSH message one_way", "GET nil");
    }

    @Test
    void aClientSideCachedGetIsFiveRequests() {
        dialogue.asks("HELLO 3; CLIENT TRACKING ON OPTIN")
                .hears("%1 +proto :3 +OK")
                .asks("CLIENT CACHING YES; MULTI; PTTL k; GET k; EXEC")
                .hears("+OK +OK +QUEUED +QUEUED *2 :-1 $1 1");

        assertThat(dialogue.atTheEnd())
                .endsWith("CLIENT CACHING OK", "MULTI OK", "PTTL OK", "GET OK", "EXEC OK")
                .hasSize(7);
    }

    @Test
    void aFlushInvalidatesAllByANullOfEitherVersion() {
        dialogue.asks("SUBSCRIBE __redis__:invalidate")
                .hears("*3 $9 subscribe $20 __redis__:invalidate :1")
                .hears("*3 $7 message $20 __redis__:invalidate $-1")
                .hears("*3 $7 message $20 __redis__:invalidate *-1");

        assertThat(dialogue.atTheEnd()).containsExactly("SUBSCRIBE OK", "PUSH message one_way", "PUSH message one_way");
    }

    @Test
    void refusedSetUpOfLibrariesIsPairedWithItsErrors() {
        dialogue.asks(
                        "HELLO 3; CLIENT MAINT_NOTIFICATIONS ON; CLIENT SETINFO LIB-NAME x; CLIENT SETINFO LIB-VER 1; INFO")
                .hears("%2 $6 server $6 valkey $17 availability_zone $0  -ERR^a -ERR^b -ERR^c =7 txt:a=1");

        assertThat(dialogue.atTheEnd())
                .containsExactly(
                        "HELLO OK",
                        "CLIENT MAINT_NOTIFICATIONS ERR",
                        "CLIENT SETINFO ERR",
                        "CLIENT SETINFO ERR",
                        "INFO OK");
    }

    @Test
    void aReplyThatBeginsWithTheWordOfAPushIsAReply() {
        dialogue.asks("LRANGE words 0 -1; MULTI; LRANGE words 0 -1; EXEC; PING")
                .hears("*3 $9 subscribe $1 a $1 b +OK +QUEUED *1 *3 $9 subscribe $1 a $1 b +PONG");

        assertThat(dialogue.atTheEnd()).containsExactly("LRANGE OK", "MULTI OK", "LRANGE OK", "EXEC OK", "PING OK");
    }
}
