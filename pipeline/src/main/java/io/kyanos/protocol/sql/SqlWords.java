package io.kyanos.protocol.sql;

import it.unimi.dsi.fastutil.longs.LongOpenHashSet;

/** Words of SQL, and names of tables that programs share and that never are anybody's secret. */
final class SqlWords {

    /** Words at whose places verbs and tables are found. */
    private static final String KEYWORDS = """
            SELECT INSERT UPDATE DELETE MERGE REPLACE TRUNCATE COPY LOCK TABLE WITH CREATE ALTER DROP BEGIN START COMMIT END ROLLBACK
            ABORT SAVEPOINT RELEASE SET RESET ANALYZE BASE_BACKUP CALL CHECKPOINT CLOSE CLUSTER COMMENT CREATE_REPLICATION_SLOT
            DEALLOCATE DECLARE DESCRIBE DISCARD DO DROP_REPLICATION_SLOT EXECUTE EXPLAIN FETCH GRANT IDENTIFY_SYSTEM IMPORT LISTEN
            LOAD MOVE NOTIFY PREPARE READ_REPLICATION_SLOT REASSIGN REFRESH REINDEX REVOKE SECURITY SHOW START_REPLICATION
            TIMELINE_HISTORY UNLISTEN USE VACUUM VALUES
            ACCESS AGGREGATE CAST COLLATION CONVERSION DATABASE DEFAULT DOMAIN EVENT EXTENSION FOREIGN FUNCTION GROUP INDEX
            LANGUAGE LARGE MATERIALIZED OPERATOR OWNED POLICY PROCEDURE PUBLICATION ROLE ROUTINE RULE SCHEMA SEQUENCE SERVER
            STATISTICS SUBSCRIPTION SYSTEM TABLESPACE TEXT TRANSFORM TRIGGER TYPE USER VIEW
            FROM INTO ONLY LATERAL RECURSIVE AS DISTINCT WHERE JOIN LEFT RIGHT INNER OUTER FULL CROSS ON USING AND OR NOT IN IS NULL
            LIKE ILIKE BETWEEN EXISTS ANY ALL SOME CASE WHEN THEN ELSE ORDER BY HAVING LIMIT OFFSET UNION INTERSECT EXCEPT
            RETURNING CONFLICT NOTHING TRANSACTION WORK ISOLATION LEVEL READ WRITE COMMITTED REPEATABLE SERIALIZABLE
            UNCOMMITTED FOR SHARE NOWAIT SKIP LOCKED STDIN STDOUT TO FORMAT BINARY CSV HEADER DELIMITER TEMPORARY TEMP UNIQUE
            HANDLER XA BACKUP BINLOG CACHE CHANGE CHECKSUM CLONE DESC FLUSH GET HELP INSTALL KILL OPTIMIZE PURGE RENAME REPAIR
            RESIGNAL RESTART SHUTDOWN SIGNAL STOP UNINSTALL UNLOCK PACKAGE IGNORE LOW_PRIORITY HIGH_PRIORITY DELAYED QUICK TABLES
            DATA LOCAL INFILE DUPLICATE NAMES AUTOCOMMIT SESSION GLOBAL STRAIGHT_JOIN SQL_NO_CACHE SQL_CALC_FOUND_ROWS DEFINER
            UNLOGGED IF ADD COLUMN CONSTRAINT PRIMARY KEY REFERENCES CHECK ASC DESC NULLS FIRST LAST TRUE FALSE
            """;

    private static final String TABLES = """
            pgbench_accounts pgbench_branches pgbench_tellers pgbench_history
            pg_aggregate pg_am pg_attrdef pg_attribute pg_auth_members pg_authid pg_cast pg_class pg_collation pg_constraint
            pg_conversion pg_cursors pg_database pg_db_role_setting pg_depend pg_description pg_enum pg_extension pg_foreign_table
            pg_group pg_index pg_indexes pg_inherits pg_language pg_largeobject pg_locks pg_matviews pg_namespace pg_opclass
            pg_operator pg_policies pg_prepared_statements pg_prepared_xacts pg_proc pg_publication pg_range
            pg_replication_slots pg_rewrite pg_roles pg_rules pg_seclabel pg_sequence pg_sequences pg_settings pg_shadow
            pg_stat_activity pg_stat_all_tables pg_stat_bgwriter pg_stat_database pg_stat_replication pg_stat_statements
            pg_stat_user_indexes pg_stat_user_tables pg_statio_user_tables pg_stats pg_subscription pg_tables pg_tablespace
            pg_timezone_names pg_trigger pg_type pg_user pg_views columns tables schemata table_constraints key_column_usage
            referential_constraints routines views databasechangelog databasechangeloglock flyway_schema_history
            processlist innodb_trx innodb_locks innodb_metrics global_status global_variables session_status session_variables
            key_column_usage engines plugins partitions parameters events_statements_summary_by_digest
            events_statements_current events_waits_current metadata_locks data_locks data_lock_waits user_variables_by_thread
            replication_group_members replication_connection_status dual time_zone time_zone_name
            sbtest sbtest1 sbtest2 sbtest3 sbtest4 sbtest5 sbtest6 sbtest7 sbtest8 sbtest9 sbtest10 wp_posts wp_options wp_users
            wp_postmeta wp_comments wp_terms wp_usermeta
            schema_migrations ar_internal_metadata django_migrations django_session django_content_type auth_user auth_group
            auth_permission alembic_version knex_migrations goose_db_version hibernate_sequence
            user users account accounts profile profiles member members person persons people customer customers client clients
            company companies organization organizations team teams group groups role roles permission permissions tenant tenants
            project projects session sessions token tokens product products item items article articles post posts page pages
            comment comments review reviews category categories tag tags order orders order_items order_lines cart carts
            payment payments invoice invoices subscription subscriptions price prices coupon coupons shipment shipments address
            addresses country countries city cities store stores inventory stock transaction transactions transfer transfers
            balance balances message messages notification notifications email emails event events task tasks todo todos job jobs
            queue queues outbox inbox file files document documents image images media asset assets setting settings config
            configs feature features device devices location locations log logs audit audits audit_log metric metrics history
            book books author authors employee employees department departments test tests example examples
            """;

    private static final LongOpenHashSet KNOWN = new LongOpenHashSet();

    static {
        for (String word : (KEYWORDS + TABLES).split("\\s+")) {
            KNOWN.add(SqlTokens.hash(word));
        }
    }

    private SqlWords() {}

    /** Whether a word of this hash, keyword or table, is known to everybody. */
    static boolean isKnown(long hash) {
        return KNOWN.contains(hash);
    }

    static String[] tables() {
        return TABLES.strip().split("\\s+");
    }
}
