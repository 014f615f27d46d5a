package io.kyanos.it;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What was asked on each connection, in order, in words that a server's general log and records share: {@code SELECT},
 * {@code PREPARE}, {@code CLOSE}.
 */
final class MysqlStatements {

    private static final Map<String, String> COMMANDS = Map.of(
            "Connect", "CONNECT",
            "Quit", "QUIT",
            "Init DB", "INIT_DB",
            "Prepare", "PREPARE",
            "Close stmt", "CLOSE",
            "Reset stmt", "RESET",
            "Long Data", "LONG_DATA",
            "Change user", "CHANGE_USER",
            "Statistics", "STATISTICS",
            "Binlog Dump", "BINLOG_DUMP");

    /** What no server logs. */
    private static final Set<String> UNLOGGED = Set.of("PING", "FETCH", "RESET_CONNECTION", "SSLREQUEST");

    /** Unknown prepared statement handler. */
    private static final String NO_STATEMENT = "1243";

    private MysqlStatements() {}

    /** Of a general log, the connections sorted by what was asked. */
    static List<List<String>> logged(List<MysqlServer.Logged> log) {
        return sorted(log.stream()
                // what a log-in was refused for stands on a line of its own
                .filter(line ->
                        !line.command().equals("Connect") || !line.text().startsWith("Access denied"))
                .collect(Collectors.groupingBy(
                        MysqlServer.Logged::connection,
                        LinkedHashMap::new,
                        Collectors.mapping(MysqlStatements::word, Collectors.toList()))));
    }

    /** Of records, likewise, without those that no server logs: what failed to be prepared is none there,
     * nor is it closed. */
    static List<List<String>> recorded(List<WatchedRecord> records) {
        return sorted(records.stream()
                .filter(MysqlStatements::isLogged)
                .sorted(Comparator.comparing(record -> record.time("start_time")))
                .collect(Collectors.groupingBy(
                        record -> Math.max(record.remotePort(), record.localPort()),
                        LinkedHashMap::new,
                        Collectors.mapping(record -> firstWord(record.operation()), Collectors.toList()))));
    }

    private static List<List<String>> sorted(Map<?, List<String>> connections) {
        return connections.values().stream()
                .sorted(Comparator.comparing(Object::toString))
                .toList();
    }

    private static boolean isLogged(WatchedRecord record) {
        boolean isUnprepared =
                record.operation().equals("PREPARE") && record.outcome().endsWith("_error")
                        || record.operation().equals("CLOSE")
                                && record.attribute("statement").equals("0")
                        || record.status().equals(NO_STATEMENT);
        return !UNLOGGED.contains(record.operation()) && !isUnprepared;
    }

    private static String word(MysqlServer.Logged logged) {
        String command = COMMANDS.get(logged.command());
        return command == null ? firstWord(logged.text().replaceFirst("^/\\*.*?\\*/", "")) : command;
    }

    private static String firstWord(String text) {
        return Stream.of(text.split("[^A-Za-z_]")).findFirst().orElse("").toUpperCase(Locale.ROOT);
    }
}
