package io.kyanos.protocol.streamed;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.record.StreamedEvents;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerSentScannerTest {

    private static final StreamedType TYPE = StreamedType.EVENT_STREAM;
    private static final int RUNS = 20_000;

    /** What lines are made of that are, or nearly are, data, comments and empty. */
    private static final String[] PARTS = {
        "\n",
        "\r",
        "\r\n",
        "data",
        "data:",
        "da",
        "ta",
        ":",
        "datax",
        " ",
        "x",
        "id:",
        "\u00ef",
        "\u00bb",
        "\u00bf",
        "\u00ef\u00bb\u00bf"
    };

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "data: x##|1",
                "data:x##data:y##|2",
                "data: a#data: b##|1",
                "data##|1",
                "data:##|1",
                "event: ping#id: 7#data: x#retry: 9##|1",
                "data: x##: a comment##data: y##|2",
                "event: ping##|0",
                "id##|0",
                "data x##|0",
                "datax: y##|0",
                "xdata: y##|0",
                " data: y##|0",
                "DATA: y##|0",
                "dat##|0",
                "####data: x#####|1",
                "data: never ended#|0",
                "data: x##data: never ended#|1",
                "\u00ef\u00bb\u00bfdata: x##|1",
                "\u00ef\u00bb\u00bf#data: x##|1",
                "\u00ef\u00bb\u00bf\u00ef\u00bb\u00bfdata: x##|0",
                "\u00ef\u00bbdata: x##|0",
                "\u00ef\u00bb#data: x##|1",
                "#\u00ef\u00bb\u00bfdata: x##|0",
                "data: \u00ef\u00bb\u00bf##|1",
            })
    void countsWhatTheStandardDispatchesHoweverLinesEndAndWhereverTheyAreCut(String lines, int events) {
        for (String lineEnd : new String[] {"\n", "\r", "\r\n"}) {
            String content = lines.replace("#", lineEnd);
            assertThat(Scanning.whole(TYPE, content).count()).as(content).isEqualTo(events);
            assertThat(eachByte(content).count()).as(content).isEqualTo(events);
            for (int cut = 0; cut <= content.length(); cut++) {
                StreamedEvents cutOnce = new Scanning(TYPE)
                        .add(content.substring(0, cut))
                        .add(content.substring(cut))
                        .ended();
                assertThat(cutOnce.count()).as("%s cut at %d", content, cut).isEqualTo(events);
                assertThat(cutOnce.isMissed()).isFalse();
            }
        }
    }

    @Test
    void anEventEndsWithTheFirstByteThatShowsItsEmptyLine() {
        for (String content : new String[] {"data: 1\n\ndata: 2\n\n", "data: 1\r\rdata: 2\r\r"}) {
            assertThat(eachByte(content).largestGapNanos()).isEqualTo(9);
            assertThat(Scanning.whole(TYPE, content).largestGapNanos()).isEqualTo(9);
        }
        StreamedEvents crLf = eachByte("data: 1\r\n\r\ndata: 2\r\n\r\n");
        assertThat(crLf.largestGapNanos()).isEqualTo(11);
        assertThat(crLf.count()).isEqualTo(2);
    }

    @Test
    void mixedLineEndsAreOneEach() {
        assertThat(Scanning.whole(TYPE, "data: a\r\n\ndata: b\n\r\ndata: c\r\r\ndata: d\n\r")
                        .count())
                .isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void agreesWithTheStandardsOwnStepsOnRandomContent(int largestPiece) {
        Random random = new Random(largestPiece);
        for (int run = 0; run < RUNS; run++) {
            String content = randomContent(random);
            Scanning scanning = new Scanning(TYPE);
            for (int at = 0; at < content.length(); ) {
                int end = Math.min(content.length(), at + 1 + random.nextInt(largestPiece));
                scanning.add(content.substring(at, end));
                at = end;
            }
            assertThat(scanning.ended().count()).as(content).isEqualTo(byTheStandard(content));
        }
    }

    @Test
    void whereBytesAreMissingItNeverCountsMoreThanThereWere() {
        Random random = new Random(5);
        for (int run = 0; run < RUNS; run++) {
            String content = randomContent(random) + "\n\n";
            int from = random.nextInt(content.length());
            int to = from + 1 + random.nextInt(content.length() - from);
            StreamedEvents events = new Scanning(TYPE)
                    .add(content.substring(0, from))
                    .miss(to - from)
                    .add(content.substring(to))
                    .ended();
            assertThat(events.count())
                    .as("%s without %d-%d", content, from, to)
                    .isLessThanOrEqualTo(byTheStandard(content))
                    .isGreaterThanOrEqualTo(byTheStandard(content.substring(0, from)));
            assertThat(events.isMissed()).isTrue();
        }
    }

    @Test
    void noGapIsToldAcrossMissingBytes() {
        StreamedEvents events = new Scanning(TYPE)
                .add("data: 1\n\ndata: 2\n\n")
                .miss(1000)
                .add("end\n\ndata: 3\n\ndata: 4\n\n")
                .ended();

        assertThat(events.count()).isEqualTo(4);
        assertThat(events.gaps()).isEqualTo(2);
        assertThat(events.largestGapNanos()).isEqualTo(9);
    }

    @Test
    void anEventInWhichBytesAreMissingCountsWithoutATime() {
        StreamedEvents events = new Scanning(TYPE)
                .add("data: 1\n\ndata: 2")
                .miss(1000)
                .add("end\n\ndata: 3\n\ndata: 4\n\n")
                .ended();

        assertThat(events.count()).isEqualTo(4);
        assertThat(events.gaps()).isEqualTo(1);
    }

    private static StreamedEvents eachByte(String content) {
        Scanning scanning = new Scanning(TYPE);
        for (int i = 0; i < content.length(); i++) {
            scanning.add(content.substring(i, i + 1)).add("");
        }
        return scanning.ended();
    }

    private static String randomContent(Random random) {
        StringBuilder content = new StringBuilder();
        for (int parts = random.nextInt(16); parts >= 0; parts--) {
            content.append(PARTS[random.nextInt(PARTS.length)]);
        }
        return content.toString();
    }

    /** Section 9.2.6, line by line. */
    private static int byTheStandard(String content) {
        String stream = content.startsWith("\u00ef\u00bb\u00bf") ? content.substring(3) : content;
        String[] lines = stream.split("\r\n|\n|\r", -1);
        int events = 0;
        StringBuilder data = new StringBuilder();
        for (int i = 0; i < lines.length - 1; i++) {
            String line = lines[i];
            int colon = line.indexOf(':');
            if (line.isEmpty()) {
                events += data.length() > 0 ? 1 : 0;
                data.setLength(0);
            } else if ((colon < 0 ? line : line.substring(0, colon)).equals("data")) {
                data.append(colon < 0 ? "" : line.substring(colon + 1)).append('\n');
            }
        }
        return events;
    }
}
