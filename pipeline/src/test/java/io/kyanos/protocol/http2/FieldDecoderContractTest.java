package io.kyanos.protocol.http2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Netty's encoder and decoder beside ours, on as many random blocks as {@code kyanos.fuzz.blocks} says. */
class FieldDecoderContractTest {

    private static final int BLOCKS = Integer.getInteger("kyanos.fuzz.blocks", 50_000);
    private static final int BLOCKS_PER_CONNECTION = 50;
    private static final Comparator<String> PSEUDO_FIRST =
            Comparator.comparing(line -> !line.startsWith(":") || line.startsWith(": "));

    @Test
    void readsWhateverTheRfcAllowsAsNettyDoes() throws Http2Exception {
        int blocks = 0;
        for (int seed = 0; blocks < BLOCKS; seed++) {
            RandomBlocks sender = new RandomBlocks(new Random(seed));
            DefaultHttp2HeadersDecoder oracle = new DefaultHttp2HeadersDecoder(false, 1 << 30);
            oracle.maxHeaderTableSize(RandomBlocks.MOST_BYTES);
            FieldDecoder decoder = new FieldDecoder(new KeptBytes(KeptBytes.DEFAULT_MOST).newShare());
            decoder.begin();
            for (int i = 0; i < BLOCKS_PER_CONNECTION; i++, blocks++) {
                byte[] block = sender.next();

                List<String> decoded = FieldLines.of(decoder, block);

                expect(decoded, sender.lines(), seed, block);
                expect(
                        withoutSecrets(decoded),
                        lines(oracle.decodeHeaders(3, Unpooled.wrappedBuffer(block))),
                        seed,
                        block);
            }
        }
    }

    @Test
    void knowsOfTheMiddleOfAConnectionWhatCanBeKnown() {
        int blocks = 0;
        for (int seed = 0; blocks < BLOCKS; seed++) {
            Random random = new Random(seed);
            RandomBlocks sender = new RandomBlocks(random);
            FieldDecoder late = new FieldDecoder(new KeptBytes(KeptBytes.DEFAULT_MOST).newShare());
            late.begin();
            for (int i = 0; i < BLOCKS_PER_CONNECTION; i++, blocks++) {
                if (random.nextInt(20) == 0) {
                    late = lost(late, random);
                    sender.join();
                }
                byte[] block = sender.next();

                List<String> decoded = FieldLines.of(late, block);

                expect(decoded, sender.linesOfTheLate(), seed, block);
            }
        }
    }

    private static FieldDecoder lost(FieldDecoder decoder, Random random) {
        if (random.nextBoolean()) {
            return new FieldDecoder(new KeptBytes(KeptBytes.DEFAULT_MOST).newShare());
        }
        decoder.forget();
        return decoder;
    }

    @Test
    void readsWhatNettyWrites() throws Http2Exception {
        int blocks = 0;
        for (int seed = 0; blocks < BLOCKS; seed++) {
            Random random = new Random(seed);
            DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder(
                    (name, value) -> name.length() % 7 == 6, true, 16, random.nextBoolean() ? 0 : 512);
            FieldDecoder decoder = new FieldDecoder(new KeptBytes(KeptBytes.DEFAULT_MOST).newShare());
            decoder.begin();
            for (int i = 0; i < BLOCKS_PER_CONNECTION; i++, blocks++) {
                for (int changes = random.nextInt(30) / 28; changes > 0; changes--) {
                    encoder.configuration().maxHeaderTableSize(random.nextInt(3) * random.nextInt(4096));
                }
                Http2Headers headers = headers(random);
                ByteBuf block = Unpooled.buffer();
                encoder.encodeHeaders(3, headers, block);
                byte[] bytes = ByteBufUtil.getBytes(block);

                List<String> decoded = FieldLines.of(decoder, bytes);

                expect(withoutSecrets(decoded), lines(headers), seed, bytes);
            }
            encoder.close();
        }
    }

    private static Http2Headers headers(Random random) {
        Http2Headers headers = new DefaultHttp2Headers(false);
        headers.method("GET").path("/" + random.nextInt(5)).scheme("http").authority("host-" + random.nextInt(3));
        for (int i = random.nextInt(10); i > 0; i--) {
            byte[] value = new byte[random.nextInt(random.nextInt(30) == 0 ? 1000 : 12)];
            random.nextBytes(value);
            boolean isText = random.nextInt(4) > 0;
            for (int at = 0; isText && at < value.length; at++) {
                value[at] = (byte) (' ' + (value[at] & 0x3f));
            }
            headers.add(
                    random.nextBoolean() ? "cookie" : "x-" + "name-of-a-field".substring(random.nextInt(12)),
                    random.nextBoolean() ? "v" + random.nextInt(9) : new AsciiString(value));
        }
        return headers;
    }

    private static List<String> lines(Http2Headers headers) {
        List<String> lines = new ArrayList<>();
        headers.forEach(field -> lines.add(field.getKey() + ": " + field.getValue()));
        return lines;
    }

    private static @Nullable List<String> withoutSecrets(@Nullable List<String> lines) {
        return lines == null
                ? null
                : lines.stream()
                        .map(line -> line.startsWith("secret ") ? line.substring("secret ".length()) : line)
                        .sorted(PSEUDO_FIRST)
                        .toList();
    }

    private static void expect(@Nullable List<String> lines, List<String> expected, int seed, byte[] block) {
        if (!expected.equals(lines)) {
            assertThat(lines)
                    .as("seed %d, block %s", seed, HexFormat.of().formatHex(block))
                    .isEqualTo(expected);
        }
    }
}
