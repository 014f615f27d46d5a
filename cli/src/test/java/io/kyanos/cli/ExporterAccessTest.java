package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may read the metrics, and from where. */
class ExporterAccessTest {

    private static final Pattern WHERE = Pattern.compile("metrics at (https?://\\S+)/metrics");
    private static final String RIGHT = "Basic " + base64("prometheus:secret");
    private static final int USAGE = 2;
    private static final int ENVIRONMENT = 1;

    private final FakeCapture capture = new FakeCapture(List.of());
    private final World world = new World().capturing(capture);
    private final List<Socket> sockets = new ArrayList<>();
    private CompletableFuture<Integer> code = CompletableFuture.completedFuture(0);
    private URI base = URI.create("");

    @TempDir
    Path folder;

    @AfterEach
    void end() throws Exception {
        for (Socket socket : sockets) {
            socket.close();
        }
        if (!code.isDone()) {
            world.interrupt();
            code.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void aPasswordIsAskedFor() throws Exception {
        start("--listen", "127.0.0.1:0", "--auth-file", users());
        HttpClient client = HttpClient.newHttpClient();

        HttpResponse<String> refused = get(client, "/metrics", "");
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.headers().firstValue("WWW-Authenticate"))
                .hasValue("Basic realm=\"kyanos\", charset=\"UTF-8\"");
        assertThat(refused.body()).doesNotContain("kyanos_");
        assertThat(get(client, "/", "").statusCode()).isEqualTo(401);
        assertThat(get(client, "/nothing", "").statusCode()).isEqualTo(401);

        assertThat(get(client, "/metrics", RIGHT).statusCode()).isEqualTo(200);
        assertThat(get(client, "/metrics", RIGHT).body()).contains("kyanos_build_info");
        assertThat(get(client, "/metrics", "Basic " + base64("prometheus:wrong"))
                        .statusCode())
                .isEqualTo(401);
        assertThat(get(client, "/metrics", RIGHT).statusCode()).isEqualTo(200);
    }

    @Test
    void healthNeedsNoPasswordAndHidesTheReasonFromStrangers() throws Exception {
        start("--listen", "127.0.0.1:0", "--auth-file", users());
        HttpClient client = HttpClient.newHttpClient();
        assertThat(get(client, "/healthz", "").body()).isEqualTo("ok\n");

        capture.unhealthy = "reader syscall: no poll completed for 6 s";

        assertThat(get(client, "/healthz", "").statusCode()).isEqualTo(503);
        assertThat(get(client, "/healthz", "").body()).isEqualTo("unhealthy\n");
        assertThat(get(client, "/healthz", RIGHT).body()).contains("no poll completed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0:0", "[::]:0"})
    void servingBeyondLoopbackIsRefusedWithTheAlternatives(String listen) {
        assertThat(refused(USAGE, "--listen", listen))
                .isEqualTo("kyanos: listen " + listen + ": whoever reaches it could read the metrics."
                        + " Hint: listen on 127.0.0.1; or ask for a password with --auth-file, encrypted with --tls-cert and"
                        + " --tls-key; or say that you want it, with --insecure.\n");
    }

    @Test
    void servesBeyondLoopbackOnRequest() throws Exception {
        start("--listen", "0.0.0.0:0", "--insecure");

        assertThat(world.err()).contains("warning: whoever reaches 0.0.0.0:");
        assertThat(get(HttpClient.newHttpClient(), "/metrics", "").statusCode()).isEqualTo(200);
    }

    @Test
    void anUnencryptedPasswordBeyondLoopbackCausesAWarning() throws Exception {
        start("--listen", "0.0.0.0:0", "--auth-file", users());

        assertThat(world.err()).contains("unencrypted. Hint: --tls-cert and --tls-key");
    }

    @ParameterizedTest
    @CsvSource({"EC, TLSv1.3", "EC, TLSv1.2", "RSA, TLSv1.3", "RSA, TLSv1.2"})
    void tlsWorksWithEitherKindOfKey(String algorithm, String protocol) throws Exception {
        Certificates server = Certificates.make(folder, "server", algorithm);
        start(flags(
                "--listen",
                "0.0.0.0:0",
                "--auth-file",
                users(),
                "--tls-cert",
                server.certificate(),
                "--tls-key",
                server.key()));

        assertThat(world.err()).doesNotContain("warning").contains("https://0.0.0.0:");
        assertThat(get(client(server.client()), "/metrics", "").statusCode()).isEqualTo(401);
        assertThat(get(client(server.client()), "/metrics", RIGHT).body()).contains("kyanos_build_info");
        try (SSLSocket socket = connect(server.client())) {
            socket.setEnabledProtocols(new String[] {protocol});
            socket.startHandshake();
            assertThat(socket.getSession().getProtocol()).isEqualTo(protocol);
        }
    }

    @Test
    void aChangedCertificateIsUsedForTheNextHandshake() throws Exception {
        Certificates first = Certificates.make(folder, "first", "EC");
        Certificates second = Certificates.make(folder, "second", "RSA");
        start(flags("--listen", "127.0.0.1:0", "--tls-cert", first.certificate(), "--tls-key", first.key()));
        assertThat(shown(first.client())).isEqualTo(first.leaf());

        Files.writeString(first.certificate(), "half of it");
        assertThat(shown(first.client())).isEqualTo(first.leaf());
        second.replace(first);

        Awaitility.await()
                .atMost(30, TimeUnit.SECONDS)
                .ignoreExceptions()
                .until(() -> shown(second.client()).equals(second.leaf()));
    }

    @Test
    void aClientMustShowACertificateIfOneIsRequired() throws Exception {
        Certificates server = Certificates.make(folder, "server", "EC");
        Certificates known = Certificates.make(folder, "known", "EC");
        Certificates stranger = Certificates.make(folder, "stranger", "EC");
        start(flags(
                "--listen",
                "0.0.0.0:0",
                "--tls-cert",
                server.certificate(),
                "--tls-key",
                server.key(),
                "--tls-client-ca",
                known.certificate()));

        assertThat(get(client(server.client(known)), "/metrics", "").statusCode())
                .isEqualTo(200);
        assertThatThrownBy(() -> get(client(server.client()), "/metrics", "")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> get(client(server.client(stranger)), "/metrics", ""))
                .isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "RSA PRIVATE KEY       | a key in the format of RSA alone (expected: PKCS#8, -----BEGIN PRIVATE KEY-----). Hint: openssl pkcs8 -topk8 -nocrypt -in KEY -out new.key",
                "EC PRIVATE KEY        | a key in the format of EC alone (expected: PKCS#8, -----BEGIN PRIVATE KEY-----). Hint: openssl pkcs8 -topk8 -nocrypt -in KEY -out new.key",
                "ENCRYPTED PRIVATE KEY | a key protected by a password (expected: without one, as nobody is there to type it). Hint: openssl pkcs8 -in KEY -out new.key",
                "PRIVATE KEY           | a key that cannot be read (expected: one of EC, as the certificate has)",
                "CERTIFICATE           | no private key in it (expected: PEM, -----BEGIN PRIVATE KEY-----)",
            })
    void aKeyOfAnotherFormatIsRefusedWithTheCommandThatHelps(String kind, String message) throws Exception {
        Certificates server = Certificates.make(folder, "server", "EC");
        Files.writeString(server.key(), Certificates.pem(kind, new byte[] {1, 2, 3}));

        assertThat(refused(ENVIRONMENT, tls(server)))
                .isEqualTo(
                        "kyanos: " + server.key() + ": " + message.replace("KEY -out", server.key() + " -out") + "\n");
    }

