package io.kyanos.expression;

import io.kyanos.record.Attribute;
import io.kyanos.record.RecordFilter;

/** Turns the text of a condition into the condition. Thread-safe: it keeps nothing. */
public final class Expression {

    /** Characters of a text at most. */
    public static final int MAX_CHARACTERS = 10_000;

    private Expression() {}

    /**
     * Compiles a text. What comes of it is immutable, allocates nothing while it compares numbers, words and addresses,
     * and knows which attributes and headers a capture must keep for it.
     *
     * @throws ExpressionException if the text is no condition; in time and memory bounded by the text's length
     */
    public static RecordFilter compile(String text) {
        if (text.length() > MAX_CHARACTERS) {
            throw new ExpressionException(
                    text,
                    MAX_CHARACTERS,
                    text.length(),
                    "too long: " + text.length() + " characters (expected: <= " + MAX_CHARACTERS + ")");
        }
        Parser parser = new Parser(text, Lexer.read(text));
        return parser.filter();
    }

    /** How a condition names an attribute: by its name, unless a field of every record has that. */
    public static String nameOf(Attribute attribute) {
        boolean isTaken =
                Fields.of(attribute.name()) != null && !(Fields.of(attribute.name()) instanceof AttributeField);
        return isTaken ? Fields.attribute(attribute.name()).name() : attribute.name();
    }
}
