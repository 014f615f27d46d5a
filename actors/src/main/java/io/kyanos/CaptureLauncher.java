package io.kyanos;

import com.typesafe.config.Config;
import org.apache.pekko.actor.typed.ActorSystem;

/** A way to start a capture. */
@FunctionalInterface
public interface CaptureLauncher {

    /**
     * Loads and attaches the kernel side and returns once events can come.
     *
     * @param config the whole configuration, resolved
     * @throws RuntimeException if the environment or the configuration does not allow it; its message is for the user
     */
    Capture start(ActorSystem<?> system, Config config, CaptureRequest request);

    /**
     * Begins with what needs no actor system, on a thread of its own, while the caller makes one: then a capture starts
     * sooner. Nothing begins where there is no such thing.
     *
     * @throws RuntimeException as {@link #start} does
     */
    default PreparedCapture prepare(Config config, CaptureRequest request) {
        return system -> start(system, config, request);
    }

    /** Captures what this machine's kernel shows. */
    static CaptureLauncher live() {
        return new LiveLauncher();
    }
}
