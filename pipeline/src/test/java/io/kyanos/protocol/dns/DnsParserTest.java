package io.kyanos.protocol.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Guess;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.StreamKind;
import io.kyanos.record.Endpoint;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DnsParserTest {

    private static final String TRANSFER_ASKED = "0077 0000 0001 0000 0000 0000 016100 00fc 0001";
    private static final String SOA =
            "c00c 0006 0001 0000012c 0018 0162c00c 0163c00c 00000009 00000e10 00000258 0000012c";
    private static final String ADDRESS = "c00c 0001 0001 0000012c 0004 c0000201";

    private final ParseResult result = new ParseResult();

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "to itself, c00c",
        "forward, c020",
        "to the labels before it, 0161 c00c",
        "between the labels before it, 0161 0162 c00e",
        "into the header, c000"
    })
    void findsNoQuestionInANameThatPoints(String where, String name) {
        for (String flags : new String[] {"0100", "8180"}) {
            byte[] message = hex("1234" + flags + "0001 0000 0000 0000" + name + "0001 0001");
            Parser ofDatagrams = parser(StreamKind.DATAGRAM, flags.equals("8180"));
            Parser ofStream = parser(StreamKind.WIRE, flags.equals("8180"));

            assertInvalid(ofDatagrams, message);
            assertInvalid(ofStream, prefixed(message));
            assertThat(DnsProtocol.INSTANCE.guessDatagram(view(message))).isEqualTo(Guess.NO);
        }
    }

    @Test
    void takesNoRecordWhoseNamePointsForward() {
        byte[] message =
                hex("1234 8180 0001 0002 0000 0000 016100 0001 0001" + ADDRESS + "c0ff 0001 0001 0000012c 0000");
        Parser responses = DnsProtocol.INSTANCE
                .newConversation(StreamKind.DATAGRAM, new Detail(true, 1024, true), Endpoint.NONE)
                .responses();

        responses.parse(view(message), result);

        assertThat(result.message()).isNotNull();
        assertThat(result.message().text()).isEqualTo("NOERROR, rd ra\na IN A\na 300 IN A 192.0.2.1");
    }

    @Test
    void givesATransferThatIsCutWithAllThatCame() {
        Conversation conversation = DnsProtocol.INSTANCE.newConversation(StreamKind.WIRE, Detail.NONE, Endpoint.NONE);
        byte[] first = prefixed(hex("0077 8400 0001 0001 0000 0000 016100 00fc 0001" + SOA));
        byte[] second = prefixed(hex("0077 8400 0001 0002 0000 0000 016100 00fc 0001" + ADDRESS + ADDRESS));
        conversation.requests().parse(view(prefixed(hex(TRANSFER_ASKED))), result);

        conversation.responses().parse(view(first), result);
        assertThat(result.kind()).isEqualTo(ParseResult.Kind.SKIPPED);
        assertThat(result.key()).isEqualTo(ZoneTransfer.KEY);
        result.restart();
        conversation.responses().parse(new ByteView(second, 0, second.length - 5), result);
        assertThat(result.kind()).isEqualTo(ParseResult.Kind.NEED_MORE);
        result.restart();
        conversation.responses().lost(result);

        assertThat(result.message()).isNotNull();
        assertThat(result.message().wireBytes()).isEqualTo(first.length + second.length);
        assertThat(result.isOver())
                .as("the one that began with the first message")
                .isTrue();
        assertThat(result.key()).isEqualTo(ZoneTransfer.KEY);
    }

    private void assertInvalid(Parser parser, byte[] bytes) {
        parser.parse(view(bytes), result);

        assertThat(result.kind()).isEqualTo(ParseResult.Kind.INVALID);
        assertThat(result.reason()).isEqualTo(DnsReason.QUESTION);
    }

    private static Parser parser(StreamKind kind, boolean ofResponses) {
        Conversation conversation = DnsProtocol.INSTANCE.newConversation(kind, Detail.NONE, Endpoint.NONE);
        return ofResponses ? conversation.responses() : conversation.requests();
    }

    private static byte[] prefixed(byte[] message) {
        byte[] bytes = new byte[2 + message.length];
        bytes[0] = (byte) (message.length >> 8);
        bytes[1] = (byte) message.length;
        System.arraycopy(message, 0, bytes, 2, message.length);
        return bytes;
    }

    private static ByteView view(byte[] bytes) {
        return new ByteView(bytes, 0, bytes.length);
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }
}
