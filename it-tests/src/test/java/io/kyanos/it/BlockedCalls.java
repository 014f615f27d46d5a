package io.kyanos.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Which threads are asleep in which system call, as the kernel tells it. */
final class BlockedCalls {

    private static final boolean X86 = "amd64".equals(System.getProperty("os.arch"));
    private static final String WRITE = X86 ? "1" : "64";
    private static final String RECVFROM = X86 ? "45" : "207";

    private BlockedCalls() {}

    /** Threads of the process that are asleep in recvfrom. */
    static long readers(long pid) throws IOException {
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
            return threads.filter(thread -> isIn(thread, RECVFROM)).count();
        }
    }

    /** Whether the process is asleep in write. */
    static boolean writes(long pid) {
        return isIn(Path.of("/proc/" + pid), WRITE);
    }

    private static boolean isIn(Path thread, String call) {
        try {
            return Files.readString(thread.resolve("syscall")).startsWith(call + " ");
        } catch (IOException ignored) {
            // it has ended
            return false;
        }
    }
}
