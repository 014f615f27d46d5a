package io.kyanos.cli.doctor;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** The sockets of one process, by the tables of its network namespace. */
final class SocketTable {

    /** What a socket is, as far as capturing it goes. */
    enum Kind {
        TCP,
        TCP_LISTENING,
        UDP,
        UNIX,
        UNIX_LISTENING,
        /** Unix sockets of datagrams and packets, netlink, raw and others. */
        OTHER;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final String LISTENING = "0A";
    private static final String UNIX_STREAM = "0001";
    private static final long UNIX_ACCEPTS = 0x10000;

    private final Map<String, Kind> kinds = new HashMap<>();
    private final Map<String, Set<Integer>> ports = new HashMap<>();

    /** Reads the tables that the process {@code pid} sees. */
    SocketTable(Machine machine, int pid) {
        String folder = "/proc/" + pid + "/net/";
        for (String table : List.of("tcp", "tcp6")) {
            machine.lines(folder + table).stream().skip(1).forEach(this::addTcp);
        }
        for (String table : List.of("udp", "udp6", "udplite", "udplite6")) {
            machine.lines(folder + table).stream().skip(1).forEach(line -> add(line, Kind.UDP));
        }
        machine.lines(folder + "unix").stream().skip(1).forEach(this::addUnix);
    }

    /** How many there are of each kind among sockets that are known by these numbers. */
    Map<Kind, Integer> count(List<String> inodes) {
        Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
        inodes.forEach(inode -> counts.merge(kinds.getOrDefault(inode, Kind.OTHER), 1, Integer::sum));
        return counts;
    }

    /** The ports of TCP sockets among them, of both ends. */
    SortedSet<Integer> tcpPorts(List<String> inodes) {
        SortedSet<Integer> all = new TreeSet<>();
        inodes.forEach(inode -> all.addAll(ports.getOrDefault(inode, Set.of())));
        return all;
    }

    /* sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode */
    private void addTcp(String line) {
        List<String> words = words(line);
        if (words.size() > 9) {
            kinds.put(words.get(9), words.get(3).equals(LISTENING) ? Kind.TCP_LISTENING : Kind.TCP);
            ports.put(words.get(9), new HashSet<>(List.of(port(words.get(1)), port(words.get(2)))));
        }
    }

    /* An address is hexadecimal: IP:PORT. */
    private static Integer port(String address) {
        return Integer.valueOf(address.substring(address.indexOf(':') + 1), 16);
    }

    private void add(String line, Kind kind) {
        List<String> words = words(line);
        if (words.size() > 9) {
            kinds.put(words.get(9), kind);
        }
    }

    /* Num: RefCount Protocol Flags Type St Inode Path */
    private void addUnix(String line) {
        List<String> words = words(line);
        if (words.size() > 6) {
            boolean stream = words.get(4).equals(UNIX_STREAM);
            boolean accepts = (Long.parseLong(words.get(3), 16) & UNIX_ACCEPTS) != 0;
            kinds.put(words.get(6), !stream ? Kind.OTHER : accepts ? Kind.UNIX_LISTENING : Kind.UNIX);
        }
    }

    private static List<String> words(String line) {
        return new ArrayList<>(List.of(line.strip().split("\\s+")));
    }
}
