package io.kyanos.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.kyanos.bridge.BpfException;
import io.kyanos.capture.CaptureSettings;
import io.kyanos.capture.CaptureStep;
import io.kyanos.capture.CaptureTrial;
import io.kyanos.capture.EventTransport;
import io.kyanos.capture.Families;
import io.kyanos.capture.Hook;
import io.kyanos.capture.HookResult;
import io.kyanos.capture.StepResult;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {

    private static final String ALL = "000001ffffffffff";
    private static final String NONE = "0000000000000000";

    private static final Hook PREFERRED = new Hook("on_send", "fentry/send");
    private static final Hook ALTERNATIVE = new Hook("on_send_slow", "kprobe/send");

    @TempDir
    Path root;

    @BeforeEach
    void aMachineThatHasAll() throws IOException {
        write("proc/sys/kernel/osrelease", "6.1.0-38-cloud-amd64\n");
        write("proc/sys/kernel/unprivileged_bpf_disabled", "2\n");
        write("proc/sys/kernel/perf_event_paranoid", "3\n");
        write("proc/self/limits", "Max locked memory         8388608              8388608              bytes     \n");
        write("sys/kernel/btf/vmlinux", "types");
        own(ALL, ALL, ALL);
    }

    @Test
    void captureWorksWhenEveryHookIsTaken() {
        Diagnosis diagnosis = examine(works());

        assertThat(diagnosis.status()).isEqualTo(Status.OK);
        assertThat(diagnosis.exitCode()).isZero();
        assertThat(diagnosis.checks()).allMatch(check -> check.status() == Status.OK);
    }

    @Test
    void captureWorksWithLossesWithoutADispensableStep() {
        Diagnosis diagnosis = examine(without("tcp_end"));

        assertThat(diagnosis.status()).isEqualTo(Status.DEGRADED);
        assertThat(diagnosis.exitCode()).isEqualTo(3);
        assertThat(text(diagnosis))
                .startsWith("kyanos doctor: capture works, with losses\n")
                .containsPattern("(?m)^  degraded  tcp_end +tp_btf/tcp_destroy_sock \\(on_destroy\\): ENOENT")
                .contains("lost: the ends of TCP connections", "This kernel has no tp_btf/tcp_destroy_sock");
    }

    @Test
    void captureCannotWorkWithoutAnEssentialStep() {
        Diagnosis diagnosis = examine(without("syscall_exit"));

        assertThat(diagnosis.exitCode()).isEqualTo(1);
        assertThat(text(diagnosis)).startsWith("kyanos doctor: capture cannot work\n");
    }

    @Test
    void aStepThatASecondHookSeesIsNotLost() throws IOException {
        Diagnosis diagnosis = examine(trialOf(absent(PREFERRED), taken(ALTERNATIVE)));

        assertThat(diagnosis.exitCode()).isZero();
        assertThat(unwrapped(diagnosis))
                .contains("ok tcp_out kprobe/send (on_send_slow); not fentry/send (on_send): ENOENT: No such file")
                .doesNotContain("lost: ", "This kernel has no");
        assertThat(json(diagnosis))
                .contains("\"outcome\" : \"not_attached\"", "\"outcome\" : \"taken\"", "\"lost\" : \"\"");
    }

    @Test
    void aHookIsNotNeededWhereAPreferredOneIsTaken() throws IOException {
        HookResult spare = new HookResult(ALTERNATIVE, HookResult.Outcome.NOT_NEEDED, 0, "", "");
        Diagnosis diagnosis = examine(trialOf(taken(PREFERRED), spare));

        assertThat(diagnosis.exitCode()).isZero();
        assertThat(text(diagnosis)).contains("fentry/send (on_send)\n").doesNotContain("on_send_slow");
        assertThat(json(diagnosis)).contains("\"outcome\" : \"not_needed\"");
    }

    @Test
    void aStepIsLostWhereNoneOfItsHooksIsTaken() throws IOException {
        Diagnosis diagnosis = examine(trialOf(absent(PREFERRED), absent(ALTERNATIVE)));

        assertThat(diagnosis.exitCode()).isEqualTo(3);
        assertThat(unwrapped(diagnosis))
                .contains(
                        "degraded tcp_out fentry/send (on_send): ENOENT: No such file or directory; kprobe/send (on_send_slow): ENOENT",
                        "This kernel has no fentry/send; a later one has. This kernel has no kprobe/send",
                        "lost: when packets leave");
        assertThat(json(diagnosis)).contains("\"lost\" : \"when packets leave\"");
    }

    @Test
    void saysWhichCapabilitiesAreMissingAndWhereToGrantThem() throws IOException {
        own(NONE, NONE, ALL);
        assertThat(check(examine(refused()), "capabilities"))
                .matches(check -> check.status() == Status.FAILED)
                .matches(check -> check.finding().equals("CAP_BPF, CAP_PERFMON missing"))
                .matches(check -> check.advice().startsWith("Run as root, or grant them"));

        own("0000008000000000", "0000008000000000", "0000008000000000");
        assertThat(check(examine(refused()), "capabilities"))
                .matches(check -> check.finding().equals("CAP_PERFMON missing"))
                .matches(check -> check.advice().contains("bounding set"));

        own(NONE, ALL, ALL);
        assertThat(check(examine(refused()), "capabilities"))
                .matches(check -> check.advice().startsWith("They are permitted but not in force"));
    }

    @Test
    void rootOfAUserNamespaceIsNotRoot() throws IOException {
        Files.createDirectories(root.resolve("proc/self/ns"));
        Files.createSymbolicLink(root.resolve("proc/self/ns/user"), Path.of("user:[4026532999]"));

        assertThat(check(examine(refused()), "user"))
                .matches(check -> check.status() == Status.FAILED)
                .matches(check -> check.finding().contains("of a user namespace"));
        assertThat(check(examine(refused()), "capabilities").status()).isEqualTo(Status.OK);
    }

    @Test
    void namesOtherRestrictionsOfPrivileges() throws IOException {
        write("sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
        write(
                "proc/self/status",
                "Uid:\t1000\t1000\t1000\t1000\nCapEff:\t" + ALL + "\nCapPrm:\t" + ALL + "\nCapBnd:\t" + ALL
                        + "\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t3\n");

        Diagnosis diagnosis = examine(refused());

        assertThat(check(diagnosis, "bpf").finding()).contains("locked down (confidentiality)");
        assertThat(check(diagnosis, "seccomp").finding()).contains("3 filters in force: one may refuse bpf()");
        assertThat(check(diagnosis, "no_new_privileges").finding()).isEqualTo("set; takes nothing away");
        assertThat(check(diagnosis, "user").facts()).containsEntry("effective_uid", "1000");
    }

    @Test
    void namesAnOldKernelAndItsLimitOfLockedMemory() throws IOException {
        write("proc/sys/kernel/osrelease", "5.9.16\n");
        own("000000c000000000", "000000c000000000", "000000c000000000");

        Diagnosis diagnosis = examine(refused());

        assertThat(check(diagnosis, "kernel").finding()).isEqualTo("Linux 5.9.16, older than 5.10");
        assertThat(check(diagnosis, "locked_memory"))
                .matches(check -> check.status() == Status.FAILED)
                .matches(check -> check.finding().contains("8388608"));
        assertThat(text(diagnosis)).contains("capabilities needed: CAP_BPF, CAP_PERFMON, CAP_SYS_RESOURCE\n");
    }

    @Test
    void saysWhatKeepsACaptureFromTheSockets() throws IOException {
        assertThat(check(examine(atSystemCalls()), "vantage"))
                .matches(check -> check.status() == Status.OK)
                .matches(
                        check -> check.finding().endsWith(": this kernel has no tracepoints of sockets; Linux 6.3 has"))
                .matches(check -> check.advice().isEmpty());
        assertThat(text(examine(atSystemCalls()))).contains("capabilities needed: CAP_BPF, CAP_PERFMON\n");

        write("sys/kernel/btf/vmlinux", "\0btf_trace_sock_send_length\0");
        write("proc/self/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n");
        write("sys/fs/cgroup/cgroup.events", "populated 1\n");
        assertThat(check(examine(atSystemCalls()), "vantage"))
                .matches(check ->
                        check.finding().endsWith(": the root of all cgroups (cgroup2) is mounted nowhere here"))
                .matches(check -> check.advice().contains("--cgroupns=host"));

        own("000000c000000000", "000000c000000000", "000000c000000000");
        assertThat(check(examine(atSystemCalls()), "vantage"))
                .matches(check -> check.finding().endsWith(": CAP_NET_ADMIN is missing"))
                .matches(check -> check.advice().contains("CAP_NET_ADMIN"));
        assertThat(text(examine(atSystemCalls())))
                .contains("capabilities needed: CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON\n");
        assertThat(check(examine(works()), "vantage").finding()).isEqualTo("at the sockets");
    }

    private static CaptureTrial atSystemCalls() {
        return new CaptureTrial(
                EventTransport.RING,
                results(Optional.of("socket_send")).stream()
                        .filter(result -> !result.step().name().equals("socket_send"))
                        .toList(),
                Optional.empty());
    }

    @Test
    void namesMissingTypeInformation() throws IOException {
        Files.delete(root.resolve("sys/kernel/btf/vmlinux"));

        assertThat(check(examine(refused()), "btf"))
                .matches(check -> check.status() == Status.FAILED)
                .matches(check -> check.advice().contains("CONFIG_DEBUG_INFO_BTF"));
    }

    @Test
    void harmlessFindingsDoNotContradictTheVerdict() throws IOException {
        write("proc/sys/kernel/osrelease", "4.18.0-553.el8\n");
        own(NONE, NONE, NONE);
        Files.delete(root.resolve("sys/kernel/btf/vmlinux"));

        Diagnosis diagnosis = examine(works());

        assertThat(diagnosis.exitCode()).isZero();
        assertThat(diagnosis.checks()).allMatch(check -> check.status() == Status.OK);
        assertThat(check(diagnosis, "kernel").finding()).endsWith("; it works all the same");
    }

    @Test
    void anUnusedTransportFailsNothing() {
        Diagnosis diagnosis = new Doctor(
                        new Machine(root),
                        transport -> transport == EventTransport.PERF ? refused(transport) : works(),
                        EventTransport.RING,
                        Map::of)
                .examine(List.of(), settings(), new ProcessFilter(Set.of(), Set.of()));

        assertThat(diagnosis.exitCode()).isZero();
        assertThat(check(diagnosis, "perf"))
                .matches(check -> check.finding().startsWith("not usable, not needed: load object process"))
                .matches(check -> Boolean.FALSE.equals(check.facts().get("usable")));
    }

    @Test
    void textFitsAHundredColumnsAndHasColoursOnlyWhenAsked() throws IOException {
        own(NONE, NONE, NONE);
        for (CaptureTrial trial : List.of(works(), refused(), without("tcp_state"))) {
            assertThat(text(examine(trial)).lines()).allMatch(line -> line.length() <= TextReport.COLUMNS);
            assertThat(text(examine(trial))).doesNotContain("\u001b");
        }
        StringWriter out = new StringWriter();

        new TextReport(new PrintWriter(out), true, false).print(examine(refused()));

        assertThat(out.toString()).contains("\u001b[31mfailed\u001b[0m");
    }

    @Test
    void jsonHasEveryCheckHookAndFact() throws IOException {
        String json = json(examine(without("tcp_end")));

        assertThat(json).contains("\"format\" : 1", "\"status\" : \"degraded\"", "\"exit_code\" : 3", "\"1.2.3\"");
        assertThat(json).contains("\"unprivileged_bpf_disabled\" : \"2\"", "\"outcome\" : \"not_attached\"");
        for (CaptureStep step : Families.steps()) {
            assertThat(json).contains("\"step\" : \"" + step.name() + "\"");
        }
    }

    private Diagnosis examine(CaptureTrial trial) {
        return new Doctor(new Machine(root), transport -> trial, EventTransport.RING, Map::of)
                .examine(List.of(), settings(), new ProcessFilter(Set.of(), Set.of()));
    }

    private static CaptureSettings settings() {
        return CaptureSettings.of(ConfigFactory.defaultReference());
    }

    private static CaptureTrial works() {
        return new CaptureTrial(EventTransport.RING, results(Optional.empty()), Optional.empty());
    }

    private static CaptureTrial without(String missing) {
        boolean isEssential = Families.step(missing).orElseThrow().isEssential();
        return new CaptureTrial(
                EventTransport.RING,
                results(Optional.of(missing)),
                isEssential ? Optional.of(new BpfException("attach BPF program", 2, "")) : Optional.empty());
    }

    private static CaptureTrial refused() {
        return refused(EventTransport.RING);
    }

    private static CaptureTrial refused(EventTransport transport) {
        BpfException refusal = new BpfException(
                "load object process: EPERM: Operation not permitted. Hint: needs CAP_BPF and CAP_PERFMON", 1, "");
        List<StepResult> steps = Families.steps().stream()
                .map(step -> new StepResult(
                        step,
                        step.hooks().stream()
                                .map(hook -> new HookResult(
                                        hook, HookResult.Outcome.NOT_TRIED, 1, "load object process: EPERM", ""))
                                .toList()))
                .toList();
        return new CaptureTrial(transport, steps, Optional.of(refusal));
    }

    private static List<StepResult> results(Optional<String> missing) {
        return Families.steps().stream()
                .map(step -> new StepResult(
                        step,
                        step.hooks().stream()
                                .map(hook ->
                                        missing.filter(step.name()::equals).isPresent() ? absent(hook) : taken(hook))
                                .toList()))
                .toList();
    }

    private static HookResult taken(Hook hook) {
        return new HookResult(hook, HookResult.Outcome.TAKEN, 0, "", "");
    }

    private static HookResult absent(Hook hook) {
        return new HookResult(hook, HookResult.Outcome.NOT_ATTACHED, 2, "ENOENT: No such file or directory", "");
    }

    private static CaptureTrial trialOf(HookResult first, HookResult second) {
        CaptureStep step =
                new CaptureStep("tcp_out", "steps", false, "when packets leave", List.of(first.hook(), second.hook()));
        return new CaptureTrial(
                EventTransport.RING, List.of(new StepResult(step, List.of(first, second))), Optional.empty());
    }

    private static Check check(Diagnosis diagnosis, String name) {
        return diagnosis.checks().stream()
                .filter(check -> check.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static String text(Diagnosis diagnosis) {
        StringWriter out = new StringWriter();
        new TextReport(new PrintWriter(out), false, false).print(diagnosis);
        return out.toString();
    }

    /** Without what fits it into columns. */
    private static String unwrapped(Diagnosis diagnosis) {
        return text(diagnosis).replaceAll("\\s+", " ");
    }

    private static String json(Diagnosis diagnosis) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        JsonReport.write(diagnosis, "1.2.3", out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private void own(String effective, String permitted, String bounding) throws IOException {
        write(
                "proc/self/status",
                "Uid:\t0\t0\t0\t0\nCapEff:\t" + effective + "\nCapPrm:\t" + permitted + "\nCapBnd:\t" + bounding
                        + "\nNoNewPrivs:\t0\nSeccomp:\t0\n");
    }

    private void write(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
