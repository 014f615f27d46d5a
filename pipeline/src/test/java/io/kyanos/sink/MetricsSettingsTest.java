package io.kyanos.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MetricsSettingsTest {

    @Test
    void theDefaultBucketsSpanFiveMicrosecondsToAMinute() {
        MetricsSettings settings = of("");

        assertThat(settings.durationBuckets()).hasSize(22).startsWith(Duration.ofNanos(5_000));
        assertThat(settings.durationBuckets()).endsWith(Duration.ofSeconds(60)).isSorted();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "labels.requests = [procces]         | kyanos.metrics.labels.requests   | procces",
                "labels.duration = [side, side]      | kyanos.metrics.labels.duration   | twice",
                "duration-buckets = []               | kyanos.metrics.duration-buckets  | 0 bounds",
                "duration-buckets = [2 ms, 1 ms]     | kyanos.metrics.duration-buckets  | rising",
                "max-series = 0                      | kyanos.metrics.max-series        | 1 to 1000000",
                "max-label-values.peer = 2000000     | max-label-values.peer            | 1 to 100000",
                "idle-series-ttl = 0 s               | kyanos.metrics.idle-series-ttl   | above 0 s",
                "idle-series-ttl = soon              | idle-series-ttl                  | soon",
            })
    void aWrongValueNamesKeyAndExpectation(String line, String key, String expected) {
        assertThatThrownBy(() -> of("kyanos.metrics." + line))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(key)
                .hasMessageContaining(expected);
    }

    private static MetricsSettings of(String overrides) {
        return MetricsSettings.of(ConfigFactory.parseString(overrides)
                .withFallback(ConfigFactory.defaultReference())
                .resolve());
    }
}
