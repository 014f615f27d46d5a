package io.kyanos.expression;

/**
 * A word of a text.
 *
 * @param text of a string: without quotes and escapes
 * @param start index of its first character in the whole text
 * @param end index after its last one
 */
record Token(Kind kind, String text, int start, int end) {

    enum Kind {
        WORD,
        STRING,
        OPERATOR,
        OPEN,
        CLOSE,
        COMMA,
        OPEN_BRACKET,
        CLOSE_BRACKET,
        END
    }

    boolean is(Kind other) {
        return kind == other;
    }

    /** A word of the grammar, in any case. */
    boolean isWord(String word) {
        return kind == Kind.WORD && text.equalsIgnoreCase(word);
    }

    boolean isOperator(String operator) {
        return kind == Kind.OPERATOR && text.equals(operator);
    }

    /** A text as messages show it where it could be taken for one of their own words. */
    static String quoted(String text) {
        return '\'' + text + '\'';
    }

    /** As messages name it. */
    String shown() {
        return kind == Kind.END ? "end" : quoted(text);
    }
}
