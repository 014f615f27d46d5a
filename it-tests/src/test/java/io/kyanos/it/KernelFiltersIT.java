package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.capture.CaptureFilters;
import io.kyanos.capture.Choice;
import io.kyanos.capture.PortRange;
import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.record.AddressRange;
import io.kyanos.record.Side;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The kernel side wants what {@link CaptureFilters} say that it wants; while it runs, the filters change. */
class KernelFiltersIT {

    private final int serverPort = Ports.free();
    private final int otherPort = Ports.free();
    private final int clientPort = Ports.free();
    private final int lastPort = Ports.free();
    private Peers peers;

    @BeforeAll
    static void require() {
        Requires.captureAnd("python3");
    }

    @BeforeEach
    void start() {
        peers = Peers.start();
    }

    @AfterEach
    void stop() {
        peers.close();
    }

    @Test
    void theKernelWantsWhatTheFiltersSay() {
        Map<String, List<Peers.End>> connections = connections();
        CaptureFilters ours = CaptureFilters.NONE.withPids(Choice.of(Set.of(peers.pid())));

        try (KernelEvents events = KernelEvents.by(ours)) {
            for (CaptureFilters filters : table()) {
                int before =
                        events.all(KernelEvents.Opened.class, opened -> true).size();
                events.replaceFilters(filters.withPids(ours.pids()));
                connections.keySet().forEach(peers::tell);
                awaitMark(events, ours);

                List<KernelEvents.Opened> told = events.all(KernelEvents.Opened.class, opened -> true);
                assertThat(told.subList(before, told.size()).stream()
                                .map(KernelFiltersIT::endOf)
                                .filter(end -> end.local().port() != lastPort
                                        && end.remote().port() != lastPort))
                        .as(filters.toString())
                        .containsExactlyInAnyOrderElementsOf(wanted(connections, filters));
            }
        }
    }

    @Test
    void aNewlyWantedConnectionBeginsInTheMiddleOfItsStream() {
        CaptureFilters ours = CaptureFilters.NONE.withPids(Choice.of(Set.of(peers.pid())));
        CaptureFilters none = ours.withLocalPorts(Choice.of(Set.of(PortRange.of(lastPort))));
        peers.tell(hold());
        try (KernelEvents events = KernelEvents.by(none)) {
            peers.tell("talk unwanted");

            events.replaceFilters(ours);
            peers.tell("talk wanted");

            List<KernelEvents.Data> data = events.await(KernelEvents.Data.class, 4, any -> true);
            assertThat(data).extracting(KernelEvents.Data::text).containsOnly("wanted");
            assertThat(data).extracting(KernelEvents.Data::position).containsOnly(0L);
            assertThat(events.all(KernelEvents.Opened.class, opened -> true))
                    .hasSize(2)
                    .allMatch(opened -> opened.origin() == EventDecoder.ORIGIN_FIRST_USE);
        }
    }

    @Test
    void aConnectionNoLongerWantedEndsWhereItIs() {
        CaptureFilters ours = CaptureFilters.NONE.withPids(Choice.of(Set.of(peers.pid())));
        try (KernelEvents events = KernelEvents.by(ours)) {
            peers.tell(hold()).tell("talk abcdef");
            events.await(KernelEvents.Data.class, 8, any -> true);

            events.replaceFilters(ours.withLocalPorts(Choice.of(Set.of(PortRange.of(serverPort)))));

            KernelEvents.Closed closed =
                    events.await(KernelEvents.Closed.class, 1, any -> true).get(0);
            assertThat(closed.egressEnd()).isEqualTo(7);
            assertThat(closed.ingressEnd()).isEqualTo(7);
            long left = generationOf(events, serverPort);
            assertThat(closed.generation()).isNotEqualTo(left);
            peers.tell("talk ghi").tell("drop");
            List<KernelEvents.Closed> all = events.await(KernelEvents.Closed.class, 2, any -> true);
            assertThat(all.get(1).generation()).isEqualTo(left);
            assertThat(all.get(1).ingressEnd()).isEqualTo(10);
            assertThat(events.all(KernelEvents.Data.class, data -> data.text().equals("ghi")))
                    .hasSize(2)
                    .allMatch(data -> data.generation() == left);
            assertThat(events.all(
                            KernelEvents.Data.class,
                            data -> data.direction() == Direction.INGRESS && data.position() == 7))
                    .hasSize(1);
        }
    }

