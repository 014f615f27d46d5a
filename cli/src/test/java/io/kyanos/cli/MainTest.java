package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.bridge.BpfException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "watch --nope                       | unknown option: --nope",
                "exporter --listne x                | did you mean --listen",
                "wacth                              | did you mean watch",
                "http                               | http: belongs after the command. Hint: kyanos watch http",
                "watch kafka                        | protocol: kafka (expected: http",
                "watch http redis                   | unknown argument: redis",
                "watch --pids abc                   | --pids: abc (expected: process ids of 1 to 4194304, like 1234,5678)",
                "watch --pids 0                     | --pids: 0 (expected",
                "watch --pids 1,,2                  | --pids: 1,,2 (expected",
                "watch --pids                       | missing required parameter for option '--pids'",
                "watch --comm /usr/bin/curl         | --comm: /usr/bin/curl (expected: an executable's file name",
                "watch --local-ports 70000          | --local-ports: 70000 (expected: ports of 1 to 65535",
                "watch --remote-ports http          | --remote-ports: http (expected: ports",
                "watch --remote-ips 300.1.1.1       | --remote-ips: 300.1.1.1 (expected: addresses",
                "watch --remote-ips 10.0.0          | --remote-ips: 10.0.0 (expected: addresses",
                "watch --remote-ips example.org     | --remote-ips: example.org (expected: addresses",
                "watch --remote-ips fe80::zz        | --remote-ips: fe80::zz (expected: addresses",
                "watch --side both                  | --side: both (expected: client, server or all)",
                "watch --latency fast               | --latency: fast (expected: a duration or a range, like 10ms, 10ms-1s or -1s)",
                "watch --latency 5s-1s                | --latency: 5s-1s (expected",
                "watch --req-size 10x               | --req-size: 10x (expected: a size or a range, like 512, 10k, 10k-1MiB or -1k)",
                "watch --resp-size -x                 | --resp-size: -x (expected: a size",
                "watch --path users                 | --path: users (expected: a path that begins with /)",
                "watch --path-regex [a              | --path-regex: [a (expected: a regular expression; missing closing ])",
                "watch http --command get           | flags of Redis match no HTTP request",
                "watch redis --method GET           | flags of HTTP and HTTP/2 match no Redis request",
                "exporter --method GET --keys a     | match nothing",
                "record x --where status=500        | --where: chooses records, but a recording holds events, and records are made when it is read. Hint: kyanos watch --input FILE --where ...",
                "record x --latency=1s              | --latency: chooses records",
                "record x --exclude-header X-A      | --exclude-header: chooses records",
                "record x --json-output y           | unknown option: --json-output",
                "watch --time soon                  | --time: soon (expected: seconds above 0, like 10)",
                "watch --time 0                     | --time: 0 (expected: seconds",
                "watch --max-print-bytes -1         | --max-print-bytes: -1 (expected: bytes of 0 to 1048576)",
                "exporter --listen 9410             | --listen: 9410 (expected: HOST:PORT, like 127.0.0.1:9410",
                "exporter --listen ::1:9410         | --listen: ::1:9410 (expected: HOST:PORT",
                "exporter --listen 127.0.0.1:70000  | --listen: 127.0.0.1:70000 (expected: a port",
                "exporter --listen 127.0.0.1:http   | --listen: 127.0.0.1:http (expected: HOST:PORT",
                "config --config /                  | --config: / (expected: a file that exists)",
                "config --config /dev/zero          | --config: /dev/zero: does not end (expected: <= 4194304 bytes)",
                "config --config /no/such/file      | --config: /no/such/file (expected: a file that exists)",
                "config --set kyanos.exporter       | --set: kyanos.exporter (expected: KEY=VALUE)",
                "config --set =5                    | --set: =5 (expected: KEY=VALUE)",
                "config --set kyanos..x=5           | --set: kyanos..x (expected: a key like",
                "config --set kyanos.exporter.lisen=x        | --set: kyanos.exporter.lisen: unknown key. Hint: did you mean kyanos.exporter.listen?",
                "config --set kyanos.captur.batches=4        | --set: kyanos.captur: unknown key. Hint: did you mean kyanos.capture?",
                "config --set kyanos.max-series=5            | did you mean kyanos.metrics.max-series?",
                "config --set kyanos.zzzzzzzzzzzzzz=5        | unknown key. Hint: kyanos config prints all keys.",
                "config --set kyanos.exporter=5              | kyanos.exporter: a number (expected: a section)",
                "config --set kyanos.exporter.threads=[1]    | kyanos.exporter.threads: a list (expected: a number)",
                "config --set kyanos.exporter.threads=many   | --set: kyanos.exporter.threads: many (expected: a number)",
                "config --set kyanos.exporter.insecure=maybe | --set: kyanos.exporter.insecure: maybe (expected: true or false)",
                "config --set kyanos.exporter.threads=null   | kyanos.exporter.threads: null (expected: a number)",
                "config --set kyanos.exporter.threads=0      | kyanos.exporter.threads: 0 (expected: 1 to 64)",
                "config --set kyanos.exporter.listen=here    | kyanos.exporter.listen: here (expected: HOST:PORT",
                "config --set kyanos.metrics.max-series=0    | --set: kyanos.metrics.max-series: 0 (expected: 1 to 1000000)",
                "config --set kyanos.metrics.labels.requests=[a] | kyanos.metrics.labels.requests: a (expected: some of",
            })
    void wrongUseIsOneLineAndExitCodeTwo(String line, String expected) {
        World world = new World();

        int code = world.run(line.split(" "));

        assertThat(code).isEqualTo(2);
        assertThat(world.err()).startsWith("kyanos: ").contains(expected);
        assertOneLineForPeople(world.err());
        assertThat(world.out()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "kyanos { exporter { threads = 4            | my.conf: 2",
                "kyanos.exporter.threads = many             | my.conf: 1: kyanos.exporter.threads: many (expected: a number)",
                "kyanos.exporter.threads = 100              | my.conf: 1: kyanos.exporter.threads: 100 (expected: 1 to 64)",
                "kyanos.exporter.lisen = x                  | my.conf: 1: kyanos.exporter.lisen: unknown key. Hint: did you mean kyanos.exporter.listen?",
                "kyanos.watch = []                          | my.conf: 1: kyanos.watch: a list (expected: a section)",
                "kyanos = 5                                 | my.conf: 1: kyanos: a value (expected: a section)",
                "kyanos.shutdown-timeout = ${nowhere}       | nowhere",
                "kyanos.shutdown-timeout = 0 s              | kyanos.shutdown-timeout: 0 s (expected: 1 s to 1 hour)",
                "kyanos.actors.stop-timeout = -1 s          | kyanos.actors.stop-timeout: -1 s (expected: 0 s to 1 hour)",
                "kyanos.capture.sweep-interval = 1 day      | kyanos.capture.sweep-interval: 1 day (expected: 10 ms to 1 hour)",
                "kyanos.metrics.duration-buckets = [2 days] | kyanos.metrics.duration-buckets: a bound of 2 days (expected: to 1 day)",
                "kyanos.capture.steps-off = [sys_exit]      | kyanos.capture.steps-off: sys_exit (expected: some of process_exec, ",
                "kyanos.watch.max-print-bytes = 2 GiB       | kyanos.watch.max-print-bytes: 2 GiB (expected: 0 to 1048576 bytes)",
            })
    void aWrongFileIsOneLineThatNamesPlaceAndKey(String content, String expected, @TempDir Path folder)
            throws IOException {
        Path file = Files.writeString(folder.resolve("my.conf"), content + "\n");
        World world = new World();

        int code = world.run("config", "--config", file.toString());

        assertThat(code).isEqualTo(2);
        assertThat(world.err()).contains(expected);
        assertOneLineForPeople(world.err());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "load object socket: EINVAL: Invalid argument | load object socket: EINVAL: Invalid argument. Hint: run 'kyanos doctor'",
                "load: EPERM. Hint: run as root               | load: EPERM. Hint: run as root; for more, run 'kyanos doctor'",
            })
    void aRefusalOfTheKernelPointsToTheDoctor(String refusal, String expected) {
        for (String command : List.of("exporter --listen 127.0.0.1:0", "watch")) {
            World world = new World().launching((system, config, request) -> {
                throw new BpfException(refusal, 22, "");
            });

            assertThat(world.run(command.split(" "))).isEqualTo(1);

            assertThat(world.err()).isEqualTo("kyanos: " + expected + "\n");
        }
    }

    @Test
    void aRefusalOfTheEnvironmentIsShownAsItIs() {
        World world = new World().launching((system, config, request) -> {
            throw new IllegalStateException("load programs: EPERM (1).\n  Hint: run as root.");
        });

        int code = world.run("watch");

        assertThat(code).isEqualTo(1);
        assertThat(world.err()).isEqualTo("kyanos: load programs: EPERM (1).; Hint: run as root.\n");
    }

    @Test
    void aBugIsAlsoOneLineUnlessDebugAsksForMore() {
        World world = new World().launching((system, config, request) -> {
            throw new ArrayIndexOutOfBoundsException(7);
        });

        int code = world.run("watch");
        assertThat(code).isEqualTo(1);
        assertThat(world.err()).contains("internal error", "--debug");
        assertOneLineForPeople(world.err());

        World debugged = new World().launching((system, config, request) -> {
            throw new ArrayIndexOutOfBoundsException(7);
        });
        debugged.run("watch", "--debug");
        assertThat(debugged.err()).contains("\tat io.kyanos.cli.");
    }

    @Test
    void aTakenPortIsReportedBeforeAnythingIsCaptured() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            World world = new World();

            int code = world.run("exporter", "--listen", "127.0.0.1:" + taken.getLocalPort());

            assertThat(code).isEqualTo(1);
            assertThat(world.err())
                    .contains("listen 127.0.0.1:" + taken.getLocalPort() + ": address already in use")
                    .contains("Hint: another program listens there");
            assertOneLineForPeople(world.err());
        }
    }

    @Test
    void aFileThatCannotBeWrittenIsNamed() {
        World world = new World();

        int code = world.run("watch", "--json-output", "/no/such/folder/records.jsonl");

        assertThat(code).isEqualTo(1);
        assertThat(world.err())
                .isEqualTo("kyanos: write records /no/such/folder/records.jsonl: no such directory: /no/such/folder\n");
    }

    @Test
    void configPrintsWhatIsInForce(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(
                folder.resolve("my.conf"), "kyanos { exporter.threads = 7, metrics.max-series = 70 }\n");
        World world = new World();

        int code = world.run("config", "--config", file.toString(), "--set", "kyanos.exporter.threads=9");

        assertThat(code).isZero();
        assertThat(world.out())
                .contains(
                        "threads=9",
                        "max-series=70",
                        "listen=\"127.0.0.1:9410\"",
                        "# Scrapes answered at a time; further ones wait.");
        assertThat(world.err()).isEmpty();
    }

    @Test
    void settingsMayComeThroughAPipe(@TempDir Path folder) throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        World world = new World();
        CompletableFuture<Integer> code = world.start("config", "--origins", "--config", pipe.toString());

        Files.writeString(pipe, "kyanos.exporter {\n  threads = 7 }\n", StandardOpenOption.WRITE);

        assertThat(code.get(30, TimeUnit.SECONDS)).as(world.err()).isZero();
        assertThat(world.out()).contains("# " + pipe + ": 2", "threads=7");
    }

    @Test
    void errorsInAPipeAreReported(@TempDir Path folder) throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        World world = new World();
        CompletableFuture<Integer> code = world.start("config", "--config", pipe.toString());

        Files.writeString(pipe, "kyanos.exporter.lisen = x\n", StandardOpenOption.WRITE);

        assertThat(code.get(30, TimeUnit.SECONDS)).isEqualTo(2);
        assertThat(world.err()).contains(pipe + ": 1: kyanos.exporter.lisen: unknown key. Hint: did you mean");
        assertOneLineForPeople(world.err());
    }

    @Test
    void whatConfigPrintsIsAcceptedAsConfiguration(@TempDir Path folder) throws IOException {
        World printing = new World();
        printing.run("config", "--set", "kyanos.exporter.threads=9");
        Path file = Files.writeString(folder.resolve("printed.conf"), printing.out());
        World reading = new World();

        assertThat(reading.run("config", "--config", file.toString())).isZero();
        assertThat(reading.out()).contains("threads=9");
    }

    @Test
    void configPrintsOriginsWhenAsked() {
        World world = new World();

        world.run("config", "--origins", "--set", "kyanos.exporter.threads=9");

        assertThat(world.out()).contains("# --set");
    }

    @Test
    void anAddressNeedsNoQuotesAfterSet() {
        World world = new World();

        int code = world.run("config", "--set", "kyanos.exporter.listen=[::1]:9500");

        assertThat(code).isZero();
        assertThat(world.out()).contains("listen=\"[::1]:9500\"");
    }

    @Test
    void versionSaysWhatRuns() {
        World world = new World();

        assertThat(world.run("version")).isZero();
        assertThat(world.out()).containsPattern("^kyanos \\d+\\.\\d+").contains("Java ");
    }

    @Test
    void helpListsEveryCommand() {
        World world = new World();

        world.run("--help");

        assertThat(world.out().lines().dropWhile(line -> !line.equals("Commands:")))
                .anyMatch(line -> line.startsWith("  help  "))
                .anyMatch(line -> line.startsWith("  version  "));
        assertThat(Main.commandLine(Assembly.production()).getSubcommands().keySet())
                .allMatch(name -> world.out().contains("\n  " + name + " "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "--help", "exporter --help", "watch --help", "config --help", "version --help", "help watch"
            })
    void helpIsEverywhere(String line) {
        World world = new World();

        assertThat(world.run(line.isEmpty() ? new String[0] : line.split(" "))).isZero();
        assertThat(world.out()).startsWith("Usage: kyanos");
        assertThat(world.err()).isEmpty();
        assertThat(world.out().lines()).allMatch(text -> text.length() <= 100);
    }

    private static void assertOneLineForPeople(String said) {
        assertThat(said.lines()).hasSize(1);
        assertThat(said).doesNotContain("Exception", "\tat ");
        assertThat(List.of(said.split(" "))).doesNotContain("null.");
    }
}
