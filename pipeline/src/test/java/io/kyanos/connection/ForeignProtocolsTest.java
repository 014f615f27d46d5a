package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.kyanos.protocol.Flow;
import io.kyanos.protocol.ForeignDialogue;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.Protocols;
import io.kyanos.record.Side;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Nothing that a protocol says which is not ours is a record. */
class ForeignProtocolsTest {

    private final List<Protocol> protocols =
            Protocols.of(ConfigFactory.parseResources("reference.conf").resolve());

    static Stream<Arguments> dialogues() {
        return ForeignDialogue.all().stream()
                .flatMap(dialogue -> Stream.of(Side.CLIENT, Side.SERVER).map(side -> Arguments.of(dialogue, side)));
    }

    /** Nothing is recognised as what nobody reads that is read. */
    @Test
    void whatIsReadIsNotUnsupported() {
        assertThat(Undecoded.values())
                .extracting(Undecoded::label)
                .noneMatch(label -> Protocols.descriptors().stream().anyMatch(protocol -> protocol.isCalled(label)));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("dialogues")
    void isNoRecordFromItsBeginning(ForeignDialogue dialogue, Side side) {
        List<Flow.Step> steps = steps(dialogue);
        for (boolean byteByByte : new boolean[] {false, true}) {
            FlowRun run = new FlowRun(protocols, side, true);
            if (byteByByte) {
                run.runByteByByte(steps);
            } else {
                run.run(steps);
            }

            assertThat(run.records).extracting(FlowRun::described).isEmpty();
            assertThat(run.accountedBytes()).isEqualTo(run.streamBytes());
        }
    }

    /** From each step on, whether the side is known or not. */
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("dialogues")
    void isNoRecordFromItsMiddle(ForeignDialogue dialogue, Side side) {
        List<Flow.Step> steps = steps(dialogue);
        for (int from = 0; from < steps.size(); from++) {
            for (FlowRun run : List.of(new FlowRun(protocols, side, false), FlowRun.openBefore(protocols, side))) {
                run.run(steps.subList(from, steps.size()));

                assertThat(run.records)
                        .as("from step %d", from)
                        .extracting(FlowRun::described)
                        .isEmpty();
            }
        }
    }

    private static List<Flow.Step> steps(ForeignDialogue dialogue) {
        List<Flow.Step> steps = new ArrayList<>();
        for (ForeignDialogue.Said said : dialogue.steps()) {
            steps.add(new Flow.Step((steps.size() + 1) * 1000L, said.byClient(), said.bytes(), 0));
        }
        return steps;
    }
}
