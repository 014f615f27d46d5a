package io.kyanos.cli;

import com.typesafe.config.Config;
import io.kyanos.CaptureRequest;
import io.kyanos.cli.screen.Screen;
import io.kyanos.connection.ConnectionSettings;
import io.kyanos.protocol.Detail;
import io.kyanos.recording.EventRedaction;
import io.kyanos.recording.RecordingLimits;
import io.kyanos.recording.RecordingWriter;
import io.kyanos.recording.Redactor;
import io.kyanos.sink.SelfStatistics;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.apache.pekko.Done;
import org.apache.pekko.stream.javadsl.Sink;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes the events themselves into a file, from which every other command can read them again. */
@Command(
        name = "record",
        description = {
            "Write what is captured into a file, for --input of the other commands.",
            "It holds events, and records are made when it is read: filters that choose records, like --where, belong to"
                    + " the command that reads it."
        },
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.class,
        footerHeading = "%nExamples:%n",
        footer = {
            "  kyanos record traffic.kyanos --time 60",
            "  kyanos record traffic.kyanos http --comm nginx --max-size 100MiB",
            "  kyanos record traffic.kyanos --redact",
            "  kyanos record --pcapng traffic.pcapng"
        })
final class RecordCommand implements Callable<Integer> {

    private static final long TICK_MILLIS = 250;
    private static final int TICKS_PER_STATISTICS = 4;

