package io.kyanos.process;

import io.kyanos.event.EventBatch;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.FoundNames;
import io.kyanos.event.NameSource;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Looks in {@code /proc} for the names of processes, once for each program that a process executes, and puts them after the
 * events that tell of it. Only names leave it, never arguments. Thread-safe; may wait as long as {@code ps} does.
 */
public final class NameFinder {

    private static final int MAX_FILE_NAME = 63;

    private record Known(long startedAt, String file, String startedAs, FoundNames names) {

        boolean isOf(EventDecoder event) {
            return startedAt == event.processStartedAt()
                    && file.equals(event.executableName())
                    && startedAs.equals(event.startedAs());
        }
    }

    private final ProcessFiles files;
    private final Set<NameSource> sought;
    private final Map<Integer, Known> known;

    NameFinder(Path proc, Set<NameSource> sought, int maxProcesses) {
        this.files = new ProcessFiles(proc);
        this.sought = Set.copyOf(sought);
        this.known = new LinkedHashMap<>() {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Integer, Known> eldest) {
                return size() > maxProcesses;
            }
        };
    }

    /**
     * Of this machine.
     *
     * @param sought nothing is read for what is not among them
     * @param maxProcesses whose names are remembered, so that who is listed again is not read again
     */
    public static NameFinder create(Set<NameSource> sought, int maxProcesses) {
        return new NameFinder(Path.of("/proc"), sought, maxProcesses);
    }

    /** Finds nothing and reads nothing. */
    public static NameFinder none() {
        return create(EnumSet.noneOf(NameSource.class), 1);
    }

    /** Whether it looks for anything. */
    public boolean isLooking() {
        return !sought.isEmpty();
    }

    /** The batch, where whoever has begun to execute something now has names after its event. Not yet handed on. */
    public EventBatch named(EventBatch batch) {
        EventDecoder event = new EventDecoder();
        for (int i = 0; i < batch.size(); i++) {
            if (batch.read(i, event) && event.kind() == EventDecoder.KIND_EXEC) {
                FoundNames names = remember(event, find(event));
                if (!names.isEmpty()) {
                    batch.replace(i, names.behind(event));
                }
            }
        }
        return batch;
    }

    /** The names of a process that was listed. */
    public FoundNames of(EventDecoder listed) {
        synchronized (known) {
            Known before = known.get(listed.processTgid());
            if (before != null && before.isOf(listed)) {
                return before.names();
            }
        }
        return remember(listed, find(listed));
    }

    private FoundNames remember(EventDecoder event, FoundNames names) {
        Known now = new Known(event.processStartedAt(), event.executableName(), event.startedAs(), names);
        synchronized (known) {
            // Anew at the end, where it stays longest.
            known.remove(event.processTgid());
            known.put(event.processTgid(), now);
        }
        return names;
    }

    private FoundNames find(EventDecoder event) {
        int pid = event.processTgid();
        if (sought.isEmpty() || isAnother(event)) {
            return FoundNames.NONE;
        }
        Map<NameSource, String> names = new EnumMap<>(NameSource.class);
        boolean isJava = JavaCommand.isJava(event.executableName());
        if (sought.contains(NameSource.MAIN_CLASS) && isJava) {
            JavaCommand.nameOf(files.arguments(pid)).ifPresent(name -> names.put(NameSource.MAIN_CLASS, name));
        }
        if (sought.contains(NameSource.SCRIPT) && !isJava) {
            Interpreter.of(event.executableName(), event.startedAs())
                    .flatMap(interpreter -> interpreter.nameOf(files.arguments(pid)))
                    .ifPresent(name -> names.put(NameSource.SCRIPT, name));
        }
        if (sought.contains(NameSource.SYSTEMD_UNIT)) {
            SystemdUnit.nameOf(files.cgroups(pid)).ifPresent(name -> names.put(NameSource.SYSTEMD_UNIT, name));
        }
        return FoundNames.of(names);
    }

    /** It executes something else by now, of which a later event tells; or its number is another's. Unsure without rights. */
    private boolean isAnother(EventDecoder event) {
        String told = event.executableName();
        return files.executable(event.processTgid())
                .filter(now -> told.length() < MAX_FILE_NAME ? !now.equals(told) : !now.startsWith(told))
                .isPresent();
    }
}
