//! What cells hold whose type is not the server's own: pairs, strings, rows of fields.
//!
//! Such a cell is shown in its own form, each part as its own class says, and not as NULL. What is
//! no string and nothing of these has no stand-in. It knows the catalog and no value.

use std::sync::Arc;

use catalog::TypeKind;
use mask::{Origin, Own, PlannedColumn, Treatment};
use model::{Class, ColumnRef};

use crate::plan::{DEEPEST_TYPE, Sight};

/// How many rows within rows are shown field by field.
const DEEPEST_ROW: u32 = 4;

impl Sight<'_> {
    /// What a type of an extension holds, where its cells can be read all the same.
    pub(crate) fn own(&self, column: &ColumnRef) -> Option<Own> {
        self.own_of(self.type_of(column), DEEPEST_ROW)
    }

    fn own_of(&self, oid: u32, depth: u32) -> Option<Own> {
        let mut of = self.catalog.type_of(oid)?;
        for _ in 0..DEEPEST_TYPE {
            match of.kind {
                TypeKind::Domain => of = self.catalog.type_of(of.base)?,
                _ => break,
            }
        }
        let is_own = &*of.schema == "pg_catalog";
        let is_text = |name: &str, category: char| name == "citext" && category == 'S';
        match of.kind {
            TypeKind::Base if is_own => None,
            TypeKind::Base if &*of.name == "hstore" && of.category == 'U' => Some(Own::Store),
            TypeKind::Base if is_text(&of.name, of.category) => Some(Own::Text),
            TypeKind::Base if of.category == 'A' => {
                let element = self.catalog.type_of(of.element)?;
                match element.kind {
                    TypeKind::Composite => Some(Own::Records(of.element)),
                    _ => is_text(&element.name, element.category).then_some(Own::Texts),
                }
            }
            TypeKind::Composite if depth > 0 => self.record(of.relation, depth - 1),
            _ => None,
        }
    }

    /// The fields of a row as a value, as their own classes say; `None` where none has one, and
    /// what hides the whole is another's word.
    fn record(&self, relation_oid: u32, depth: u32) -> Option<Own> {
        let row = self.catalog.relation(relation_oid)?;
        let field = |column: &catalog::Column| {
            let own = self.own_of(column.type_oid, depth);
            let is_row = matches!(own, Some(Own::Record(_)));
            let treatment = match column.class {
                // A row in a row is classified by its own fields.
                Some(_) if is_row => Treatment::Mask(Class::FreeText),
                Some(class) if self.is_plain(column.type_oid) || own.is_some() => {
                    self.hidden(class)
                }
                Some(_) => Treatment::Blank,
                None => Treatment::Pass,
            };
            let origin = Origin::new(&row.name, &column.name, own);
            let planned = PlannedColumn {
                origin: Some(Arc::new(origin)),
                treatment,
                type_oid: Some(self.base_of(column.type_oid)),
            };
            (planned, column.modifier)
        };
        let is_classified = row.columns.iter().any(|column| column.class.is_some());
        is_classified.then(|| Own::Record(row.columns.iter().map(field).collect()))
    }

    /// A type with its domains taken off: what is in a row is written as its base type.
    fn base_of(&self, mut oid: u32) -> u32 {
        for _ in 0..DEEPEST_TYPE {
            match self.catalog.type_of(oid) {
                Some(of) if of.kind == TypeKind::Domain => oid = of.base,
                _ => break,
            }
        }
        oid
    }

    /// Whether a column holds rows as values.
    pub(crate) fn is_of_rows(&self, column: &ColumnRef) -> bool {
        matches!(self.own(column), Some(Own::Record(_) | Own::Records(_)))
    }
}
