package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long clients may take to ask. A process for each, as the JDK's server takes its limits once per process. */
class SlowClientsTest {

    private static final Pattern WHERE = Pattern.compile("metrics at (https?://\\S+)/metrics");
    private static final int PATIENCE_SECONDS = 60;

    private final List<Process> started = new ArrayList<>();
    private final List<Socket> sockets = new ArrayList<>();
    private URI base = URI.create("");

    @TempDir
    Path folder;

    @AfterEach
    void end() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        started.forEach(Process::destroyForcibly);
    }

    @Test
    void slowRequestsHoldUpNobodyAndAreGivenUp() throws Exception {
        start("--set", "kyanos.exporter.threads=1");
        for (int i = 0; i < 20; i++) {
            send(socket(), i % 2 == 0 ? "GET /metrics HT" : "GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ");
        }
        socket();

        assertThat(get(HttpClient.newHttpClient()).statusCode()).isEqualTo(200);
        assertThat(sockets)
                .allSatisfy(socket -> assertThat(isClosedByTheOtherEnd(socket)).isTrue());
    }

    @Test
    void handshakesThatAreNotFinishedHoldUpNobodyAndAreGivenUp() throws Exception {
        Certificates server = Certificates.make(folder, "server", "EC");
        start(
                "--tls-cert",
                server.certificate().toString(),
                "--tls-key",
                server.key().toString());
        for (int i = 0; i < 10; i++) {
            /* The head of a TLS record that does not come. */
            socket().getOutputStream().write(new byte[] {22, 3, 1, 1, 0});
        }

        assertThat(get(client(server.client())).statusCode()).isEqualTo(200);
        assertThat(sockets)
                .allSatisfy(socket -> assertThat(isClosedByTheOtherEnd(socket)).isTrue());
    }

    private void start(String... arguments) throws IOException {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.addAll(List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
        line.add(OnFakeCapture.class.getName());
        line.addAll(List.of("exporter", "--listen", "127.0.0.1:0", "--set", "kyanos.exporter.request-timeout=2s"));
        Collections.addAll(line, arguments);
        Process process = new ProcessBuilder(line).start();
        started.add(process);
        base = URI.create(address(process));
    }

    private static String address(Process exporter) throws IOException {
        BufferedReader error = exporter.errorReader(StandardCharsets.UTF_8);
        StringBuilder said = new StringBuilder();
        for (String line = error.readLine(); line != null; line = error.readLine()) {
            Matcher where = WHERE.matcher(line);
            if (where.find()) {
                return where.group(1);
            }
            said.append(line).append('\n');
        }
        throw new AssertionError("it said no address:\n" + said);
    }

    private HttpResponse<String> get(HttpClient client) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(base.resolve("/metrics")).build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static HttpClient client(SSLContext context) {
        return HttpClient.newBuilder().sslContext(context).build();
    }

    private Socket socket() throws IOException {
        Socket socket = new Socket("127.0.0.1", base.getPort());
        socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        sockets.add(socket);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static boolean isClosedByTheOtherEnd(Socket socket) throws IOException {
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
}
