package io.kyanos.process;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the service that a process belongs to from its control groups. */
/*
 * The innermost service counts, so that of a user's manager its own services do, and of a container that runs systemd those within.
 * Behind it there is no scope and no container: what a service has put there (a login, a container) is not the service.
 *
 * Instances of one template are one service: foo@1.service is foo. Some have addresses in their names, so each would be a
 * name that comes once. Names that systemd-run makes up say nothing, and never come again.
 */
final class SystemdUnit {

    private static final String UNIFIED = "0::";
    private static final String NAMED = ":name=systemd:";
    private static final String SERVICE = ".service";
    private static final Pattern SCOPE_OR_CONTAINER = Pattern.compile(".*\\.scope|.*[0-9a-f]{32}.*");
    private static final Pattern MADE_UP = Pattern.compile("run-(r[0-9a-f]{32}|[up]?[0-9]+(-i[0-9]+)?)");
    private static final Pattern ESCAPED = Pattern.compile("\\\\x([0-9a-f]{2})");
    private static final String MANAGER_OF_A_USER = "user@";

    private SystemdUnit() {}

    /**
     * The service's name without its ending and its instance; none where there is no service.
     *
     * @param cgroups the lines of {@code /proc/PID/cgroup}, of version 1, 2, or both
     */
    static Optional<String> nameOf(List<String> cgroups) {
        Optional<String> unified = cgroups.stream()
                .filter(line -> line.startsWith(UNIFIED))
                .map(line -> line.substring(UNIFIED.length()))
                .flatMap(path -> ofPath(path).stream())
                .findFirst();
        return unified.or(() -> cgroups.stream()
                .filter(line -> line.contains(NAMED))
                .map(line -> line.substring(line.indexOf(NAMED) + NAMED.length()))
                .flatMap(path -> ofPath(path).stream())
                .findFirst());
    }

    private static Optional<String> ofPath(String path) {
        String[] groups = path.split("/");
        for (int i = groups.length - 1; i >= 0; i--) {
            String group = groups[i];
            if (group.endsWith(SERVICE)) {
                return ofService(group.substring(0, group.length() - SERVICE.length()));
            }
            if (SCOPE_OR_CONTAINER.matcher(group).matches()) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    private static Optional<String> ofService(String unit) {
        // An underscore comes before what could be taken for a file of the kernel's own.
        String whole = unescaped(unit.startsWith("_") ? unit.substring(1) : unit);
        if (whole.startsWith(MANAGER_OF_A_USER) || MADE_UP.matcher(whole).matches()) {
            return Optional.empty();
        }
        int at = whole.indexOf('@');
        String name = at < 0 ? whole : whole.substring(0, at);
        return name.isEmpty() ? Optional.empty() : Optional.of(name);
    }

    /** With the bytes that stand as {@code \x2d}. */
    private static String unescaped(String unit) {
        Matcher escape = ESCAPED.matcher(unit);
        if (!escape.find()) {
            return unit;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int done = 0;
        do {
            bytes.writeBytes(unit.substring(done, escape.start()).getBytes(StandardCharsets.UTF_8));
            bytes.write(Integer.parseInt(escape.group(1), 16));
            done = escape.end();
        } while (escape.find());
        bytes.writeBytes(unit.substring(done).getBytes(StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
