package io.kyanos.capture;

import io.kyanos.bridge.BpfException;
import io.kyanos.bridge.BpfObject;
import io.kyanos.bridge.ProgramRuns;
import io.kyanos.bridge.RingReader;
import io.kyanos.event.Channel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/** The objects of all families in the kernel. */
final class LoadedFamilies implements AutoCloseable {

    private final CaptureSettings settings;
    private final EventTransport transport;
    private final List<LoadedFamily> families = new ArrayList<>();

    private LoadedFamilies(CaptureSettings settings, EventTransport transport) {
        this.settings = settings;
        this.transport = transport;
    }

    /**
     * Loads all families.
     *
     * @param ownTgid this process's id, as the family of processes reports it
     * @throws BpfException when the kernel refuses one; nothing stays behind
     */
    static LoadedFamilies load(
            CaptureSettings settings, EventTransport transport, ToIntFunction<LoadedFamily> ownTgid) {
        LoadedFamilies loaded = new LoadedFamilies(settings, transport);
        FamilySetup setup = new FamilySetup(
                settings, transport, () -> ownTgid.applyAsInt(loaded.family(ProcessFamily.NAME)), loaded::family);
        try {
            Families.ALL.forEach(family -> loaded.families.add(LoadedFamily.load(family, setup)));
            return loaded;
        } catch (RuntimeException e) {
            loaded.close();
            throw e;
        }
    }

    /** Loads the family of processes alone. */
    static LoadedFamily loadProcesses(CaptureSettings settings, EventTransport transport) {
        return LoadedFamily.load(
                new ProcessFamily(),
                new FamilySetup(
                        settings,
                        transport,
                        () -> {
                            throw new IllegalStateException("own process id: not known");
                        },
                        name -> {
                            throw new IllegalStateException("family " + name + ": not loaded");
                        }));
    }

    /** Maps the buffers of all channels, in the order of {@link Families#channels}. */
    RingReader openRings() {
        List<RingReader.Origin> rings =
                Families.channels().stream().map(this::origin).toList();
        return RingReader.open(
                rings,
                families.stream()
                        .map(family -> new RingReader.SleepFlag(family.object(), "reader_asleep"))
                        .toList());
    }

    private RingReader.Origin origin(Channel channel) {
        BpfObject object = of(channel).object();
        String map = LoadedFamily.mapOf(channel);
        return switch (transport) {
            case RING -> new RingReader.Ring(object, map);
            case PERF ->
                new RingReader.PerfBuffers(
                        object,
                        map,
                        settings.bufferBytes(transport, channel),
                        settings.wakeBytes(transport, channel),
                        (int) settings.perfLookInterval().toMillis());
        };
    }

    /** In the order of {@link Families#ALL}. */
    List<LoadedFamily> all() {
        return List.copyOf(families);
    }

    LoadedFamily family(String name) {
        return families.stream()
                .filter(family -> family.family().name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("family " + name + ": not loaded"));
    }

    /** The family that writes to a channel. */
    private LoadedFamily of(Channel channel) {
        return families.stream()
                .filter(family -> family.family().channels().containsKey(channel))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("channel " + channel.label() + ": of no family"));
    }

    /** Attaches what is not attached yet. */
    void attach() {
        families.forEach(LoadedFamily::attach);
    }

    /** What became of each step of those that are attached, in order. */
    List<StepResult> results() {
        return families.stream().flatMap(family -> family.results().stream()).toList();
    }

    /** Events that did not fit into a channel. */
    long lostEvents(Channel channel) {
        return of(channel).lostEvents(channel);
    }

    /** What the kernel has counted of each program in use, by its name. */
    Map<String, ProgramRuns> runs() {
        Map<String, ProgramRuns> runs = new HashMap<>();
        families.forEach(family -> runs.putAll(family.runs()));
        return runs;
    }

    /** Detaches all programs, the last family's first. Maps and buffers keep what they hold. */
    void detach() {
        for (int i = families.size() - 1; i >= 0; i--) {
            families.get(i).object().detachAll();
        }
    }

    void stopCounting() {
        families.forEach(LoadedFamily::stopCounting);
    }

    @Override
    public void close() {
        for (int i = families.size() - 1; i >= 0; i--) {
            families.get(i).close();
        }
    }
}
