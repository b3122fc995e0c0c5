//! Tokens in `SQLite`: what proves them, never the token.

use model::{PrincipalName, StoreFault, Timestamp, TokenRecord};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::{faults, rows};

const COLUMNS: &str = "id, principal, digest, stored_key, server_key, created, expires, \
                       is_revoked, delegation";

/// Newest first; of two issued in the same microsecond, the later insert.
const NEWEST: &str = "ORDER BY created DESC, rowid DESC";

pub(super) fn add(
    tx: &Transaction<'_>,
    token: &TokenRecord,
) -> rusqlite::Result<Result<(), StoreFault>> {
    let delegation = token.delegation.as_ref().map(rows::to_json).transpose()?;
    let done = tx.execute(
        &format!("INSERT INTO token ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"),
        params![
            token.id,
            token.principal.as_str(),
            token.digest,
            token.stored_key,
            token.server_key,
            token.created.0,
            token.expires.0,
            token.is_revoked,
            delegation,
        ],
    );
    let owner = || format!("principal {}", token.principal);
    faults::of_insert(done, || format!("token {}", token.id), owner)
}

pub(super) fn live(
    db: &Connection,
    name: &PrincipalName,
    now: Timestamp,
    most: usize,
) -> rusqlite::Result<Vec<TokenRecord>> {
    of_principal(db, "is_revoked = 0 AND expires > ?2", (name, now, most))
}

pub(super) fn ended(
    db: &Connection,
    name: &PrincipalName,
    now: Timestamp,
    most: usize,
) -> rusqlite::Result<Vec<TokenRecord>> {
    of_principal(db, "(is_revoked = 1 OR expires <= ?2)", (name, now, most))
}

fn of_principal(
    db: &Connection,
    which: &'static str,
    (name, now, most): (&PrincipalName, Timestamp, usize),
) -> rusqlite::Result<Vec<TokenRecord>> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let sql =
        format!("SELECT {COLUMNS} FROM token WHERE principal = ?1 AND {which} {NEWEST} LIMIT ?3");
    db.prepare_cached(&sql)?
        .query_map(params![name.as_str(), now.0, most], read)?
        .collect()
}

pub(super) fn by_digest(db: &Connection, digest: &[u8]) -> rusqlite::Result<Option<TokenRecord>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM token WHERE digest = ?1"))?
        .query_row([digest], read)
        .optional()
}

pub(super) fn one(db: &Connection, id: &str) -> rusqlite::Result<Option<TokenRecord>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM token WHERE id = ?1"))?
        .query_row([id], read)
        .optional()
}

pub(super) fn all(db: &Connection) -> rusqlite::Result<Vec<TokenRecord>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM token {NEWEST}"))?
        .query_map([], read)?
        .collect()
}

pub(super) fn renew(
    tx: &Transaction<'_>,
    id: &str,
    expires: Timestamp,
) -> rusqlite::Result<Result<(), StoreFault>> {
    let changed = tx.execute(
        "UPDATE token SET expires = ?2 WHERE id = ?1 AND is_revoked = 0",
        params![id, expires.0],
    )?;
    Ok(one_of(id, changed))
}

pub(super) fn revoke(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<Result<(), StoreFault>> {
    let changed = tx.execute("UPDATE token SET is_revoked = 1 WHERE id = ?1", [id])?;
    Ok(one_of(id, changed))
}

fn one_of(id: &str, changed: usize) -> Result<(), StoreFault> {
    let missing = || StoreFault::Missing {
        what: format!("token {id}"),
    };
    (changed == 1).then_some(()).ok_or_else(missing)
}

fn read(row: &Row<'_>) -> rusqlite::Result<TokenRecord> {
    let delegation = match row.get::<_, Option<String>>(8)? {
        Some(_) => Some(rows::json(row, 8)?),
        None => None,
    };
    Ok(TokenRecord {
        delegation,
        id: row.get(0)?,
        principal: rows::text(row, 1)?,
        digest: row.get(2)?,
        stored_key: row.get(3)?,
        server_key: row.get(4)?,
        created: rows::moment(row, 5)?,
        expires: rows::moment(row, 6)?,
        is_revoked: row.get(7)?,
    })
}
