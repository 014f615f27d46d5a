package io.kyanos.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.redis.ReplyMode.Answer;
import io.kyanos.record.Outcome;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

class RedisMessagesTest {

    private static final int MANY = 10_000;

    private final RedisMessages messages = new RedisMessages();

    @Test
    void givesOutTheSameObjectForWhatSaysTheSame() {
        RedisMessage request = messages.request(RedisCommands.OTHER, Answer.REPLY, 2, 36, 0);
        RedisMessage reply = messages.reply(RedisReplyStatus.OK, 9);

        assertThat(messages.request(RedisCommands.OTHER, Answer.REPLY, 2, 36, 0))
                .isSameAs(request);
        assertThat(messages.reply(RedisReplyStatus.OK, 9)).isSameAs(reply);
    }

    @Test
    void reportsWhatItWasAskedForHoweverMuchCollides() {
        for (RedisReplyStatus status : List.of(RedisReplyStatus.OK, RedisReplyStatus.NIL)) {
            for (int bytes = 0; bytes < MANY; bytes++) {
                Answer answer = bytes % 2 == 0 ? Answer.REPLY : Answer.NONE;
                RedisMessage request = messages.request(RedisCommands.OTHER, answer, bytes % 5, bytes, bytes % 3);
                assertThat(request.outcome()).isEqualTo(bytes % 2 == 0 ? Outcome.OK : Outcome.ONE_WAY);
                assertThat(request.wireBytes()).isEqualTo(bytes);
                assertThat(request.operation()).isEqualTo(RedisCommands.OTHER.name());
                assertThat(request.status()).isEmpty();
                RedisMessage reply = messages.reply(status, bytes);
                assertThat(reply.status()).isEqualTo(status.name());
                assertThat(reply.wireBytes()).isEqualTo(bytes);
                assertThat(reply.operation()).isEmpty();
            }
        }
    }

    @Test
    void aRequestThatWasSeenBeforeIsParsedWithoutAllocation() {
        Conversation conversation = RedisProtocol.INSTANCE.newConversation(Detail.NONE);
        ByteView request = ByteView.of("*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000042\r\n");
        ByteView reply = ByteView.of("$3\r\nxxx\r\n");
        ParseResult result = new ParseResult();
        parse(conversation.requests(), request, result);
        parse(conversation.responses(), reply, result);

        long before = allocatedBytes();
        parse(conversation.requests(), request, result);
        parse(conversation.responses(), reply, result);
        long allocated = allocatedBytes() - before;

        assertThat(allocated).as("bytes, less than one object a time").isLessThan(MANY);
    }

    private static void parse(Parser parser, ByteView view, ParseResult result) {
        for (int i = 0; i < MANY; i++) {
            parser.parse(view, result);
            if (result.kind() != ParseResult.Kind.MESSAGE) {
                throw new AssertionError("not a message: " + result.kind());
            }
        }
    }

    private static long allocatedBytes() {
        ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
        return threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    }
}
