package io.kyanos.cli.screen;

import static io.kyanos.cli.screen.DisplayText.plain;

import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import io.kyanos.record.RecordTimes;
import io.kyanos.record.TrafficRecord;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/**
 * Writes records for people: one line each, in columns that fit the screen, what varies in length last. No character that
 * came from the wire can control the terminal or leave its column. Not thread-safe.
 */
public final class WatchLines {

    /**
     * How to tell lines apart by colour.
     *
     * @param wanted whether at all
     * @param slow requests that took this long or longer are highlighted; zero: none
     */
    public record Colours(boolean wanted, Duration slow) {

        public static final Colours NONE = new Colours(false, Duration.ZERO);

        boolean isSlow(long nanos) {
            return wanted && !slow.isZero() && nanos >= slow.toNanos();
        }
    }

    private static final String UNKNOWN = "-";
    private static final String RESET = "\033[0m";
    private static final String RED = "\033[31m";
    private static final String YELLOW = "\033[33m";
    private static final String BOLD_MAGENTA = "\033[1;35m";
    private static final String TRUNCATED = "  (truncated)";
    private static final int LEAST_BEFORE_TRUNCATED = 20;
    private static final long NANOS_PER_SECOND = 1_000_000_000;
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final long NANOS_PER_MICRO = 1_000;
    private static final long ROUNDED_TO_A_MILLI = 999_950;
    private static final long KIB = 1024;

    private final Screen screen;
    private final Colours colours;
    private final DateTimeFormatter clock;
    private final DateTimeFormatter clockWithoutMillis;
    private Layout layout;

    public WatchLines(ZoneId zone, Screen screen, Colours colours) {
        this.screen = screen;
        this.colours = colours;
        clock = DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(zone);
        clockWithoutMillis = DateTimeFormatter.ofPattern("HH:mm:ss").withZone(zone);
        layout = Layout.of(screen.columns());
    }

    /** The names of the columns. */
    public String header() {
        StringBuilder line = new StringBuilder();
        left(line, "TIME", layout.time());
        left(line, "PROCESS", layout.process());
        left(line, "CONNECTION", layout.connection());
        left(line, "PROTO", layout.protocol());
        right(line, "DURATION", layout.duration());
        right(line, "REQUEST", layout.size());
        right(line, "RESPONSE", layout.size());
        left(line, "OUTCOME", layout.outcome());
        return line.append("OPERATION").toString();
    }

    /** One line each; before them the header, if the screen has another width than at the last time. */
    public void write(List<TrafficRecord> records, OutputStream out) throws IOException {
        StringBuilder lines = new StringBuilder(records.size() * 160);
        int columns = screen.columns();
        if (columns != layout.columns()) {
            layout = Layout.of(columns);
            lines.append(header()).append('\n');
        }
        for (TrafficRecord record : records) {
            lines.append(line(record)).append('\n');
        }
        out.write(lines.toString().getBytes(StandardCharsets.UTF_8));
    }

    String line(TrafficRecord record) {
        StringBuilder line = new StringBuilder(160);
        String colour = colours.wanted() ? colourOf(record.outcome()) : "";
        line.append(colour);
        left(line, time(record.times().startedAt()), layout.time());
        left(line, process(record), layout.process());
        left(line, connection(record), layout.connection());
        left(line, plain(record.protocol()), layout.protocol());
        duration(line, record.times().totalNanos(), colour);
        right(line, size(record.request().wireBytes()), layout.size());
        right(
                line,
                record.answer().map(Message::wireBytes).map(WatchLines::size).orElse(UNKNOWN),
                layout.size());
        left(line, outcome(record), layout.outcome());
        line.append(what(record));
        while (line.charAt(line.length() - 1) == ' ') {
            line.setLength(line.length() - 1);
        }
        return colour.isEmpty() ? line.toString() : line.append(RESET).toString();
    }

