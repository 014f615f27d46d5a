package io.kyanos.record;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Statuses, as {@link Message#status()} has them: numbers by ranges, words in any case. Immutable. */
public final class StatusSet {

    /** What its texts may look like, for messages. */
    public static final String EXPECTED = "statuses, like 404,500-599,5xx or WRONGTYPE";

    private static final int MAX_DIGITS = 9;
    private static final int CLASS_SIZE = 100;
    private static final Pattern CLASS = Pattern.compile("([1-9])[xX]{2}");
    private static final Pattern NUMBERS =
            Pattern.compile("(\\d{1," + MAX_DIGITS + "})(?:-(\\d{1," + MAX_DIGITS + "}))?");
    private static final Pattern WORD = Pattern.compile("[A-Za-z][A-Za-z0-9_.-]*");

    private final List<ValueRange> ranges;
    private final Set<String> words;

    private StatusSet(List<ValueRange> ranges, Set<String> words) {
        this.ranges = List.copyOf(ranges);
        this.words = Set.copyOf(words);
    }

    /**
     * Reads {@code 404}, {@code 500-599}, {@code 5xx}, {@code WRONGTYPE}.
     *
     * @throws IllegalArgumentException with the text and what is expected
     */
    public static StatusSet parse(Collection<String> texts) {
        List<ValueRange> ranges = new ArrayList<>();
        Set<String> words = new HashSet<>();
        for (String text : texts) {
            Matcher numbers = NUMBERS.matcher(text);
            Matcher ofClass = CLASS.matcher(text);
            if (numbers.matches()) {
                long first = Long.parseLong(numbers.group(1));
                long last = numbers.group(2) == null ? first : Long.parseLong(numbers.group(2));
                if (first > last) {
                    throw new IllegalArgumentException(
                            text + " (expected: the lower end first, like " + last + "-" + first + ")");
                }
                ranges.add(new ValueRange(first, last));
            } else if (ofClass.matches()) {
                long first = CLASS_SIZE * Long.parseLong(ofClass.group(1));
                ranges.add(new ValueRange(first, first + CLASS_SIZE - 1));
            } else if (WORD.matcher(text).matches()) {
                words.add(text.toUpperCase(Locale.ROOT));
            } else {
                throw new IllegalArgumentException(text + " (expected: " + EXPECTED + ")");
            }
        }
        return new StatusSet(ranges, words);
    }

    public boolean contains(String status) {
        long number = number(status);
        if (number < 0) {
            return !words.isEmpty() && words.contains(status.toUpperCase(Locale.ROOT));
        }
        for (int i = 0; i < ranges.size(); i++) {
            if (ranges.get(i).contains(number)) {
                return true;
            }
        }
        return false;
    }

    /** The status as a number; -1 if it is none. */
    public static long number(String status) {
        if (status.isEmpty() || status.length() > MAX_DIGITS) {
            return -1;
        }
        long number = 0;
        for (int i = 0; i < status.length(); i++) {
            int digit = status.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            number = number * 10 + digit;
        }
        return number;
    }
}
