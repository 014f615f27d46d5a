package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.kyanos.protocol.Flow;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.Protocols;
import io.kyanos.record.Attribute;
import io.kyanos.record.Message;
import io.kyanos.record.TrafficRecord;
import io.kyanos.sink.JsonLines;
import io.kyanos.sink.RecordSchema;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The records of every flow as JSON: what their protocol and the schema declare, and nothing else. */
class FlowJsonTest {

    private static final List<Protocol> PROTOCOLS =
            Protocols.of(ConfigFactory.parseResources("reference.conf").resolve());

    static List<Flow> flows() {
        return Flow.all();
    }

    @ParameterizedTest
    @MethodSource("flows")
    void fitsTheSchema(Flow flow) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new JsonLines(ZoneOffset.UTC).write(records(flow), out);

        assertThat(out.toString(StandardCharsets.UTF_8).lines().flatMap(line -> RecordSchema.problems(line).stream()))
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("flows")
    void hasOnlyAttributesThatAreDeclaredAndAsOftenAsTheyAre(Flow flow) {
        for (TrafficRecord record : records(flow)) {
            List<Attribute> declared = Protocols.descriptors().stream()
                    .filter(protocol -> protocol.name().equals(record.protocol()))
                    .flatMap(protocol -> protocol.attributes().stream())
                    .toList();
            List<Attribute> ofRequest = attributes(record.request());
            List<Attribute> ofResponse =
                    record.answer().map(FlowJsonTest::attributes).orElse(List.of());
            List<Attribute> all = new ArrayList<>(ofRequest);
            all.addAll(ofResponse);

            assertThat(declared).containsAll(all);
            assertThat(all.stream().filter(attribute -> !attribute.isList()))
                    .as("texts of %s", record)
                    .doesNotHaveDuplicates();
            assertThat(ofRequest).extracting(Attribute::source).doesNotContain(Attribute.Source.RESPONSE);
            assertThat(ofResponse).extracting(Attribute::source).doesNotContain(Attribute.Source.REQUEST);
        }
    }

    @Test
    void theFlowsHaveEveryDeclaredAttribute() {
        Set<String> seen = new HashSet<>();
        for (Flow flow : Flow.all()) {
            for (TrafficRecord record : records(flow)) {
                attributes(record.request()).forEach(attribute -> seen.add(attribute.name()));
                record.answer()
                        .ifPresent(answer -> attributes(answer).forEach(attribute -> seen.add(attribute.name())));
            }
        }

        // the values of fields that are asked for by their names have their own test
        assertThat(seen)
                .containsExactlyInAnyOrderElementsOf(Protocols.descriptors().stream()
                        .flatMap(protocol -> protocol.attributes().stream())
                        .filter(attribute -> !attribute.isFamily())
                        .map(Attribute::name)
                        .collect(Collectors.toSet()));
    }

    private static List<TrafficRecord> records(Flow flow) {
        FlowRun run = FlowRun.of(PROTOCOLS, flow);
        run.run(flow.steps());
        return run.records;
    }

    private static List<Attribute> attributes(Message message) {
        List<Attribute> attributes = new ArrayList<>();
        message.attributes((attribute, value) -> attributes.add(attribute));
        return attributes;
    }
}
