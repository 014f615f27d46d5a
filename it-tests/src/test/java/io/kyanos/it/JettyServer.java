package io.kyanos.it;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * Jetty in the tests' own JVM, with HTTP/2 by prior knowledge and by upgrade, which remembers what it was asked and what
 * it answered. How long an answer is depends on the path, so that two which were confused would show.
 */
final class JettyServer implements AutoCloseable {

    private static final int THREADS = 10;
    private static final int DIFFERENT_BODIES = 997;

    private final Server server = new Server(new QueuedThreadPool(THREADS));
    private final ServerConnector connector;
    private final Map<String, Integer> answered = new ConcurrentHashMap<>();

    private JettyServer() {
        HttpConfiguration configuration = new HttpConfiguration();
        connector = new ServerConnector(
                server,
                1,
                1,
                new HttpConnectionFactory(configuration),
                new HTTP2CServerConnectionFactory(configuration));
        connector.setHost("127.0.0.1");
        connector.setPort(Ports.free());
        connector.setAcceptQueueSize(THREADS);
        server.addConnector(connector);
        server.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) throws Exception {
                Content.Source.consumeAll(request);
                String path = Request.getPathInContext(request);
                int status =
                        path.endsWith("/nothing") ? 404 : request.getMethod().equals("POST") ? 201 : 200;
                int bytes = bodyBytes(path);
                response.setStatus(status);
                answered.merge(line(request.getMethod(), path, status, bytes), 1, Integer::sum);
                response.write(true, ByteBuffer.allocate(bytes), callback);
                return true;
            }
        });
    }

    static JettyServer start() {
        JettyServer jetty = new JettyServer();
        try {
            jetty.server.start();
            return jetty;
        } catch (Exception e) {
            throw new AssertionError("start Jetty", e);
        }
    }

    int port() {
        return connector.getLocalPort();
    }

    /** A line for each request, in no order. */
    List<String> answered() {
        List<String> lines = new ArrayList<>();
        answered.forEach((line, times) -> {
            for (int i = 0; i < times; i++) {
                lines.add(line);
            }
        });
        return lines;
    }

    /** Forgets what it was asked so far. */
    void forget() {
        answered.clear();
    }

    /** How such a line looks. */
    static String line(String method, String path, int status, int bodyBytes) {
        return method + " " + path + " " + status + " " + bodyBytes;
    }

    /** Of the answer to a path: by the number at its end, else by its length. */
    static int bodyBytes(String path) {
        String last = path.substring(path.lastIndexOf('/') + 1);
        boolean isNumber = !last.isEmpty() && last.chars().allMatch(Character::isDigit);
        return isNumber ? Integer.parseInt(last) % DIFFERENT_BODIES + 1 : path.length();
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new AssertionError("stop Jetty", e);
        }
    }
}
