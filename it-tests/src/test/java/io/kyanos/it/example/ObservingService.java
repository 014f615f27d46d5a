package io.kyanos.it.example;

import io.kyanos.CaptureControl;
import io.kyanos.CaptureRequest;
import io.kyanos.Kyanos;
import io.kyanos.sink.Exposition;
import io.kyanos.sink.MetricsSettings;
import io.kyanos.sink.PrometheusSink;
import io.kyanos.sink.SelfMetrics;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.server.AllDirectives;
import org.apache.pekko.http.javadsl.server.Route;
import org.apache.pekko.stream.javadsl.Sink;

/**
 * Serves what kyanos sees as routes of its own: {@code /metrics} for Prometheus and {@code /records}, the last hundred as
 * JSON. Its end, by a signal or otherwise, is Pekko's, and ends the capture too.
 */
public final class ObservingService extends AllDirectives {

    private static final int LAST = 100;

    private final CollectorRegistry registry = new CollectorRegistry();
    private final LastRecords last = new LastRecords(LAST);
    private final Executor blocking;

    private ObservingService(ActorSystem<?> system, CaptureRequest request) {
        blocking = system.dispatchers().lookup(DispatcherSelector.blocking());
        PrometheusSink metrics =
                new PrometheusSink(MetricsSettings.of(system.settings().config()), System::nanoTime);
        metrics.register(registry);
        CaptureControl capture = Kyanos.get(system)
                .source(request)
                .alsoTo(metrics.sink())
                .to(Sink.foreach(last::add))
                .run(system);
        new SelfMetrics("1.0", "example", capture.statistics()).register(registry);
    }

    private Route routes() {
        return concat(
                path("metrics", () -> get(() -> headerValueByName("Accept", this::metrics))),
                path("metrics", () -> get(() -> metrics("text/plain"))),
                path("records", () -> get(() -> answer("application/json", last::toJson))));
    }

    private Route metrics(String accepted) {
        String contentType = Exposition.contentType(accepted);
        return answer(contentType, () -> {
            StringWriter text = new StringWriter();
            Exposition.write(registry, contentType, text);
            return text.toString();
        });
    }

    /* Adding up thousands of series takes its time, which the threads of the web server do not have. */
    private Route answer(String contentType, Callable<String> text) {
        return completeWithFuture(CompletableFuture.supplyAsync(
                () -> {
                    try {
                        byte[] body = text.call().getBytes(StandardCharsets.UTF_8);
                        return HttpResponse.create()
                                .withEntity(HttpEntities.create(ContentTypes.parse(contentType), body));
                    } catch (Exception e) {
                        throw new CompletionException(e);
                    }
                },
                blocking));
    }

    /** Arguments: the port to serve on, and the names of the protocols to look at. */
    public static void main(String[] arguments) throws IOException {
        int port = Integer.parseInt(arguments[0]);
        String[] protocols = Arrays.copyOfRange(arguments, 1, arguments.length);
        ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "observing-service");
        ObservingService service = new ObservingService(system, CaptureRequest.EVERYTHING.of(protocols));
        Http.get(system).newServerAt("127.0.0.1", port).bind(service.routes()).whenComplete((binding, problem) -> {
            if (problem == null) {
                System.out.println("listening");
            } else {
                System.err.println("listen on port " + port + ": " + problem.getMessage());
                system.terminate();
            }
        });
    }
}
