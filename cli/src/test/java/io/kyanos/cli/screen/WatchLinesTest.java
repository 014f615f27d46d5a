package io.kyanos.cli.screen;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.record.Endpoint;
import io.kyanos.record.Outcome;
import io.kyanos.record.Side;
import io.kyanos.record.TestRecords;
import io.kyanos.record.TrafficRecord;
import io.kyanos.record.Unanswered;
import io.kyanos.sink.Golden;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WatchLinesTest {

    private static final WatchLines.Colours COLOURS = new WatchLines.Colours(true, Duration.ofMillis(500));

    private final WatchLines unlimited = lines(Screen.PIPE);

    @Test
    void nothingIsCutWithoutATerminal() throws IOException {
        Golden.assertSame("watch-full.txt", written(unlimited));
        assertThat(unlimited.line(TestRecords.http().resource("x".repeat(5_000)).build()))
                .endsWith("x".repeat(5_000));
    }

    @ParameterizedTest
    @ValueSource(ints = {40, 60, 80, 120, 160})
    void eachWidthHasItsColumns(int columns) throws IOException {
        Golden.assertSame("watch-" + columns + ".txt", written(lines(Screen.terminal(columns))));
    }

    @Test
    void everyLineFitsInOneRowOfAnyTerminal() throws IOException {
        for (int columns = 40; columns <= 300; columns++) {
            int room = columns;
            Predicate<String> fits = line -> DisplayText.width(line) <= room;
            assertThat(written(lines(Screen.terminal(columns))).lines())
                    .as("%d columns", columns)
                    .allMatch(fits);
        }
    }

    @Test
    void columnsStandBelowTheirNamesWhateverIsInThem() {
        WatchLines lines = lines(Screen.terminal(120));
        int at = lines.header().indexOf("OPERATION");

        for (TrafficRecord record : records()) {
            String line = lines.line(record);
            String operation = record.request().operation();
            int from = line.indexOf(" " + operation, 60) + 1;
            assertThat(DisplayText.width(line.substring(0, from))).as(line).isEqualTo(at);
        }
    }

    @Test
    void thePathOfAUnixSocketIsShownOnceAndItsEndCountsMost() {
        Endpoint socket =
                Endpoint.unix("/var/run/some/folder/that/is/deep/redis.sock".getBytes(StandardCharsets.UTF_8));
        TrafficRecord server =
                TestRecords.redis().local(socket).remote(Endpoint.UNNAMED).build();
        TrafficRecord client = TestRecords.redis()
                .side(Side.CLIENT)
                .local(Endpoint.UNNAMED)
                .remote(socket)
                .build();

        assertThat(unlimited.line(server)).containsOnlyOnce("redis.sock").contains("deep/redis.sock <= unix ");
        assertThat(unlimited.line(client)).containsOnlyOnce("redis.sock").contains("unix => /var/run/some");
        assertThat(lines(Screen.terminal(80)).line(server))
                .containsOnlyOnce("redis.sock")
                .contains(" \u2026s/deep/redis.sock <= ");
        assertThat(lines(Screen.terminal(80)).line(client)).contains(" => \u2026s/deep/redis.sock ");
    }

    @Test
    void aResizedTerminalGetsTheColumnsOfItsWidthAndTheirNames() throws IOException {
        int[] columns = {80};
        WatchLines lines = lines(new Screen() {
            @Override
            public Kind kind() {
                return Kind.TERMINAL;
            }

            @Override
            public int columns() {
                return columns[0];
            }
        });
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        lines.write(records(), out);
        columns[0] = 160;

        lines.write(records(), out);
        lines.write(records(), out);

        String after = out.toString(StandardCharsets.UTF_8)
                .lines()
                .toList()
                .get(records().size());
        assertThat(after).startsWith("TIME").contains("REQUEST  RESPONSE");
        assertThat(out.toString(StandardCharsets.UTF_8)).containsOnlyOnce("RESPONSE");
    }

    @Test
    void nothingFromTheWireControlsTheTerminal() {
        String evil = "\033[2J\u009b31m\r\n\b\t\u202e\u2028\ud83d\udb40\udc41";

        for (WatchLines lines : List.of(unlimited, lines(Screen.terminal(80)), lines(Screen.terminal(200)))) {
            String line = lines.line(TestRecords.http()
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
    }

    @Test
    void troubleIsColouredOnlyWhenColoursAreWanted() {
        TrafficRecord failed =
                TestRecords.http().status("500", Outcome.SERVER_ERROR).build();

        assertThat(coloured(failed)).startsWith("\033[31m").endsWith("\033[0m");
        assertThat(coloured(TestRecords.http().build())).doesNotContain("\033");
        assertThat(unlimited.line(failed)).doesNotContain("\033");
    }

    @Test
    void theDurationOfASlowRequestStandsOutAlsoInALineThatHasAColour() {
        TestRecords slow = TestRecords.http().tookNanos(500_000_000);

        assertThat(coloured(slow.build()))
                .contains("\033[1;35m500.00 ms  \033[0m200")
                .doesNotEndWith("\033[0m");
        assertThat(coloured(slow.status("500", Outcome.SERVER_ERROR).build())).contains(" ms  \033[0m\033[31m500");
        assertThat(coloured(TestRecords.http().tookNanos(499_999_999).build())).doesNotContain("\033");
        WatchLines without =
                new WatchLines(ZoneOffset.UTC, Screen.terminal(120), new WatchLines.Colours(true, Duration.ZERO));
        assertThat(without.line(TestRecords.http().tookNanos(900_000_000_000L).build()))
                .doesNotContain("\033");
    }

    @Test
    void coloursTakeNoColumns() {
        TrafficRecord record = TestRecords.http()
                .tookNanos(700_000_000)
                .resource("x".repeat(500))
                .status("500", Outcome.SERVER_ERROR)
                .build();

        String plain = coloured(record).replaceAll("\033\\[[0-9;]*m", "");

        assertThat(plain).isEqualTo(lines(Screen.terminal(120)).line(record));
        assertThat(DisplayText.width(plain)).isEqualTo(120);
    }

    @Test
    void theDocumentHasTheColumnsAndTheWidthsAtWhichTheyGo() throws IOException {
        List<String> document = Files.readAllLines(Path.of("..", "docs", "watch.md"));
        List<String> names = document.stream()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.split("\\|")[1])
                .flatMap(cell -> Pattern.compile("`([A-Z]+)`").matcher(cell).results())
                .map(found -> found.group(1))
                .toList();
        List<Integer> bounds = document.stream()
                .flatMap(line -> Pattern.compile("^\\| (\\d+) (?:and more|to \\d+) \\|")
                        .matcher(line)
                        .results())
                .map(found -> Integer.valueOf(found.group(1)))
                .toList();

        assertThat(names).containsExactly(unlimited.header().split(" +"));
        assertThat(bounds)
                .hasSize(4)
                .allSatisfy(bound -> assertThat(kindOf(Layout.of(bound))).isNotEqualTo(kindOf(Layout.of(bound - 1))));
        assertThat(IntStream.rangeClosed(40, 300)
                        .mapToObj(columns -> kindOf(Layout.of(columns)))
                        .distinct())
                .hasSize(bounds.size() + 1);
    }

    /** Which columns there are. */
    private static String kindOf(Layout layout) {
        return new WatchLines(ZoneOffset.UTC, Screen.terminal(layout.columns()), WatchLines.Colours.NONE)
                        .header()
                        .replaceAll(" +", " ")
                + layout.hasMillis()
                + layout.pid();
    }

    private static String coloured(TrafficRecord record) {
        return new WatchLines(ZoneOffset.UTC, Screen.terminal(120), COLOURS).line(record);
    }

    private static WatchLines lines(Screen screen) {
        return new WatchLines(ZoneOffset.UTC, screen, WatchLines.Colours.NONE);
    }

    private static String written(WatchLines lines) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write((lines.header() + "\n").getBytes(StandardCharsets.UTF_8));
        lines.write(records(), out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static List<TrafficRecord> records() {
        byte[] ipv6 = new byte[16];
        ipv6[0] = (byte) 0xfe;
        ipv6[1] = (byte) 0x80;
        ipv6[15] = 1;
        Endpoint socket = Endpoint.unix("/run/redis/redis.sock".getBytes(StandardCharsets.UTF_8));
        List<TrafficRecord> records = new ArrayList<>();
        records.add(TestRecords.http().build());
        records.add(TestRecords.http()
                .process("a-program-of-a-very-long-name")
                .remote(new Endpoint(ipv6, 8080))
                .status("503", Outcome.SERVER_ERROR)
                .tookNanos(12_345_678_901L)
                .sizes(9_999, 123_456_789)
                .build());
        records.add(TestRecords.redis().tookNanos(4_200).sizes(22, 20_000).build());
        records.add(
                TestRecords.redis().unanswered(Unanswered.TIMEOUT).truncated().build());
        records.add(TestRecords.redis().unanswered(Unanswered.CAPTURE_LOSS).build());
        records.add(TestRecords.redis().oneWay().build());
        records.add(TestRecords.redis()
                .local(socket)
                .remote(Endpoint.UNNAMED)
                .tookNanos(999_999)
                .status("WRONGTYPE", Outcome.ERROR)
                .build());
        records.add(TestRecords.redis()
                .side(Side.CLIENT)
                .local(Endpoint.UNNAMED)
                .remote(socket)
                .resource(
                        "\u987e\u5ba2:\u9867\u5ba2:\u9867\u5ba2:\u9867\u5ba2:\u9867\u5ba2 \ud83d\ude00\ud83d\ude00 e\u0301")
                .tookNanos(123_456_789)
                .build());
        records.add(TestRecords.http()
                .process("\u7a0b\u5e8f\u7a0b\u5e8f\u7a0b\u5e8f\u7a0b\u5e8f\u7a0b\u5e8f")
                .resource("/" + "very-long/".repeat(40))
                .truncated()
                .build());
        return records;
    }
}
