//! Grants in `SQLite`.
//!
//! INVARIANT: a grant leaves `given` by one `UPDATE … WHERE state = …`, and none comes back to it.

use model::{Grant, GrantState, ReviewId, StoreFault};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::{faults, rows};

const COLUMNS: &str = "body, state";

/// Newest first; of two given in the same microsecond, the later insert.
const NEWEST: &str = "ORDER BY given_at DESC, rowid DESC";

pub(super) fn add(tx: &Transaction<'_>, grant: &Grant) -> rusqlite::Result<Result<(), StoreFault>> {
    let id = grant.id.to_string();
    let done = tx.execute(
        "INSERT INTO granted (id, state, given_at, body) VALUES (?1, ?2, ?3, ?4)",
        params![
            id,
            rows::to_word(&grant.state)?,
            grant.from.0,
            rows::to_json(grant)?,
        ],
    );
    let what = || format!("grant {id}");
    faults::of_insert(done, what, what)
}

pub(super) fn one(db: &Connection, id: ReviewId) -> rusqlite::Result<Option<Grant>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM granted WHERE id = ?1"))?
        .query_row([id.to_string()], read)
        .optional()
}

pub(super) fn all(db: &Connection, state: Option<GrantState>) -> rusqlite::Result<Vec<Grant>> {
    let Some(state) = state else {
        return db
            .prepare_cached(&format!("SELECT {COLUMNS} FROM granted {NEWEST}"))?
            .query_map([], read)?
            .collect();
    };
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM granted WHERE state = ?1 {NEWEST}"
    ))?
    .query_map([rows::to_word(&state)?], read)?
    .collect()
}

pub(super) fn end(tx: &Transaction<'_>, id: ReviewId, to: GrantState) -> rusqlite::Result<bool> {
    let changed = tx.execute(
        "UPDATE granted SET state = ?2 WHERE id = ?1 AND state = 'given'",
        params![id.to_string(), rows::to_word(&to)?],
    )?;
    Ok(changed == 1)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Grant> {
    let given: Grant = rows::json(row, 0)?;
    Ok(Grant {
        state: rows::word(row, 1)?,
        ..given
    })
}
