//! What the server's own functions can reach beyond their arguments.
//!
//! Why: a SELECT can read a file, run SQL from a string, or end another's session by calling one
//! function. What stands here is not pure; what does not is judged by its declared volatility,
//! and a volatile one that nobody listed administers.
//! Functions of users are not here: their bodies are read elsewhere, or not at all.
// tidy: table — functions by reach

use catalog::Function;
use model::{Reach, Volatility};

/// Files and programs of the server's host.
const HOST: &[&str] = &[
    "lo_export",
    "lo_import",
    "pg_current_logfile",
    "pg_file_rename",
    "pg_file_sync",
    "pg_file_unlink",
    "pg_file_write",
    "pg_hba_file_rules",
    "pg_ident_file_mappings",
    "pg_logdir_ls",
    "pg_ls_archive_statusdir",
    "pg_ls_dir",
    "pg_ls_logdir",
    "pg_ls_logicalmapdir",
    "pg_ls_logicalsnapdir",
    "pg_ls_replslotdir",
    "pg_ls_summariesdir",
    "pg_ls_tmpdir",
    "pg_ls_waldir",
    "pg_read_binary_file",
    "pg_read_file",
    "pg_read_file_old",
    "pg_show_all_file_settings",
    "pg_stat_file",
    "pg_tablespace_location",
];

/// Other servers.
const NETWORK: &[&str] = &[
    "dblink",
    "dblink_build_sql_delete",
    "dblink_build_sql_insert",
    "dblink_build_sql_update",
    "dblink_cancel_query",
    "dblink_close",
    "dblink_connect",
    "dblink_connect_u",
    "dblink_current_query",
    "dblink_disconnect",
    "dblink_error_message",
    "dblink_exec",
    "dblink_fdw_validator",
    "dblink_fetch",
    "dblink_get_connections",
    "dblink_get_notify",
    "dblink_get_pkey",
    "dblink_get_result",
    "dblink_is_busy",
    "dblink_open",
    "dblink_send_query",
    "postgres_fdw_disconnect",
    "postgres_fdw_disconnect_all",
    "postgres_fdw_get_connections",
];

/// Functions that take SQL, or a relation's name to read, as text.
const RUNS_SQL: &[&str] = &[
    "connectby",
    "crosstab",
    "crosstab2",
    "crosstab3",
    "crosstab4",
    "crosstabn",
    "cursor_to_xml",
    "cursor_to_xmlschema",
    "database_to_xml",
    "database_to_xml_and_xmlschema",
    "database_to_xmlschema",
    "query_to_xml",
    "query_to_xml_and_xmlschema",
    "query_to_xmlschema",
    "schema_to_xml",
    "schema_to_xml_and_xmlschema",
    "schema_to_xmlschema",
    "table_to_xml",
    "table_to_xml_and_xmlschema",
    "table_to_xmlschema",
    "ts_rewrite",
    "ts_stat",
    "xpath_table",
    "pg_get_tables_data",
    "xslt_process",
];

const SLEEPS: &[&str] = &["pg_sleep", "pg_sleep_for", "pg_sleep_until"];

/// Functions that see or signal other sessions.
const OTHER_SESSIONS: &[&str] = &[
    "pg_blocking_pids",
    "pg_cancel_backend",
    "pg_isolation_test_session_is_blocked",
    "pg_log_backend_memory_contexts",
    "pg_safe_snapshot_blocking_pids",
    "pg_stat_get_activity",
    "pg_stat_get_backend_activity",
    "pg_stat_get_backend_client_addr",
    "pg_stat_get_wal_senders",
    "pg_stat_statements",
    "pg_terminate_backend",
    "pg_notify",
    "pg_notification_queue_usage",
    "pg_listening_channels",
];

const LOCKS: &[&str] = &[
    "pg_advisory_lock",
    "pg_advisory_lock_shared",
    "pg_advisory_unlock",
    "pg_advisory_unlock_all",
    "pg_advisory_unlock_shared",
    "pg_advisory_xact_lock",
    "pg_advisory_xact_lock_shared",
    "pg_try_advisory_lock",
    "pg_try_advisory_lock_shared",
    "pg_try_advisory_xact_lock",
    "pg_try_advisory_xact_lock_shared",
];

const LARGE_OBJECTS: &[&str] = &[
    "lo_close",
    "lo_creat",
    "lo_create",
    "lo_from_bytea",
    "lo_get",
    "lo_lseek",
    "lo_lseek64",
    "lo_manage",
    "lo_open",
    "lo_oid",
    "lo_put",
    "lo_tell",
    "lo_tell64",
    "lo_truncate",
    "lo_truncate64",
    "lo_unlink",
    "loread",
    "lowrite",
];

const SEQUENCE: &[&str] = &["nextval", "setval"];

const SETTINGS: &[&str] = &[
    "current_setting",
    "pg_show_all_settings",
    "inet_client_addr",
    "inet_client_port",
    "inet_server_addr",
    "inet_server_port",
    "pg_backend_pid",
    "current_database",
    "current_schema",
    "current_schemas",
    "version",
    "getdatabaseencoding",
    "pg_client_encoding",
    "currval",
    "lastval",
    "pg_conf_load_time",
    "pg_postmaster_start_time",
    "pg_my_temp_schema",
    "pg_is_in_recovery",
    "pg_is_wal_replay_paused",
    "current_query",
];

