package io.kyanos.it;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Servers and clients of HTTP/2 and gRPC in several languages, in {@code http2} among the tests' resources. */
final class Http2Programs {

    private Http2Programs() {}

    /** A new folder with these of the programs. */
    static Path folder(String... files) {
        return copy(RunningProgram.newFolder(), files);
    }

    /** The folder, with these of the programs. */
    static Path copy(Path folder, String... files) {
        for (String file : files) {
            try (InputStream in =
                    Objects.requireNonNull(Http2Programs.class.getResourceAsStream("http2/" + file), file)) {
                Files.copy(in, folder.resolve(file));
            } catch (IOException e) {
                throw new AssertionError("copy " + file, e);
            }
        }
        return folder;
    }

    /** {@code nghttpd} with a folder of files. */
    static Servers.Server nghttpd(Path folder) {
        int port = Ports.free();
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

    static Servers.Server node(String file) {
        int port = Ports.free();
        return Servers.accepting(RunningProgram.startIn(folder(file), "node", file, Integer.toString(port)), port);
    }

    static Servers.Server go(Path program) {
        int port = Ports.free();
        return Servers.accepting(RunningProgram.start(program.toString(), "serve", Integer.toString(port)), port);
    }

    static Servers.Server hypercorn(PythonEnvironment python) {
        int port = Ports.free();
        return Servers.accepting(
                RunningProgram.startIn(
                        folder("server.py", "hypercorn.toml"),
                        python.python(),
                        "-m",
                        "hypercorn",
                        "--config",
                        "hypercorn.toml",
                        "--bind",
                        "127.0.0.1:" + port,
                        "server:app"),
                port);
    }

    /** A program in Go, built in {@code folder}, where its source is. Skips where Go is too old, or its modules cannot be had. */
    static Path goProgram(Path folder) {
        Requires.captureAnd("go");
        int needed = minor(read(folder.resolve("go.mod")), "(?m)^go 1\\.(\\d+)");
        int found = minor(Commands.run("go", "env", "GOVERSION").expectSuccess(), "go1\\.(\\d+)");
        if (found < needed) {
            Requires.abort(Requires.SKIPPED + "machine lacks: Go 1." + needed + " or later (it has 1." + found + ")");
        }
        Commands.Result had = Commands.run("go", "-C", folder.toString(), "mod", "download");
        if (had.exitCode() != 0) {
            Requires.abort(Requires.SKIPPED + "machine cannot get modules of Go: " + had.error());
        }
        Commands.run("go", "build", "-C", folder.toString(), "-o", "program", ".")
                .expectSuccess();
        return folder.resolve("program");
    }

    private static int minor(String text, String pattern) {
        Matcher minor = Pattern.compile(pattern).matcher(text);
        if (!minor.find()) {
            throw new AssertionError("no version of Go: " + text);
        }
        return Integer.parseInt(minor.group(1));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError("read " + file, e);
        }
    }

    /** The folder, with packages of npm, each with its version. Skips where they cannot be had. */
    static Path npm(Path folder, String... packages) {
        Requires.captureAnd("node", "npm");
        String[] install = {"npm", "install", "--prefix", folder.toString(), "--no-audit", "--no-fund"};
        Commands.Result had = Commands.run(Servers.concat(install, packages));
        if (had.exitCode() != 0) {
            Requires.abort(Requires.SKIPPED + "machine cannot get " + String.join(", ", packages) + ": " + had.error());
        }
        return folder;
    }

    /** The command {@code java} of a JDK of this version; skips where there is none. */
    static String java(int version) {
        Path folder = Path.of("/usr/lib/jvm");
        if (Runtime.version().feature() == version) {
            return ProcessHandle.current().info().command().orElse("java");
        }
        if (Files.isDirectory(folder)) {
            try (Stream<Path> found = Files.list(folder)) {
                List<Path> of = found.filter(jdk -> isOf(jdk, version)).toList();
                if (!of.isEmpty()) {
                    return of.get(0).resolve("bin/java").toString();
                }
            } catch (IOException e) {
                throw new AssertionError("list " + folder, e);
            }
        }
        Requires.abort(Requires.SKIPPED + "machine lacks: a JDK " + version + " in " + folder);
        throw new AssertionError("skipped");
    }

    private static boolean isOf(Path jdk, int version) {
        try {
            Path release = jdk.resolve("release");
            return Files.isExecutable(jdk.resolve("bin/javac"))
                    && Files.readString(release).contains("JAVA_VERSION=\"" + version);
        } catch (IOException ignored) {
            return false;
        }
    }
}