    @Test
    void aConnectionThatBothFiltersWantGoesOn() {
        CaptureFilters ours = CaptureFilters.NONE.withPids(Choice.of(Set.of(peers.pid())));
        try (KernelEvents events = KernelEvents.by(ours)) {
            peers.tell(hold());
            for (int i = 0; i < 5; i++) {
                events.replaceFilters(
                        ours.withLocalPorts(i % 2 == 0 ? Choice.allBut(Set.of(PortRange.of(lastPort))) : Choice.all()));
                peers.tell("talk again" + i);
            }
            peers.tell("drop");

            List<KernelEvents.Closed> closed = events.await(KernelEvents.Closed.class, 2, any -> true);
            assertThat(closed)
                    .allMatch(
                            end -> end.egressEnd() == 1 + 5 * "again0".length() && end.ingressEnd() == end.egressEnd());
            assertThat(events.all(KernelEvents.Opened.class, opened -> true)).hasSize(2);
            assertThat(events.all(KernelEvents.Data.class, data -> data.text().startsWith("again")))
                    .hasSize(20);
        }
    }

    @Test
    void excludedProcessesStayExcludedWithTheirChildren() {
        String noisy = peers.named("noisy");
        String quiet = peers.named("quiet");
        CaptureFilters filters =
                CaptureFilters.NONE.withPids(Choice.of(Set.of(peers.pid()))).withNames(Choice.allBut(Set.of("noisy")));
        try (KernelEvents events = KernelEvents.by(filters)) {
            peers.tell("run " + noisy + " " + tcp("127.0.0.1", "127.0.0.2", serverPort));
            peers.tell("run " + noisy + " run " + quiet + " " + tcp("127.0.0.1", "127.0.0.3", serverPort));
            peers.tell("run " + quiet + " " + tcp("127.0.0.1", "127.0.0.4", serverPort));

            assertThat(serversOf(events, 2)).containsOnly("127.0.0.4");
        }
    }

    @Test
    void aWantedNameUnderAnExcludedParentStaysExcluded() {
        String builder = peers.named("builder");
        String service = peers.named("service");
        CaptureFilters filters = CaptureFilters.NONE.withNames(new Choice<>(Set.of("service"), Set.of("builder")));
        try (KernelEvents events = KernelEvents.by(filters)) {
            peers.tell("run " + builder + " run " + service + " " + tcp("127.0.0.1", "127.0.0.2", serverPort));
            peers.tell(tcp("127.0.0.1", "127.0.0.3", serverPort));
            peers.tell("run " + service + " " + tcp("127.0.0.1", "127.0.0.4", serverPort));

            assertThat(serversOf(events, 2)).containsOnly("127.0.0.4");
        }
    }

    @Test
    void processesMayBeExcludedAndTakenInAgainWhileTheyRun() {
        CaptureFilters ours = CaptureFilters.NONE.withLocalPorts(
                Choice.of(Set.of(PortRange.of(serverPort), PortRange.of(clientPort))));
        try (KernelEvents events = KernelEvents.by(ours)) {
            peers.tell(hold());
            events.await(KernelEvents.Opened.class, 2, any -> true);

            events.replaceFilters(ours.withPids(Choice.allBut(Set.of(peers.pid()))));
            events.await(KernelEvents.Closed.class, 2, any -> true);
            peers.tell("talk unseen");
            peers.tell("run python3 " + tcp("127.0.0.1", "127.0.0.2", otherPort));
            events.replaceFilters(ours);
            peers.tell("talk seen");

            List<KernelEvents.Data> data =
                    events.await(KernelEvents.Data.class, 4, one -> one.text().equals("seen"));
            assertThat(data).hasSize(4);
            assertThat(events.all(KernelEvents.Data.class, one -> one.text().equals("unseen")))
                    .isEmpty();
            assertThat(events.all(
                            KernelEvents.Opened.class,
                            opened -> endOf(opened).remote().port() == otherPort))
                    .isEmpty();
        }
    }

