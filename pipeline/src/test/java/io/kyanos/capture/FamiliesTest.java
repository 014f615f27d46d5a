package io.kyanos.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import io.kyanos.bridge.BpfObject;
import io.kyanos.bridge.KernelVersion;
import io.kyanos.event.Channel;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FamiliesTest {

    private static final List<String> KERNELS = List.of("5.10.0", "6.18.0");

    static Stream<Family> families() {
        return Families.ALL.stream();
    }

    @ParameterizedTest
    @MethodSource("families")
    void aFamilyNamesEveryProgramOfItsObjectsAndNoOther(Family family) {
        Map<String, String> named = family.steps().stream()
                .flatMap(step -> step.hooks().stream())
                .collect(Collectors.toMap(Hook::program, Hook::place));

        for (String kernel : KERNELS) {
            assertThat(named).isEqualTo(programs(family, kernel));
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void aFamilyNamesItselfInItsSteps(Family family) {
        assertThat(family.steps()).allMatch(step -> step.family().equals(family.name()));
    }

    @ParameterizedTest
    @MethodSource("families")
    void aFamilyReadsEachCounterAtItsIndex(Family family) throws IOException {
        Map<String, Integer> wire = enums();

        assertThat(family.counters()).isNotEmpty().containsAll(family.channels().values());
        assertThat(family.counters())
                .allSatisfy(counter -> assertThat(wire).containsEntry("KY_COUNTER_" + counter.name(), counter.index()));
    }

    @Test
    void eachStepChannelAndLossBelongsToOneFamily() {
        assertThat(Families.ALL).extracting(Family::name).doesNotHaveDuplicates();
        assertThat(Families.steps()).extracting(CaptureStep::name).doesNotHaveDuplicates();
        assertThat(Families.steps()).extracting(CaptureStep::lost).doesNotHaveDuplicates();
        assertThat(Families.channels()).containsExactly(Channel.values());
    }

    @Test
    void theKernelDecidesWhichFormOfTheSocketFamilyIsLoaded() {
        Family socket = new SocketFamily();

        assertThat(Stream.of("6.18.44-fc", "6.2.0", "6.12", "10.0").map(KernelVersion::parse))
                .allMatch(kernel -> socket.file(kernel).equals("socket"));
        assertThat(Stream.of("6.1.0-38-cloud-amd64", "5.15.0").map(KernelVersion::parse))
                .allMatch(kernel -> socket.file(kernel).equals("socket-plain"));
        assertThat(new ProcessFamily().file(KernelVersion.parse("5.15.0"))).isEqualTo("process");
    }

    @Test
    void anUnreadableKernelVersionSelectsTheFormThatLoadsEverywhere() {
        assertThat(new SocketFamily().file(KernelVersion.parse("unknown"))).isEqualTo("socket-plain");
    }

    @Test
    void aCaptureSeesTheBytesOfSocketsFromOneVantage() {
        List<CaptureStep> both = Families.steps(Vantage.SOCKETS).stream()
                .filter(Families.steps(Vantage.SYSCALLS)::contains)
                .toList();

        assertThat(both)
                .extracting(CaptureStep::name)
                .contains("tcp_state", "tcp_end", "process_list")
                .doesNotContain("socket_send", "socket_receive", "syscall_enter", "syscall_exit");
        assertThat(Families.steps())
                .containsAll(Families.steps(Vantage.SOCKETS))
                .containsAll(Families.steps(Vantage.SYSCALLS));
    }

    @Test
    void aKernelWithoutTheTracepointOfRingsIsStillSeenAtItsSockets() {
        Family socket = new SocketFamily();

        assertThat(socket.toldOnlyFrom(Vantage.SOCKETS))
                .extracting(CaptureStep::name)
                .containsExactly("ring_submit");
        for (Vantage vantage : Vantage.values()) {
            assertThat(socket.toldOnlyFrom(vantage))
                    .allMatch(socket.steps(vantage)::contains)
                    .noneMatch(CaptureStep::isEssential);
        }
        assertThat(socket.steps(Vantage.SYSCALLS)).doesNotContainAnyElementsOf(socket.toldOnlyFrom(Vantage.SOCKETS));
    }

    @Test
    void aDispensableStepCanBeSwitchedOff() {
        assertThat(settings("tcp_end").stepsOff()).extracting(CaptureStep::name).containsExactly("tcp_end");
    }

    @Test
    void anEssentialStepCannotBeSwitchedOff() {
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> settings("syscall_exit"))
                .withMessageContaining("kyanos.capture.steps-off")
                .withMessageContaining("syscall_exit (expected: some of process_exec, ");
    }

    private static CaptureSettings settings(String stepOff) {
        Config config = ConfigFactory.parseString("kyanos.capture.steps-off = [" + stepOff + "]")
                .withFallback(ConfigFactory.defaultReference())
                .resolve();
        return CaptureSettings.of(config);
    }

    private static Map<String, String> programs(Family family, String kernel) {
        try (BpfObject object = BpfObjects.open(family.name(), family.file(KernelVersion.parse(kernel)))) {
            return object.programs().stream().collect(Collectors.toMap(p -> p.name(), p -> p.section()));
        }
    }

    private static Map<String, Integer> enums() throws IOException {
        Map<String, Integer> enums = new HashMap<>();
        try (InputStream in =
                Objects.requireNonNull(FamiliesTest.class.getResourceAsStream("/META-INF/bpf/events.layout"))) {
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                String[] words = line.split(" ");
                if (words[0].equals("enum")) {
                    enums.put(words[1], Integer.parseInt(words[2]));
                }
            }
        }
        return enums;
    }
}
