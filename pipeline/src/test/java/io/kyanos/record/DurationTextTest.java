package io.kyanos.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DurationTextTest {

    @Test
    void takesTheLargestUnitThatIsWhole() {
        assertThat(DurationText.of(Duration.ZERO)).isEqualTo("0 s");
        assertThat(DurationText.of(Duration.ofNanos(1_500))).isEqualTo("1500 ns");
        assertThat(DurationText.of(Duration.ofMillis(1))).isEqualTo("1 ms");
        assertThat(DurationText.of(Duration.ofMillis(1500))).isEqualTo("1500 ms");
        assertThat(DurationText.of(Duration.ofSeconds(1))).isEqualTo("1 s");
        assertThat(DurationText.of(Duration.ofSeconds(90))).isEqualTo("90 s");
        assertThat(DurationText.of(Duration.ofHours(1))).isEqualTo("1 hour");
        assertThat(DurationText.of(Duration.ofHours(48))).isEqualTo("2 days");
    }
}
