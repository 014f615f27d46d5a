package io.kyanos.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.record.Message;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What client libraries send by themselves when they connect is told from what they are told to send. */
class RedisSetupTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HELLO 3",
                "hello 2",
                "HELLO",
                "HELLO 3 SETNAME app",
                "CLIENT SETINFO LIB-NAME redis-py",
                "client setinfo LIB-VER 8.1.0",
                "CLIENT MAINT_NOTIFICATIONS ON moving-endpoint-type internal-ip",
                "COMMAND",
                "COMMAND DOCS",
            })
    void librariesSendThisByThemselves(String command) {
        assertThat(request(command, Detail.NONE).isSetup()).isTrue();
        assertThat(request(command, new Detail(true, 100, true)).isSetup()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HELLO 3 AUTH user password",
                "HELLO 3 SETNAME app AUTH user password",
                "AUTH password",
                "CLIENT SETNAME app",
                "CLIENT TRACKING ON",
                "CLIENT ID",
                "CLIENT",
                "COMMAND COUNT",
                "SELECT 1",
                "READONLY",
                "INFO",
                "PING",
                "GET HELLO",
                "MY.HELLO 3",
            })
    void anyOtherRequestIsTheProgramsOwn(String command) {
        assertThat(request(command, Detail.NONE).isSetup()).isFalse();
    }

    private static Message request(String command, Detail detail) {
        Parser parser = RedisProtocol.INSTANCE.newConversation(detail).requests();
        ParseResult result = new ParseResult();
        parser.parse(ByteView.of(RedisDialogue.request(command.split(" "))), result);
        return Objects.requireNonNull(result.message());
    }
}
