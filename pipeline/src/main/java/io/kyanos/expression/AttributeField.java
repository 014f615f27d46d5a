package io.kyanos.expression;

import io.kyanos.record.Attribute;
import io.kyanos.record.Message;
import io.kyanos.record.RecordFilter;
import io.kyanos.record.TrafficRecord;
import java.math.BigDecimal;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * A further fact of request or response, by its name. It may have several values, as the keys of an MGET: a comparison
 * holds if one of them fits.
 */
record AttributeField(String name, String attribute, boolean isAnyCase, String meaning) implements Field {

    private static final Pattern NUMBER = Pattern.compile("-?\\d{1,18}(\\.\\d{1,9})?");

    @Override
    public String values() {
        return isAnyCase ? "text, in any case" : "text";
    }

    @Override
    public String operators() {
        return "= != < <= > >= ~ !~ in";
    }

    @Override
    public boolean needsAttributes() {
        return true;
    }

    @Override
    public Set<String> headers() {
        return attribute.startsWith(RecordFilter.HEADER)
                ? Set.of(attribute.substring(RecordFilter.HEADER.length()))
                : Set.of();
    }

    @Override
    public Predicate<TrafficRecord> exists() {
        return record -> new Search(attribute, value -> true).in(record);
    }

    @Override
    public Predicate<TrafficRecord> compare(Operator operator, List<Token> literals) throws BadLiteral {
        Predicate<String> condition = operator.isOrder()
                ? order(operator, literals.get(0))
                : TextCondition.of(this, operator, literals, isAnyCase);
        return record -> new Search(attribute, condition).in(record);
    }

    private Predicate<String> order(Operator operator, Token literal) throws BadLiteral {
        if (!NUMBER.matcher(literal.text()).matches()) {
            throw bad(literal, "a number, like 500, where there is an order");
        }
        BigDecimal bound = new BigDecimal(literal.text());
        return value -> NUMBER.matcher(value).matches() && operator.holds(new BigDecimal(value).compareTo(bound), 0);
    }

    /** Used once, by one thread. */
    private static final class Search implements Message.AttributeVisitor {

        private final String wanted;
        private final Predicate<String> condition;
        private boolean found;

        Search(String wanted, Predicate<String> condition) {
            this.wanted = wanted;
            this.condition = condition;
        }

        boolean in(TrafficRecord record) {
            record.request().attributes(this);
            Message response = record.response();
            if (!found && response != null) {
                response.attributes(this);
            }
            return found;
        }

        @Override
        public void attribute(Attribute given, String value) {
            found = found || (given.name().equals(wanted) && condition.test(value));
        }
    }
}
