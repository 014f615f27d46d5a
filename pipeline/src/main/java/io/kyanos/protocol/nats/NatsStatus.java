package io.kyanos.protocol.nats;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Descriptor;
import io.kyanos.record.Outcome;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What an answer says: that all is well, a code of its headers, or an error that the server tells in words. Immutable. */
final class NatsStatus {

    static final NatsStatus OK = new NatsStatus("OK", Outcome.OK);
    static final NatsStatus OTHER_ERROR = new NatsStatus("error", Outcome.SERVER_ERROR);

    // https://docs.nats.io/reference/reference-protocols/nats-protocol#ok-err
    private static final List<NatsStatus> ERRORS = List.of(
            error("Unknown Protocol Operation", Outcome.CLIENT_ERROR),
            error("Attempted To Connect To Route Port", Outcome.CLIENT_ERROR),
            error("Authorization Violation", Outcome.CLIENT_ERROR),
            error("Authorization Timeout", Outcome.CLIENT_ERROR),
            error("Authentication Timeout", Outcome.CLIENT_ERROR),
            error("User Authentication Expired", Outcome.CLIENT_ERROR),
            error("User Authentication Revoked", Outcome.CLIENT_ERROR),
            error("Account Authentication Expired", Outcome.CLIENT_ERROR),
            error("Invalid Client Protocol", Outcome.CLIENT_ERROR),
            error("Maximum Control Line Exceeded", Outcome.CLIENT_ERROR),
            error("Parser Error", Outcome.CLIENT_ERROR),
            error("Secure Connection - TLS Required", Outcome.CLIENT_ERROR),
            error("Stale Connection", Outcome.CLIENT_ERROR),
            error("Maximum Connections Exceeded", Outcome.SERVER_ERROR),
            error("Maximum Account Active Connections Exceeded", Outcome.SERVER_ERROR),
            error("Maximum Subscriptions Exceeded", Outcome.CLIENT_ERROR),
            error("Slow Consumer", Outcome.CLIENT_ERROR),
            error("Maximum Payload Violation", Outcome.CLIENT_ERROR),
            error("Message Headers Not Supported", Outcome.CLIENT_ERROR),
            error("Invalid Subject", Outcome.CLIENT_ERROR),
            error("Invalid Publish Subject", Outcome.CLIENT_ERROR),
            error("Permissions Violation for Publish", Outcome.CLIENT_ERROR),
            error("Permissions Violation for Subscription", Outcome.CLIENT_ERROR),
            error("Server Shutdown", Outcome.SERVER_ERROR));

    private static final byte[] VERSION = "NATS/1.0 ".getBytes(StandardCharsets.US_ASCII);

    // https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-32.md
    private static final byte[] SERVICE_ERROR_CODE = "\nnats-service-error-code:".getBytes(StandardCharsets.US_ASCII);

    static final int CODE_DIGITS = 3;

    private static final int CODES = 1000;
    private static final int NO_MESSAGES = 404;
    private static final int REQUEST_TIMEOUT = 408;
    private static final NatsStatus[] BY_CODE = new NatsStatus[CODES];

    static {
        for (int code = 0; code < CODES; code++) {
            BY_CODE[code] = new NatsStatus(Integer.toString(code), outcomeOf(code));
        }
    }

    private final String label;
    private final Outcome outcome;
    private final String operation;

    private NatsStatus(String label, Outcome outcome) {
        this.label = label;
        this.outcome = outcome;
        this.operation = "-ERR " + label;
    }

    private static NatsStatus error(String words, Outcome outcome) {
        return new NatsStatus(words, outcome);
    }

    /** A pull that finds nothing, or not enough in time, has been served. */
    private static Outcome outcomeOf(int code) {
        if (code < 400 || code == NO_MESSAGES || code == REQUEST_TIMEOUT) {
            return Outcome.OK;
        }
        return code < 500 ? Outcome.CLIENT_ERROR : Outcome.SERVER_ERROR;
    }

