package io.kyanos;

import com.typesafe.config.Config;
import org.apache.pekko.actor.typed.ActorSystem;

/** A way to begin capturing. */
@FunctionalInterface
public interface CaptureLauncher {

    /**
     * Loads and attaches the kernel side and returns once events can come.
     *
     * @param config the whole configuration, resolved
     * @throws RuntimeException where the environment or the configuration refuses; its message says what, and is shown
     */
    Capture start(ActorSystem<?> system, Config config, CaptureRequest request);
}
