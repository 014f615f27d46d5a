package io.kyanos.protocol;

/**
 * A flag of the command line that keeps the records of a protocol by one of their attributes; {@code --exclude-} before its
 * name leaves them out. Protocols that have the same flag share it. Immutable.
 *
 * @param name without dashes: {@code path-prefix}
 * @param label what its value is called in the usage: {@code PREFIX}
 * @param attribute the name of the attribute that it looks at
 * @param expected what its values are, for messages: {@code methods, like GET,POST}
 * @param description a sentence, for the usage: {@code These methods: GET,POST.}
 * @param exclusion what the excluding flag leaves out, for its usage: {@code these methods}
 */
public record FilterFlag(
        String name,
        String label,
        String attribute,
        Match match,
        String expected,
        String description,
        String exclusion) {

    /** How values and an attribute are compared. */
    public enum Match {
        /** Some value is the attribute. */
        EQUAL(true),
        /** The same; upper and lower case are the same. */
        EQUAL_IN_ANY_CASE(true),
        /** The attribute begins with some value. */
        PREFIX(false),
        /** Some value, a regular expression, is found in the attribute. */
        REGEX(false),
        /** Some value is the attribute, which is a path. */
        PATH(false),
        /** As {@link #PREFIX}, of a path. */
        PATH_PREFIX(false),
        /** A header, by name, value or expression; all of those given must be there. */
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

    /** What is written: {@code --path-prefix}. */
    public String option() {
        return "--" + name;
    }

    /** Its twin: {@code --exclude-path-prefix}. */
    public String exclusionOption() {
        return "--exclude-" + name;
    }
}