    /** For the documents. */
    static List<Descriptor.Status> described() {
        List<Descriptor.Status> all = new ArrayList<>();
        all.add(new Descriptor.Status("OK", Outcome.OK, "An answer without a code, a `PONG`, a `+OK`"));
        all.add(new Descriptor.Status(
                "404, 408", Outcome.OK, "A pull from a stream found nothing, or not enough in time"));
        all.add(new Descriptor.Status(
                "400 to 499",
                Outcome.CLIENT_ERROR,
                "The status line of the answer's headers, or the error of a service"));
        all.add(new Descriptor.Status("503", Outcome.SERVER_ERROR, "Nobody serves that subject"));
        all.add(new Descriptor.Status("500 to 599", Outcome.SERVER_ERROR, "As 400 to 499"));
        for (NatsStatus error : ERRORS) {
            all.add(new Descriptor.Status(error.label, error.outcome, "The server's `-ERR`"));
        }
        all.add(new Descriptor.Status("error", OTHER_ERROR.outcome, "Any other `-ERR`"));
        return all;
    }

    String label() {
        return label;
    }

    Outcome outcome() {
        return outcome;
    }

    boolean refusesConnection() {
        return label.startsWith("Authorization") || label.equals("Authentication Timeout");
    }

    /** The operation of the record of an error that answers no request that is known. */
    String operation() {
        return operation;
    }

    /** The one whose words begin the text of {@code -ERR}, which may stand in quotes. */
    static NatsStatus ofError(ByteView view, int from, int to) {
        int first = from < to && view.byteAt(from) == '\'' ? from + 1 : from;
        for (NatsStatus status : ERRORS) {
            if (beginsInAnyCase(view, first, to, status.label)) {
                return status;
            }
        }
        return OTHER_ERROR;
    }

    /** Bytes of the text by which {@link #ofError} knows the status, a quote before them included. */
    int knownBytes(ByteView view, int from) {
        return this == OTHER_ERROR ? 0 : label.length() + (view.byteAt(from) == '\'' ? 1 : 0);
    }

    /** What the headers {@code [from, to)} of an answer say. */
    static NatsStatus ofHeaders(ByteView view, int from, int to) {
        int code = codeBytes(view, from, to) > 0 ? code(view, from + VERSION.length, to) : 0;
        if (code == 0) {
            int service = serviceCode(view, from, to);
            code = service < 0 ? 0 : code(view, service, to);
        }
        return code == 0 ? OK : BY_CODE[code];
    }

    /** Where the value of the header begins that a failed service sends, or -1. */
    static int serviceCode(ByteView view, int from, int to) {
        for (int at = view.indexOf((byte) '\n', from, to);
                at >= 0 && at + SERVICE_ERROR_CODE.length < to;
                at = view.indexOf((byte) '\n', at + 1, to)) {
            if (isServiceErrorCode(view, at)) {
                int value = at + SERVICE_ERROR_CODE.length;
                while (value < to && NatsLine.isBlank(view.byteAt(value))) {
                    value++;
                }
                return value;
            }
        }
        return -1;
    }

    /** Bytes of the status line that tell its code, its version included; 0 if it has none. */
    static int codeBytes(ByteView view, int from, int to) {
        return view.startsWith(VERSION, from) && code(view, from + VERSION.length, to) > 0
                ? VERSION.length + CODE_DIGITS
                : 0;
    }

    private static boolean isServiceErrorCode(ByteView view, int at) {
        for (int i = 0; i < SERVICE_ERROR_CODE.length; i++) {
            if (lower(view.byteAt(at + i)) != SERVICE_ERROR_CODE[i]) {
                return false;
            }
        }
        return true;
    }

    private static int code(ByteView view, int from, int to) {
        if (to - from < CODE_DIGITS) {
            return 0;
        }
        int code = 0;
        for (int i = from; i < from + CODE_DIGITS; i++) {
            int digit = view.byteAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return 0;
            }
            code = code * 10 + digit;
        }
        return code;
    }

    private static boolean beginsInAnyCase(ByteView view, int from, int to, String words) {
        if (to - from < words.length()) {
            return false;
        }
        for (int i = 0; i < words.length(); i++) {
            if (lower(view.byteAt(from + i)) != lower((byte) words.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static int lower(byte b) {
        return b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b;
    }
}
