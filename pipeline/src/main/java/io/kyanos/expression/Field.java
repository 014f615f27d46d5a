package io.kyanos.expression;

import io.kyanos.record.TrafficRecord;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** Something of a record that conditions are about. Immutable. */
interface Field {

    String name();

    /** One line for the table of fields. */
    String meaning();

    /** What its values look like, for messages and the table of fields. */
    String values();

    /** Operators that make sense, as the table of fields has them. */
    String operators();

    /** Whether the record has a value here. */
    Predicate<TrafficRecord> exists();

    /**
     * A comparison; false for a record without a value.
     *
     * @param literals one, or some where the operator takes a list
     * @throws BadLiteral for a value or an operator that makes no sense here
     */
    Predicate<TrafficRecord> compare(Operator operator, List<Token> literals) throws BadLiteral;

    /** Whether a capture must keep attributes for it. */
    default boolean needsAttributes() {
        return false;
    }

    /** The header that a capture must keep for it, in lower case. */
    default Set<String> headers() {
        return Set.of();
    }

    /** A literal or an operator makes no sense. */
    final class BadLiteral extends Exception {

        private static final long serialVersionUID = 1L;

        private final transient Token token;

        BadLiteral(Token token, String message) {
            super(message);
            this.token = token;
        }

        Token token() {
            return token;
        }
    }

    /** {@code literal (expected: values)}. */
    default BadLiteral bad(Token token) {
        return bad(token, values());
    }

    default BadLiteral bad(Token token, String expected) {
        String shown = token.text().isEmpty() ? "nothing" : token.text();
        return new BadLiteral(token, name() + ": " + shown + " (expected: " + expected + ")");
    }
}