    private void left(StringBuilder line, String text, int width) {
        if (width > 0) {
            String cell = layout.isLimited() ? DisplayText.fit(text, width) : text;
            line.append(cell);
            blanks(line, width - DisplayText.width(cell));
            blanks(line, layout.gap());
        }
    }

    private void right(StringBuilder line, String text, int width) {
        if (width > 0) {
            blanks(line, width - text.length());
            line.append(text);
            blanks(line, layout.gap());
        }
    }

    private static void blanks(StringBuilder line, int count) {
        line.append(" ".repeat(Math.max(count, 0)));
    }

    private String time(long startedAt) {
        if (startedAt == RecordTimes.UNKNOWN) {
            return UNKNOWN;
        }
        return (layout.hasMillis() ? clock : clockWithoutMillis).format(Instant.ofEpochSecond(0, startedAt));
    }

    private String process(TrafficRecord record) {
        String name = plain(record.connection().process());
        if (name.isEmpty()) {
            return UNKNOWN;
        }
        if (!layout.pid()) {
            return name;
        }
        String pid = "[" + record.connection().tgid() + "]";
        return (layout.isLimited() ? DisplayText.fit(name, layout.process() - pid.length()) : name) + pid;
    }

    private String connection(TrafficRecord record) {
        return layout.isLimited()
                ? ConnectionText.fit(record.connection(), layout.connection())
                : ConnectionText.whole(record.connection());
    }

    private String outcome(TrafficRecord record) {
        if (record.reason().isPresent()) {
            String reason = record.reason().get().label();
            String sentence = "no: " + reason;
            return layout.isLimited() && sentence.length() > layout.outcome() ? reason : sentence;
        }
        String status = plain(record.answer().map(Message::status).orElse(""));
        return status.isEmpty() ? record.outcome().label() : status;
    }

    private String what(TrafficRecord record) {
        String text = plain(record.request().operation()) + "  "
                + plain(record.request().resource());
        String end = record.truncated() ? TRUNCATED : "";
        if (!layout.isLimited()) {
            return text + end;
        }
        int room = layout.operation();
        return room >= LEAST_BEFORE_TRUNCATED + end.length()
                ? DisplayText.fit(text.strip(), room - end.length()) + end
                : DisplayText.fit(text.strip() + end, room);
    }

    private void duration(StringBuilder line, long nanos, String colourOfLine) {
        if (colours.isSlow(nanos)) {
            line.append(BOLD_MAGENTA);
            right(line, duration(nanos), layout.duration());
            line.append(RESET).append(colourOfLine);
        } else {
            right(line, duration(nanos), layout.duration());
        }
    }

    private String duration(long nanos) {
        if (nanos == RecordTimes.UNKNOWN) {
            return UNKNOWN;
        }
        if (nanos < ROUNDED_TO_A_MILLI) {
            return text(1, (double) nanos / NANOS_PER_MICRO, "us");
        }
        return nanos < NANOS_PER_SECOND
                ? text(2, (double) nanos / NANOS_PER_MILLI, "ms")
                : text(2, (double) nanos / NANOS_PER_SECOND, "s");
    }

    /* With fewer digits after the point where the column is narrow. */
    private String text(int digits, double number, String unit) {
        String text = String.format(Locale.ROOT, "%." + digits + "f %s", number, unit);
        return text.length() > layout.duration() && digits > 0 ? text(digits - 1, number, unit) : text;
    }

    private static String size(long bytes) {
        if (bytes < 10 * KIB) {
            return bytes + " B";
        }
        return bytes < KIB * KIB
                ? String.format(Locale.ROOT, "%.1f KiB", (double) bytes / KIB)
                : String.format(Locale.ROOT, "%.1f MiB", (double) bytes / (KIB * KIB));
    }

    private static String colourOf(Outcome outcome) {
        return switch (outcome) {
            case OK, ONE_WAY -> "";
            case CLIENT_ERROR, UNKNOWN, UNANSWERED -> YELLOW;
            case SERVER_ERROR, ERROR -> RED;
        };
    }
}
