package io.kyanos.protocol.postgresql;

/** What an error or a notice says, in fields of a letter and a text each. Reused; not thread-safe. */
// https://www.postgresql.org/docs/current/protocol-error-fields.html
final class ErrorFields {

    private static final String KNOWN = "SVCMDHPpqWstcdnFLR";
    private static final byte SEVERITY = 'S';
    private static final byte SEVERITY_IN_ENGLISH = 'V';
    private static final byte CODE = 'C';
    private static final byte MESSAGE = 'M';

    private final boolean isDetailed;
    private final boolean isMasked;

    private PostgresqlStatus status = PostgresqlStatus.OTHER_ERROR;
    private boolean endsSession;
    private boolean isEnglish;
    private String severity = "";
    private String reason = "";

    ErrorFields(boolean isDetailed, boolean isMasked) {
        this.isDetailed = isDetailed;
        this.isMasked = isMasked;
    }

    void read(Frame frame) {
        status = PostgresqlStatus.OTHER_ERROR;
        endsSession = false;
        isEnglish = false;
        severity = "";
        reason = "";
        while (frame.hasText()) {
            byte field = frame.one(KNOWN);
            frame.text();
            int known = field(field, frame);
            frame.tell(frame.hasTextEnded() ? known : 0);
        }
        frame.tellEndOfList();
    }

    /** Takes the text of one field; how much of it is known to everybody. */
    private int field(byte field, Frame frame) {
        switch (field) {
            case SEVERITY, SEVERITY_IN_ENGLISH -> {
                return severity(field == SEVERITY_IN_ENGLISH, frame);
            }
            case CODE -> {
                status = PostgresqlStatus.ofError(frame.view(), frame.textFrom(), frame.textTo());
                return PostgresqlStatus.knownBytes(frame.view(), frame.textFrom(), frame.textTo());
            }
            case MESSAGE -> reason = isDetailed ? masked(frame.shown()) : "";
            default -> {}
        }
        return 0;
    }

    /** The server says it in its own language, and those since 9.6 in English, too. */
    private int severity(boolean inEnglish, Frame frame) {
        boolean ends = frame.isText("FATAL") || frame.isText("PANIC");
        endsSession = ends || (endsSession && !inEnglish);
        if (isDetailed && (inEnglish || !isEnglish)) {
            severity = frame.shown();
        }
        isEnglish |= inEnglish;
        return ends ? frame.textBytes() : 0;
    }

    /** A message that ends in a quoted value tells what a statement held. */
    private String masked(String message) {
        int value = message.indexOf(": \"");
        return value < 0 || !isMasked ? message : message.substring(0, value) + ": ***";
    }

    PostgresqlStatus status() {
        return status;
    }

    /** Whether the connection ends with it. */
    boolean endsSession() {
        return endsSession;
    }

    /** Empty without details. */
    String severity() {
        return severity;
    }

    /** Empty without details. */
    String reason() {
        return reason;
    }
}
