package io.kyanos.protocol;

import java.util.List;

/**
 * A flag of the command line that keeps the records of one protocol by one of their attributes; {@code --exclude-} before
 * its name leaves them out. Immutable.
 *
 * @param name without dashes: {@code path-prefix}
 * @param label what its value is called in the usage: {@code PREFIX}
 * @param attribute the attribute that it looks at
 * @param expected what its values are, for messages: {@code methods, like GET,POST}
 * @param description one sentence, for the usage
 */
public record FilterFlag(
        String name, String label, String attribute, Match match, String expected, String description) {

    /** How values and an attribute are compared. */
    public enum Match {
        /** Some value is the attribute. */
        EQUAL(true),
        /** The same, whatever the case. */
        EQUAL_IN_ANY_CASE(true),
        /** The attribute begins with some value. */
        PREFIX(false),
        /** Some value, a regular expression, is found in the attribute. */
        REGEX(false),
        /** Some value is the attribute, which is a path; the flag may be given several times. */
        PATH(false),
        /** As {@link #PREFIX}, of a path. */
        PATH_PREFIX(false),
        /** A header, by name, value or expression; all that are given must be there. */
        HEADER(false);

        private final boolean isList;

        Match(boolean isList) {
            this.isList = isList;
        }

        /** Whether commas separate several values; else the flag is given several times. */
        public boolean isList() {
            return isList;
        }
    }

    /** Some value is the attribute. */
    public static FilterFlag equal(String name, String label, String attribute, String expected, String description) {
        return new FilterFlag(name, label, attribute, Match.EQUAL, expected, description);
    }

    /** Some value is the attribute, whatever the case. */
    public static FilterFlag equalInAnyCase(
            String name, String label, String attribute, String expected, String description) {
        return new FilterFlag(name, label, attribute, Match.EQUAL_IN_ANY_CASE, expected, description);
    }

    /** The attribute begins with some value. */
    public static FilterFlag prefix(String name, String attribute, String description) {
        return new FilterFlag(name, "PREFIX", attribute, Match.PREFIX, "some text", description);
    }

    /** The words of all flags, for tests of their names. */
    public List<String> words() {
        return List.of("--" + name, "--exclude-" + name);
    }
}
