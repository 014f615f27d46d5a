package io.kyanos.protocol.grpc;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.SafeText;
import io.kyanos.protocol.web.Octets;
import io.kyanos.record.DurationText;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;

/** Values of metadata as people read them. */
// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests
public final class MetadataText {

    private static final int MAX_TIMEOUT_DIGITS = 8;
    private static final int MAX_BINARY_BYTES = 256;
    private static final String MORE = "...";

    private MetadataText() {}

    /**
     * Bytes as hexadecimal digits, whether they came as Base64, padded or not, or raw behind a NUL; several in a row with commas
     * between them. What is none of these stays as it came. At most 256 bytes.
     */
    public static String ofBinary(ByteView value) {
        if (!value.isEmpty() && value.byteAt(0) == 0) {
            return hex(value.latin1(1, value.length()).getBytes(StandardCharsets.ISO_8859_1));
        }
        String text = value.latin1(0, value.length());
        StringBuilder all = new StringBuilder();
        for (String one : text.split(",", -1)) {
            try {
                String hex = hex(Base64.getDecoder().decode(one.strip()));
                all.append(all.length() == 0 ? "" : ",").append(hex);
            } catch (IllegalArgumentException ignored) {
                // not Base64
                return SafeText.line(text);
            }
        }
        return all.toString();
    }

    private static String hex(byte[] bytes) {
        return bytes.length <= MAX_BINARY_BYTES
                ? HexFormat.of().formatHex(bytes)
                : HexFormat.of().formatHex(bytes, 0, MAX_BINARY_BYTES) + MORE;
    }

    /** A value of {@code grpc-message}, whose octets other than plain ones are escaped by percent signs. */
    public static String ofMessage(ByteView value) {
        if (value.indexOf((byte) '%', 0, value.length()) < 0) {
            return SafeText.line(value.utf8(0, value.length()));
        }
        ByteArrayOutputStream octets = new ByteArrayOutputStream(value.length());
        int at = 0;
        while (at < value.length()) {
            byte octet = value.byteAt(at++);
            if (octet == '%' && at + 2 <= value.length()) {
                int high = Octets.hexValue(value.byteAt(at));
                int low = Octets.hexValue(value.byteAt(at + 1));
                if (high >= 0 && low >= 0) {
                    octet = (byte) (high << 4 | low);
                    at += 2;
                }
            }
            octets.write(octet);
        }
        return SafeText.line(octets.toString(StandardCharsets.UTF_8));
    }

    /** A value of {@code grpc-timeout} as a duration, {@code 1 s} for {@code 1000m}; empty if it is none. */
    public static String ofTimeout(ByteView value) {
        int digits = value.length() - 1;
        if (digits < 1 || digits > MAX_TIMEOUT_DIGITS) {
            return "";
        }
        long number = 0;
        for (int i = 0; i < digits; i++) {
            if (!Octets.isDigit(value.byteAt(i))) {
                return "";
            }
            number = 10 * number + value.byteAt(i) - '0';
        }
        return switch (value.byteAt(digits)) {
            case 'H' -> number + (number == 1 ? " hour" : " hours");
            case 'M' -> text(Duration.ofMinutes(number));
            case 'S' -> text(Duration.ofSeconds(number));
            case 'm' -> text(Duration.ofMillis(number));
            case 'u' -> text(Duration.ofNanos(1000 * number));
            case 'n' -> text(Duration.ofNanos(number));
            default -> "";
        };
    }

    /** Beyond 292 years in hours. */
    private static String text(Duration duration) {
        return duration.toDays() > 100_000 ? duration.toHours() + " hours" : DurationText.of(duration);
    }

    /** The same of Connect's milliseconds. */
    public static String ofTimeoutMillis(ByteView value) {
        int digits = value.length();
        if (digits == 0 || digits > 10) {
            return "";
        }
        long number = 0;
        for (int i = 0; i < digits; i++) {
            if (!Octets.isDigit(value.byteAt(i))) {
                return "";
            }
            number = 10 * number + value.byteAt(i) - '0';
        }
        return text(Duration.ofMillis(number));
    }
}
