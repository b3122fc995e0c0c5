//! What a reader may see of a value: detectors, transforms, and the plan that applies them.
//!
//! It knows no wire and no SQL: `govern` makes a [`Plan`] from lineage, a wire binds it to the
//! columns that really came and asks it cell by cell.

pub mod plan;

pub use plan::{Column, PartPlan, Plan, PlannedColumn, RowPlan, Treatment, Unmaskable};

/// Keys.
#[derive(Debug)]
pub struct Keys {}
