package io.kyanos.expression;

import io.kyanos.record.TrafficRecord;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/** A text; the empty one is no value. */
record TextField(
        String name, boolean isAnyCase, boolean needsAttributes, String meaning, Function<TrafficRecord, String> value)
        implements Field {

    @Override
    public String values() {
        return isAnyCase ? "text, in any case" : "text";
    }

    @Override
    public String operators() {
        return "= != ~ !~ in";
    }

    @Override
    public Predicate<TrafficRecord> exists() {
        return record -> !value.apply(record).isEmpty();
    }

    @Override
    public Predicate<TrafficRecord> compare(Operator operator, List<Token> literals) throws BadLiteral {
        if (operator.isOrder()) {
            throw bad(literals.get(0), operators() + ", as it is text");
        }
        Predicate<String> condition = TextCondition.of(this, operator, literals, isAnyCase);
        return record -> {
            String text = value.apply(record);
            return !text.isEmpty() && condition.test(text);
        };
    }
}
