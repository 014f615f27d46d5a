package io.kyanos.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import io.kyanos.bridge.BpfObject;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HookTest {

    @ParameterizedTest
    @CsvSource({"process, process", "socket, socket", "socket, socket-plain"})
    void theTableHasEveryProgramOfTheObjectsAndNoOther(String family, String form) {
        Map<String, String> table =
                Hook.ofFamily(family).stream().collect(Collectors.toMap(Hook::program, Hook::place));

        assertThat(table).isEqualTo(programs(form));
    }

    @Test
    void eachStepAndPlaceIsOneRow() {
        assertThat(Arrays.stream(Hook.values()).map(hook -> hook.step() + hook.place()))
                .doesNotHaveDuplicates();
        assertThat(Arrays.stream(Hook.values()).map(Hook::lost)).doesNotHaveDuplicates();
    }

    @Test
    void aStepThatCanBeSparedCanBeSwitchedOff() {
        assertThat(settings("tcp_end").stepsOff()).containsExactly(Hook.TCP_END);
    }

    @Test
    void aStepThatNothingCanBeCapturedWithoutCannot() {
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

    private static Map<String, String> programs(String form) {
        try (BpfObject object = BpfObjects.open(form)) {
            return object.programs().stream().collect(Collectors.toMap(p -> p.name(), p -> p.section()));
        }
    }
}
