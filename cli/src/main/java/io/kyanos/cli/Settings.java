package io.kyanos.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.kyanos.record.DurationText;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** The settings of the commands themselves, checked; the meaning of each is in reference.conf. */
record Settings(Exporter exporter, Watch watch, Duration shutdownTimeout) {

    /** {@code kyanos.exporter}. */
    record Exporter(
            ListenAddress listen,
            ExporterAccess access,
            int threads,
            int maxConnections,
            Duration requestTimeout,
            Duration responseTimeout) {}

    /** {@code kyanos.watch}. */
    record Watch(int maxWaitingRecords, int maxPrintBytes, Duration slow, Duration stopTimeout) {}

    private static final int MAX_THREADS = 64;
    private static final int MAX_CONNECTIONS = 10_000;
    private static final int MAX_WAITING = 10_000_000;
    static final int MAX_PRINT_BYTES = 1 << 20;

    /** @throws ConfigException naming the key, its value and what is expected */
    static Settings of(Config config) {
        return new Settings(
                new Exporter(
                        listen(config, "kyanos.exporter.listen"),
                        new ExporterAccess(
                                file(config, "kyanos.exporter.auth-file"),
                                file(config, "kyanos.exporter.tls.certificate"),
                                file(config, "kyanos.exporter.tls.key"),
                                file(config, "kyanos.exporter.tls.client-ca"),
                                config.getBoolean("kyanos.exporter.insecure")),
                        number(config, "kyanos.exporter.threads", 1, MAX_THREADS),
                        number(config, "kyanos.exporter.max-connections", 1, MAX_CONNECTIONS),
                        duration(config, "kyanos.exporter.request-timeout"),
                        duration(config, "kyanos.exporter.response-timeout")),
                new Watch(
                        number(config, "kyanos.watch.max-waiting-records", 1, MAX_WAITING),
                        bytes(config, "kyanos.watch.max-print-bytes", MAX_PRINT_BYTES),
                        duration(config, "kyanos.watch.slow", Duration.ZERO),
                        duration(config, "kyanos.watch.stop-timeout", Duration.ZERO)),
                duration(config, "kyanos.shutdown-timeout"));
    }

    private static ListenAddress listen(Config config, String key) {
        try {
            return ListenAddress.parse(key, config.getString(key));
        } catch (UsageException e) {
            throw new ConfigException.BadValue(
                    config.getValue(key).origin(),
                    key,
                    String.valueOf(e.getMessage()).substring(key.length() + 2));
        }
    }

    private static Optional<Path> file(Config config, String key) {
        String name = config.getString(key);
        return name.isEmpty() ? Optional.empty() : Optional.of(Path.of(name));
    }

    private static int number(Config config, String key, int least, int most) {
        int number = config.getInt(key);
        if (number < least || number > most) {
            throw bad(config, key, least + " to " + most);
        }
        return number;
    }

    private static int bytes(Config config, String key, int most) {
        long bytes = config.getBytes(key);
        if (bytes < 0 || bytes > most) {
            throw bad(config, key, "0 to " + most + " bytes");
        }
        return (int) bytes;
    }

    private static Duration duration(Config config, String key) {
        return duration(config, key, Duration.ofSeconds(1));
    }

    private static Duration duration(Config config, String key, Duration least) {
        Duration duration = config.getDuration(key);
        if (duration.compareTo(least) < 0 || duration.compareTo(Duration.ofHours(1)) > 0) {
            throw bad(config, key, DurationText.of(least) + " to 1 hour");
        }
        return duration;
    }

    private static ConfigException bad(Config config, String key, String expected) {
        return new ConfigException.BadValue(
                config.getValue(key).origin(), key, config.getString(key) + " (expected: " + expected + ")");
    }
}
