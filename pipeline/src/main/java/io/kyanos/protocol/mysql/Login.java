package io.kyanos.protocol.mysql;

/**
 * What a client says of itself: its answer to the greeting, its wish for encryption, which is the beginning of that, or a change
 * of user. What proves who it is is passed over. Reused; not thread-safe.
 */
// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_response.html
// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_change_user.html
final class Login {

    /** Capabilities, the longest packet, a character set, and nothing up to the name of the user. */
    static final int HEAD_BYTES = 32;

    private static final int FILLER_AT = 9;
    private static final int EXTENDED_AT = 28;
    private static final int MAX_NAME_BYTES = 256;
    private static final int MAX_ATTRIBUTES = 64;

    private Capabilities capabilities = Capabilities.UNKNOWN;
    private String user = "";
    private String database = "";
    private String program = "";
    private String library = "";

    /** Whether the packet, whose head is in view, may be an answer to a greeting. */
    static boolean isOne(Packet packet) {
        boolean isFilled = true;
        for (int i = FILLER_AT; i < EXTENDED_AT; i++) {
            isFilled &= packet.at(i) == 0;
        }
        return isFilled && (packet.at32(0) & Capabilities.PROTOCOL_41) != 0;
    }

    Command command(Packet packet) {
        boolean isWish = packet.length() == HEAD_BYTES && (packet.at32(0) & Capabilities.SSL) != 0;
        return isWish ? Command.SSL_REQUEST : Command.CONNECT;
    }

    void read(Packet packet) {
        reset();
        long flags = packet.at32(0);
        long extended = (flags & Capabilities.CLIENT_MYSQL) == 0 ? packet.at32(EXTENDED_AT) : 0;
        capabilities = Capabilities.of(flags, extended);
        packet.tell(HEAD_BYTES);
        if (packet.length() > HEAD_BYTES) {
            names(packet, capabilities, capabilities.has(Capabilities.CONNECT_WITH_DB), false);
        }
    }

    void readChange(Packet packet, Capabilities of) {
        reset();
        capabilities = of;
        names(packet, of, true, true);
    }

    private void names(Packet packet, Capabilities of, boolean hasDatabase, boolean isChange) {
        packet.text();
        user = packet.shown(MAX_NAME_BYTES);
        proof(packet, of, isChange);
        if (hasDatabase) {
            packet.text();
            database = packet.shown(MAX_NAME_BYTES);
        }
        if (isChange && packet.left() >= Short.BYTES) {
            packet.tell(Short.BYTES);
        }
        if (of.has(Capabilities.PLUGIN_AUTH) && packet.left() > 0) {
            packet.text();
        }
        if (of.has(Capabilities.CONNECT_ATTRS) && packet.left() > 0) {
            attributes(packet);
        }
    }

    /** What proves who it is: the password, or what was made of it. */
    private static void proof(Packet packet, Capabilities of, boolean isChange) {
        if (of.has(Capabilities.PLUGIN_AUTH_LENENC) && !isChange) {
            packet.countedText();
        } else if (of.has(Capabilities.SECURE_CONNECTION) || !of.isKnown()) {
            packet.skip(packet.int8());
        } else {
            packet.text();
        }
    }

    private void attributes(Packet packet) {
        packet.number();
        for (int i = 0; i < MAX_ATTRIBUTES && packet.left() > 0; i++) {
            packet.countedText();
            boolean isProgram = packet.isText("program_name");
            boolean isLibrary = packet.isText("_client_name");
            packet.countedText();
            program = isProgram ? packet.shown(MAX_NAME_BYTES) : program;
            library = isLibrary ? packet.shown(MAX_NAME_BYTES) : library;
        }
    }

    Capabilities capabilities() {
        return capabilities;
    }

    /** Who that is; a change keeps the program. */
    Session session(Session before) {
        String named = program.isEmpty() ? library : program;
        return new Session(user, database, named.isEmpty() ? before.application() : named);
    }

    private void reset() {
        user = "";
        database = "";
        program = "";
        library = "";
    }
}
