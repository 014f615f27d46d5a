package io.kyanos.capture;

import io.kyanos.bridge.BpfObject;
import io.kyanos.bridge.KernelVersion;
import io.kyanos.event.Channel;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * One BPF object, and all that a capture must know of it: its file, the steps that it sees and by which hooks, its
 * channels and counters, what is set before it is loaded. A class per family, and a line in {@link Families}.
 */
interface Family {

    /** In messages and JSON. */
    String name();

    /** The object's file for this kernel, without its ending. */
    default String file(KernelVersion kernel) {
        return name();
    }

    /** What it sees from there, in the order in which the hooks are attached. */
    List<CaptureStep> steps(Vantage vantage);

    /**
     * Steps that are no reason to see sockets from elsewhere where the kernel has none of their hooks: what they tell is
     * told from nowhere else.
     */
    default Set<CaptureStep> toldOnlyFrom(Vantage vantage) {
        return Set.of();
    }

    /** What it sees, wherever from. */
    default List<CaptureStep> steps() {
        return Stream.of(Vantage.values())
                .flatMap(vantage -> steps(vantage).stream())
                .distinct()
                .toList();
    }

    /** The channels that it writes to, each with the counter of the events that did not fit in. */
    Map<Channel, Counter> channels();

    /** All that it counts. */
    List<Counter> counters();

    /**
     * Sets its constants, sizes its maps, and shares those of families before it. The buffers of its channels are set
     * already.
     */
    void prepare(BpfObject object, FamilySetup setup, Vantage vantage);
}
