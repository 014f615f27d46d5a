package io.kyanos.protocol.mysql;

import io.kyanos.protocol.sql.SqlBeginnings;

/** What client libraries ask by themselves when they have connected, by the beginnings of their texts. */
final class SetupStatements {

    static final SqlBeginnings BEGINNINGS = SqlBeginnings.of("""
            SET NAMES
            set names
            SET autocommit=
            SET AUTOCOMMIT =
            set autocommit=
            SET @@session.autocommit =
            set sql_mode=CONCAT(@@sql_mode
            SET character_set_results =
            SET sql_mode=
            SET SQL_MODE=
            set session_track_schema=
            SET SESSION TRANSACTION
            SET SESSION transaction_isolation
            SET sql_auto_is_null
            SET NET_WRITE_TIMEOUT=
            SET SESSION net_write_timeout
            select @@version_comment limit 1
            SELECT @@version_comment
            select $$
            SELECT @@max_allowed_packet
            SELECT @@session.auto_increment_increment
            SELECT @@session.transaction
            SELECT @@session.tx_isolation
            SELECT @@tx_isolation
            SELECT @@transaction_isolation
            SELECT @@sql_mode
            SELECT @@session.sql_mode
            SELECT @@lower_case_table_names
            SELECT @@version
            SELECT VERSION()
            SELECT version()
            SELECT DATABASE()
            SELECT CONNECTION_ID()
            SHOW VARIABLES
            SHOW WARNINGS
            show warnings
            /* mysql-connector-j""");

    private SetupStatements() {}
}
