package io.kyanos.bridge;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Facts and clocks of the running kernel. All methods may be called from any thread. */
public final class Kernel {

    private static final Path BTF = Path.of("/sys/kernel/btf/vmlinux");

    private Kernel() {}

    /** The release of the running kernel. */
    public static KernelVersion version() {
        return KernelVersion.parse(System.getProperty("os.version", ""));
    }

    /** CPUs that may ever come online: the number of values in an element of a per-CPU map. */
    public static int possibleCpus() {
        return Native.possibleCpus();
    }

    /**
     * Which inode numbers of sockets, as unsigned, have been given before this call: of each batch of numbers in use the
     * last one; all of later batches than the last element's are later. The kernel gives each CPU its numbers in batches of
     * 1024; those of CPUs that this thread may not run on are left out. Makes about a thousand sockets, one at a time.
     *
     * @throws BpfException when the machine does not allow it
     */
    public static int[] socketInodes() {
        int[] inodes = new int[possibleCpus() + 1];
        return Arrays.copyOf(inodes, Native.socketInodes(inodes));
    }

    /** Whether the kernel has BPF ring buffers (5.8). Yes, too, when it does not let this process ask. */
    public static boolean hasRingBuffers() {
        return Native.hasRingBuffers();
    }

    /**
     * The clock of {@code bpf_ktime_get_ns()} in nanoseconds: CLOCK_MONOTONIC as it is outside of any time namespace, so
     * not always that of {@link System#nanoTime}. By how much this process sees it shifted is measured at first use.
     */
    public static long monotonicNanos() {
        return Native.monotonicNanos();
    }

    /**
     * CLOCK_REALTIME minus {@link #monotonicNanos} in nanoseconds, as of now: the tightest of several readings. Added to a
     * kernel time it gives the wall clock; it changes when the wall clock is set.
     */
    public static long realtimeMinusMonotonicNanos() {
        return Native.realtimeMinusMonotonicNanos();
    }

    /**
     * Why the kernel did not let its clock be measured; empty where it did. Then {@link #monotonicNanos} is the clock of
     * this process, which is the same outside of time namespaces only.
     */
    public static String clockRefusal() {
        return Native.clockRefusal();
    }

    /** Whether the kernel describes its own types (BTF), which relocatable programs need. */
    public static boolean hasBtf() {
        return Files.isReadable(BTF);
    }

    /**
     * Makes the kernel count the runs of all BPF programs and their time until the result is closed; costs each run some
     * 55 ns.
     *
     * @throws BpfException when the kernel refuses (needs CAP_SYS_ADMIN)
     */
    public static RunStatistics enableRunStatistics() {
        return new RunStatistics(Native.runStatisticsEnable());
    }

    /** Keeps the kernel counting; see {@link BpfObject#runs}. */
    public static final class RunStatistics implements AutoCloseable {

        private final Handle handle;

        private RunStatistics(long handle) {
            this.handle = new Handle("run statistics", handle);
        }

        @Override
        public void close() {
            handle.close(Native::runStatisticsClose);
        }
    }
}
