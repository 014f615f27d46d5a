package io.kyanos.cli;

import io.kyanos.sink.SelfStatistics;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What a capture missed, and what it could not read, in lines for the user. */
final class Losses {

    private static final String PAGE = "losses.md";

    /** Traffic between the processes of one program is not missed by users. */
    private static final String INTERNAL = "unix";

    private Losses() {}

    /** One line per kind; none if nothing was lost and all that was said could be read. */
    static List<String> of(SelfStatistics statistics, long skippedRecords) {
        List<String> lines = new ArrayList<>();
        add(lines, "events lost in the kernel", statistics.eventsLost(), "events-that-the-kernel-could-not-write");
        Map<String, Long> drops = new TreeMap<>();
        statistics
                .dropped()
                .forEach((drop, count) -> drops.merge(drop.where() + " " + drop.reason(), count, Long::sum));
        add(lines, "dropped", drops, "what-is-dropped");
        if (skippedRecords > 0) {
            lines.add(skippedRecords + " records not shown: the output was too slow. Hint: a file gets all.");
        }
        Map<String, Long> undecoded = new TreeMap<>(statistics.undecodedConnections());
        undecoded.remove(INTERNAL);
        add(lines, "connections not decoded", undecoded, "connections-that-are-not-decoded");
        return lines;
    }

    private static void add(List<String> lines, String what, Map<String, Long> counts, String anchor) {
        long sum = counts.values().stream().mapToLong(count -> count).sum();
        if (sum > 0) {
            String parts = counts.entrySet().stream()
                    .filter(entry -> entry.getValue() > 0)
                    .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                            .thenComparing(Map.Entry.comparingByKey()))
                    .map(entry -> entry.getKey() + " " + entry.getValue())
                    .collect(Collectors.joining(", "));
            lines.add(sum + " " + one(what, sum) + " (" + parts + "). Hint: see " + Pages.at(PAGE, anchor) + ".");
        }
    }

    private static String one(String what, long count) {
        return count == 1 ? what.replaceFirst("^(event|connection)s ", "$1 ") : what;
    }
}
