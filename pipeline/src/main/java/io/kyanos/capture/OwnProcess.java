package io.kyanos.capture;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** What this process has used of the machine. */
final class OwnProcess {

    private OwnProcess() {}

    /** Processor time of all its threads, of the JVM's own as well; 0 where the JVM does not tell. */
    static long cpuNanos() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean process
                ? Math.max(0, process.getProcessCpuTime())
                : 0;
    }
}
