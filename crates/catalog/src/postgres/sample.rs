//! The text of the bounded look at a relation's values, by which classes are found.
//!
//! It is made, not fixed, so every name is quoted and qualified, and it runs nothing of a user's:
//! only columns whose type is the server's own (or an enum, a domain or an array of such) are read,
//! since a cast of another type could call somebody's function with the gateway's rights. Foreign
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

/// How many domains and arrays are unwrapped before a type is called strange.
const TYPE_DEPTH: u32 = 8;

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
    let wanted = |column: &&Column| {
        columns.contains(&column.number) && is_plain(catalog, column.type_oid, TYPE_DEPTH)
    };
    let read: Vec<&Column> = relation.columns.iter().filter(wanted).collect();
    if read.is_empty() {
        return None;
    }
    let mut sql = String::from("SELECT ");
    for (index, column) in read.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        let name = quoted(&column.name);
        let _ = write!(
            sql,
            "{comma}pg_catalog.left({name}::pg_catalog.text, {CELL_CHARACTERS})"
        );
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
        columns: read.iter().map(|column| column.number).collect(),
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

/// Whether reading a value of this type as text runs the server's own code only.
fn is_plain(catalog: &Catalog, oid: u32, depth: u32) -> bool {
    let Some(found) = catalog.type_of(oid) else {
        return false;
    };
    if &*found.schema == "pg_catalog" && found.kind != TypeKind::Composite && found.element == 0 {
        return true;
    }
    match found.kind {
        TypeKind::Domain if depth > 0 => is_plain(catalog, found.base, depth - 1),
        TypeKind::Enum => true,
        TypeKind::Base if found.element != 0 && found.category == 'A' && depth > 0 => {
            is_plain(catalog, found.element, depth - 1)
        }
        // `name`, `point` and their like have an element and are no arrays.
        TypeKind::Base => &*found.schema == "pg_catalog" && found.category != 'A',
        TypeKind::Composite
        | TypeKind::Domain
        | TypeKind::Multirange
        | TypeKind::Pseudo
        | TypeKind::Range => false,
    }
}

/// A name as an SQL identifier that means exactly this name.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