/// Functions that change the server, its replication, statistics or catalogs.
const ADMINISTERS: &[&str] = &[
    "binary_upgrade_create_empty_extension",
    "brin_desummarize_range",
    "brin_summarize_new_values",
    "brin_summarize_range",
    "gin_clean_pending_list",
    "pg_backup_start",
    "pg_backup_stop",
    "pg_clear_attribute_stats",
    "pg_clear_relation_stats",
    "pg_copy_logical_replication_slot",
    "pg_copy_physical_replication_slot",
    "pg_create_logical_replication_slot",
    "pg_create_physical_replication_slot",
    "pg_create_restore_point",
    "pg_drop_replication_slot",
    "pg_extension_config_dump",
    "pg_import_system_collations",
    "pg_logical_emit_message",
    "pg_logical_slot_get_binary_changes",
    "pg_logical_slot_get_changes",
    "pg_logical_slot_peek_binary_changes",
    "pg_logical_slot_peek_changes",
    "pg_nextoid",
    "pg_prewarm",
    "pg_promote",
    "pg_reload_conf",
    "pg_replication_origin_advance",
    "pg_replication_origin_create",
    "pg_replication_origin_drop",
    "pg_replication_origin_session_reset",
    "pg_replication_origin_session_setup",
    "pg_replication_origin_xact_reset",
    "pg_replication_origin_xact_setup",
    "pg_replication_slot_advance",
    "pg_restore_attribute_stats",
    "pg_restore_relation_stats",
    "pg_rotate_logfile",
    "pg_stat_clear_snapshot",
    "pg_stat_force_next_flush",
    "pg_stat_reset",
    "pg_stat_reset_replication_slot",
    "pg_stat_reset_shared",
    "pg_stat_reset_single_function_counters",
    "pg_stat_reset_single_table_counters",
    "pg_stat_reset_slru",
    "pg_stat_reset_subscription_stats",
    "pg_start_backup",
    "pg_stop_backup",
    "pg_switch_wal",
    "pg_sync_replication_slots",
    "pg_wal_replay_pause",
    "pg_wal_replay_resume",
    "pg_export_snapshot",
    "pg_truncate_visibility_map",
    "pg_stat_statements_reset",
    "get_raw_page",
    "heap_force_freeze",
    "heap_force_kill",
    "set_limit",
];

/// Volatile, and yet values from values, clocks and dice.
const PURE: &[&str] = &[
    "clock_timestamp",
    "gen_random_uuid",
    "random",
    "random_normal",
    "setseed",
    "timeofday",
    "uuidv4",
    "uuidv7",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
    "gen_random_bytes",
    "gen_salt",
];

/// Volatile, and yet only readers of the catalog or of counters.
const CATALOG: &[&str] = &[
    "pg_available_extension_versions",
    "pg_available_extensions",
    "pg_column_size",
    "pg_database_size",
    "pg_indexes_size",
    "pg_relation_size",
    "pg_table_size",
    "pg_tablespace_size",
    "pg_total_relation_size",
    "pg_get_replica_identity_index",
    "pg_current_wal_flush_lsn",
    "pg_current_wal_insert_lsn",
    "pg_current_wal_lsn",
    "pg_last_wal_receive_lsn",
    "pg_last_wal_replay_lsn",
    "pg_last_xact_replay_timestamp",
    "pg_lock_status",
    "pg_stat_get_snapshot_timestamp",
    "pg_sequence_last_value",
    "pg_is_other_temp_schema",
    "pg_partition_tree",
    "pg_partition_ancestors",
    "pg_extension_update_paths",
    "pg_cursor",
    "pg_prepared_statement",
    "pg_prepared_xact",
    "pg_timezone_names",
    "pg_get_wal_resource_managers",
    "pg_trigger_depth",
    "txid_current",
    "pg_current_xact_id",
    "txid_status",
    "pg_xact_status",
    "pg_xact_commit_timestamp",
    "pg_xact_commit_timestamp_origin",
    "pg_last_committed_xact",
    "pg_control_checkpoint",
    "pg_control_init",
    "pg_control_recovery",
    "pg_control_system",
    "pg_jit_available",
    "pg_collation_actual_version",
    "pg_database_collation_actual_version",
    "pg_get_wal_replay_pause_state",
    "amvalidate",
    "pg_stat_have_stats",
];

/// What the function of that name reaches, if it stands here.
pub(crate) fn listed(name: &str) -> Option<Reach> {
    let lists: [(&[&str], Reach); 13] = [
        (HOST, Reach::Host),
        (NETWORK, Reach::Network),
        (RUNS_SQL, Reach::RunsSql),
        (SLEEPS, Reach::Sleeps),
        (OTHER_SESSIONS, Reach::OtherSessions),
        (LOCKS, Reach::Locks),
        (LARGE_OBJECTS, Reach::LargeObjects),
        (SEQUENCE, Reach::Sequence),
        (&["set_config"], Reach::SetsSettings),
        (SETTINGS, Reach::Settings),
        (ADMINISTERS, Reach::Administers),
        (PURE, Reach::Pure),
        (CATALOG, Reach::Catalog),
    ];
    lists
        .iter()
        .find(|(names, _)| names.contains(&name))
        .map(|(_, reach)| *reach)
}

/// What a function of the catalog reaches.
pub(crate) fn of(function: &Function) -> Reach {
    let is_system = matches!(&*function.schema, "pg_catalog" | "information_schema");
    let is_native = matches!(&*function.language, "c" | "internal");
    if let Some(reach) = listed(&function.name)
        && (is_system || is_native)
    {
        return reach;
    }
    match (is_system, function.volatility) {
        (true, Volatility::Immutable) => Reach::Pure,
        (true, Volatility::Stable) => Reach::Catalog,
        (true, Volatility::Volatile) => Reach::Administers,
        (false, _) => Reach::UserDefined,
    }
}
