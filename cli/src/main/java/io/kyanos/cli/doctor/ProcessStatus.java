package io.kyanos.cli.doctor;

import io.kyanos.bridge.Capability;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The lines of a {@code /proc/PID/status}.
 *
 * @param fields by name, without the colon; empty where it could not be read
 */
record ProcessStatus(Map<String, String> fields) {

    ProcessStatus {
        fields = Map.copyOf(fields);
    }

    static ProcessStatus parse(String text) {
        Map<String, String> fields = new HashMap<>();
        text.lines().forEach(line -> {
            int colon = line.indexOf(':');
            if (colon > 0) {
                fields.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
        });
        return new ProcessStatus(fields);
    }

    boolean isKnown() {
        return !fields.isEmpty();
    }

    Optional<String> field(String name) {
        return Optional.ofNullable(fields.get(name));
    }

    /** The words of a field; none where it is not there. */
    List<String> words(String name) {
        return field(name)
                .filter(value -> !value.isEmpty())
                .map(value -> List.of(value.split("\\s+")))
                .orElse(List.of());
    }

    /** A number, or {@code otherwise} where there is none. */
    int number(String name, int otherwise) {
        return field(name)
                .filter(value -> value.matches("\\d{1,9}"))
                .map(Integer::parseInt)
                .orElse(otherwise);
    }

    /** The capabilities of a mask: {@code CapEff}, {@code CapPrm}, {@code CapBnd}. */
    Set<Capability> capabilities(String mask) {
        return field(mask).map(Capability::parseMask).orElse(Set.of());
    }
}
