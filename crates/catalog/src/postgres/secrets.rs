//! What the server's own catalogs hold that is not for everybody: PostgreSQL 14 to 18.
//!
//! Why: a sample of a masked column in `pg_stats` is the column's values, and a user mapping is a
//! password. `analysis::reach`'s tests hold the list against servers of each version: no view
//! gives what stands here, or what reaches as far, without standing here too.
//! It decides nothing.
// tidy: table — columns that hold secrets

/// What kind of secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secret {
    /// How to connect to another server, password and all.
    Connection,
    /// What users put there, without a class.
    Content,
    /// How many rows and blocks statements went through: a merge join stops behind the value it
    /// looks for, so a count of what it read is that value's rank.
    Counter,
    /// What stands in files of the server.
    File,
    /// A password, hashed or not.
    Password,
    /// Values of columns, or how often which is there.
    Sample,
    /// What sessions run, and keep to run: with constants as they were sent.
    Statement,
}

/// Schema, relation, and its columns, parted by spaces.
const SECRETS: &[(Secret, &str, &str, &str)] = &[
    (Secret::Password, "pg_catalog", "pg_authid", "rolpassword"),
    (Secret::Password, "pg_catalog", "pg_shadow", "passwd"),
    (
        Secret::Password,
        "pg_catalog",
        "pg_user_mapping",
        "umoptions",
    ),
    (
        Secret::Password,
        "pg_catalog",
        "pg_user_mappings",
        "umoptions",
    ),
    (
        Secret::Password,
        "information_schema",
        "_pg_user_mappings",
        "umoptions",
    ),
    (
        Secret::Password,
        "information_schema",
        "user_mapping_options",
        "option_value",
    ),
    (
        Secret::Connection,
        "pg_catalog",
        "pg_subscription",
        "subconninfo",
    ),
    (
        Secret::Connection,
        "pg_catalog",
        "pg_stat_wal_receiver",
        "conninfo",
    ),
    (Secret::Content, "pg_catalog", "pg_largeobject", "data"),
    (
        Secret::Sample,
        "pg_catalog",
        "pg_statistic",
        "stanumbers1 stanumbers2 stanumbers3 stanumbers4 stanumbers5 stavalues1 stavalues2 \
         stavalues3 stavalues4 stavalues5",
    ),
    (
        Secret::Sample,
        "pg_catalog",
        "pg_statistic_ext_data",
        "stxddependencies stxdexpr stxdmcv stxdndistinct",
    ),
    (
        Secret::Sample,
        "pg_catalog",
        "pg_stats",
        "elem_count_histogram histogram_bounds most_common_elem_freqs most_common_elems \
         most_common_freqs most_common_vals range_bounds_histogram range_length_histogram",
    ),
    (
        Secret::Sample,
        "pg_catalog",
        "pg_stats_ext",
        "dependencies most_common_base_freqs most_common_freqs most_common_val_nulls \
         most_common_vals n_distinct",
    ),
    (
        Secret::Sample,
        "pg_catalog",
        "pg_stats_ext_exprs",
        "elem_count_histogram histogram_bounds most_common_elem_freqs most_common_elems \
         most_common_freqs most_common_vals",
    ),
    (
        Secret::Counter,
        "pg_catalog",
        "pg_stat_database",
        "blks_hit blks_read tup_fetched tup_returned",
    ),
    (
        Secret::Counter,
        "pg_catalog",
        "pg_stat_io",
        "evictions extends hits reads reuses",
    ),
    (
        Secret::Counter,
        "pg_catalog",
        "pg_stat_all_indexes",
        "idx_tup_fetch idx_tup_read",
    ),
    (
        Secret::Counter,
        "pg_catalog",
        "pg_stat_all_tables",
        "idx_tup_fetch seq_tup_read",
    ),
    (
        Secret::Counter,
        "pg_catalog",
        "pg_stat_xact_all_tables",
        "idx_tup_fetch seq_tup_read",
    ),
    (
        Secret::Counter,
        "pg_catalog",
        "pg_statio_all_indexes",
        "idx_blks_hit idx_blks_read",
    ),
    (
        Secret::Counter,
        "pg_catalog",
        "pg_statio_all_sequences",
        "blks_hit blks_read",
    ),
    (
        Secret::Counter,
        "pg_catalog",
        "pg_statio_all_tables",
        "heap_blks_hit heap_blks_read idx_blks_hit idx_blks_read tidx_blks_hit tidx_blks_read toast_blks_hit toast_blks_read",
    ),
    (
        Secret::Counter,
        "pg_catalog",
        "pg_stat_sys_indexes",
        "idx_tup_fetch idx_tup_read",
    ),
    (
        Secret::Counter,
        "pg_catalog",
        "pg_stat_sys_tables",
        "idx_tup_fetch seq_tup_read",
    ),
    (
        Secret::Counter,
        "pg_catalog",
        "pg_stat_xact_sys_tables",
        "idx_tup_fetch seq_tup_read",
    ),
    (
        Secret::Counter,
        "pg_catalog",
        "pg_statio_sys_indexes",
        "idx_blks_hit idx_blks_read",
    ),
    (
        Secret::Counter,
        "pg_catalog",
        "pg_statio_sys_sequences",
        "blks_hit blks_read",
    ),
    (
        Secret::Counter,
        "pg_catalog",
        "pg_statio_sys_tables",
        "heap_blks_hit heap_blks_read idx_blks_hit idx_blks_read tidx_blks_hit tidx_blks_read toast_blks_hit toast_blks_read",
    ),
    (
        Secret::Counter,
        "pg_catalog",
        "pg_stat_user_indexes",
        "idx_tup_fetch idx_tup_read",
    ),
    (
        Secret::Counter,
        "pg_catalog",
        "pg_stat_user_tables",
        "idx_tup_fetch seq_tup_read",
    ),
    (
        Secret::Counter,
        "pg_catalog",
        "pg_stat_xact_user_tables",
        "idx_tup_fetch seq_tup_read",
    ),
    (
        Secret::Counter,
        "pg_catalog",
        "pg_statio_user_indexes",
        "idx_blks_hit idx_blks_read",
    ),
    (
        Secret::Counter,
        "pg_catalog",
        "pg_statio_user_sequences",
        "blks_hit blks_read",
    ),
    (
        Secret::Counter,
        "pg_catalog",
        "pg_statio_user_tables",
        "heap_blks_hit heap_blks_read idx_blks_hit idx_blks_read tidx_blks_hit tidx_blks_read toast_blks_hit toast_blks_read",
    ),
    (
        Secret::Statement,
        "pg_catalog",
        "pg_backend_memory_contexts",
        "ident",
    ),
    (Secret::Statement, "pg_catalog", "pg_cursors", "statement"),
    (
        Secret::Statement,
        "pg_catalog",
        "pg_prepared_statements",
        "statement",
    ),
    (Secret::Statement, "pg_catalog", "pg_stat_activity", "query"),
    (Secret::File, "pg_catalog", "pg_config", "setting"),
    (
        Secret::File,
        "pg_catalog",
        "pg_file_settings",
        "setting sourcefile",
    ),
    (
        Secret::File,
        "pg_catalog",
        "pg_hba_file_rules",
        "address database options user_name",
    ),
    (
        Secret::File,
        "pg_catalog",
        "pg_ident_file_mappings",
        "pg_username sys_name",
    ),
];

/// What that column of the server's own holds that is not for everybody.
pub fn secret(schema: &str, relation: &str, column: &str) -> Option<Secret> {
    let is_it = |(_, of, name, columns): &&(Secret, &str, &str, &str)| {
        (*of, *name) == (schema, relation) && columns.split_whitespace().any(|c| c == column)
    };
    SECRETS.iter().find(is_it).map(|(secret, ..)| *secret)
}

/// Every such column: schema, relation, column.
pub fn secrets() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    SECRETS.iter().flat_map(|(_, schema, relation, columns)| {
        columns
            .split_whitespace()
            .map(move |column| (*schema, *relation, column))
    })
}
