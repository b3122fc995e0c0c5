//! Rows as an index gives them: sorted by a masked column that nobody named.
//!
//! Why: `WHERE tenant_id = 5` under an index on tenant and address gives rows in the order of their
//! addresses, and so does `SELECT email` alone, out of the index. Which road the server takes is
//! not known here: wherever it may take one that sorts by what is classified, it is taken to.
//! What becomes of such an order is `level`'s.

use std::collections::BTreeSet;

use catalog::{Index, RelationKind};
use model::Action;
use smallvec::SmallVec;

use crate::reader::Reader;
use crate::value::{Col, Value};

impl Reader<'_> {
    /// A column chooses, sorts or groups.
    pub(crate) fn chosen_by(&mut self, value: &Value) {
        if let Some(col) = value.bare() {
            self.chosen.insert(col);
        }
    }

    /// A column is looked for by what does not hold it to one value: IS NULL, a list.
    pub(crate) fn ranged_over(&mut self, value: &Value) {
        if let Some(col) = value.bare() {
            self.ranged.insert(col);
        }
    }

    /// The classified columns by which an index may have sorted the rows of this statement.
    pub(crate) fn sorted_by_index(&self) -> SmallVec<[Col; 2]> {
        let is_classified = self.is_classified();
        let catalog = self.world.catalog;
        let mut told = SmallVec::new();
        for (relation, read) in self.notes.columns_read(Action::Select) {
            let Some(known) = catalog.relation(relation) else {
                continue;
            };
            let is_stored = matches!(
                known.kind,
                RelationKind::MaterializedView | RelationKind::Partitioned | RelationKind::Table
            );
            if !is_stored {
                continue;
            }
            let col = |number| Col { relation, number };
            // What an expression holds is not known: any of them.
            let classified = |key: i16| -> SmallVec<[Col; 2]> {
                let columns = known.columns.iter().filter(|c| c.class.is_some());
                let columns = columns.filter(|c| key == 0 || c.number == key);
                columns.map(|c| col(c.number)).collect()
            };
            for index in catalog.indexes(relation) {
                if self.may_be_read(index, relation, &read, &is_classified) {
                    told.extend(index.keys.iter().flat_map(|key| classified(*key)));
                }
            }
        }
        told
    }

    /// Whether the rows may be read by this index in its order.
    fn may_be_read(
        &self,
        index: &Index,
        relation: u32,
        read: &BTreeSet<i16>,
        is_classified: &dyn Fn(Col) -> bool,
    ) -> bool {
        let is_chosen = |number: i16| self.chosen.contains(&Col { relation, number });
        // A classified one that is equal to something is alike in all rows.
        let is_sorted = |number: i16| {
            let column = Col { relation, number };
            let is_shown = number != 0 && !is_classified(column);
            is_shown && is_chosen(number) || self.ranged.contains(&column)
        };
        let is_touched = index.keys.iter().any(|key| is_sorted(*key));
        let is_enough = !read.is_empty() && read.iter().all(|n| index.holds.contains(n));
        let is_part = index.is_partial && self.chosen.iter().any(|c| c.relation == relation);
        is_touched || is_enough || is_part
    }
}
