package io.kyanos.cli.doctor;

import io.kyanos.bridge.BpfException;
import io.kyanos.bridge.KernelVersion;
import io.kyanos.bridge.NativeLibrary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the machine is: kernel, type information, processors, memory, container. */
final class SystemChecks {

    static final String GROUP = "system";
    private static final String BTF = "/sys/kernel/btf/vmlinux";
    private static final Pattern CONTAINER = Pattern.compile("(kubepods|docker|containerd|crio|libpod|lxc|garden)");
    private static final Pattern MEMORY = Pattern.compile("(\\w+):\\s+(\\d{1,15}) kB");

    /** Numbers of the first namespaces, which the kernel gives to no others. */
    private static final String FIRST_PID_NAMESPACE = "pid:[4026531836]";

    private final Machine machine;
    private final Findings findings;

    SystemChecks(Machine machine, Findings findings) {
        this.machine = machine;
        this.findings = findings;
    }

    List<Check> run() {
        List<Check> checks = new ArrayList<>();
        checks.add(kernel());
        checks.add(architecture());
        checks.add(btf());
        checks.add(bpf());
        checks.add(nativeLibrary());
        checks.add(processors());
        checks.add(memory());
        checks.add(container());
        return checks;
    }

    private Check kernel() {
        String system = System.getProperty("os.name", "");
        KernelVersion version = version(machine);
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("system", system);
        facts.put("release", version.release());
        facts.put("major", version.major());
        facts.put("minor", version.minor());
        facts.put("least", Findings.LEAST_KERNEL);
        String finding = system + " " + version.release();
        if (!system.equals("Linux")) {
            return findings.suspect(GROUP, "kernel", finding, "Capture on Linux; nothing else has its hooks.", facts);
        }
        if (!Findings.isRecent(version)) {
            return findings.suspect(
                    GROUP,
                    "kernel",
                    finding + ", older than " + Findings.LEAST_KERNEL,
                    "Use a kernel of " + Findings.LEAST_KERNEL + " or later.",
                    facts);
        }
        return Check.ok(GROUP, "kernel", finding + " (" + Findings.LEAST_KERNEL + " or later is needed)", facts);
    }

    static KernelVersion version(Machine machine) {
        return KernelVersion.parse(
                machine.text("/proc/sys/kernel/osrelease").orElse(System.getProperty("os.version", "")));
    }

    private Check architecture() {
        String architecture = System.getProperty("os.arch", "");
        Map<String, Object> facts = Map.of("architecture", architecture);
        return switch (architecture.toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64" -> Check.ok(GROUP, "architecture", architecture, facts);
            case "aarch64" -> Check.ok(GROUP, "architecture", architecture + "; built for, not tested", facts);
            default ->
                findings.suspect(
                        GROUP,
                        "architecture",
                        architecture + ": this build has no programs for it",
                        "Use a machine of x86_64 or aarch64.",
                        facts);
        };
    }

    private Check btf() {
        boolean exists = machine.exists(BTF);
        boolean readable = machine.isReadable(BTF);
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("path", BTF);
        facts.put("exists", exists);
        facts.put("readable", readable);
        if (readable) {
            return Check.ok(GROUP, "btf", BTF + " describes the kernel's types", facts);
        }
        boolean mounted = machine.exists("/sys/kernel");
        return findings.suspect(
                GROUP,
                "btf",
                BTF + (exists ? " cannot be read" : mounted ? " is missing" : " is missing, as /sys is not mounted"),
                mounted
                        ? "Use a kernel built with CONFIG_DEBUG_INFO_BTF, as all larger distributions build theirs."
                        : "Mount /sys: mount -t sysfs sysfs /sys, or give the container the host's.",
                facts);
    }

