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
}
