package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.ByteView;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Names of statements and portals that client libraries count up: a known beginning, digits, perhaps underscores. */
final class CountedNames {

    private static final byte[][] BEGINNINGS = Arrays.stream("""
                    S_
                    C_
                    P_
                    P0_
                    B_
                    s
                    a
                    p
                    c
                    _p
                    _pg3_
                    __asyncpg_stmt_
                    __asyncpg_portal_
                    pdo_stmt_
                    sqlx_s_
                    sqlx_p_
                    PGBOUNCER_
                    stmtcache_
                    lrupsc_""".split("\n"))
            .map(beginning -> beginning.getBytes(StandardCharsets.US_ASCII))
            .toArray(byte[][]::new);

    private CountedNames() {}

    static boolean isOne(ByteView view, int from, int to) {
        for (byte[] beginning : BEGINNINGS) {
            int count = from + beginning.length;
            if (count < to && view.startsWith(beginning, from) && isCount(view, count, to)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isCount(ByteView view, int from, int to) {
        for (int i = from; i < to; i++) {
            byte b = view.byteAt(i);
            boolean isDigit = b >= '0' && b <= '9';
            if (!isDigit && (b != '_' || i == from)) {
                return false;
            }
        }
        return true;
    }
}
