package io.kyanos.sink;

import io.kyanos.record.ConnectionDescription;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import io.kyanos.record.RecordTimes;
import io.kyanos.record.Side;
import io.kyanos.record.TrafficRecord;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/**
 * Writes records for people: one line each, in columns, what varies in length last. No character that came from the wire
 * can control the terminal. Immutable and thread-safe.
 */
public final class WatchLines {

    private static final String UNKNOWN = "-";
    private static final String RESET = "\033[0m";
    private static final String RED = "\033[31m";
    private static final String YELLOW = "\033[33m";
    private static final long NANOS_PER_SECOND = 1_000_000_000;
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final long NANOS_PER_MICRO = 1_000;
    private static final long KIB = 1024;
    private static final int MAX_RESOURCE_LENGTH = 200;
    private static final int MAX_PROCESS_LENGTH = 22;
    private static final String COLUMNS = "%-12s  %-22s  %-47s  %-5s  %9s  %8s  %8s  %-12s  %s";

    private final DateTimeFormatter clock;
    private final boolean coloured;

    public WatchLines(ZoneId zone, boolean coloured) {
        clock = DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(zone);
        this.coloured = coloured;
    }

    /** The names of the columns. */
    public String header() {
        return String.format(
                        Locale.ROOT,
                        COLUMNS,
                        "TIME",
                        "PROCESS",
                        "CONNECTION",
                        "PROTO",
                        "DURATION",
                        "REQUEST",
                        "RESPONSE",
                        "OUTCOME",
                        "OPERATION")
                .stripTrailing();
    }

    public void write(List<TrafficRecord> records, OutputStream out) throws IOException {
        StringBuilder lines = new StringBuilder(records.size() * 160);
        for (TrafficRecord record : records) {
            lines.append(line(record)).append('\n');
        }
        out.write(lines.toString().getBytes(StandardCharsets.UTF_8));
    }

    public String line(TrafficRecord record) {
        String line = String.format(
                        Locale.ROOT,
                        COLUMNS,
                        time(record.times().startedAt()),
                        process(record.connection()),
                        ends(record.connection()),
                        PlainText.of(record.protocol()),
                        duration(record.times().totalNanos()),
                        size(record.request().wireBytes()),
                        record.answer()
                                .map(Message::wireBytes)
                                .map(WatchLines::size)
                                .orElse(UNKNOWN),
                        outcome(record),
                        what(record))
                .stripTrailing();
        return colour(record.outcome(), line);
    }

    private String time(long startedAt) {
        return startedAt == RecordTimes.UNKNOWN ? UNKNOWN : clock.format(Instant.ofEpochSecond(0, startedAt));
    }

    private static String process(ConnectionDescription connection) {
        String pid = "[" + connection.tgid() + "]";
        String name = PlainText.of(connection.process());
        int room = MAX_PROCESS_LENGTH - pid.length();
        return (name.length() > room ? name.substring(0, room) : name) + pid;
    }

    private static String ends(ConnectionDescription connection) {
        String arrow = connection.side() == Side.SERVER ? " <= " : connection.side() == Side.CLIENT ? " => " : " -- ";
        return PlainText.of(connection.local().toString()) + arrow + PlainText.of(connection.peer());
    }

    private static String outcome(TrafficRecord record) {
        String status = PlainText.of(record.answer().map(Message::status).orElse(""));
        String said = record.reason().map(reason -> "no: " + reason.label()).orElse(status);
        return said.isEmpty() ? record.outcome().label() : said;
    }

    private static String what(TrafficRecord record) {
        String operation = PlainText.of(record.request().operation());
        String resource = record.request().resource();
        String cut = resource.length() > MAX_RESOURCE_LENGTH ? resource.substring(0, MAX_RESOURCE_LENGTH) : resource;
        return operation + "  " + PlainText.of(cut) + (record.truncated() ? "  (truncated)" : "");
    }

    private static String duration(long nanos) {
        if (nanos == RecordTimes.UNKNOWN) {
            return UNKNOWN;
        }
        if (nanos < NANOS_PER_MILLI) {
            return String.format(Locale.ROOT, "%.1f us", (double) nanos / NANOS_PER_MICRO);
        }
        return nanos < NANOS_PER_SECOND
                ? String.format(Locale.ROOT, "%.2f ms", (double) nanos / NANOS_PER_MILLI)
                : String.format(Locale.ROOT, "%.2f s", (double) nanos / NANOS_PER_SECOND);
    }

    private static String size(long bytes) {
        if (bytes < 10 * KIB) {
            return bytes + " B";
        }
        return bytes < KIB * KIB
                ? String.format(Locale.ROOT, "%.1f KiB", (double) bytes / KIB)
                : String.format(Locale.ROOT, "%.1f MiB", (double) bytes / (KIB * KIB));
    }

    private String colour(Outcome outcome, String line) {
        if (!coloured) {
            return line;
        }
        return switch (outcome) {
            case OK, ONE_WAY -> line;
            case CLIENT_ERROR, UNANSWERED -> YELLOW + line + RESET;
            case SERVER_ERROR, ERROR -> RED + line + RESET;
        };
    }
}
