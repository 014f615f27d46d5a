package io.kyanos.it;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;

/** Servers of the distribution's packages, each in the foreground on a free port of its own. */
final class Servers {

    /** A server that accepts connections. */
    record Server(RunningProgram program, String host, int port) implements AutoCloseable {

        long pid() {
            return program.parentPid();
        }

        @Override
        public void close() {
            program.close();
        }
    }

    private Servers() {}

    /** Redis without persistence, on {@code 127.0.0.1} and {@code ::1}. */
    static Server redis(String... more) {
        int port = Ports.free();
        String[] command = {
            "redis-server",
            "--port",
            Integer.toString(port),
            "--bind",
            "127.0.0.1",
            "::1",
            "--save",
            "",
            "--daemonize",
            "no"
        };
        return accepting(RunningProgram.start(concat(command, more)), port);
    }

    /**
     * Nginx in the foreground. {@code server} is what stands inside its server block; {@code http} what stands beside
     * it, as a log format. Its files are in the program's folder, the access log as {@code access.log}, unless told
     * otherwise.
     */
    static Server nginx(String http, String server) {
        int port = Ports.free();
        Path folder = RunningProgram.newFolder();
        String configuration = "daemon off;\nuser root;\nworker_processes 1;\npid " + folder + "/nginx.pid;\nerror_log "
                + folder + "/error.log;\nevents { worker_connections 1024; }\nhttp {\naccess_log " + folder
                + "/access.log;\n" + http + "\nserver {\nlisten 127.0.0.1:" + port + ";\n" + server + "\n}\n}\n";
        try {
            Files.writeString(folder.resolve("nginx.conf"), configuration);
        } catch (IOException e) {
            throw new AssertionError("write nginx.conf", e);
        }
        return accepting(
                RunningProgram.startIn(
                        folder, "/usr/sbin/nginx", "-p", folder.toString(), "-c", folder + "/nginx.conf"),
                port);
    }

    /** A Python program that gets a free port as its first argument. */
    static Server python(String program, String... arguments) {
        int port = Ports.free();
        Path folder = RunningProgram.newFolder();
        try {
            Files.writeString(folder.resolve("server.py"), program);
        } catch (IOException e) {
            throw new AssertionError("write server.py", e);
        }
        String[] command = {"python3", "-u", "server.py", Integer.toString(port)};
        RunningProgram started = RunningProgram.startIn(folder, concat(command, arguments));
        return new Server(started.awaitOutput("listening"), "127.0.0.1", port);
    }

    /** {@code server.py} of the tests' resources: HTTP that answers each request with its path; see there. */
    static Server echo(String... options) {
        int port = Ports.free();
        Path folder = Scripts.copyInto(RunningProgram.newFolder());
        RunningProgram program = RunningProgram.startIn(
                folder, concat(new String[] {"python3", "-u", "server.py", Integer.toString(port)}, options));
        try {
            return new Server(program.awaitOutput("listening"), "127.0.0.1", port);
        } catch (RuntimeException e) {
            program.close();
            throw e;
        }
    }

    /** {@code told.js} of the tests' resources: Node that answers piece by piece, as it is told; see there. */
    static Server told() {
        int port = Ports.free();
        Path folder = Scripts.copyInto(RunningProgram.newFolder());
        RunningProgram program = RunningProgram.startIn(folder, "node", "told.js", Integer.toString(port));
        try {
            return new Server(program.awaitOutput("listening"), "127.0.0.1", port);
        } catch (RuntimeException e) {
            program.close();
            throw e;
        }
    }

    /** HAProxy in front of the server on another port, with heads up to 64 KiB; its log is its output. */
    static Server haproxy(int backend) {
        int port = Ports.free();
        Path folder = RunningProgram.newFolder();
        String configuration = """
                global
                    log stdout format raw local0
                    tune.bufsize 65536
                    tune.http.maxhdr 1000
                defaults
                    mode http
                    log global
                    log-format "%%HM %%HP %%ST %%B %%ts"
                    timeout connect 10s
                    timeout client 60s
                    timeout server 60s
                listen front
                    bind 127.0.0.1:%d
                    server back 127.0.0.1:%d
                """.formatted(port, backend);
        try {
            Files.writeString(folder.resolve("haproxy.cfg"), configuration);
        } catch (IOException e) {
            throw new AssertionError("write haproxy.cfg", e);
        }
        return accepting(
                RunningProgram.startIn(folder, "/usr/sbin/haproxy", "-db", "-f", folder + "/haproxy.cfg"), port);
    }

    /** Waits until something accepts connections on {@code port}; closing the server closes {@code program}. */
    static Server accepting(RunningProgram program, int port) {
        try {
            Awaitility.await("a server on port " + port)
                    .pollInterval(Duration.ofMillis(20))
                    .failFast(() -> {
                        if (!program.isAlive()) {
                            throw new AssertionError("ended at once:\n" + program.output() + program.error());
                        }
                    })
                    .until(() -> accepts(port));
            return new Server(program, "127.0.0.1", port);
        } catch (RuntimeException e) {
            program.close();
            throw e;
        }
    }

    /** Prometheus with the {@code prometheus.yml} of a folder, once it answers queries; before, it accepts and refuses them. */
    static Server prometheus(Path folder, String... flags) {
        int port = Ports.free();
        String[] command = {
            "prometheus",
            "--config.file=prometheus.yml",
            "--storage.tsdb.path=" + folder.resolve("data"),
            "--web.listen-address=127.0.0.1:" + port
        };
        Server server = accepting(RunningProgram.startIn(folder, concat(command, flags)), port);
        try {
            Awaitility.await("prometheus is ready")
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> statusOf("http://127.0.0.1:" + port + "/-/ready") == HttpURLConnection.HTTP_OK);
            return server;
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private static int statusOf(String address) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) URI.create(address).toURL().openConnection();
        try {
            return connection.getResponseCode();
        } finally {
            connection.disconnect();
        }
    }

    /** Ends what was started; a test that was skipped has started nothing, which is null. */
    static void closeAll(AutoCloseable... started) {
        for (AutoCloseable one : started) {
            try {
                if (one != null) {
                    one.close();
                }
            } catch (Exception e) {
                throw new AssertionError("close", e);
            }
        }
    }

    private static boolean accepts(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
            return true;
        } catch (IOException ignored) {
            return false;
        }
    }

    static String[] concat(String[] first, String[] second) {
        String[] all = new String[first.length + second.length];
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }
}
