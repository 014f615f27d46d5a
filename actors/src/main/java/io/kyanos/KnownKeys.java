package io.kyanos;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * The keys under {@value #ROOT} in some {@code reference.conf}. A setting with any other key, or of another shape, is a
 * mistake. Immutable and thread-safe.
 */
public final class KnownKeys {

    /** The section of all our keys. */
    public static final String ROOT = "kyanos";

    /* A section with one of these keys is a dispatcher; what it may hold is Pekko's business. */
    private static final Set<String> DISPATCHER_KEYS = Set.of("executor", "type");

    private static final Pattern INDEX = Pattern.compile("[0-9]+");

    private final ConfigObject known;
    private final Function<ConfigOrigin, String> place;
    private final String where;

    /**
     * @param reference the modules' {@code reference.conf}, resolved
     * @param place says where a setting comes from, as the beginning of a message
     * @param where the hint for a key that resembles none
     */
    public KnownKeys(Config reference, Function<ConfigOrigin, String> place, String where) {
        this.known = reference.getObject(ROOT);
        this.place = place;
        this.where = where;
    }

    /**
     * Rejects the first setting that is wrong; missing ones are not looked at.
     *
     * @throws ConfigException naming the setting, its place, and what is expected
     */
    public void check(Config settings) {
        ConfigValue ours = settings.root().get(ROOT);
        if (ours == null) {
            return;
        }
        if (ours instanceof ConfigObject section) {
            check(section, known, ROOT);
        } else {
            throw wrong(ours, ROOT + ": a value (expected: a section)");
        }
    }

    private void check(ConfigObject section, ConfigObject expectedSection, String path) {
        for (Map.Entry<String, ConfigValue> entry : section.entrySet()) {
            String key = path + "." + ConfigUtil.joinPath(entry.getKey());
            ConfigValue value = entry.getValue();
            ConfigValue expected = expectedSection.get(entry.getKey());
            if (expected == null) {
                if (expectedSection.keySet().stream().anyMatch(DISPATCHER_KEYS::contains)) {
                    continue;
                }
                String hint =
                        nearest(key).map(near -> "did you mean " + near + "?").orElse(where);
                throw wrong(value, key + ": unknown key. Hint: " + hint);
            }
            checkType(key, value, expected);
            if (value instanceof ConfigObject inner && expected instanceof ConfigObject innerExpected) {
                check(inner, innerExpected, key);
            }
        }
    }

    /* Whether text or number, the reader of the key decides: a size may be written as either. */
    private void checkType(String key, ConfigValue value, ConfigValue expected) {
        boolean sameShape = isShape(value, expected, ConfigValueType.OBJECT)
                && isShape(value, expected, ConfigValueType.LIST)
                && value.valueType() != ConfigValueType.NULL;
        if (!sameShape && expected.valueType() == ConfigValueType.LIST && isListByIndexes(value)) {
            return;
        }
        if (!sameShape) {
            throw wrong(
                    value, key + ": " + named(value.valueType()) + " (expected: " + named(expected.valueType()) + ")");
        }
    }

    /* A list given as properties, -Dkey.0=a -Dkey.1=b: the library accepts such a section as one. */
    private static boolean isListByIndexes(ConfigValue value) {
        return value instanceof ConfigObject section
                && !section.isEmpty()
                && section.keySet().stream().allMatch(key -> INDEX.matcher(key).matches());
    }

    private ConfigException wrong(ConfigValue value, String what) {
        return new ConfigException.Generic(place.apply(value.origin()) + ": " + what);
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

    private Optional<String> nearest(String key) {
        TreeSet<String> keys = new TreeSet<>();
        collect(known, ROOT, keys);
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

    /** How many characters must be inserted, deleted or replaced to turn one into the other. */
    private static int distance(String one, String other) {
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
