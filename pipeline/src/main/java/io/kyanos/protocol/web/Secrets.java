package io.kyanos.protocol.web;

import io.kyanos.protocol.ByteView;
import java.util.Locale;

/**
 * Finds what must not be shown: values of header fields, of query and form parameters, of JSON members and XML elements
 * whose names say that they are secret, and the user information of URLs. For details only, never for the hot path.
 */
public final class Secrets {

    public static final String MASK = "***";

    private static final String[] TELLING_PARTS = {
        "token",
        "passw",
        "passphrase",
        "secret",
        "apikey",
        "signature",
        "credential",
        "authorization",
        "cookie",
        "privatekey"
    };
    private static final String[] TELLING_NAMES = {"pwd", "pass", "auth", "sig", "jwt", "sid", "session", "sessionid"};

    private Secrets() {}

    /** Whether a header field's whole value is secret. */
    public static boolean isSecretField(ByteView view, int from, int to) {
        return isSecretName(view.latin1(from, to));
    }

    /** The value of a header field as it may be shown: masked whole or in part. */
    public static String maskedField(String name, String value) {
        return isSecretName(name) ? MASK : masked(value);
    }

    /** Whether a name says that its value is secret; dashes, underscores, dots, case and percent-encoding do not matter. */
    public static boolean isSecretName(String name) {
        String plain = plain(name);
        for (String part : TELLING_PARTS) {
            if (plain.contains(part)) {
                return true;
            }
        }
        for (String telling : TELLING_NAMES) {
            if (plain.equals(telling)) {
                return true;
            }
        }
        return false;
    }

    /** {@code text} with the values of secret names and the user information of URLs replaced by {@link #MASK}. */
    public static String masked(String text) {
        StringBuilder shown = new StringBuilder(text.length());
        int at = 0;
        while (at < text.length()) {
            if (text.startsWith("://", at)) {
                shown.append("://");
                at = skipUserInformation(text, at + 3, shown);
                continue;
            }
            int nameEnd = nameEnd(text, at);
            if (nameEnd == at) {
                shown.append(text.charAt(at++));
                continue;
            }
            String name = text.substring(at, nameEnd);
            shown.append(name);
            at = nameEnd;
            if (isSecretName(name)) {
                at = maskValue(text, at, shown);
            }
        }
        return shown.toString();
    }

    private static String plain(String name) {
        StringBuilder plain = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '%' && i + 2 < name.length()) {
                int high = Octets.hexValue((byte) name.charAt(i + 1));
                int low = Octets.hexValue((byte) name.charAt(i + 2));
                if (high >= 0 && low >= 0) {
                    c = (char) (high << 4 | low);
                    i += 2;
                }
            }
            if (c != '-' && c != '_' && c != '.') {
                plain.append(c);
            }
        }
        return plain.toString().toLowerCase(Locale.ROOT);
    }

    private static int nameEnd(String text, int from) {
        int at = from;
        while (at < text.length() && isNameCharacter(text.charAt(at))) {
            at++;
        }
        return at;
    }

    private static boolean isNameCharacter(char c) {
        return c < 0x80 && (Character.isLetterOrDigit(c) || c == '_' || c == '-' || c == '.' || c == '%');
    }

    /** {@code name=value}, {@code "name": "value"}, {@code <name>value<}: returns where the rest begins. */
    private static int maskValue(String text, int from, StringBuilder shown) {
        int at = from;
        while (at < text.length() && (text.charAt(at) == '"' || text.charAt(at) == '\'' || text.charAt(at) == ']')) {
            at++;
        }
        at = skipBlanks(text, at);
        if (at == text.length() || "=:>".indexOf(text.charAt(at)) < 0) {
            return from;
        }
        char sign = text.charAt(at);
        at = skipBlanks(text, at + 1);
        if (at == text.length()) {
            return from;
        }
        char first = text.charAt(at);
        boolean quoted = first == '"' || first == '\'';
        int valueFrom = quoted ? at + 1 : at;
        int end = valueFrom;
        while (end < text.length() && !endsValue(text.charAt(end), quoted ? first : sign, quoted)) {
            end += quoted && text.charAt(end) == '\\' && end + 1 < text.length() ? 2 : 1;
        }
        if (end == valueFrom) {
            return from;
        }
        shown.append(text, from, valueFrom).append(MASK);
        return end;
    }

    private static boolean endsValue(char c, char mark, boolean quoted) {
        if (quoted) {
            return c == mark;
        }
        return mark == '>' ? c == '<' : "&;, \t\r\n\"'}]){[".indexOf(c) >= 0;
    }

    private static int skipBlanks(String text, int from) {
        int at = from;
        while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
            at++;
        }
        return at;
    }

    private static int skipUserInformation(String text, int from, StringBuilder shown) {
        int at = from;
        while (at < text.length() && "/?# \t\r\n\"'<>".indexOf(text.charAt(at)) < 0) {
            if (text.charAt(at) == '@') {
                shown.append(MASK);
                return at;
            }
            at++;
        }
        return from;
    }
}
