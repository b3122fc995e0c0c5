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

/// The statement that reads up to `rows` rows of those columns, as text. `None` where there is
/// nothing to be read safely.
pub fn sample(
    catalog: &Catalog,
    relation: &Relation,
    columns: &[i16],
    rows: u32,
) -> Option<Sample> {
    // ONLY: children are relations of their own. A partitioned table has no rows of its own.
    let only = match relation.kind {
        RelationKind::MaterializedView | RelationKind::Table => "ONLY ",
        RelationKind::Partitioned => "",
        RelationKind::Composite
        | RelationKind::Foreign
        | RelationKind::Sequence
        | RelationKind::View => return None,
    };
    let wanted = |column: &&Column| columns.contains(&column.number);
    let read: Vec<(&Column, String)> = relation
        .columns
        .iter()
        .filter(wanted)
        .filter_map(|column| Some((column, as_text(catalog, column)?)))
        .collect();
    if read.is_empty() {
        return None;
    }
    let mut sql = String::from("SELECT ");
    for (index, (_, text)) in read.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        let _ = write!(sql, "{comma}pg_catalog.left({text}, {CELL_CHARACTERS})");
    }
    let _ = write!(
        sql,
        " FROM {only}{}.{}",
        quoted(&relation.schema),
        quoted(&relation.name)
    );
    if let Some(percent) = percent(relation.estimated_rows, rows) {
        let _ = write!(sql, " TABLESAMPLE SYSTEM ({percent})");
    }
    let _ = write!(sql, " LIMIT {rows}");
    Some(Sample {
        columns: read.iter().map(|(column, _)| column.number).collect(),
        sql,
    })
}

/// What share of a large relation's pages to look at, in percent, to meet about ten times `rows`;
/// `None` where the first pages will do.
fn percent(estimated_rows: i64, rows: u32) -> Option<String> {
    let wanted = i64::from(rows).saturating_mul(10);
    let hundredths = wanted
        .checked_mul(10_000)?
        .checked_div(estimated_rows.max(1))?;
    (estimated_rows > wanted.saturating_mul(10))
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
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
