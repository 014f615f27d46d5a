package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The flags that the kernel side works by: what they leave out gives no record, and costs no event of data either. Other
 * traffic of the machine must not count, so each filter stands beside one for the server's port.
 */
class FiltersIT {

    private static final int LEFT_OUT = 100;

    /** Of the one request let through, on both sides, with some to spare; far below what is left out would cost. */
    private static final int FEW_EVENTS = 12;

    @BeforeAll
    static void require() {
        Requires.captureAnd("python3", "curl");
    }

    @Test
    void localPortsKeepTheServersSideOfThatPort() {
        try (Servers.Server wanted = Servers.echo();
                Servers.Server other = Servers.echo();
                ExporterInside kyanos = ExporterInside.start("--local-ports", wanted.port())) {
            Scripts.ask(other, many());
            Scripts.ask(wanted, "path=/wanted");

            assertOnly(kyanos, 1, "side", "server");
        }
    }

    @Test
    void remotePortsKeepTheClientsSideOfThatPort() {
        try (Servers.Server wanted = Servers.echo();
                Servers.Server other = Servers.echo();
                ExporterInside kyanos = ExporterInside.start("--remote-ports", wanted.port())) {
            Scripts.ask(other, many());
            Scripts.ask(wanted, "path=/wanted");

            assertOnly(kyanos, 1, "side", "client", "peer", "127.0.0.1:" + wanted.port());
        }
    }

    @Test
    void remoteAddressesKeepWhatGoesThere() {
        try (Servers.Server server = Servers.echo();
                ExporterInside kyanos =
                        ExporterInside.start("--remote-ports", server.port(), "--remote-ips", "127.0.0.2")) {
            Scripts.ask("127.0.0.1", server.port(), many());
            Scripts.ask("127.0.0.2", server.port(), "path=/wanted");

            assertOnly(kyanos, 1, "peer", "127.0.0.2:" + server.port());
        }
    }

    @Test
    void remoteAddressesMayBeIpv6() {
        try (Servers.Server server = Servers.echo("ip=6");
                ExporterInside kyanos = ExporterInside.start("--local-ports", server.port(), "--remote-ips", "::1")) {
            Scripts.ask("127.0.0.1", server.port(), many());
            Scripts.ask("::1", server.port(), "path=/wanted");

            assertOnly(kyanos, 1, "side", "server");
        }
    }

    @Test
    void anIpv4FilterFindsIpv4OnAnIpv6Socket() {
        try (Servers.Server server = Servers.echo("ip=6");
                ExporterInside kyanos =
                        ExporterInside.start("--local-ports", server.port(), "--remote-ips", "127.0.0.1")) {
            Scripts.ask("::1", server.port(), many());
            Scripts.ask("127.0.0.1", server.port(), "path=/wanted");

            assertOnly(kyanos, 1, "side", "server");
        }
    }

    @Test
    void excludedPortsAreLeftOutOfARange() {
        try (Servers.Server wanted = Servers.echo();
                Servers.Server other = Servers.echo();
                ExporterInside kyanos = ExporterInside.start(
                        "--local-ports",
                        Math.min(wanted.port(), other.port()) + "-" + Math.max(wanted.port(), other.port()),
                        "--exclude-local-ports",
                        other.port())) {
            Scripts.ask(other, many());
            Scripts.ask(wanted, "path=/wanted");

            assertOnly(kyanos, 1, "side", "server");
        }
    }

    @Test
    void networksAndExclusionsAddUp() {
        try (Servers.Server server = Servers.echo();
                ExporterInside kyanos = ExporterInside.start(
                        "--remote-ports",
                        server.port(),
                        "--remote-ips",
                        "127.0.0.0/29",
                        "--exclude-remote-ips",
                        "127.0.0.2-127.0.0.9")) {
            Scripts.ask("127.0.0.2", server.port(), many());
            Scripts.ask("127.0.0.9", server.port(), many());
            Scripts.ask("127.0.0.1", server.port(), "path=/wanted");

            assertOnly(kyanos, 1, "peer", "127.0.0.1:" + server.port());
        }
    }

    @Test
    void localAddressesKeepWhatComesThere() {
        try (Servers.Server server = Servers.echo();
                ExporterInside kyanos =
                        ExporterInside.start("--local-ports", server.port(), "--local-ips", "127.0.0.2")) {
            Scripts.ask("127.0.0.1", server.port(), many());
            Scripts.ask("127.0.0.2", server.port(), "path=/wanted");

            assertOnly(kyanos, 1, "side", "server");
        }
    }

    @Test
    void excludedNamesLeaveTheirChildrenOut() {
        try (Servers.Server server = Servers.echo();
                Family family = Family.start();
                ExporterInside kyanos = ExporterInside.start(
                        "--pids", family.pid(), "--exclude-comm", "env", "--remote-ports", server.port())) {
            family.run("env sh -c 'curl -s http://127.0.0.1:" + server.port() + "/left-out; true'");
            family.run("curl -s http://127.0.0.1:" + server.port() + "/wanted");

            assertOnly(kyanos, 1, "process", "curl", "side", "client");
        }
    }

