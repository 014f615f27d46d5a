package io.kyanos.record;

/**
 * Numbers from one to another, both inside. Immutable.
 *
 * @param last {@link Long#MAX_VALUE} for no end
 */
public record ValueRange(long first, long last) {

    public ValueRange {
        if (first > last) {
            throw new IllegalArgumentException(first + " to " + last + " (expected: the lower end first)");
        }
    }

    public static ValueRange from(long first) {
        return new ValueRange(first, Long.MAX_VALUE);
    }

    public boolean contains(long value) {
        return value >= first && value <= last;
    }
}
