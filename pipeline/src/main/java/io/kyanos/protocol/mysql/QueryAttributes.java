package io.kyanos.protocol.mysql;

/** What a client may say of a query before its text: named values, as those of a prepared statement. */
// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query.html
final class QueryAttributes {

    private static final int MAX = 64;

    private static final int NO_TYPES = 0;

    private QueryAttributes() {}

    /**
     * Moves past them.
     *
     * @return false if the text after them is not in view
     */
    static boolean skip(Packet packet, Capabilities of) {
        if (of.isKnown() ? !of.has(Capabilities.QUERY_ATTRIBUTES) : !mayBeSome(packet)) {
            return true;
        }
        long count = packet.number();
        packet.number();
        if (count <= 0) {
            return packet.left() > 0;
        }
        if (count > MAX) {
            packet.rest();
            return false;
        }
        byte[] nulls = new byte[(int) (count + Byte.SIZE - 1) / Byte.SIZE];
        for (int i = 0; i < nulls.length; i++) {
            nulls[i] = (byte) packet.int8();
        }
        if (packet.int8() == NO_TYPES) {
            packet.rest();
            return false;
        }
        int[] types = new int[(int) count];
        for (int i = 0; i < count; i++) {
            types[i] = packet.int16() & 0xff;
            packet.countedText();
        }
        for (int i = 0; i < count; i++) {
            if (((nulls[i / Byte.SIZE] >> (i % Byte.SIZE)) & 1) == 0) {
                value(packet, types[i]);
            }
        }
        return packet.left() > 0;
    }

    /** No text of a statement begins with such small numbers. */
    private static boolean mayBeSome(Packet packet) {
        return packet.left() >= 2 && packet.at(1) < '\t' && packet.at(2) == 1;
    }

    // https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html
    private static void value(Packet packet, int type) {
        switch (type) {
            case 1 -> packet.skip(1);
            case 2, 13 -> packet.skip(2);
            case 3, 4, 9 -> packet.skip(4);
            case 5, 8 -> packet.skip(8);
            case 6 -> {}
            case 7, 10, 11, 12 -> packet.skip(packet.int8());
            default -> packet.countedText();
        }
    }
}
