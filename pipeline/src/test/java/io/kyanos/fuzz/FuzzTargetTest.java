package io.kyanos.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kyanos.protocol.Protocols;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each target stands its seeds, what fuzzing has found before, and seeded changes of both. */
class FuzzTargetTest {

    private static final int RUNS = 2000;

    static List<FuzzTarget> targets() {
        return FuzzTarget.all();
    }

    @Test
    void everyProtocolIsATarget() {
        assertThat(targets())
                .extracting(FuzzTarget::name)
                .doesNotHaveDuplicates()
                .containsAll(Protocols.names());
    }

    @Test
    void theFuzzerChoosesAProtocolByItsName() {
        ProtocolFuzz.fuzzerInitialize(new String[] {Protocols.names().get(0)});

        for (byte[] seed : ProtocolFuzz.all().get(0).seeds()) {
            ProtocolFuzz.fuzzerTestOneInput(seed);
        }
        assertThatThrownBy(() -> ProtocolFuzz.fuzzerInitialize(new String[] {"gopher"}))
                .isInstanceOf(NoSuchElementException.class);
    }

    @Test
    void everyFindingNamesItsTarget() throws IOException, URISyntaxException {
        URL folder = Objects.requireNonNull(FuzzTargetTest.class.getResource("/fuzz"));
        try (Stream<Path> files = Files.list(Path.of(folder.toURI()))) {
            assertThat(files)
                    .extracting(file -> file.getFileName().toString().replace(".hex", ""))
                    .isNotEmpty()
                    .isSubsetOf(targets().stream().map(FuzzTarget::name).toList());
        }
    }

    @ParameterizedTest
    @MethodSource("targets")
    void standsItsSeeds(FuzzTarget target) {
        assertThat(target.seeds()).isNotEmpty();
        for (byte[] seed : target.seeds()) {
            assertThat(seed).hasSizeLessThanOrEqualTo(FuzzTarget.MAX_BYTES);
            run(target, seed);
        }
    }

    @ParameterizedTest
    @MethodSource("targets")
    void standsWhatWasFoundBefore(FuzzTarget target) {
        found(target).forEach(input -> run(target, input));
    }

    @ParameterizedTest
    @MethodSource("targets")
    void standsSeedsWithCutsAndGarbage(FuzzTarget target) {
        List<byte[]> seeds = new ArrayList<>(target.seeds());
        seeds.addAll(found(target));
        for (int i = 0; i < RUNS; i++) {
            Random random = new Random(i);
            byte[] input = seeds.get(random.nextInt(seeds.size())).clone();
            for (int change = random.nextInt(8); change >= 0 && input.length > 0; change--) {
                int at = random.nextInt(input.length);
                switch (random.nextInt(3)) {
                    case 0 -> input[at] = (byte) random.nextInt();
                    case 1 -> input = Arrays.copyOf(input, at);
                    default -> {
                        byte[] other = seeds.get(random.nextInt(seeds.size()));
                        byte[] joined = Arrays.copyOf(input, at + other.length);
                        System.arraycopy(other, 0, joined, at, other.length);
                        input = joined;
                    }
                }
            }
            run(target, input);
        }
    }

    private static void run(FuzzTarget target, byte[] input) {
        try {
            target.run(input);
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(HexFormat.of().formatHex(input), e);
        }
    }

    /** Each line of the target's file in hexadecimal, after a remark in words. */
    private static List<byte[]> found(FuzzTarget target) {
        String name = "/fuzz/" + target.name() + ".hex";
        try (InputStream file = FuzzTargetTest.class.getResourceAsStream(name)) {
            if (file == null) {
                return List.of();
            }
            return new String(file.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(line -> HexFormat.of().parseHex(line))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
