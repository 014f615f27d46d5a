package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.actor.CaptureRequest;
import io.kyanos.capture.CaptureFilters;
import io.kyanos.protocol.Detail;
import io.kyanos.record.Side;
import io.kyanos.record.TestRecords;
import io.kyanos.record.TrafficRecord;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FilterOptionsTest {

    private static final TrafficRecord FAST = TestRecords.http()
            .operation("fast")
            .tookNanos(900_000)
            .sizes(10, 10)
            .build();
    private static final TrafficRecord SLOW = TestRecords.http()
            .operation("slow")
            .tookNanos(10_000_000)
            .sizes(10_240, 1 << 20)
            .attribute("method", "POST")
            .attribute("host", "shop.example:8080")
            .attribute("path", "/api/orders/7")
            .build();
    private static final TrafficRecord KEYS = TestRecords.redis()
            .operation("MGET")
            .tookNanos(50)
            .sizes(1, 1)
            .attribute("command", "MGET")
            .attribute("key", "user:1")
            .attribute("key", "user:2")
            .build();

    @Test
    void captureFlagsReachTheCapture() throws Exception {
        CaptureRequest request =
                requestOf("watch --pids 1,2 -p 3 --comm nginx,curl --local-ports 80 --remote-ports 6379,443"
                        + " --remote-ips 10.0.0.7,fe80::1 --side server");

        assertThat(request.filters())
                .isEqualTo(new CaptureFilters(
                        Set.of(1, 2, 3),
                        Set.of("nginx", "curl"),
                        Set.of(80),
                        Set.of(6379, 443),
                        Set.of(InetAddress.getByName("10.0.0.7"), InetAddress.getByName("fe80::1")),
                        Side.SERVER));
    }

    @Test
    void withoutFlagsEverythingIsCaptured() throws Exception {
        CaptureRequest request = requestOf("watch");

        assertThat(request.filters()).isEqualTo(CaptureFilters.NONE);
        assertThat(request.protocols()).isEmpty();
    }

    @Test
    void aProtocolOrItsFlagsLimitTheCaptureToIt() throws Exception {
        assertThat(requestOf("watch redis").protocols()).containsExactly("redis");
        assertThat(requestOf("watch --method GET").protocols()).containsExactly("http");
        assertThat(requestOf("watch --keys a").protocols()).containsExactly("redis");
    }

    @Test
    void detailsAreAskedForOnlyWhereTheyAreShownOrNeeded() throws Exception {
        assertThat(requestOf("exporter --listen 127.0.0.1:0").detail()).isEqualTo(Detail.NONE);
        assertThat(requestOf("exporter --listen 127.0.0.1:0 --path /a").detail())
                .isEqualTo(new Detail(true, 0, true));
        assertThat(requestOf("watch").detail()).isEqualTo(new Detail(true, 0, true));
        assertThat(requestOf("watch --json-output stdout").detail()).isEqualTo(new Detail(true, 1024, true));
        assertThat(requestOf("watch --json-output stdout --max-print-bytes 7 --show-secrets")
                        .detail())
                .isEqualTo(new Detail(true, 7, false));
    }

    @Test
    void recordFlagsChooseWhatIsShown() throws Exception {
        assertThat(shownBy("watch")).containsExactly("fast", "slow", "MGET");
        assertThat(shownBy("watch http")).containsExactly("fast", "slow");
        assertThat(shownBy("watch redis")).containsExactly("MGET");
        assertThat(shownBy("watch --side client")).containsExactly("fast", "slow");
        assertThat(shownBy("watch --side all")).hasSize(3);
        assertThat(shownBy("watch --latency 10ms")).containsExactly("slow");
        assertThat(shownBy("watch --latency 0.9")).containsExactly("fast", "slow");
        assertThat(shownBy("watch --latency 0")).hasSize(3);
        assertThat(shownBy("watch --req-size 10k")).containsExactly("slow");
        assertThat(shownBy("watch --resp-size 1MiB")).containsExactly("slow");
        assertThat(shownBy("watch --resp-size 1048577")).isEmpty();
        assertThat(shownBy("watch --method GET,post")).containsExactly("slow");
        assertThat(shownBy("watch --host SHOP.example:8080")).containsExactly("slow");
        assertThat(shownBy("watch --host shop.example")).isEmpty();
        assertThat(shownBy("watch --path /api/orders/7")).containsExactly("slow");
        assertThat(shownBy("watch --path /api")).isEmpty();
        assertThat(shownBy("watch --path-prefix /api")).containsExactly("slow");
        assertThat(shownBy("watch --path-regex orders/\\d+$")).containsExactly("slow");
        assertThat(shownBy("watch --command get,mget")).containsExactly("MGET");
        assertThat(shownBy("watch --keys user:2")).containsExactly("MGET");
        assertThat(shownBy("watch --key-prefix user:")).containsExactly("MGET");
        assertThat(shownBy("watch --key-prefix user: --command get")).isEmpty();
    }

    private static CaptureRequest requestOf(String line) throws Exception {
        FakeCapture capture = new FakeCapture(List.of());
        World world = new World().capturing(capture);
        CompletableFuture<Integer> code = world.start(line.split(" "));
        CaptureRequest request = capture.request.get(30, TimeUnit.SECONDS);
        world.interrupt();
        assertThat(code.get(30, TimeUnit.SECONDS)).isZero();
        return request;
    }

    private static List<String> shownBy(String line) throws Exception {
        FakeCapture capture = new FakeCapture(List.of(FAST, SLOW, KEYS));
        World world = new World().capturing(capture);
        CompletableFuture<Integer> code = world.start(line.split(" "));
        capture.request.get(30, TimeUnit.SECONDS);
        world.interrupt();
        assertThat(code.get(30, TimeUnit.SECONDS)).isZero();
        return world.out()
                .lines()
                .skip(1)
                .map(shown -> List.of("fast", "slow", "MGET").stream()
                        .filter(shown::contains)
                        .findFirst()
                        .orElseThrow())
                .toList();
    }
}
