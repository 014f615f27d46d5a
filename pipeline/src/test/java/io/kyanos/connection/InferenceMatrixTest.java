package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import io.kyanos.protocol.DocumentTable;
import io.kyanos.protocol.Flow;
import io.kyanos.protocol.FlowMessages;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.Protocols;
import io.kyanos.protocol.Spy;
import io.kyanos.record.Side;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** How soon a connection's protocol is known, of every flow, from its beginning and from each of its messages on. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InferenceMatrixTest {

    private static final Path DOCUMENT = Path.of("../docs/inference.md");
    private static final String BEGINNING = "its beginning";
    private static final String MIDDLE = "its middle";
    private static final int ENOUGH_MESSAGES = 8;
    private static final double LEAST_SHARE = 0.95;
    private static final int MAX_ROUNDS = 16;

    /** Its first line is one that clients of other protocols send, too: the reply must tell. */
    private static final String OF_COMMON_WORDS = "redis/inline.flow";

    /**
     * A connection that was met somewhere.
     *
     * @param flow protocol and file
     * @param known the protocol that it was taken for; empty if for none
     * @param messages that had ended by then, the current one included
     */
    private record Case(String flow, String protocol, String joined, boolean isRight, String known, int messages) {

        private boolean isNamed() {
            return isRight && messages <= (joined.equals(BEGINNING) ? 1 : ENOUGH_MESSAGES);
        }

        private boolean isForeign() {
            return !known.isEmpty() && !isRight;
        }
    }

    /** What is known of the side where a connection is met. */
    private enum Met {
        AT_ITS_BEGINNING,
        OF_A_KNOWN_SIDE,
        OF_AN_UNKNOWN_SIDE
    }

    private final List<String> begun = new ArrayList<>();
    private final List<Protocol> protocols =
            Protocols.of(ConfigFactory.parseResources("reference.conf").resolve()).stream()
                    .map(protocol -> Spy.conversing(protocol, begun::add))
                    .toList();
    private final List<Case> cases = new ArrayList<>();

    @BeforeAll
    void meetEveryFlowEverywhere() {
        for (Flow flow : Flow.all()) {
            Protocol spoken = protocols.stream()
                    .filter(protocol -> flow.isOf(protocol.descriptor()))
                    .findFirst()
                    .orElseThrow();
            FlowMessages messages = new FlowMessages(flow, spoken);
            for (Side role : List.of(Side.CLIENT, Side.SERVER)) {
                meet(flow, messages, role, Met.AT_ITS_BEGINNING, 0);
                for (int piece = 0; piece < messages.pieces().size(); piece++) {
                    if (messages.pieces().get(piece).beginsMessage()) {
                        meet(flow, messages, role, Met.OF_A_KNOWN_SIDE, piece);
                        meet(flow, messages, role, Met.OF_AN_UNKNOWN_SIDE, piece);
                    }
                }
            }
        }
    }

    @Test
    void nothingIsTakenForAnotherProtocol() {
        assertThat(cases).filteredOn(Case::isForeign).isEmpty();
    }

    @Test
    void fromItsBeginningAConnectionIsKnownByItsFirstMessage() {
        assertThat(cases)
                .filteredOn(each -> each.joined().equals(BEGINNING))
                .isNotEmpty()
                .allMatch(each ->
                        each.isRight() && each.messages() <= (each.flow().equals(OF_COMMON_WORDS) ? 2 : 1));
    }

    @Test
    void fromItsMiddleNearlyEveryConnectionIsKnownByEightMessages() {
        assertThat(rows(MIDDLE).entrySet())
                .isNotEmpty()
                .allSatisfy(row ->
                        assertThat(share(row.getValue())).as(row.getKey()).isGreaterThanOrEqualTo(LEAST_SHARE));
    }

    @Test
    void portsPlayNoPart() {
        for (Flow flow : Flow.all()) {
            if (!flow.isOfDatagrams()) {
                List<String> records = recordsAt(flow, 40001);
                for (int port : new int[] {53, 80, 443, 3306, 4222, 5353, 5432, 6379, 27017}) {
                    assertThat(recordsAt(flow, port)).as("%s at %d", flow, port).isEqualTo(records);
                }
            }
        }
    }

    private static List<String> recordsAt(Flow flow, int port) {
        byte[] opened = EventEncoder.opened(
                0, ConnectionUnderTest.GENERATION, 100, 3, EventDecoder.SIDE_CLIENT, EventDecoder.ORIGIN_CONNECT);
        ConnectionUnderTest connection = new ConnectionUnderTest().on(EventEncoder.between(opened, 40000, port));
        for (Flow.Step step : flow.steps()) {
            Direction direction = step.isRequest() ? Direction.EGRESS : Direction.INGRESS;
            if (step.isGap()) {
                connection.loses(direction, step.gap());
            } else {
                connection.moves(
                        step.atNanos() + 1,
                        direction,
                        new String(step.bytes(), StandardCharsets.ISO_8859_1),
                        step.bytes().length);
            }
        }
        connection.closes(Long.MAX_VALUE / 4, EventDecoder.CLOSE_NORMAL);
        return connection.records.stream()
                .map(record -> record.protocol() + " " + FlowRun.described(record))
                .toList();
    }

    @Test
    void theTableIsInTheDocument() throws IOException {
        List<String> table = new ArrayList<>();
        rows(BEGINNING).forEach((protocol, of) -> table.add(row(protocol, BEGINNING, of)));
        rows(MIDDLE).forEach((protocol, of) -> table.add(row(protocol, MIDDLE, of)));
        table.add(row("all", BEGINNING, joined(BEGINNING)));
        table.add(row("all", MIDDLE, joined(MIDDLE)));
        table.forEach(System.out::println);

        DocumentTable.assertRows(DOCUMENT, "| Protocol | Met at |", table);
    }

    /** Plays the rest of the flow, then all of it from its first message on again and again, as a longer connection would go on. */
    private void meet(Flow flow, FlowMessages messages, Side role, Met met, int first) {
        FlowRun run = run(flow, role, met);
        int again = messages.firstMessage();
        int ended = 0;
        begun.clear();
        for (int round = 0; round < MAX_ROUNDS && begun.isEmpty() && ended < ENOUGH_MESSAGES; round++) {
            int from = round == 0 ? first : again;
            int at = from;
            int sofar = ended;
            while (at < messages.pieces().size() && begun.isEmpty()) {
                run.send(messages.pieces().get(at).step().after(round * 1_000_000_000_000L));
                ended = sofar + messages.ended(from, at);
                at++;
            }
        }
        String known = begun.isEmpty() ? "" : begun.get(0);
        boolean isRight = protocols.stream()
                .anyMatch(protocol -> protocol.name().equals(known)
                        && (flow.isOf(protocol.descriptor()) || known.equals(flow.becomes())));
        cases.add(new Case(
                flow.protocol() + "/" + flow.name(),
                flow.protocol(),
                met == Met.AT_ITS_BEGINNING ? BEGINNING : MIDDLE,
                isRight,
                known,
                Math.max(1, ended)));
    }

    private FlowRun run(Flow flow, Side role, Met met) {
        if (flow.isOfDatagrams()) {
            return FlowRun.of(protocols, flow);
        }
        return switch (met) {
            case AT_ITS_BEGINNING -> new FlowRun(protocols, role, true);
            case OF_A_KNOWN_SIDE -> FlowRun.openBefore(protocols, role);
            case OF_AN_UNKNOWN_SIDE -> new FlowRun(protocols, role, false);
        };
    }

    private Stream<Case> stream(String joined) {
        return cases.stream().filter(each -> each.joined().equals(joined));
    }

    private List<Case> joined(String joined) {
        return stream(joined).toList();
    }

    private Map<String, List<Case>> rows(String joined) {
        Map<String, List<Case>> rows = new LinkedHashMap<>();
        stream(joined)
                .forEach(each -> rows.computeIfAbsent(each.protocol(), protocol -> new ArrayList<>())
                        .add(each));
        return rows;
    }

    private static double share(List<Case> of) {
        return (double) of.stream().filter(Case::isNamed).count() / of.size();
    }

    private static String row(String protocol, String joined, List<Case> of) {
        int[] messages = of.stream()
                .filter(Case::isRight)
                .mapToInt(Case::messages)
                .sorted()
                .toArray();
        return DocumentTable.row(
                protocol.equals("all") ? protocol : "`" + protocol + "`",
                joined,
                Integer.toString(of.size()),
                Long.toString(of.stream().filter(Case::isNamed).count()),
                String.format(Locale.ROOT, "%.1f %%", 100 * share(of)),
                Integer.toString(messages[messages.length / 2]),
                Integer.toString(messages[messages.length - 1]),
                Long.toString(of.stream().filter(Case::isForeign).count()));
    }
}
