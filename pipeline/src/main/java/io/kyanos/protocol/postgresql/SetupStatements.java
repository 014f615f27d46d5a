package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.sql.SqlBeginnings;

/** What client libraries ask by themselves when they have connected, by the beginnings of their texts. */
final class SetupStatements {

    static final SqlBeginnings BEGINNINGS = SqlBeginnings.of("""
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
                    DISCARD ALL""");

    private SetupStatements() {}
}
