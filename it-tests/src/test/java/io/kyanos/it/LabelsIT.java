package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What of the things that came over the wire stands in the metrics. */
class LabelsIT {

    private static final int PATHS = 10_000;
    private static final int COMMANDS = 2_000;
    private static final int FRAGMENT = 8;
    private static final int MOST_SERIES = 1_000;
    private static final int WORDS_PER_PLACE = 24;

    /** None of them is of the vocabulary. */
    private static final List<String> ENDPOINTS = List.of(
            "/kiosk",
            "/lockers",
            "/benches",
            "/gauges",
            "/frobnicate",
            "/wibble",
            "/levers",
            "/pulleys",
            "/dynamo",
            "/turbine",
            "/getUserById",
            "/kv",
            "/forgot_password",
            "/widgets",
            "/gadgets",
            "/pistons",
            "/springs",
            "/valves",
            "/bearings",
            "/gears");

    private final Random random = new Random(20_240_811);
    private final Set<String> fragments = new HashSet<>();

    @BeforeAll
    static void require() {
        Requires.captureAnd("nginx", "redis-server", "nc");
    }

    @Test
    void randomDataLeavesNoRoutesWhereOnlyKnownWordsAreAdmitted() throws IOException {
        try (Servers.Server nginx = Servers.nginx(
                        "",
                        "keepalive_requests 100; location / { if ($request_uri ~ [02468a-f]$) { return 404; } return 200 ok; }");
                Servers.Server redis = Servers.redis();
                Servers.Server sink = netcat();
                KyanosProcess kyanos = KyanosProcess.exporter(
                        "--set",
                        "kyanos.http.words=known",
                        "--pids",
                        Long.toString(ProcessHandle.current().pid()))) {

            askForRandomPaths(nginx.port());
            sendRandomCommands(redis.port());
            for (int port : new int[] {nginx.port(), redis.port(), sink.port()}) {
                throwRandomBytes(port);
            }

            Scrape scrape = kyanos.await(seen -> {
                assertThat(seen.sum("kyanos_requests_total", "process", "nginx", "protocol", "http"))
                        .isGreaterThanOrEqualTo(PATHS);
                assertThat(seen.sum("kyanos_requests_total", "process", "redis-server"))
                        .isGreaterThanOrEqualTo(COMMANDS);
            });
            assertThat(found(scrape.text())).isEmpty();
            assertThat(scrape.sum("kyanos_metric_series")).isPositive().isLessThan(MOST_SERIES);
            assertThat(scrape.sum("kyanos_dropped_total", "where", "connection", "reason", "failure"))
                    .isZero();
            assertThat(kyanos.get("/healthz").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aScannerLeavesTheRoutesOfEndpointsAsTheyWere() throws IOException {
        StringBuilder locations = new StringBuilder("keepalive_requests 100; location = /busy { return 503; } ");
        ENDPOINTS.forEach(path -> locations.append("location = ").append(path).append(" { return 200 ok; } "));
        locations.append("location / { return 404; }");
        try (Servers.Server nginx = Servers.nginx("", locations.toString());
                KyanosProcess kyanos = exporter()) {

            ask(nginx.port(), ENDPOINTS);
            ask(nginx.port(), List.of("/busy"));
            kyanos.await(seen -> {
                ENDPOINTS.forEach(path ->
                        assertThat(requests(seen, "GET " + path, "ok")).as(path).isEqualTo(1));
                assertThat(requests(seen, "GET /busy", "server_error")).isEqualTo(1);
                assertThat(requests(seen, "GET /{id}", "ok")).isZero();
            });
            List<String> scanned = new ArrayList<>();
            for (int i = 0; i < PATHS; i++) {
                scanned.add("/" + spoken() + (i % 2 == 0 ? "" : "/" + word()));
            }
            ask(nginx.port(), scanned);
            ask(nginx.port(), ENDPOINTS);
            ask(nginx.port(), List.of("/busy"));

            Scrape scrape = kyanos.await(seen -> {
                ENDPOINTS.forEach(path ->
                        assertThat(requests(seen, "GET " + path, "ok")).as(path).isEqualTo(2));
                assertThat(requests(seen, "GET /busy", "server_error")).isEqualTo(2);
                assertThat(requests(seen, "GET /{id}", "client_error")).isEqualTo(PATHS / 2);
                assertThat(requests(seen, "GET /{id}/{id}", "client_error")).isEqualTo(PATHS / 2);
            });
            assertThat(operations(scrape)).hasSize(ENDPOINTS.size() + 3);
            assertThat(found(scrape.text())).isEmpty();
        }
    }

    @Test
    void aServerThatAnswersEverythingShowsSoManyWordsAtAPlaceAndNoMore() throws IOException {
        try (Servers.Server nginx = Servers.nginx("", "keepalive_requests 100; location / { return 200 ok; }");
                KyanosProcess kyanos = exporter()) {
            ask(nginx.port(), ENDPOINTS);
            List<String> scanned = new ArrayList<>();
            for (int i = 0; i < PATHS; i++) {
                scanned.add("/" + spoken());
            }
            ask(nginx.port(), scanned);
            ask(nginx.port(), ENDPOINTS);

            Scrape scrape = kyanos.await(seen -> {
                assertThat(seen.sum("kyanos_requests_total", "process", "nginx", "outcome", "ok"))
                        .isEqualTo(PATHS + 2.0 * ENDPOINTS.size());
                ENDPOINTS.forEach(path ->
                        assertThat(requests(seen, "GET " + path, "ok")).as(path).isGreaterThanOrEqualTo(2));
            });
            assertThat(operations(scrape)).hasSize(WORDS_PER_PLACE + 1).contains("GET /{id}");
            assertThat(scrape.sum("kyanos_route_overflows_total", "bound", "words_per_place"))
                    .isPositive();
        }
    }

    private static KyanosProcess exporter() {
        return KyanosProcess.exporter(
                "--pids", Long.toString(ProcessHandle.current().pid()), "--side", "server");
    }

    private static double requests(Scrape scrape, String operation, String outcome) {
        return scrape.sum("kyanos_requests_total", "process", "nginx", "operation", operation, "outcome", outcome);
    }

    private static Set<String> operations(Scrape scrape) {
        return scrape.samples("kyanos_requests_total", "process", "nginx")
                .map(sample -> sample.labels().get("operation"))
                .collect(Collectors.toSet());
    }

    private static void ask(int port, List<String> paths) throws IOException {
        Socket socket = null;
        InputStream in = InputStream.nullInputStream();
        for (String path : paths) {
            if (socket == null) {
                socket = new Socket("127.0.0.1", port);
                in = new BufferedInputStream(socket.getInputStream());
            }
            String request = "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            if (!readAnswer(in)) {
                socket.close();
                socket = null;
            }
        }
        if (socket != null) {
            socket.close();
        }
    }

    /** Letters that could be a word, and are none of the endpoints. */
    private String spoken() {
        String spoken = random.ints(8, 0, 20)
                .mapToObj(i -> Character.toString("bdfgklmnprstvzaeiouy".charAt(i)))
                .collect(Collectors.joining());
        String word = "zo" + spoken.replaceAll("[aeiouy]+", "a").replaceAll("([^a])[^a]+", "$1e") + "ba";
        addAllOf(word);
        return word;
    }

    private static Servers.Server netcat() {
        int port = Ports.free();
        return Servers.accepting(RunningProgram.start("nc", "-dlk", "127.0.0.1", Integer.toString(port)), port);
    }

    private void askForRandomPaths(int port) throws IOException {
        Socket socket = null;
        InputStream in = InputStream.nullInputStream();
        for (int i = 0; i < PATHS; i++) {
            if (socket == null) {
                socket = new Socket("127.0.0.1", port);
                in = new BufferedInputStream(socket.getInputStream());
            }
            StringBuilder target = new StringBuilder();
            for (int depth = random.nextInt(4); depth >= 0; depth--) {
                target.append('/').append(word());
            }
            if (random.nextInt(3) == 0) {
                target.append('?').append(word()).append('=').append(word());
            }
            String method = random.nextInt(3) == 0 ? letters(8).toUpperCase(Locale.ROOT) : "GET";
            if (!method.equals("GET")) {
                fragments.add(method);
            }
            String request = method + " " + target + " HTTP/1.1\r\nHost: " + word() + ".example\r\nX-" + letters(7)
                    + ": " + word() + "\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            if (!readAnswer(in)) {
                socket.close();
                socket = null;
            }
        }
        if (socket != null) {
            socket.close();
        }
    }

    /** Reads one answer; false if no other one can follow. */
    private static boolean readAnswer(InputStream in) throws IOException {
        int length = 0;
        boolean goesOn = true;
        String line = line(in);
        assertThat(line).startsWith("HTTP/1.1 ");
        for (line = line(in); !line.isEmpty(); line = line(in)) {
            String field = line.toLowerCase(Locale.ROOT);
            if (field.startsWith("content-length:")) {
                length = Integer.parseInt(field.substring(15).strip());
            }
            goesOn &= !field.equals("connection: close");
        }
        in.readNBytes(length);
        return goesOn;
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            line.append((char) c);
        }
        return line.toString().stripTrailing();
    }

