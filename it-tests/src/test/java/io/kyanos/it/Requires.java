package io.kyanos.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** What a test needs of the machine. Where something is missing the test is skipped, and the reason is printed. */
final class Requires {

    /** How a reason begins. */
    static final String SKIPPED = "skipped, as this ";

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
            abort(SKIPPED + "machine lacks: " + String.join(", ", missing));
        }
    }

    /** A kernel that can be seen at its sockets, and says what waits in the queues of unix sockets (6.18). */
    static void tracepointsOfSockets() {
        String types = KernelTypes.NAMES;
        for (String name : List.of("btf_trace_sock_recv_length", "btf_trace_tcp_sendmsg_locked", "inq_len")) {
            if (!types.contains('\0' + name + '\0')) {
                abort(SKIPPED + "kernel lacks: " + name);
            }
        }
    }

    /** A header file for programs that a test compiles. */
    static void header(String name) {
        if (!Files.isReadable(Path.of("/usr/include", name))) {
            abort(SKIPPED + "machine lacks: /usr/include/" + name);
        }
    }

    /** Skips the test, for a reason that begins with {@link #SKIPPED}. */
    static void abort(String reason) {
        System.out.println(reason);
        Assumptions.abort(reason);
    }

    /** All names of types and fields that the kernel describes. */
    private static final class KernelTypes {

        static final String NAMES = read();

        private static String read() {
            try {
                return new String(Files.readAllBytes(Path.of("/sys/kernel/btf/vmlinux")), StandardCharsets.ISO_8859_1);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static boolean isOnPath(String program) {
        return Arrays.stream((System.getenv("PATH") + ":/usr/sbin:/sbin").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }
}
