package io.kyanos.cli;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Tells when the user, or the system, wants the command to end. */
@FunctionalInterface
public interface Interrupts {

    /** Calls {@code orderlyEnd} once, from some thread, when the process gets SIGINT, SIGTERM or SIGHUP; the second such signal ends it at once. */
    Interrupts OF_PROCESS = new OfProcess()::listen;

    void listen(Runnable orderlyEnd);

    /*
     * The JVM's own reaction to these signals is System.exit, which leaves no exit code to choose and swallows a second
     * signal.
     */
    /** Handlers of the process's signals. */
    final class OfProcess {

        private static final int EXIT_CODE_INTERRUPTED = 130;
        /* timeout(1) signals its command and then the group that the command is in: still one request. */
        private static final long ONE_REQUEST_NANOS = 300_000_000;

        private OfProcess() {}

        private void listen(Runnable orderlyEnd) {
            AtomicLong askedAt = new AtomicLong();
            for (String signal : List.of("INT", "TERM", "HUP")) {
                Signals.handle(signal, () -> {
                    if (askedAt.compareAndSet(0, System.nanoTime() | 1)) {
                        orderlyEnd.run();
                    } else if (System.nanoTime() - askedAt.get() > ONE_REQUEST_NANOS) {
                        Runtime.getRuntime().halt(EXIT_CODE_INTERRUPTED);
                    }
                });
            }
        }
    }
}
