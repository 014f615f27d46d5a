package io.kyanos.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The layers of settings: {@code --set}, then the operator's file, then what the modules' {@code reference.conf} say. Under
 * {@value #ROOT} only keys that some {@code reference.conf} has are taken.
 */
final class Configuration {

    static final String ROOT = "kyanos";

    private static final String FLAG = "--set";
    /* How the library describes the origin of the sections that it makes around a key. */
    private static final String SECTION_OF_A_SET_KEY = "withValue(";
    /* A section with one of these keys is a dispatcher: Pekko, not we, says what it may hold. */
    private static final Set<String> DISPATCHER_KEYS = Set.of("executor", "type");

    private Configuration() {}

    /** @throws UsageException or {@link ConfigException} naming key, place and what is expected */
    static Config load(@Nullable Path file, List<String> sets) {
        Config reference = ConfigFactory.parseResources("kyanos-pekko.conf")
                .withFallback(ConfigFactory.defaultReferenceUnresolved());
        Config user = ConfigFactory.empty();
        for (String set : sets) {
            user = parseSet(set).withFallback(user);
        }
        if (file != null) {
            user = user.withFallback(parseFile(file));
        }
        user = user.resolveWith(user.withFallback(reference));
        Config resolvedReference = reference.resolve();
        check(user, resolvedReference);
        return user.withFallback(resolvedReference);
    }

    /** The same settings, where those that the user gave have the meanings that {@code reference.conf} tells of them. */
    static Config explained(Config config) {
        Config explained = config;
        for (Map.Entry<String, ConfigValue> known :
                ConfigFactory.defaultReference().withOnlyPath(ROOT).entrySet()) {
            ConfigValue value = config.getValue(known.getKey());
            List<String> meaning = known.getValue().origin().comments();
            if (value.origin().comments().isEmpty()) {
                ConfigOrigin origin = value.origin().withComments(meaning);
                explained = explained.withValue(known.getKey(), value.withOrigin(origin));
            }
        }
        return explained;
    }

    private static Config parseFile(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new UsageException("--config", file.toString(), "a file that exists");
        }
        if (!Files.isReadable(file)) {
            throw new UsageException("--config", file.toString(), "a file that may be read");
        }
        return ConfigFactory.parseFile(
                file.toFile(),
                ConfigParseOptions.defaults().setAllowMissing(false).setOriginDescription(file.toString()));
    }

    private static Config parseSet(String set) {
        int equals = set.indexOf('=');
        if (equals < 1) {
            throw new UsageException(FLAG, set, "KEY=VALUE");
        }
        String key = set.substring(0, equals).strip();
        String value = set.substring(equals + 1).strip();
        List<String> path;
        try {
            path = ConfigUtil.splitPath(key);
        } catch (ConfigException.BadPath e) {
            throw new UsageException(FLAG, key, "a key like kyanos.exporter.listen");
        }
        if (path.size() < 2) {
            throw new UsageException(FLAG, key, "a key like kyanos.exporter.listen");
        }
        ConfigParseOptions options = ConfigParseOptions.defaults().setOriginDescription(FLAG);
        try {
            Config parsed = ConfigFactory.parseString("value = " + value, options);
            return ConfigFactory.empty().withValue(key, parsed.root().getOrDefault("value", text(value)));
        } catch (ConfigException.Parse ignored) {
            /* Quotes are needed around 127.0.0.1:9410 in a file; who types it on a command line means the text. */
            return ConfigFactory.empty().withValue(key, text(value));
        }
    }

    private static ConfigValue text(String value) {
        return ConfigValueFactory.fromAnyRef(value, FLAG);
    }

    private static void check(Config user, Config reference) {
        ConfigValue ours = user.root().get(ROOT);
        if (ours == null) {
            return;
        }
        ConfigObject known = reference.getObject(ROOT);
        if (ours instanceof ConfigObject section) {
            check(section, known, ROOT, known);
        } else {
            throw new UsageException(at(ours.origin()) + ROOT + ": a value (expected: a section)");
        }
    }

    private static void check(ConfigObject section, ConfigObject known, String path, ConfigObject all) {
        for (Map.Entry<String, ConfigValue> entry : section.entrySet()) {
            String key = path + "." + ConfigUtil.joinPath(entry.getKey());
            ConfigValue value = entry.getValue();
            ConfigValue expected = known.get(entry.getKey());
            if (expected == null) {
                if (known.keySet().stream().anyMatch(DISPATCHER_KEYS::contains)) {
                    continue;
                }
                throw new UsageException(at(value.origin()) + key + ": unknown key."
                        + nearest(key, all)
                                .map(near -> " Hint: did you mean " + near + "?")
                                .orElse(" Hint: kyanos config prints all keys."));
            }
            checkType(key, value, expected);
            if (value instanceof ConfigObject inner && expected instanceof ConfigObject innerKnown) {
                check(inner, innerKnown, key, all);
            }
        }
    }

    /* Between text and number the reader of the key decides: a size may be written as either. */
    private static void checkType(String key, ConfigValue value, ConfigValue expected) {
        boolean sameShape = isShape(value, expected, ConfigValueType.OBJECT)
                && isShape(value, expected, ConfigValueType.LIST)
                && value.valueType() != ConfigValueType.NULL;
        if (!sameShape) {
            throw new UsageException(at(value.origin()) + key + ": " + named(value.valueType()) + " (expected: "
                    + named(expected.valueType()) + ")");
        }
    }

    private static boolean isShape(ConfigValue value, ConfigValue expected, ConfigValueType shape) {
        return (value.valueType() == shape) == (expected.valueType() == shape);
    }

    private static String named(ConfigValueType type) {
        return switch (type) {
            case OBJECT -> "a section";
            case LIST -> "a list";
            case NUMBER -> "a number";
            case BOOLEAN -> "true or false";
            case NULL -> "null";
            case STRING -> "a text";
        };
    }

    /** Where a value stands, as the beginning of a message. */
    private static String at(ConfigOrigin origin) {
        boolean fromFlag =
                origin.description().startsWith(FLAG) || origin.description().startsWith(SECTION_OF_A_SET_KEY);
        return (fromFlag ? FLAG : origin.description()) + ": ";
    }

    private static Optional<String> nearest(String key, ConfigObject all) {
        TreeSet<String> keys = new TreeSet<>();
        collect(all, ROOT, keys);
        return keys.stream()
                .filter(candidate -> distance(key, candidate) <= Math.max(2, key.length() / 5)
                        || last(candidate).equals(last(key)))
                .min(Comparator.comparingInt(candidate -> distance(key, candidate)));
    }

    private static void collect(ConfigObject section, String path, Set<String> keys) {
        section.forEach((name, value) -> {
            String key = path + "." + ConfigUtil.joinPath(name);
            keys.add(key);
            if (value instanceof ConfigObject inner) {
                collect(inner, key, keys);
            }
        });
    }

    private static String last(String key) {
        return key.substring(key.lastIndexOf('.') + 1);
    }

    /** How many characters must be put in, taken out or replaced to make one of the other. */
    static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int replaced = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[other.length()];
    }
}
