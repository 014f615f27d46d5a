package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.connection.ConnectionFuzz;
import io.kyanos.connection.StreamBufferFuzz;
import io.kyanos.fuzz.EventDecoderFuzz;
import io.kyanos.fuzz.ExpressionFuzz;
import io.kyanos.fuzz.FuzzTarget;
import io.kyanos.fuzz.ProtocolFuzz;
import io.kyanos.packet.PacketFuzz;
import io.kyanos.protocol.http2.FieldDecoderFuzz;
import io.kyanos.reassembly.ReassemblyFuzz;
import io.kyanos.recording.RecordingFuzz;
import io.kyanos.recording.RedactorFuzz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Jazzer lets each target eat its seeds, and then bytes that it makes up, guided by what code they reach, as often as
 * {@link #EXECUTIONS} says, however slow the machine is, and the same ones for the same code. {@code kyanos.fuzz.seconds}
 * says for how long instead, with others each time, {@code kyanos.fuzz.targets} which, {@code kyanos.fuzz.corpus} where to keep
 * what it learns; it-tests/fuzz.sh sets them.
 */
/*
 * libFuzzer runs once in a process and its end is the process's: each target has a JVM. Two run at once.
 */
class FuzzIT {

    /* Beyond the seeds, of which there are more with every test; what about five seconds bring on two processors at rest. */
    private static final Map<Class<? extends FuzzTarget>, Integer> EXECUTIONS = Map.of(
            EventDecoderFuzz.class, 3_000_000,
            StreamBufferFuzz.class, 40_000,
            ProtocolFuzz.class, 1_500,
            ConnectionFuzz.class, 300,
            ExpressionFuzz.class, 15_000,
            RecordingFuzz.class, 10_000,
            RedactorFuzz.class, 300,
            FieldDecoderFuzz.class, 40_000,
            PacketFuzz.class, 20_000,
            ReassemblyFuzz.class, 10_000);

    private static final int MOST_SEEDS = 200;
    private static final int SECONDS = Integer.getInteger("kyanos.fuzz.seconds", 0);
    private static final Set<String> TARGETS = Stream.of(
                    System.getProperty("kyanos.fuzz.targets", "").split(","))
            .filter(name -> !name.isBlank())
            .collect(Collectors.toSet());
    private static final Pattern DONE = Pattern.compile("Done (\\d+) runs in (\\d+) second");
    /* No input takes a second; these find what never ends, on a machine that is busy with other things, too. */
    private static final int SECONDS_PER_INPUT = 60;
    private static final Duration PATIENCE = Duration.ofMinutes(15);
    private static final int TOLD_LINES = 60;
    private static final int SEED = 20;
    private static final int AT_ONCE = 2;

    private static final ExecutorService FUZZERS = Executors.newFixedThreadPool(AT_ONCE);
    private static final Map<String, Future<?>> STARTED = new HashMap<>();

    static List<FuzzTarget> targets() {
        return FuzzTarget.all();
    }

    @BeforeAll
    static void start() throws IOException {
        for (FuzzTarget target : targets()) {
            if (isAskedFor(target)) {
                Path folder = RunningProgram.newFolder();
                List<byte[]> seeds = some(target.seeds());
                Path seedFolder = Files.createDirectory(folder.resolve("seeds"));
                for (int i = 0; i < seeds.size(); i++) {
                    Files.write(seedFolder.resolve("seed-" + i), seeds.get(i));
                }
                STARTED.put(target.name(), FUZZERS.submit(() -> {
                    fuzz(target, folder, seedFolder, seeds.size());
                    return null;
                }));
            }
        }
    }

    @AfterAll
    static void stop() {
        FUZZERS.shutdownNow();
    }

    @ParameterizedTest
    @MethodSource("targets")
    void standsWhatTheFuzzerMakesUp(FuzzTarget target) throws Exception {
        Assumptions.assumeTrue(isAskedFor(target), target.name() + " was not asked for");

        try {
            STARTED.get(target.name()).get();
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause().getMessage(), e.getCause());
        }
    }

    /** As many as the fuzzer needs to begin with, of all kinds: the unit tests have fed it all of them. */
    private static List<byte[]> some(List<byte[]> seeds) {
        // odd, as targets make an even number of each flow
        int stride = seeds.size() / MOST_SEEDS | 1;
        return IntStream.range(0, seeds.size())
                .filter(i -> i % stride == 0)
                .mapToObj(seeds::get)
                .toList();
    }

    private static boolean isAskedFor(FuzzTarget target) {
        return TARGETS.isEmpty() || TARGETS.contains(target.name());
    }

    private static void fuzz(FuzzTarget target, Path folder, Path seeds, int number) throws IOException {
        String name = target.name();
        assertThat(EXECUTIONS).as("executions of each target").containsKey(target.getClass());
        int executions = number + EXECUTIONS.getOrDefault(target.getClass(), 0);
        try (RunningProgram fuzzer =
                RunningProgram.startIn(folder, command(target, executions, corpus(folder, name), seeds))) {
            int code = fuzzer.awaitExit(PATIENCE.plusSeconds(SECONDS));
            String said = fuzzer.output() + fuzzer.error();
            Matcher done = DONE.matcher(said);
            assertThat(code == 0 && done.find()).as(finding(folder, said)).isTrue();
            assertThat(Integer.parseInt(done.group(1)))
                    .as(said)
                    .isGreaterThanOrEqualTo(SECONDS > 0 ? number : executions);
            System.out.println(
                    "fuzz: " + name + ": " + done.group(1) + " executions in " + done.group(2) + " s, nothing found");
        }
    }

    private static Path corpus(Path folder, String name) throws IOException {
        String kept = System.getProperty("kyanos.fuzz.corpus", "");
        return Files.createDirectories(
                kept.isEmpty() ? folder.resolve("corpus") : Path.of(kept, name).toAbsolutePath());
    }

    private static String[] command(FuzzTarget target, int executions, Path corpus, Path seeds) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                // until all is compiled twice, it is over
                SECONDS > 0 ? "-XX:TieredStopAtLevel=4" : "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + target.getClass().getName(),
                "--instrumentation_includes=io.kyanos.**",
                "--disabled_hooks=*",
                "--trace=cov:cmp",
                SECONDS > 0 ? "-max_total_time=" + SECONDS : "-runs=" + executions,
                "-seed=" + (SECONDS > 0 ? 0 : SEED),
                "-timeout=" + SECONDS_PER_INPUT,
                "-max_len=" + FuzzTarget.MAX_BYTES,
                "-rss_limit_mb=2048",
                corpus.toString(),
                seeds.toString()));
        if (!target.arguments().isEmpty()) {
            command.add(command.size() - 2, "--target_args=" + String.join(" ", target.arguments()));
        }
        return command.toArray(new String[0]);
    }

    /** What the fuzzer said, and the input that did it, in the form in which findings are kept. */
    private static String finding(Path folder, String said) throws IOException {
        StringBuilder finding = new StringBuilder();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(FuzzIT::isFinding).sorted().toList()) {
                finding.append(file.getFileName())
                        .append(": ")
                        .append(HexFormat.of().formatHex(Files.readAllBytes(file)))
                        .append('\n');
            }
        }
        List<String> lines = said.lines().toList();
        lines.subList(Math.max(0, lines.size() - TOLD_LINES), lines.size())
                .forEach(line -> finding.append(cut(line)).append('\n'));
        return finding.toString();
    }

    private static boolean isFinding(Path file) {
        String name = file.getFileName().toString();
        return name.startsWith("crash-") || name.startsWith("timeout-") || name.startsWith("oom-");
    }

    private static String cut(String line) {
        return line.substring(0, Math.min(line.length(), 400));
    }
}
