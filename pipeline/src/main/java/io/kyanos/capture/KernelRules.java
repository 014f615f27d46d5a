package io.kyanos.capture;

import io.kyanos.bridge.BpfException;
import io.kyanos.bridge.BpfMap;
import io.kyanos.bridge.BpfObject;
import io.kyanos.bridge.BpfVariable;
import io.kyanos.event.ProcessName;
import io.kyanos.record.AddressRange;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The kernel side's tables of rules. They have room for two sets of entries, and one word says which applies: a change
 * fills the other set, then writes the word. Not thread-safe.
 */
final class KernelRules {

    // Bits of the word: enum rule.
    private static final int SET = 0x01;
    private static final int PROCESSES = 0x02;
    private static final int STRANGERS = 0x04;
    private static final int NAMES = 0x08;
    private static final int LOCAL_PORTS = 0x10;
    private static final int LOCAL_IPS = 0x40;
    private static final int LOCAL_NEEDED = 0x100;
    private static final int CLIENTS = 0x400;
    private static final int SERVERS = 0x800;
    private static final int EITHER_PORT = 0x1000;
    private static final int SAMPLE = 0x70000;
    private static final int SAMPLE_SHIFT = 16;

    /** Of entries that each table has room for. */
    static final int SETS = 2;
    /** Of addresses: local and remote, per set. */
    static final int TABLES = 2 * SETS;

    /** Per set: local, remote, either. */
    private static final int PORT_TABLES = 3;

    private static final int SECOND_SET = 0x8000_0000;
    private static final int PROCESS_NAME_BYTES = 64;
    private static final int PORT_BYTES = (PortRange.MAX_PORT + 1) / Byte.SIZE;
    private static final int IP_BYTES = 16;
    /** A look finds what was forked during the one before: the third finds nothing, as a rule. */
    private static final int MOST_LOOKS = 5;

    private final BpfVariable processRules;
    private final BpfVariable socketRules;
    private final BpfMap tgids;
    private final BpfMap names;
    private final BpfMap ports;
    private final BpfMap ips;
    private final int capacity;
    private List<byte[]> nameKeys = List.of();
    private List<byte[]> ipKeys = List.of();
    private CaptureFilters filters = CaptureFilters.NONE;
    private int word;

    /** Of loaded objects. */
    KernelRules(BpfObject process, BpfObject socket, CaptureSettings settings) {
        processRules = process.variable("rules");
        socketRules = socket.variable("rules");
        tgids = process.map("traced_tgids");
        names = process.map("traced_names");
        ports = socket.map("port_rules");
        ips = socket.map("ip_rules");
        capacity = settings.filterCapacity();
    }

    /**
     * Switches to other filters. Meanwhile the old ones hold. The programs of processes are attached already.
     *
     * @throws BpfException if there is no room; then the old filters stay
     */
    void replace(CaptureFilters next, Supplier<ProcessList> processes) {
        check(next);
        int nextWord = wordOf(next, (word & SET) ^ SET) | (word & SAMPLE);
        List<byte[]> nextNames = new ArrayList<>();
        List<byte[]> nextIps = new ArrayList<>();
        // a program that still used the word before the last may have left something
        forgetProcesses(nextWord);
        try {
            fillPorts(next, nextWord);
            fillNames(next, nextWord, nextNames);
            fillIps(next, nextWord, nextIps);
            // from here on children inherit the verdicts below
            processRules.writeU32(nextWord);
            judge(next, nextWord, processes);
        } catch (RuntimeException e) {
            processRules.writeU32(word);
            nextNames.forEach(names::delete);
            nextIps.forEach(ips::delete);
            forgetProcesses(nextWord);
            throw e;
        }
        socketRules.writeU32(nextWord);
        nameKeys.forEach(names::delete);
        ipKeys.forEach(ips::delete);
        forgetProcesses(word);
        nameKeys = nextNames;
        ipKeys = nextIps;
        filters = next;
        word = nextWord;
    }

    /** Judges the processes that found no room before, as far as there is room now. */
    void judgeAgain(ProcessList running) {
        ProcessVerdicts verdicts = verdicts(filters, word, running);
        verdicts.all().forEach((tgid, verdict) -> put(tgid, word, verdict));
    }

    /** Of what the filters want, lets one connection in two to the power of {@code bits} through. */
    void sample(int bits) {
        word = (word & ~SAMPLE) | (bits << SAMPLE_SHIFT);
        socketRules.writeU32(word);
    }

