package io.kyanos.event;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The name of a process: that by which its program was started, whatever it has called itself since, so that it is the
 * same whether it began before the capture or during it.
 */
public final class ProcessName {

    private static final int MAX_COMM_LENGTH = 15;

    /** Names under /proc and /dev/fd: a descriptor's number, {@code exe}. They say nothing about the program. */
    private static final Pattern DOOR = Pattern.compile("[0-9]+|exe");

    private ProcessName() {}

    /** The name in an event of channel {@code process}; empty where it has none. */
    public static String of(EventDecoder event) {
        return of(event.executableName(), event.comm(), event.startedAs());
    }

    /** All names by which a filter finds the process: the executable's, what it calls itself, as it was started. */
    public static Set<String> all(EventDecoder event) {
        Set<String> names = new HashSet<>(List.of(event.executableName(), event.comm(), event.startedAs()));
        names.remove("");
        return names;
    }

    /**
     * From what the kernel side reports. Without {@code startedAs}, {@code comm} takes its place: that is its first 15
     * bytes until the process renames itself.
     *
     * @param executable the file's name, behind all links; of a script its interpreter's
     */
    public static String of(String executable, String comm, String startedAs) {
        String start = startedAs.isEmpty() ? whole(comm, executable) : startedAs;
        return start.isEmpty() || (!executable.isEmpty() && DOOR.matcher(start).matches()) ? executable : start;
    }

    private static String whole(String comm, String executable) {
        return comm.length() == MAX_COMM_LENGTH && executable.startsWith(comm) ? executable : comm;
    }
}
