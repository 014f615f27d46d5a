package io.kyanos.capture;

import io.kyanos.record.AddressRange;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Side;

/**
 * What is to be captured. All conditions must hold. The kernel side applies them; {@link #wants} and {@link
 * ProcessVerdicts} do the same where there is no kernel side. Immutable.
 *
 * <p>A unix socket has neither addresses nor ports, and a UDP socket without a peer has no remote ones: a missing end is
 * wanted unless something is included for it.
 *
 * @param pids these processes and their children; an excluded one's children are excluded, too
 * @param names executables' file names, in the same way, or the names that processes give themselves
 * @param ports of either end: some port of a connection is included, and none is excluded
 * @param side what this end of a connection must be; {@link Side#UNKNOWN} is no condition. A connection whose side is
 *     not known yet is captured
 */
public record CaptureFilters(
        Choice<Integer> pids,
        Choice<String> names,
        Choice<PortRange> ports,
        Choice<PortRange> localPorts,
        Choice<PortRange> remotePorts,
        Choice<AddressRange> localIps,
        Choice<AddressRange> remoteIps,
        Side side) {

    /** Everything is captured. */
    public static final CaptureFilters NONE = new CaptureFilters(
            Choice.all(),
            Choice.all(),
            Choice.all(),
            Choice.all(),
            Choice.all(),
            Choice.all(),
            Choice.all(),
            Side.UNKNOWN);

    public CaptureFilters {
        for (int pid : pids.included()) {
            checkPid(pid);
        }
        for (int pid : pids.excluded()) {
            checkPid(pid);
        }
    }

    private static void checkPid(int pid) {
        if (pid < 1) {
            throw new IllegalArgumentException("process id: " + pid + " (expected: >= 1)");
        }
    }

    public CaptureFilters withPids(Choice<Integer> choice) {
        return new CaptureFilters(choice, names, ports, localPorts, remotePorts, localIps, remoteIps, side);
    }

    public CaptureFilters withNames(Choice<String> choice) {
        return new CaptureFilters(pids, choice, ports, localPorts, remotePorts, localIps, remoteIps, side);
    }

    public CaptureFilters withPorts(Choice<PortRange> choice) {
        return new CaptureFilters(pids, names, choice, localPorts, remotePorts, localIps, remoteIps, side);
    }

    public CaptureFilters withLocalPorts(Choice<PortRange> choice) {
        return new CaptureFilters(pids, names, ports, choice, remotePorts, localIps, remoteIps, side);
    }

    public CaptureFilters withRemotePorts(Choice<PortRange> choice) {
        return new CaptureFilters(pids, names, ports, localPorts, choice, localIps, remoteIps, side);
    }

    public CaptureFilters withLocalIps(Choice<AddressRange> choice) {
        return new CaptureFilters(pids, names, ports, localPorts, remotePorts, choice, remoteIps, side);
    }

    public CaptureFilters withRemoteIps(Choice<AddressRange> choice) {
        return new CaptureFilters(pids, names, ports, localPorts, remotePorts, localIps, choice, side);
    }

    public CaptureFilters withSide(Side wanted) {
        return new CaptureFilters(pids, names, ports, localPorts, remotePorts, localIps, remoteIps, wanted);
    }

    /** Whether some process is left out. */
    public boolean chooseProcesses() {
        return !pids.isAll() || !names.isAll();
    }

    /** Whether only the processes that are named, and their children, are wanted. */
    public boolean includeProcesses() {
        return !pids.included().isEmpty() || !names.included().isEmpty();
    }

    /** Whether a connection is wanted if its process is. {@code is}: its side. */
    public boolean wants(Endpoint local, Endpoint remote, Side is) {
        boolean sideFits = side == Side.UNKNOWN || is == Side.UNKNOWN || is == side;
        boolean hasRemote = !remote.isUnix() && remote.port() != 0;
        return sideFits
                && wantsEither(local, remote)
                && wants(localPorts, localIps, local, !local.isUnix())
                && wants(remotePorts, remoteIps, remote, hasRemote);
    }

    private boolean wantsEither(Endpoint local, Endpoint remote) {
        // a missing end has port 0, which no range contains
        boolean included = ports.included().isEmpty()
                || ports.included().stream()
                        .anyMatch(range -> range.contains(local.port()) || range.contains(remote.port()));
        return included
                && ports.excluded().stream()
                        .noneMatch(range -> range.contains(local.port()) || range.contains(remote.port()));
    }

    private static boolean wants(Choice<PortRange> ports, Choice<AddressRange> ips, Endpoint end, boolean isThere) {
        if (!isThere) {
            return ports.included().isEmpty() && ips.included().isEmpty();
        }
        return wantsPort(ports, end.port()) && wantsAddress(ips, end);
    }

    static boolean wantsPort(Choice<PortRange> ports, int port) {
        return (ports.included().isEmpty() || ports.included().stream().anyMatch(range -> range.contains(port)))
                && ports.excluded().stream().noneMatch(range -> range.contains(port));
    }

    private static boolean wantsAddress(Choice<AddressRange> ips, Endpoint end) {
        return (ips.included().isEmpty() || ips.included().stream().anyMatch(range -> range.contains(end)))
                && ips.excluded().stream().noneMatch(range -> range.contains(end));
    }
}
