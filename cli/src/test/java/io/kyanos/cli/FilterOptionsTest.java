package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.CaptureRequest;
import io.kyanos.capture.CaptureFilters;
import io.kyanos.capture.Choice;
import io.kyanos.capture.PortRange;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Protocols;
import io.kyanos.record.AddressRange;
import io.kyanos.record.Side;
import io.kyanos.record.TestRecords;
import io.kyanos.record.TrafficRecord;
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
            .responseAttribute("header.x-tenant", "blue")
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
        CaptureRequest request = requestOf(
                "watch --pids 1,2 -p 3 --comm nginx,curl --ports 80,6379-6380 --local-ports 80 --remote-ports 6379,443-450"
                        + " --local-ips 127.0.0.0/8"
                        + " --remote-ips 10.0.0.7,fe80::1 --side server");

        assertThat(request.filters())
                .isEqualTo(new CaptureFilters(
                        Choice.of(Set.of(1, 2, 3)),
                        Choice.of(Set.of("nginx", "curl")),
                        Choice.of(Set.of(PortRange.of(80), new PortRange(6379, 6380))),
                        Choice.of(Set.of(PortRange.of(80))),
                        Choice.of(Set.of(PortRange.of(6379), new PortRange(443, 450))),
                        Choice.of(Set.of(AddressRange.parse("127.0.0.0/8"))),
                        Choice.of(Set.of(AddressRange.parse("10.0.0.7"), AddressRange.parse("fe80::1"))),
                        Side.SERVER));
    }

    @Test
    void exclusionsReachTheCapture() throws Exception {
        CaptureRequest request =
                requestOf("watch --exclude-pids 1,2 --exclude-comm sshd --exclude-ports 9410 --exclude-local-ports 22"
                        + " --remote-ports 80-90 --exclude-remote-ports 81-82 --exclude-local-ips 127.0.0.0/8"
                        + " --exclude-remote-ips 10.0.0.1-10.0.0.9");

        assertThat(request.filters())
                .isEqualTo(new CaptureFilters(
                        Choice.allBut(Set.of(1, 2)),
                        Choice.allBut(Set.of("sshd")),
                        Choice.allBut(Set.of(PortRange.of(9410))),
                        Choice.allBut(Set.of(PortRange.of(22))),
                        new Choice<>(Set.of(new PortRange(80, 90)), Set.of(new PortRange(81, 82))),
                        Choice.allBut(Set.of(AddressRange.parse("127.0.0.0/8"))),
                        Choice.allBut(Set.of(AddressRange.parse("10.0.0.1-10.0.0.9"))),
                        Side.UNKNOWN));
    }

    @Test
    void everythingIsCapturedWithoutFlags() throws Exception {
        CaptureRequest request = requestOf("watch");

        assertThat(request.filters()).isEqualTo(CaptureFilters.NONE);
        assertThat(request.protocols()).isEmpty();
    }

    @Test
    void aProtocolOrItsFlagsLimitTheCaptureToIt() throws Exception {
        assertThat(requestOf("watch redis").protocols()).containsExactly("redis");
        assertThat(requestOf("watch --method GET").protocols()).containsExactlyInAnyOrder("http", "http2");
        assertThat(requestOf("watch --keys a").protocols()).containsExactly("redis");
        assertThat(requestOf("watch --protocol http,redis").protocols()).containsExactlyInAnyOrder("http", "redis");
        assertThat(requestOf("watch valkey").protocols()).containsExactly("redis");
        assertThat(requestOf("watch --protocol HTTP,resp").protocols()).containsExactlyInAnyOrder("http", "redis");
        assertThat(requestOf("watch --exclude-protocol valkey").protocols())
                .contains("http")
                .doesNotContain("redis")
                .hasSize(Protocols.names().size() - 1);
        assertThat(requestOf("watch --exclude-method GET").protocols()).isEmpty();
    }

    @Test
    void detailsAreKeptOnlyWhereTheyAreShownOrNeeded() throws Exception {
        assertThat(requestOf("exporter --listen 127.0.0.1:0").detail()).isEqualTo(Detail.NONE.withTraces());
        assertThat(requestOf("exporter --listen 127.0.0.1:0 --set kyanos.metrics.max-exemplars=0")
                        .detail())
                .isEqualTo(Detail.NONE);
        assertThat(requestOf("exporter --listen 127.0.0.1:0 --path /a").detail())
                .isEqualTo(new Detail(true, 0, true).withTraces());
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
        assertThat(shownBy("watch --latency 1ms-20ms")).containsExactly("slow");
        assertThat(shownBy("watch --latency -1ms")).containsExactly("fast", "MGET");
        assertThat(shownBy("watch --resp-size -1k")).containsExactly("fast", "MGET");
        assertThat(shownBy("watch --req-size 2-10k")).containsExactly("fast", "slow");
        assertThat(shownBy("watch --status 2xx")).containsExactly("fast", "slow");
        assertThat(shownBy("watch --status ok")).containsExactly("MGET");
        assertThat(shownBy("watch --outcome ok,unanswered")).hasSize(3);
        assertThat(shownBy("watch --operation slow,mget")).containsExactly("slow", "MGET");
        assertThat(shownBy("watch --protocol redis")).containsExactly("MGET");
        assertThat(shownBy("watch --header X-Tenant")).containsExactly("slow");
        assertThat(shownBy("watch --header X-Tenant:blue")).containsExactly("slow");
        assertThat(shownBy("watch --header x-tenant~^b --header x-other")).isEmpty();
        assertThat(shownBy("watch --path-prefix /api --path-prefix /v2")).containsExactly("slow");
    }

    @Test
    void exclusionsLeaveOut() throws Exception {
        assertThat(shownBy("watch --exclude-protocol http")).containsExactly("MGET");
        assertThat(shownBy("watch --exclude-method post")).containsExactly("fast", "MGET");
        assertThat(shownBy("watch --exclude-status 200-299")).containsExactly("MGET");
        assertThat(shownBy("watch --exclude-outcome ok")).isEmpty();
        assertThat(shownBy("watch --exclude-operation mget,fast")).containsExactly("slow");
        assertThat(shownBy("watch --exclude-host shop.example:8080")).containsExactly("fast", "MGET");
        assertThat(shownBy("watch --exclude-path /api/orders/7")).containsExactly("fast", "MGET");
        assertThat(shownBy("watch --exclude-path-prefix /api")).containsExactly("fast", "MGET");
        assertThat(shownBy("watch --exclude-path-regex ^/api")).containsExactly("fast", "MGET");
        assertThat(shownBy("watch --exclude-header x-tenant")).containsExactly("fast", "MGET");
        assertThat(shownBy("watch --exclude-command mget")).containsExactly("fast", "slow");
        assertThat(shownBy("watch --exclude-keys user:1")).containsExactly("fast", "slow");
        assertThat(shownBy("watch --exclude-key-prefix user:")).containsExactly("fast", "slow");
        assertThat(shownBy("watch --path-prefix /api --exclude-method GET")).containsExactly("slow");
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
