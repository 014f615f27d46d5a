package io.kyanos.cli.doctor;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Whether TLS hides what a process sends. From outside it is not visible whether a connection is encrypted; a port that is
 * registered for TLS says that it is. A library alone says nothing: nginx has one mapped whatever it serves.
 */
final class TlsCheck {

    private static final String NAME = "tls";
    private static final Pattern LIBRARY =
            Pattern.compile("/(lib(?:ssl|gnutls|ssl3|nspr4|mbedtls|wolfssl|boringssl|s2n)\\b[^/]*\\.so[^/ ]*)");
    private static final String JVM = "/libjvm.so";
    /* https, submissions, nntps, ldaps, domain-s, ftps, telnets, imaps, pop3s, docker-s, ldap of a global catalogue, sips,
     * amqps, Kubernetes, syslog-tls, https-alt twice, secure-mqtt, kubelet. */
    private static final Set<Integer> PORTS = Set.of(
            443, 465, 563, 636, 853, 989, 990, 992, 993, 995, 2376, 3269, 5061, 5671, 6443, 6514, 8443, 9443, 8883,
            10250);

    private final Machine machine;
    private final int pid;

    TlsCheck(Machine machine, int pid) {
        this.machine = machine;
        this.pid = pid;
    }

    /** @param tcpPorts of both ends of the process's sockets; empty where they cannot be looked at */
    Check of(Optional<SortedSet<Integer>> tcpPorts) {
        List<String> maps = machine.lines("/proc/" + pid + "/maps");
        Set<String> libraries = libraries(maps);
        boolean jvm = maps.stream().anyMatch(line -> line.endsWith(JVM));
        boolean go = Executable.read(machine.at("/proc/" + pid + "/exe"))
                .map(Executable::isGo)
                .orElse(false);
        SortedSet<Integer> encrypted = new TreeSet<>(PORTS);
        encrypted.retainAll(tcpPorts.map(Set::copyOf).orElse(Set.of()));
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("known", !maps.isEmpty());
        facts.put("libraries", List.copyOf(libraries));
        facts.put("jvm", jvm);
        facts.put("go", go);
        facts.put("ports", List.copyOf(encrypted));
        if (!encrypted.isEmpty()) {
            return ProcessChecks.check(
                    NAME,
                    Status.DEGRADED,
                    "has sockets at " + (encrypted.size() == 1 ? "a port of TLS, " : "ports of TLS, ")
                            + encrypted.stream().map(String::valueOf).collect(Collectors.joining(", "))
                            + ": what is encrypted is not decoded in this release",
                    "Only what it sends in the clear becomes records.",
                    facts);
        }
        if (maps.isEmpty()) {
            return ProcessChecks.check(NAME, Status.OK, "cannot be looked at with these rights", "", facts);
        }
        String own = !libraries.isEmpty()
                ? String.join(", ", libraries) + (libraries.size() == 1 ? " is" : " are") + " mapped"
                : jvm ? "a JVM, which brings its own TLS" : go ? "a Go program, which brings its own TLS" : "";
        return ProcessChecks.check(
                NAME, Status.OK, own.isEmpty() ? "no TLS library is mapped" : own + use(tcpPorts), "", facts);
    }

    private static Set<String> libraries(List<String> maps) {
        Set<String> libraries = new LinkedHashSet<>();
        for (String line : maps) {
            Matcher library = LIBRARY.matcher(line);
            if (library.find()) {
                libraries.add(library.group(1));
            }
        }
        return libraries;
    }

    private static String use(Optional<SortedSet<Integer>> tcpPorts) {
        if (tcpPorts.isEmpty()) {
            return "; whether it is used cannot be seen with these rights";
        }
        return tcpPorts.get().isEmpty()
                ? ", and no TCP socket is open"
                : ", and no connection is at a port of TLS; others may be encrypted, and then are not decoded";
    }
}
