package io.kyanos.actor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.management.ObjectName;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.Test;

/** What the heap holds of connections that have ended: nothing, also before a request of theirs would have timed out. */
class EndedConnectionsTest {

    private static final int BATCHES = 10;
    private static final int CONNECTIONS_PER_BATCH = 200;
    private static final byte[] GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final List<String> OF_CONNECTIONS = List.of(
            "io.kyanos.actor.ConnectionActor", "io.kyanos.actor.OpenConnection", "io.kyanos.connection.Connection");

    /** One of Pekko's scheduler for each timer that has not fired; the router and Pekko itself have a few. */
    private static final String TIMER = "org.apache.pekko.actor.LightArrayRevolverScheduler$TaskHolder";

    private static final int TIMERS_OF_OTHERS = 10;

    @Test
    void nothingIsLeftOfEndedConnections() throws Exception {
        // Of other tests of this JVM.
        Map<String, Long> before = instances();
        ActorTestKit kit = ActorTestKit.create();
        try {
            RouterUnderTest router = new RouterUnderTest(kit, 100_000, 100_000).consumesRecords();
            int open = 0;
            for (int batch = 0; batch < BATCHES; batch++) {
                router.tellsAndGetsAck(10, openings(batch));
                open = Math.max(open, router.gauges.openConnections());
                router.tellsAndGetsAck(30, endings(batch));
            }
            assertThat(open).isEqualTo(CONNECTIONS_PER_BATCH);
            await().untilAsserted(() -> assertThat(router.records()).hasSize(BATCHES * CONNECTIONS_PER_BATCH));

            await().untilAsserted(() -> {
                Map<String, Long> instances = instances();
                OF_CONNECTIONS.forEach(type -> assertThat(instances.getOrDefault(type, 0L))
                        .as(type)
                        .isLessThanOrEqualTo(before.getOrDefault(type, 0L)));
                assertThat(instances.getOrDefault(TIMER, 0L) - before.getOrDefault(TIMER, 0L))
                        .isLessThan(TIMERS_OF_OTHERS);
            });
        } finally {
            kit.shutdownTestKit();
        }
    }

    /** Of each class, how many are reachable. */
    private static Map<String, Long> instances() throws Exception {
        String[] none = {};
        String histogram = (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {none},
                        new String[] {String[].class.getName()});
        return histogram
                .lines()
                .map(line -> line.trim().split("\\s+"))
                .filter(words -> words.length >= 4 && words[0].endsWith(":"))
                .collect(Collectors.toMap(words -> words[3], words -> Long.parseLong(words[1]), Long::sum));
    }

    private static byte[][] openings(int batch) {
        List<byte[]> events = new ArrayList<>();
        for (int i = 1; i <= CONNECTIONS_PER_BATCH; i++) {
            long generation = (long) batch * CONNECTIONS_PER_BATCH + i;
            events.add(
                    EventEncoder.opened(1, generation, 10, 3, EventDecoder.SIDE_CLIENT, EventDecoder.ORIGIN_CONNECT));
            events.add(EventEncoder.data(2, 2, generation, 10, 3, Direction.EGRESS, 0, GET, GET.length));
        }
        return events.toArray(byte[][]::new);
    }

    private static byte[][] endings(int batch) {
        List<byte[]> events = new ArrayList<>();
        for (int i = 1; i <= CONNECTIONS_PER_BATCH; i++) {
            long generation = (long) batch * CONNECTIONS_PER_BATCH + i;
            events.add(EventEncoder.closed(20, generation, 10, 3, GET.length, 0, EventDecoder.CLOSE_NORMAL));
        }
        return events.toArray(byte[][]::new);
    }
}
