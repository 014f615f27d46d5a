package io.kyanos.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import io.kyanos.record.Side;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** Readers of the values of flags. What cannot be read is a {@link UsageException} naming flag, value and expectation. */
final class FlagValues {

    static final int MAX_PID = 4_194_304;
    static final int MAX_PORT = 0xffff;
    static final String ADDRESSES = "addresses, like 10.0.0.7,fe80::1";

    private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
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

    /** Names are not looked up: a filter must not depend on what a name server says today. */
    static InetAddress address(String flag, String text) {
        boolean bracketed = text.startsWith("[") && text.endsWith("]");
        String bare = bracketed ? text.substring(1, text.length() - 1) : text;
        boolean literal = (IPV4.matcher(bare).matches() && !bracketed)
                || IPV6.matcher(bare).matches();
        if (literal) {
            try {
                return InetAddress.getByName(bare);
            } catch (UnknownHostException ignored) {
                /* Looks like an address but is none, as 300.1.1.1: told below. */
            }
        }
        throw new UsageException(flag, text, ADDRESSES);
    }

    static Side side(String flag, @Nullable String text) {
        if (text == null || text.equals("all")) {
            return Side.UNKNOWN;
        }
        if (text.equals(Side.CLIENT.label())) {
            return Side.CLIENT;
        }
        if (text.equals(Side.SERVER.label())) {
            return Side.SERVER;
        }
        throw new UsageException(flag, text, "client, server or all");
    }

    /** A duration as in the settings, {@code 10ms}; a plain number is milliseconds; 0 if the flag was not given. */
    static long nanos(String flag, @Nullable String text) {
        if (text == null) {
            return 0;
        }
        try {
            long nanos = setting(text).getDuration("value").toNanos();
            if (nanos >= 0) {
                return nanos;
            }
        } catch (ConfigException | ArithmeticException ignored) {
            /* Told below. */
        }
        throw new UsageException(flag, text, "a duration, like 10ms or 1.5s");
    }

    /** A size as in the settings, {@code 10k} or {@code 1MiB}; a plain number is bytes; 0 if the flag was not given. */
    static long bytes(String flag, @Nullable String text) {
        if (text == null) {
            return 0;
        }
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

    static String text(String flag, String text) {
        if (text.isBlank()) {
            throw new UsageException(flag, text, "some text");
        }
        return text;
    }

    static String path(String flag, String text) {
        if (!text.startsWith("/")) {
            throw new UsageException(flag, text, "a path that begins with /");
        }
        return text;
    }

    static Pattern regex(String flag, String text) {
        try {
            return Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            throw new UsageException(
                    flag, text, "a regular expression; at " + e.getIndex() + ": " + e.getDescription());
        }
    }

    private static Config setting(String text) {
        return ConfigFactory.parseMap(Map.of("value", text));
    }
}