    @Test
    void aKeyInOpensslsOldFormatIsAcceptedOnceConverted() throws Exception {
        Certificates server = Certificates.make(folder, "server", "RSA");
        Path old = folder.resolve("old.key");
        Path converted = folder.resolve("new.key");
        openssl("rsa", "-traditional", "-in", server.key().toString(), "-out", old.toString());
        assertThat(refused(ENVIRONMENT, flags("--tls-cert", server.certificate(), "--tls-key", old)))
                .contains("a key in the format of RSA alone");

        openssl("pkcs8", "-topk8", "-nocrypt", "-in", old.toString(), "-out", converted.toString());
        start(flags("--listen", "127.0.0.1:0", "--tls-cert", server.certificate(), "--tls-key", converted));

        assertThat(shown(server.client())).isEqualTo(server.leaf());
    }

    @Test
    void aKeyThatEverybodyMayReadIsRefused() throws Exception {
        Certificates server = Certificates.make(folder, "server", "EC");
        Files.setPosixFilePermissions(server.key(), PosixFilePermissions.fromString("rw-r--r--"));

        assertThat(refused(ENVIRONMENT, tls(server)))
                .isEqualTo("kyanos: " + server.key() + ": everybody may read it (expected: only its owner and group)."
                        + " Hint: chmod o-r " + server.key() + "\n");
    }

