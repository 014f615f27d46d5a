package io.kyanos.expression;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How a number is written. */
enum Unit {
    NONE("a whole number, like 1234"),
    /** In nanoseconds. */
    DURATION("a duration, like 100ms, 1.5s or 2m; a plain number is milliseconds"),
    /** In bytes. Letters alone are powers of 1024, as in the settings. */
    SIZE("a size, like 512, 10k or 1MiB"),
    /** In nanoseconds since the epoch. */
    MOMENT("a moment, like 2026-01-31T12:00:00Z or 2026-01-31T13:00:00+01:00");

    private static final Map<String, Long> DURATIONS = Map.of(
            "", 1_000_000L,
            "ns", 1L,
            "us", 1000L,
            "ms", 1_000_000L,
            "s", 1_000_000_000L,
            "m", 60_000_000_000L,
            "h", 3_600_000_000_000L);
    private static final Map<String, Long> SIZES = Map.ofEntries(
            Map.entry("", 1L),
            Map.entry("b", 1L),
            Map.entry("k", 1L << 10),
            Map.entry("kib", 1L << 10),
            Map.entry("kb", 1000L),
            Map.entry("m", 1L << 20),
            Map.entry("mib", 1L << 20),
            Map.entry("mb", 1_000_000L),
            Map.entry("g", 1L << 30),
            Map.entry("gib", 1L << 30),
            Map.entry("gb", 1_000_000_000L));
    private static final Pattern WITH_UNIT = Pattern.compile("(\\d{1,18}(?:\\.\\d{1,9})?)([A-Za-z]*)");
    private static final long NANOS = 1_000_000_000L;

    final String expected;

    Unit(String expected) {
        this.expected = expected;
    }

    /** The number; {@link NumberField#ABSENT} if the text is none. */
    long read(String text) {
        return switch (this) {
            case NONE -> number(text, Map.of("", 1L));
            case DURATION -> number(text, DURATIONS);
            case SIZE -> number(text, SIZES);
            case MOMENT -> moment(text);
        };
    }

    private static long number(String text, Map<String, Long> factors) {
        Matcher matcher = WITH_UNIT.matcher(text);
        if (!matcher.matches()) {
            return NumberField.ABSENT;
        }
        Long factor = factors.get(matcher.group(2).toLowerCase(Locale.ROOT));
        if (factor == null) {
            return NumberField.ABSENT;
        }
        try {
            return new BigDecimal(matcher.group(1))
                    .multiply(BigDecimal.valueOf(factor))
                    .longValueExact();
        } catch (ArithmeticException ignored) {
            // too large, or half a byte
            return NumberField.ABSENT;
        }
    }

    private static long moment(String text) {
        try {
            Instant instant = OffsetDateTime.parse(text).toInstant();
            return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), NANOS), instant.getNano());
        } catch (DateTimeException | ArithmeticException ignored) {
            return NumberField.ABSENT;
        }
    }
}
