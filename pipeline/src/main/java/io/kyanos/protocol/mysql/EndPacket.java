package io.kyanos.protocol.mysql;

/** What a server says of success, or at the end of rows. Reused; not thread-safe. */
// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_ok_packet.html
// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_eof_packet.html
final class EndPacket {

    /** So much of one is read. */
    static final int MAX_BYTES = 4096;

    /** The shorter form, without counts. */
    static final int EOF_BYTES = 5;

    static final int LEAST_OK_BYTES = 7;

    private static final int IN_TRANSACTION = 1;
    private static final int MORE_RESULTS = 1 << 3;
    private static final int CURSOR_EXISTS = 1 << 6;
    private static final int SESSION_CHANGED = 1 << 14;
    private static final int TRACKS_SCHEMA = 1;
    private static final int MAX_CHANGES = 64;
    private static final int MAX_NAME_BYTES = 256;

    private final boolean isDetailed;
    private long affected;
    private int flags;
    private int warnings;
    private String database = "";

    EndPacket(boolean isDetailed) {
        this.isDetailed = isDetailed;
    }

    void read(Packet packet, Capabilities of) {
        database = "";
        packet.tell(1);
        if (packet.length() < LEAST_OK_BYTES) {
            affected = -1;
            warnings = packet.hidden16();
            flags = packet.int16();
            return;
        }
        boolean isOk = packet.type() == Packet.OK;
        affected = packet.hiddenNumber();
        affected = isOk ? affected : -1;
        packet.hiddenNumber();
        flags = packet.int16();
        warnings = packet.hidden16();
        boolean isTracked = !of.isKnown() || of.has(Capabilities.SESSION_TRACK);
        if (isDetailed && isTracked && (flags & SESSION_CHANGED) != 0) {
            changes(packet);
        }
    }

    /** Reads what has changed of the session, for its database. */
    private void changes(Packet packet) {
        packet.hiddenText();
        packet.hiddenNumber();
        for (int i = 0; i < MAX_CHANGES && packet.left() > 0; i++) {
            int type = packet.hidden8();
            packet.hiddenText();
            if (type == TRACKS_SCHEMA) {
                // The name, with its own length before it
                database = packet.shownBehind(1, MAX_NAME_BYTES);
            }
        }
    }

    boolean isMoreToCome() {
        return (flags & MORE_RESULTS) != 0;
    }

    boolean hasCursor() {
        return (flags & CURSOR_EXISTS) != 0;
    }

    String transaction() {
        return (flags & IN_TRANSACTION) != 0 ? "active" : "idle";
    }

    /** Rows, -1 where that is not told. */
    long affected() {
        return affected;
    }

    int warnings() {
        return warnings;
    }

    /** The one in use from now on, if that has changed and details are asked for; else empty. */
    String database() {
        return database;
    }
}
