package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.web.HttpMethod;
import io.kyanos.protocol.web.PathSegments;
import io.kyanos.protocol.web.RouteTemplates;
import io.kyanos.protocol.web.ServerRoutes;
import io.kyanos.record.Details;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Trace;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The label of a path: of well-known words, of words that its server has answered for, and at a place that has no room. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RouteTemplatesBenchmark {

    private static final int WORDS = 24;

    private final ServerRoutes routes = new RouteTemplates(List.of()).of(Endpoint.NONE);
    private final ByteView wellKnown = ByteView.of("/api/users/8412/orders");
    private final ByteView admitted = ByteView.of("/kiosk/lockers/8412/benches");
    private final ByteView beyond = ByteView.of("/patients/mariacurie");

    @Setup
    public void answer() {
        admit(wellKnown);
        admit(admitted);
        for (int i = 0; i < WORDS; i++) {
            admit(ByteView.of("/patients/name" + (char) ('a' + i)));
        }
        admit(ByteView.of("/patients/8412"));
    }

    @Benchmark
    public @Nullable String wellKnown() {
        return operation(wellKnown);
    }

    @Benchmark
    public @Nullable String admitted() {
        return operation(admitted);
    }

    @Benchmark
    public @Nullable String beyond() {
        return operation(beyond);
    }

    private @Nullable String operation(ByteView path) {
        return routes.operation(HttpMethod.GET, path, 0, path.length());
    }

    private void admit(ByteView path) {
        HttpMessage request = HttpMessage.request(
                HttpMethod.GET, "", PathSegments.essence(path, 0, path.length()), 0, Details.NONE, Trace.NONE);
        routes.decide(request, HttpMessage.response(200, 0, Details.NONE, null), 0);
    }
}