    @Test
    void expressionsChooseAmongWhatIsCaptured() {
        try (Servers.Server nginx = Servers.nginx(
                        "", "location /ok { add_header X-Tenant blue; return 200 ok; } location /no { return 503; }");
                ExporterInside errors = ExporterInside.start(
                        "--local-ports", nginx.port(), "--where", "status>=500 and latency<1h and path~\"^/no\"");
                ExporterInside blue =
                        ExporterInside.start("--local-ports", nginx.port(), "--header", "X-Tenant: blue");
                ExporterInside notOk = ExporterInside.start("--local-ports", nginx.port(), "--exclude-status", "2xx")) {
            for (String path : List.of("/ok", "/no", "/ok/2", "/no/2")) {
                Commands.run("curl", "-s", "http://127.0.0.1:" + nginx.port() + path)
                        .expectSuccess();
            }

            errors.await(seen -> assertThat(seen.sum("kyanos_requests_total")).isEqualTo(2));
            notOk.await(seen -> assertThat(seen.sum("kyanos_requests_total")).isEqualTo(2));
            Scrape kept = blue.await(
                    seen -> assertThat(seen.sum("kyanos_requests_total")).isEqualTo(2));
            assertThat(kept.sum("kyanos_requests_total", "outcome", "ok")).isEqualTo(2);
        }
    }

    @Test
    void namesFindProcessesThatStartLater() {
        try (Servers.Server server = Servers.echo();
                ExporterInside kyanos = ExporterInside.start("--remote-ports", server.port(), "--comm", "curl")) {
            Scripts.ask(server, many());
            Commands.run("curl", "-s", "http://127.0.0.1:" + server.port() + "/wanted")
                    .expectSuccess();

            assertOnly(kyanos, 1, "process", "curl", "side", "client");
        }
    }

    @Test
    void namesFindProcessesThatRunAlready() {
        try (Servers.Server server = Servers.redis();
                Servers.Server other = Servers.echo();
                ExporterInside kyanos =
                        ExporterInside.start("--comm", "redis-server", "--local-ports", server.port())) {
            Scripts.ask(other, many());
            RedisLoadIT.cli(server, "get", "wanted");

            assertOnly(kyanos, 1, "process", "redis-server", "operation", "GET");
        }
    }

    @Test
    void processesBringTheirChildren() {
        try (Servers.Server server = Servers.echo();
                Family family = Family.start();
                ExporterInside kyanos = ExporterInside.start("--pids", family.pid(), "--remote-ports", server.port())) {
            Scripts.ask(server, many());
            family.run("sh -c 'curl -s http://127.0.0.1:" + server.port() + "/wanted; true'");

            assertOnly(kyanos, 1, "process", "curl", "side", "client");
        }
    }

    @Test
    void processesBringWhatTheyHadStartedBefore() {
        try (Servers.Server server = Servers.echo();
                Family family = Family.start();
                Servers.Server redis = family.redis();
                ExporterInside kyanos = ExporterInside.start("--pids", family.pid())) {
            Scripts.ask(server, many());
            RedisLoadIT.cli(redis, "get", "wanted");

            assertOnly(kyanos, 1, "process", "redis-server", "side", "server", "operation", "GET");
        }
    }

    @Test
    void distinguishesTheSides() {
        try (Servers.Server server = Servers.echo();
                ExporterInside clients = ExporterInside.start("--side", "client", "--remote-ports", server.port());
                ExporterInside none = ExporterInside.start("--side", "client", "--local-ports", server.port());
                ExporterInside servers = ExporterInside.start("--side", "server", "--local-ports", server.port())) {
            Scripts.ask(server, "path=/wanted");

            assertOnly(clients, 1, "side", "client");
            assertOnly(servers, 1, "side", "server");
            Scrape nothing = none.scrape();
            assertThat(nothing.sum("kyanos_requests_total")).isZero();
            assertThat(nothing.sum("kyanos_capture_events_total", "channel", "syscall"))
                    .isZero();
            assertThat(nothing.sum("kyanos_capture_events_total", "channel", "conn"))
                    .isZero();
        }
    }

    /** Waits for {@code requests} of these labels, and lets nothing else have been seen. */
    private static void assertOnly(ExporterInside kyanos, int requests, String... labels) {
        Scrape scrape = kyanos.await(seen -> assertThat(seen.sum("kyanos_requests_total", labels))
                .as(seen.text())
                .isEqualTo(requests));
        assertThat(scrape.sum("kyanos_requests_total"))
                .as("all requests\n%s", scrape.text())
                .isEqualTo(requests);
        assertThat(scrape.sum("kyanos_capture_events_total", "channel", "syscall"))
                .as("events\n%s", scrape.text())
                .isLessThanOrEqualTo(FEW_EVENTS);
    }

    private static String[] many() {
        return new String[] {"connections=2", "requests=" + LEFT_OUT / 2, "path=/left-out"};
    }
}
