package io.kyanos.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.bridge.BpfException;
import io.kyanos.bridge.KernelVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelRequirementsTest {

    @Test
    void aRefusalOfAnOldKernelNamesItsVersion() {
        KernelVersion old = KernelVersion.parse("5.9.16");

        assertThat(KernelRequirements.explain(new BpfException("load object socket: EINVAL", 22, "words"), old))
                .hasMessage("load object socket: EINVAL. Hint: this is Linux 5.9.16 (expected: 5.10 or later)")
                .matches(e -> e.errno() == 22 && e.log().equals("words"));
        assertThat(KernelRequirements.explain(new BpfException("load: EPERM. Hint: run as root", 1, ""), old))
                .hasMessage("load: EPERM. Hint: run as root; this is Linux 5.9.16 (expected: 5.10 or later)");
    }

    @Test
    void aRefusalOfARecentKernelStaysAsItIs() {
        BpfException refusal = new BpfException("load object socket: ENOMEM", 12, "");

        assertThat(KernelRequirements.explain(refusal, KernelVersion.parse("5.10.0")))
                .isSameAs(refusal);
    }

    @Test
    void eitherAdministratorMayUseCgroups() {
        assertThat(KernelRequirements.mayUseCgroups(status("000000c000001000"))).isTrue();
        assertThat(KernelRequirements.mayUseCgroups(status("0000000000200000"))).isTrue();
        assertThat(KernelRequirements.mayUseCgroups(status("ffffffffffffffff"))).isTrue();
        assertThat(KernelRequirements.mayUseCgroups(status("000000c000000000"))).isFalse();
        assertThat(KernelRequirements.mayUseCgroups("")).isFalse();
    }

    @Test
    void socketsAreSeenAtTheRootOfAllCgroupsAlone(@TempDir Path root) throws IOException {
        write(root.resolve("sys/kernel/btf/vmlinux"), "\0btf_trace_sock_send_length\0");
        write(root.resolve("proc/self/status"), status("000000c000001000"));
        assertThat(KernelRequirements.obstacle(root, Vantage.SOCKETS).orElseThrow())
                .contains("cgroup2");

        write(
                root.resolve("proc/self/mounts"),
                "cgroup /sys/fs/cgroup/cpu cgroup rw 0 0\ncgroup2 /gone cgroup2 rw 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n");
        Path cgroup = Files.createDirectories(root.resolve("sys/fs/cgroup/unified"));
        assertThat(KernelRequirements.obstacle(root, Vantage.SOCKETS)).isEmpty();

        write(cgroup.resolve("cgroup.events"), "populated 1\n");
        assertThat(KernelRequirements.obstacle(root, Vantage.SOCKETS).orElseThrow())
                .contains("cgroup2");
        assertThat(KernelRequirements.obstacle(root, Vantage.SYSCALLS)).isEmpty();
    }

    private static void write(Path file, String content) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    private static String status(String effective) {
        return "CapPrm:\t000001ffffffffff\nCapEff:\t" + effective + "\nCapBnd:\t000001ffffffffff\n";
    }
}
