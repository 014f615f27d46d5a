package io.kyanos.expression;

import io.kyanos.record.AddressRange;
import io.kyanos.record.Endpoint;
import io.kyanos.record.TrafficRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/** An address, compared with addresses, networks and ranges; unix sockets have none. */
record IpField(String name, String meaning, Function<TrafficRecord, Endpoint> end) implements Field {

    @Override
    public String values() {
        return AddressRange.EXPECTED;
    }

    @Override
    public String operators() {
        return "= != in";
    }

    @Override
    public Predicate<TrafficRecord> exists() {
        return record -> !end.apply(record).isUnix();
    }

    @Override
    public Predicate<TrafficRecord> compare(Operator operator, List<Token> literals) throws BadLiteral {
        if (!operator.isEquality()) {
            throw bad(literals.get(0), operators() + ", with " + values());
        }
        List<AddressRange> ranges = new ArrayList<>();
        for (Token literal : literals) {
            try {
                ranges.add(AddressRange.parse(literal.text()));
            } catch (IllegalArgumentException e) {
                throw new BadLiteral(literal, name + ": " + e.getMessage());
            }
        }
        boolean isWanted = !operator.isNegative();
        return record -> {
            Endpoint at = end.apply(record);
            return !at.isUnix() && isAmong(at.ipHigh(), at.ipLow(), ranges) == isWanted;
        };
    }

    private static boolean isAmong(long high, long low, List<AddressRange> ranges) {
        for (int i = 0; i < ranges.size(); i++) {
            if (ranges.get(i).contains(high, low)) {
                return true;
            }
        }
        return false;
    }
}
