package io.kyanos.protocol.mysql;

import io.kyanos.protocol.ByteView;

/**
 * What a server says of a statement that it has prepared. Immutable.
 *
 * @param definitions of parameters and columns that follow
 * @param lists how many lists these are
 */
// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_prepare.html
record Prepared(long number, int definitions, int lists) {

    static final int BYTES = 12;
    private static final int FILLER_AT = 9;

    static Prepared read(Packet packet) {
        packet.tell(1);
        long number = packet.int32();
        int columns = packet.int16();
        int parameters = packet.int16();
        packet.tell(1 + Short.BYTES);
        boolean follow = packet.left() == 0 || packet.int8() != 0;
        int lists = (columns > 0 ? 1 : 0) + (parameters > 0 ? 1 : 0);
        return new Prepared(number, follow ? columns + parameters : 0, follow ? lists : 0);
    }

    /** Whether it is this rather than success: it has as many bytes, and zeros where the other has a state and a text. */
    static boolean looksLikeOne(Packet packet) {
        return packet.length() == BYTES && packet.at(FILLER_AT) == 0 && packet.at(3) == 0 && packet.at(4) == 0;
    }

    /** The same of what stands at {@code from}, as far as it is in view. */
    static boolean isOne(ByteView view, int from) {
        for (int at : new int[] {3, 4, FILLER_AT}) {
            if (from + at < view.length() && view.byteAt(from + at) != 0) {
                return false;
            }
        }
        return true;
    }
}
