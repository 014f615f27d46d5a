package io.kyanos.protocol.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.Detail;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What must hold for any bytes, hostile ones too. Flows hold the rest. */
class HttpContractTest {

    private static final int RUNS = 300;
    private static final Detail DETAIL = new Detail(true, 200, true);
    private static final List<String> PIECES = List.of(
            "GET /users/1 HTTP/1.1\r\n",
            "POST http://h/api HTTP/1.0\n",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.0 304\r\n",
            "HTTP/1.1 999 x\n",
            "Host: a\r\n",
            "Content-Length: 5\r\n",
            "Content-Length: 99999999999999999999\r\n",
            "Content-Length: -1\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Transfer-Encoding: x\r\n",
            "Connection: close\r\n",
            " folded\r\n",
            "no colon\r\n",
            "Content-Length : 5\r\n",
            "GET  /users/2  HTTP/1.2 \r\n",
            "HTTP/1.2 200\r\n",
            "5 x\r\nhello\r\n",
            ": \r\n",
            "\r\n",
            "\n",
            "\r",
            "\0",
            "5\r\nhello\r\n",
            "0\r\n\r\n",
            "fffffffffffffff\r\n",
            "ffffffffffffffffffffffff\r\n",
            "HTTP/1.",
            "HEAD / HT",
            "CONNECT a:1 HTTP/1.1\r\n\r\n",
            "hello",
            "\u00ff\u001b[2J");

    @Test
    void readsAnyBytesTheSameHoweverTheyAreCut() {
        for (int run = 0; run < RUNS; run++) {
            Random random = new Random(run);
            byte[] requests = hostile(random);
            byte[] responses = hostile(random);

            List<String> whole = outcome(new Wire(DETAIL).bytes(true, requests).bytes(false, responses));
            Wire single = new Wire(DETAIL);
            feed(single, true, requests, new Random(run), 1);
            feed(single, false, responses, new Random(run), 1);
            Wire cut = new Wire(DETAIL);
            feed(cut, true, requests, random, 40);
            feed(cut, false, responses, random, 40);

            assertThat(outcome(single)).as("run %d", run).isEqualTo(whole);
            assertThat(outcome(cut)).as("run %d", run).isEqualTo(whole);
        }
    }

    @Test
    void survivesHostileBytesWithGapsInBothDirections() {
        for (int run = 0; run < RUNS; run++) {
            Random random = new Random(run);
            Wire wire = new Wire(DETAIL);
            for (int i = 0; i < 20; i++) {
                boolean request = random.nextBoolean();
                if (random.nextInt(4) == 0) {
                    wire.gap(request, 1 + random.nextInt(1000));
                } else {
                    wire.bytes(request, hostile(random));
                }
            }
            wire.end();

            assertThat(wire.reasons)
                    .as("run %d", run)
                    .isSubsetOf("start_line", "head_too_long", "chunk", "trailers", "cut_short");
            assertThat(wire.records)
                    .as("run %d", run)
                    .allMatch(record ->
                            record.matches("([A-Z]+ (/|\\*|(/(users|api|\\{id}))*(/\\*)?)|CONNECT|other) \\| .*"));
        }
    }

    @Test
    void findsNothingInRandomBytes() {
        Random random = new Random(1);
        Wire wire = new Wire(DETAIL);
        for (int i = 0; i < 100; i++) {
            byte[] bytes = new byte[1000];
            random.nextBytes(bytes);
            wire.bytes(true, bytes).bytes(false, bytes);
        }

        assertThat(wire.end().records).isEmpty();
        assertThat(wire.unmatched).isZero();
    }

    @Test
    void holdsNothingOfAHostileHeadBeyondItsLimit() {
        for (String endless : List.of("GET /", "GET / HTTP/1.1\r\nX: ", "HTTP/1.1 200 ", "HTTP/1.1 200 OK\r\n", "5;")) {
            Wire wire = new Wire(DETAIL);
            boolean request = endless.startsWith("GET");
            wire.bytes(request, endless.getBytes(StandardCharsets.ISO_8859_1));
            byte[] filler = new byte[10_000];
            Arrays.fill(filler, (byte) 'x');
            for (int i = 0; i < 100; i++) {
                wire.bytes(request, filler);
            }

            assertThat(wire.mostBuffered).as(endless).isLessThan(HttpHead.MAX_HEAD_BYTES + filler.length + 100);
            assertThat(wire.records).isEmpty();
        }
    }

    private static List<String> outcome(Wire wire) {
        wire.end();
        List<String> all = new ArrayList<>(wire.records);
        wire.requests.forEach(message -> all.add(message.wireBytes() + message.text()));
        wire.responses.forEach(message -> all.add(message.wireBytes() + message.text()));
        all.add("unmatched " + wire.unmatched);
        return all;
    }

    private static void feed(Wire wire, boolean request, byte[] bytes, Random random, int largest) {
        int at = 0;
        while (at < bytes.length) {
            int count = Math.min(bytes.length - at, 1 + random.nextInt(largest));
            wire.bytes(request, Arrays.copyOfRange(bytes, at, at + count));
            at += count;
        }
    }

    private static byte[] hostile(Random random) {
        StringBuilder made = new StringBuilder();
        for (int i = random.nextInt(40); i >= 0; i--) {
            made.append(PIECES.get(random.nextInt(PIECES.size())));
        }
        return made.toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
