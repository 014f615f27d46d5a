package io.kyanos.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.Channel;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LossNoticesTest {

    private static final long SECOND = 1_000_000_000;

    private final Map<Channel, Long> lost = new EnumMap<>(Channel.class);
    private final List<String> said = new ArrayList<>();
    /* a clock may stand anywhere, and pass over its largest number */
    private long now = Long.MAX_VALUE - 30 * SECOND;
    private LossNotices notices = notices(EventTransport.RING);

    @Test
    void nothingIsSaidWhileNothingIsLost() {
        after(0);
        after(3600 * SECOND);
        notices.end();

        assertThat(said).isEmpty();
    }

    @Test
    void theFirstLossIsSaidAtOnceWithWhatToDo() {
        lose(Channel.SYSCALL, 3);
        after(0);

        assertThat(said)
                .containsExactly(
                        "channel syscall: 3 events lost, as its ring was full. Hint: a larger"
                                + " kyanos.capture.rings.syscall, filters, or fewer bytes with kyanos.capture.max-payload-bytes");
    }

    @Test
    void furtherLossesAreSaidOnceAMinuteWithTheirSum() {
        lose(Channel.SYSCALL, 3);
        after(0);
        for (int i = 0; i < 59; i++) {
            lose(Channel.SYSCALL, 10);
            after(SECOND);
        }
        assertThat(said).hasSize(1);

        lose(Channel.SYSCALL, 10);
        after(SECOND);

        assertThat(said).hasSize(2);
        assertThat(said.get(1)).startsWith("channel syscall: 600 more events lost");
    }

    @Test
    void lossesAfterAQuietTimeAreSaidAtOnce() {
        lose(Channel.CONN, 1);
        after(0);
        after(90 * SECOND);
        after(90 * SECOND);
        assertThat(said).hasSize(1);

        lose(Channel.CONN, 2);
        after(SECOND);
        lose(Channel.CONN, 4);
        after(SECOND);

        assertThat(said).hasSize(2);
        assertThat(said.get(1)).startsWith("channel conn: 2 more events lost");
    }

    @Test
    void eachChannelHasAMinuteOfItsOwn() {
        lose(Channel.CONN, 1);
        after(0);
        lose(Channel.CONN, 1);
        lose(Channel.PROCESS, 5);
        after(30 * SECOND);
        assertThat(said).hasSize(2);
        assertThat(said.get(1)).startsWith("channel process: 5 events lost");

        lose(Channel.PROCESS, 1);
        after(30 * SECOND);

        assertThat(said).hasSize(3);
        assertThat(said.get(2)).startsWith("channel conn: 1 more events lost");
    }

    @Test
    void theEndSaysWhatIsLeft() {
        lose(Channel.SYSCALL, 3);
        after(0);
        lose(Channel.SYSCALL, 7);
        after(SECOND);

        notices.end();
        notices.end();

        assertThat(said).hasSize(2);
        assertThat(said.get(1)).startsWith("channel syscall: 7 more events lost");
    }

    @ParameterizedTest
    @EnumSource(Channel.class)
    void theHintNamesTheBufferThatIsInUse(Channel channel) {
        notices = notices(EventTransport.PERF);
        lose(channel, 1);
        after(0);

        assertThat(said.get(0))
                .contains("as a buffer of it was full. Hint: a larger kyanos.capture.perf-buffers." + channel.label());
    }

    private LossNotices notices(EventTransport transport) {
        return new LossNotices(transport, channel -> lost.getOrDefault(channel, 0L), () -> now, said::add);
    }

    private void lose(Channel channel, long events) {
        lost.merge(channel, events, Long::sum);
    }

    private void after(long nanos) {
        now += nanos;
        notices.look();
    }
}
