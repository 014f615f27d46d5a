package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Clients that ask for HTTP/2 in HTTP/1: of a server that grants it, and of one that does not. */
class UpgradesIT {

    private static final int LARGE = 100_000;
    private static final int SMALL = 6;

    @BeforeAll
    static void require() {
        Requires.captureAnd("nghttpd", "nghttpx", "nghttp", "curl");
    }

    @Test
    void tellsARequestThatUpgradesOnceWithItsAnswerInStreamOne() throws IOException, InterruptedException {
        try (Servers.Server back = nghttpd();
                Servers.Server server = nghttpx(back);
                KyanosProcess kyanos = KyanosProcess.watch("--ports", Integer.toString(server.port()))) {
            String url = "http://127.0.0.1:" + server.port();
            Commands.run("nghttp", "-n", "-u", url + "/large", url + "/users/7").expectSuccess();
            Commands.run("curl", "-s", "-o", "/dev/null", "--http2", url + "/small")
                    .expectSuccess();
            HttpClient client = HttpClient.newHttpClient();
            assertThat(post(client, url + "/users", 1000).version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(get(client, url + "/large").body()).hasSize(LARGE);

            List<String> expected = List.of(
                    "http2 GET /large 200 1 " + LARGE,
                    "http2 GET /users/{id} 404 13 ",
                    "http2 GET /small 200 1 " + SMALL,
                    "http2 POST /users 404 1 ",
                    "http2 GET /large 200 3 " + LARGE);
            List<WatchedRecord> records = kyanos.awaitRecordsOf(
                    server.port(), seen -> assertThat(seen).hasSize(2 * expected.size()));
            for (String side : List.of("client", "server")) {
                assertThat(records.stream()
                                .filter(record -> record.side().equals(side))
                                .map(UpgradesIT::described))
                        .as(side)
                        .containsExactlyInAnyOrderElementsOf(expected);
            }
        }
    }

    @Test
    void countsEachRequestOfAClientThatIsRefusedAsHttp1() throws IOException, InterruptedException {
        try (Servers.Server server = Servers.echo();
                KyanosProcess kyanos = KyanosProcess.exporter("--ports", Integer.toString(server.port()))) {
            HttpClient client = HttpClient.newHttpClient();
            for (int i = 0; i < 50; i++) {
                String url = "http://127.0.0.1:" + server.port() + "/users/" + i;
                HttpResponse<byte[]> response = i % 2 == 0 ? get(client, url) : post(client, url, 10);
                assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
            }

            Scrape scrape = kyanos.await(seen -> assertThat(seen.sum("kyanos_requests_total", "protocol", "http"))
                    .isEqualTo(2.0 * 50));
            assertThat(scrape.sum("kyanos_requests_total")).isEqualTo(2.0 * 50);
            assertThat(scrape.sum("kyanos_upgraded_connections_total")).isZero();
            scrape.assertNothingDropped();
        }
    }

    @Test
    void countsWhatAnUpgradedConnectionCarries() {
        try (Servers.Server back = nghttpd();
                Servers.Server server = nghttpx(back);
                KyanosProcess kyanos = KyanosProcess.exporter("--ports", Integer.toString(server.port()))) {
            String url = "http://127.0.0.1:" + server.port() + "/small";
            String[] command = Stream.concat(
                            Stream.of("nghttp", "-n", "-u", "-m", "20"), Stream.of(url, url, url, url, url))
                    .toArray(String[]::new);
            for (int i = 0; i < 10; i++) {
                Commands.run(command).expectSuccess();
            }

            Scrape scrape = kyanos.await(seen -> assertThat(
                            seen.sum("kyanos_requests_total", "protocol", "http2", "operation", "GET /small"))
                    .isEqualTo(2.0 * 10 * 100));
            assertThat(scrape.sum("kyanos_requests_total")).isEqualTo(2.0 * 10 * 100);
            assertThat(scrape.sum("kyanos_upgraded_connections_total", "protocol", "http", "to", "h2c"))
                    .isEqualTo(2.0 * 10);
            scrape.assertNothingDropped();
        }
    }

    /** With the number of the stream, and the size of a large answer's body. */
    private static String described(WatchedRecord record) {
        String sizes = record.attribute("body_bytes");
        String size = sizes.substring(sizes.lastIndexOf(' ') + 1);
        return record.text("protocol") + " " + record.operation() + " " + record.status() + " "
                + record.attribute("stream") + " " + (record.status().equals("200") ? size : "");
    }

    private static HttpResponse<byte[]> get(HttpClient client, String url) throws IOException, InterruptedException {
        return client.send(request(url).build(), BodyHandlers.ofByteArray());
    }

    private static HttpResponse<byte[]> post(HttpClient client, String url, int bytes)
            throws IOException, InterruptedException {
        return client.send(
                request(url).POST(BodyPublishers.ofByteArray(new byte[bytes])).build(), BodyHandlers.ofByteArray());
    }

    private static HttpRequest.Builder request(String url) {
        return HttpRequest.newBuilder(URI.create(url));
    }

    private static Servers.Server nghttpd() {
        int port = Ports.free();
        Path folder = RunningProgram.newFolder();
        try {
            Files.write(folder.resolve("large"), new byte[LARGE]);
            Files.write(folder.resolve("small"), new byte[SMALL]);
        } catch (IOException e) {
            throw new AssertionError("write files", e);
        }
        return Servers.accepting(
                RunningProgram.startIn(
                        folder,
                        "nghttpd",
                        "--no-tls",
                        "-d",
                        folder.toString(),
                        "-a",
                        "127.0.0.1",
                        Integer.toString(port)),
                port);
    }

    /** In front of another server; grants upgrades. */
    private static Servers.Server nghttpx(Servers.Server back) {
        int port = Ports.free();
        return Servers.accepting(
                RunningProgram.start(
                        "nghttpx",
                        "--conf=/dev/null",
                        "--frontend=127.0.0.1," + port + ";no-tls",
                        "--backend=127.0.0.1," + back.port() + ";;proto=h2",
                        "--single-process",
                        "--accesslog-file=/dev/null"),
                port);
    }
}
