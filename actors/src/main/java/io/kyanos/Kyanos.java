package io.kyanos;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigOrigin;
import io.kyanos.actor.ActorSettings;
import io.kyanos.actor.CaptureDispatchers;
import io.kyanos.capture.CaptureSettings;
import io.kyanos.capture.KernelCapture;
import io.kyanos.connection.ConnectionSettings;
import io.kyanos.process.NamingSettings;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Protocol;
import io.kyanos.reassembly.ReassemblySettings;
import io.kyanos.record.TrafficRecord;
import io.kyanos.replay.LivePackets;
import io.kyanos.replay.RecordedEvents;
import io.kyanos.replay.ReplayedFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.pekko.Done;
import org.apache.pekko.actor.AbstractExtensionId;
import org.apache.pekko.actor.ClassicActorSystemProvider;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.Extension;
import org.apache.pekko.actor.ExtensionIdProvider;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.ExtensionId;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.stream.javadsl.Source;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The captures of one actor system, as its extension. Several with different filters may run at a time, also in several
 * actor systems of one JVM; stopping one leaves nothing of it behind, and when the system ends so do they all. Thread-safe.
 */
public final class Kyanos implements Extension, org.apache.pekko.actor.typed.Extension {

    /** The extension's id for a classic actor system. */
    public static final AbstractExtensionId<Kyanos> ID = new Classic();

    /** The extension's id for a typed actor system; it finds the extension of the classic system underneath. */
    public static final ExtensionId<Kyanos> TYPED_ID = new Typed();

    /**
     * Path, in the actor system's configuration, of the dispatcher for what each capture has once: putting events in order,
     * routing, gathering records. A sink that should stay off the system's default dispatcher may run there too.
     */
    public static final String STREAM_DISPATCHER = ActorSettings.STREAM_DISPATCHER;

    private static final String REFERENCE_HINT =
            "the reference.conf of kyanos-pipeline and kyanos-actors have all keys";

    private static final Logger log = LoggerFactory.getLogger(Kyanos.class);

    private final ActorSystem<?> system;
    private final AtomicInteger started = new AtomicInteger();
    private final Set<RunningCapture> running = ConcurrentHashMap.newKeySet();

    private Kyanos(ExtendedActorSystem system) {
        this.system = Adapter.toTyped(system);
        CoordinatedShutdown.get(system)
                .addTask(CoordinatedShutdown.PhaseServiceStop(), "kyanos-stop-captures", this::stopAll);
        /* A shutdown may be cut short, or left out: what is in the kernel must not outlive the system. */
        system.registerOnTermination(() -> running.forEach(RunningCapture::abandon));
    }

    /**
     * The extension of an actor system, made at the first call.
     *
     * @param system typed or classic
     */
    public static Kyanos get(ClassicActorSystemProvider system) {
        return ID.get(system.classicSystem());
    }

    /** Reads all settings of a capture without starting one; throws as {@link #start} does where one is wrong. */
    public static void check(Config config) {
        ActorSettings.of(config);
        CaptureSettings.of(config);
        ConnectionSettings.of(config, Set.of(), Detail.NONE, 0);
        NamingSettings.of(config);
    }

    /**
     * As {@link #start(Config, CaptureRequest)} of the system's extension.
     *
     * @param system typed or classic
     */
    public static Capture start(ClassicActorSystemProvider system, Config config, CaptureRequest request) {
        return get(system).start(config, request);
    }

    /** As {@link #start(ClassicActorSystemProvider, Config, CaptureRequest)}, with further protocols of the caller's own. */
    public static Capture start(
            ClassicActorSystemProvider system, Config config, CaptureRequest request, List<Protocol> further) {
        return get(system).start(config, request, further);
    }

    /** As {@link #source(Config, CaptureRequest)}, with the settings of the actor system. */
    public Source<List<TrafficRecord>, CaptureControl> source(CaptureRequest request) {
        return source(system.settings().config(), request);
    }

    /**
     * A capture as a source: each materialization starts a capture, which takes some hundred milliseconds of the caller's
     * thread, and gives its control. What the consumer does not take waits, down to the kernel. When the consumer cancels
     * or fails, the capture stops; when the capture is stopped, the source completes once everything is drained. A capture
     * that cannot start fails the stream and its control with what {@link #start(Config, CaptureRequest)} throws.
     *
     * @param config whose section {@code kyanos} is read; for what it leaves out, this library's reference.conf holds
     */
    public Source<List<TrafficRecord>, CaptureControl> source(Config config, CaptureRequest request) {
        return Source.<Capture>maybe()
                .mapMaterializedValue(promise -> startInto(promise, config, request))
                .flatMapConcat(Capture::records)
                .watchTermination((control, end) -> {
                    end.whenComplete((done, problem) -> control.stop());
                    return control;
                });
    }

    private CaptureControl startInto(
            CompletableFuture<Optional<Capture>> promise, Config config, CaptureRequest request) {
        try {
            Capture capture = start(config, request);
            promise.complete(Optional.of(capture));
            return capture;
        } catch (RuntimeException e) {
            promise.completeExceptionally(e);
            return new UnstartedCapture(e);
        }
    }

    /**
     * Starts a capture, which runs until it is stopped, with or without a consumer.
     *
     * @param config whose section {@code kyanos} is read; for what it leaves out, this library's reference.conf holds. The
     *     dispatchers are those of the actor system; where it has none, the first capture's configuration makes them
     * @throws io.kyanos.bridge.BpfException if the machine does not allow it; nothing stays behind
     * @throws com.typesafe.config.ConfigException when a setting is wrong or its key unknown; its message names the key
     */
    public Capture start(Config config, CaptureRequest request) {
        return start(config, request, List.of());
    }

