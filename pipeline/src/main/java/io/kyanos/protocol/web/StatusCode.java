package io.kyanos.protocol.web;

import io.kyanos.record.Outcome;

/** Three-digit status codes (RFC 9110 section 15) as interned text and as outcomes. */
public final class StatusCode {

    public static final int SWITCHING_PROTOCOLS = 101;
    public static final int NO_CONTENT = 204;
    public static final int NOT_MODIFIED = 304;

    private static final int FIRST = 100;
    private static final int LAST = 999;
    private static final String[] TEXTS = new String[LAST - FIRST + 1];

    static {
        for (int code = FIRST; code <= LAST; code++) {
            TEXTS[code - FIRST] = Integer.toString(code);
        }
    }

    private StatusCode() {}

    /** Whether it is a number that a status code may be. */
    public static boolean isCode(int code) {
        return code >= FIRST && code <= LAST;
    }

    public static String text(int code) {
        return TEXTS[code - FIRST];
    }

    public static Outcome outcome(int code) {
        if (code < 400) {
            return Outcome.OK;
        }
        // RFC 9110 section 15: a code of no known class is treated as a server's error
        return code < 500 ? Outcome.CLIENT_ERROR : Outcome.SERVER_ERROR;
    }

    /** Interim responses precede the one that answers; 101 is final as far as HTTP goes. */
    public static boolean isInterim(int code) {
        return code < 200 && code != SWITCHING_PROTOCOLS;
    }

    /** Whether a server that answers so serves the path at all: not if it says that it knows no such path or method. */
    public static boolean showsAnEndpoint(String code) {
        return switch (code) {
            case "400", "404", "405", "501" -> false;
            default -> true;
        };
    }

    public static boolean isSuccess(int code) {
        return code >= 200 && code < 300;
    }
}
