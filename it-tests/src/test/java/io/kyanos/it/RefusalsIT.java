package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.cli.CommandInside;
import io.kyanos.protocol.Protocols;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What cannot be done is said in one line; nothing is left in the kernel, however a command ends. Commands run in the
 * tests' JVM, as they are put together for users; those for which the process matters are processes.
 */
class RefusalsIT {

    private static final int ENVIRONMENT = 1;
    private static final int USAGE = 2;

    @TempDir
    Path folder;

    @BeforeAll
    static void require() {
        Requires.captureAnd("setpriv", "unshare", "bpftool", "nginx", "wrk");
    }

    @AfterAll
    static void nothingIsLeftInTheKernel() {
        Awaitility.await()
                .untilAsserted(() -> assertThat(KernelPrograms.leftBehind()).isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-all", "-bpf,-perfmon,-sys_admin"})
    void saysWhichRightsAreMissing(String dropped) {
        List<String> without = List.of("setpriv", "--bounding-set", dropped, "--inh-caps", dropped);

        assertThat(processRefused(without, ENVIRONMENT, "exporter", "--listen", "127.0.0.1:0"))
                .contains("load", "EPERM", "CAP_BPF", "CAP_PERFMON", "root");
        assertThat(processRefused(without, ENVIRONMENT, "watch")).contains("load", "EPERM", "CAP_BPF", "root");
    }

    @Test
    void saysThatTheKernelHasNoTypeInformation() {
        List<String> without =
                List.of("unshare", "-m", "sh", "-c", "mount -t tmpfs none /sys/kernel/btf && exec \"$0\" \"$@\"");

        assertThat(processRefused(without, ENVIRONMENT, "exporter", "--listen", "127.0.0.1:0"))
                .contains("/sys/kernel/btf/vmlinux", "CONFIG_DEBUG_INFO_BTF");
    }

    @Test
    void saysThatThePortIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            String address = "127.0.0.1:" + taken.getLocalPort();

            assertThat(processRefused(List.of(), ENVIRONMENT, "exporter", "--listen", address))
                    .contains(address, "address already in use", "--listen");
        }
    }

