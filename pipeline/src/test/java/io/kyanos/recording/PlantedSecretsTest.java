package io.kyanos.recording;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.kyanos.connection.ConnectionSettings;
import io.kyanos.event.Direction;
import io.kyanos.event.EventEncoder;
import io.kyanos.protocol.Detail;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fifty secrets in every place where payload can hold one: none comes through, however the bytes are cut. */
class PlantedSecretsTest {

    /** What one direction of a connection sends, after the other. */
    private record Said(long connection, boolean byClient, byte[] bytes) {}

    @TempDir
    private Path directory;

    private int planted;
    private final List<String> secrets = new ArrayList<>();
    private final List<Said> said = new ArrayList<>();

    @Test
    void noneIsInARedactedRecording() throws IOException {
        plantInHttp();
        plantInRedis();
        plantElsewhere();
        assertThat(secrets).hasSizeGreaterThanOrEqualTo(50);

        assertThat(found(EventRedaction.NONE, new Random(0), 1)).hasSize(secrets.size());
        for (int seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            Redactor redaction = redactor();

            assertThat(found(redaction, random, seed == 0 ? 1 : 1 + random.nextInt(40)))
                    .as("seed %d", seed)
                    .isEmpty();
        }
    }

    @Test
    void noneIsInTheEndOfACallThatIsCut() {
        Redactor redaction = redactor();
        byte[] chunked = ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" + secret() + "x".repeat(970)
                        + secret() + "\r\n0\r\nTrailer: " + secret() + "\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1);
        byte[] array = ("*3\r\n$16\r\n" + secret() + "\r\n" + "$900\r\n" + "x".repeat(900) + "\r\n$16\r\n" + secret()
                        + "\r\n")
                .getBytes(StandardCharsets.ISO_8859_1);

        for (byte[] bytes : List.of(chunked, array)) {
            for (int tail = 1; tail < 100; tail++) {
                for (byte[] event : cut(bytes, 100, tail)) {
                    redaction.event(event, 0, event.length);
                    redaction.beforeWrite();
                    assertThat(secrets).noneMatch(new String(event, StandardCharsets.ISO_8859_1)::contains);
                }
            }
        }
    }

    /** A call's event, and the one of its last bytes. */
    private List<byte[]> cut(byte[] bytes, int captured, int tail) {
        said.add(new Said(said.size(), false, bytes));
        int at = bytes.length - tail;
        return List.of(
                EventEncoder.data(1, 1, said.size(), 1, 3, Direction.EGRESS, 0, Arrays.copyOf(bytes, at), captured),
                EventEncoder.continued(EventEncoder.data(
                        1,
                        1,
                        said.size(),
                        1,
                        3,
                        Direction.EGRESS,
                        at,
                        Arrays.copyOfRange(bytes, at, bytes.length),
                        tail)));
    }

    @Test
    void theWordsOfRoutesStay() throws IOException {
        http(1, true, "GET /api/users/8f3a99bc/orders?q=1 HTTP/1.1\r\nHost: a\r\n\r\n");

        assertThat(redacted(1)).startsWith("GET /api/users/00000000/orders?000 HTTP/1.1\r\nHost: 0\r\n\r\n");
    }

    @Test
    void commandsAndTypesOfRedisStay() throws IOException {
        http(1, true, "*3\r\n$3\r\nSET\r\n$5\r\nkey:1\r\n$5\r\nvalue\r\n");
        http(1, false, "-WRONGTYPE Operation against a key\r\n");

        assertThat(redacted(1))
                .startsWith("*3\r\n$3\r\nSET\r\n$5\r\n00000\r\n$5\r\n00000\r\n")
                .endsWith("-WRONGTYPE 00000000000000000000000\r\n");
    }

    private static Redactor redactor() {
        return new Redactor(ConnectionSettings.of(
                ConfigFactory.parseResources("reference.conf").resolve(), Set.of(), Detail.NONE, 0));
    }

    /** Looks like an identifier, so that no rule takes it for a word of a route. */
    private String secret() {
        String secret = "sEcr3t" + (1000 + planted++) + "q7Zx";
        secrets.add(secret);
        return secret;
    }

