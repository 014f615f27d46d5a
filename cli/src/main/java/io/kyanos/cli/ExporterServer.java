package io.kyanos.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.kyanos.sink.Exposition;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves {@code /metrics}, {@code /healthz} and a short page over HTTP. The address is taken when it is made, answers come
 * once it is started. Threads and connections are bounded; a scrape is written as it is made, never held whole.
 */
final class ExporterServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ExporterServer.class);
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final int BACKLOG = 64;
    private static final int BUFFER_BYTES = 16 * 1024;
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int SERVICE_UNAVAILABLE = 503;
    private static final String PAGE = """
            <!DOCTYPE html>
            <html lang="en">
            <head><meta charset="utf-8"><title>kyanos</title></head>
            <body>
            <h1>kyanos</h1>
            <p>Requests between the programs of this machine, as metrics.</p>
            <ul>
            <li><a href="/metrics">/metrics</a>: for Prometheus</li>
            <li><a href="/healthz">/healthz</a>: whether the capture runs</li>
            </ul>
            </body>
            </html>
            """;

    private final HttpServer server;
    private final ExecutorService threads;
    private final CollectorRegistry registry;
    private final Supplier<String> unhealthyReason;

    /**
     * Takes the address.
     *
     * @param unhealthyReason empty while all is well
     * @throws UncheckedIOException if the address cannot be had; its message is for the user
     */
    ExporterServer(
            ListenAddress listen,
            Settings.Exporter settings,
            CollectorRegistry registry,
            Supplier<String> unhealthyReason) {
        this.registry = registry;
        this.unhealthyReason = unhealthyReason;
        boundJdkServer(settings);
        server = bind(listen);
        AtomicInteger number = new AtomicInteger();
        threads = Executors.newFixedThreadPool(settings.threads(), task -> {
            Thread thread = new Thread(task, "exporter-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        server.setExecutor(threads);
        server.createContext("/", this::answer);
    }

    void start() {
        server.start();
    }

    InetSocketAddress address() {
        return server.getAddress();
    }

    /** Ends at once; scrapes under way are cut. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    /* The JDK's server takes its limits from these, once per process; by default it waits for a slow client for ever. */
    private static void boundJdkServer(Settings.Exporter settings) {
        System.setProperty(
                "sun.net.httpserver.maxReqTime",
                Long.toString(settings.requestTimeout().toSeconds()));
        System.setProperty(
                "sun.net.httpserver.maxRspTime",
                Long.toString(settings.responseTimeout().toSeconds()));
        System.setProperty("jdk.httpserver.maxConnections", Integer.toString(settings.maxConnections()));
    }

    private static HttpServer bind(ListenAddress listen) {
        try {
            return HttpServer.create(listen.resolve(), BACKLOG);
        } catch (BindException e) {
            String reason = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
            String hint = reason.contains("in use")
                    ? ". Hint: another program listens there; choose another address with --listen."
                    : ". Hint: choose another address with --listen.";
            throw new UncheckedIOException(new IOException("listen " + listen + ": " + reason + hint, e));
        } catch (IOException e) {
            throw new UncheckedIOException(new IOException("listen " + listen + ": " + e.getMessage(), e));
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String method = exchange.getRequestMethod();
            if (!method.equals("GET") && !method.equals("HEAD")) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                text(exchange, METHOD_NOT_ALLOWED, TEXT, "only GET and HEAD\n");
                return;
            }
            switch (exchange.getRequestURI().getPath()) {
                case "/metrics" -> metrics(exchange);
                case "/healthz" -> health(exchange);
                case "/" -> text(exchange, OK, "text/html; charset=utf-8", PAGE);
                default -> text(exchange, NOT_FOUND, TEXT, "not found\n");
            }
        } catch (RuntimeException e) {
            LOG.warn("answer to a scrape was cut short", e);
            throw e;
        }
    }

    private void metrics(HttpExchange exchange) throws IOException {
        String contentType = Exposition.contentType(header(exchange, "Accept"));
        boolean gzip = acceptsGzip(header(exchange, "Accept-Encoding"));
        exchange.getResponseHeaders().set("Content-Type", contentType);
        exchange.getResponseHeaders().set("Vary", "Accept, Accept-Encoding");
        if (gzip) {
            exchange.getResponseHeaders().set("Content-Encoding", "gzip");
        }
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(OK, -1);
            return;
        }
        exchange.sendResponseHeaders(OK, 0);
        try (OutputStream body = gzip
                        ? new GZIPOutputStream(exchange.getResponseBody(), BUFFER_BYTES)
                        : exchange.getResponseBody();
                Writer writer = new OutputStreamWriter(body, StandardCharsets.UTF_8)) {
            Exposition.write(registry, contentType, writer);
        }
    }

    private void health(HttpExchange exchange) throws IOException {
        String reason = unhealthyReason.get();
        if (reason.isEmpty()) {
            text(exchange, OK, TEXT, "ok\n");
        } else {
            text(exchange, SERVICE_UNAVAILABLE, TEXT, reason + "\n");
        }
    }

    private static void text(HttpExchange exchange, int status, String contentType, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", contentType);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private static @Nullable String header(HttpExchange exchange, String name) {
        List<String> values = exchange.getRequestHeaders().get(name);
        return values == null ? null : String.join(",", values);
    }

    private static boolean acceptsGzip(@Nullable String acceptEncoding) {
        if (acceptEncoding == null) {
            return false;
        }
        for (String coding : acceptEncoding.toLowerCase(Locale.ROOT).split(",")) {
            String[] parts = coding.strip().split("\\s*;\\s*");
            if (parts[0].equals("gzip")) {
                return parts.length < 2 || !parts[1].matches("q=0(\\.0*)?");
            }
        }
        return false;
    }
}
