package io.kyanos.capture;

import io.kyanos.record.Side;
import java.net.InetAddress;
import java.util.Set;

/**
 * What is to be captured. All conditions must hold; an empty set, or a side of {@link Side#UNKNOWN}, is no condition.
 * Immutable.
 *
 * @param pids these processes and their children
 * @param names these executables' file names
 * @param localPorts 1 to 65535
 * @param remotePorts 1 to 65535
 * @param remoteIps these addresses exactly, IPv4 and IPv6
 * @param side what this end of a connection must be
 */
public record CaptureFilters(
        Set<Integer> pids,
        Set<String> names,
        Set<Integer> localPorts,
        Set<Integer> remotePorts,
        Set<InetAddress> remoteIps,
        Side side) {

    /** Everything is captured. */
    public static final CaptureFilters NONE =
            new CaptureFilters(Set.of(), Set.of(), Set.of(), Set.of(), Set.of(), Side.UNKNOWN);

    public CaptureFilters {
        pids = Set.copyOf(pids);
        names = Set.copyOf(names);
        localPorts = Set.copyOf(localPorts);
        remotePorts = Set.copyOf(remotePorts);
        remoteIps = Set.copyOf(remoteIps);
        checkPorts("local ports", localPorts);
        checkPorts("remote ports", remotePorts);
    }

    private static void checkPorts(String what, Set<Integer> ports) {
        for (int port : ports) {
            if (port < 1 || port > 0xffff) {
                throw new IllegalArgumentException(what + ": " + port + " (expected: 1 to 65535)");
            }
        }
    }
}
