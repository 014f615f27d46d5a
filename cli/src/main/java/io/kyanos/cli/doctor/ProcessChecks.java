package io.kyanos.cli.doctor;

import io.kyanos.capture.CaptureSettings;
import io.kyanos.capture.RunningNames;
import io.kyanos.event.ProcessName;
import io.kyanos.record.Transport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Why processes are or are not seen. */
final class ProcessChecks {

    private static final String GROUP = "process";
    private static final Pattern SOCKET = Pattern.compile("socket:\\[(\\d+)]");
    private static final Pattern REQUESTS = Pattern.compile("SqHead:\\s+(\\d{1,10})");
    private static final String IO_URING = "anon_inode:[io_uring]";
    private static final String PROC = "/proc/";
    private static final String DELETED = " (deleted)";
    private static final int MOST_ANCESTORS = 64;

    private final Machine machine;
    private final Set<Transport> taken;
    private final ProcessFilter filter;
    private final Map<Integer, RunningNames.Name> names;
    private final Rings rings;

    /** What a capture would see of what io_uring moves. */
    enum Rings {
        SEEN,
        /** Connections, lengths and positions. */
        COUNTED,
        UNSEEN
    }

    /**
     * @param names what a capture would call processes, as far as that is known
     */
    ProcessChecks(
            Machine machine,
            CaptureSettings settings,
            ProcessFilter filter,
            Map<Integer, RunningNames.Name> names,
            Rings rings) {
        this.machine = machine;
        this.taken = settings.sockets();
        this.filter = filter;
        this.names = names;
        this.rings = rings;
    }

    ProcessDiagnosis of(int pid) {
        ProcessStatus status = machine.status(Integer.toString(pid));
        if (!status.isKnown()) {
            Check missing = check(
                    "exists",
                    Status.FAILED,
                    "there is no process " + pid,
                    "Give an id as ps shows it here; threads and processes of other namespaces have none.",
                    Map.of("exists", false));
            return new ProcessDiagnosis(pid, "", Status.FAILED, "not seen: it does not exist", List.of(missing));
        }
        List<Check> checks = new ArrayList<>();
        checks.add(kind(pid, status));
        if (checks.get(0).status() == Status.OK) {
            checks.add(passes(pid));
            checks.add(program(pid));
            Optional<List<String>> targets = descriptors(pid);
            Optional<SocketTable> table = targets.map(all -> new SocketTable(machine, pid));
            checks.addAll(descriptors(pid, targets, table));
            checks.add(new TlsCheck(machine, pid)
                    .of(table.map(sockets -> sockets.tcpPorts(inodes(targets.orElse(List.of()))))));
        }
        Status worst = checks.stream().map(Check::status).max(Status::compareTo).orElse(Status.OK);
        String because = checks.stream()
                .filter(check -> check.status() == worst)
                .map(Check::finding)
                .findFirst()
                .orElse("");
        return new ProcessDiagnosis(
                pid,
                shown(pid, status),
                worst,
                switch (worst) {
                    case OK -> "seen";
                    case DEGRADED -> "seen in part: " + because;
                    case FAILED -> "not seen: " + because;
                },
                checks);
    }

    private Check kind(int pid, ProcessStatus status) {
        List<String> ids = status.words("NSpid");
        String state = status.field("State").orElse("");
        boolean kernelThread = status.number("Kthread", 0) == 1
                || (status.field("VmSize").isEmpty() && !state.startsWith("Z") && pid != 1);
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("exists", true);
        facts.put("state", state);
        facts.put("namespace_ids", ids);
        facts.put("kernel_thread", kernelThread);
        facts.put("own", pid == ProcessHandle.current().pid());
        if (pid == ProcessHandle.current().pid()) {
            return check("kind", Status.FAILED, "it is this very process, which is never traced", "", facts);
        }
        if (state.startsWith("Z")) {
            return check("kind", Status.FAILED, "a zombie: it has ended and its parent has not noticed", "", facts);
        }
        if (kernelThread) {
            return check("kind", Status.FAILED, "a thread of the kernel, which makes no system calls", "", facts);
        }
        String tgid = status.field("Tgid").orElse("");
        if (!tgid.equals(Integer.toString(pid))) {
            return check("kind", Status.FAILED, "a thread of process " + tgid, "Ask for process " + tgid + ".", facts);
        }
        return check(
                "kind",
                Status.OK,
                ids.size() > 1
                        ? "process " + ids.get(0) + " here, " + ids.get(ids.size() - 1) + " in its own namespace"
                        : "a process, in the namespace of this one",
                "",
                facts);
    }

