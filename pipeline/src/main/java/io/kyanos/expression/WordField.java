package io.kyanos.expression;

import io.kyanos.record.TrafficRecord;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** One of a few words; the empty one is no value. */
record WordField(String name, List<String> words, String meaning, Function<TrafficRecord, String> value)
        implements Field {

    @Override
    public String values() {
        return String.join(", ", words);
    }

    @Override
    public String operators() {
        return "= != in";
    }

    @Override
    public Predicate<TrafficRecord> exists() {
        return record -> !value.apply(record).isEmpty();
    }

    @Override
    public Predicate<TrafficRecord> compare(Operator operator, List<Token> literals) throws BadLiteral {
        if (!operator.isEquality()) {
            throw bad(literals.get(0), operators() + ", with one of " + values());
        }
        for (Token literal : literals) {
            if (!words.contains(literal.text().toLowerCase(Locale.ROOT))) {
                throw bad(literal);
            }
        }
        Set<String> wanted = literals.stream()
                .map(literal -> literal.text().toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
        boolean isWanted = !operator.isNegative();
        return record -> {
            String word = value.apply(record);
            return !word.isEmpty() && wanted.contains(word) == isWanted;
        };
    }
}
