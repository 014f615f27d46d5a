package io.kyanos.protocol.streamed;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.record.StreamedEvents;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LineScannerTest {

    private static final int RUNS = 20_000;
    private static final String[] PARTS = {"\n", "\r\n", "{}", " ", "\t", "x", "\r", "\n\n"};

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "{}#|1",
                "{}#{}#|2",
                "{}#{}|2",
                "{}|1",
                "#{}##{}##|2",
                " #\t#{}# |1",
                " {} # {}|2",
                "''|0",
                "#|0",
                "##|0",
            })
    void countsLinesThatAreNotBlankWhereverTheyAreCut(String lines, int events) {
        for (String lineEnd : new String[] {"\n", "\r\n"}) {
            assertCount(StreamedType.JSON_LINES, lines.replace("#", lineEnd), events);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "^{}#^{}#|2",
                "^{}#^{}|2",
                "^{#  1#}#^{#  2#}#|2",
                "{}#^{}#|1",
                "^1#^2#^3#|3",
            })
    void countsTheTextsOfASequenceHoweverManyLinesTheyHave(String lines, int events) {
        assertCount(StreamedType.JSON_SEQUENCE, lines.replace('#', '\n').replace('^', '\u001e'), events);
    }

    @Test
    void aLineEndsWithItsLineEndAndALastOneWithItsLastByte() {
        StreamedEvents events = new Scanning(StreamedType.JSON_LINES)
                .add("{1}\n{2")
                .add("2}\n")
                .add("\n{333")
                .add("}")
                .add("")
                .ended();

        assertThat(events.count()).isEqualTo(3);
        // Their last bytes are at 3, 8 and 14.
        assertThat(events.gaps()).isEqualTo(2);
        assertThat(events.gapSumNanos()).isEqualTo(11);
        assertThat(events.largestGapNanos()).isEqualTo(6);
    }

    @Test
    void whereBytesAreMissingItNeverCountsMoreThanThereWere() {
        Random random = new Random(3);
        for (int run = 0; run < RUNS; run++) {
            StringBuilder made = new StringBuilder("x");
            for (int parts = random.nextInt(12); parts > 0; parts--) {
                made.append(PARTS[random.nextInt(PARTS.length)]);
            }
            String content = made.toString();
            int from = random.nextInt(content.length());
            int to = from + 1 + random.nextInt(content.length() - from);

            StreamedEvents events = new Scanning(StreamedType.JSON_LINES)
                    .add(content.substring(0, from))
                    .miss(to - from)
                    .add(content.substring(to))
                    .ended();

            assertThat(events.isMissed()).isTrue();
            assertThat(events.count())
                    .as("%s without %d-%d", content, from, to)
                    .isLessThanOrEqualTo(lines(content))
                    .isGreaterThanOrEqualTo(lines(content.substring(0, from)));
            assertThat(Scanning.whole(StreamedType.JSON_LINES, content).count()).isEqualTo(lines(content));
        }
    }

    private static long lines(String content) {
        return Arrays.stream(content.split("\n"))
                .filter(line -> !line.isBlank())
                .count();
    }

    private static void assertCount(StreamedType type, String content, int events) {
        assertThat(Scanning.whole(type, content).count()).as(content).isEqualTo(events);
        for (int cut = 0; cut <= content.length(); cut++) {
            StreamedEvents cutOnce = new Scanning(type)
                    .add(content.substring(0, cut))
                    .add(content.substring(cut))
                    .ended();
            assertThat(cutOnce.count()).as("%s cut at %d", content, cut).isEqualTo(events);
        }
    }
}
