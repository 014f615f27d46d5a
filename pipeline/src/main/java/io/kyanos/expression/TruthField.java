package io.kyanos.expression;

import io.kyanos.record.TrafficRecord;
import java.util.List;
import java.util.function.Predicate;

/** True or false; alone it is a condition. */
record TruthField(String name, String meaning, Predicate<TrafficRecord> value) implements Field {

    @Override
    public String values() {
        return "true or false";
    }

    @Override
    public String operators() {
        return "= != in, or alone";
    }

    @Override
    public Predicate<TrafficRecord> exists() {
        return record -> true;
    }

    @Override
    public Predicate<TrafficRecord> compare(Operator operator, List<Token> literals) throws BadLiteral {
        if (!operator.isEquality()) {
            throw bad(literals.get(0), "= or !=, with true or false");
        }
        boolean isTrue = false;
        boolean isFalse = false;
        for (Token literal : literals) {
            if (literal.isWord("true")) {
                isTrue = true;
            } else if (literal.isWord("false")) {
                isFalse = true;
            } else {
                throw bad(literal);
            }
        }
        boolean whenTrue = isTrue != operator.isNegative();
        boolean whenFalse = isFalse != operator.isNegative();
        return record -> value.test(record) ? whenTrue : whenFalse;
    }
}
