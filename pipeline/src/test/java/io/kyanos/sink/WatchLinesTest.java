package io.kyanos.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.record.Endpoint;
import io.kyanos.record.Outcome;
import io.kyanos.record.TestRecords;
import io.kyanos.record.TrafficRecord;
import io.kyanos.record.Unanswered;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

class WatchLinesTest {

    private final WatchLines plain = new WatchLines(ZoneOffset.UTC, false);

    @Test
    void recordsLookAsAgreed() throws IOException {
        byte[] ipv6 = new byte[16];
        ipv6[0] = (byte) 0xfe;
        ipv6[1] = (byte) 0x80;
        ipv6[15] = 1;
        List<TrafficRecord> records = List.of(
                TestRecords.http().build(),
                TestRecords.http()
                        .process("a-program-of-a-very-long-name")
                        .remote(new Endpoint(ipv6, 8080))
                        .status("503", Outcome.SERVER_ERROR)
                        .tookNanos(12_345_678_901L)
                        .sizes(9_999, 123_456_789)
                        .build(),
                TestRecords.redis().tookNanos(4_200).sizes(22, 20_000).build(),
                TestRecords.redis().unanswered(Unanswered.TIMEOUT).truncated().build(),
                TestRecords.redis().oneWay().build());
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write((plain.header() + "\n").getBytes(StandardCharsets.UTF_8));

        plain.write(records, out);

        Golden.assertSame("watch.txt", out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void nothingFromTheWireControlsTheTerminal() {
        String evil = "\033[2J\u009b31m\r\n\b\u202e\u2028\ud83d";

        String line = plain.line(TestRecords.http()
                .process(evil)
                .peerName(evil)
                .operation("GET " + evil)
                .resource(evil)
                .status(evil, Outcome.OK)
                .build());

        assertThat(line.codePoints())
                .noneMatch(c -> Character.isISOControl(c)
                        || Character.getType(c) == Character.FORMAT
                        || Character.getType(c) == Character.SURROGATE
                        || Character.getType(c) == Character.LINE_SEPARATOR);
    }

    @Test
    void aLongResourceIsCut() {
        assertThat(plain.line(TestRecords.http().resource("x".repeat(5_000)).build()))
                .hasSizeLessThan(400);
    }

    @Test
    void troubleIsColouredOnlyWhenColoursAreWanted() {
        TrafficRecord failed =
                TestRecords.http().status("500", Outcome.SERVER_ERROR).build();

        assertThat(new WatchLines(ZoneOffset.UTC, true).line(failed)).startsWith("\033[31m");
        assertThat(plain.line(failed)).doesNotContain("\033");
    }
}
