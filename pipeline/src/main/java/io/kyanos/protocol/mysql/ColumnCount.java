package io.kyanos.protocol.mysql;

/** The packet before rows: how many columns they have, and perhaps whether these are described. */
// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset.html
// https://mariadb.com/kb/en/result-set-packets/#column-count-packet
final class ColumnCount {

    /** Servers have no more columns. */
    private static final int MOST = 4096;

    private ColumnCount() {}

    private static int size(int first) {
        return first < Packet.NULL ? 1 : first == 0xfc ? 3 : 0;
    }

    /** Whether it may be one, as far as it is in view. */
    static boolean mayBeOne(Packet packet) {
        int length = packet.length();
        boolean isAlone = length == size(packet.at(0)) && packet.at(0) > 0;
        boolean isBeforeFlag = length == size(packet.at(0)) + 1 && packet.at(length - 1) <= 1 && packet.at(0) > 0;
        boolean isBehindFlag = length == size(packet.at(1)) + 1 && packet.at(0) <= 1;
        return length <= 4 && (isAlone || isBeforeFlag || isBehindFlag);
    }

    /** How many descriptions of columns follow. */
    static int definitions(Packet packet, Capabilities of) {
        boolean isAlone = packet.length() == size(packet.at(0));
        boolean isBefore = packet.length() == size(packet.at(0)) + 1 && packet.at(packet.length() - 1) <= 1;
        boolean isFlagFirst = !isAlone && (of.isKnown() ? of.has(Capabilities.OPTIONAL_METADATA) : !isBefore);
        boolean follow = !isFlagFirst || packet.int8() == 1;
        int count = (int) Math.min(MOST, Math.max(0, packet.number()));
        if (!isAlone && !isFlagFirst) {
            follow = packet.int8() == 1;
        }
        return follow ? count : 0;
    }
}