    private void http(long connection, boolean byClient, String text) {
        said.add(new Said(connection, byClient, text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    private void plantInHttp() throws IOException {
        http(
                1,
                true,
                "GET /users/" + secret() + "/orders;v=" + secret() + "?token=" + secret() + "#" + secret()
                        + " HTTP/1.1\r\nHost: " + secret() + ".example\r\nAuthorization: Bearer " + secret()
                        + "\r\nCookie: a="
                        + secret() + "; b=" + secret() + "\r\nX-Api-Key:" + secret() + "\r\nX-Folded: one\r\n "
                        + secret()
                        + "\r\nConnection: " + secret() + "\r\n\r\n");
        http(
                1,
                false,
                "HTTP/1.1 200 " + secret() + "\r\nSet-Cookie: id=" + secret() + "\r\nContent-Type: " + secret()
                        + "\r\nContent-Length: 18\r\nETag: \"" + secret() + "\"\r\n\r\n"
                        + secret().repeat(2).substring(0, 18));
        String form = "password=" + secret() + "&other=" + secret();
        http(1, true, "POST /login HTTP/1.1\r\nContent-Length: " + form.length() + "\r\n\r\n" + form);
        http(
                1,
                false,
                "HTTP/1.1 302 Found\r\nTransfer-Encoding: chunked\r\nLocation: /" + secret() + "\r\n\r\ne;ext="
                        + secret() + "\r\n" + secret() + "\r\n0\r\nX-Trailer: " + secret() + "\r\n\r\n");
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        // Stored, not deflated, as short and random bytes often are
        packed.write(("{\"k\":\"" + secret() + "\"}").getBytes(StandardCharsets.US_ASCII));
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(secrets.get(0).getBytes(StandardCharsets.US_ASCII));
        }
        http(
                1,
                true,
                "PUT /files/" + secret() + " HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: " + packed.size()
                        + "\r\n\r\n" + packed.toString(StandardCharsets.ISO_8859_1));
        http(1, false, "HTTP/1.0 500 Oops\r\n\r\nuntil the end " + secret());
        http(2, true, "CONNECT " + secret() + ":443 HTTP/1.1\r\n\r\n");
        http(2, false, "HTTP/1.1 200 OK\r\n\r\n");
        http(2, true, "tunnelled " + secret());
        http(
                3,
                true,
                "GET http://" + secret() + "/a/" + secret() + " HTTP/1.1\r\nUpgrade: websocket\r\n"
                        + "Sec-WebSocket-Key: " + secret() + "\r\n\r\n");
        http(3, false, "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\nframe " + secret());
        http(4, true, "BREW /" + secret() + " HTTP/1.1\r\n\r\n");
        http(5, true, "GET / HTTP/1.1\r\n" + secret() + "\r\n\r\n");
        http(5, true, "garbage " + secret() + "\r\nmore " + secret() + "\r\n");
    }

    private void plantInRedis() {
        http(
                10,
                true,
                command("SET", secret(), secret())
                        + command("AUTH", secret(), secret())
                        + command("HELLO", "3", "AUTH", secret(), secret(), "SETNAME", secret()));
        http(10, false, "+OK\r\n+" + secret() + "\r\n-ERR " + secret() + "\r\n");
        http(10, true, "GET " + secret() + "\r\nSET " + secret() + " \"" + secret() + "\"\r\n");
        http(10, false, "$14\r\n" + secret() + "\r\n-" + secret() + " text\r\n");
        http(
                10,
                true,
                command("EVAL", "return '" + secret() + "'", "1", secret(), secret())
                        + command("PUBLISH", secret(), secret())
                        + command("CLIENT", "SETNAME", secret())
                        + command(secret(), "a")
                        + command("CONFIG", secret()));
        http(
                10,
                false,
                "%1\r\n$14\r\n" + secret() + "\r\n$14\r\n" + secret() + "\r\n"
                        + "*3\r\n$7\r\nmessage\r\n$14\r\n" + secret() + "\r\n$14\r\n" + secret() + "\r\n"
                        + ">2\r\n$10\r\ninvalidate\r\n*1\r\n$14\r\n" + secret() + "\r\n"
                        + "=18\r\ntxt:" + secret() + "\r\n!18\r\nERR " + secret() + "\r\n"
                        + "+1339518083.107412 [0 127.0.0.1:60866] \"SET\" \"" + secret() + "\"\r\n"
                        + "-MOVED 3999 " + secret() + ":6381\r\n*" + secret() + "\r\n");
        http(10, true, "*2\r\n$3\r\nGET\r\n$40\r\n" + (secret() + secret() + "0000000000xx") + "\r\n");
    }

    private void plantElsewhere() {
        http(20, true, "\u0003SELECT " + secret());
        http(20, false, "\u0000\u0001" + secret());
        http(21, true, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + secret());
    }

    private static String command(String... words) {
        StringBuilder text = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
        }
        return text.toString();
    }

    private String redacted(long connection) throws IOException {
        Path file = directory.resolve("redacted.kyanos");
        write(file, redactor(), new Random(0), 1);
        StringBuilder text = new StringBuilder();
        for (byte[] event : SampleRecording.Contents.of(file).events) {
            text.append(new String(event, 80, event.length - 80, StandardCharsets.ISO_8859_1));
        }
        return text.toString();
    }

    /** Those secrets that stand in the recording: in the bytes of the file, in its unpacked events, or across events. */
    private List<String> found(EventRedaction redaction, Random random, int pieces) throws IOException {
        Path file = directory.resolve("planted.kyanos");
        write(file, redaction, random, pieces);
        StringBuilder text = new StringBuilder(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
        StringBuilder egress = new StringBuilder();
        StringBuilder ingress = new StringBuilder();
        for (byte[] event : SampleRecording.Contents.of(file).events) {
            text.append(new String(event, StandardCharsets.ISO_8859_1));
            (event[33] == 0 ? egress : ingress)
                    .append(new String(event, 80, event.length - 80, StandardCharsets.ISO_8859_1));
        }
        String all = text.append(egress).append(ingress).toString();
        return secrets.stream().filter(all::contains).toList();
    }

    private void write(Path file, EventRedaction redaction, Random random, int pieces) {
        long[][] positions = new long[32][2];
        try (RecordingWriter writer =
                RecordingWriter.create(file, SampleRecording.HEADER, RecordingLimits.DEFAULT, true, redaction)) {
            for (Said part : said) {
                Direction direction = part.byClient() ? Direction.EGRESS : Direction.INGRESS;
                int from = 0;
                while (from < part.bytes().length) {
                    int to = pieces == 1
                            ? part.bytes().length
                            : Math.min(
                                    part.bytes().length, from + 1 + random.nextInt(part.bytes().length / pieces + 2));
                    byte[] bytes = Arrays.copyOfRange(part.bytes(), from, to);
                    long position = positions[(int) part.connection()][direction.ordinal()];
                    positions[(int) part.connection()][direction.ordinal()] += bytes.length;
                    writer.write(SampleRecording.batch(
                            1,
                            List.of(EventEncoder.data(
                                    1, 1, part.connection(), 1, 3, direction, position, bytes, bytes.length))));
                    if (random.nextInt(50) == 0) {
                        writer.flush();
                    }
                    from = to;
                }
            }
        }
    }
}