    @Test
    void certificateFlagsThatDoNotMatchAreRefused() throws Exception {
        Certificates server = Certificates.make(folder, "server", "EC");
        Certificates other = Certificates.make(folder, "other", "EC");

        assertThat(refused(ENVIRONMENT, flags("--tls-cert", server.certificate(), "--tls-key", other.key())))
                .contains(other.key() + ": not the key of the first certificate in " + server.certificate());
        assertThat(refused(USAGE, flags("--tls-cert", server.certificate())))
                .contains("--tls-cert: alone (expected: --tls-key with it, as TLS needs certificate and key)");
        assertThat(refused(USAGE, flags("--tls-key", server.key()))).contains("--tls-key: alone");
        assertThat(refused(USAGE, flags("--tls-client-ca", server.certificate())))
                .contains("--tls-client-ca: alone (expected: --tls-cert and --tls-key with it)");
        assertThat(refused(ENVIRONMENT, flags("--tls-cert", server.key(), "--tls-key", server.key())))
                .contains(server.key() + ": no certificate in it");
        assertThat(refused(ENVIRONMENT, "--auth-file", "/no/such/file"))
                .isEqualTo("kyanos: open /no/such/file: no such file or directory\n");
    }

    @Test
    void anInvalidAddressIsRejectedWithItsReason() {
        assertThat(refused(USAGE, "--listen", "nowhere.invalid:0"))
                .isEqualTo("kyanos: listen nowhere.invalid:0: no address has that name\n");
        assertThat(refused(ENVIRONMENT, "--listen", "192.0.2.1:0", "--insecure"))
                .contains("listen 192.0.2.1:0: ", "Hint: choose another address with --listen.");
    }

    @Test
    void theIpv6WildcardServesBothVersionsOfAddresses() throws Exception {
        start("--listen", "[::]:0", "--insecure");

        base = URI.create("http://127.0.0.1:" + base.getPort());
        assertThat(get(HttpClient.newHttpClient(), "/healthz", "").statusCode()).isEqualTo(200);
    }

    @Test
    void excessConnectionsAreClosed() throws Exception {
        start("--listen", "127.0.0.1:0");
        for (int i = 0; i < 64; i++) {
            send(plainSocket(), "GET /metrics HT");
        }

        List<Socket> more = List.of(plainSocket(), plainSocket(), plainSocket());

        assertThat(more).allSatisfy(socket -> assertThat(endsWithin(socket)).isTrue());
    }

    private String users() throws IOException {
        byte[] password = "secret".getBytes(StandardCharsets.UTF_8);
        return Files.writeString(folder.resolve("users"), PasswordFile.line("prometheus", password, 4) + "\n")
                .toString();
    }

    private void start(String... flags) throws InterruptedException {
        String[] args = new String[flags.length + 1];
        args[0] = "exporter";
        System.arraycopy(flags, 0, args, 1, flags.length);
        code = world.start(args);
        world.awaitErr("/metrics\n");
        Matcher where = WHERE.matcher(world.err());
        assertThat(where.find()).isTrue();
        base = URI.create(where.group(1).replace("0.0.0.0", "127.0.0.1"));
    }

    private static String refused(int exitCode, String... flags) {
        World refusing = new World();
        List<String> args = new ArrayList<>(List.of("exporter"));
        args.addAll(List.of(flags));
        assertThat(refusing.run(args.toArray(String[]::new))).as(refusing.err()).isEqualTo(exitCode);
        assertThat(refusing.err()).hasLineCount(1);
        return refusing.err();
    }

    private static String[] tls(Certificates server) {
        return flags("--tls-cert", server.certificate(), "--tls-key", server.key());
    }

    private static String[] flags(Object... flags) {
        return List.of(flags).stream().map(Object::toString).toArray(String[]::new);
    }

    private static HttpClient client(SSLContext context) {
        return HttpClient.newBuilder().sslContext(context).build();
    }

    private HttpResponse<String> get(HttpClient client, String path, String authorization)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path));
        if (!authorization.isEmpty()) {
            request.header("Authorization", authorization);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private Certificate shown(SSLContext client) throws IOException {
        try (SSLSocket socket = connect(client)) {
            socket.startHandshake();
            return socket.getSession().getPeerCertificates()[0];
        }
    }

    private SSLSocket connect(SSLContext client) throws IOException {
        return (SSLSocket) client.getSocketFactory().createSocket("127.0.0.1", base.getPort());
    }

    private Socket plainSocket() throws IOException {
        Socket socket = new Socket("127.0.0.1", base.getPort());
        socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(30));
        sockets.add(socket);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(text.getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    /** Whether the other end closes it before the socket's own patience is over. */
    private static boolean endsWithin(Socket socket) throws IOException {
        try {
            /* What comes before is an alert of TLS, or nothing. */
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1))
                    .doesNotContain("kyanos_");
            return true;
        } catch (SocketException ignored) {
            /* Closed by a reset. */
            return true;
        } catch (SocketTimeoutException ignored) {
            return false;
        }
    }

    private static void openssl(String... arguments) throws Exception {
        List<String> line = new ArrayList<>(List.of("openssl"));
        line.addAll(List.of(arguments));
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
