//! The text of the bounded look at a relation's values, by which classes are found.
//!
//! It is made, not fixed, so every name is quoted and qualified, and it runs nothing of a user's:
//! a value of a type not the server's own is written by that type's output function, since a cast
//! could call somebody's function with the gateway's rights. Foreign
//! tables reach another server and views show what tables hold: neither is sampled.

use std::fmt::Write as _;

use super::Text;
use crate::Catalog;
use crate::snapshot::{Column, Relation, RelationKind, TypeKind};

/// Before a sample: a read-only transaction with short timeouts, no names of a user's on the path,
/// and an error instead of another's row policies.
pub const SAMPLE_BEGIN: &[Text] = &[
    Text {
        name: "begin",
        sql: "BEGIN TRANSACTION READ ONLY",
    },
    Text {
        name: "timeout",
        sql: "SET LOCAL statement_timeout = '2s'",
    },
    Text {
        name: "lock_timeout",
        sql: "SET LOCAL lock_timeout = '200ms'",
    },
    Text {
        name: "path",
        sql: "SET LOCAL search_path = ''",
    },
    Text {
        name: "row_security",
        sql: "SET LOCAL row_security = off",
    },
];

/// After a sample, whether it failed or not.
pub const SAMPLE_END: Text = Text {
    name: "end",
    sql: "ROLLBACK",
};

/// A cell is cut to this many characters: enough for any detector.
const CELL_CHARACTERS: u32 = 512;

/// A sampling statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The columns it gives back, by `attnum`, in order.
    pub columns: Vec<i16>,
    /// One statement.
    pub sql: String,
}

/// Rows looked at for the values of a sample.
const LOOKED_AT: i64 = 20_000;
/// Rows looked at for the values of a column that is mostly NULL.
const LOOKED_AT_SPARSE: i64 = 100_000;

/// The statement that reads up to `rows` rows of those columns, as text, from anywhere in the
/// first twenty thousand rows, or of as many met on pages drawn from a larger table. `None` where
/// there is nothing to be read safely.
pub fn sample(
    catalog: &Catalog,
    relation: &Relation,
    columns: &[i16],
    rows: u32,
) -> Option<Sample> {
    let read = readable(catalog, relation, columns);
    if read.is_empty() {
        return None;
    }
    let name = name_of(relation)?;
    let pages = percent(relation.estimated_rows).map_or_else(String::new, |percent| {
        format!(" TABLESAMPLE SYSTEM ({percent})")
    });
    let mut sql = String::from("SELECT ");
    list(
        &mut sql,
        read.iter()
            .map(|(_, text)| format!("pg_catalog.left({text}, {CELL_CHARACTERS})")),
    );
    let mut names = String::new();
    list(
        &mut names,
        read.iter().map(|(column, _)| quoted(&column.name)),
    );
    let _ = write!(
        sql,
        " FROM (SELECT {names} FROM (SELECT {names} FROM {name}{pages} LIMIT {LOOKED_AT}) AS a \
         ORDER BY pg_catalog.random() LIMIT {rows}) AS b"
    );
    Some(Sample {
        columns: read.iter().map(|(column, _)| column.number).collect(),
        sql,
    })
}

/// The statement that reads up to `rows` values of one column that is mostly NULL.
pub fn sample_sparse(
    catalog: &Catalog,
    relation: &Relation,
    column: i16,
    rows: u32,
) -> Option<Sample> {
    let read = readable(catalog, relation, &[column]);
    let (column, text) = read.first()?;
    let (name, of) = (quoted(&column.name), name_of(relation)?);
    let sql = format!(
        "SELECT pg_catalog.left({text}, {CELL_CHARACTERS}) FROM (SELECT {name} FROM {of} \
         LIMIT {LOOKED_AT_SPARSE}) AS a WHERE {name} IS NOT NULL LIMIT {rows}"
    );
    let columns = vec![column.number];
    Some(Sample { columns, sql })
}

/// The columns wanted whose values can be read, with how.
fn readable<'r>(
    catalog: &Catalog,
    relation: &'r Relation,
    columns: &[i16],
) -> Vec<(&'r Column, String)> {
    let wanted = |column: &&Column| columns.contains(&column.number);
    let columns = relation.columns.iter().filter(wanted);
    columns
        .filter_map(|column| Some((column, as_text(catalog, column)?)))
        .collect()
}

/// A relation's name as a sample reads it; `None` where it is not to be read.
pub(super) fn name_of(relation: &Relation) -> Option<String> {
    // ONLY: children are relations of their own. A partitioned table has no rows of its own.
    let only = match relation.kind {
        RelationKind::MaterializedView | RelationKind::Table => "ONLY ",
        RelationKind::Partitioned => "",
        RelationKind::Composite
        | RelationKind::Foreign
        | RelationKind::Sequence
        | RelationKind::View => return None,
    };
    let (schema, name) = (quoted(&relation.schema), quoted(&relation.name));
    Some(format!("{only}{schema}.{name}"))
}

pub(super) fn list(sql: &mut String, items: impl Iterator<Item = String>) {
    for (index, item) in items.enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        let _ = write!(sql, "{comma}{item}");
    }
}

/// What share of a large relation's pages to look at, in percent, to meet about as many rows as
/// are looked at; `None` where the first pages will do.
fn percent(estimated_rows: i64) -> Option<String> {
    let hundredths = LOOKED_AT
        .checked_mul(10_000)?
        .checked_div(estimated_rows.max(1))?;
    (estimated_rows > LOOKED_AT * 2)
        .then(|| format!("{}.{:02}", hundredths / 100, (hundredths % 100).max(1)))
}

/// A value as text by nobody's code but that of its type's output function, which is always in C:
/// a cast to text could be a user's function, and run with the gateway's rights.
fn as_text(catalog: &Catalog, column: &Column) -> Option<String> {
    let found = catalog.type_of(column.type_oid)?;
    let name = quoted(&column.name);
    match found.kind {
        TypeKind::Pseudo => None,
        _ if &*found.schema == "pg_catalog" => Some(format!("{name}::pg_catalog.text")),
        _ => Some(format!("nullif(pg_catalog.concat({name}), '')")),
    }
}

/// A name as an SQL identifier that means exactly this name.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
