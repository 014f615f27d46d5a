package io.kyanos.cli;

import com.typesafe.config.Config;
import io.kyanos.Capture;
import io.kyanos.CaptureLauncher;
import io.kyanos.CaptureRequest;
import io.kyanos.Kyanos;
import io.kyanos.capture.CaptureFilters;
import io.kyanos.protocol.Detail;
import io.kyanos.record.RecordFilter;
import io.kyanos.sink.MetricsSettings;
import io.kyanos.sink.PrometheusSink;
import io.kyanos.sink.SelfMetrics;
import io.kyanos.sink.SelfStatistics;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.hotspot.DefaultExports;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.apache.pekko.Done;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.javadsl.Keep;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Serves what is seen as metrics, until it is interrupted. */
@Command(
        name = "exporter",
        description = "Serve what is seen as metrics for Prometheus, until interrupted.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.class,
        footerHeading = "%nExamples:%n",
        footer = {
            "  kyanos exporter",
            "  kyanos exporter --listen 127.0.0.1:9500 --comm nginx --side server",
            "  kyanos exporter --config my.conf --set kyanos.metrics.max-series=50000",
            "  kyanos exporter --listen [::]:9410 --auth-file users --tls-cert cert.pem --tls-key key.pem"
        })
final class ExporterCommand implements Callable<Integer> {

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            description = "Where to serve metrics; kyanos.exporter.listen, by default 127.0.0.1:9410.")
    @Nullable
    String listen;

    @Option(
            names = "--auth-file",
            paramLabel = "FILE",
            description = "Ask for a password: lines USER:HASH, as kyanos hash-password prints them.")
    @Nullable
    Path authFile;

    @Option(names = "--tls-cert", paramLabel = "FILE", description = "Serve HTTPS with this certificate (PEM).")
    @Nullable
    Path certificate;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "The certificate's private key (PEM, PKCS#8).")
    @Nullable
    Path key;

    @Option(
            names = "--tls-client-ca",
            paramLabel = "FILE",
            description = "Ask for a certificate that one of these authorities has signed (PEM).")
    @Nullable
    Path clientCa;

    @Option(names = "--insecure", description = "Serve beyond loopback though whoever reaches it can read the metrics.")
    boolean insecure;

    @Mixin
    InputOption input = new InputOption();

    @Mixin
    FilterOptions filters = new FilterOptions();

    private final Assembly assembly;
    private final KyanosCommand root;

    private ExporterCommand(Assembly assembly, KyanosCommand root) {
        this.assembly = assembly;
        this.root = root;
    }

    /** The command with all its flags, those of the protocols as well. */
    static CommandLine line(Assembly assembly, KyanosCommand root) {
        ExporterCommand command = new ExporterCommand(assembly, root);
        CommandLine line = new CommandLine(command);
        command.filters.addTo(line.getCommandSpec());
        return line;
    }

    @Override
    public Integer call() throws Exception {
        Set<String> protocols = filters.protocols(null);
        RecordFilter filter = filters.recordFilter(protocols);
        CaptureFilters captured = filters.captureFilters();
        @Nullable ListenAddress flag = listen == null ? null : ListenAddress.parse("--listen", listen);
        CaptureLauncher launcher = input.launcher(assembly);
        Config config = root.config();
        Settings settings = Settings.of(config);
        ListenAddress address = flag == null ? settings.exporter().listen() : flag;
        ExporterAccess access = settings.exporter().access().with(authFile, certificate, key, clientCa, insecure);

        MetricsSettings metrics = MetricsSettings.of(config);
        CaptureRequest request = new CaptureRequest(captured, protocols, detail(filter, metrics));

        CompletableFuture<Done> end = new CompletableFuture<>();
        assembly.interrupts().listen(() -> end.complete(Done.getInstance()));
        CollectorRegistry registry = new CollectorRegistry();
        PrometheusSink sink = new PrometheusSink(metrics, clock());
        sink.register(registry);
        DefaultExports.register(registry);
        Health health = new Health();
        try (ExporterServer server = new ExporterServer(address, access, settings.exporter(), registry, health);
                CaptureRun run = CaptureRun.start(launcher, config, request, settings.shutdownTimeout())) {
            StartNotice.reportAbsent(assembly, run.capture());
            health.started(run.capture());
            VersionCommand.BuildInfo build = VersionCommand.BuildInfo.read();
            new SelfMetrics(build.version(), build.revision(), run.capture().statistics()).register(registry);
            CompletableFuture<Done> counted = run.records(filter)
                    .toMat(sink.sink(), Keep.right())
                    .withAttributes(ActorAttributes.dispatcher(Kyanos.STREAM_DISPATCHER))
                    .run(run.system())
                    .toCompletableFuture()
                    .whenComplete((done, problem) -> ended(run.capture(), problem, end.isDone(), health));
            server.start();
            reportTransport(run.capture().statistics());
            reportAddress(address, server.address(), access);
            end.get();
            if (!run.stop(counted)) {
                assembly.tell("stop capture: not done after "
                        + settings.shutdownTimeout().toSeconds() + " s, ended as it was");
            }
        }
        return 0;
    }

    private static Detail detail(RecordFilter filter, MetricsSettings metrics) {
        Detail detail = new Detail(filter.needsAttributes(), 0, true, filter.headers());
        return metrics.maxExemplars() > 0 ? detail.withTraces() : detail;
    }

    /** What was recorded does not become idle. */
    private LongSupplier clock() {
        return input.isGiven() ? () -> 0 : System::nanoTime;
    }

    private void reportTransport(SelfStatistics statistics) {
        if (input.isGiven()) {
            assembly.tell("reading " + input.file() + "; its metrics are served until you interrupt");
            return;
        }
        assembly.tell("capture by " + statistics.transport() + " buffers, at most " + statistics.payloadCapBytes()
                + " payload bytes per system call");
    }

    private void reportAddress(ListenAddress asked, InetSocketAddress taken, ExporterAccess access) {
        ListenAddress where = new ListenAddress(asked.host(), taken.getPort());
        if (!taken.getAddress().isLoopbackAddress()) {
            if (!access.isRestricted()) {
                assembly.tell("warning: whoever reaches " + where + " can read the metrics");
            } else if (!access.isEncrypted()) {
                assembly.tell("warning: passwords come to " + where
                        + " unencrypted. Hint: --tls-cert and --tls-key, or a proxy that has them.");
            }
        }
        assembly.tell("metrics at " + (access.isEncrypted() ? "https://" : "http://") + where + "/metrics");
    }

    private void ended(Capture capture, @Nullable Throwable problem, boolean wanted, Health health) {
        if (problem != null) {
            String message = CommandError.of(problem).message();
            health.failed(message);
            assembly.tell(message);
        } else if (input.isGiven()) {
            reportEndOfInput(capture);
        } else if (!wanted) {
            health.failed("the capture has ended");
        }
    }

    private void reportEndOfInput(Capture capture) {
        SelfStatistics statistics = capture.statistics();
        long events = statistics.eventsRead().values().stream()
                .mapToLong(count -> count)
                .sum();
        assembly.tell("read all of " + input.file() + ": " + events + " events of " + statistics.connectionsSeen()
                + " connections");
        capture.remarks().forEach(assembly::tell);
    }
}
