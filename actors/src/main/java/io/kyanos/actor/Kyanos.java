package io.kyanos.actor;

import com.typesafe.config.Config;
import io.kyanos.capture.CaptureSettings;
import io.kyanos.connection.ConnectionSettings;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Protocol;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.ClassicActorSystemProvider;

/**
 * Starts captures inside of an actor system. Nothing is global: several captures with different filters may run in one
 * JVM, and stopping one leaves nothing of it behind.
 */
public final class Kyanos {

    /**
     * Path, in the actor system's configuration, of the dispatcher of what is one per capture: putting events in order,
     * routing, gathering records. A sink that should not use the system's default dispatcher may run there too.
     */
    public static final String STREAM_DISPATCHER = "kyanos.actors.stream-dispatcher";

    private Kyanos() {}

    /** Reads all settings of a capture without starting one; throws as {@link #start} does where one is wrong. */
    public static void check(Config config) {
        ActorSettings.of(config);
        CaptureSettings.of(config);
        ConnectionSettings.of(config, Set.of(), Detail.NONE, 0);
    }

    /**
     * Starts a capture.
     *
     * @param system typed or classic; its configuration must contain this library's reference.conf, as one that is loaded
     *     from the class path does
     * @param config the whole configuration, of which {@code kyanos} is read
     * @throws io.kyanos.bridge.BpfException when the machine does not allow it; nothing stays behind
     * @throws com.typesafe.config.ConfigException when a setting is wrong; its message names the key
     */
    public static Capture start(ClassicActorSystemProvider system, Config config, CaptureRequest request) {
        return start(system, config, request, List.of());
    }

    /** As {@link #start(ClassicActorSystemProvider, Config, CaptureRequest)}, with protocols of the caller's own beside. */
    public static Capture start(
            ClassicActorSystemProvider system, Config config, CaptureRequest request, List<Protocol> further) {
        return CaptureAssembly.start(system, config, request, further);
    }

    /**
     * Reads a recording as if what is in it happened now, as fast as its records are taken: the same pipeline on another
     * origin of events. Needs no privileges and no Linux. What is timed is timed by the recorded clock, and records come in
     * order, so that every run gives the same. The filters of {@code request} leave out what they would not have captured.
     *
     * @param recording made by {@code kyanos record}
     * @throws io.kyanos.recording.RecordingException when it cannot be read, is no recording, or one of a later format
     * @throws com.typesafe.config.ConfigException when a setting is wrong; its message names the key
     */
    public static Capture replay(
            ClassicActorSystemProvider system, Config config, CaptureRequest request, Path recording) {
        return CaptureAssembly.replay(system, config, request, List.of(), RecordedFile.open(recording));
    }
}