    private Check passes(int pid) {
        Set<String> wantedNames = filter.names();
        Set<Integer> wantedPids = filter.pids();
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("pids", wantedPids.stream().sorted().map(String::valueOf).toList());
        facts.put("names", wantedNames.stream().sorted().toList());
        if (filter.isEmpty()) {
            facts.put("passes", true);
            return check("filter", Status.OK, "no filter by process is given", "", facts);
        }
        int ancestor = pid;
        for (int steps = 0; ancestor > 0 && steps < MOST_ANCESTORS; steps++) {
            ProcessStatus status = machine.status(Integer.toString(ancestor));
            if (wantedPids.contains(ancestor)
                    || wantedNames.contains(name(ancestor, status))
                    || wantedNames.contains(executable(ancestor))
                    || wantedNames.contains(comm(status))) {
                facts.put("passes", true);
                String by =
                        ancestor == pid ? "it passes the filter" : "it descends from " + ancestor + ", which passes";
                return check("filter", Status.OK, by, "", facts);
            }
            ancestor = status.number("PPid", 0);
        }
        facts.put("passes", false);
        return check(
                "filter",
                Status.FAILED,
                "neither it nor an ancestor is among --pids or --comm",
                "Add it to --pids, or its name, " + name(pid, machine.status(Integer.toString(pid))) + ", to --comm.",
                facts);
    }

    private Check program(int pid) {
        Optional<String> path = machine.link(PROC + pid + "/exe");
        Optional<Executable> executable = Executable.read(machine.at(PROC + pid + "/exe"));
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("path", path.orElse("unknown"));
        facts.put("bits", executable.map(Executable::bits).orElse(0));
        facts.put("go", executable.map(Executable::isGo).orElse(false));
        if (executable.isEmpty()) {
            return check(
                    "program",
                    Status.OK,
                    "cannot be read with these rights",
                    "Run doctor as the process's user or as root (CAP_SYS_PTRACE) to see it.",
                    facts);
        }
        boolean narrow = executable.get().bits() == 32;
        boolean covered = System.getProperty("os.arch", "").equals("amd64");
        return check(
                "program",
                narrow && !covered ? Status.FAILED : Status.OK,
                path.orElse("?")
                        + (narrow
                                ? covered ? ", 32-bit: its calls are seen too" : ", 32-bit: its calls are not" + " seen"
                                : ""),
                "",
                facts);
    }

    /* What the process has open; empty where these rights do not let it be looked at. */
    private Optional<List<String>> descriptors(int pid) {
        return machine.names(PROC + pid + "/fd")
                .map(numbers -> numbers.stream()
                        .map(number ->
                                machine.link(PROC + pid + "/fd/" + number).orElse(""))
                        .toList())
                .filter(targets -> targets.isEmpty() || !targets.stream().allMatch(String::isEmpty));
    }

    private List<Check> descriptors(int pid, Optional<List<String>> targets, Optional<SocketTable> table) {
        if (targets.isEmpty() || table.isEmpty()) {
            return List.of(check(
                    "sockets",
                    Status.OK,
                    "cannot be looked at with these rights",
                    "Run doctor as the process's user or as root (CAP_SYS_PTRACE) to see them.",
                    Map.of("known", false)));
        }
        return List.of(sockets(table.get().count(inodes(targets.get()))), uring(pid));
    }

    private static List<String> inodes(List<String> targets) {
        return targets.stream()
                .map(SOCKET::matcher)
                .filter(Matcher::matches)
                .map(matcher -> matcher.group(1))
                .toList();
    }

