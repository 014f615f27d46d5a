package io.kyanos;

import org.apache.pekko.actor.typed.ActorSystem;

/** A capture that waits for its actor system. Used by one thread. */
@FunctionalInterface
public interface PreparedCapture extends AutoCloseable {

    /**
     * Starts it, once.
     *
     * @throws RuntimeException as {@link CaptureLauncher#start} does; nothing stays behind
     */
    Capture startIn(ActorSystem<?> system);

    /** Lets go of what has begun and was not started; does nothing afterwards. */
    @Override
    default void close() {
        // by default nothing has begun
    }
}
