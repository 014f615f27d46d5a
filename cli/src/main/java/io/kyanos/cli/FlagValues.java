package io.kyanos.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import io.kyanos.capture.Choice;
import io.kyanos.capture.PortRange;
import io.kyanos.expression.Expression;
import io.kyanos.expression.ExpressionException;
import io.kyanos.record.AddressRange;
import io.kyanos.record.Outcome;
import io.kyanos.record.RecordFilter;
import io.kyanos.record.Regex;
import io.kyanos.record.Side;
import io.kyanos.record.StatusSet;
import io.kyanos.record.ValueRange;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Readers of the values of flags. What cannot be read is a {@link UsageException} naming flag, value and expectation. */
final class FlagValues {

    static final int MAX_PID = 4_194_304;

    static final String ANY_SIDE = "all";

    private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|A-Za-z0-9-]{1,128}");
    private static final int MAX_SECONDS = 365 * 24 * 3600;

    private FlagValues() {}

    /** Values separated by commas, of a flag given any number of times; empty if it was not given. */
    static Set<String> list(String flag, List<String> given, String expected) {
        Set<String> values = new LinkedHashSet<>();
        for (String one : given) {
            for (String part : one.split(",", -1)) {
                if (part.isBlank()) {
                    throw new UsageException(flag, one, expected);
                }
                values.add(part.strip());
            }
        }
        return values;
    }

    static Set<Integer> numbers(String flag, List<String> given, int most, String expected) {
        Set<Integer> numbers = new LinkedHashSet<>();
        for (String text : list(flag, given, expected)) {
            numbers.add(number(flag, text, 1, most, expected));
        }
        return numbers;
    }

    static int number(String flag, String text, int least, int most, String expected) {
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException ignored) {
            /* Told below, with what is out of bounds. */
        }
        throw new UsageException(flag, text, expected);
    }

    /** What a flag and its exclusion say together; what both name is a mistake. */
    static <T> Choice<T> choice(String flag, Set<T> included, String exclusion, Set<T> excluded) {
        return choice(flag, included, exclusion, excluded, Object::equals);
    }

    static <T> Choice<T> choice(
            String flag, Set<T> included, String exclusion, Set<T> excluded, BiPredicate<T, T> leavesOut) {
        for (T one : included) {
            for (T other : excluded) {
                if (leavesOut.test(other, one)) {
                    throw new UsageException(
                            flag + ": " + one + " (expected: nothing that " + exclusion + " " + other + " leaves out)");
                }
            }
        }
        return new Choice<>(included, excluded);
    }

    static Set<PortRange> ports(String flag, List<String> given) {
        return read(flag, list(flag, given, PortRange.EXPECTED), PortRange::parse);
    }

    static Set<AddressRange> addresses(String flag, List<String> given) {
        return read(flag, list(flag, given, AddressRange.EXPECTED), AddressRange::parse);
    }

    /** Outcomes by their labels. */
    static Set<Outcome> outcomes(String flag, List<String> given) {
        String expected = Stream.of(Outcome.values()).map(Outcome::label).collect(Collectors.joining(", "));
        return read(
                flag,
                list(flag, given, expected),
                text -> Stream.of(Outcome.values())
                        .filter(outcome -> outcome.label().equals(text))
                        .findFirst()
                        .orElseThrow(() -> new UsageException(flag, text, expected)));
    }

    static StatusSet statuses(String flag, List<String> given) {
        try {
            return StatusSet.parse(list(flag, given, StatusSet.EXPECTED));
        } catch (IllegalArgumentException e) {
            throw new UsageException(flag + ": " + e.getMessage());
        }
    }

    /** Each value by itself, read by a reader that tells text and expectation in an {@link IllegalArgumentException}. */
    private static <T> Set<T> read(String flag, Set<String> texts, Function<String, T> reader) {
        Set<T> values = new LinkedHashSet<>();
        for (String text : texts) {
            try {
                values.add(reader.apply(text));
            } catch (IllegalArgumentException e) {
                throw new UsageException(flag + ": " + e.getMessage());
            }
        }
        return values;
    }

    static Side side(String flag, @Nullable String text) {
        if (text == null || text.equals(ANY_SIDE)) {
            return Side.UNKNOWN;
        }
        if (text.equals(Side.CLIENT.label())) {
            return Side.CLIENT;
        }
        if (text.equals(Side.SERVER.label())) {
            return Side.SERVER;
        }
        throw new UsageException(flag, text, "client, server or " + ANY_SIDE);
    }

    /** A duration as in the settings, or two: {@code 10ms}, {@code 10ms-1s}, {@code -1s}. A plain number is milliseconds. */
    static ValueRange latencies(String flag, String text) {
        String expected = "a duration or a range, like 10ms, 10ms-1s or -1s";
        return range(
                flag, text, expected, end -> setting(end).getDuration("value").toNanos());
    }

    /** A size as in the settings, or two: {@code 10k}, {@code 10k-1MiB}, {@code -1k}. A plain number is bytes. */
    static ValueRange sizes(String flag, String text) {
        String expected = "a size or a range, like 512, 10k, 10k-1MiB or -1k";
        return range(flag, text, expected, end -> setting(end).getBytes("value"));
    }

    /** A size as in the settings, {@code 10k} or {@code 1MiB}; a plain number is bytes. */
    static long bytes(String flag, String text) {
        try {
            long bytes = setting(text).getBytes("value");
            if (bytes >= 0) {
                return bytes;
            }
        } catch (ConfigException ignored) {
            /* Told below. */
        }
        throw new UsageException(flag, text, "a size, like 512, 10k or 1MiB");
    }

    /* One number is the least; a dash before it makes it the most. */
    private static ValueRange range(String flag, String text, String expected, ToLongFunction<String> reader) {
        int dash = text.indexOf('-');
        String from = (dash < 0 ? text : text.substring(0, dash)).strip();
        String to = dash < 0 ? "" : text.substring(dash + 1).strip();
        if (from.isEmpty() && to.isEmpty()) {
            throw new UsageException(flag, text, expected);
        }
        try {
            long first = from.isEmpty() ? 0 : reader.applyAsLong(from);
            long last = to.isEmpty() ? Long.MAX_VALUE : reader.applyAsLong(to);
            if (first >= 0 && last >= 0) {
                if (first > last) {
                    throw new UsageException(flag, text, "the lower end first, like " + to + "-" + from);
                }
                return new ValueRange(first, last);
            }
        } catch (ConfigException | ArithmeticException ignored) {
            /* Told below. */
        }
        throw new UsageException(flag, text, expected);
    }

    /** Seconds, with fractions, as nanoseconds. */
    static long secondsAsNanos(String flag, String text) {
        try {
            double seconds = Double.parseDouble(text);
            if (seconds > 0 && seconds <= MAX_SECONDS) {
                return Math.round(seconds * 1e9);
            }
        } catch (NumberFormatException ignored) {
            /* Told below. */
        }
        throw new UsageException(flag, text, "seconds above 0, like 10");
    }

    static String text(String flag, String text, String expected) {
        if (text.isBlank()) {
            throw new UsageException(flag, text, expected);
        }
        return text;
    }

    static String path(String flag, String text, String expected) {
        if (!text.startsWith("/")) {
            throw new UsageException(flag, text, expected);
        }
        return text;
    }

    static Regex regex(String flag, String text, String expected) {
        try {
            return Regex.compile(text);
        } catch (IllegalArgumentException e) {
            throw new UsageException(flag, text, expected + "; " + e.getMessage());
        }
    }

    static RecordFilter expression(String flag, String text) {
        try {
            return Expression.compile(text);
        } catch (ExpressionException e) {
            throw new UsageException(
                    flag + ": " + e.getMessage(), e.place().lines().toList());
        }
    }

    /** A header's name alone, {@code NAME: VALUE}, or {@code NAME~REGEX}. */
    static RecordFilter header(String flag, String text, String expected) {
        int colon = text.indexOf(':');
        int tilde = text.indexOf('~');
        boolean isRegex = tilde >= 0 && (colon < 0 || tilde < colon);
        int end = isRegex ? tilde : colon;
        String name = (end < 0 ? text : text.substring(0, end)).strip();
        if (!HEADER_NAME.matcher(name).matches()) {
            throw new UsageException(flag, text, expected);
        }
        if (end < 0) {
            return RecordFilter.ALL.header(name, value -> true);
        }
        String wanted = text.substring(end + 1).strip();
        if (isRegex) {
            try {
                return RecordFilter.ALL.header(name, Regex.compile(wanted)::isFoundIn);
            } catch (IllegalArgumentException e) {
                throw new UsageException(flag, text, "a regular expression behind the ~; " + e.getMessage());
            }
        }
        return RecordFilter.ALL.header(name, wanted::equals);
    }

    private static Config setting(String text) {
        return ConfigFactory.parseMap(Map.of("value", text));
    }
}
