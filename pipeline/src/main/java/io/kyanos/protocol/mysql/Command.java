package io.kyanos.protocol.mysql;

import org.jspecify.annotations.Nullable;

/** What a client asks for by the first byte of a packet, how long such packets are, and what answers them. */
// https://dev.mysql.com/doc/dev/mysql-server/latest/my__command_8h.html
// https://mariadb.com/kb/en/2-text-protocol/ and https://mariadb.com/kb/en/3-binary-protocol-prepared-statements/
enum Command {
    QUIT(0x01, 1, 1, 0, Reply.NONE),
    INIT_DB(0x02, 1, Command.NAME, Command.NAME, Reply.OK),
    QUERY(0x03, 1, Command.ANY, Packet.MAX_TEXT_BYTES, Reply.RESULTS),
    FIELD_LIST(0x04, 2, Command.NAME, Command.NAME, Reply.ROWS),
    CREATE_DB(0x05, 2, Command.NAME, Command.NAME, Reply.OK),
    DROP_DB(0x06, 2, Command.NAME, Command.NAME, Reply.OK),
    REFRESH(0x07, 2, 2, 0, Reply.OK),
    SHUTDOWN(0x08, 1, 2, 0, Reply.OK),
    STATISTICS(0x09, 1, 1, 0, Reply.TEXT),
    PROCESS_INFO(0x0a, 1, 1, 0, Reply.RESULTS),
    PROCESS_KILL(0x0c, 5, 5, 0, Reply.OK),
    DEBUG(0x0d, 1, 1, 0, Reply.OK),
    PING(0x0e, 1, 1, 0, Reply.OK),
    CHANGE_USER(0x11, 4, Command.LOGIN_BYTES, Command.LOGIN_BYTES, Reply.LOGIN),
    BINLOG_DUMP(0x12, 11, Command.NAME, Command.NAME, Reply.EVENTS),
    TABLE_DUMP(0x13, 3, Command.NAME, Command.NAME, Reply.EVENTS),
    REGISTER_SLAVE(0x15, 18, Command.NAME, Command.NAME, Reply.OK),
    PREPARE(0x16, 1, Command.ANY, Packet.MAX_TEXT_BYTES, Reply.PREPARED),
    EXECUTE(0x17, 10, Command.ANY, 10, Reply.RESULTS),
    LONG_DATA(0x18, 7, Command.ANY, 5, Reply.NONE),
    CLOSE(0x19, 5, 5, 5, Reply.NONE),
    RESET(0x1a, 5, 5, 5, Reply.OK),
    SET_OPTION(0x1b, 3, 3, 0, Reply.OK),
    FETCH(0x1c, 9, 9, 9, Reply.ROWS),
    BINLOG_DUMP_GTID(0x1e, 19, Command.ANY, 0, Reply.EVENTS),
    RESET_CONNECTION(0x1f, 1, 1, 0, Reply.OK),
    BULK_EXECUTE(0xfa, 7, Command.ANY, 7, Reply.RESULTS),
    /** One that servers have forgotten, or never knew. */
    OBSOLETE(0x0f, 1, Command.NAME, Command.NAME, Reply.OK),
    /** What a client says after the greeting, with all of the authentication. */
    CONNECT(-1, 32, Command.LOGIN_BYTES, Command.LOGIN_BYTES, Reply.LOGIN),
    /** The wish for encryption before that. */
    SSL_REQUEST(-1, 32, 32, 32, Reply.NONE);

    /** What ends the answer. */
    enum Reply {
        /** There is none. */
        NONE,
        /** One packet, with which it succeeds or fails. */
        OK,
        /** The same, or rows after their columns; and perhaps more of these. */
        RESULTS,
        /** Rows, or columns alone. */
        ROWS,
        /** One packet of text. */
        TEXT,
        /** The number of a statement, its parameters and its columns. */
        PREPARED,
        /** Success or failure, after any number of packets of authentication. */
        LOGIN,
        /** Events, for as long as the connection lasts. */
        EVENTS
    }

    /** The most that a name, or some of them, may take. */
    static final int NAME = 1024;

    /** The most that a login may take: attributes of connections are within 64 KiB, and mostly within 1 KiB. */
    static final int LOGIN_BYTES = 66 * 1024;

    private static final int ANY = Packet.LONGEST;

    private static final @Nullable Command[] BY_CODE = new Command[256];

    static {
        for (Command command : values()) {
            if (command.code >= 0) {
                BY_CODE[command.code] = command;
            }
        }
        // COM_CONNECT, COM_TIME, COM_DELAYED_INSERT, COM_CONNECT_OUT, COM_DAEMON
        for (int code : new int[] {0x0b, 0x10, 0x14, 0x1d}) {
            BY_CODE[code] = OBSOLETE;
        }
    }

    private final int code;
    private final int least;
    private final int most;
    private final int read;
    private final Reply reply;

    Command(int code, int least, int most, int read, Reply reply) {
        this.code = code;
        this.least = least;
        this.most = most;
        this.read = read;
        this.reply = reply;
    }

    /** The one of this first byte, or null if there is none. */
    static @Nullable Command of(int code) {
        return BY_CODE[code];
    }

    boolean fits(int length) {
        return length >= least && length <= most;
    }

    /** How many bytes behind the head must be in view, if there are so many. */
    int read() {
        return read;
    }

    Reply reply() {
        return reply;
    }

    /** Whether it is of a statement that was prepared. */
    boolean isOfPrepared() {
        return switch (this) {
            case EXECUTE, BULK_EXECUTE, LONG_DATA, CLOSE, RESET, FETCH -> true;
            default -> false;
        };
    }

    /** What it is called where no statement says it better. */
    String operation() {
        return this == SSL_REQUEST ? "SSLREQUEST" : this == OBSOLETE ? "other" : name();
    }
}