    @Test
    void saysWhatIsUnknown() {
        assertThat(processRefused(List.of(), USAGE, "exporter", "--lisen", "127.0.0.1:0"))
                .contains("--lisen", "--listen");
        assertThat(refused(USAGE, "exprter")).contains("exprter", "exporter");
        assertThat(refused(USAGE, "watch", "gopher")).contains("gopher", "http", "redis");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--pids zero",
                "--comm /usr/bin/curl",
                "--local-ports 70000",
                "--local-ports 8099-8000",
                "--remote-ports 0",
                "--remote-ips 300.1.1.1",
                "--remote-ips 10.0.0.0/33",
                "--remote-ips fe80::1%eth0",
                "--local-ips 10.0.0.9-10.0.0.1",
                "--local-ips ,",
                "--exclude-pids zero",
                "--exclude-comm /usr/bin/curl",
                "--exclude-local-ports 80-",
                "--exclude-remote-ports http",
                "--exclude-local-ips localhost",
                "--exclude-remote-ips ::/129",
                "--protocol gopher",
                "--outcome okk",
                "--status 5x",
                "--status 599-500",
                "--operation ,",
                "--header :",
                "--exclude-status 99999999999",
                "--exclude-path-regex (",
                "--exclude-header X~(",
                "--path-regex a{9999}",
                "--side left",
                "--latency soon",
                "--req-size large",
                "--resp-size 2k-1k",
                "--req-size -",
                "--latency 1s-1ms",
                "--method ,",
                "--path nowhere",
                "--path-prefix nowhere",
                "--path-regex (",
                "--command ,",
                "--keys ,",
                "--time never",
                "--max-print-bytes -1"
            })
    void saysWhatAFlagExpects(String flagAndValue) {
        String[] flag = flagAndValue.split(" ");

        assertThat(refused(USAGE, "watch", flag[0], flag[1])).contains(flag[0], flag[1], "expected: ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--pids 5,6 --exclude-pids 6",
                "--comm nginx --exclude-comm nginx",
                "--local-ports 8080 --exclude-local-ports 8000-8099",
                "--remote-ips 10.1.0.0/16 --exclude-remote-ips 10.0.0.0/8",
            })
    void saysWhatContradictsItself(String flags) {
        String[] words = flags.split(" ");

        assertThat(refused(USAGE, "watch", words[0], words[1], words[2], words[3]))
                .contains(words[0] + ": ", "expected: nothing that " + words[2] + " " + words[3] + " leaves out");
    }

    @Test
    void saysWhichProtocolsAreLeft() {
        assertThat(refused(USAGE, "watch", "http", "--protocol", "redis")).contains("--protocol: redis", "http");
        assertThat(refused(USAGE, "watch", "http", "--exclude-protocol", "http"))
                .contains("--exclude-protocol: http");
        assertThat(refused(USAGE, "watch", "--path", "/a", "--keys", "a")).contains("match nothing");
    }

    @ParameterizedTest
    @CsvSource({
        "status>=500 and latenzy>1s, 16, 7",
        "latency > \"abc\", 10, 5",
        "outcome=okk, 8, 3",
        "path~\"(\", 5, 3",
        "(status=200, 11, 1"
    })
    void pointsAtThePlaceInAnExpression(String expression, int place, int length) {
        Commands.Result result = run("exporter", "--where", expression);

        assertThat(result.exitCode()).as(result.error()).isEqualTo(USAGE);
        List<String> lines = result.error().lines().toList();
        assertThat(lines).hasSize(3);
        assertThat(lines.get(0)).startsWith("kyanos: --where: ");
        assertThat(lines.get(1)).isEqualTo("  " + expression);
        assertThat(lines.get(2)).isEqualTo(" ".repeat(2 + place) + "^".repeat(length));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "kyanos.exporter.threads=many",
                "kyanos.exporter.threads=0",
                "kyanos.exporter.listen=nowhere",
                "kyanos.capture.rings.syscall=5000",
                "kyanos.capture.batches=1",
                "kyanos.connection.protocols=[gopher]",
                "kyanos.connection.request-timeout=soon",
                "kyanos.metrics.duration-buckets=[2 ms, 1 ms]",
                "kyanos.metrics.max-series=-1",
                "kyanos.shutdown-timeout=0 s",
                "kyanos.exporter.treads=4"
            })
    void saysWhichSettingIsWrong(String setting) throws IOException {
        String[] keyAndValue = setting.split("=");
        Path file = Files.writeString(
                folder.resolve("wrong.conf"), "\n\n" + keyAndValue[0] + " = \"" + keyAndValue[1] + "\"\n");
        if (keyAndValue[1].startsWith("[")) {
            Files.writeString(file, "\n\n" + setting + "\n");
        }

        assertThat(refused(USAGE, "exporter", "--set", setting)).contains(keyAndValue[0]);
        assertThat(refused(USAGE, "exporter", "--config", file.toString())).contains(keyAndValue[0], file.toString());
    }

    @Test
    void saysWhereAFileIsBroken() throws IOException {
        Path broken = Files.writeString(folder.resolve("broken.conf"), "kyanos {\n  exporter {\n    threads = ]\n");

        assertThat(refused(USAGE, "exporter", "--config", broken.toString())).contains(broken + ": 3");
        assertThat(refused(USAGE, "exporter", "--config", folder + "/none.conf"))
                .contains("--config", "none.conf");
        assertThat(refused(USAGE, "exporter", "--config", folder.toString())).contains("--config", "a file");
    }

    @Test
    void saysWhichFileCannotBeWritten() {
        assertThat(refused(ENVIRONMENT, "watch", "--json-output", folder + "/none/records"))
                .contains("write records " + folder + "/none/records: no such directory: " + folder + "/none");
        assertThat(refused(ENVIRONMENT, "watch", "--json-output", folder.toString()))
                .contains("write records " + folder + ": is a directory");
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT exporter", "TERM exporter", "INT watch", "TERM watch"})
    void aSignalShutsTheExporterDownInOrderUnderTraffic(String line) {
        String signal = line.split(" ")[0];
        boolean exports = line.endsWith("exporter");
        try (Servers.Server nginx = nginx();
                // a shell that started us in the background has us ignore Ctrl-C
                KyanosProcess kyanos = exports
                        ? KyanosProcess.exporterUnder(
                                List.of("env", "--default-signal=INT"), KyanosProcess.ofOurChildren())
                        : watch(nginx.port());
                RunningProgram load = endlessLoad(nginx)) {
            if (exports) {
                kyanos.awaitUnderLoad(seen -> assertThat(seen.sum("kyanos_requests_total", "process", "nginx"))
                        .isPositive());
            } else {
                Awaitility.await().until(() -> kyanos.program().output().lines().count() > 100);
            }
            Set<Integer> held = KernelPrograms.heldBy(kyanos.program().pid());
            assertThat(held).isNotEmpty();

            int exitCode = kyanos.stop(signal);

            assertThat(exitCode).as(kyanos.error()).isZero();
            assertThat(kyanos.error()).doesNotContain("\tat ", "Exception", "late", "not done", "ERROR");
            assertThat(load.isAlive()).isTrue();
            Awaitility.await()
                    .untilAsserted(() -> assertThat(KernelPrograms.loaded()).doesNotContainAnyElementsOf(held));
        }
    }

    @Test
    void leavesNothingWhenItIsKilled() {
        try (KyanosProcess kyanos = KyanosProcess.exporter()) {
            Set<Integer> held = KernelPrograms.heldBy(kyanos.program().pid());
            assertThat(KernelPrograms.loaded()).containsAll(held);
            assertThat(held).isNotEmpty();

            kyanos.stop("KILL");

            Awaitility.await()
                    .untilAsserted(() -> assertThat(KernelPrograms.loaded()).doesNotContainAnyElementsOf(held));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--json-output stdout"})
    void aReaderThatGoesAwayEndsTheCommandQuietly(String output) {
        try (Servers.Server nginx = nginx();
                RunningProgram load = endlessLoad(nginx);
                KyanosProcess kyanos = KyanosProcess.start(
                        List.of("bash", "-c", "\"$0\" \"$@\" | head -n 1; echo ended with ${PIPESTATUS[0]}"),
                        watching(nginx.port(), output))) {

            assertThat(kyanos.program().awaitExit()).isZero();

            assertThat(kyanos.program().output()).endsWith("ended with 0\n").hasLineCount(2);
            assertThat(kyanos.error()).doesNotContain("\tat ", "Exception", "late", "not done", "ERROR", "roken");
            assertThat(load.isAlive()).isTrue();
        }
    }

    @Test
    void endsByItselfAfterTheGivenTime() {
        Commands.Result result = run("watch", "--time", "0.5", "--local-ports", "1");

        assertThat(result.exitCode()).isZero();
        assertThat(result.error())
                .isEqualTo("kyanos: capturing " + String.join(", ", Protocols.names())
                        + " of all processes for 0.5 s; Ctrl-C ends\n");
        assertThat(result.output()).startsWith("TIME ").hasLineCount(1);
    }

    private static KyanosProcess watch(int port) {
        return KyanosProcess.start(List.of("env", "--default-signal=INT"), watching(port, ""));
    }

    private static List<String> watching(int port, String more) {
        List<String> line = new ArrayList<>(List.of("watch", "http", "--local-ports", Integer.toString(port)));
        if (!more.isEmpty()) {
            line.addAll(List.of(more.split(" ")));
        }
        return line;
    }

    private static Servers.Server nginx() {
        return Servers.nginx("", "keepalive_requests 20; location / { return 200 ok; }");
    }

    /** Goes on for longer than any test. */
    private static RunningProgram endlessLoad(Servers.Server nginx) {
        return RunningProgram.start("wrk", "-t1", "-c10", "-d1h", "http://127.0.0.1:" + nginx.port() + "/");
    }

    /** The one line that a command refuses with. Nothing of it stays in this JVM either. */
    private static String refused(int exitCode, String... arguments) {
        Set<String> held = OwnKernelObjects.held();

        String line = lineOf(exitCode, run(arguments));

        assertThat(OwnKernelObjects.held()).isEqualTo(held);
        return line;
    }

    private static String processRefused(List<String> prefix, int exitCode, String... arguments) {
        List<String> line = new ArrayList<>(prefix);
        line.addAll(KyanosProcess.command());
        line.addAll(List.of(arguments));
        return lineOf(exitCode, Commands.run(line.toArray(String[]::new)));
    }

    private static String lineOf(int exitCode, Commands.Result result) {
        assertThat(result.exitCode()).as(result.error()).isEqualTo(exitCode);
        assertThat(result.error()).startsWith("kyanos: ").hasLineCount(1).doesNotContain("\tat ", "Exception");
        return result.error();
    }

    private static Commands.Result run(String... arguments) {
        try (CommandInside command = CommandInside.start(arguments)) {
            return new Commands.Result(command.awaitExit(), command.output(), command.error());
        }
    }
}
