package io.kyanos.expression;

import org.jspecify.annotations.Nullable;

/** What a field is compared by. */
enum Operator {
    EQUAL("="),
    UNEQUAL("!="),
    LESS("<"),
    AT_MOST("<="),
    GREATER(">"),
    AT_LEAST(">="),
    FOUND("~"),
    NOT_FOUND("!~"),
    IN("in"),
    NOT_IN("not in");

    final String sign;

    Operator(String sign) {
        this.sign = sign;
    }

    static @Nullable Operator of(String sign) {
        for (Operator operator : values()) {
            if (operator.sign.equals(sign) || (operator == EQUAL && sign.equals("=="))) {
                return operator;
            }
        }
        return null;
    }

    /** Whether it says the opposite of another. */
    boolean isNegative() {
        return this == UNEQUAL || this == NOT_FOUND || this == NOT_IN;
    }

    boolean isEquality() {
        return this == EQUAL || this == UNEQUAL || this == IN || this == NOT_IN;
    }

    boolean isOrder() {
        return this == LESS || this == AT_MOST || this == GREATER || this == AT_LEAST;
    }

    boolean isSearch() {
        return this == FOUND || this == NOT_FOUND;
    }

    boolean takesList() {
        return this == IN || this == NOT_IN;
    }

    /** Of an order. */
    boolean holds(long value, long bound) {
        return switch (this) {
            case LESS -> value < bound;
            case AT_MOST -> value <= bound;
            case GREATER -> value > bound;
            case AT_LEAST -> value >= bound;
            case EQUAL, IN -> value == bound;
            case UNEQUAL, NOT_IN -> value != bound;
            case FOUND, NOT_FOUND -> false;
        };
    }
}