    @Parameters(index = "0", paramLabel = "FILE", description = "A new file, which only its owner can read.")
    @Nullable
    Path file;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "PROTOCOL",
            completionCandidates = ClosedList.Protocols.class,
            description =
                    "One of ${COMPLETION-CANDIDATES}; by default all. Of other connections only the heads are recorded.")
    @Nullable
    String protocol;

    @Option(names = "--time", paramLabel = "SECONDS", description = "End after this long.")
    @Nullable
    String time;

    @Option(
            names = "--max-size",
            paramLabel = "SIZE",
            description = "Stop before the file is larger than this: 64KiB or more, like 100MiB.")
    @Nullable
    String maxSize;

    @Option(
            names = "--redact",
            description = "Overwrite all payload except the structure of messages before it is written.")
    boolean redact;

    @Option(
            names = "--pcapng",
            description = "Write packets that carry what was captured, for Wireshark, in place of a recording.")
    boolean pcapng;

    @Option(names = "--force", description = "Replace the file if there is one.")
    boolean force;

    @ArgGroup(validate = false, heading = "%nWhat is captured (lists: any of them; flags: all of them):%n")
    FilterOptions.CaptureFlags capture = new FilterOptions.CaptureFlags();

    @ArgGroup(validate = false, heading = "%nWhat is not captured, whatever the flags above say:%n")
    FilterOptions.CaptureExclusions notCaptured = new FilterOptions.CaptureExclusions();

    @Spec
    @Nullable
    CommandSpec spec;

    private final Assembly assembly;
    private final KyanosCommand root;

    RecordCommand(Assembly assembly, KyanosCommand root) {
        this.assembly = assembly;
        this.root = root;
    }

    @Override
    public Integer call() throws Exception {
        Path path = path();
        FilterOptions filters = new FilterOptions();
        filters.capture = capture;
        filters.notCaptured = notCaptured;
        Set<String> protocols = filters.protocols(protocol);
        long nanos = time == null ? 0 : FlagValues.secondsAsNanos("--time", time);
        RecordingLimits limits = limits();
        CaptureRequest request = new CaptureRequest(filters.captureFilters(), protocols, Detail.NONE);
        Config config = root.config();
        Settings settings = Settings.of(config);
        RecordingWriter.check(path, force);

        CompletableFuture<Done> end = new CompletableFuture<>();
        assembly.interrupts().listen(() -> end.complete(Done.getInstance()));
        FileTap tap = pcapng
                ? new PcapngTap(path, limits, force, redaction(config))
                : new RecordingTap(path, limits, force, redaction(config), arguments(), protocols);
        LongAdder records = new LongAdder();
        try (CaptureRun run =
                CaptureRun.start(assembly.launcher(), config, request.tappedBy(tap), settings.shutdownTimeout())) {
            SelfStatistics statistics = run.capture().statistics();
            StartNotice.reportAbsent(assembly, run.capture());
            assembly.tell(StartNotice.sentence("recording", request) + " into " + path + "; Ctrl-C ends");
            CompletableFuture<Done> counted = run.capture()
                    .records()
                    .runWith(Sink.foreach(batch -> records.add(batch.size())), run.system())
                    .toCompletableFuture();
            if (nanos > 0) {
                end.completeOnTimeout(Done.getInstance(), nanos, TimeUnit.NANOSECONDS);
            }
            waitForEnd(CompletableFuture.anyOf(end, counted), tap, statistics, records);
            boolean inTime = run.stop(counted);
            tap.close(statistics, records.sum());
            if (!inTime) {
                assembly.tell("stop capture: not done after "
                        + settings.shutdownTimeout().toSeconds() + " s, ended as it was");
            }
            Losses.of(statistics, 0).forEach(assembly::tell);
            tap.remarks().forEach(assembly::tell);
            return result(tap, statistics, records.sum(), path);
        }
    }

    private Path path() {
        Path path = file;
        if (path == null || path.toString().isEmpty() || path.toString().equals("-")) {
            throw new UsageException(
                    "FILE", String.valueOf(path), "the name of a file; standard output takes no recording");
        }
        return path;
    }

    private Optional<EventRedaction> redaction(Config config) {
        return redact
                ? Optional.of(new Redactor(ConnectionSettings.of(config, Set.of(), Detail.NONE, 0)))
                : Optional.empty();
    }

    private RecordingLimits limits() {
        if (maxSize == null) {
            return RecordingLimits.DEFAULT;
        }
        long bytes = FlagValues.bytes("--max-size", maxSize);
        if (bytes < RecordingLimits.LEAST_FILE_BYTES) {
            throw new UsageException("--max-size", maxSize, "a size of 64KiB or more, like 100MiB");
        }
        return RecordingLimits.DEFAULT.withMaxFileBytes(bytes);
    }

    /** As they were typed, without the file's name. */
    private List<String> arguments() {
        return spec == null
                ? List.of()
                : spec.commandLine().getParseResult().originalArgs().stream()
                        .filter(argument -> !argument.equals(String.valueOf(file)))
                        .toList();
    }

    private void waitForEnd(CompletableFuture<?> end, FileTap tap, SelfStatistics statistics, LongAdder records)
            throws InterruptedException {
        PrintWriter screen = assembly.errWriter();
        boolean showsProgress = Screen.isTerminal(2);
        for (int tick = 1; !isOver(end) && !tap.isOver(); tick++) {
            if (tick % TICKS_PER_STATISTICS == 0) {
                tap.tick(statistics, records.sum());
                if (showsProgress) {
                    screen.print("\r" + summary("", tap, statistics, records.sum()) + " \u001b[K");
                    screen.flush();
                }
            }
        }
        if (showsProgress) {
            screen.print("\r\u001b[K");
            screen.flush();
        }
    }

    private static boolean isOver(CompletableFuture<?> end) throws InterruptedException {
        try {
            end.get(TICK_MILLIS, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException ignored) {
            return false;
        } catch (ExecutionException ignored) {
            // Those that care report what has failed.
            return true;
        }
    }

    private int result(FileTap tap, SelfStatistics statistics, long records, Path path) {
        String summary = summary("recorded ", tap, statistics, records) + " in " + path;
        if (tap.problem().isPresent()) {
            assembly.tell(CommandError.of(tap.problem().get()).message());
            assembly.tell(summary);
            return CommandError.ENVIRONMENT;
        }
        if (tap.isFull()) {
            assembly.tell("--max-size " + maxSize + " is reached, the recording has ended");
        }
        assembly.tell(summary);
        return 0;
    }

    private static String summary(String verb, FileTap tap, SelfStatistics statistics, long records) {
        long lost = statistics.eventsLost().values().stream()
                .mapToLong(count -> count)
                .sum();
        return verb + tap.contents() + ", " + records + " records, " + size(tap.writtenBytes()) + ", lost " + lost;
    }

    private static String size(long bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB"};
        double size = bytes;
        int unit = 0;
        while (size >= 1024 && unit < units.length - 1) {
            size /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", size, units[unit]);
    }
}
