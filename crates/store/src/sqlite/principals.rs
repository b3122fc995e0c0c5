//! Principals in `SQLite`. The rules of who may be what are `identity`'s; the table's checks are a
//! second line.

use model::{PrincipalName, PrincipalRecord, StoreFault};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::{faults, rows};

const COLUMNS: &str = "name, kind, acts_for, groups, is_disabled, salt, created";

pub(super) fn add(
    tx: &Transaction<'_>,
    principal: &PrincipalRecord,
) -> rusqlite::Result<Result<(), StoreFault>> {
    let acts_for = principal.acts_for.as_ref().map(PrincipalName::as_str);
    let done = tx.execute(
        &format!("INSERT INTO principal ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
        params![
            principal.name.as_str(),
            principal.kind.as_str(),
            acts_for,
            rows::to_json(&principal.groups)?,
            principal.is_disabled,
            principal.salt,
            principal.created.0,
        ],
    );
    let owner = || format!("principal {}", acts_for.unwrap_or_default());
    faults::of_insert(done, || format!("principal {}", principal.name), owner)
}

pub(super) fn one(
    db: &Connection,
    name: &PrincipalName,
) -> rusqlite::Result<Option<PrincipalRecord>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM principal WHERE name = ?1"))?
        .query_row([name.as_str()], read)
        .optional()
}

pub(super) fn all(db: &Connection) -> rusqlite::Result<Vec<PrincipalRecord>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM principal ORDER BY name"))?
        .query_map([], read)?
        .collect()
}

pub(super) fn set_disabled(
    tx: &Transaction<'_>,
    name: &PrincipalName,
    is_disabled: bool,
) -> rusqlite::Result<Result<(), StoreFault>> {
    let changed = tx.execute(
        "UPDATE principal SET is_disabled = ?2 WHERE name = ?1",
        params![name.as_str(), is_disabled],
    )?;
    let missing = || StoreFault::Missing {
        what: format!("principal {name}"),
    };
    Ok((changed == 1).then_some(()).ok_or_else(missing))
}

fn read(row: &Row<'_>) -> rusqlite::Result<PrincipalRecord> {
    let acts_for = match row.get::<_, Option<String>>(2)? {
        Some(_) => Some(rows::text(row, 2)?),
        None => None,
    };
    Ok(PrincipalRecord {
        name: rows::text(row, 0)?,
        kind: rows::word(row, 1)?,
        acts_for,
        groups: rows::json(row, 3)?,
        is_disabled: row.get(4)?,
        salt: row.get(5)?,
        created: rows::moment(row, 6)?,
    })
}
