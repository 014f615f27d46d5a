package io.kyanos.record;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A regular expression that is searched in text from the wire: its time grows with the length of the text and no faster,
 * whatever the text is. So there are no back-references and no look-around. Immutable and thread-safe.
 */
public final class Regex {

    static final int MAX_CHARACTERS = 1000;
    /** Characters, each counted as often as it is to be repeated: what a search costs per character of text. */
    static final int MAX_WEIGHT = 10_000;

    private final Pattern pattern;

    private Regex(Pattern pattern) {
        this.pattern = pattern;
    }

    /**
     * Reads an expression of the syntax of RE2.
     *
     * @throws IllegalArgumentException with what is wrong, in one line, without the expression
     */
    public static Regex compile(String text) {
        if (text.length() > MAX_CHARACTERS) {
            throw new IllegalArgumentException(text.length() + " characters (expected: <= " + MAX_CHARACTERS + ")");
        }
        if (weight(text) > MAX_WEIGHT) {
            throw new IllegalArgumentException("repetitions of repetitions come to more than " + MAX_WEIGHT);
        }
        try {
            return new Regex(Pattern.compile(text));
        } catch (PatternSyntaxException e) {
            String at = e.getPattern().isEmpty() || e.getPattern().equals(text) ? "" : ": " + e.getPattern();
            throw new IllegalArgumentException(e.getDescription() + at);
        } catch (StackOverflowError e) {
            throw new IllegalArgumentException("nested too deeply");
        }
    }

    /** What a search costs per character of text, about: the characters of the expression, with their repetitions. */
    public static int cost(String text) {
        return (int) Math.min(Integer.MAX_VALUE, weight(text));
    }

    /** Whether it is found somewhere in the text. */
    public boolean isFoundIn(String text) {
        return pattern.matcher(text).find();
    }

    /** The expression as it was written. */
    @Override
    public String toString() {
        return pattern.pattern();
    }

    /* Of the whole; a group or a character's weight is multiplied by the count after it. */
    private static long weight(String text) {
        Deque<Long> outer = new ArrayDeque<>();
        long sum = 0;
        long last = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '(') {
                outer.push(sum);
                sum = 0;
                last = 0;
            } else if (c == ')' && !outer.isEmpty()) {
                last = sum + 1;
                sum = Math.min(MAX_WEIGHT + 1L, outer.pop() + last);
            } else if (c == '{') {
                int end = text.indexOf('}', i);
                int count = end < 0 ? 1 : largest(text, i + 1, end);
                sum = Math.min(MAX_WEIGHT + 1L, sum + last * (count - 1L));
                last = Math.min(MAX_WEIGHT + 1L, last * count);
            } else {
                i += c == '\\' ? 1 : 0;
                last = 1;
                sum++;
            }
        }
        while (!outer.isEmpty()) {
            sum += outer.pop();
        }
        return sum;
    }

    private static int largest(String text, int from, int to) {
        int largest = 1;
        int number = 0;
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            number = c >= '0' && c <= '9' ? Math.min(MAX_WEIGHT, number * 10 + (c - '0')) : 0;
            largest = Math.max(largest, number);
        }
        return largest;
    }
}
