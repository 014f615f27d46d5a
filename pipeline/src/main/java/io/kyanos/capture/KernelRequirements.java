package io.kyanos.capture;

import io.kyanos.bridge.BpfException;
import io.kyanos.bridge.Kernel;
import io.kyanos.bridge.KernelVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a kernel must be. */
public final class KernelRequirements {

    private static final int LEAST_MAJOR = 5;
    private static final int LEAST_MINOR = 10;

    private static final Path ROOT = Path.of("/");
    private static final String TYPES = "sys/kernel/btf/vmlinux";
    private static final String SEND_TRACEPOINT = "\0btf_trace_sock_send_length\0";
    private static final Pattern EFFECTIVE = Pattern.compile("(?m)^CapEff:\\s*([0-9a-f]{1,16})$");
    private static final long CAP_NET_ADMIN = 1 << 12;
    private static final long CAP_SYS_ADMIN = 1 << 21;

    private KernelRequirements() {}

    /** The oldest kernel that this is written for. */
    public static String leastVersion() {
        return LEAST_MAJOR + "." + LEAST_MINOR;
    }

    public static boolean isRecent(KernelVersion version) {
        return version.isAtLeast(LEAST_MAJOR, LEAST_MINOR);
    }

    /** @throws BpfException where the kernel does not describe its own types */
    static void requireTypes() {
        if (!Kernel.hasBtf()) {
            throw new BpfException(
                    "load BPF programs: /sys/kernel/btf/vmlinux cannot be read. Hint: needs a kernel with "
                            + "CONFIG_DEBUG_INFO_BTF and /sys mounted",
                    0,
                    "");
        }
    }

    /**
     * Whether it is worth a try to see sockets from there, by what kernel and process say of themselves. Trying takes long
     * where each program is refused by itself.
     */
    static boolean allows(Vantage vantage) {
        return obstacle(ROOT, vantage).isEmpty();
    }

    /**
     * Why not all can be seen from there, by what the files of a machine say of it and of this process.
     *
     * @param root of its files: {@code /}
     */
    public static Optional<String> obstacle(Path root, Vantage vantage) {
        if (vantage == Vantage.SYSCALLS) {
            return Optional.empty();
        }
        if (!showsSockets(root)) {
            return Optional.of("this kernel has no tracepoints of sockets; Linux 6.3 has");
        }
        if (!mayUseCgroups(read(root.resolve("proc/self/status")))) {
            return Optional.of("CAP_NET_ADMIN is missing");
        }
        return hasRootOfCgroups(root)
                ? Optional.empty()
                : Optional.of("the root of all cgroups (cgroup2) is mounted nowhere here");
    }

    /** Whether the kernel can be seen at its sockets, given the rights. */
    public static boolean showsSockets(Path root) {
        return read(root.resolve(TYPES)).contains(SEND_TRACEPOINT);
    }

    /** That of a cgroup namespace, as containers have it, is one of the others: they have a file that the root lacks. */
    private static boolean hasRootOfCgroups(Path root) {
        return read(root.resolve("proc/self/mounts"))
                .lines()
                .map(line -> line.split(" "))
                .filter(fields -> fields.length > 2 && fields[2].equals("cgroup2"))
                .map(fields -> root.resolve(fields[1].substring(1)))
                .anyMatch(folder -> Files.isDirectory(folder) && !Files.exists(folder.resolve("cgroup.events")));
    }

    /** By the effective capabilities in a process's status. */
    static boolean mayUseCgroups(String status) {
        Matcher effective = EFFECTIVE.matcher(status);
        return effective.find()
                && (Long.parseUnsignedLong(effective.group(1), 16) & (CAP_NET_ADMIN | CAP_SYS_ADMIN)) != 0;
    }

    /** Empty where it cannot be read. */
    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException ignored) {
            return "";
        }
    }

    /** The refusal, with the kernel's version where that may be the reason. */
    static BpfException explain(BpfException refusal, KernelVersion version) {
        if (isRecent(version)) {
            return refusal;
        }
        String message = String.valueOf(refusal.getMessage());
        BpfException withVersion = new BpfException(
                message + (message.contains(". Hint: ") ? "; this" : ". Hint: this") + " is Linux " + version
                        + " (expected: " + leastVersion() + " or later)",
                refusal.errno(),
                refusal.log());
        withVersion.initCause(refusal);
        return withVersion;
    }
}
