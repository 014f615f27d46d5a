package io.kyanos.bridge;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** A Linux capability that loading or attaching BPF programs may need. */
public enum Capability {
    CAP_DAC_READ_SEARCH(2),
    CAP_NET_ADMIN(12),
    CAP_IPC_LOCK(14),
    CAP_SYS_PTRACE(19),
    CAP_SYS_ADMIN(21),
    CAP_SYS_RESOURCE(24),
    CAP_PERFMON(38),
    CAP_BPF(39);

    /**
     * What capturing needs, and all that it needs with ring buffers from Linux 5.11 on. Perf buffers also need {@link #CAP_IPC_LOCK}, beyond what kernel.perf_event_mlock_kb allows; before
     * Linux 5.11 {@link #CAP_SYS_RESOURCE} lifts the limit of locked memory.
     */
    public static final Set<Capability> NEEDED = Collections.unmodifiableSet(EnumSet.of(CAP_BPF, CAP_PERFMON));

    /** What a service unit for captures grants: {@link #NEEDED}, and what programs at the root of all cgroups need. */
    public static final Set<Capability> GRANTED =
            Collections.unmodifiableSet(EnumSet.of(CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN));

    private static final Path STATUS = Path.of("/proc/thread-self/status");
    private static final String EFFECTIVE = "CapEff:";

    private final int bit;

    Capability(int bit) {
        this.bit = bit;
    }

    /**
     * The capabilities of this list that are in force for the calling thread. {@code CAP_SYS_ADMIN} implies
     * {@link #CAP_BPF} and {@link #CAP_PERFMON} for the kernel; this set does not add them.
     *
     * @throws BpfException when /proc cannot be read
     */
    public static Set<Capability> effective() {
        try {
            return parse(Files.readString(STATUS, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new BpfException("read " + STATUS + ": " + e.getMessage(), e);
        }
    }

    /** What is missing to load and attach tracing programs; empty when nothing is. */
    public static Set<Capability> missingForTracing() {
        return missingForTracing(effective());
    }

    /** What {@code effective} lacks to load and attach tracing programs; empty when nothing is. */
    public static Set<Capability> missingForTracing(Set<Capability> effective) {
        Set<Capability> missing = EnumSet.noneOf(Capability.class);
        if (!effective.contains(CAP_SYS_ADMIN)) {
            missing.addAll(NEEDED);
            missing.removeAll(effective);
        }
        return Collections.unmodifiableSet(missing);
    }

    /** Those of this list in a mask as /proc writes it: sixteen hexadecimal digits. */
    public static Set<Capability> parseMask(String mask) {
        long bits = Long.parseUnsignedLong(mask, 16);
        Set<Capability> found = EnumSet.noneOf(Capability.class);
        for (Capability capability : values()) {
            if ((bits >>> capability.bit & 1) != 0) {
                found.add(capability);
            }
        }
        return Collections.unmodifiableSet(found);
    }

    static Set<Capability> parse(String status) {
        for (String line : status.split("\n", -1)) {
            if (line.startsWith(EFFECTIVE)) {
                return parseMask(line.substring(EFFECTIVE.length()).strip());
            }
        }
        throw new IllegalArgumentException("status: no line " + EFFECTIVE);
    }
}
