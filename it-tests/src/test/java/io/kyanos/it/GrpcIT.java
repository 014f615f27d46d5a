package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Calls of every kind and with every status between grpc of Java, Go, Python and Node, compared with what both ends count. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GrpcIT {

    private static final String SERVICE = "shop.v1.Orders";
    private static final String MARK = "key-bin=00ff10";
    private static final int MARKED = 5;
    private static final boolean EVERY_PAIR = Boolean.getBoolean("kyanos.it.matrix");

    /** Only the call that is given up in its middle has so many messages. */
    private static final String ANSWERED_TOO_LATE = "Chat OK 2 2";

    /** How a side may end a call that the client gives up: by a reset, or by the status. */
    private static final Set<String> GIVEN_UP = Set.of("CANCEL", "CANCELLED", "DEADLINE_EXCEEDED");

    private KyanosProcess kyanos;
    private PythonEnvironment python;
    private Path node;
    private Path go;

    private enum Language {
        JAVA,
        GO,
        PYTHON,
        NODE
    }

    /** A server of one of them, and the method of each call that it has had. */
    private record Service(int port, Called called, AutoCloseable program) implements AutoCloseable {

        interface Called {
            List<String> methods();
        }

        static Service of(RunningProgram program, int port) {
            program.awaitOutput("listening");
            return new Service(
                    port,
                    () -> program.output()
                            .lines()
                            .filter(line -> !line.equals("listening"))
                            .toList(),
                    program);
        }

        @Override
        public void close() {
            Servers.closeAll(program);
        }
    }

    @BeforeAll
    void start() {
        Requires.captureAnd();
        kyanos = KyanosProcess.watch(KyanosProcess.ofOurChildren());
    }

    @AfterAll
    void stop() {
        Servers.closeAll(kyanos, python);
    }

    /** Each language at either end; both ends of the C core, which then sends metadata of bytes as they are. With --matrix all. */
    static Stream<Arguments> pairs() {
        if (EVERY_PAIR) {
            return Arrays.stream(Language.values())
                    .flatMap(client -> Arrays.stream(Language.values()).map(server -> Arguments.of(client, server)));
        }
        return Stream.of(
                Arguments.of(Language.GO, Language.JAVA),
                Arguments.of(Language.PYTHON, Language.GO),
                Arguments.of(Language.NODE, Language.PYTHON),
                Arguments.of(Language.JAVA, Language.NODE),
                Arguments.of(Language.PYTHON, Language.PYTHON));
    }

    @ParameterizedTest(name = "{0} asks {1}")
    @MethodSource("pairs")
    void showsWhatOneAsksOfTheOther(Language client, Language server) {
        try (Service service = serve(server)) {
            List<String> asked = ask(client, service.port());
            List<WatchedRecord> records = kyanos.awaitRecordsOf(
                    service.port(), seen -> assertThat(seen).hasSize(2 * asked.size()));

            for (String side : List.of("client", "server")) {
                List<WatchedRecord> of = records.stream()
                        .filter(record -> record.side().equals(side))
                        .toList();
                assertThat(of.stream().map(GrpcIT::line))
                        .as(client + " asks " + server + ", seen at the " + side)
                        .containsExactlyInAnyOrderElementsOf(
                                asked.stream().map(GrpcIT::givenUp).toList());
                assertThat(of)
                        .filteredOn(
                                record -> record.attribute("binary_metadata").contains(MARK))
                        .as("calls with metadata of bytes")
                        .hasSize(MARKED);
                assertThat(of)
                        .filteredOn(record -> !record.attribute("deadline").isEmpty())
                        .as("calls with a deadline")
                        .singleElement()
                        .satisfies(record ->
                                assertThat(record.attribute("rpc_method")).isEqualTo("Get"));
            }
            Map<String, Long> called = counted(service.called().methods(), Function.identity());
            assertThat(counted(
                            records.stream()
                                    .filter(record -> record.side().equals("server"))
                                    .filter(record ->
                                            !record.attribute("rpc_method").equals("Nothing"))
                                    .toList(),
                            record -> record.attribute("rpc_method")))
                    .isEqualTo(called);
        }
    }

    private static <T> Map<String, Long> counted(List<T> all, Function<T, String> by) {
        return all.stream().collect(Collectors.groupingBy(by, Collectors.counting()));
    }

    /** As the clients print their calls: method, status, messages sent and got. */
    private static String line(WatchedRecord record) {
        assertThat(record.text("protocol")).isEqualTo("grpc");
        assertThat(record.attribute("rpc_service")).isEqualTo(SERVICE);
        String method = record.attribute("rpc_method");
        assertThat(record.operation()).isEqualTo(method.equals("Nothing") ? "other" : SERVICE + "/" + method);
        String line = String.join(
                " ", method, record.status(), count(record, "request_messages"), count(record, "response_messages"));
        // what a client gives up, its server may still answer, in the moment before it hears of that
        boolean isTooLate = record.side().equals("server") && line.equals(ANSWERED_TOO_LATE);
        return givenUp(isTooLate ? "Chat CANCELLED 2 2" : line);
    }

    private static String count(WatchedRecord record, String attribute) {
        String count = record.attribute(attribute);
        return count.isEmpty() ? "0" : count;
    }

    private static String givenUp(String line) {
        String[] words = line.split(" ");
        words[1] = GIVEN_UP.contains(words[1]) ? "given up" : words[1];
        return String.join(" ", words);
    }

    private Service serve(Language language) {
        if (language == Language.JAVA) {
            GrpcOrders orders = GrpcOrders.serve();
            return new Service(orders.port(), orders::called, orders);
        }
        int port = Ports.free();
        return Service.of(RunningProgram.start(command(language, "serve", port)), port);
    }

    private List<String> ask(Language language, int port) {
        if (language == Language.JAVA) {
            return GrpcOrders.ask(port);
        }
        return Commands.run(command(language, "ask", port))
                .expectSuccess()
                .lines()
                .toList();
    }

    private String[] command(Language language, String what, int port) {
        List<String> command = new ArrayList<>(
                switch (language) {
                    case JAVA -> throw new IllegalArgumentException("in this JVM");
                    case GO -> List.of(go().toString());
                    case PYTHON -> List.of(python().python(), python().folder() + "/orders.py");
                    case NODE -> List.of("node", node() + "/orders.js");
                });
        command.addAll(List.of(what, Integer.toString(port)));
        return command.toArray(String[]::new);
    }

    private Path go() {
        if (go == null) {
            go = Http2Programs.goProgram(copy(RunningProgram.newFolder(), "orders.go", "go.mod", "go.sum"));
        }
        return go;
    }

    private PythonEnvironment python() {
        if (python == null) {
            Requires.captureAnd("python3");
            python = PythonEnvironment.with("grpcio==1.85.3");
            copy(python.folder(), "orders.py");
        }
        return python;
    }

    private Path node() {
        if (node == null) {
            node = Http2Programs.npm(copy(RunningProgram.newFolder(), "orders.js"), "@grpc/grpc-js@1.14.7");
        }
        return node;
    }

    private static Path copy(Path folder, String... files) {
        for (String file : files) {
            try (InputStream in = Objects.requireNonNull(GrpcIT.class.getResourceAsStream("grpc/" + file), file)) {
                Files.copy(in, folder.resolve(file));
            } catch (IOException e) {
                throw new AssertionError("copy " + file, e);
            }
        }
        return folder;
    }
}