    /** As {@link #start(Config, CaptureRequest)}, with further protocols of the caller's own. */
    public Capture start(Config config, CaptureRequest request, List<Protocol> further) {
        return start(config, request, further, settings -> KernelCapture.open(settings, request.filters()));
    }

    /** {@code opening} gives the kernel side, which may have been opened already. */
    Capture start(
            Config config,
            CaptureRequest request,
            List<Protocol> further,
            Function<CaptureSettings, KernelCapture> opening) {
        Config settings = prepare(config);
        return keep(CaptureAssembly.start(system, nextName(), settings, request, further, opening));
    }

    /**
     * Reads a recording, or a packet capture, as if it happened now, as fast as its records are taken: the same pipeline with another origin of
     * events. Needs neither privileges nor Linux. Time is that of the recorded clock, and records come in order, so every run
     * gives the same result. The filters of {@code request} leave out what they would not have captured.
     *
     * <p>Which of both it is shows its content. What is no regular file is read as by {@link #replay(Config, CaptureRequest,
     * InputStream, String)}.
     *
     * @param recording written by {@code kyanos record}; or pcap or pcapng, perhaps packed by gzip
     * @throws io.kyanos.recording.RecordingException when it cannot be read, is no recording, or one of a later format
     * @throws IOException when it is a packet capture that cannot be read
     * @throws IllegalArgumentException when it is a packet capture and the filters ask for what no packet shows
     * @throws com.typesafe.config.ConfigException when a setting is wrong or its key unknown; its message names the key
     */
    public Capture replay(Config config, CaptureRequest request, Path recording) throws IOException {
        return replay(config, request, List.of(), ReplayedFile.open(recording, request.filters(), reassembly(config)));
    }

    /**
     * Reads a packet capture that may still be being made. What its packets show becomes records as they come, in order
     * within what has come at once. The capture ends with the stream; what is wrong with that is a remark of the capture.
     *
     * @param packets pcap or pcapng, perhaps packed by gzip; read by a thread of its own
     * @param name for messages
     * @throws IllegalArgumentException when the filters ask for what no packet shows
     * @throws com.typesafe.config.ConfigException when a setting is wrong or its key unknown; its message names the key
     */
    public Capture replay(Config config, CaptureRequest request, InputStream packets, String name) {
        return replay(
                config, request, List.of(), LivePackets.open(packets, name, request.filters(), reassembly(config)));
    }

    private static ReassemblySettings reassembly(Config config) {
        ActorSettings settings = ActorSettings.of(withReference(config));
        // The router still has those that have just ended.
        int maxFlows = Math.max(1, settings.maxOpenConnections() - settings.maxOpenConnections() / 8);
        return new ReassemblySettings(maxFlows, settings.maxSegmentBytes(), settings.maxSegmentBytesTotal());
    }

    Capture replay(Config config, CaptureRequest request, List<Protocol> further, RecordedEvents recording) {
        try {
            Config settings = prepare(config);
            return keep(CaptureAssembly.replay(system, nextName(), settings, request, further, recording));
        } catch (RuntimeException e) {
            recording.close();
            throw e;
        }
    }

    private Config prepare(Config config) {
        Config settings = withReference(config);
        CaptureDispatchers.provide(system.classicSystem(), settings);
        return settings;
    }

    private String nextName() {
        return "kyanos-" + started.incrementAndGet();
    }

    private Capture keep(RunningCapture capture) {
        running.add(capture);
        capture.gone().thenRun(() -> running.remove(capture));
        return capture;
    }

    static Config withReference(Config config) {
        Config reference = ConfigFactory.defaultReference(Kyanos.class.getClassLoader());
        if (!reference.hasPath(KnownKeys.ROOT)) {
            log.warn(
                    "reference.conf has no {}: keys are not checked. Hint: one jar of many must hold all their"
                            + " reference.conf, one after the other",
                    KnownKeys.ROOT);
            return config;
        }
        /* The library puts system properties into its reference, each a text: their keys are known, their types are not theirs. */
        Config asWritten = ConfigFactory.defaultReferenceUnresolved(Kyanos.class.getClassLoader())
                .withOnlyPath(KnownKeys.ROOT)
                .resolveWith(reference)
                .withFallback(reference);
        new KnownKeys(asWritten, ConfigOrigin::description, REFERENCE_HINT).check(config);
        return config.withOnlyPath(KnownKeys.ROOT).withFallback(reference.withOnlyPath(KnownKeys.ROOT));
    }

    private CompletionStage<Done> stopAll() {
        CompletableFuture<?>[] stops = running.stream()
                .map(capture -> capture.stop().toCompletableFuture())
                .toArray(CompletableFuture<?>[]::new);
        return CompletableFuture.allOf(stops).thenApply(all -> Done.getInstance());
    }

    private static final class Classic extends AbstractExtensionId<Kyanos> implements ExtensionIdProvider {

        @Override
        public Kyanos createExtension(ExtendedActorSystem system) {
            return new Kyanos(system);
        }

        @Override
        public AbstractExtensionId<Kyanos> lookup() {
            return ID;
        }
    }

    private static final class Typed extends ExtensionId<Kyanos> {

        @Override
        public Kyanos createExtension(ActorSystem<?> system) {
            return get(system);
        }
    }
}
