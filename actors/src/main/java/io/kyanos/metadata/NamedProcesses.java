package io.kyanos.metadata;

import io.kyanos.capture.ProcessList;
import io.kyanos.event.EventBatch;
import io.kyanos.event.NameSource;
import io.kyanos.process.NameFinder;
import io.kyanos.process.NamingSettings;
import java.util.EnumSet;
import java.util.Set;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Source;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds names to the events of processes before anything else sees them. {@code /proc} is read on a thread that may block; if
 * names are by program alone and nothing is recorded, it is not read.
 *
 * @param atStart the processes that were running when the capture began
 */
public record NamedProcesses(NameFinder finder, ProcessList atStart) {

    private static final Logger log = LoggerFactory.getLogger(NamedProcesses.class);

    /**
     * Finds names by the settings.
     *
     * @param isRecorded whether there will be a file, which gets all names, as its reader chooses
     */
    public static NamedProcesses of(ProcessList atStart, NamingSettings naming, boolean isRecorded, int maxProcesses) {
        Set<NameSource> sought = isRecorded ? EnumSet.complementOf(EnumSet.of(NameSource.PROGRAM)) : naming.sought();
        if (!sought.isEmpty() && !atStart.hasOurNumbers()) {
            if (!naming.sought().isEmpty()) {
                log.warn(
                        "kyanos.process.name-by: processes go by their programs, as process ids here are not those of the"
                                + " kernel. Hint: run kyanos in the machine's own process namespace (hostPID, --pid=host)");
            }
            sought = Set.of();
        }
        NameFinder finder = NameFinder.create(sought, maxProcesses);
        return new NamedProcesses(finder, finder.isLooking() ? atStart.named(finder::of) : atStart);
    }

    public Source<EventBatch, NotUsed> named(Source<EventBatch, NotUsed> events) {
        return finder.isLooking()
                ? events.via(Flow.of(EventBatch.class)
                        .map(finder::named)
                        .withAttributes(Attributes.inputBuffer(1, 1)
                                .and(ActorAttributes.dispatcher(
                                        ActorAttributes.IODispatcher().dispatcher())))
                        .async())
                : events;
    }

    public ProcessList named(ProcessList running) {
        return finder.isLooking() ? running.named(finder::of) : running;
    }
}
