package io.kyanos.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.SpanList;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenSoFarTest {

    /** In what is told {@code .} stands for a byte of content, {@code ~} for the end of a line. */
    @ParameterizedTest
    @CsvSource({
        "$, $",
        "$12, $12",
        "$5~, $5~",
        "$5~he, $5~..",
        "$5~hello, $5~.....",
        "$-, $-",
        "*1, *1",
        "!21~ERR, !21~...",
        "!21~ERR no, !21~ERR ..",
        "=15~txt:, =15~....",
        "+O, +.",
        "+OK, +..",
        "+OK 1, +OK .",
        "+secret, +......",
        "-ERR, -...",
        "-ERR no, -ERR ..",
        "-secret no, -.........",
        ":12, :..",
        "#t, #t",
        "#x, #.",
    })
    void tellsOfAReplyWhatIsCertain(String sent, String told) {
        assertThat(told(conversation().responses(), sent)).isEqualTo(told);
    }

    @ParameterizedTest
    @CsvSource({
        "*, *",
        "*3, *3",
        "*2~$, $",
        "*2~$3~, $3~",
        "*2~$3~G, $3~.",
        "*2~$3~GET, $3~GET",
        "*2~$4~GETX, $4~....",
        "*2~$6~CLIENT~$5~REPLY, $5~REPLY",
        "*2~$6~CLIENT~$5~OTHER, $5~.....",
        "*2~$3~GET~$9~GET, $9~...",
        "*2~$3~GET~$3~GET, $3~...",
        "$6, ..",
        "GE, ..",
        "GET, ...",
        "'GET  a b', 'GET  . .'",
        "'GET  a b ', 'GET  . . '",
        "'SET a \"b c', 'SET . \"...'",
        "'CLIENT REPLY ', 'CLIENT REPLY '",
        "'CLIENT REPLY', 'CLIENT .....'",
        "SECRET, ......",
    })
    void tellsOfARequestWhatIsCertain(String sent, String told) {
        assertThat(told(conversation().requests(), sent)).isEqualTo(told);
    }

    private static Conversation conversation() {
        return RedisProtocol.INSTANCE.newConversation(Detail.NONE);
    }

    /** What is told of the bytes that the parser leaves. */
    private static String told(Parser parser, String sent) {
        byte[] bytes = sent.replace("~", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        ByteView view = new ByteView();
        SpanList spans = new SpanList();
        ParseResult result = new ParseResult();
        result.collectStructure(spans);
        int at = 0;
        do {
            at += result.length();
            view.wrap(bytes, at, bytes.length - at);
            result.restart();
            parser.parse(view, result);
        } while (result.kind() == ParseResult.Kind.SKIPPED);

        assertThat(result.kind()).isEqualTo(ParseResult.Kind.NEED_MORE);
        parser.structureSoFar(view, result);
        StringBuilder told = new StringBuilder(".".repeat(view.length()));
        for (int i = 0; i < spans.count(); i++) {
            told.replace(spans.from(i), spans.to(i), view.latin1(spans.from(i), spans.to(i)));
        }
        return told.toString().replace("\r\n", "~");
    }
}
