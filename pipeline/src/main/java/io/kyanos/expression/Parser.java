package io.kyanos.expression;

import io.kyanos.record.RecordFilter;
import io.kyanos.record.Regex;
import io.kyanos.record.TrafficRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads tokens into one predicate, by the grammar of docs/filters.md:
 *
 * <pre>
 * or         = and { ("or" | "||") and }
 * and        = not { ("and" | "&amp;&amp;") not }
 * not        = ("not" | "!") not | "(" or ")" | condition
 * condition  = ("has" | "exists") ( field | "(" field ")" ) | field [ operator value | ["not"] "in" values ]
 * values     = value | "(" value { "," value } ")"
 * field      = name | "attr" "[" text "]"
 * </pre>
 *
 * Used once.
 */
final class Parser {

    static final int MAX_DEPTH = 100;
    static final int MAX_CONDITIONS = 1000;
    static final int MAX_REGEX_COST = 20_000;

    private static final List<String> RESERVED = List.of("and", "or", "not", "in", "has", "exists");

    private final String text;
    private final List<Token> tokens;
    private final Set<String> headers = new HashSet<>();
    private boolean needsAttributes;
    private int conditions;
    private int regexCost;
    private int at;

    Parser(String text, List<Token> tokens) {
        this.text = text;
        this.tokens = tokens;
    }

    RecordFilter filter() {
        Predicate<TrafficRecord> condition = or(0);
        if (!next().is(Token.Kind.END)) {
            throw wrong(next(), "'and', 'or' or the end");
        }
        return RecordFilter.of(condition, needsAttributes, headers);
    }

    private Predicate<TrafficRecord> or(int depth) {
        List<Predicate<TrafficRecord>> parts = new ArrayList<>();
        do {
            parts.add(and(depth));
        } while (takes("or", "||"));
        return parts.size() == 1 ? parts.get(0) : anyOf(parts);
    }

    private Predicate<TrafficRecord> and(int depth) {
        List<Predicate<TrafficRecord>> parts = new ArrayList<>();
        do {
            parts.add(not(depth));
        } while (takes("and", "&&"));
        return parts.size() == 1 ? parts.get(0) : allOf(parts);
    }

    private static Predicate<TrafficRecord> anyOf(List<Predicate<TrafficRecord>> parts) {
        return record -> {
            for (int i = 0; i < parts.size(); i++) {
                if (parts.get(i).test(record)) {
                    return true;
                }
            }
            return false;
        };
    }

    private static Predicate<TrafficRecord> allOf(List<Predicate<TrafficRecord>> parts) {
        return record -> {
            for (int i = 0; i < parts.size(); i++) {
                if (!parts.get(i).test(record)) {
                    return false;
                }
            }
            return true;
        };
    }

    private Predicate<TrafficRecord> not(int depth) {
        if (depth > MAX_DEPTH) {
            throw new ExpressionException(
                    text, next().start(), next().end(), "nested too deeply (expected: <= " + MAX_DEPTH + " levels)");
        }
        if (takes("not", "!")) {
            return not(depth + 1).negate();
        }
        if (!next().is(Token.Kind.OPEN)) {
            return condition();
        }
        at++;
        Predicate<TrafficRecord> inner = or(depth + 1);
        expect(Token.Kind.CLOSE, "'and', 'or' or ')'");
        return inner;
    }

