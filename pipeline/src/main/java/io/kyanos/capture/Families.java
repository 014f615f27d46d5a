package io.kyanos.capture;

import io.kyanos.event.Channel;
import java.util.List;
import java.util.Optional;

/** All families that there are. Nobody lists them a second time. */
public final class Families {

    /** In the order in which they are loaded and attached: each may use what those before it have. */
    static final List<Family> ALL = List.of(new ProcessFamily(), new SocketFamily());

    private static final List<CaptureStep> STEPS =
            ALL.stream().flatMap(family -> family.steps().stream()).toList();

    private Families() {}

    /** Every step that a capture may see, wherever from. */
    public static List<CaptureStep> steps() {
        return STEPS;
    }

    public static Optional<CaptureStep> step(String name) {
        return STEPS.stream().filter(step -> step.name().equals(name)).findFirst();
    }

    /** Every step that a capture sees from there, in the order in which they are attached. */
    public static List<CaptureStep> steps(Vantage vantage) {
        return ALL.stream().flatMap(family -> family.steps(vantage).stream()).toList();
    }

    /** The channels that carry events, in the order in which a poll drains them. */
    static List<Channel> channels() {
        return ALL.stream()
                .flatMap(family -> family.channels().keySet().stream())
                .sorted()
                .toList();
    }
}
