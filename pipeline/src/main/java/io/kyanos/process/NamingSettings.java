package io.kyanos.process;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.FoundNames;
import io.kyanos.event.NameSource;
import io.kyanos.event.ProcessName;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The settings under {@code kyanos.process}, checked; the meaning of each is in reference.conf.
 *
 * @param nameBy in order of preference; the program comes last in any case
 * @param maxNames other than programs', at a time
 */
public record NamingSettings(List<NameSource> nameBy, int maxNames) {

    /** Programs alone. */
    public static final NamingSettings BY_PROGRAM = new NamingSettings(List.of(NameSource.PROGRAM), 1);

    private static final String NAME_BY = "kyanos.process.name-by";
    private static final String MAX_NAMES = "kyanos.process.max-names";
    private static final int MOST_NAMES = 1 << 16;

    public NamingSettings {
        nameBy = List.copyOf(nameBy);
    }

    /**
     * Reads the settings out of the whole configuration.
     *
     * @throws ConfigException where a value is missing, of the wrong type, or out of its bounds
     */
    public static NamingSettings of(Config config) {
        List<NameSource> nameBy = new ArrayList<>();
        for (String word : config.getStringList(NAME_BY)) {
            nameBy.add(Stream.of(NameSource.values())
                    .filter(source -> source.label().equals(word))
                    .findFirst()
                    .orElseThrow(() -> bad(config, NAME_BY, word, "some of " + words())));
        }
        if (nameBy.isEmpty()) {
            throw bad(config, NAME_BY, "[]", "some of " + words());
        }
        int program = nameBy.indexOf(NameSource.PROGRAM);
        if (program >= 0 && program < nameBy.size() - 1) {
            throw bad(config, NAME_BY, "program before others", "last, as every process has one");
        }
        int maxNames = config.getInt(MAX_NAMES);
        if (maxNames < 1 || maxNames > MOST_NAMES) {
            throw bad(config, MAX_NAMES, Integer.toString(maxNames), "1 to " + MOST_NAMES);
        }
        return new NamingSettings(nameBy, maxNames);
    }

    /** What {@code /proc} must be asked for. */
    public Set<NameSource> sought() {
        Set<NameSource> sought = EnumSet.noneOf(NameSource.class);
        sought.addAll(nameBy);
        sought.remove(NameSource.PROGRAM);
        return sought;
    }

    /** The name by an event of channel {@code process}; empty where that tells none. */
    public String nameOf(EventDecoder event) {
        return nameOf(event, name -> true);
    }

    /**
     * As {@link #nameOf(EventDecoder)}, but that there must be room for a name that is not the program's: else it is that.
     *
     * @param hasRoom asked once at most
     */
    public String nameOf(EventDecoder event, Predicate<String> hasRoom) {
        if (nameBy.get(0) != NameSource.PROGRAM) {
            FoundNames found = event.foundNames();
            for (NameSource source : nameBy) {
                String name = found.by(source);
                if (!name.isEmpty()) {
                    return hasRoom.test(name) ? name : ProcessName.of(event);
                }
            }
        }
        return ProcessName.of(event);
    }

    private static List<String> words() {
        return Stream.of(NameSource.values()).map(NameSource::label).toList();
    }

    private static ConfigException bad(Config config, String key, String value, String expected) {
        return new ConfigException.BadValue(
                config.getValue(key).origin(), key, value + " (expected: " + expected + ")");
    }
}
