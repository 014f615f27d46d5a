package io.kyanos.it;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** A BPF map that a process holds, read from outside of it with {@code bpftool}. */
final class KernelMap {

    private static final JsonFactory JSON = new JsonFactory();

    private final String id;

    private KernelMap(String id) {
        this.id = id;
    }

    /** The map of this name among those that the process has open. */
    static KernelMap of(long pid, String name) {
        for (String id : idsOf(pid)) {
            Commands.Result shown = Commands.run("bpftool", "map", "show", "id", id);
            if (shown.exitCode() == 0 && shown.output().contains(" name " + name + " ")) {
                return new KernelMap(id);
            }
        }
        throw new AssertionError("process " + pid + " has no map " + name);
    }

    /** Its entries: {@code key} and {@code value} as their types say. */
    List<Map<String, Object>> entries() {
        String dump = Commands.run("bpftool", "-j", "map", "dump", "id", id).expectSuccess();
        try (JsonParser parser = JSON.createParser(dump)) {
            parser.nextToken();
            List<Map<String, Object>> entries = new ArrayList<>();
            for (Object entry : (List<?>) Objects.requireNonNull(WatchedRecord.value(parser))) {
                entries.add(object(object(entry).get("formatted")));
            }
            return entries;
        } catch (IOException e) {
            throw new AssertionError("not JSON: " + dump, e);
        }
    }

    /** Replaces the value at an index of an array of values of two u64. */
    void update(long index, long first, long second) {
        List<String> line = new ArrayList<>(List.of("bpftool", "map", "update", "id", id, "key"));
        addBytes(line, index, Integer.BYTES);
        line.add("value");
        addBytes(line, first, Long.BYTES);
        addBytes(line, second, Long.BYTES);
        Commands.run(line.toArray(String[]::new)).expectSuccess();
    }

    private static void addBytes(List<String> line, long number, int count) {
        for (int i = 0; i < count; i++) {
            line.add(Long.toString(number >>> (8 * i) & 0xff));
        }
    }

    /** The values of {@code connections} whose local port is this. */
    List<Map<String, Object>> connectionsOf(int localPort) {
        return entries().stream()
                .map(entry -> object(entry.get("value")))
                .filter(value -> number(object(value.get("local")).get("port")) == localPort)
                .toList();
    }

    @SuppressWarnings("unchecked") // what bpftool calls an object has names for keys
    static Map<String, Object> object(Object value) {
        return (Map<String, Object>) Objects.requireNonNull(value);
    }

    static long number(Object value) {
        return ((Number) Objects.requireNonNull(value)).longValue();
    }

    private static List<String> idsOf(long pid) {
        List<String> ids = new ArrayList<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + pid + "/fdinfo"))) {
            for (Path descriptor : descriptors.toList()) {
                try {
                    Files.readAllLines(descriptor).stream()
                            .filter(line -> line.startsWith("map_id:"))
                            .map(line -> line.substring("map_id:".length()).trim())
                            .forEach(ids::add);
                } catch (IOException | UncheckedIOException ignored) {
                    // closed while we looked
                }
            }
        } catch (IOException e) {
            throw new AssertionError("list the descriptors of " + pid, e);
        }
        return ids;
    }
}
