package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.ForeignDialogue;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connections of which nothing is read are told, each once, by what they speak; what filters leave out is not lost. */
class UndecodedIT {

    private static final String METRIC = "kyanos_undecoded_connections_total";

    @TempDir
    private static Path folder;

    private final int tlsPort = Ports.free();
    private final int http2Port = Ports.free();

    @BeforeAll
    static void require() {
        Requires.captureAnd("nginx", "openssl", "curl");
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
                        "/CN=localhost",
                        "-keyout",
                        folder + "/key.pem",
                        "-out",
                        folder + "/cert.pem")
                .expectSuccess();
    }

    @Test
    void undecodedConnectionsAreCountedOnceByProtocol() throws IOException {
        int udpPort = Ports.free();
        int otherPort = Ports.free();
        try (Servers.Server nginx = nginx();
                RunningProgram before = openedBefore();
                KyanosProcess kyanos = KyanosProcess.exporter(
                        "--local-ports", tlsPort + "," + http2Port + "," + udpPort + "," + otherPort)) {
            before.tell("GET /again HTTP/1.1\r\nHost: h\r\n\r\n");
            before.awaitOutput("/again of tls");
            get("-k", "https://127.0.0.1:" + tlsPort + "/", 3);
            get("--http2-prior-knowledge", "http://127.0.0.1:" + http2Port + "/", 2);
            get("--http1.1", "http://127.0.0.1:" + nginx.port() + "/", 5);
            sendDatagrams(udpPort);
            for (ForeignDialogue dialogue : ForeignDialogue.all()) {
                if (List.of("ssh", "beanstalkd", "mqtt").contains(dialogue.name())) {
                    speak(otherPort, dialogue.steps());
                }
            }

            Scrape scrape = kyanos.await(seen -> assertThat(undecoded(seen))
                    .isEqualTo(
                            Map.of("tls", 4.0, "websocket", 0.0, "ssh", 1.0, "udp", 1.0, "unix", 0.0, "unknown", 2.0)));
            scrape.assertNothingDropped();
            assertThat(scrape.sum("kyanos_requests_total")).isEqualTo(2);
        }
    }

    @Test
    void undecodedConnectionsAreReportedWhenTheCommandEnds() {
        try (Servers.Server nginx = nginx();
                KyanosProcess kyanos =
                        KyanosProcess.watch("--local-ports", tlsPort + "," + http2Port + "," + nginx.port())) {
            get("-k", "https://127.0.0.1:" + tlsPort + "/", 2);
            get("--http2-prior-knowledge", "http://127.0.0.1:" + http2Port + "/", 1);
            get("--http1.1", "http://127.0.0.1:" + nginx.port() + "/last", 1);
            kyanos.awaitRecordsOf(nginx.port(), records -> assertThat(records).hasSize(1));

            assertThat(kyanos.stop("TERM")).isZero();

            assertThat(kyanos.error())
                    .contains("2 connections not decoded (tls 2). Hint: see ")
                    .contains("losses.md#connections-that-are-not-decoded")
                    .doesNotContain("dropped");
        }
    }

    /** One that speaks HTTP/1, one TLS and one HTTP/2. */
    private Servers.Server nginx() {
        String location = "location / { return 200 \"$request_uri of $scheme $http2\\n\"; }";
        return Servers.nginx(
                "keepalive_timeout 600s;\nserver { listen 127.0.0.1:" + tlsPort + " ssl;\nssl_certificate " + folder
                        + "/cert.pem;\nssl_certificate_key " + folder
                        + "/key.pem;\nlocation / { return 200 \"$request_uri of tls\\n\"; } }\nserver { listen 127.0.0.1:"
                        + http2Port + " http2;\n" + location + " }",
                location);
    }

    /** A connection of TLS that has been used. */
    private RunningProgram openedBefore() {
        RunningProgram client =
                RunningProgram.start("openssl", "s_client", "-quiet", "-connect", "127.0.0.1:" + tlsPort);
        client.tell("GET /first HTTP/1.1\r\nHost: h\r\n\r\n");
        return client.awaitOutput("/first of tls");
    }

    private static void get(String how, String url, int times) {
        for (int i = 0; i < times; i++) {
            Commands.run("curl", "-s", "-S", "-f", "-o", "/dev/null", how, url).expectSuccess();
        }
    }

    private static void sendDatagrams(int port) throws IOException {
        InetAddress here = InetAddress.getLoopbackAddress();
        byte[] text = "?".getBytes(StandardCharsets.ISO_8859_1);
        try (DatagramSocket server = new DatagramSocket(port, here);
                DatagramSocket client = new DatagramSocket(0, here)) {
            for (int i = 0; i < 3; i++) {
                client.send(new DatagramPacket(text, text.length, here, port));
                server.receive(new DatagramPacket(new byte[10], 10));
            }
        }
    }

    /** Says each step when the one before has been read. */
    private static void speak(int port, List<ForeignDialogue.Said> steps) throws IOException {
        try (ServerSocket listening = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(listening.getInetAddress(), port);
                Socket server = listening.accept()) {
            for (ForeignDialogue.Said said : steps) {
                (said.byClient() ? client : server).getOutputStream().write(said.bytes());
                (said.byClient() ? server : client).getInputStream().readNBytes(said.bytes().length);
            }
            // the client ends first, so that the port is free for the next
            client.shutdownOutput();
            assertThat(server.getInputStream().read()).isEqualTo(-1);
        }
    }

    private static Map<String, Double> undecoded(Scrape scrape) {
        return scrape.samples(METRIC)
                .collect(Collectors.toMap(sample -> sample.labels().get("reason"), Scrape.Sample::value));
    }
}
