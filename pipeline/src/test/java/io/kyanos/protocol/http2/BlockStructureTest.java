package io.kyanos.protocol.http2;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.SpanList;
import io.kyanos.protocol.web.RouteTemplates;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class BlockStructureTest {

    private static final int PATH = 4;
    private static final int AUTHORIZATION = 23;
    private static final int COOKIE = 32;

    @Test
    void keepsOfARequestOnlyWhatItsLabelIsMadeOf() {
        byte[] redacted = redacted(request("/users/42?token=5ecret", false), 0);

        assertThat(new String(redacted, StandardCharsets.ISO_8859_1))
                .contains("/users/00?000000000000", "x-secret", "\u0009000000000")
                .doesNotContain("5ecret", "token", "Bearer");
    }

    @Test
    void leavesTheSameFieldsUnderTheSameNumbers() {
        byte[] redacted = redacted(request("/users/42?token=5ecret", false), 0);
        FieldDecoder decoder = new FieldDecoder(new KeptBytes(KeptBytes.DEFAULT_MOST).newShare());
        decoder.begin();

        assertThat(FieldLines.of(decoder, redacted))
                .containsExactly(
                        ":method: GET",
                        ":path: /users/00?000000000000",
                        "secret authorization: 0000000000000",
                        "cookie: ?",
                        "x-secret: 000000000");
        assertThat(FieldLines.of(decoder, new byte[] {(byte) 0xc0, (byte) 0xbe}))
                .containsExactly(":path: /users/00?000000000000", "x-secret: 000000000");
    }

    @Test
    void givesTheSameMessageOnceItIsOverwritten() {
        byte[] frames = frames(request("/users/42?token=5ecret", false), 0);

        assertThat(operation(frames)).isEqualTo("GET /users/{id}");
        assertThat(operation(redacted(frames))).isEqualTo("GET /users/{id}");
    }

    @Test
    void keepsAPathInHuffmanCodeWhoseWordsAreAllKnown() {
        byte[] block = request("/users", true);

        assertThat(operation(redacted(frames(block, 0)))).isEqualTo("GET /users");
    }

    @Test
    void overwritesAPathInHuffmanCodeThatHasOtherWords() {
        byte[] block = request("/users/42", true);
        FieldDecoder decoder = new FieldDecoder(new KeptBytes(KeptBytes.DEFAULT_MOST).newShare());

        assertThat(FieldLines.of(decoder, redacted(block, 0))).contains(":path: ?");
        assertThat(operation(redacted(frames(block, 0)))).isEqualTo("GET unknown");
    }

    @Test
    void isTheSameHoweverTheBlockIsCutIntoFrames() {
        for (boolean isCoded : new boolean[] {false, true}) {
            byte[] block = request("/users/42?token=5ecret", isCoded);
            byte[] expected = redacted(block, 0);
            for (int cut = 1; cut < block.length; cut++) {
                assertThat(redacted(block, cut)).as("cut at %d", cut).isEqualTo(expected);
                assertThat(operation(frames(block, cut))).isEqualTo("GET /users/{id}");
            }
        }
    }

    private static byte[] request(String path, boolean isCoded) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.write(0x82);
        block.write(0x40 | PATH);
        text(block, path, isCoded);
        block.write(0x1f);
        block.write(AUTHORIZATION - 15);
        text(block, "Bearer 5ecret", false);
        block.write(0x40 | COOKIE);
        text(block, "session=5ecret", true);
        block.write(0x40);
        text(block, "x-secret", false);
        text(block, "my-5ecret", false);
        return block.toByteArray();
    }

    private static void text(ByteArrayOutputStream block, String text, boolean isCoded) {
        byte[] bytes = isCoded ? coded(text) : text.getBytes(StandardCharsets.ISO_8859_1);
        block.write(bytes.length | (isCoded ? 0x80 : 0));
        block.writeBytes(bytes);
    }

    private static byte[] coded(String text) {
        return HuffmanCode.encode(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** One frame, or two, the second of which begins with the byte at {@code cut} of the block. */
    private static byte[] frames(byte[] block, int cut) {
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        int first = cut == 0 ? block.length : cut;
        frames.writeBytes(new byte[] {0, 0, (byte) first, Frame.HEADERS, (byte) (cut == 0 ? 5 : 1), 0, 0, 0, 1});
        frames.write(block, 0, first);
        if (cut > 0) {
            frames.writeBytes(new byte[] {0, 0, (byte) (block.length - cut), Frame.CONTINUATION, 4, 0, 0, 0, 1});
            frames.write(block, cut, block.length - cut);
        }
        return frames.toByteArray();
    }

    /** The block after all but its structure was overwritten, whichever frames it came in. */
    private static byte[] redacted(byte[] block, int cut) {
        byte[] frames = redacted(frames(block, cut));
        ByteArrayOutputStream left = new ByteArrayOutputStream();
        for (int at = 0; at < frames.length; at += Frame.HEAD_BYTES + frames[at + 2]) {
            left.write(frames, at + Frame.HEAD_BYTES, frames[at + 2]);
        }
        return left.toByteArray();
    }

    private static byte[] redacted(byte[] frames) {
        SpanList spans = new SpanList();
        ParseResult result = new ParseResult();
        result.collectStructure(spans);
        parse(frames, result);
        byte[] redacted = new byte[frames.length];
        Arrays.fill(redacted, (byte) '0');
        for (int i = 0; i < spans.count(); i++) {
            System.arraycopy(frames, spans.from(i), redacted, spans.from(i), spans.to(i) - spans.from(i));
        }
        return redacted;
    }

    private static String operation(byte[] frames) {
        ParseResult result = new ParseResult();
        parse(frames, result);
        StreamPart part = (StreamPart) Objects.requireNonNull(result.message());
        return Objects.requireNonNull(part.stream().operation);
    }

    private static void parse(byte[] frames, ParseResult result) {
        Parser parser = new Http2Protocol(new RouteTemplates(List.of()))
                .newConversation(Detail.NONE)
                .requests();
        result.restart();
        parser.parse(ByteView.of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), result);
        assertThat(result.length()).isEqualTo(Frame.prefaceLength());
        result.restart();
        parser.parse(new ByteView(frames, 0, frames.length), result);
        assertThat(result.kind()).isEqualTo(ParseResult.Kind.MESSAGE);
    }
}
