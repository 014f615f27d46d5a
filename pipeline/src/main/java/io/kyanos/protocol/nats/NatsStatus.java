package io.kyanos.protocol.nats;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Descriptor;
import io.kyanos.record.Outcome;
import java.util.ArrayList;
import java.util.List;

/**
 * What an answer says: that all is well, a code of its headers, or an error that the server tells in words.
 *
 * @param operation of the record of an error that answers no request that is known
 */
record NatsStatus(String label, Outcome outcome, String operation) {

    static final NatsStatus OK = new NatsStatus("OK", Outcome.OK);

    private static final NatsStatus OTHER_ERROR = new NatsStatus("error", Outcome.SERVER_ERROR);

    // https://docs.nats.io/reference/reference-protocols/nats-protocol#ok-err
    private static final List<NatsStatus> ERRORS = List.of(
            new NatsStatus("Unknown Protocol Operation", Outcome.CLIENT_ERROR),
            new NatsStatus("Attempted To Connect To Route Port", Outcome.CLIENT_ERROR),
            new NatsStatus("Authorization Violation", Outcome.CLIENT_ERROR),
            new NatsStatus("Authorization Timeout", Outcome.CLIENT_ERROR),
            new NatsStatus("Authentication Timeout", Outcome.CLIENT_ERROR),
            new NatsStatus("User Authentication Expired", Outcome.CLIENT_ERROR),
            new NatsStatus("User Authentication Revoked", Outcome.CLIENT_ERROR),
            new NatsStatus("Account Authentication Expired", Outcome.CLIENT_ERROR),
            new NatsStatus("Invalid Client Protocol", Outcome.CLIENT_ERROR),
            new NatsStatus("Maximum Control Line Exceeded", Outcome.CLIENT_ERROR),
            new NatsStatus("Parser Error", Outcome.CLIENT_ERROR),
            new NatsStatus("Secure Connection - TLS Required", Outcome.CLIENT_ERROR),
            new NatsStatus("Stale Connection", Outcome.CLIENT_ERROR),
            new NatsStatus("Maximum Connections Exceeded", Outcome.SERVER_ERROR),
            new NatsStatus("Maximum Account Active Connections Exceeded", Outcome.SERVER_ERROR),
            new NatsStatus("Maximum Subscriptions Exceeded", Outcome.CLIENT_ERROR),
            new NatsStatus("Slow Consumer", Outcome.CLIENT_ERROR),
            new NatsStatus("Maximum Payload Violation", Outcome.CLIENT_ERROR),
            new NatsStatus("Message Headers Not Supported", Outcome.CLIENT_ERROR),
            new NatsStatus("Invalid Subject", Outcome.CLIENT_ERROR),
            new NatsStatus("Invalid Publish Subject", Outcome.CLIENT_ERROR),
            new NatsStatus("Permissions Violation for Publish", Outcome.CLIENT_ERROR),
            new NatsStatus("Permissions Violation for Subscription", Outcome.CLIENT_ERROR),
            new NatsStatus("Server Shutdown", Outcome.SERVER_ERROR));

    private static final int CODES = 1000;
    private static final int NO_MESSAGES = 404;
    private static final int REQUEST_TIMEOUT = 408;
    private static final NatsStatus[] BY_CODE = new NatsStatus[CODES];

    static {
        for (int code = 0; code < CODES; code++) {
            BY_CODE[code] = new NatsStatus(Integer.toString(code), outcomeOf(code));
        }
    }

    private NatsStatus(String label, Outcome outcome) {
        this(label, outcome, "-ERR " + label);
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

    boolean refusesConnection() {
        return label.startsWith("Authorization") || label.equals("Authentication Timeout");
    }

    /** The one whose words begin the text of {@code -ERR}, which may stand in quotes. */
    static NatsStatus ofError(ByteView view, int from, int to) {
        for (NatsStatus status : ERRORS) {
            int end = status.knownEnd(view, from);
            if (end <= to && view.isBeginningOf(status.label, end - status.label.length(), end)) {
                return status;
            }
        }
        return OTHER_ERROR;
    }

    /** Where the words end by which {@link #ofError} knows the status, if its text begins at {@code from}. */
    int knownEnd(ByteView view, int from) {
        int quote = view.byteAt(from) == '\'' ? 1 : 0;
        return equals(OTHER_ERROR) ? from : from + quote + label.length();
    }

    static NatsStatus ofCode(int code) {
        return BY_CODE[code];
    }
}
