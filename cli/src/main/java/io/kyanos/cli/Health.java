package io.kyanos.cli;

import io.kyanos.Capture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What {@code /healthz} says: why metrics are not to be trusted now, or nothing. Thread-safe. */
final class Health implements Supplier<String> {

    private volatile @Nullable Capture capture;
    private volatile String failure = "";

    void started(Capture running) {
        capture = running;
    }

    /** The first reason stays. */
    synchronized void failed(String reason) {
        if (failure.isEmpty()) {
            failure = reason;
        }
    }

    @Override
    public String get() {
        Capture running = capture;
        if (!failure.isEmpty()) {
            return failure;
        }
        return running == null ? "the capture has not started" : running.unhealthyReason();
    }
}
