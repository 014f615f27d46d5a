package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.kyanos.protocol.Flow;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.Protocols;
import io.kyanos.record.Side;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Dialogues of protocols that are not ours, as their specifications print them: nothing in them is a record. */
class ForeignProtocolsTest {

    private static final Path DIALOGUES = Path.of("src/test/resources/foreign");

    private final List<Protocol> protocols =
            Protocols.of(ConfigFactory.parseResources("reference.conf").resolve());

    static Stream<Arguments> dialogues() throws IOException {
        try (Stream<Path> files = Files.list(DIALOGUES)) {
            List<String> names = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".txt"))
                    .sorted()
                    .toList();
            return names.stream().flatMap(name -> Stream.of(Side.CLIENT, Side.SERVER).map(side -> Arguments.of(name, side)));
        }
    }

    @Test
    void thereIsADialogueOfEachProtocol() throws IOException {
        assertThat(dialogues().map(arguments -> arguments.get()[0]).distinct())
                .contains(
                        "beanstalkd.txt", "dbus.txt", "ftp.txt", "icap.txt", "imap.txt", "irc.txt", "ldap.txt",
                        "memcached.txt", "mqtt.txt", "nntp.txt", "pop3.txt", "rtsp.txt", "sip.txt", "smb.txt",
                        "smtp.txt", "ssh.txt", "vnc.txt", "x11.txt", "xmpp.txt");
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("dialogues")
    void isNoRecordFromItsBeginning(String dialogue, Side side) throws IOException {
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

    /** From each step on; the bytes before it were not captured. */
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("dialogues")
    void isNoRecordFromItsMiddle(String dialogue, Side side) throws IOException {
        List<Flow.Step> steps = steps(dialogue);
        for (int from = 0; from < steps.size(); from++) {
            for (FlowRun run : List.of(
                    new FlowRun(protocols, side, false), FlowRun.openBefore(protocols, side))) {
                run.run(steps.subList(from, steps.size()));

                assertThat(run.records).as("from step %d", from).extracting(FlowRun::described).isEmpty();
            }
        }
    }

    /** A step per line: {@code C} or {@code S} for who sends, and the bytes as a string of Java. */
    private static List<Flow.Step> steps(String dialogue) throws IOException {
        List<Flow.Step> steps = new ArrayList<>();
        for (String line : Files.readAllLines(DIALOGUES.resolve(dialogue), StandardCharsets.ISO_8859_1)) {
            if (line.startsWith("C ") || line.startsWith("S ")) {
                byte[] bytes = line.substring(2)
                        .translateEscapes()
                        .getBytes(StandardCharsets.ISO_8859_1);
                steps.add(new Flow.Step((steps.size() + 1) * 1000L, line.charAt(0) == 'C', bytes, 0));
            }
        }
        return steps;
    }
}
