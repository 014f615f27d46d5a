package io.kyanos.cli.doctor;

import io.kyanos.bridge.Capability;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What this process may do: capabilities, and what narrows them. */
final class PrivilegeChecks {

    private static final String GROUP = "privileges";
    private static final String FIRST_USER_NAMESPACE = "user:[4026531837]";
    private static final Pattern LOCKED_MEMORY = Pattern.compile("Max locked memory\\s+(\\S+)\\s+(\\S+)\\s+bytes\\s*");
    private static final int FILTERING = 2;

    private final Machine machine;
    private final Findings findings;
    private final ProcessStatus own;
    private final Set<Capability> missing;

    PrivilegeChecks(Machine machine, Findings findings) {
        this.machine = machine;
        this.findings = findings;
        this.own = machine.status("self");
        this.missing = Capability.missingForTracing(own.capabilities("CapEff"));
    }

    List<Check> run() {
        List<Check> checks = new ArrayList<>();
        checks.add(user());
        checks.add(capabilities());
        checks.add(noNewPrivileges());
        checks.add(seccomp());
        checks.add(lockedMemory());
        checks.add(perfEvents());
        return checks;
    }

    private Check user() {
        List<String> ids = own.words("Uid");
        String uid = ids.size() > 1 ? ids.get(1) : "unknown";
        String namespace = machine.link("/proc/self/ns/user").orElse("unknown");
        boolean first = namespace.equals(FIRST_USER_NAMESPACE);
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("effective_uid", uid);
        facts.put("user_namespace", namespace);
        facts.put("own_user_namespace", !first && !namespace.equals("unknown"));
        if (first || namespace.equals("unknown")) {
            return Check.ok(GROUP, "user", "user id " + uid, facts);
        }
        return findings.suspect(
                GROUP,
                "user",
                "user id " + uid + " of a user namespace: its root and its capabilities count nothing for bpf()",
                "Start it outside the user namespace: not in a rootless container, nor under unshare --user.",
                facts);
    }

    private Check capabilities() {
        Set<Capability> effective = own.capabilities("CapEff");
        Set<Capability> permitted = own.capabilities("CapPrm");
        Set<Capability> bounding = own.capabilities("CapBnd");
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("needed", names(Capability.NEEDED));
        facts.put("missing", names(missing));
        facts.put("effective", names(effective));
        facts.put("permitted", names(permitted));
        facts.put("bounding", names(bounding));
        if (missing.isEmpty()) {
            Set<Capability> used = EnumSet.copyOf(Capability.NEEDED);
            used.retainAll(effective);
            boolean administrator = used.size() < Capability.NEEDED.size();
            return Check.ok(
                    GROUP,
                    "capabilities",
                    "in force: " + (administrator ? Capability.CAP_SYS_ADMIN.name() : joined(used)),
                    facts);
        }
        return findings.suspect(GROUP, "capabilities", joined(missing) + " missing", grant(permitted, bounding), facts);
    }

    private String grant(Set<Capability> permitted, Set<Capability> bounding) {
        if (permitted.containsAll(missing)) {
            return "They are permitted but not in force: raise them, as setpriv --ambient-caps does.";
        }
        boolean reachable = bounding.contains(Capability.CAP_SYS_ADMIN) || bounding.containsAll(missing);
        return reachable
                ? "Run as root, or grant them: a service unit by AmbientCapabilities=, a container by --cap-add."
                : "The parent of this process has dropped them for good (bounding set): grant them there, a container's by"
                        + " --cap-add, a service unit's by CapabilityBoundingSet=.";
    }

    private Check noNewPrivileges() {
        boolean set = own.number("NoNewPrivs", 0) == 1;
        Map<String, Object> facts = Map.of("no_new_privileges", set);
        return set && !missing.isEmpty()
                ? findings.suspect(
                        GROUP,
                        "no_new_privileges",
                        "set: sudo and file capabilities give nothing in here",
                        "Start it from where it is not set, with the capabilities already in force.",
                        facts)
                : Check.ok(GROUP, "no_new_privileges", set ? "set; takes nothing away" : "not set", facts);
    }

    private Check seccomp() {
        int mode = own.number("Seccomp", 0);
        int filters = own.number("Seccomp_filters", 0);
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("mode", mode);
        facts.put("filters", filters);
        return mode == FILTERING && missing.isEmpty()
                ? findings.suspect(
                        GROUP,
                        "seccomp",
                        filters + " filters in force: one may refuse bpf() or perf_event_open()",
                        "Start it with a profile that allows both: a container by --security-opt seccomp=unconfined.",
                        facts)
                : Check.ok(GROUP, "seccomp", mode == FILTERING ? filters + " filters in force" : "no filter", facts);
    }

    private Check lockedMemory() {
        String limit = machine.lines("/proc/self/limits").stream()
                .map(LOCKED_MEMORY::matcher)
                .filter(Matcher::matches)
                .map(matcher -> matcher.group(1))
                .findFirst()
                .orElse("unknown");
        boolean counts = countsLockedMemory(machine);
        boolean liftable = own.capabilities("CapEff").contains(Capability.CAP_SYS_RESOURCE);
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("limit_bytes", limit);
        facts.put("counts", counts);
        facts.put("liftable", liftable);
        if (!counts) {
            return Check.ok(
                    GROUP, "locked_memory", "limit " + limit + "; since Linux 5.11 BPF is not held to it", facts);
        }
        return limit.equals("unlimited") || liftable
                ? Check.ok(GROUP, "locked_memory", "limit " + limit + (liftable ? ", which can be lifted" : ""), facts)
                : findings.suspect(
                        GROUP,
                        "locked_memory",
                        "limit " + limit + " bytes, which BPF is held to before Linux 5.11",
                        "ulimit -l unlimited (LimitMEMLOCK=infinity), or grant CAP_SYS_RESOURCE.",
                        facts);
    }

    /** Before Linux 5.11 the memory of maps and programs counts as locked. */
    static boolean countsLockedMemory(Machine machine) {
        return !SystemChecks.version(machine).isAtLeast(5, 11);
    }

    private Check perfEvents() {
        String paranoia = machine.text("/proc/sys/kernel/perf_event_paranoid").orElse("unknown");
        Map<String, Object> facts = Map.of("perf_event_paranoid", paranoia);
        return Check.ok(
                GROUP, "perf_events", "perf_event_paranoid " + paranoia + "; CAP_PERFMON is not held to it", facts);
    }

    static List<String> names(Collection<Capability> capabilities) {
        return capabilities.stream().map(Capability::name).sorted().toList();
    }

    static String joined(Collection<Capability> capabilities) {
        return String.join(", ", names(capabilities));
    }
}
