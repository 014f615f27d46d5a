package io.kyanos.recording;

import java.util.Map;

/**
 * The recorder's counts at one moment, from its start. Later ones replace it.
 *
 * @param lostEvents that the kernel side could not write, by channel
 * @param counts what else was counted, by name: of the kernel side's tables ({@code connections_full}, ...), of the
 *     recording itself ({@code records}, ...)
 */
public record RecordedStatistics(Map<String, Long> lostEvents, Map<String, Long> counts) {

    public static final RecordedStatistics NONE = new RecordedStatistics(Map.of(), Map.of());

    public RecordedStatistics {
        lostEvents = Map.copyOf(lostEvents);
        counts = Map.copyOf(counts);
    }
}
