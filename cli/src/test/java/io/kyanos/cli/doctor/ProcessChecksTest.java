package io.kyanos.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.kyanos.capture.CaptureSettings;
import io.kyanos.capture.RunningNames;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessChecksTest {

    private static final int PID = 700;
    private static final String TCP_HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when\n";

    @TempDir
    Path root;

    @BeforeEach
    void aServerUnderAShell() throws IOException {
        status(1, "init", "S (sleeping)", 0, "VmSize:\t100 kB\n");
        status(600, "bash", "S (sleeping)", 1, "VmSize:\t100 kB\n");
        status(PID, "server", "S (sleeping)", 600, "VmSize:\t100 kB\nNSpid:\t700\t7\n");
        link("proc/700/exe", root.resolve("bin/server").toString());
        write("bin/server", "");
        write("proc/700/maps", "7f00-7f01 r-xp 00000000 fe:00 1  /lib/x86_64-linux-gnu/libc.so.6\n");
        write(
                "proc/700/net/tcp",
                TCP_HEAD
                        + "   0: 0100007F:1F90 00000000:0000 0A 0:0 00:0 0 0 0 111 1 x\n"
                        + "   1: 0100007F:1F90 0100007F:D431 01 0:0 00:0 0 0 0 112 1 x\n");
        write(
                "proc/700/net/unix",
                "Num       RefCount Protocol Flags    Type St Inode Path\n"
                        + "0000: 00000002 00000000 00010000 0001 01 113 /run/s\n"
                        + "0000: 00000003 00000000 00000000 0002 01 114\n");
        link("proc/700/fd/0", "/dev/null");
        link("proc/700/fd/3", "socket:[111]");
        link("proc/700/fd/4", "socket:[112]");
        link("proc/700/fd/5", "socket:[113]");
        link("proc/700/fd/6", "socket:[114]");
    }

    @Test
    void aPlainServerIsSeenWithItsSocketsCounted() {
        ProcessDiagnosis process = look("");

        assertThat(process.seen()).isEqualTo(Status.OK);
        assertThat(process.summary()).isEqualTo("seen");
        assertThat(process.name()).isEqualTo("server");
        assertThat(check(process, "kind").finding()).isEqualTo("process 700 here, 7 in its own namespace");
        assertThat(check(process, "sockets").finding()).isEqualTo("1 tcp, 1 tcp listening, 1 unix listening, 1 other");
        assertThat(check(process, "sockets").facts()).containsEntry("udp", 0).containsEntry("tcp", 1);
    }

    @Test
    void socketsOfOtherKindsAreNotSeen() {
        ProcessDiagnosis process = look("kyanos.capture.sockets = [udp]");

        assertThat(process.seen()).isEqualTo(Status.FAILED);
        assertThat(process.summary()).endsWith("none of a kind that is captured");
    }

    @Test
    void saysThatIoUringIsNotSeen() throws IOException {
        link("proc/700/fd/7", "anon_inode:[io_uring]");

        ProcessDiagnosis process = look("");

        assertThat(process.seen()).isEqualTo(Status.DEGRADED);
        assertThat(check(process, "io_uring").finding()).contains("what goes through it is not seen");
    }

    @Test
    void saysThatIoUringIsSeenAtSocketsAndHowMuchItDoes() throws IOException {
        link("proc/700/fd/7", "anon_inode:[io_uring]");
        write("proc/700/fdinfo/7", "pos:\t0\nSqHead:\t41\nSqTail:\t42\n");
        link("proc/700/fd/8", "anon_inode:[io_uring]");
        write("proc/700/fdinfo/8", "SqHead:\t1\n");

        ProcessDiagnosis process =
                new ProcessChecks(new Machine(root), settings(""), none(), Map.of(), ProcessChecks.Rings.SEEN).of(PID);

        assertThat(process.seen()).isEqualTo(Status.OK);
        assertThat(check(process, "io_uring").finding())
                .isEqualTo("io_uring is in use, 42 requests so far: what it moves over sockets is seen,"
                        + " kyanos_io_uring_calls_total counts it by kind");
        assertThat(check(process, "io_uring").facts()).containsEntry("rings", 2);
    }

    @Test
    void aMappedTlsLibraryAloneIsNoObstacle() throws IOException {
        write("proc/700/maps", "7f00-7f01 r-xp 00000000 fe:00 1  /usr/lib/x86_64-linux-gnu/libssl.so.3\n");

        ProcessDiagnosis process = look("");

        assertThat(process.summary()).isEqualTo("seen");
        assertThat(check(process, "tls").finding())
                .isEqualTo("libssl.so.3 is mapped, and no connection is at a port of TLS; others may be encrypted, and"
                        + " then are not decoded");
    }

    @Test
    void aConnectionAtATlsPortIsAnObstacle() throws IOException {
        write("proc/700/maps", "7f00-7f01 r-xp 00000000 fe:00 1  /usr/lib/x86_64-linux-gnu/libssl.so.3\n");
        write(
                "proc/700/net/tcp",
                TCP_HEAD
                        + "   0: 0100007F:20FB 00000000:0000 0A 0:0 00:0 0 0 0 111 1 x\n"
                        + "   1: 0100007F:D431 0100007F:01BB 01 0:0 00:0 0 0 0 112 1 x\n"
                        + "   2: 0100007F:D432 0100007F:03E3 01 0:0 00:0 0 0 0 999 1 x\n");

        ProcessDiagnosis process = look("");

        assertThat(process.summary())
                .isEqualTo("seen in part: has sockets at ports of TLS, 443, 8443: what is encrypted is not decoded in"
                        + " this release");
        assertThat(check(process, "tls").facts()).containsEntry("ports", List.of(443, 8443));
    }

    @Test
    void saysThatJavaAndGoBringTheirOwnTls() throws IOException {
        write("proc/700/maps", "7f00-7f01 r-xp 00000000 fe:00 1  /usr/lib/jvm/lib/server/libjvm.so\n");
        assertThat(check(look(""), "tls").finding()).startsWith("a JVM, which brings its own TLS, and no connection");

        write("proc/700/net/tcp", TCP_HEAD);
        write("proc/700/maps", "7f00-7f01 r-xp 00000000 fe:00 1  /bin/server\n");
        Files.write(root.resolve("bin/server"), elf(2, ".text\0.go.buildinfo\0"));
        assertThat(check(look(""), "tls").finding())
                .isEqualTo("a Go program, which brings its own TLS, and no TCP socket is open");
    }

    @Test
    void theFilterIncludesDescendants() {
        assertThat(look("", 600).seen()).isEqualTo(Status.OK);
        assertThat(look("", "server").seen()).isEqualTo(Status.OK);
        assertThat(look("", "bash").seen()).isEqualTo(Status.OK);
        assertThat(look("", "nginx").summary())
                .isEqualTo("not seen: neither it nor an ancestor is among --pids or --comm");
    }

    @Test
    void saysThatIoUringIsCountedAloneWhereItsStepIsLost() throws IOException {
        link("proc/700/fd/7", "anon_inode:[io_uring]");
        write("proc/700/fdinfo/7", "SqHead:\t41\n");

        ProcessDiagnosis process = new ProcessChecks(
                        new Machine(root), settings(""), none(), Map.of(), ProcessChecks.Rings.COUNTED)
                .of(PID);

        assertThat(process.seen()).isEqualTo(Status.DEGRADED);
        assertThat(check(process, "io_uring").finding()).endsWith("is counted and not looked at");
        assertThat(check(process, "io_uring").advice()).contains("ring_submit");
    }

    @Test
    void saysWhatAnIdIsThatIsNotAProcess() throws IOException {
        assertThat(new ProcessChecks(new Machine(root), settings(""), none(), Map.of(), ProcessChecks.Rings.UNSEEN)
                        .of(999)
                        .summary())
                .isEqualTo("not seen: it does not exist");

        status(PID, "server", "Z (zombie)", 600, "");
        assertThat(look("").summary()).startsWith("not seen: a zombie");

        status(PID, "kworker/0:1", "I (idle)", 2, "");
        assertThat(look("").summary()).startsWith("not seen: a thread of the kernel");

        write("proc/700/status", "Name:\tserver\nTgid:\t698\nState:\tS\nPPid:\t600\nVmSize:\t100 kB\n");
        assertThat(look("").summary()).isEqualTo("not seen: a thread of process 698");
    }

    @Test
    void recognisesThirtyTwoBitPrograms() throws IOException {
        Files.write(root.resolve("bin/server"), elf(1, ".text\0"));

        assertThat(check(look(""), "program").facts()).containsEntry("bits", 32).containsEntry("go", false);
    }

    @Test
    void saysWhatItMayNotLookAt() throws IOException {
        for (int fd : new int[] {0, 3, 4, 5, 6}) {
            Files.delete(root.resolve("proc/700/fd/" + fd));
        }
        Files.delete(root.resolve("proc/700/fd"));
        Files.delete(root.resolve("proc/700/maps"));

        ProcessDiagnosis process = look("");

        assertThat(check(process, "sockets"))
                .matches(check -> check.finding().equals("cannot be looked at with these rights"))
                .matches(check -> check.advice().contains("CAP_SYS_PTRACE"));
        assertThat(check(process, "tls").finding()).isEqualTo("cannot be looked at with these rights");
    }

    @Test
    void namesAProcessLikeItsRecords() throws IOException {
        ProcessFilter byName = new ProcessFilter(Set.of(), Set.of("gunicorn"));
        Map<Integer, RunningNames.Name> names = Map.of(PID, new RunningNames.Name("gunicorn", "shop"));

        ProcessDiagnosis process =
                new ProcessChecks(new Machine(root), settings(""), byName, names, ProcessChecks.Rings.UNSEEN).of(PID);

        assertThat(process.name()).isEqualTo("shop");
        assertThat(process.seen()).as("by the program's name").isEqualTo(Status.OK);
        assertThat(new ProcessChecks(
                                new Machine(root),
                                settings(""),
                                new ProcessFilter(Set.of(), Set.of("shop")),
                                names,
                                ProcessChecks.Rings.UNSEEN)
                        .of(PID)
                        .seen())
                .as("filters do not know the name shown")
                .isEqualTo(Status.FAILED);
    }

    @Test
    void namesADeletedFileWithoutItsMark() throws IOException {
        Files.delete(root.resolve("proc/700/exe"));
        link("proc/700/exe", "/memfd:helper (deleted)");
        status(PID, "32", "S (sleeping)", 600, "");

        assertThat(look("").name()).isEqualTo("memfd:helper");
    }

    private ProcessDiagnosis look(String settings) {
        return new ProcessChecks(new Machine(root), settings(settings), none(), Map.of(), ProcessChecks.Rings.UNSEEN)
                .of(PID);
    }

    private ProcessDiagnosis look(String settings, int pid) {
        return new ProcessChecks(
                        new Machine(root),
                        settings(settings),
                        new ProcessFilter(Set.of(pid), Set.of()),
                        Map.of(),
                        ProcessChecks.Rings.UNSEEN)
                .of(PID);
    }

    private ProcessDiagnosis look(String settings, String name) {
        return new ProcessChecks(
                        new Machine(root),
                        settings(settings),
                        new ProcessFilter(Set.of(), Set.of(name)),
                        Map.of(),
                        ProcessChecks.Rings.UNSEEN)
                .of(PID);
    }

    private static ProcessFilter none() {
        return new ProcessFilter(Set.of(), Set.of());
    }

    private static CaptureSettings settings(String more) {
        return CaptureSettings.of(ConfigFactory.parseString(more)
                .withFallback(ConfigFactory.defaultReference())
                .resolve());
    }

    private static Check check(ProcessDiagnosis process, String name) {
        return process.checks().stream()
                .filter(check -> check.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /* A header and one section, the names of sections. */
    private static byte[] elf(int width, String names) {
        boolean wide = width == 2;
        ByteBuffer file = ByteBuffer.allocate(256).order(ByteOrder.nativeOrder());
        file.putInt(0, 0x464c457f).put(4, (byte) width);
        byte[] text = names.getBytes(StandardCharsets.ISO_8859_1);
        file.position(200);
        file.put(text);
        if (wide) {
            file.putLong(40, 64)
                    .putShort(58, (short) 64)
                    .putShort(60, (short) 1)
                    .putShort(62, (short) 0);
            file.putLong(64 + 24, 200).putLong(64 + 32, text.length);
        } else {
            file.putInt(32, 64).putShort(46, (short) 40).putShort(48, (short) 1).putShort(50, (short) 0);
            file.putInt(64 + 16, 200).putInt(64 + 20, text.length);
        }
        return file.array();
    }

    private void status(int pid, String name, String state, int parent, String more) throws IOException {
        write(
                "proc/" + pid + "/status",
                "Name:\t" + name + "\nState:\t" + state + "\nTgid:\t" + pid + "\nPPid:\t" + parent + "\n" + more);
    }

    private void link(String path, String target) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.createSymbolicLink(file, Path.of(target));
    }

    private void write(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
