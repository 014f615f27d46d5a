package io.kyanos.protocol.mysql;

import io.kyanos.protocol.ByteView;

/** The first packet of a server: its version and what it can do. Reused; not thread-safe. */
// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html
// https://mariadb.com/kb/en/connection/#initial-handshake-packet
final class Greeting {

    static final int PROTOCOL = 10;
    static final int LEAST = 45;
    static final int MOST = 512;

    private static final int MAX_VERSION_BYTES = 80;
    private static final String BEFORE_MARIADB = "5.5.5-";
    private static final int CHALLENGE_BYTES = 8;
    private static final int RESERVED_BYTES = 6;
    private static final int FLAGS_BITS = 16;

    private String version = "";
    private Capabilities capabilities = Capabilities.UNKNOWN;

    void read(Packet packet) {
        packet.tell(1);
        packet.text();
        version = packet.shown(MAX_VERSION_BYTES);
        packet.skip(Integer.BYTES + CHALLENGE_BYTES);
        packet.tell(1);
        long flags = packet.int16();
        packet.tell(1 + Short.BYTES);
        flags |= (long) packet.int16() << FLAGS_BITS;
        packet.tell(1 + RESERVED_BYTES);
        long extended = packet.int32();
        boolean isMariadb = (flags & Capabilities.CLIENT_MYSQL) == 0;
        capabilities = Capabilities.of(flags, isMariadb ? extended : 0);
    }

    String version() {
        // So that old replicas of MySQL do not take 10 for less than 5
        return version.startsWith(BEFORE_MARIADB) ? version.substring(BEFORE_MARIADB.length()) : version;
    }

    Capabilities capabilities() {
        return capabilities;
    }

    /** Whether the view begins with one, or is the beginning of one. */
    static boolean mayBeOne(ByteView view) {
        if (view.length() < Packet.HEAD_BYTES) {
            return view.length() < 3 || view.byteAt(2) == 0;
        }
        int length = Packet.length(view, 0);
        if (length < LEAST || length > MOST || Packet.sequence(view, 0) != 0) {
            return false;
        }
        int at = Packet.HEAD_BYTES;
        if (at < view.length() && view.byteAt(at) != PROTOCOL) {
            return false;
        }
        int end = versionEnd(view, at + 1);
        boolean isVersion = end - at - 1 <= MAX_VERSION_BYTES
                && (at + 1 >= view.length() || isDigit(view.byteAt(at + 1)))
                && (end >= view.length() || view.byteAt(end) == 0);
        int filler = end + 1 + Integer.BYTES + CHALLENGE_BYTES;
        return isVersion && (filler >= view.length() || view.byteAt(filler) == 0);
    }

    /** Whether so much is in view that {@link #mayBeOne} is certain. */
    static boolean isCertain(ByteView view) {
        return view.length() >= LEAST
                && versionEnd(view, Packet.HEAD_BYTES + 1) + 1 + Integer.BYTES + CHALLENGE_BYTES < view.length();
    }

    private static int versionEnd(ByteView view, int from) {
        int end = from;
        while (end < view.length() && view.byteAt(end) > ' ' && view.byteAt(end) < 0x7f) {
            end++;
        }
        return end;
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }
}
