package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of conf/prometheus.yml for exporters beyond loopback works; logs tell nothing of what is observed. */
class AccessIT {

    private static final Path EXAMPLE = Path.of("../conf/prometheus.yml");
    private static final Pattern ADDRESS = Pattern.compile("metrics at https://(\\S+)/metrics");
    private static final String SECRET = "xq81-planted-secret";

    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir
    Path folder;

    @BeforeAll
    static void require() {
        Requires.captureAnd("prometheus", "openssl", "bash", "nginx", "curl", "redis-server", "redis-cli");
    }

    @Test
    void prometheusScrapesWithPasswordAndCertificates() throws Exception {
        List<String> certificate = selfSigned("exporter");
        List<String> client = selfSigned("prometheus");
        Path users = folder.resolve("users");
        Path password = Files.writeString(folder.resolve("kyanos-password"), SECRET + "\n");
        hashPassword(users, password);
        List<String> line = List.of(
                "exporter",
                "--listen",
                "0.0.0.0:0",
                "--auth-file",
                users.toString(),
                "--tls-cert",
                certificate.get(0),
                "--tls-key",
                certificate.get(1),
                "--tls-client-ca",
                client.get(0));
        try (KyanosProcess kyanos = KyanosProcess.start(List.of(), line)) {
            int port = awaitPort(kyanos);
            assertThat(kyanos.error()).doesNotContain("warning");
            assertThat(curl(port, certificate.get(0)))
                    .as("without a certificate")
                    .isNotEqualTo("200");
            assertThat(curl(port, certificate.get(0), "--cert", client.get(0), "--key", client.get(1)))
                    .as("without a password")
                    .isEqualTo("401");

            try (Servers.Server prometheus = prometheus(port, certificate, client, "prometheus", password)) {
                Awaitility.await()
                        .pollInterval(Duration.ofMillis(300))
                        .untilAsserted(() -> assertThat(targets(prometheus)).containsExactly("up"));
            }
            try (Servers.Server stranger = prometheus(port, certificate, client, "stranger", password)) {
                Awaitility.await()
                        .pollInterval(Duration.ofMillis(300))
                        .untilAsserted(() -> assertThat(targets(stranger)).containsExactly("down"));
            }
            assertThat(kyanos.stop("TERM")).as(kyanos.error()).isZero();
            assertThat(kyanos.error()).doesNotContain(SECRET, "Exception");
        }
    }

    @Test
    void logsHoldNothingOfWhatIsObserved() throws Exception {
        Path log = folder.resolve("kyanos.log");
        try (Servers.Server nginx = Servers.nginx("", "location / { return 200 " + SECRET + "; }");
                Servers.Server redis = Servers.redis();
                KyanosProcess kyanos = KyanosProcess.watch(KyanosProcess.ofOurChildren(
                        "--debug", "--log-level", "debug,actors=debug", "--log-file", log.toString()))) {
            Commands.run("curl", "-s", "-d", SECRET, "http://127.0.0.1:" + nginx.port() + "/" + SECRET)
                    .expectSuccess();
            Commands.run("redis-cli", "-p", "" + redis.port(), "set", SECRET, SECRET)
                    .expectSuccess();
            kyanos.awaitRecord(record -> record.isOfPort(nginx.port()));
            kyanos.awaitRecord(record -> record.isOfPort(redis.port()));

            assertThat(kyanos.stop("TERM")).as(kyanos.error()).isZero();

            assertThat(Files.readString(kyanos.program().folder().resolve("records.jsonl")))
                    .contains(SECRET);
            assertThat(Files.readString(log)).contains("capture at").doesNotContain(SECRET);
            assertThat(kyanos.error()).doesNotContain(SECRET, "capture at");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(log)))
                    .isEqualTo("rw-------");
        }
    }

    /** Paths of the certificate and its key. */
    private List<String> selfSigned(String name) {
        Path certificate = folder.resolve(name + ".pem");
        Path key = folder.resolve(name + ".key");
        Commands.run(
                        "openssl",
                        "req",
                        "-x509",
                        "-newkey",
                        "ec",
                        "-pkeyopt",
                        "ec_paramgen_curve:prime256v1",
                        "-nodes",
                        "-days",
                        "2",
                        "-subj",
                        "/CN=" + name,
                        "-addext",
                        "subjectAltName=IP:127.0.0.1",
                        "-keyout",
                        key.toString(),
                        "-out",
                        certificate.toString())
                .expectSuccess();
        return List.of(certificate.toString(), key.toString());
    }

    private static void hashPassword(Path users, Path password) {
        List<String> line = new ArrayList<>(List.of("bash", "-c", "\"${@:2}\" < \"$1\"", "bash", password.toString()));
        line.addAll(KyanosProcess.command());
        line.addAll(List.of("hash-password", "prometheus", "--append-to", users.toString()));
        Commands.run(line.toArray(String[]::new)).expectSuccess();
    }

    private static int awaitPort(KyanosProcess kyanos) {
        Awaitility.await()
                .failFast(kyanos.error(), () -> !kyanos.program().isAlive())
                .until(() -> ADDRESS.matcher(kyanos.error()).find());
        Matcher told = ADDRESS.matcher(kyanos.error());
        assertThat(told.find()).isTrue();
        return URI.create("https://" + told.group(1)).getPort();
    }

    private static String curl(int port, String authority, String... more) {
        List<String> line =
                new ArrayList<>(List.of("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", authority));
        line.addAll(List.of(more));
        line.add("https://127.0.0.1:" + port + "/metrics");
        return Commands.run(line.toArray(String[]::new)).output();
    }

    /** The example, uncommented, with files and addresses of this test. */
    private static Servers.Server prometheus(
            int exporter, List<String> certificate, List<String> client, String user, Path password)
            throws IOException {
        String example;
        try (Stream<String> lines = Files.lines(EXAMPLE)) {
            example = lines.dropWhile(line -> !line.contains("# - job_name: kyanos-elsewhere"))
                    .map(line -> line.replaceFirst("# ", ""))
                    .map(line -> line.replaceFirst("^( +)# (cert_file|key_file)", "$1$2"))
                    .collect(Collectors.joining("\n"));
        }
        assertThat(example).contains("basic_auth", "password_file", "tls_config", "ca_file", "\n      cert_file");
        String config = "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n"
                + example.replace("username: prometheus", "username: " + user)
                        .replace("password_file: kyanos-password", "password_file: " + password)
                        .replace("ca_file: kyanos-ca.pem", "ca_file: " + certificate.get(0))
                        .replace("cert_file: prometheus.pem", "cert_file: " + client.get(0))
                        .replace("key_file: prometheus.key", "key_file: " + client.get(1))
                        .replace(
                                "\"one.example.org:9410\", \"other.example.org:9410\"",
                                "\"127.0.0.1:" + exporter + "\"")
                + "\n";
        Path run = RunningProgram.newFolder();
        Files.writeString(run.resolve("prometheus.yml"), config);
        return Servers.prometheus(run);
    }

    /** The health of each target. */
    private List<String> targets(Servers.Server prometheus) throws IOException, InterruptedException {
        URI address = URI.create("http://127.0.0.1:" + prometheus.port() + "/api/v1/targets");
        String answer = http.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString())
                .body();
        List<String> health = new ArrayList<>();
        try (JsonParser parser = new JsonFactory().createParser(answer)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.VALUE_STRING && "health".equals(parser.currentName())) {
                    health.add(parser.getText());
                }
            }
        }
        return health;
    }
}
