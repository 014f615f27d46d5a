package io.kyanos.it;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/** The records that {@code watch --json-output} writes into a file, read on as they come. Not thread-safe. */
final class Records {

    private static final Duration OFTEN = Duration.ofMillis(50);

    private final Path file;
    private final List<WatchedRecord> read = new ArrayList<>();
    private long readBytes;

    Records(Path file) {
        this.file = file;
    }

    /** All that have been written so far. */
    List<WatchedRecord> all() {
        try (RandomAccessFile lines = new RandomAccessFile(file.toFile(), "r")) {
            byte[] more = new byte[Math.toIntExact(lines.length() - readBytes)];
            lines.seek(readBytes);
            lines.readFully(more);
            // the last line may be half written
            int whole = more.length;
            while (whole > 0 && more[whole - 1] != '\n') {
                whole--;
            }
            new String(more, 0, whole, StandardCharsets.UTF_8)
                    .lines()
                    .map(WatchedRecord::parse)
                    .forEach(read::add);
            readBytes += whole;
            return List.copyOf(read);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Those of one port, on either side. */
    List<WatchedRecord> of(int port) {
        return all().stream().filter(record -> record.isOfPort(port)).toList();
    }

    /** Reads those of one port until the assertion holds. Gives those that it held for. */
    List<WatchedRecord> await(int port, Consumer<List<WatchedRecord>> assertion) {
        List<List<WatchedRecord>> last = new ArrayList<>();
        Awaitility.await().pollInterval(OFTEN).untilAsserted(() -> {
            last.clear();
            last.add(of(port));
            assertion.accept(last.get(0));
        });
        return last.get(0);
    }

    /** The first that is what is asked for, once there is one. */
    WatchedRecord await(Predicate<WatchedRecord> wanted) {
        Awaitility.await("a record")
                .pollInterval(OFTEN)
                .until(() -> all().stream().anyMatch(wanted));
        return all().stream().filter(wanted).findFirst().orElseThrow();
    }
}
