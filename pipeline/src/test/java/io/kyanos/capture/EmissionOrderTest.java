package io.kyanos.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.kyanos.event.Channel;
import io.kyanos.event.EventBatch;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

class EmissionOrderTest {

    private static final int HEADER_BYTES = 8;

    private final List<LongAdder> counts = List.of(new LongAdder(), new LongAdder());
    private final EmissionOrder order = new EmissionOrder(counts);
    private final EventBatch round = new EventBatch(new byte[64 * 1024], batch -> {});
    private final ByteBuffer slab = ByteBuffer.wrap(round.slab()).order(ByteOrder.LITTLE_ENDIAN);

    @Test
    void ordersEventsAcrossChannelsByTheirEmission() {
        ChannelBatch syscall = channel(Channel.SYSCALL, event(10), event(30), event(50));
        ChannelBatch conn = channel(Channel.CONN, event(5), event(40), event(60));

        EventBatch merged = order.merge(List.of(syscall, conn));

        assertThat(merged).isSameAs(round);
        assertThat(emissions(merged)).containsExactly(5L, 10L, 30L, 40L, 50L, 60L);
        assertThat(counts).extracting(LongAdder::sum).containsExactly(3L, 3L);
    }

    @Test
    void keepsTheRingsOwnOrderWithinAChannel() {
        ChannelBatch syscall = channel(Channel.SYSCALL, event(20), event(10));
        ChannelBatch conn = channel(Channel.CONN, event(15));

        assertThat(emissions(order.merge(List.of(syscall, conn)))).containsExactly(15L, 20L, 10L);
    }

    @Test
    void takesTheFirstChannelFirstWhereTimesAreEqual() {
        ChannelBatch syscall = channel(Channel.SYSCALL, event(10));
        ChannelBatch conn = channel(Channel.CONN, event(10), event(10));

        EventBatch merged = order.merge(List.of(syscall, conn));

        assertThat(merged.offset(0)).isLessThan(merged.offset(1));
        assertThat(merged.size()).isEqualTo(3);
    }

    @Test
    void passesOnEventsThatAreTooShortToHaveATime() {
        ChannelBatch syscall = channel(Channel.SYSCALL, new byte[3], event(10));
        ChannelBatch conn = channel(Channel.CONN, new byte[0], event(5));

        EventBatch merged = order.merge(List.of(syscall, conn));

        assertThat(merged.size()).isEqualTo(4);
        assertThat(counts).extracting(LongAdder::sum).containsExactly(2L, 2L);
        EventDecoder decoder = new EventDecoder();
        assertThat(merged.read(0, decoder)).isFalse();
        assertThat(merged.read(3, decoder)).isTrue();
    }

    @Test
    void passesOnEventsOfAnyTime() {
        ChannelBatch syscall = channel(Channel.SYSCALL, event(Long.MAX_VALUE), event(10));
        ChannelBatch conn = channel(Channel.CONN, event(-1));

        EventBatch merged = order.merge(List.of(syscall, conn));

        assertThat(merged.size()).as("no event is left out").isEqualTo(3);
        assertThat(counts).extracting(LongAdder::sum).containsExactly(2L, 1L);
    }

    @Test
    void isEmptyWhenNoChannelHasEvents() {
        EventBatch merged = order.merge(List.of(channel(Channel.SYSCALL), channel(Channel.CONN)));

        assertThat(merged.size()).isZero();
    }

    @Test
    void noticesChannelsOutOfStep() {
        EventBatch other = new EventBatch(new byte[8], batch -> {});

        assertThatIllegalStateException()
                .isThrownBy(() ->
                        order.merge(List.of(channel(Channel.SYSCALL), new ChannelBatch(Channel.CONN, other, 0, 0))));
    }

    private ChannelBatch channel(Channel channel, byte[]... events) {
        int start = slab.position();
        for (byte[] event : events) {
            slab.putInt(event.length).putInt(0).put(event);
            slab.position(start + (slab.position() - start + HEADER_BYTES - 1) / HEADER_BYTES * HEADER_BYTES);
        }
        return new ChannelBatch(channel, round, start, slab.position());
    }

    private static byte[] event(long emittedAt) {
        return EventEncoder.closed(emittedAt, 1, 1, 1, 0, 0, 0);
    }

    private static List<Long> emissions(EventBatch batch) {
        List<Long> emissions = new ArrayList<>();
        EventDecoder decoder = new EventDecoder();
        for (int i = 0; i < batch.size(); i++) {
            assertThat(batch.read(i, decoder)).isTrue();
            emissions.add(decoder.emittedAt());
        }
        return emissions;
    }
}