    int sampleBits() {
        return (word & SAMPLE) >> SAMPLE_SHIFT;
    }

    CaptureFilters filters() {
        return filters;
    }

    private void check(CaptureFilters next) {
        check("processes", next.pids());
        check("names", next.names());
        next.names().included().forEach(name -> nameKey(name, 0));
        next.names().excluded().forEach(name -> nameKey(name, 0));
    }

    private void check(String what, Choice<?> choice) {
        checkRoom(what, choice.included().size() + choice.excluded().size());
    }

    private void checkRoom(String what, int entries) {
        if (entries > capacity) {
            throw new BpfException(
                    "filter by " + what + ": " + entries + " (expected: <= " + capacity
                            + "). Hint: kyanos.capture.filter-capacity",
                    0,
                    "");
        }
    }

    private static int wordOf(CaptureFilters filters, int set) {
        int bits = set;
        if (filters.chooseProcesses()) {
            bits |= PROCESSES;
            bits |= filters.includeProcesses() ? 0 : STRANGERS;
            bits |= filters.names().isAll() ? 0 : NAMES;
        }
        bits |= endBits(localPorts(filters), filters.localIps());
        bits |= endBits(remotePorts(filters), filters.remoteIps()) << 1;
        bits |= filters.ports().included().isEmpty() ? 0 : EITHER_PORT;
        return bits
                | switch (filters.side()) {
                    case CLIENT -> CLIENTS;
                    case SERVER -> SERVERS;
                    case UNKNOWN -> 0;
                };
    }

    private static int endBits(Choice<PortRange> ports, Choice<AddressRange> ips) {
        boolean needed = !ports.included().isEmpty() || !ips.included().isEmpty();
        return (ports.isAll() ? 0 : LOCAL_PORTS) | (ips.isAll() ? 0 : LOCAL_IPS) | (needed ? LOCAL_NEEDED : 0);
    }

    private void fillPorts(CaptureFilters next, int nextWord) {
        int table = PORT_TABLES * (nextWord & SET);
        ports.update(littleEndian(table), wanted(localPorts(next)));
        ports.update(littleEndian(table + 1), wanted(remotePorts(next)));
        ports.update(littleEndian(table + 2), wanted(Choice.of(next.ports().included())));
    }

    private static Choice<PortRange> localPorts(CaptureFilters filters) {
        return filters.localPorts().except(filters.ports().excluded());
    }

    private static Choice<PortRange> remotePorts(CaptureFilters filters) {
        return filters.remotePorts().except(filters.ports().excluded());
    }

    private static byte[] wanted(Choice<PortRange> choice) {
        byte[] bits = new byte[PORT_BYTES];
        for (int port = 0; port <= PortRange.MAX_PORT; port++) {
            if (CaptureFilters.wantsPort(choice, port)) {
                bits[port / Byte.SIZE] |= (byte) (1 << port % Byte.SIZE);
            }
        }
        return bits;
    }

    private void fillNames(CaptureFilters next, int nextWord, List<byte[]> filled) {
        next.names().included().forEach(name -> filled.add(put(name, nextWord, ProcessVerdicts.Verdict.TRACED)));
        next.names().excluded().forEach(name -> filled.add(put(name, nextWord, ProcessVerdicts.Verdict.LEFT_OUT)));
    }

    private byte[] put(String name, int nextWord, ProcessVerdicts.Verdict verdict) {
        byte[] key = nameKey(name, nextWord & SET);
        names.update(key, new byte[] {verdict.code});
        return key;
    }

    private void fillIps(CaptureFilters next, int nextWord, List<byte[]> filled) {
        int table = 2 * (nextWord & SET);
        fillIps("local addresses", next.localIps(), table, filled);
        fillIps("remote addresses", next.remoteIps(), table + 1, filled);
    }

    private void fillIps(String what, Choice<AddressRange> choice, int table, List<byte[]> filled) {
        if (choice.isAll()) {
            return;
        }
        Map<AddressRange.Prefix, ProcessVerdicts.Verdict> prefixes = prefixes(choice);
        checkRoom(what, prefixes.size());
        prefixes.forEach((prefix, verdict) -> {
            byte[] key = prefixKey(prefix, table);
            filled.add(key);
            ips.update(key, new byte[] {verdict.code});
        });
    }

