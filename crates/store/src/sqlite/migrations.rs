//! Brings a store's tables up to date, once each, in order, and refuses a store it does not know.
//!
//! Why checksums: a migration that was edited after it shipped would leave two stores of the same
//! version with different tables, and nobody would know.
//! It does not go back: an older portcullis refuses a newer store and touches nothing.

use model::StoreFault;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::faults;

/// One step, by its place in the list.
struct Migration {
    name: &'static str,
    sql: &'static str,
}

const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "0001_principals_tokens_reviews",
        sql: include_str!("../../migrations/0001_principals_tokens_reviews.sql"),
    },
    Migration {
        name: "0002_links_spent",
        sql: include_str!("../../migrations/0002_links_spent.sql"),
    },
    Migration {
        name: "0003_delegations",
        sql: include_str!("../../migrations/0003_delegations.sql"),
    },
    Migration {
        name: "0004_provisioned",
        sql: include_str!("../../migrations/0004_provisioned.sql"),
    },
    Migration {
        name: "0005_grants",
        sql: include_str!("../../migrations/0005_grants.sql"),
    },
];

const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS migration (
        version  INTEGER NOT NULL PRIMARY KEY,
        name     TEXT    NOT NULL,
        checksum TEXT    NOT NULL
    ) STRICT";

/// Runs what has not run yet, all of it or nothing.
pub(super) fn run(connection: &mut Connection, place: &str) -> Result<(), StoreFault> {
    let fault = |cause: rusqlite::Error| faults::of(place, &cause);
    // Immediate: of two processes that open a new file at once, one waits for the other.
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(fault)?;
    transaction.execute_batch(TABLE).map_err(fault)?;
    refuse_newer(&transaction, place)?;
    for (version, migration) in (1_i64..).zip(MIGRATIONS) {
        let known = checksum(migration.sql);
        let kept: Option<String> = transaction
            .query_row(
                "SELECT checksum FROM migration WHERE version = ?1",
                [version],
                |row| row.get(0),
            )
            .optional()
            .map_err(fault)?;
        match kept {
            Some(kept) if kept == known => {}
            Some(_) => {
                return Err(StoreFault::Storage(format!(
                    "{place} was made by another build of portcullis (its migration {} differs): \
                 use that build, or start with a new data directory",
                    migration.name
                )));
            }
            None => {
                transaction.execute_batch(migration.sql).map_err(fault)?;
                let row = params![version, migration.name, known];
                transaction
                    .execute("INSERT INTO migration VALUES (?1, ?2, ?3)", row)
                    .map_err(fault)?;
            }
        }
    }
    transaction.commit().map_err(fault)
}

fn refuse_newer(transaction: &Transaction<'_>, place: &str) -> Result<(), StoreFault> {
    let newest: Option<i64> = transaction
        .query_row("SELECT max(version) FROM migration", [], |row| row.get(0))
        .map_err(|cause| faults::of(place, &cause))?;
    let known = MIGRATIONS.len();
    match newest.map(usize::try_from) {
        Some(Ok(newest)) if newest > known => Err(StoreFault::Storage(format!(
            "{place} was written by a newer portcullis (migration {newest}; this one knows \
             {known}): use that version; nothing was changed"
        ))),
        _ => Ok(()),
    }
}

/// CRC-32C in hex: it catches an edit by mistake, which is all it is for.
fn checksum(sql: &str) -> String {
    format!("crc32c:{:08x}", crc32c::crc32c(sql.as_bytes()))
}
