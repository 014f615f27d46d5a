package io.kyanos.cli;

import com.typesafe.config.Config;
import io.kyanos.CaptureLauncher;
import io.kyanos.CaptureRequest;
import io.kyanos.cli.screen.WatchLines;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Protocols;
import io.kyanos.record.Attribute;
import io.kyanos.record.DurationText;
import io.kyanos.record.RecordFilter;
import io.kyanos.record.TrafficRecord;
import io.kyanos.sink.JsonLines;
import io.kyanos.sink.JsonSchema;
import io.kyanos.sink.LineSink;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.stream.javadsl.Sink;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
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
            "  kyanos watch http --input examples/shop.kyanos",
            "  tcpdump -U -s 0 -w - port 6379 | kyanos watch --input -"
        })
final class WatchCommand implements Callable<Integer> {

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "PROTOCOL",
            completionCandidates = ClosedList.Protocols.class,
            description = "One of ${COMPLETION-CANDIDATES}; by default all.")
    @Nullable
    String protocol;

    @Option(
            names = {"-l", "--list"},
            description = "Print the protocols with their names, flags and fields, and exit.")
    boolean list;

    @Option(
            names = "--json-output",
            paramLabel = "stdout|FILE",
            description =
                    "Write JSON, one object per line, instead. FILE is new, or a pipe or device; it gets every record.")
    @Nullable
    String jsonOutput;

    @Option(names = "--force", description = "Replace the FILE of --json-output if there is one.")
    boolean force;

    @Option(names = "--json-schema", description = "Print the JSON Schema of what --json-output writes, and exit.")
    boolean jsonSchema;

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

    private WatchCommand(Assembly assembly, KyanosCommand root) {
        this.assembly = assembly;
        this.root = root;
    }

    /** The command with all its flags, those of the protocols as well. */
    static CommandLine line(Assembly assembly, KyanosCommand root) {
        WatchCommand command = new WatchCommand(assembly, root);
        CommandLine line = new CommandLine(command);
        command.filters.addTo(line.getCommandSpec());
        return line;
    }

    @Override
    public Integer call() throws Exception {
        if (list) {
            assembly.out().write(ProtocolList.text().getBytes(StandardCharsets.UTF_8));
            return 0;
        }
        if (jsonSchema) {
            assembly.out().write(schema().getBytes(StandardCharsets.UTF_8));
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
        if (input.isFile() && time != null) {
            throw new UsageException("--time and --input FILE exclude each other: a file ends by itself.");
        }
        CaptureLauncher launcher = input.launcher(assembly);
        var captureFilters = filters.captureFilters();
        Config config = root.config();
        Settings settings = Settings.of(config);
        int maxText = printBytes == null ? settings.watch().maxPrintBytes() : printBytes;
        Detail detail = new Detail(true, jsonOutput == null ? 0 : maxText, !showSecrets, filter.headers());
        CaptureRequest request = new CaptureRequest(captureFilters, protocols, detail);

        RecordsOutput out = RecordsOutput.to(jsonOutput, force, assembly);
        CompletableFuture<Done> end = new CompletableFuture<>();
        assembly.interrupts().listen(() -> end.complete(Done.getInstance()));
        try (out;
                CaptureRun run = CaptureRun.start(launcher, config, request, settings.shutdownTimeout())) {
            out.begin();
            StartNotice.reportAbsent(assembly, run.capture());
            reportStart(request);
            WatchLines watchLines = new WatchLines(
                    assembly.zone(),
                    assembly.screen(),
                    new WatchLines.Colours(assembly.coloured(), settings.watch().slow()));
            LineSink lines = new LineSink(format(watchLines), out, this::reportSkipping);
            if (jsonOutput == null) {
                out.write((watchLines.header() + "\n").getBytes(StandardCharsets.UTF_8));
            }
            CompletableFuture<Done> shown = run.records(filter)
                    .runWith(sink(lines, out, settings), run.system())
                    .toCompletableFuture();
            if (nanos > 0) {
                end.completeOnTimeout(Done.getInstance(), nanos, TimeUnit.NANOSECONDS);
            }
            CompletableFuture.anyOf(end, shown).handle((done, problem) -> done).join();
            stop(run, shown, lines, settings, out.isFile());
            if (!isReaderGone(shown)) {
                long missing = shown.isCompletedExceptionally() ? 0 : lines.unwritten();
                Losses.of(run.capture().statistics(), missing).forEach(assembly::tell);
            }
            List<String> remarks = run.capture().remarks();
            remarks.forEach(assembly::tell);
            int result = result(shown);
            return remarks.isEmpty() ? result : CommandError.ENVIRONMENT;
        } catch (IOException | RuntimeException e) {
            if (CommandError.isBrokenPipe(e)) {
                return 0;
            }
            throw e;
        }
    }

    private void reportSkipping() {
        assembly.tell("the output is slow: records are skipped and counted. Hint: a file gets all.");
    }

    private void reportStart(CaptureRequest request) {
        if (!input.isGiven()) {
            String length = time == null ? "" : " for " + time + " s";
            assembly.tell(StartNotice.sentence("capturing", request) + length + "; Ctrl-C ends");
        }
    }

    /* Who looks at a screen wants it to end; who has a file wants all of it, within bounds. */
    private void stop(
            CaptureRun run, CompletableFuture<Done> shown, LineSink lines, Settings settings, boolean isFile) {
        Duration moment = settings.watch().stopTimeout();
        boolean nobodyReads = shown.isCompletedExceptionally();
        if (!nobodyReads && run.stop(shown, moment)) {
            return;
        }
        if (isFile && !nobodyReads) {
            assembly.tell("writing what has been captured; a second Ctrl-C ends at once");
            if (run.stop(shown, settings.shutdownTimeout())) {
                return;
            }
            moment = moment.plus(settings.shutdownTimeout());
        }
        lines.discard();
        boolean taken = run.stopAtOnce(shown);
        if (!nobodyReads) {
            assembly.tell(
                    taken
                            ? "ended after " + DurationText.of(moment)
                                    + ", what was captured but not yet processed is dropped. Hint: "
                                    + (isFile ? "kyanos.shutdown-timeout" : "kyanos.watch.stop-timeout")
                            : "ended, as the output took no more");
        }
    }

    /* Who has gone has asked for no more. */
    private static boolean isReaderGone(CompletableFuture<Done> shown) {
        return shown.isCompletedExceptionally()
                && shown.handle((done, problem) -> CommandError.isBrokenPipe(problem))
                        .join();
    }

    private int result(CompletableFuture<Done> shown) {
        if (!shown.isDone()) {
            return 0;
        }
        try {
            shown.join();
        } catch (CompletionException e) {
            if (!CommandError.isBrokenPipe(e)) {
                throw e;
            }
        }
        return 0;
    }

    private static String schema() {
        Map<String, List<Attribute>> attributes = new LinkedHashMap<>();
        Protocols.descriptors().forEach(protocol -> attributes.put(protocol.name(), protocol.attributes()));
        return new JsonSchema(attributes).text();
    }

    private LineSink.Format format(WatchLines watchLines) {
        return jsonOutput == null ? watchLines::write : new JsonLines(assembly.zone())::write;
    }

    private Sink<List<TrafficRecord>, CompletionStage<Done>> sink(
            LineSink lines, RecordsOutput out, Settings settings) {
        return out.isFile() || input.isGiven()
                ? lines.complete()
                : lines.sampled(settings.watch().maxWaitingRecords());
    }
}
