package io.kyanos.record;

/**
 * The ids that a request's sender has given it, by which it is found in traces and logs. They are nothing but hexadecimal
 * digits (and the dashes of a UUID), so they may stand where payload may not. Empty texts where there is none.
 *
 * @param traceId 16 or 32 digits
 * @param spanId 16 digits; empty without a trace id
 * @param requestId a UUID, or 32 digits
 */
public record Trace(String traceId, String spanId, String requestId) {

    /** A request without ids. */
    public static final Trace NONE = new Trace("", "", "");

    private static final int SHORT_ID = 16;
    private static final int LONG_ID = 32;
    private static final String UUID = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";

    /** @throws IllegalArgumentException if a text is not what it should be */
    public Trace {
        if (!traceId.isEmpty() && !isTraceId(traceId)) {
            throw new IllegalArgumentException("trace id of " + traceId.length()
                    + " characters (expected: 16 or 32 hexadecimal" + " digits, not all 0)");
        }
        if (!spanId.isEmpty() && (traceId.isEmpty() || !isSpanId(spanId))) {
            throw new IllegalArgumentException("span id of " + spanId.length() + " characters (expected: 16 hexadecimal"
                    + " digits, not all 0, with a trace id)");
        }
        if (!requestId.isEmpty() && !isRequestId(requestId)) {
            throw new IllegalArgumentException(
                    "request id of " + requestId.length() + " characters (expected: a UUID or 32 hexadecimal digits)");
        }
    }

    public boolean isNone() {
        return traceId.isEmpty() && requestId.isEmpty();
    }

    /** 16 or 32 hexadecimal digits of lower case, not all 0. */
    public static boolean isTraceId(String text) {
        return (text.length() == SHORT_ID || text.length() == LONG_ID) && isId(text);
    }

    /** 16 hexadecimal digits of lower case, not all 0. */
    public static boolean isSpanId(String text) {
        return text.length() == SHORT_ID && isId(text);
    }

    /** A UUID or 32 hexadecimal digits, of any case. */
    public static boolean isRequestId(String text) {
        if (text.length() != LONG_ID && text.length() != UUID.length()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            boolean dash = text.length() == UUID.length() && UUID.charAt(i) == '-';
            char c = text.charAt(i);
            if (dash ? c != '-' : !isDigit(c) && !(c >= 'A' && c <= 'F')) {
                return false;
            }
        }
        return true;
    }

    private static boolean isId(String text) {
        boolean zero = true;
        for (int i = 0; i < text.length(); i++) {
            if (!isDigit(text.charAt(i))) {
                return false;
            }
            zero &= text.charAt(i) == '0';
        }
        return !zero;
    }

    private static boolean isDigit(char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    }
}
