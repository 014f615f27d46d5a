package io.kyanos.expression;

import io.kyanos.record.Regex;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/** Comparisons of text that is there. */
final class TextCondition {

    private TextCondition() {}

    /** Of an operator that is no order. */
    static Predicate<String> of(Field field, Operator operator, List<Token> literals, boolean isAnyCase)
            throws Field.BadLiteral {
        Predicate<String> condition =
                operator.isSearch() ? search(field, literals.get(0)) : equality(literals, isAnyCase);
        return operator.isNegative() ? condition.negate() : condition;
    }

    private static Predicate<String> search(Field field, Token literal) throws Field.BadLiteral {
        try {
            return Regex.compile(literal.text())::isFoundIn;
        } catch (IllegalArgumentException e) {
            throw field.bad(literal, "a regular expression; " + e.getMessage());
        }
    }

    private static Predicate<String> equality(List<Token> literals, boolean isAnyCase) {
        Set<String> wanted = new HashSet<>();
        literals.forEach(literal -> wanted.add(isAnyCase ? folded(literal.text()) : literal.text()));
        return isAnyCase ? text -> wanted.contains(folded(text)) : wanted::contains;
    }

    private static String folded(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
