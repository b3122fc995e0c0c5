//! What a target contains, and how sensitive each column is.
//!
//! A [`Catalog`] is a snapshot: immutable, with a version, shared by `Arc`. It is assembled from
//! rows that `gateway` read with the fixed texts in [`postgres`]; it does no I/O itself and never
//! guesses: what it does not hold is not there.

mod catalog;
mod digest;
mod index;
mod laid;
mod loads;
mod overlay;
pub mod postgres;
mod recorded;
pub mod roads;
pub mod snapshot;

pub use catalog::Catalog;
pub use index::Index;
pub use loads::Load;
pub use overlay::{Home, Life, Overlay, TEMPORARY};
pub use recorded::Recorded;
pub use snapshot::{
    Argument, ArgumentMode, Body, Column, Function, FunctionKind, Relation, RelationKind, Source,
    Type, TypeKind,
};
