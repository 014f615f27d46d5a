package io.kyanos.cli;

import com.typesafe.config.Config;
import io.kyanos.actor.CaptureLauncher;
import io.kyanos.actor.CaptureRequest;
import io.kyanos.protocol.Detail;
import io.kyanos.record.RecordFilter;
import io.kyanos.record.TrafficRecord;
import io.kyanos.sink.JsonLines;
import io.kyanos.sink.LineSink;
import io.kyanos.sink.WatchLines;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.stream.javadsl.Sink;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows each record as it comes, as a line or as JSON. */
@Command(
        name = "watch",
        description = "Show each request with its response as it comes.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.class,
        footerHeading = "%nExamples:%n",
        footer = {
            "  kyanos watch http --method GET,POST --path-prefix /api --latency 100ms",
            "  kyanos watch redis --command get,mget --key-prefix user:",
            "  kyanos watch --pids 1234 --json-output stdout | jq .operation",
            "  kyanos watch --json-output records.jsonl --time 60",
            "  kyanos watch http --input examples/shop.kyanos"
        })
final class WatchCommand implements Callable<Integer> {

    private static final String STDOUT = "stdout";

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "PROTOCOL",
            completionCandidates = ClosedList.Protocols.class,
            description = "http or redis; by default all.")
    @Nullable
    String protocol;

    @Option(
            names = {"-l", "--list"},
            description = "Print the protocols, and end.")
    boolean list;

    @Option(
            names = "--json-output",
            paramLabel = "stdout|FILE",
            description = "Write JSON, one object per line, instead. A file is appended to and gets every record.")
    @Nullable
    String jsonOutput;

    @Option(names = "--time", paramLabel = "SECONDS", description = "End after this long.")
    @Nullable
    String time;

    @Option(
            names = "--max-print-bytes",
            paramLabel = "N",
            description = "Bytes of each request and response in JSON; kyanos.watch.max-print-bytes, by default 1024.")
    @Nullable
    String maxPrintBytes;

    @Option(names = "--show-secrets", description = "Do not mask passwords, cookies and tokens.")
    boolean showSecrets;

    @Mixin
    InputOption input = new InputOption();

    @Mixin
    FilterOptions filters = new FilterOptions();

    private final Assembly assembly;
    private final KyanosCommand root;

    WatchCommand(Assembly assembly, KyanosCommand root) {
        this.assembly = assembly;
        this.root = root;
    }

    @Override
    public Integer call() throws Exception {
        if (list) {
            FilterOptions.PROTOCOLS.forEach(assembly.outWriter()::println);
            return 0;
        }
        Set<String> protocols = filters.protocols(protocol);
        RecordFilter filter = filters.recordFilter(protocols);
        long nanos = time == null ? 0 : FlagValues.secondsAsNanos("--time", time);
        @Nullable
        Integer printBytes = maxPrintBytes == null
                ? null
                : Integer.valueOf(FlagValues.number(
                        "--max-print-bytes",
                        maxPrintBytes,
                        0,
                        Settings.MAX_PRINT_BYTES,
                        "bytes of 0 to " + Settings.MAX_PRINT_BYTES));
        if (input.isGiven() && time != null) {
            throw new UsageException("--time and --input exclude each other: a recording ends by itself.");
        }
        CaptureLauncher launcher = input.launcher(assembly);
        var captureFilters = filters.captureFilters();
        Config config = root.config();
        Settings settings = Settings.of(config);
        int maxText = printBytes == null ? settings.watch().maxPrintBytes() : printBytes;
        Detail detail = new Detail(true, jsonOutput == null ? 0 : maxText, !showSecrets, filter.headers());
        CaptureRequest request = new CaptureRequest(captureFilters, protocols, detail);

        CompletableFuture<Done> end = new CompletableFuture<>();
        assembly.interrupts().listen(() -> end.complete(Done.getInstance()));
        try (OutputStream out = output();
                CaptureRun run = CaptureRun.start(launcher, config, request, settings.shutdownTimeout())) {
            LineSink lines = new LineSink(format(), out);
            if (jsonOutput == null) {
                out.write((new WatchLines(assembly.zone(), false).header() + "\n").getBytes(StandardCharsets.UTF_8));
            }
            CompletableFuture<Done> shown = run.records(filter)
                    .runWith(sink(lines, settings), run.system())
                    .toCompletableFuture();
            if (nanos > 0) {
                end.completeOnTimeout(Done.getInstance(), nanos, TimeUnit.NANOSECONDS);
            }
            CompletableFuture.anyOf(end, shown).handle((done, problem) -> done).join();
            boolean inTime = run.stop(shown);
            Losses.of(run.capture().statistics(), lines.skipped()).forEach(assembly::tell);
            List<String> remarks = run.capture().remarks();
            remarks.forEach(assembly::tell);
            int result = result(shown, inTime, settings);
            return remarks.isEmpty() ? result : Complaint.ENVIRONMENT;
        } catch (IOException | RuntimeException e) {
            if (Complaint.isBrokenPipe(e)) {
                return 0;
            }
            throw e;
        }
    }

    private int result(CompletableFuture<Done> shown, boolean inTime, Settings settings) {
        if (!inTime) {
            assembly.tell(
                    "stop capture: not done after " + settings.shutdownTimeout().toSeconds() + " s, ended as it was");
            return 0;
        }
        try {
            shown.join();
        } catch (CompletionException e) {
            if (!Complaint.isBrokenPipe(e)) {
                throw e;
            }
        }
        return 0;
    }

    private boolean isFile() {
        return jsonOutput != null && !jsonOutput.equals(STDOUT);
    }

    private LineSink.Format format() {
        return jsonOutput == null
                ? new WatchLines(assembly.zone(), assembly.coloured())::write
                : new JsonLines(assembly.zone())::write;
    }

    private Sink<List<TrafficRecord>, CompletionStage<Done>> sink(LineSink lines, Settings settings) {
        return isFile() || input.isGiven()
                ? lines.complete()
                : lines.sampled(settings.watch().maxWaitingRecords());
    }

    /* What is written may hold payload: a new file is its owner's alone. */
    private OutputStream output() throws IOException {
        if (!isFile()) {
            return assembly.out();
        }
        Path path = Path.of(String.valueOf(jsonOutput));
        Set<StandardOpenOption> options = Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        boolean hasOwners = path.getFileSystem().supportedFileAttributeViews().contains("posix");
        return Channels.newOutputStream(
                hasOwners
                        ? FileChannel.open(
                                path,
                                options,
                                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
                        : FileChannel.open(path, options));
    }
}
