package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.kyanos.CaptureControl;
import io.kyanos.sink.Exposition;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The class that docs/library.md shows for services compiles as it stands there, and sees traffic. */
class LibraryPageIT {

    private static final Path PAGE = Path.of("..", "docs", "library.md");
    private static final String HEADING = "## A capture";
    private static final String INDENT = "    ";
    private static final int MOST_LINES = 20;
    private static final int PINGS = 25;

    @BeforeAll
    static void require() {
        Requires.captureAnd("redis-server");
    }

    @Test
    void doesWhatThePageSays(@TempDir Path folder) throws Exception {
        List<String> code = code();
        assertThat(code).hasSizeLessThanOrEqualTo(MOST_LINES);
        compile(code, folder);
        ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "reader", ConfigFactory.load());
        try (Servers.Server redis = Servers.redis();
                URLClassLoader loader = new URLClassLoader(
                        new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
            Class<?> type = loader.loadClass("Observer");
            Constructor<?> constructor = type.getDeclaredConstructor(ActorSystem.class);
            constructor.setAccessible(true);
            Object observer = constructor.newInstance(system);
            try (RedisClient client = new RedisClient(redis)) {
                for (int i = 0; i < PINGS; i++) {
                    assertThat(client.ask("ping")).isEqualTo("+PONG");
                }
            }

            Awaitility.await().untilAsserted(() -> {
                StringWriter text = new StringWriter();
                Exposition.write((CollectorRegistry) field(observer, "registry"), Exposition.contentType(null), text);
                Scrape scrape = new Scrape(text.toString());
                assertThat(scrape.sum("kyanos_requests_total", "operation", "PING", "side", "server"))
                        .as(scrape.text())
                        .isGreaterThanOrEqualTo(PINGS);
            });
            CaptureControl capture = (CaptureControl) field(observer, "capture");
            capture.stop().toCompletableFuture().get(30, TimeUnit.SECONDS);
            assertThat(OwnKernelObjects.held()).isEmpty();
        } finally {
            system.terminate();
            system.getWhenTerminated().toCompletableFuture().get(60, TimeUnit.SECONDS);
        }
    }

    private static Object field(Object object, String name) throws ReflectiveOperationException {
        Field found = object.getClass().getDeclaredField(name);
        found.setAccessible(true);
        return found.get(object);
    }

    /** The indented lines of the section, from the first import to the last brace. */
    private static List<String> code() throws IOException {
        List<String> lines = Files.readAllLines(PAGE);
        int heading = lines.indexOf(HEADING);
        assertThat(heading).as(HEADING).isPositive();
        List<String> section = lines.subList(heading + 1, lines.size());
        int first = 0;
        while (!section.get(first).startsWith(INDENT + "import ")) {
            first++;
        }
        int end = first;
        while (section.get(end).startsWith(INDENT) || section.get(end).isBlank()) {
            end++;
        }
        return section.subList(first, end - 1).stream()
                .map(line -> line.isBlank() ? "" : line.substring(INDENT.length()))
                .toList();
    }

    private static void compile(List<String> code, Path folder) throws IOException {
        Path source = Files.write(folder.resolve("Observer.java"), code);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            List<String> options = List.of(
                    "-d",
                    folder.toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    "-Xlint:all,-path,-classfile",
                    "-Werror");
            boolean compiled = compiler.getTask(
                            said, files, null, options, null, files.getJavaFileObjects(source.toFile()))
                    .call();

            assertThat(compiled).as("%s", said).isTrue();
        }
    }
}
