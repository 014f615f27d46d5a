package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.kyanos.protocol.Flow;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.Protocols;
import io.kyanos.record.Outcome;
import io.kyanos.record.Side;
import io.kyanos.record.StreamedEvents;
import io.kyanos.record.TrafficRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What records of calls say, and which streams of HTTP/2 they are of. */
class GrpcRecordsTest {

    private static final List<Protocol> PROTOCOLS =
            Protocols.of(ConfigFactory.parseResources("reference.conf").resolve());

    @Test
    void tellsMessagesAndTheirTimesOfAStreamOfTheServer() {
        Map<String, String> attributes =
                attributes(records("grpc", "server-streaming").get(0));

        assertThat(attributes)
                .containsEntry("request_messages", "1")
                .containsEntry("first_request_message_ms", "0")
                .containsEntry("response_messages", "3")
                .containsEntry("first_response_message_ms", "0.1")
                .containsEntry("last_response_message_ms", "0.3")
                .doesNotContainKeys("messages_missed", "compressed_messages", "http_status", "grpc_message");
    }

    @Test
    void tellsMessagesOfTheClient() {
        Map<String, String> attributes =
                attributes(records("grpc", "client-streaming").get(0));

        assertThat(attributes)
                .containsEntry("request_messages", "3")
                .containsEntry("first_request_message_ms", "0.1")
                .containsEntry("last_request_message_ms", "0.2")
                .containsEntry("response_messages", "1");
    }

    @Test
    void tellsMetadataInAllSpellings() {
        TrafficRecord record = records("grpc", "metadata").get(0);

        assertThat(attributes(record))
                .containsEntry("rpc", "grpc")
                .containsEntry("rpc_service", "grpc.health.v1.Health")
                .containsEntry("rpc_method", "Check")
                .containsEntry("deadline", "1010 ms")
                .containsEntry("grpc_encoding", "gzip")
                .containsEntry("user_agent", "test/1")
                .containsEntry("compressed_messages", "1")
                .containsEntry("grpc_message", "no room: \u00e4")
                .containsEntry(
                        "binary_metadata", "trace-bin=0a0b0c pad-bin=0a raw-bin=0aff grpc-status-details-bin=0805")
                .doesNotContainKey("method");
        assertThat(record.outcome()).isEqualTo(Outcome.ERROR);
    }

    @Test
    void saysWhichProtocolOfCallsItIs() {
        assertThat(records("grpc", "connect"))
                .extracting(record -> attributes(record).get("rpc"))
                .containsExactly("connect", "connect", "connect-stream", "connect-stream");
        assertThat(records("grpc", "web"))
                .extracting(record -> attributes(record).get("rpc"))
                .containsExactly("grpc-web", "grpc-web", "grpc-web-text");
    }

    @Test
    void tellsTheStatusOfHttpWhereItIsNot200() {
        assertThat(records("grpc", "http-status"))
                .extracting(record -> attributes(record).get("http_status"))
                .containsExactly("503", "404", null);
        assertThat(records("grpc", "http-status"))
                .extracting(TrafficRecord::outcome)
                .containsOnly(Outcome.SERVER_ERROR);
    }

    @Test
    void namesWhatItsServerHasShownToHave() {
        assertThat(records("grpc", "names"))
                .extracting(record -> record.request().operation())
                .containsExactly("shop.v1.Orders/Place", "other");
    }

    @Test
    void goesByTheOperatorsPatternsBeforeAnythingElse() {
        Config config = ConfigFactory.parseString(
                        "kyanos.http { words = known, routes = [\"/shop.v1.Orders/*\", \"/Orders\"] }")
                .withFallback(ConfigFactory.parseResources("reference.conf"))
                .resolve();
        Flow flow = flow("grpc", "names");
        FlowRun run = FlowRun.of(Protocols.of(config), flow);
        run.run(flow.steps());

        assertThat(run.records)
                .extracting(record -> record.request().operation())
                .containsExactly("shop.v1.Orders/*", "Orders");
    }

