package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.capture.CaptureStep;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A hook that can be spared costs its step and nothing else: every request is seen without it, and the books balance.
 * With {@code kyanos.it.matrix} each of them is left out alone, by both transports and with the programs for either kind
 * of kernel; without it, all of them at once, by the transport of the run.
 */
class HooksIT {

    private static final int REQUESTS = 200;
    private static final boolean MATRIX = Boolean.getBoolean("kyanos.it.matrix");
    private static final Pattern TAG = Pattern.compile(" name (?:on_sys_exit|on_recv) +tag (\\p{XDigit}+)");
    private static final Map<Boolean, String> tags = new HashMap<>();
    private static final List<String> SPARED = KyanosProcess.steps().stream()
            .filter(step -> !step.isEssential())
            .map(CaptureStep::name)
            .toList();

    /**
     * @param off what is left out
     * @param transport how events leave the kernel, empty for that of the run
     * @param isForOldKernels whether the programs are those for kernels before 6.2, which newer ones load, too
     */
    record Combination(Set<String> off, String transport, boolean isForOldKernels) {

        /** Each of the two hooks tells of the end of a connection; one is enough. */
        boolean seesEnds() {
            return !off.containsAll(Set.of("tcp_state", "tcp_end"));
        }

        /** The JVM takes the kernel's version from here, and the programs are chosen by it. */
        List<String> prefix() {
            return isForOldKernels ? List.of("env", "JAVA_TOOL_OPTIONS=-Dos.version=6.1.0") : List.of();
        }

        String[] arguments(Servers.Server redis) {
            String steps = String.join(",", off);
            Stream<String> always = Stream.of(
                    "--set",
                    "kyanos.capture.steps-off=[" + steps + "]",
                    "--set",
                    "kyanos.capture.tcp-splice=always",
                    "--pids",
                    Long.toString(redis.pid()),
                    "--side",
                    "server",
                    "--local-ports",
                    Integer.toString(redis.port()));
            Stream<String> by =
                    transport.isEmpty() ? Stream.of() : Stream.of("--set", "kyanos.capture.transport=" + transport);
            return Stream.concat(always, by).toArray(String[]::new);
        }
    }

    static Stream<Combination> combinations() {
        if (!MATRIX) {
            return Stream.of(new Combination(Set.copyOf(SPARED), "", false));
        }
        List<Set<String>> left = Stream.concat(
                        Stream.of(Set.<String>of(), Set.copyOf(SPARED)),
                        SPARED.stream().map(Set::of))
                .toList();
        return Stream.of("ring", "perf")
                .flatMap(transport -> left.stream()
                        .flatMap(off -> Stream.of(
                                new Combination(off, transport, false), new Combination(off, transport, true))));
    }

    @BeforeAll
    static void require() {
        Requires.captureAnd("redis-server", "bpftool");
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void seesEveryRequestWithoutTheDispensableHooks(Combination combination) throws IOException {
        try (Servers.Server redis = Servers.redis();
                KyanosProcess kyanos =
                        KyanosProcess.exporterUnder(combination.prefix(), combination.arguments(redis))) {
            tags.putIfAbsent(combination.isForOldKernels(), tag(kyanos));
            assertThat(tag(kyanos)).isEqualTo(tags.get(combination.isForOldKernels()));
            assertThat(tag(kyanos)).isNotEqualTo(tags.get(!combination.isForOldKernels()));

            try (RedisClient client = new RedisClient(redis)) {
                for (int i = 0; i < REQUESTS; i++) {
                    assertThat(client.ask("set key " + i)).isEqualTo("+OK");
                }
            }

            Scrape scrape = kyanos.await(seen -> {
                assertThat(seen.sum("kyanos_requests_total", "operation", "SET", "outcome", "ok", "side", "server"))
                        .isEqualTo(REQUESTS);
                if (combination.seesEnds()) {
                    assertThat(seen.sum("kyanos_open_connections")).isZero();
                    LossBooksIT.assertBooksBalance(seen);
                }
            });
            assertThat(scrape.sum("kyanos_requests_total")).isEqualTo(REQUESTS);
            assertThat(scrape.sum("kyanos_capture_lost_events_total")).isZero();
            for (CaptureStep step : KyanosProcess.steps()) {
                assertThat(scrape.sum("kyanos_hook_attached", "step", step.name()))
                        .as(step.name())
                        .isEqualTo(combination.off().contains(step.name()) ? 0 : 1);
            }
        }
    }

    /** What tells the two forms of a program apart in the kernel. */
    private static String tag(KyanosProcess kyanos) {
        for (int id : KernelPrograms.heldBy(kyanos.program().pid())) {
            String shown = Commands.run("bpftool", "prog", "show", "id", Integer.toString(id))
                    .expectSuccess();
            Matcher tag = TAG.matcher(shown);
            if (tag.find()) {
                return tag.group(1);
            }
        }
        throw new AssertionError("the exporter holds no program that sees what is received");
    }
}