    private Check sockets(Map<SocketTable.Kind, Integer> counts) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("known", true);
        int seen = 0;
        int all = 0;
        for (SocketTable.Kind kind : SocketTable.Kind.values()) {
            int count = counts.getOrDefault(kind, 0);
            facts.put(kind.label(), count);
            all += count;
            seen += isTaken(kind) ? count : 0;
        }
        facts.put("kinds_taken", taken.stream().map(Transport::label).sorted().toList());
        String counted = counts.entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey().label().replace('_', ' '))
                .collect(Collectors.joining(", "));
        if (all == 0) {
            return check("sockets", Status.OK, "none are open now; what it opens is seen", "", facts);
        }
        return seen == 0
                ? check(
                        "sockets",
                        Status.FAILED,
                        counted + ": none of a kind that is captured",
                        "kyanos.capture.sockets chooses among tcp, udp and unix; of unix, stream sockets alone.",
                        facts)
                : check("sockets", Status.OK, counted, "", facts);
    }

    private boolean isTaken(SocketTable.Kind kind) {
        return switch (kind) {
            case TCP, TCP_LISTENING -> taken.contains(Transport.TCP);
            case UDP -> taken.contains(Transport.UDP);
            case UNIX, UNIX_LISTENING -> taken.contains(Transport.UNIX);
            case OTHER -> false;
        };
    }

    private Check uring(int pid) {
        List<String> files = machine.names(PROC + pid + "/fd").orElse(List.of()).stream()
                .filter(number -> machine.link(PROC + pid + "/fd/" + number)
                        .filter(IO_URING::equals)
                        .isPresent())
                .toList();
        if (files.isEmpty()) {
            return check("io_uring", Status.OK, "not in use", "", Map.of("rings", 0));
        }
        long requests = files.stream()
                .flatMap(number -> machine.lines(PROC + pid + "/fdinfo/" + number).stream())
                .map(REQUESTS::matcher)
                .filter(Matcher::matches)
                .mapToLong(matcher -> Long.parseLong(matcher.group(1)))
                .sum();
        String finding = "io_uring is in use, " + requests + " requests so far: ";
        Map<String, Object> facts = Map.of("rings", files.size(), "requests", requests);
        return switch (rings) {
            case SEEN ->
                check(
                        "io_uring",
                        Status.OK,
                        finding + "what it moves over sockets is seen, kyanos_io_uring_calls_total counts it by kind",
                        "",
                        facts);
            case COUNTED ->
                check(
                        "io_uring",
                        Status.DEGRADED,
                        finding + "what it moves over sockets is counted and not looked at",
                        "The step ring_submit is lost: above it says why. Or have the program use plain calls; most have a"
                                + " setting for it.",
                        facts);
            case UNSEEN ->
                check(
                        "io_uring",
                        Status.DEGRADED,
                        finding + "what goes through it is not seen",
                        "Capture at the sockets (kyanos.capture.vantage), or have the program use plain calls; most have"
                                + " a setting for it.",
                        facts);
        };
    }

    /** As records name it. */
    private String shown(int pid, ProcessStatus status) {
        RunningNames.Name known = names.get(pid);
        return known == null || known.shown().isEmpty() ? name(pid, status) : known.shown();
    }

    /** As filters name it; where the kernel could not be asked, as they would on one that does not tell how it was started. */
    private String name(int pid, ProcessStatus status) {
        RunningNames.Name known = names.get(pid);
        return known == null || known.program().isEmpty()
                ? ProcessName.of(executable(pid), comm(status), "")
                : known.program();
    }

    private String executable(int pid) {
        return machine.link(PROC + pid + "/exe")
                .map(path -> path.endsWith(DELETED) ? path.substring(0, path.length() - DELETED.length()) : path)
                .map(path -> path.substring(path.lastIndexOf('/') + 1))
                .orElse("");
    }

    private static String comm(ProcessStatus status) {
        return status.field("Name").orElse("");
    }

    static Check check(String name, Status status, String finding, String advice, Map<String, Object> facts) {
        return new Check(GROUP, name, status, finding, advice, facts);
    }
}
