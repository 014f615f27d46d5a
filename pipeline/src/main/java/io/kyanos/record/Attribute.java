package io.kyanos.record;

/**
 * A further fact that messages of a protocol may tell, as the protocol declares it: JSON, its schema and the documents read
 * the declaration. Immutable.
 *
 * @param name lower case; that of a {@link #isFamily family} ends in {@code .NAME}, which stands for any word
 * @param isList whether a record may have several values, which are a list then, be it of one; else it is one text
 * @param meaning one line of Markdown
 */
public record Attribute(String name, Source source, boolean isList, String meaning) {

    /** Which messages tell an attribute. */
    public enum Source {
        REQUEST("request"),
        RESPONSE("response"),
        /** One of them, never both. */
        EITHER("either"),
        /** Both; the values of the request are the first ones. */
        BOTH("both");

        private final String label;

        Source(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }

    /** How a response ended, and in which words its status was given: the one attribute that every protocol has. */
    public static final Attribute REASON = ofResponse(
            "reason",
            "`incomplete` where the connection's end has [cut the response](latency.md#messages-that-their-connections-end-cuts);"
                    + " else, of HTTP, the words of the status line");

    private static final String ANY_WORD = "NAME";
    private static final String FAMILY = "." + ANY_WORD;

    /** @throws IllegalArgumentException if it could occur twice and is no list */
    public Attribute {
        if (source == Source.BOTH && !isList) {
            throw new IllegalArgumentException(name + ": one text of two messages (expected: a list)");
        }
    }

    /** One text of the request. */
    public static Attribute ofRequest(String name, String meaning) {
        return new Attribute(name, Source.REQUEST, false, meaning);
    }

    /** One text of the response. */
    public static Attribute ofResponse(String name, String meaning) {
        return new Attribute(name, Source.RESPONSE, false, meaning);
    }

    /** One text of the request or of the response, never of both. */
    public static Attribute ofEither(String name, String meaning) {
        return new Attribute(name, Source.EITHER, false, meaning);
    }

    /** A list of what the request tells. */
    public static Attribute listOfRequest(String name, String meaning) {
        return new Attribute(name, Source.REQUEST, true, meaning);
    }

    /** A list of what request and response tell. */
    public static Attribute listOfBoth(String name, String meaning) {
        return new Attribute(name, Source.BOTH, true, meaning);
    }

    /** Whether it stands for all attributes that begin with {@link #prefix}. */
    public boolean isFamily() {
        return name.endsWith(FAMILY);
    }

    /** What the names of a family begin with; the name itself where it is none. */
    public String prefix() {
        return isFamily() ? name.substring(0, name.length() - ANY_WORD.length()) : name;
    }

    /** The one of a family that ends in {@code word}. */
    public Attribute member(String word) {
        return new Attribute(prefix() + word, source, isList, meaning);
    }

    /** The name. */
    @Override
    public String toString() {
        return name;
    }
}
