package io.kyanos.it;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** What a test needs of the machine. Where something is missing the test is skipped, and the reason is printed. */
final class Requires {

    private Requires() {}

    /** A machine that BPF programs can be loaded on, and these programs on the PATH. */
    static void captureAnd(String... programs) {
        List<String> missing = new ArrayList<>();
        if (!"root".equals(System.getProperty("user.name"))) {
            missing.add("root");
        }
        if (!Files.isReadable(Path.of("/sys/kernel/btf/vmlinux"))) {
            missing.add("/sys/kernel/btf/vmlinux");
        }
        for (String program : programs) {
            if (!isOnPath(program)) {
                missing.add(program);
            }
        }
        if (!missing.isEmpty()) {
            String reason = "skipped, as this machine lacks: " + String.join(", ", missing);
            System.out.println(reason);
            Assumptions.abort(reason);
        }
    }

    private static boolean isOnPath(String program) {
        return Arrays.stream((System.getenv("PATH") + ":/usr/sbin:/sbin").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }
}