    /* The longest prefix decides, so an included one must not stand inside an excluded one. */
    private static Map<AddressRange.Prefix, ProcessVerdicts.Verdict> prefixes(Choice<AddressRange> choice) {
        Map<AddressRange.Prefix, ProcessVerdicts.Verdict> prefixes = new HashMap<>();
        prefixes.put(
                AddressRange.parse("::/0").prefixes().get(0),
                choice.included().isEmpty() ? ProcessVerdicts.Verdict.TRACED : ProcessVerdicts.Verdict.LEFT_OUT);
        Set<AddressRange> excluded = choice.excluded();
        for (AddressRange range : choice.included()) {
            for (AddressRange.Prefix prefix : range.prefixes()) {
                if (excluded.stream().noneMatch(other -> other.contains(prefix))) {
                    prefixes.put(prefix, ProcessVerdicts.Verdict.TRACED);
                }
            }
        }
        for (AddressRange range : excluded) {
            range.prefixes().forEach(prefix -> prefixes.put(prefix, ProcessVerdicts.Verdict.LEFT_OUT));
        }
        return prefixes;
    }

    private void judge(CaptureFilters next, int nextWord, Supplier<ProcessList> processes) {
        if (!next.chooseProcesses()) {
            return;
        }
        boolean found = true;
        for (int look = 0; found && look < MOST_LOOKS; look++) {
            found = false;
            for (var entry : verdicts(next, nextWord, processes.get()).all().entrySet()) {
                found |= put(entry.getKey(), nextWord, entry.getValue());
            }
        }
    }

    /* Includes what the kernel side has decided meanwhile. */
    private ProcessVerdicts verdicts(CaptureFilters by, int byWord, ProcessList running) {
        ProcessVerdicts verdicts = new ProcessVerdicts(by);
        running.forEach(event -> {
            int tgid = event.processTgid();
            verdicts.running(tgid, event.parentTgid(), ProcessName.all(event));
            byte[] known = tgids.lookup(tgidKey(tgid, byWord));
            verdicts.judge(tgid, known == null ? null : ProcessVerdicts.Verdict.of(known[0]));
        });
        return verdicts;
    }

    /* True if that was new. A process that the kernel side has left out meanwhile stays so. */
    private boolean put(int tgid, int byWord, ProcessVerdicts.Verdict verdict) {
        byte[] key = tgidKey(tgid, byWord);
        byte[] value = {verdict.code};
        try {
            if (tgids.insert(key, value)) {
                return true;
            }
            if (verdict == ProcessVerdicts.Verdict.LEFT_OUT) {
                tgids.update(key, value);
            }
            return false;
        } catch (BpfException e) {
            throw new BpfException(
                    "filter by processes: " + e.getMessage() + ". Hint: kyanos.capture.filter-capacity is " + capacity,
                    e.errno(),
                    e.log());
        }
    }

    /* Removes the entries of a set that does not apply. */
    private void forgetProcesses(int ofWord) {
        List<byte[]> old = new ArrayList<>();
        tgids.forEach((all, at, values, valueAt) -> {
            int key = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN).getInt(at);
            if ((key < 0) == ((ofWord & SET) != 0)) {
                old.add(littleEndian(key));
            }
        });
        old.forEach(tgids::delete);
    }

    private static byte[] nameKey(String name, int set) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length >= PROCESS_NAME_BYTES) {
            throw new IllegalArgumentException(
                    "process name of " + bytes.length + " bytes (expected: 1 to " + (PROCESS_NAME_BYTES - 1) + ")");
        }
        return ByteBuffer.allocate(PROCESS_NAME_BYTES + Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(bytes)
                .putInt(PROCESS_NAME_BYTES, set)
                .array();
    }

    private static byte[] prefixKey(AddressRange.Prefix prefix, int table) {
        ByteBuffer key = ByteBuffer.allocate(2 * Integer.BYTES + IP_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(Byte.SIZE + prefix.length())
                .put((byte) table)
                .order(ByteOrder.BIG_ENDIAN);
        return key.putLong(prefix.high()).putLong(prefix.low()).array();
    }

    private static byte[] tgidKey(int tgid, int byWord) {
        return littleEndian((byWord & SET) == 0 ? tgid : tgid | SECOND_SET);
    }

    private static byte[] littleEndian(int value) {
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array();
    }
}
