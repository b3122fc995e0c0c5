//! What directories keep here by SCIM, in `SQLite`: users, groups, and who is in which.
//!
//! It does not know what a document says.

use model::{Provisioned, ProvisionedKind, StoreFault};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::{faults, rows};

const COLUMNS: &str =
    "id, source, kind, key, principal, document, created, changed, revision, has_disabled";

fn missing(id: &str) -> StoreFault {
    StoreFault::Missing {
        what: format!("user or group {id}, as it was"),
    }
}

pub(super) fn add(
    tx: &Transaction<'_>,
    one: &Provisioned,
) -> rusqlite::Result<Result<(), StoreFault>> {
    let done = tx.execute(
        &format!("INSERT INTO provisioned ({COLUMNS}) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)"),
        params![
            one.id,
            one.source,
            rows::to_word(&one.kind)?,
            one.key,
            one.principal.as_ref().map(model::PrincipalName::as_str),
            one.document,
            one.created.0,
            one.changed.0,
            one.revision,
            one.has_disabled,
        ],
    );
    let principal = || "principal of that user".to_owned();
    faults::of_insert(done, || format!("{:?} {}", one.kind, one.key), principal)
}

pub(super) fn replace(
    tx: &Transaction<'_>,
    one: &Provisioned,
) -> rusqlite::Result<Result<(), StoreFault>> {
    let done = tx.execute(
        "UPDATE provisioned SET key = ?3, document = ?4, changed = ?5, revision = ?6, \
         has_disabled = ?7 WHERE id = ?1 AND source = ?2 AND revision = ?6 - 1",
        params![
            one.id,
            one.source,
            one.key,
            one.document,
            one.changed.0,
            one.revision,
            one.has_disabled,
        ],
    );
    match done {
        Ok(0) => Ok(Err(missing(&one.id))),
        done => faults::of_insert(done, || format!("{:?} {}", one.kind, one.key), String::new),
    }
}

pub(super) fn remove(
    tx: &Transaction<'_>,
    source: &str,
    id: &str,
) -> rusqlite::Result<Result<(), StoreFault>> {
    let changed = tx.execute(
        "DELETE FROM provisioned WHERE source = ?1 AND id = ?2",
        [source, id],
    )?;
    Ok((changed == 1).then_some(()).ok_or_else(|| missing(id)))
}

pub(super) fn all(
    db: &Connection,
    source: &str,
    kind: ProvisionedKind,
) -> rusqlite::Result<Vec<Provisioned>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM provisioned WHERE source = ?1 AND kind = ?2 ORDER BY created, id"
    );
    db.prepare_cached(&sql)?
        .query_map(params![source, rows::to_word(&kind)?], read)?
        .collect()
}

pub(super) fn one(
    db: &Connection,
    source: &str,
    id: &str,
) -> rusqlite::Result<Option<Provisioned>> {
    let sql = format!("SELECT {COLUMNS} FROM provisioned WHERE source = ?1 AND id = ?2");
    db.prepare_cached(&sql)?
        .query_row([source, id], read)
        .optional()
}

pub(super) fn set_members(
    tx: &Transaction<'_>,
    group: &str,
    users: &[String],
) -> rusqlite::Result<Result<(), StoreFault>> {
    tx.execute("DELETE FROM member WHERE in_group = ?1", [group])?;
    let mut insert = tx.prepare_cached("INSERT INTO member (in_group, user) VALUES (?1, ?2)")?;
    for user in users {
        let done = insert.execute([group, user]);
        let what = || format!("membership of {user}");
        if let Err(fault) = faults::of_insert(done, what, || format!("user {user}"))? {
            return Ok(Err(fault));
        }
    }
    Ok(Ok(()))
}

pub(super) fn members(db: &Connection, group: &str) -> rusqlite::Result<Vec<String>> {
    db.prepare_cached("SELECT user FROM member WHERE in_group = ?1 ORDER BY user")?
        .query_map([group], |row| row.get(0))?
        .collect()
}

pub(super) fn member_of(db: &Connection, user: &str) -> rusqlite::Result<Vec<String>> {
    db.prepare_cached("SELECT in_group FROM member WHERE user = ?1 ORDER BY in_group")?
        .query_map([user], |row| row.get(0))?
        .collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Provisioned> {
    let principal: Option<String> = row.get(4)?;
    Ok(Provisioned {
        id: row.get(0)?,
        source: row.get(1)?,
        kind: rows::word(row, 2)?,
        key: row.get(3)?,
        principal: principal.map(|_| rows::text(row, 4)).transpose()?,
        document: row.get(5)?,
        created: rows::moment(row, 6)?,
        changed: rows::moment(row, 7)?,
        revision: row.get(8)?,
        has_disabled: row.get(9)?,
    })
}