    private List<CaptureFilters> table() {
        CaptureFilters all = CaptureFilters.NONE;
        PortRange server = PortRange.of(serverPort);
        PortRange other = PortRange.of(otherPort);
        return List.of(
                all,
                all.withLocalPorts(Choice.of(Set.of(server))),
                all.withLocalPorts(Choice.allBut(Set.of(server))),
                all.withRemotePorts(Choice.of(Set.of(server, other))),
                all.withRemotePorts(Choice.allBut(Set.of(server, other))),
                all.withLocalPorts(new Choice<>(Set.of(new PortRange(1, 0xffff)), Set.of(server))),
                all.withRemotePorts(new Choice<>(
                        Set.of(new PortRange(Math.min(serverPort, otherPort), Math.max(serverPort, otherPort))),
                        Set.of(other))),
                all.withPorts(Choice.of(Set.of(server))),
                all.withPorts(Choice.of(Set.of(new PortRange(1, 0xffff)))),
                all.withPorts(Choice.of(Set.of(PortRange.of(clientPort)))),
                all.withPorts(Choice.allBut(Set.of(server))),
                all.withPorts(new Choice<>(Set.of(PortRange.of(clientPort)), Set.of(other))),
                all.withPorts(Choice.of(Set.of(server, other))).withLocalPorts(Choice.of(Set.of(server))),
                all.withPorts(Choice.allBut(Set.of(other))).withRemotePorts(Choice.of(Set.of(server, other))),
                all.withLocalIps(Choice.of(ranges("127.0.0.0/29"))),
                all.withRemoteIps(Choice.of(ranges("127.0.0.2", "::1"))),
                all.withRemoteIps(Choice.allBut(ranges("127.0.0.0/8"))),
                all.withRemoteIps(new Choice<>(ranges("127.0.0.0/8"), ranges("127.0.0.2-127.0.0.3"))),
                all.withLocalIps(new Choice<>(ranges("127.0.0.2"), ranges("127.0.0.0/8"))),
                all.withLocalIps(Choice.allBut(ranges("::/0"))),
                all.withRemoteIps(Choice.allBut(ranges("0.0.0.0/0"))),
                all.withRemoteIps(Choice.of(ranges("0.0.0.0/0"))),
                all.withSide(Side.CLIENT),
                all.withSide(Side.SERVER).withLocalPorts(Choice.allBut(Set.of(other))),
                all.withSide(Side.CLIENT)
                        .withRemotePorts(Choice.of(Set.of(server)))
                        .withRemoteIps(Choice.allBut(ranges("127.0.0.2"))));
    }

    /** Commands of {@code peers.py}, and the ends of what each opens. */
    private Map<String, List<Peers.End>> connections() {
        Map<String, List<Peers.End>> connections = new LinkedHashMap<>();
        for (int port : List.of(serverPort, otherPort)) {
            for (String server : List.of("127.0.0.1", "127.0.0.2", "127.0.0.9")) {
                connections.put(tcp("127.0.0.1", server, port), Peers.endsOfTcp("127.0.0.1", clientPort, server, port));
            }
            connections.put(tcp("::1", "::1", port), Peers.endsOfTcp("::1", clientPort, "::1", port));
            connections.put(
                    "udp 127.0.0.1 " + clientPort + " 127.0.0.2 " + port,
                    Peers.endsOfUdp("127.0.0.1", clientPort, "127.0.0.2", port));
        }
        String name = "kyanos-" + serverPort;
        connections.put("unix " + name, Peers.endsOfUnix(name));
        // IPv4 on an IPv6 socket
        connections.put(
                tcp("::ffff:127.0.0.1", "::ffff:127.0.0.2", serverPort),
                Peers.endsOfTcp("127.0.0.1", clientPort, "127.0.0.2", serverPort));
        return connections;
    }

    private static List<Peers.End> wanted(Map<String, List<Peers.End>> connections, CaptureFilters filters) {
        List<Peers.End> wanted = new ArrayList<>();
        connections
                .values()
                .forEach(ends -> ends.stream()
                        .filter(end -> filters.wants(end.local(), end.remote(), end.side()))
                        .forEach(wanted::add));
        return wanted;
    }

    private static Set<AddressRange> ranges(String... texts) {
        return Stream.of(texts).map(AddressRange::parse).collect(Collectors.toSet());
    }

    /** A connection that comes after all that was told before. */
    private void awaitMark(KernelEvents events, CaptureFilters ours) {
        int opened = events.all(KernelEvents.Opened.class, this::isMark).size();
        events.replaceFilters(ours.withRemotePorts(Choice.of(Set.of(PortRange.of(lastPort)))));
        peers.tell(tcp("127.0.0.1", "127.0.0.1", lastPort));
        events.await(KernelEvents.Opened.class, opened + 1, this::isMark);
    }

    private boolean isMark(KernelEvents.Opened opened) {
        return endOf(opened).remote().port() == lastPort;
    }

    private static List<String> serversOf(KernelEvents events, int ends) {
        return events.await(KernelEvents.Opened.class, ends, any -> true).stream()
                .map(KernelFiltersIT::endOf)
                .map(end -> end.side() == Side.SERVER
                        ? end.local().address()
                        : end.remote().address())
                .toList();
    }

    private long generationOf(KernelEvents events, int localPort) {
        return events.all(
                        KernelEvents.Opened.class,
                        opened -> endOf(opened).local().port() == localPort)
                .get(0)
                .generation();
    }

    private static Peers.End endOf(KernelEvents.Opened opened) {
        return new Peers.End(
                opened.opening().local(),
                opened.opening().remote(),
                opened.opening().side());
    }

    private String tcp(String client, String server, int port) {
        return "tcp " + client + " " + clientPort + " " + server + " " + port;
    }

    private String hold() {
        return "hold 127.0.0.1 " + clientPort + " 127.0.0.1 " + serverPort;
    }
}
