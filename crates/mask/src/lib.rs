//! What a reader may see of a value: detectors, transforms, and the plan that applies them.
//!
//! It knows no wire and no SQL: `govern` makes a [`Plan`] from lineage, a wire binds it to the
//! columns that really came and asks it cell by cell. The same transforms serve prose and JSON
//! ([`scan`]), and the detectors tell `catalog` what a column holds ([`detect`]).

pub mod copy;
pub mod detect;
pub mod edit;
pub mod find;
pub mod formats;
pub mod keys;
pub mod plan;
pub mod row;
pub mod scan;
pub mod scope;
mod stand;
mod types;

pub use copy::CopyMasker;
pub use edit::Edits;
pub use keys::Keys;
pub use plan::{Column, Origin, Own, PartPlan, Plan, PlannedColumn, Treatment, Unmaskable};
pub use row::RowPlan;
pub use scope::{Lens, Scope, Scopes};
pub use stand::TransformKind;
