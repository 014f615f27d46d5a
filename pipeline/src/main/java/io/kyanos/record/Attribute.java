package io.kyanos.record;

import java.util.List;

/**
 * A further fact that messages of a protocol may hold, as the protocol declares it: filter expressions, JSON, its
 * schema and the documents read the declaration. Immutable.
 *
 * @param name lower case; that of a {@link #isFamily family} ends in {@code .NAME}, which stands for any word
 * @param isList whether a record may have several values, which form a list even if there is one; else it is one text
 * @param isAnyCase whether filters take upper and lower case for the same
 * @param meaning one line of Markdown, which begins with a capital and has no stop
 * @param synonyms what else people may call it, in lower case, without dashes, dots and underscores: for hints
 */
public record Attribute(
        String name, Source source, boolean isList, boolean isAnyCase, String meaning, List<String> synonyms) {

    /** Which messages have an attribute. */
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

    /** How a response ended: the one attribute that every protocol has. */
    public static final Attribute REASON = ofResponse(
            "reason",
            "`incomplete` where the connection's end has [cut the response](latency.md#messages-that-their-connections-end-cuts)");

    private static final String ANY_WORD = "NAME";
    private static final String FAMILY = "." + ANY_WORD;

    /** @throws IllegalArgumentException if it could occur twice and is no list */
    public Attribute {
        if (source == Source.BOTH && !isList) {
            throw new IllegalArgumentException(name + ": one text of two messages (expected: a list)");
        }
        synonyms = List.copyOf(synonyms);
    }

    /** One text of the request. */
    public static Attribute ofRequest(String name, String meaning) {
        return of(name, Source.REQUEST, false, meaning);
    }

    /** One text of the response. */
    public static Attribute ofResponse(String name, String meaning) {
        return of(name, Source.RESPONSE, false, meaning);
    }

    /** One text of the request or of the response, never of both. */
    public static Attribute ofEither(String name, String meaning) {
        return of(name, Source.EITHER, false, meaning);
    }

    /** A list, in requests. */
    public static Attribute listOfRequest(String name, String meaning) {
        return of(name, Source.REQUEST, true, meaning);
    }

    /** A list, in responses. */
    public static Attribute listOfResponse(String name, String meaning) {
        return of(name, Source.RESPONSE, true, meaning);
    }

    /** A list, in requests and responses. */
    public static Attribute listOfBoth(String name, String meaning) {
        return of(name, Source.BOTH, true, meaning);
    }

    private static Attribute of(String name, Source source, boolean isList, String meaning) {
        return new Attribute(name, source, isList, false, meaning, List.of());
    }

    /** The same, for filters that take upper and lower case for the same. */
    public Attribute inAnyCase() {
        return new Attribute(name, source, isList, true, meaning, synonyms);
    }

    /** The same, with further names that filters suggest it for. */
    public Attribute alsoCalled(String... words) {
        return new Attribute(name, source, isList, isAnyCase, meaning, List.of(words));
    }

    /** The same, which means more. */
    public Attribute meaning(String more) {
        return new Attribute(name, source, isList, isAnyCase, more, synonyms);
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
        return new Attribute(prefix() + word, source, isList, isAnyCase, meaning, synonyms);
    }

    /** The name. */
    @Override
    public String toString() {
        return name;
    }
}
