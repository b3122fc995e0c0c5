//! What people wrote down about columns: comments, constraints, what they are generated from. Read
//! to classify by.
//!
//! None of it is part of a catalog: no verdict depends on it, and its version must not move when
//! somebody mends a comment.

use std::collections::HashMap;

use super::Text;
use super::rows::{Malformed, Rows, each};

/// The texts that read it; run after [`super::READ`].
pub const HINTS: &[Text] = &[
    Text {
        name: "hints_path",
        sql: "SET search_path = ''",
    },
    Text {
        name: "comments",
        sql: "SELECT d.objoid, d.objsubid, pg_catalog.left(d.description, 400) \
              FROM pg_catalog.pg_description AS d \
              JOIN pg_catalog.pg_class AS c ON c.oid = d.objoid \
              WHERE d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass \
              AND c.oid >= 16384 AND c.relpersistence <> 't'",
    },
    Text {
        name: "checks",
        sql: "SELECT k.conrelid, k.contypid, k.conkey[1], \
              pg_catalog.left(pg_catalog.pg_get_constraintdef(k.oid), 400) \
              FROM pg_catalog.pg_constraint AS k \
              WHERE k.contype = 'c' AND k.oid >= 16384 \
              AND (k.contypid <> 0 OR pg_catalog.cardinality(k.conkey) = 1)",
    },
    Text {
        name: "generated_from",
        sql: "SELECT DISTINCT d.adrelid, d.adnum, p.refobjsubid \
              FROM pg_catalog.pg_attrdef AS d \
              JOIN pg_catalog.pg_attribute AS a \
                ON a.attrelid = d.adrelid AND a.attnum = d.adnum AND a.attgenerated <> '' \
              JOIN pg_catalog.pg_depend AS p \
                ON p.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass \
                AND p.refobjid = d.adrelid AND p.refobjsubid > 0 AND p.refobjsubid <> d.adnum \
                AND (p.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND p.objid = d.oid \
                  OR p.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
                  AND p.objid = d.adrelid AND p.objsubid = d.adnum) \
              ORDER BY 1, 2, 3",
    },
];

/// What people wrote down about the columns of a target.
#[derive(Debug, Clone, Default)]
pub struct Hints {
    /// By relation and column; column 0 is the relation itself.
    comments: HashMap<(u32, i16), String>,
    /// Relation, generated column, and a column it is generated from.
    pub generated: Vec<(u32, i16, i16)>,
    /// By relation and column.
    of_columns: HashMap<(u32, i16), Vec<String>>,
    /// By domain.
    of_types: HashMap<u32, Vec<String>>,
}

impl Hints {
    /// Reads what [`HINTS`] gave; `rows` is asked by the text's name.
    pub fn read(rows: &dyn Fn(&str) -> Rows) -> Result<Self, Malformed> {
        let mut hints = Self::default();
        each("comments", rows, |cells| {
            let place = (cells.number(0)?, cells.number(1)?);
            hints.comments.insert(place, cells.text(2)?.to_owned());
            Ok(())
        })?;
        each("checks", rows, |cells| {
            let (relation, domain): (u32, u32) = (cells.number(0)?, cells.number(1)?);
            let Some(check) = cells.optional(3).map(str::to_owned) else {
                // It was dropped while it was read.
                return Ok(());
            };
            if domain == 0 {
                let place = (relation, cells.number(2)?);
                hints.of_columns.entry(place).or_default().push(check);
            } else {
                hints.of_types.entry(domain).or_default().push(check);
            }
            Ok(())
        })?;
        hints.generated = each("generated_from", rows, |cells| {
            Ok((cells.number(0)?, cells.number(1)?, cells.number(2)?))
        })?;
        Ok(hints)
    }

    /// The comment on a column, or on its relation where the column is 0.
    pub fn comment(&self, relation: u32, column: i16) -> Option<&str> {
        self.comments.get(&(relation, column)).map(String::as_str)
    }

    /// The constraints of a column alone, and of its type if that is a domain.
    pub fn checks(&self, relation: u32, column: i16, type_oid: u32) -> Vec<&str> {
        let own = self.of_columns.get(&(relation, column));
        let of_type = self.of_types.get(&type_oid);
        let all = own.into_iter().chain(of_type).flatten();
        all.map(String::as_str).collect()
    }
}
