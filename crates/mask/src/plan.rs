//! A plan: for every column a statement gives back, what its reader may see.
//!
//! Made by `govern` before the statement is sent, bound by a wire when the columns come.

use model::{Class, CopyShape, Format};

/// What happens to the cells of one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Treatment {
    /// Replaced whole by a constant of the same type: the value is computed from something
    /// classified, or nobody knows from what.
    Blank,
    /// Replaced by the stand-in of its class.
    Mask(Class),
    /// Shown as it is.
    Pass,
    /// Searched cell by cell; what is found is replaced by its stand-in.
    Scan,
}

/// One output column as analysis foresaw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedColumn {
    /// What to do.
    pub treatment: Treatment,
    /// The type foreseen, if any: a cell of another type is refused.
    pub type_oid: Option<u32>,
}

/// The plan of one part of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PartPlan {
    /// The columns foreseen; `None` means any number, none of them touched.
    pub columns: Option<Vec<PlannedColumn>>,
    /// How rows are written where the part is a COPY to the client.
    pub copy: Option<CopyShape>,
    /// Whether texts the target writes (errors, notices) are replaced, since they may quote values.
    pub scrubs_messages: bool,
}

impl PartPlan {
    /// Whether every row may pass as it lies.
    pub fn passes_rows(&self) -> bool {
        let passes = |column: &PlannedColumn| column.treatment == Treatment::Pass;
        self.columns.as_ref().is_none_or(|columns| columns.iter().all(passes))
    }
}

/// The plan of a whole statement. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Plan {
    keys: std::sync::Arc<crate::Keys>,
    parts: std::sync::Arc<[PartPlan]>,
}

/// One column as the target described it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// How its cells are written.
    pub format: Format,
    /// `atttypmod`; -1 is none.
    pub modifier: i32,
    /// `pg_type.oid`.
    pub type_oid: u32,
}

/// Why a plan cannot be applied to the columns that came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unmaskable {
    /// The number or types of columns differ from what was foreseen.
    #[error("the result's columns are not those foreseen: the catalog changed, run it again")]
    Changed,
    /// No stand-in of that class can be written in that type.
    #[error("column {column} holds {class} in a type that cannot carry a stand-in")]
    Type {
        /// Which column, from 1.
        column: usize,
        /// Its class.
        class: Class,
    },
}

/// A plan bound to the columns of one result.
#[derive(Debug, Clone)]
pub struct RowPlan {}