    @Test
    void tellsWhereMessagesMayHaveBeenMissed() {
        List<TrafficRecord> records = records("grpc", "gap");

        assertThat(attributes(records.get(0))).containsEntry("messages_missed", "true");
        assertThat(attributes(records.get(1)))
                .containsEntry("response_messages", "1")
                .doesNotContainKey("messages_missed");
    }

    @Test
    void isToldByItsMessagesWhereItsFieldsWereMissed() {
        FlowRun run = FlowRun.openBefore(PROTOCOLS, Side.SERVER);
        // the first exchange, which has numbered all the fields, was before
        List<Flow.Step> steps = new ArrayList<>(flow("grpc", "indexed").steps());
        run.run(steps.subList(4, steps.size()));

        // around the first one, frames may have been missed
        assertThat(run.records).extracting(TrafficRecord::protocol).containsExactly("http2", "grpc");
        TrafficRecord record = run.records.get(1);
        assertThat(record.request().operation()).isEqualTo("unknown");
        assertThat(record.answer().orElseThrow().status()).isEqualTo("unknown");
        assertThat(record.outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(attributes(record)).containsEntry("request_messages", "1").containsEntry("response_messages", "1");
    }

    @Test
    void comesAloneWhereNothingElseIsWanted() {
        assertThat(wanted(Set.of("grpc"), "grpc", "unary"))
                .extracting(TrafficRecord::protocol)
                .containsExactly("grpc");
        assertThat(wanted(Set.of("grpc"), "http2", "get")).isEmpty();
        assertThat(wanted(Set.of("http2"), "http2", "get"))
                .extracting(TrafficRecord::protocol)
                .containsExactly("http2");
        assertThat(wanted(Set.of("http2"), "grpc", "unary")).isEmpty();
        assertThat(wanted(Set.of("redis"), "grpc", "unary")).isEmpty();
    }

    @Test
    void countsEventsOfStreamsThatOverlap() {
        List<TrafficRecord> records = records("http2", "server-sent-events");

        assertThat(events(records.get(0)).count()).isEqualTo(2);
        assertThat(events(records.get(0)).largestGapNanos()).isEqualTo(100_000);
        assertThat(events(records.get(1)).count()).isEqualTo(3);
        assertThat(attributes(records.get(1)))
                .containsEntry("events", "3")
                .containsEntry("first_event_ms", "0.1")
                .containsEntry("largest_gap_ms", "0.2");
        assertThat(records("http2", "json-lines"))
                .extracting(record -> events(record).count())
                .containsExactlyInAnyOrder(3L, 2L);
        assertThat(records("http2", "coded-events")
                        .get(0)
                        .answer()
                        .orElseThrow()
                        .streamed())
                .isEmpty();
    }

    private static StreamedEvents events(TrafficRecord record) {
        return record.answer().orElseThrow().streamed().orElseThrow();
    }

    private static List<TrafficRecord> wanted(Set<String> names, String protocol, String name) {
        Flow flow = flow(protocol, name);
        FlowRun run = new FlowRun(PROTOCOLS, flow.role(), names);
        run.run(flow.steps());
        assertThat(run.books.emittedRecords()).isEqualTo(run.records.size());
        return run.records;
    }

    private static List<TrafficRecord> records(String protocol, String name) {
        Flow flow = flow(protocol, name);
        FlowRun run = FlowRun.of(
                Protocols.of(ConfigFactory.parseResources("reference.conf").resolve()), flow);
        run.run(flow.steps());
        return run.records;
    }

    private static Flow flow(String protocol, String name) {
        return Flow.of(protocol).stream()
                .filter(flow -> flow.name().equals(name + ".flow"))
                .findFirst()
                .orElseThrow();
    }

    /** Values of a list with a blank between them. */
    private static Map<String, String> attributes(TrafficRecord record) {
        Map<String, String> all = new TreeMap<>();
        record.request().attributes((attribute, value) -> all.merge(attribute.name(), value, (a, b) -> a + " " + b));
        record.answer()
                .ifPresent(answer -> answer.attributes(
                        (attribute, value) -> all.merge(attribute.name(), value, (a, b) -> a + " " + b)));
        return all;
    }
}
