package io.kyanos.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import io.kyanos.event.Channel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CaptureSettingsTest {

    @ParameterizedTest
    @CsvSource({
        "transport, rings",
        "vantage, socket",
        "tcp-splice, never",
        "rings.conn, 2 KiB",
        "rings.syscall, 3 MiB",
        "rings.process, 2 GiB",
        "perf-buffers.conn, 2 KiB",
        "perf-buffers.syscall, 3 MiB",
        "perf-buffers.process, 2 GiB",
        "perf-look-interval, 0 ms",
        "batch-size, 64 KiB",
        "batches, 1",
        "batches, 65",
        "max-payload-bytes, 0",
        "max-payload-bytes, 1048577",
        "head-bytes, 0",
        "head-bytes, 98305",
        "undecided-bytes, 2 GiB",
        "poll-interval, 1 ns",
        "polls-before-sleep, -1",
        "sleep, 0 ms",
        "sleep, 3 s",
        "max-connections, 1",
        "max-threads, 1",
        "filter-capacity, 1",
        "lost-close-events, 0",
        "reconcile-interval, 0 s",
        "reconcile-interval, 2 hours",
        "sockets, '[tcp, sctp]'",
        "sockets, []",
        "sweep-interval, 1 ms",
        "budget, 0",
        "budget, on",
        "budget, -0.5",
        "budget, 50 %",
        "budget, 1025",
        "budget-interval, 1 ms",
        "budget-calm-looks, 0",
    })
    void namesAValueThatIsOutOfItsBounds(String key, String value) {
        assertThatThrownBy(() -> settings(key, value))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("kyanos.capture." + key)
                .hasMessageContaining("expected");
    }

    @ParameterizedTest
    @CsvSource({
        "transport, ring",
        "transport, perf",
        "vantage, sockets",
        "vantage, syscalls",
        "tcp-splice, always",
        "perf-buffers.syscall, 4 KiB",
        "perf-look-interval, 2 s",
        "rings.syscall, 4 KiB",
        "rings.syscall, 1 GiB",
        "batch-size, 128 KiB",
        "batches, 2",
        "max-payload-bytes, 1 MiB",
        "undecided-bytes, 0",
        "polls-before-sleep, 0",
        "sleep, 2 s",
        "lost-close-events, 1",
        "reconcile-interval, 1 s",
        "reconcile-interval, 1 hour",
    })
    void takesValuesAtTheirBounds(String key, String value) {
        assertThat(settings(key, value).ringBytes()).containsKeys(Channel.CONN, Channel.SYSCALL, Channel.PROCESS);
    }

    @Test
    void aCallFillsAtMostHalfOfTheBuffer() {
        assertThat(settings("rings.syscall", "16 KiB").payloadCap(EventTransport.RING))
                .isEqualTo(8192);
        assertThat(settings("rings.syscall", "16 KiB").payloadCap(EventTransport.PERF))
                .isEqualTo(98304);
        assertThat(settings("perf-buffers.syscall", "4 KiB").payloadCap(EventTransport.PERF))
                .isEqualTo(2048);
        assertThat(settings("max-payload-bytes", "1000").payloadCap(EventTransport.PERF))
                .isEqualTo(1000);
    }

    @Test
    void aBufferHoldsMoreThanWhatWakesItsReader() {
        CaptureSettings settings = settings("wake-bytes", "1 MiB");

        assertThat(settings.wakeBytes(EventTransport.PERF, Channel.PROCESS))
                .isEqualTo(settings.bufferBytes(EventTransport.PERF, Channel.PROCESS) / 2);
        assertThat(settings.wakeBytes(EventTransport.RING, Channel.SYSCALL)).isEqualTo(1 << 20);
    }

    @Test
    void autoLeavesTheTransportOpen() {
        assertThat(settings("transport", "auto").transport()).isEmpty();
        assertThat(settings("transport", "perf").transport()).contains(EventTransport.PERF);
    }

    @Test
    void autoTakesTheVantageThatCostsOthersNothingWhereItCan() {
        assertThat(settings("vantage", "auto").vantages()).containsExactly(Vantage.SOCKETS, Vantage.SYSCALLS);
        assertThat(settings("vantage", "sockets").vantages()).containsExactly(Vantage.SOCKETS);
        assertThat(settings("vantage", "syscalls").vantages()).containsExactly(Vantage.SYSCALLS);
    }

    private static CaptureSettings settings(String key, String value) {
        return CaptureSettings.of(ConfigFactory.parseString("kyanos.capture." + key + " = " + value)
                .withFallback(ConfigFactory.parseResources("reference.conf"))
                .resolve());
    }
}
