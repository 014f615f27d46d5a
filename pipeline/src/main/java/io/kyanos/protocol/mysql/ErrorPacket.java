package io.kyanos.protocol.mysql;

import java.util.regex.Pattern;

/** What an error says. Reused; not thread-safe. */
// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_err_packet.html
final class ErrorPacket {

    /** So much of one is read. */
    static final int MAX_BYTES = 1024;

    /** What stands before the message, at most. */
    static final int HEAD_BYTES = 9;

    private static final int SQLSTATE_BYTES = 5;
    private static final int SQLSTATE_MARK = '#';
    private static final Pattern QUOTED = Pattern.compile("'[^']*'?|\"[^\"]*\"?|`[^`]*`?");

    private final boolean isDetailed;
    private final boolean isMasked;
    private int number;
    private String sqlState = "";
    private String reason = "";

    ErrorPacket(boolean isDetailed, boolean isMasked) {
        this.isDetailed = isDetailed;
        this.isMasked = isMasked;
    }

    void read(Packet packet) {
        number = packet.at16(1);
        boolean isKnown = ErrorNumbers.isKnown(number) || number == ErrorNumbers.PROGRESS;
        packet.tell(isKnown ? 1 + Short.BYTES : 1);
        packet.skip(isKnown ? 0 : Short.BYTES);
        sqlState = "";
        if (packet.at(1 + Short.BYTES) == SQLSTATE_MARK) {
            packet.tell(1);
            int from = packet.next();
            packet.skip(SQLSTATE_BYTES);
            sqlState = isDetailed ? packet.view().latin1(from, packet.next()).replaceAll("[^0-9A-Z]", "?") : "";
        }
        packet.rest();
        reason = isDetailed ? masked(packet.shown(MAX_BYTES)) : "";
    }

    /** What is quoted may be a value, unless errors of this number quote names. */
    private String masked(String message) {
        return isMasked && !ErrorNumbers.quoteNames(number)
                ? QUOTED.matcher(message).replaceAll("'***'")
                : message;
    }

    boolean isProgress() {
        return number == ErrorNumbers.PROGRESS;
    }

    MysqlStatus status() {
        return MysqlStatus.ofError(number);
    }

    int number() {
        return number;
    }

    /** Empty without details, or where the server tells none. */
    String sqlState() {
        return sqlState;
    }

    /** Empty without details. */
    String reason() {
        return reason;
    }
}
