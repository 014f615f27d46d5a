package io.kyanos.it.example;

import io.kyanos.record.TrafficRecord;
import io.kyanos.sink.JsonLines;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The newest records, at most so many. Thread-safe. */
final class LastRecords {

    private final int most;
    private final JsonLines lines = new JsonLines(ZoneOffset.UTC);
    private final Deque<TrafficRecord> records = new ArrayDeque<>();

    LastRecords(int most) {
        this.most = most;
    }

    synchronized void add(List<TrafficRecord> batch) {
        records.addAll(batch);
        while (records.size() > most) {
            records.removeFirst();
        }
    }

    /** An array of objects, the oldest first. */
    String toJson() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        lines.write(copy(), out);
        return "[" + out.toString(StandardCharsets.UTF_8).strip().replace("\n", ",\n") + "]\n";
    }

    private synchronized List<TrafficRecord> copy() {
        return new ArrayList<>(records);
    }
}
