package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.ByteView;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What client libraries ask by themselves when they have connected, by the beginnings of their texts. */
final class SetupStatements {

    private static final byte[][] BEGINNINGS = Arrays.stream("""
                    SET extra_float_digits =
                    SET application_name =
                    SET client_encoding TO
                    SET client_min_messages TO
                    SET standard_conforming_strings =
                    SET datestyle TO
                    SET SESSION timezone TO
                    SET SESSION CHARACTERISTICS AS TRANSACTION
                    SHOW TRANSACTION ISOLATION LEVEL
                    SHOW transaction_read_only
                    SHOW max_identifier_length
                    SHOW search_path
                    SHOW server_version
                    show standard_conforming_strings
                    SELECT pg_catalog.set_config('search_path'
                    SELECT pg_catalog.pg_is_in_recovery()
                    SELECT pg_catalog.version()
                    select pg_catalog.version()
                    SELECT version()
                    select version()
                    select current_schema()
                    SELECT current_schema()
                    SELECT typname AS name, oid, typarray AS array_oid
                    SELECT current_setting('jit') AS cur
                    WITH RECURSIVE typeinfo_tree(
                    SELECT pg_advisory_unlock_all();
                    SELECT t.oid, t.typname
                    SELECT ns.nspname, t.oid
                    DISCARD ALL""".split("\n"))
            .map(beginning -> beginning.getBytes(StandardCharsets.US_ASCII))
            .toArray(byte[][]::new);

    private SetupStatements() {}

    /** The index after the known beginning of {@code [from, to)}; {@code from} if it has none. Runs of blanks count as one. */
    static int knownTo(ByteView view, int from, int to) {
        int start = skipBlanks(view, from, to);
        for (byte[] beginning : BEGINNINGS) {
            int end = match(view, start, to, beginning);
            if (end >= 0) {
                return end;
            }
        }
        return from;
    }

    private static int match(ByteView view, int from, int to, byte[] beginning) {
        int at = from;
        for (byte expected : beginning) {
            if (at >= to) {
                return -1;
            }
            if (expected == ' ' && isBlank(view.byteAt(at))) {
                at = skipBlanks(view, at, to);
            } else if (view.byteAt(at) == expected) {
                at++;
            } else {
                return -1;
            }
        }
        return at;
    }

    private static int skipBlanks(ByteView view, int from, int to) {
        int at = from;
        while (at < to && isBlank(view.byteAt(at))) {
            at++;
        }
        return at;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\n' || b == '\t' || b == '\r';
    }
}
