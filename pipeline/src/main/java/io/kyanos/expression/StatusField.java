package io.kyanos.expression;

import io.kyanos.record.Message;
import io.kyanos.record.StatusSet;
import io.kyanos.record.TrafficRecord;
import java.util.List;
import java.util.function.Predicate;

/** The answer code: a number, which has an order, or a word. */
record StatusField(String name, String meaning) implements Field {

    @Override
    public String values() {
        return StatusSet.EXPECTED;
    }

    @Override
    public String operators() {
        return "= != < <= > >= ~ !~ in";
    }

    @Override
    public Predicate<TrafficRecord> exists() {
        return record -> !of(record).isEmpty();
    }

    private static String of(TrafficRecord record) {
        Message response = record.response();
        return response == null ? "" : response.status();
    }

    @Override
    public Predicate<TrafficRecord> compare(Operator operator, List<Token> literals) throws BadLiteral {
        if (operator.isOrder()) {
            long bound = StatusSet.number(literals.get(0).text());
            if (bound < 0) {
                throw bad(literals.get(0), "a number, like 500, where there is an order");
            }
            return record -> {
                long status = StatusSet.number(of(record));
                return status >= 0 && operator.holds(status, bound);
            };
        }
        Predicate<String> condition =
                operator.isSearch() ? TextCondition.of(this, operator, literals, false) : equality(operator, literals);
        return record -> {
            String status = of(record);
            return !status.isEmpty() && condition.test(status);
        };
    }

    private Predicate<String> equality(Operator operator, List<Token> literals) throws BadLiteral {
        for (Token literal : literals) {
            try {
                StatusSet.parse(List.of(literal.text()));
            } catch (IllegalArgumentException e) {
                throw new BadLiteral(literal, name + ": " + e.getMessage());
            }
        }
        StatusSet wanted = StatusSet.parse(literals.stream().map(Token::text).toList());
        boolean isWanted = !operator.isNegative();
        return status -> wanted.contains(status) == isWanted;
    }
}
