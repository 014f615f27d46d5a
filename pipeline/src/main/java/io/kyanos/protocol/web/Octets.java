package io.kyanos.protocol.web;

import io.kyanos.protocol.ByteView;

/** What single bytes mean in a head (RFC 9110 section 5.6), and comparisons that ignore the case of ASCII letters. */
public final class Octets {

    public static final byte CR = '\r';
    public static final byte LF = '\n';
    public static final byte SP = ' ';
    public static final byte HTAB = '\t';

    private static final byte DEL = 0x7f;

    private static final boolean[] TOKEN = new boolean[128];

    static {
        for (char c = '0'; c <= '9'; c++) {
            TOKEN[c] = true;
        }
        for (char c = 'a'; c <= 'z'; c++) {
            TOKEN[c] = true;
            TOKEN[Character.toUpperCase(c)] = true;
        }
        for (char c : "!#$%&'*+-.^_`|~".toCharArray()) {
            TOKEN[c] = true;
        }
    }

    private Octets() {}

    /** RFC 9110 section 5.6.2. */
    public static boolean isToken(byte octet) {
        return octet >= 0 && TOKEN[octet];
    }

    public static boolean isDigit(byte octet) {
        return octet >= '0' && octet <= '9';
    }

    public static boolean isLetter(byte octet) {
        int lower = octet | 0x20;
        return lower >= 'a' && lower <= 'z';
    }

    /** Not a control character and not a space; bytes above ASCII count as visible. */
    public static boolean isVisible(byte octet) {
        return (octet > SP && octet != DEL) || octet < 0;
    }

    /** Whether there are control bytes other than a tab. */
    public static boolean holdsControl(ByteView view, int from, int to) {
        for (int i = from; i < to; i++) {
            byte octet = view.byteAt(i);
            if ((octet >= 0 && octet < SP && octet != HTAB) || octet == DEL) {
                return true;
            }
        }
        return false;
    }

    public static boolean isBlank(byte octet) {
        return octet == SP || octet == HTAB;
    }

    public static boolean isBlankOrLineEnd(byte octet) {
        return octet == SP || octet == HTAB || octet == CR || octet == LF;
    }

    /** The value of a hexadecimal digit, or -1. */
    public static int hexValue(byte octet) {
        if (isDigit(octet)) {
            return octet - '0';
        }
        int lower = octet | 0x20;
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }

    /**
     * Whether {@code [from, to)} is the expected word, whatever the case of its letters.
     *
     * @param expected in lower case
     */
    public static boolean equalsIgnoringCase(ByteView view, int from, int to, String expected) {
        if (to - from != expected.length()) {
            return false;
        }
        for (int i = 0; i < expected.length(); i++) {
            byte octet = view.byteAt(from + i);
            int lower = octet >= 'A' && octet <= 'Z' ? octet + ('a' - 'A') : octet;
            if (lower != expected.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