    private Check bpf() {
        Optional<String> disabled = machine.text("/proc/sys/kernel/unprivileged_bpf_disabled");
        Optional<String> lockdown =
                machine.text("/sys/kernel/security/lockdown").map(SystemChecks::chosen);
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("unprivileged_bpf_disabled", disabled.orElse("unknown"));
        facts.put("lockdown", lockdown.orElse("unknown"));
        if (lockdown.filter("confidentiality"::equals).isPresent()) {
            return findings.suspect(
                    GROUP,
                    "bpf",
                    "the kernel is locked down (confidentiality): no program may read its memory",
                    "Start the kernel with lockdown=integrity, or without Secure Boot.",
                    facts);
        }
        String who = disabled.map(value -> switch (value) {
                    case "0" -> "; unprivileged programs are allowed, which tracing is not among";
                    case "1", "2" -> "; for privileged processes only";
                    default -> "";
                })
                .orElse("");
        String lock = lockdown.map(value -> "lockdown " + value).orElse("no lockdown known of");
        return Check.ok(GROUP, "bpf", lock + who, facts);
    }

    /* "[none] integrity confidentiality" */
    private static String chosen(String modes) {
        int begin = modes.indexOf('[');
        int end = modes.indexOf(']');
        return begin >= 0 && end > begin ? modes.substring(begin + 1, end) : modes;
    }

    private Check nativeLibrary() {
        try {
            NativeLibrary.load();
            String file = NativeLibrary.loadedFile().map(Object::toString).orElse("");
            return Check.ok(GROUP, "native_library", "libkyanos.so is loaded", Map.of("file", file));
        } catch (BpfException e) {
            return findings.suspect(
                    GROUP,
                    "native_library",
                    String.valueOf(e.getMessage()),
                    "Install what is missing: libbpf1, libelf1, zlib1g; or build kyanos on this machine.",
                    Map.of("file", ""));
        }
    }

    private Check processors() {
        String possible = machine.text("/sys/devices/system/cpu/possible").orElse("unknown");
        String online = machine.text("/sys/devices/system/cpu/online").orElse("unknown");
        int ours = Runtime.getRuntime().availableProcessors();
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("possible", possible);
        facts.put("online", online);
        facts.put("available", ours);
        return Check.ok(
                GROUP,
                "processors",
                "online " + online + ", possible " + possible + "; " + ours + " for this process",
                facts);
    }

    private Check memory() {
        Map<String, Long> kilobytes = new LinkedHashMap<>();
        for (String line : machine.lines("/proc/meminfo")) {
            Matcher matcher = MEMORY.matcher(line);
            if (matcher.matches()) {
                kilobytes.put(matcher.group(1), Long.parseLong(matcher.group(2)));
            }
        }
        long total = kilobytes.getOrDefault("MemTotal", 0L) * 1024;
        long available = kilobytes.getOrDefault("MemAvailable", 0L) * 1024;
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("total_bytes", total);
        facts.put("available_bytes", available);
        facts.put("heap_bytes", Runtime.getRuntime().maxMemory());
        return Check.ok(GROUP, "memory", mebibytes(available) + " available of " + mebibytes(total), facts);
    }

    private static String mebibytes(long bytes) {
        return (bytes >> 20) + " MiB";
    }

    private Check container() {
        String pidNamespace = machine.link("/proc/self/ns/pid").orElse("unknown");
        String cgroup = String.join(" ", machine.lines("/proc/self/cgroup"));
        Matcher kind = CONTAINER.matcher(cgroup);
        boolean marked = machine.exists("/.dockerenv") || machine.exists("/run/.containerenv");
        boolean ownPids = !pidNamespace.equals("unknown") && !pidNamespace.equals(FIRST_PID_NAMESPACE);
        String hint = kind.find() ? kind.group(1) : marked ? "marked by a file in /" : "";
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("hint", hint);
        facts.put("pid_namespace", pidNamespace);
        facts.put("own_pid_namespace", ownPids);
        String finding = hint.isEmpty() ? "no sign of one" : "in one (" + hint + "); the whole machine is captured";
        return ownPids
                ? new Check(
                        GROUP,
                        "container",
                        Status.OK,
                        finding + "; process ids in here are not the machine's",
                        "For --pids give the machine's ids, or start with the host's process ids (--pid=host, hostPID).",
                        facts)
                : Check.ok(GROUP, "container", finding, facts);
    }
}