    private Predicate<TrafficRecord> condition() {
        if (++conditions > MAX_CONDITIONS) {
            throw new ExpressionException(
                    text, next().start(), next().end(), "too many conditions (expected: <= " + MAX_CONDITIONS + ")");
        }
        if (next().isWord("has") || next().isWord("exists")) {
            at++;
            boolean inParentheses = next().is(Token.Kind.OPEN);
            at += inParentheses ? 1 : 0;
            Predicate<TrafficRecord> exists = field().exists();
            if (inParentheses) {
                expect(Token.Kind.CLOSE, "')'");
            }
            return exists;
        }
        Token name = next();
        Field field = field();
        Operator operator = operator();
        if (operator == null) {
            if (field instanceof TruthField truth) {
                return truth.value();
            }
            throw new ExpressionException(
                    text,
                    name.start(),
                    next().is(Token.Kind.END) ? text.length() : next().end(),
                    field.name() + " without a comparison (expected: one of " + field.operators() + ")");
        }
        List<Token> literals = operator.takesList() ? values() : List.of(value());
        if (operator.isSearch()) {
            bound(literals.get(0));
        }
        try {
            return field.compare(operator, literals);
        } catch (Field.BadLiteral e) {
            throw new ExpressionException(text, e.token().start(), e.token().end(), message(e));
        }
    }

    private void bound(Token regex) {
        regexCost += Math.min(MAX_REGEX_COST, Regex.cost(regex.text()));
        if (regexCost > MAX_REGEX_COST) {
            throw new ExpressionException(
                    text,
                    regex.start(),
                    regex.end(),
                    "regular expressions too large together (expected: <= " + MAX_REGEX_COST
                            + " characters, with repetitions)");
        }
    }

    private static String message(Field.BadLiteral e) {
        return String.valueOf(e.getMessage());
    }

    private Field field() {
        Token name = next();
        if (!name.is(Token.Kind.WORD) || RESERVED.stream().anyMatch(name::isWord)) {
            throw wrong(name, "a field, like status or latency");
        }
        at++;
        Field field = name.isWord("attr") && next().is(Token.Kind.OPEN_BRACKET) ? attribute() : Fields.of(name.text());
        if (field == null) {
            String nearest = FieldSuggestions.of(name.text());
            throw new ExpressionException(
                    text,
                    name.start(),
                    name.end(),
                    "unknown field: " + name.text()
                            + (nearest == null
                                    ? " (expected: a field, like status, or attr[\""
                                            + name.text().replace("\"", "") + "\"] for any attribute)"
                                    : ". Hint: did you mean " + nearest + "?"));
        }
        needsAttributes |= field.needsAttributes();
        headers.addAll(field.headers());
        return field;
    }

    private Field attribute() {
        at++;
        Token name = value();
        expect(Token.Kind.CLOSE_BRACKET, "']'");
        return Fields.attribute(name.text());
    }

    private @Nullable Operator operator() {
        Token token = next();
        if (token.isWord("in")) {
            at++;
            return Operator.IN;
        }
        if (token.isWord("not") && tokens.get(at + 1).isWord("in")) {
            at += 2;
            return Operator.NOT_IN;
        }
        Operator operator = token.is(Token.Kind.OPERATOR) ? Operator.of(token.text()) : null;
        at += operator == null ? 0 : 1;
        return operator;
    }

    private List<Token> values() {
        if (!next().is(Token.Kind.OPEN)) {
            return List.of(value());
        }
        List<Token> values = new ArrayList<>();
        do {
            at++;
            values.add(value());
        } while (next().is(Token.Kind.COMMA));
        expect(Token.Kind.CLOSE, "',' or ')'");
        return values;
    }

    private Token value() {
        Token value = next();
        if (!value.is(Token.Kind.WORD) && !value.is(Token.Kind.STRING)) {
            throw wrong(value, "a value, like 500, 100ms or \"some text\"");
        }
        at++;
        return value;
    }

    private void expect(Token.Kind kind, String expected) {
        if (!next().is(kind)) {
            throw wrong(next(), expected);
        }
        at++;
    }

    private boolean takes(String word, String sign) {
        boolean is = next().isWord(word) || next().isOperator(sign);
        at += is ? 1 : 0;
        return is;
    }

    private Token next() {
        return tokens.get(at);
    }

    private ExpressionException wrong(Token token, String expected) {
        return new ExpressionException(
                text, token.start(), token.end(), "unexpected " + token.shown() + " (expected: " + expected + ")");
    }
}
