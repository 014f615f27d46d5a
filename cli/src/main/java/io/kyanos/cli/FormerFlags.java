package io.kyanos.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Flags and commands of Kyanos 1, which scripts and fingers remember: what to use instead, or that there is nothing yet. Those
 * that are still there are not in this table.
 */
final class FormerFlags {

    private static final String NO_CONTAINERS =
            "not in this release, which does not know containers. Hint: choose processes with --pids or --comm.";
    private static final String NO_STEPS = "not in this release, which does not time the steps inside of the kernel."
            + " Hint: leave it out; durations are those between system calls.";
    private static final String NO_TLS = "not in this release, which does not read TLS. Hint: leave it out.";
    private static final String NO_STATISTICS =
            "not in this release. Hint: kyanos exporter counts and times requests for"
                    + " Prometheus; kyanos watch --json-output stdout gives each one to a program of yours.";
    private static final String NOT_NEEDED = "not needed. Hint: leave it out.";
    private static final Map<String, String> INSTEAD = table();
    /* Numbers of levels, from 1. */
    private static final List<String> LEVELS = List.of("error", "error", "warn", "info", "debug");
    private static final Map<String, String> AREAS = Map.of(
            "--default-log-level", "",
            "--agent-log-level", "agent=",
            "--bpf-event-log-level", "capture=",
            "--conntrack-log-level", "connection=",
            "--protocol-log-level", "protocol=",
            "--uprobe-log-level", "bpf=");

    private FormerFlags() {}

    /**
     * Advice for the user who typed this.
     *
     * @param argument as typed, perhaps with its value after {@code =}
     * @param next the argument after it
     */
    static Optional<String> advice(String argument, @Nullable String next) {
        int equals = argument.indexOf('=');
        String name = equals < 0 ? argument : argument.substring(0, equals);
        @Nullable String area = AREAS.get(name);
        if (area != null) {
            @Nullable String number = equals < 0 ? next : argument.substring(equals + 1);
            return Optional.of(name + ": log levels have names. Hint: --log-level " + area + level(number) + ".");
        }
        @Nullable String instead = INSTEAD.get(name);
        return instead == null ? Optional.empty() : Optional.of(name + ": " + instead);
    }

    private static String level(@Nullable String number) {
        if (number == null || !number.matches("[0-5]")) {
            return "debug";
        }
        return number.equals("0") ? "warn" : LEVELS.get(Integer.parseInt(number) - 1);
    }

    private static Map<String, String> table() {
        Map<String, String> table = new LinkedHashMap<>();
        put(table, NO_STATISTICS, "stat", "overview");
        put(table, NO_STATISTICS, "-m", "--metric", "--metrics", "-s", "--samples-limit", "-g", "--group-by");
        put(table, NO_STATISTICS, "--slow", "--bigreq", "--bigresp");
        put(table, NO_CONTAINERS, "--container-id", "--container-name", "--pod-name");
        put(table, NO_CONTAINERS, "--docker-address", "--containerd-address", "--cri-runtime-address");
        put(table, NO_STEPS, "--trace-dev-event", "--trace-socket-event", "--performance-mode");
        put(table, NO_STEPS, "--kern-perf-event-map-page-num");
        put(table, NO_TLS, "--trace-ssl-event", "--ssl-perf-event-map-page-num");
        table.put(
                "--btf",
                "not in this release, which takes the kernel's own type information. Hint: leave it out;"
                        + " /sys/kernel/btf/vmlinux must be there (CONFIG_DEBUG_INFO_BTF=y).");
        table.put(
                "--syscall-perf-event-map-page-num",
                "sizes are settings. Hint: --set kyanos.capture.rings.syscall=8MiB, or, with perf buffers,"
                        + " --set kyanos.capture.perf-buffers.syscall=8MiB.");
        table.put(
                "--conn-perf-event-map-page-num",
                "sizes are settings. Hint: --set kyanos.capture.rings.conn=1MiB, or, with perf buffers,"
                        + " --set kyanos.capture.perf-buffers.conn=1MiB.");
        put(
                table,
                NOT_NEEDED,
                "--first-packet-event-map-page-num",
                "--kern-perf-event-buffer-size",
                "--data-perf-event-buffer-size",
                "--conntrack-close-wait-time-mills",
                "--max-allow-stuck-time-mills");
        table.put("--gops", "not there. Hint: jcmd PID Thread.print, and the jvm_ metrics of kyanos exporter.");
        table.put(
                "--max-records",
                "not needed, as every record is a line and none is kept. Hint: kyanos watch | tail -n 100.");
        table.put("--debug-output", "not needed, as records are lines of text. Hint: leave it out.");
        put(table, "not needed, as lines are wide. Hint: leave it out.", "-o", "--output");
        put(
                table,
                "not in this release, which reads " + ProtocolNames.all() + ". Hint: leave it out.",
                "--apikeys",
                "--topic",
                "--producer",
                "--consumer",
                "--request-codes",
                "--languages");
        return table;
    }

    private static void put(Map<String, String> table, String advice, String... names) {
        for (String name : names) {
            table.put(name, advice);
        }
    }
}
