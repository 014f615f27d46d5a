package io.kyanos.cli;

import io.kyanos.sink.SelfStatistics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What a capture missed, in lines for the user. */
final class Losses {

    private Losses() {}

    /** One line per kind of loss; none if nothing was lost. */
    static List<String> of(SelfStatistics statistics, long skippedRecords) {
        List<String> lines = new ArrayList<>();
        add(lines, "events lost in the kernel", statistics.eventsLost(), "kyanos.capture has the sizes of the rings");
        Map<String, Long> drops = new TreeMap<>();
        statistics
                .dropped()
                .forEach((drop, count) -> drops.merge(drop.where() + " " + drop.reason(), count, Long::sum));
        add(lines, "dropped", drops, "docs/metrics.md says what each place counts");
        if (skippedRecords > 0) {
            lines.add(skippedRecords + " records not shown: the output was too slow. Hint: a file gets all.");
        }
        return lines;
    }

    private static void add(List<String> lines, String what, Map<String, Long> counts, String hint) {
        long sum = counts.values().stream().mapToLong(count -> count).sum();
        if (sum > 0) {
            String parts = new TreeMap<>(counts)
                    .entrySet().stream()
                            .filter(entry -> entry.getValue() > 0)
                            .map(entry -> entry.getKey() + " " + entry.getValue())
                            .collect(Collectors.joining(", "));
            lines.add(sum + " " + what + " (" + parts + "). Hint: " + hint + ".");
        }
    }
}
