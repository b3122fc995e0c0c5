//! What a session can set of PostgreSQL 14 to 18, by what changing it means and how it is written.
//!
//! Why: most settings are a matter of taste, some change how a statement is read or by whom it is
//! run. `tests.rs` holds the table against a server of each version.
//! Settings of the server as a whole are not here: no session can set them.
// tidy: table — settings by meaning

use super::{Kind, Meaning};

/// Names, parted by spaces.
pub(super) const SETTINGS: &[(Meaning, Kind, &str)] = &[
    (Meaning::Client, Kind::Switch, "update_process_title"),
    (Meaning::Client, Kind::Text, "application_name"),
    (Meaning::Client, Kind::Word, "client_min_messages"),
    (
        Meaning::Code,
        Kind::Names,
        "local_preload_libraries session_preload_libraries",
    ),
    (
        Meaning::Code,
        Kind::Text,
        "backtrace_functions dynamic_library_path extension_control_path jit_provider",
    ),
    (
        Meaning::Developer,
        Kind::Milliseconds(1_000.0),
        "post_auth_delay",
    ),
    (Meaning::Developer, Kind::Number, "debug_discard_caches"),
    (
        Meaning::Developer,
        Kind::Switch,
        "jit_debugging_support jit_dump_bitcode jit_profiling_support",
    ),
    (
        Meaning::Developer,
        Kind::Word,
        "debug_logical_replication_streaming",
    ),
    (Meaning::Encoding, Kind::Encoding, "client_encoding"),
    (Meaning::Format, Kind::Number, "extra_float_digits"),
    (Meaning::Format, Kind::Switch, "quote_all_identifiers"),
    (
        Meaning::Format,
        Kind::Text,
        "datestyle lc_messages lc_monetary lc_numeric lc_time timezone timezone_abbreviations",
    ),
    (
        Meaning::Format,
        Kind::Word,
        "bytea_output intervalstyle xmlbinary",
    ),
    (Meaning::Logging, Kind::Kilobytes(1.0), "log_temp_files"),
    (
        Meaning::Logging,
        Kind::Kilobytes(1.0 / 1_024.0),
        "log_parameter_max_length log_parameter_max_length_on_error",
    ),
    (
        Meaning::Logging,
        Kind::Milliseconds(1.0),
        "log_min_duration_sample log_min_duration_statement",
    ),
    (
        Meaning::Logging,
        Kind::Number,
        "log_statement_sample_rate log_transaction_sample_rate",
    ),
    (
        Meaning::Logging,
        Kind::Switch,
        "debug_pretty_print debug_print_parse debug_print_plan debug_print_rewritten \
         log_disconnections log_duration log_executor_stats log_lock_failures log_lock_waits \
         log_parser_stats log_planner_stats log_replication_commands log_statement_stats \
         trace_notify trace_sort",
    ),
    (Meaning::Logging, Kind::Text, "log_connections"),
    (
        Meaning::Logging,
        Kind::Word,
        "log_error_verbosity log_min_error_statement log_min_messages log_statement",
    ),
    (
        Meaning::Maintenance,
        Kind::Kilobytes(1.0),
        "vacuum_buffer_usage_limit",
    ),
    (Meaning::Maintenance, Kind::Text, "vacuum_cost_delay"),
    (
        Meaning::Maintenance,
        Kind::Number,
        "vacuum_cost_limit vacuum_cost_page_dirty vacuum_cost_page_hit vacuum_cost_page_miss \
         vacuum_failsafe_age vacuum_freeze_min_age vacuum_freeze_table_age \
         vacuum_max_eager_freeze_failure_rate vacuum_multixact_failsafe_age \
         vacuum_multixact_freeze_min_age vacuum_multixact_freeze_table_age",
    ),
    (Meaning::Maintenance, Kind::Switch, "vacuum_truncate"),
    (
        Meaning::Parsing,
        Kind::Switch,
        "array_nulls backslash_quote escape_string_warning standard_conforming_strings \
         transform_null_equals",
    ),
    (Meaning::Parsing, Kind::Word, "xmloption"),
    (
        Meaning::Planner,
        Kind::Kilobytes(8.0),
        "effective_cache_size min_parallel_index_scan_size min_parallel_table_scan_size",
    ),
    (
        Meaning::Planner,
        Kind::Number,
        "cpu_index_tuple_cost cpu_operator_cost cpu_tuple_cost cursor_tuple_fraction \
         default_statistics_target effective_io_concurrency from_collapse_limit geqo_effort \
         geqo_generations geqo_pool_size geqo_seed geqo_selection_bias geqo_threshold \
         gin_fuzzy_search_limit jit_above_cost jit_inline_above_cost jit_optimize_above_cost \
         join_collapse_limit max_parallel_workers max_parallel_workers_per_gather \
         parallel_setup_cost parallel_tuple_cost random_page_cost recursive_worktable_factor \
         seq_page_cost",
    ),
    (
        Meaning::Planner,
        Kind::Switch,
        "constraint_exclusion debug_parallel_query enable_async_append enable_bitmapscan \
         enable_distinct_reordering enable_gathermerge enable_group_by_reordering \
         enable_hashagg enable_hashjoin enable_incremental_sort enable_indexonlyscan \
         enable_indexscan enable_material enable_memoize enable_mergejoin enable_nestloop \
         enable_parallel_append enable_parallel_hash enable_partition_pruning \
         enable_partitionwise_aggregate enable_partitionwise_join enable_presorted_aggregate \
         enable_self_join_elimination enable_seqscan enable_sort enable_tidscan \
         force_parallel_mode geqo jit jit_expressions jit_tuple_deforming \
         parallel_leader_participation synchronize_seqscans",
    ),
    (
        Meaning::Planner,
        Kind::Word,
        "plan_cache_mode stats_fetch_consistency",
    ),
    (Meaning::Resolution, Kind::Names, "search_path"),
    (
        Meaning::Resolution,
        Kind::Text,
        "default_text_search_config",
    ),
    (
        Meaning::Resources,
        Kind::Kilobytes(1.0),
        "gin_pending_list_limit logical_decoding_work_mem maintenance_work_mem max_stack_depth \
         temp_file_limit wal_skip_threshold work_mem",
    ),
    (
        Meaning::Resources,
        Kind::Kilobytes(8.0),
        "backend_flush_after io_combine_limit temp_buffers",
    ),
    (
        Meaning::Resources,
        Kind::Number,
        "commit_delay commit_siblings hash_mem_multiplier maintenance_io_concurrency \
         max_parallel_maintenance_workers",
    ),
    (
        Meaning::Resources,
        Kind::Switch,
        "wal_compression wal_init_zero wal_recycle",
    ),
    (Meaning::Role, Kind::Switch, "is_superuser"),
    (Meaning::Role, Kind::Text, "role session_authorization"),
    (Meaning::Safety, Kind::Number, "scram_iterations"),
    (
        Meaning::Safety,
        Kind::Switch,
        "allow_in_place_tablespaces allow_system_table_mods check_function_bodies \
         default_transaction_read_only event_triggers exit_on_error ignore_checksum_failure \
         ignore_system_indexes lo_compat_privileges md5_password_warnings row_security \
         synchronous_commit transaction_read_only zero_damaged_pages",
    ),
    (
        Meaning::Safety,
        Kind::Text,
        "createrole_self_grant restrict_nonsystem_relation_kind wal_consistency_checking",
    ),
    (
        Meaning::Safety,
        Kind::Word,
        "icu_validation_level password_encryption session_replication_role",
    ),
    (Meaning::Session, Kind::Number, "seed"),
    (Meaning::Storage, Kind::Names, "temp_tablespaces"),
    (
        Meaning::Storage,
        Kind::Text,
        "default_table_access_method default_tablespace",
    ),
    (
        Meaning::Storage,
        Kind::Word,
        "default_toast_compression file_copy_method",
    ),
    (
        Meaning::Timeout,
        Kind::Milliseconds(1.0),
        "client_connection_check_interval deadlock_timeout idle_in_transaction_session_timeout \
         idle_session_timeout lock_timeout statement_timeout tcp_user_timeout \
         transaction_timeout wal_sender_timeout",
    ),
    (
        Meaning::Timeout,
        Kind::Milliseconds(1_000.0),
        "tcp_keepalives_idle tcp_keepalives_interval",
    ),
    (Meaning::Timeout, Kind::Number, "tcp_keepalives_count"),
    (
        Meaning::Tracking,
        Kind::Switch,
        "compute_query_id track_activities track_cost_delay_timing track_counts track_io_timing \
         track_wal_io_timing",
    ),
    (Meaning::Tracking, Kind::Word, "track_functions"),
    (
        Meaning::Transaction,
        Kind::Switch,
        "default_transaction_deferrable transaction_deferrable",
    ),
    (
        Meaning::Transaction,
        Kind::Word,
        "default_transaction_isolation transaction_isolation",
    ),
];
