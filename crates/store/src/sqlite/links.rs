//! Links from providers' subjects to principals, and what counts once, in `SQLite`.

use model::{GroupName, PrincipalName, StoreFault, Subjected, Timestamp};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::{faults, rows};

pub(super) fn add(
    tx: &Transaction<'_>,
    of: &Subjected,
    name: &PrincipalName,
) -> rusqlite::Result<Result<(), StoreFault>> {
    let done = tx.execute(
        "INSERT INTO link (issuer, subject, principal) VALUES (?1, ?2, ?3)",
        params![of.issuer, of.subject, name.as_str()],
    );
    let what = || format!("link of {} at {}", of.subject, of.issuer);
    faults::of_insert(done, what, || format!("principal {name}"))
}

pub(super) fn one(db: &Connection, of: &Subjected) -> rusqlite::Result<Option<PrincipalName>> {
    db.prepare_cached("SELECT principal FROM link WHERE issuer = ?1 AND subject = ?2")?
        .query_row(params![of.issuer, of.subject], |row| rows::text(row, 0))
        .optional()
}

pub(super) fn of_principal(
    db: &Connection,
    name: &PrincipalName,
) -> rusqlite::Result<Vec<Subjected>> {
    db.prepare_cached(
        "SELECT issuer, subject FROM link WHERE principal = ?1 ORDER BY issuer, subject",
    )?
    .query_map([name.as_str()], |row| {
        Ok(Subjected {
            issuer: row.get(0)?,
            subject: row.get(1)?,
        })
    })?
    .collect()
}

pub(super) fn set_groups(
    tx: &Transaction<'_>,
    name: &PrincipalName,
    groups: &[GroupName],
) -> rusqlite::Result<Result<(), StoreFault>> {
    let changed = tx.execute(
        "UPDATE principal SET groups = ?2 WHERE name = ?1",
        params![name.as_str(), rows::to_json(&groups)?],
    )?;
    let missing = || StoreFault::Missing {
        what: format!("principal {name}"),
    };
    Ok((changed == 1).then_some(()).ok_or_else(missing))
}

pub(super) fn spend(
    tx: &Transaction<'_>,
    digest: &[u8],
    expires: Timestamp,
    now: Timestamp,
) -> rusqlite::Result<bool> {
    tx.execute("DELETE FROM spent WHERE expires < ?1", [now.0])?;
    let added = tx.execute(
        "INSERT INTO spent (digest, expires) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        params![digest, expires.0],
    )?;
    Ok(added == 1)
}

pub(super) fn is_spent(db: &Connection, digest: &[u8]) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM spent WHERE digest = ?1")?
        .exists([digest])
}
