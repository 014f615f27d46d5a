package io.kyanos.expression;

import io.kyanos.record.TrafficRecord;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/** A number, with or without a unit. */
record NumberField(String name, Unit unit, String meaning, ToLongFunction<TrafficRecord> value) implements Field {

    /** What {@code value} gives for a record without one. */
    static final long ABSENT = Long.MIN_VALUE;

    @Override
    public String values() {
        return unit.expected;
    }

    @Override
    public String operators() {
        return "= != < <= > >= in";
    }

    @Override
    public Predicate<TrafficRecord> exists() {
        return record -> value.applyAsLong(record) != ABSENT;
    }

    @Override
    public Predicate<TrafficRecord> compare(Operator operator, List<Token> literals) throws BadLiteral {
        if (operator.isSearch()) {
            throw bad(literals.get(0), operators() + ", as it is a number");
        }
        long[] bounds = new long[literals.size()];
        for (int i = 0; i < bounds.length; i++) {
            bounds[i] = unit.read(literals.get(i).text());
            if (bounds[i] == ABSENT) {
                throw bad(literals.get(i));
            }
        }
        if (operator.takesList()) {
            return record -> {
                long number = value.applyAsLong(record);
                return number != ABSENT && isAmong(number, bounds) == !operator.isNegative();
            };
        }
        long bound = bounds[0];
        return record -> {
            long number = value.applyAsLong(record);
            return number != ABSENT && operator.holds(number, bound);
        };
    }

    private static boolean isAmong(long number, long[] bounds) {
        for (long bound : bounds) {
            if (number == bound) {
                return true;
            }
        }
        return false;
    }
}