    private void sendRandomCommands(int port) throws IOException {
        List<String> known = List.of("GET", "SET", "HSET", "CONFIG");
        try (Socket socket = new Socket("127.0.0.1", port)) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            for (int i = 0; i < COMMANDS; i++) {
                String command = random.nextBoolean() ? word() : known.get(random.nextInt(known.size()));
                int words = 1 + random.nextInt(4);
                StringBuilder request = new StringBuilder("*" + words + "\r\n");
                for (int w = 0; w < words; w++) {
                    String word = w == 0 ? command : word();
                    request.append('$').append(word.getBytes(StandardCharsets.UTF_8).length);
                    request.append("\r\n").append(word).append("\r\n");
                }
                socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.UTF_8));
                String reply = line(in);
                if (reply.startsWith("$") && !reply.equals("$-1")) {
                    in.readNBytes(Integer.parseInt(reply.substring(1)) + 2);
                }
            }
        }
    }

    private void throwRandomBytes(int port) throws IOException {
        for (int length = 1; length < 70_000; length += 1 + length / 6) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            String text = letters(length);
            addAllOf(text);
            throwAt(port, bytes);
            throwAt(port, text.getBytes(StandardCharsets.US_ASCII));
            throwAt(port, ("GET /" + text + " HTTP/1.1\r\n").getBytes(StandardCharsets.US_ASCII));
            throwAt(port, ("HTTP/1.1 200 " + text + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            throwAt(port, ("*2\r\n$" + length + "\r\n" + text + "\r\n").getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static void throwAt(int port, byte[] bytes) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout((int) Patience.LIMIT.toMillis());
            try {
                socket.getOutputStream().write(bytes);
                socket.shutdownOutput();
                socket.getInputStream().readAllBytes();
            } catch (IOException ignored) {
                // the server may refuse it
            }
        }
    }

    private String word() {
        String word = switch (random.nextInt(6)) {
            case 0 -> "x" + Long.toHexString(random.nextLong() | Long.MIN_VALUE);
            case 1 -> new UUID(random.nextLong(), random.nextLong()).toString();
            case 2 -> letters(FRAGMENT + random.nextInt(20));
            case 3 -> base64(8 + random.nextInt(20));
            case 4 -> letters(FRAGMENT).toLowerCase(Locale.ROOT);
            default -> hanzi();
        };
        addAllOf(word);
        return word;
    }

    private String letters(int count) {
        return random.ints(count, 0, 52)
                .mapToObj(i -> Character.toString(i < 26 ? 'a' + i : 'A' + i - 26))
                .collect(Collectors.joining());
    }

    private String base64(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private String hanzi() {
        StringBuilder encoded = new StringBuilder();
        for (byte b : random.ints(4, 0x4e00, 0x9fa5)
                .mapToObj(Character::toString)
                .collect(Collectors.joining())
                .getBytes(StandardCharsets.UTF_8)) {
            encoded.append(String.format("%%%02X", b));
        }
        return encoded.toString();
    }

    private void addAllOf(String text) {
        for (int at = 0; at + FRAGMENT <= text.length(); at += FRAGMENT) {
            fragments.add(text.substring(at, at + FRAGMENT));
        }
    }

    /* Numbers stand in the metrics too, and random hexadecimal digits may be one. */
    private Set<String> found(String metrics) {
        Set<String> standing = new HashSet<>();
        String text = metrics.toLowerCase(Locale.ROOT);
        for (int at = 0; at + FRAGMENT <= text.length(); at++) {
            standing.add(text.substring(at, at + FRAGMENT));
        }
        return fragments.stream()
                .filter(fragment -> fragment.chars().filter(Character::isLetter).count() >= FRAGMENT / 2)
                .filter(fragment -> standing.contains(fragment.toLowerCase(Locale.ROOT)))
                .collect(Collectors.toSet());
    }
}
