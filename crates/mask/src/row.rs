//! A plan bound to the columns of one result.

use std::sync::Arc;

use crate::keys::Keys;
use crate::plan::{Column, PartPlan, PlannedColumn, Treatment, Unmaskable};

/// A plan bound to the columns of one result. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RowPlan {
    columns: Arc<[Bound]>,
    is_clean: bool,
    keys: Arc<Keys>,
}

#[derive(Debug, Clone, Copy)]
struct Bound {
    treatment: Treatment,
}

impl RowPlan {
    pub(crate) fn bind(
        keys: Arc<Keys>,
        plan: &PartPlan,
        came: &[Column],
    ) -> Result<Self, Unmaskable> {
        let Some(foreseen) = &plan.columns else {
            return Ok(Self {
                columns: Arc::new([]),
                is_clean: true,
                keys,
            });
        };
        if foreseen.len() != came.len() {
            return Err(Unmaskable::Changed);
        }
        let bind = |planned: &PlannedColumn| Bound {
            treatment: planned.treatment,
        };
        let columns: Arc<[Bound]> = foreseen.iter().map(bind).collect();
        let is_clean = columns
            .iter()
            .all(|bound| bound.treatment == Treatment::Pass);
        Ok(Self {
            columns,
            is_clean,
            keys,
        })
    }

    /// Whether every row may pass as it lies.
    pub fn is_clean(&self) -> bool {
        self.is_clean
    }

    /// Whether cells of that column, from 0, must go through [`Self::apply`].
    pub fn touches(&self, column: usize) -> bool {
        let touched = |bound: &Bound| bound.treatment != Treatment::Pass;
        self.columns.get(column).map_or(!self.is_clean, touched)
    }

    /// Appends what the reader may see of a cell. NULL is not a cell: never ask.
    pub fn apply(&self, column: usize, cell: &[u8], out: &mut Vec<u8>) {
        let _ = &self.keys;
        if !self.touches(column) {
            out.extend_from_slice(cell);
        }
    }
}
