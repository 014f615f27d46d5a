package io.kyanos.sink;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an {@code Accept} header says of media types, by RFC 9110 section 12.5.1. A range that is malformed says nothing. Immutable.
 */
final class AcceptedTypes {

    private static final int MAX_RANGES = 64;
    private static final Pattern WEIGHT = Pattern.compile("0(\\.\\d{0,3})?|1(\\.0{0,3})?");

    private final List<Range> ranges;

    private AcceptedTypes(List<Range> ranges) {
        this.ranges = ranges;
    }

    /** @param header null or empty where there is none; its first 64 ranges count */
    static AcceptedTypes of(@Nullable String header) {
        List<Range> ranges = new ArrayList<>();
        for (String text : header == null ? new String[0] : header.split(",", MAX_RANGES + 1)) {
            Range range = ranges.size() < MAX_RANGES ? Range.of(text) : null;
            if (range != null) {
                ranges.add(range);
            }
        }
        return new AcceptedTypes(ranges);
    }

    /** The weight of a type in one of its versions, 0 to 1, by the range that says most of it; empty where none does. */
    OptionalDouble weight(String type, List<String> versions) {
        int most = -1;
        double weight = 0;
        for (Range range : ranges) {
            int precision = range.precision(type, versions);
            if (precision > most || (precision == most && range.weight > weight)) {
                most = precision;
                weight = range.weight;
            }
        }
        return most < 0 ? OptionalDouble.empty() : OptionalDouble.of(weight);
    }

    /** Whether some range names the type itself. */
    boolean names(String type) {
        return ranges.stream().anyMatch(range -> range.type.equals(type));
    }

    /** @param version empty for any */
    private record Range(String type, String version, double weight) {

        static @Nullable Range of(String text) {
            String[] parts = text.toLowerCase(Locale.ROOT).split(";");
            String type = parts.length == 0 ? "" : parts[0].strip();
            String version = "";
            double weight = 1;
            for (int i = 1; i < parts.length; i++) {
                String[] parameter = parts[i].split("=", 2);
                String name = parameter[0].strip();
                String value = parameter.length == 1 ? "" : unquoted(parameter[1].strip());
                if (name.equals("version")) {
                    version = value;
                } else if (name.equals("q")) {
                    if (!WEIGHT.matcher(value).matches()) {
                        return null;
                    }
                    weight = Double.parseDouble(value);
                }
            }
            return type.isEmpty() ? null : new Range(type, version, weight);
        }

        private static String unquoted(String value) {
            boolean quoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
            return quoted ? value.substring(1, value.length() - 1) : value;
        }

        /** -1 where it says nothing of the type. */
        int precision(String wanted, List<String> versions) {
            if (type.equals(wanted)) {
                return version.isEmpty() ? 2 : versions.contains(version) ? 3 : -1;
            }
            if (type.equals(wanted.substring(0, wanted.indexOf('/')) + "/*")) {
                return 1;
            }
            return type.equals("*/*") ? 0 : -1;
        }
    }
}
