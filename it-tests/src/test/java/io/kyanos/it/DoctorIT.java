package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.kyanos.bridge.Capability;
import io.kyanos.capture.CaptureStep;
import io.kyanos.cli.CommandInside;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What doctor says is what an exporter then does. */
class DoctorIT {

    @TempDir
    Path folder;

    @BeforeAll
    static void require() {
        Requires.captureAnd("setpriv", "unshare", "bpftool", "nginx", "gcc");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-all",
                "-all,+bpf",
                "-all,+perfmon",
                "-all,+sys_admin",
                "-bpf",
                "-perfmon",
                "-bpf,-sys_admin",
                "-perfmon,-sys_admin",
                "-sys_admin,-net_admin,-sys_ptrace,-dac_read_search,-dac_override"
            })
    void itsVerdictHoldsWithCapabilitiesTakenAway(String dropped) {
        assertHolds(under(dropped));
    }

    @Test
    void theCapabilitiesThatItNamesSuffice() {
        String needed = Capability.NEEDED.stream()
                .map(capability ->
                        "+" + capability.name().substring("CAP_".length()).toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(",", "-all,", ""));

        assertThat(assertHolds(under(needed))).isZero();
    }

    @Test
    void theCapabilitiesOfTheServiceSufficeForTheSockets() {
        Requires.tracepointsOfSockets();
        String granted = Capability.GRANTED.stream()
                .map(capability ->
                        "+" + capability.name().substring("CAP_".length()).toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(",", "-all,", ""));

        Commands.Result result = doctor(under(granted));

        assertThat(result.exitCode()).isZero();
        assertThat(result.output()).containsPattern("ok +vantage +at the sockets");
        assertThat(doctor(under("-net_admin,-sys_admin")).output())
                .containsPattern("ok +vantage +at the border of all system calls: CAP_NET_ADMIN is missing");
    }

    @Test
    void aCaptureIsAtSystemCallsWhereTheRootOfAllCgroupsIsOutOfSight() {
        Requires.tracepointsOfSockets();
        List<String> without = List.of(
                "unshare",
                "-m",
                "sh",
                "-c",
                "grep ' cgroup2 ' /proc/self/mounts | cut -d ' ' -f 2 | while read -r folder; do umount \"$folder\"; done"
                        + " && exec \"$0\" \"$@\"");

        assertThat(assertHolds(without)).isZero();
        assertThat(doctor(without).output())
                .containsPattern("ok +vantage +at the border of all system calls: the root of all cgroups");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-all,+bpf,+perfmon", "-all,+bpf,+perfmon,+ipc_lock"})
    void itsVerdictHoldsForPerfBuffers(String dropped) {
        assertHolds(under(dropped), "--set", "kyanos.capture.transport=perf");
    }

    @Test
    void rootOfAUserNamespaceIsReportedAsUnprivileged() {
        List<String> within = List.of("unshare", "--user", "--map-root-user");

        assertThat(assertHolds(within)).isEqualTo(1);
        assertThat(doctor(within).output()).contains("of a user namespace");
    }

    @Test
    void aKernelWithoutTypeInformationIsReported() {
        List<String> without =
                List.of("unshare", "-m", "sh", "-c", "mount -t tmpfs none /sys/kernel/btf && exec \"$0\" \"$@\"");

        assertThat(assertHolds(without)).isEqualTo(1);
        assertThat(doctor(without).output()).containsPattern("failed +btf +/sys/kernel/btf/vmlinux is missing");
    }

    @Test
    void aStepThatIsLeftOutIsALossAndTheExporterReportsIt() {
        String off = "kyanos.capture.steps-off=[tcp_end]";
        assertThat(assertHolds(List.of(), "--set", off)).isEqualTo(3);

        try (KyanosProcess kyanos = KyanosProcess.exporter("--set", off, "--set", "kyanos.capture.tcp-splice=always")) {
            Scrape seen = kyanos.scrape();
            for (CaptureStep step : KyanosProcess.steps()) {
                String hook = step.hooks().get(0).place();
                assertThat(seen.sum("kyanos_hook_attached", "step", step.name(), "hook", hook))
                        .as(step.name())
                        .isEqualTo(step.name().equals("tcp_end") ? 0 : 1);
            }
            assertThat(kyanos.error()).contains("tp_btf/tcp_destroy_sock for tcp_end is not taken");
        }
    }

    @Test
    void nothingStaysInTheKernel() {
        assertThat(doctor(List.of()).exitCode()).isZero();

        Awaitility.await()
                .untilAsserted(() -> assertThat(KernelPrograms.leftBehind()).isEmpty());
    }

    @Test
    void saysWhetherAServerIsSeenOrHiddenByAFilter() {
        try (Servers.Server server = Scripts.churn()) {
            String pid = Long.toString(server.pid());

            String said = doctorInside("--pid", pid).output();
            assertThat(said).containsPattern("process " + pid + " \\(python3[.0-9]*\\): seen\n");
            assertThat(said).containsPattern("ok +sockets +.*1 tcp listening");

            assertThat(doctorInside("--pid", pid, "--comm", "curl").output())
                    .contains("not seen: neither it nor an ancestor is among --pids or --comm");
            assertThat(doctorInside("--pid", pid, "--pids", pid).output()).contains("it passes the filter");
        }
    }

    @Test
    void saysWhatIsSeenOfIoUringAndThatAMappedLibraryHidesNothing() throws IOException {
        Path source = folder.resolve("iouring.c");
        try (InputStream in = Objects.requireNonNull(DoctorIT.class.getResourceAsStream("iouring.c"))) {
            Files.copy(in, source);
        }
        Path program = folder.resolve("iouring");
        Commands.run("gcc", "-o", program.toString(), source.toString()).expectSuccess();
        int port = Ports.free();
        try (Servers.Server nginx = Servers.nginx("", "location / { return 200 ok; }");
                RunningProgram uring = RunningProgram.start(program.toString(), Integer.toString(port))) {
            Awaitility.await().until(() -> holdsARing(uring));
            String pids = uring.parentPid() + "," + nginx.pid();

            assertThat(doctorInside("--pid", pids).output())
                    .containsPattern("io_uring is in use, \\d+ requests so far: "
                            + (KyanosProcess.isAtSockets() ? "what it moves over sockets" : "what goes through it"))
                    .containsPattern("process " + nginx.pid() + " \\(nginx\\): seen\n")
                    .containsPattern("libssl\\.so\\S* is mapped, and no connection is at a port of TLS");
        }
    }

    @Test
    void saysThatConnectionsAtPortsOfTlsAreNotDecoded() {
        String listen = "import socket, sys; s = socket.create_server(('127.0.0.1', 443)); print('up', flush=True);"
                + " sys.stdin.read()";
        try (RunningProgram program = RunningProgram.start(
                "unshare", "-n", "sh", "-c", "ip link set lo up; exec python3 -c \"$0\"", listen)) {
            program.awaitOutput("up");
            String pid = Long.toString(program.parentPid());

            assertThat(doctor(List.of(), "--pid", pid).output())
                    .contains("seen in part: has sockets at a port of TLS, 443:");
        }
    }

    private static boolean holdsARing(RunningProgram program) throws IOException {
        Path descriptors = Path.of("/proc/" + program.parentPid() + "/fd");
        try (Stream<Path> all = Files.list(descriptors)) {
            for (Path descriptor : all.toList()) {
                if (Files.readSymbolicLink(descriptor).toString().contains("io_uring")) {
                    return true;
                }
            }
        }
        Assumptions.assumeTrue(program.isAlive(), "skipped, as this machine has no io_uring");
        return false;
    }

    /** Compares the verdict with what an exporter does; gives the exit code. */
    private static int assertHolds(List<String> prefix, String... settings) {
        List<String> line = new ArrayList<>(List.of("doctor", "--json"));
        line.addAll(List.of(settings));
        Commands.Result result = run(prefix, line);
        Map<String, String> said = top(result.output());
        assertThat(said.get("exit_code")).isEqualTo(Integer.toString(result.exitCode()));

        assertThat(exporterStarts(prefix, settings))
                .as("doctor says %s\n%s", said.get("status"), result.output())
                .isEqualTo(result.exitCode() != 1);
        return result.exitCode();
    }

    private static boolean exporterStarts(List<String> prefix, String... settings) {
        List<String> line = new ArrayList<>(List.of("exporter", "--listen", "127.0.0.1:0"));
        line.addAll(List.of(settings));
        try (KyanosProcess kyanos = KyanosProcess.start(prefix, line)) {
            Awaitility.await("start or end")
                    .until(() -> kyanos.error().contains("metrics at ")
                            || !kyanos.program().isAlive());
            if (kyanos.error().contains("metrics at ")) {
                return true;
            }
            assertThat(kyanos.program().awaitExit()).isEqualTo(1);
            assertThat(kyanos.error()).hasLineCount(1).contains("Hint: ", "run 'kyanos doctor'");
            return false;
        }
    }

    private static List<String> under(String dropped) {
        return dropped.isEmpty() ? List.of() : List.of("setpriv", "--bounding-set", dropped, "--inh-caps", dropped);
    }

    /** In this JVM, which is started already. */
    private static Commands.Result doctorInside(String... arguments) {
        try (CommandInside doctor = CommandInside.start(Servers.concat(new String[] {"doctor"}, arguments))) {
            return checked(new Commands.Result(doctor.awaitExit(), doctor.output(), doctor.error()));
        }
    }

    private static Commands.Result doctor(List<String> prefix, String... arguments) {
        List<String> line = new ArrayList<>(List.of("doctor"));
        line.addAll(List.of(arguments));
        return run(prefix, line);
    }

    private static Commands.Result run(List<String> prefix, List<String> arguments) {
        List<String> line = new ArrayList<>(prefix);
        line.addAll(KyanosProcess.command());
        line.addAll(arguments);
        return checked(Commands.run(line.toArray(String[]::new)));
    }

    private static Commands.Result checked(Commands.Result result) {
        assertThat(result.exitCode()).as(result.error()).isIn(0, 1, 3);
        assertThat(result.error()).doesNotContain("\tat ", "Exception");
        return result;
    }

    /** The plain fields of the outermost object; fails where it is none. */
    private static Map<String, String> top(String json) {
        Map<String, String> fields = new HashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            assertThat(parser.nextToken()).isEqualTo(JsonToken.START_OBJECT);
            for (JsonToken token = parser.nextToken(); token != JsonToken.END_OBJECT; token = parser.nextToken()) {
                String name = parser.currentName();
                if (parser.nextToken().isScalarValue()) {
                    fields.put(name, parser.getText());
                } else {
                    parser.skipChildren();
                }
            }
        } catch (IOException e) {
            throw new AssertionError(json, e);
        }
        return fields;
    }
}
