package io.kyanos.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsServer;
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
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves {@code /metrics}, {@code /healthz} and a short page over HTTP or HTTPS. The address is taken when it is made, answers
 * come once it is started. Threads and connections are bounded; a scrape is written as it is made, never held whole.
 *
 * <p>Where passwords are asked for, {@code /healthz} alone is answered without one, and then in one word.
 */
final class ExporterServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ExporterServer.class);
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final int BACKLOG = 64;
    private static final int BUFFER_BYTES = 16 * 1024;
    private static final int OK = 200;
    private static final int UNAUTHORIZED = 401;
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int NOT_ACCEPTABLE = 406;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVICE_UNAVAILABLE = 503;
    private static final int IDLE_THREAD_SECONDS = 10;
    private static final String HEALTH = "/healthz";
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
    private final Semaphore scrapes;
    private final Optional<BasicAuthentication> passwords;
    private final CollectorRegistry registry;
    private final Supplier<String> unhealthyReason;

    /**
     * Takes the address.
     *
     * @param unhealthyReason empty while all is well
     * @throws UsageException if the address may not be served so
     * @throws UncheckedIOException if the address or a file cannot be had; its message is for the user
     */
    ExporterServer(
            ListenAddress listen,
            ExporterAccess access,
            Settings.Exporter settings,
            CollectorRegistry registry,
            Supplier<String> unhealthyReason) {
        this.registry = registry;
        this.unhealthyReason = unhealthyReason;
        InetSocketAddress address = listen.resolve();
        access.check(listen, address.getAddress().isLoopbackAddress());
        boundJdkServer(settings);
        Optional<TlsConfigurator> tls;
        try {
            passwords = access.authFile().isPresent()
                    ? Optional.of(new BasicAuthentication(access.authFile().get(), System::nanoTime))
                    : Optional.empty();
            tls = tls(access);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server = bind(listen, address, tls);
        scrapes = new Semaphore(settings.threads());
        threads = threads(settings.maxConnections());
        server.setExecutor(threads);
        server.createContext("/", this::answer);
    }

    void start() {
        server.start();
    }

    InetSocketAddress address() {
        return server.getAddress();
    }

    /** Stops at once; scrapes in progress are cut. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    /* The JDK's server takes its limits from these, once per process; by default it waits for a slow client forever. */
    private static void boundJdkServer(Settings.Exporter settings) {
        System.setProperty(
                "sun.net.httpserver.maxReqTime",
                Long.toString(settings.requestTimeout().toSeconds()));
        System.setProperty(
                "sun.net.httpserver.maxRspTime",
                Long.toString(settings.responseTimeout().toSeconds()));
        System.setProperty("jdk.httpserver.maxConnections", Integer.toString(settings.maxConnections()));
    }

    private static Optional<TlsConfigurator> tls(ExporterAccess access) throws IOException {
        if (access.certificate().isEmpty() || access.key().isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(TlsConfigurator.of(
                access.certificate().get(), access.key().get(), access.clientCa(), System::nanoTime));
    }

    /* Until a request has come in whole it holds a thread. With one for each connection that there may be, none has to wait for
     * slow ones; they come when needed and go when idle. The next request may come before its thread has quite let go of the one
     * before: hence twice as many. */
    private static ExecutorService threads(int maxConnections) {
        AtomicInteger number = new AtomicInteger();
        return new ThreadPoolExecutor(
                0, 2 * maxConnections, IDLE_THREAD_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                    Thread thread = new Thread(task, "exporter-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
    }

    private static HttpServer bind(ListenAddress listen, InetSocketAddress address, Optional<TlsConfigurator> tls) {
        try {
            if (tls.isEmpty()) {
                return HttpServer.create(address, BACKLOG);
            }
            HttpsServer encrypted = HttpsServer.create(address, BACKLOG);
            encrypted.setHttpsConfigurator(tls.get());
            return encrypted;
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
            boolean health = HEALTH.equals(exchange.getRequestURI().getPath());
            boolean trusted = health ? isTrusted(exchange) : expectPassword(exchange);
            if (!trusted && !health) {
                return;
            }
            switch (String.valueOf(exchange.getRequestURI().getPath())) {
                case "/metrics" -> metrics(exchange);
                case HEALTH -> health(exchange, trusted);
                case "/" -> text(exchange, OK, "text/html; charset=utf-8", PAGE);
                default -> text(exchange, NOT_FOUND, TEXT, "not found\n");
            }
        } catch (RuntimeException e) {
            LOG.warn("answer to a scrape was cut short", e);
            throw e;
        }
    }

    private boolean isTrusted(HttpExchange exchange) {
        return passwords.isEmpty() || verdict(exchange, passwords.get()) == BasicAuthentication.Verdict.WELCOME;
    }

    private static BasicAuthentication.Verdict verdict(HttpExchange exchange, BasicAuthentication passwords) {
        return passwords.check(header(exchange, "Authorization"));
    }

    /** Whether the request may go on; if not, it has been answered. */
    private boolean expectPassword(HttpExchange exchange) throws IOException {
        if (passwords.isEmpty()) {
            return true;
        }
        return switch (verdict(exchange, passwords.get())) {
            case WELCOME -> true;
            case WRONG -> {
                exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"kyanos\", charset=\"UTF-8\"");
                text(exchange, UNAUTHORIZED, TEXT, "user and password, please\n");
                yield false;
            }
            case LATER -> {
                exchange.getResponseHeaders().set("Retry-After", "1");
                text(exchange, TOO_MANY_REQUESTS, TEXT, "too many wrong passwords: come later\n");
                yield false;
            }
        };
    }

    private void metrics(HttpExchange exchange) throws IOException {
        String accept = header(exchange, "Accept");
        if (Exposition.isRefused(accept)) {
            text(exchange, NOT_ACCEPTABLE, TEXT, "text/plain or application/openmetrics-text, nothing else\n");
            return;
        }
        String contentType = Exposition.contentType(accept);
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
        scrapes.acquireUninterruptibly();
        try {
            exchange.sendResponseHeaders(OK, 0);
            write(exchange, contentType, gzip);
        } finally {
            scrapes.release();
        }
    }

    private void write(HttpExchange exchange, String contentType, boolean gzip) throws IOException {
        try (OutputStream body = gzip
                        ? new GZIPOutputStream(exchange.getResponseBody(), BUFFER_BYTES)
                        : exchange.getResponseBody();
                Writer writer = new OutputStreamWriter(body, StandardCharsets.UTF_8)) {
            Exposition.write(registry, contentType, writer);
        }
    }

    private void health(HttpExchange exchange, boolean trusted) throws IOException {
        String reason = unhealthyReason.get();
        if (reason.isEmpty()) {
            text(exchange, OK, TEXT, "ok\n");
        } else {
            text(exchange, SERVICE_UNAVAILABLE, TEXT, (trusted ? reason : "unhealthy") + "\n");
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
