package io.kyanos;

import com.typesafe.config.Config;
import org.apache.pekko.actor.typed.ActorSystem;

/** Opens the kernel side while the actor system is made: loading the programs takes the kernel some hundred milliseconds. */
final class LiveLauncher implements CaptureLauncher {

    @Override
    public Capture start(ActorSystem<?> system, Config config, CaptureRequest request) {
        return Kyanos.start(system, config, request);
    }

    @Override
    public PreparedCapture prepare(Config config, CaptureRequest request) {
        return new KernelOpening(config, request);
    }
}
