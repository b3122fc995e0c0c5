//! What a permit binds a statement's running to: how much it may give back and change.
//!
//! Made by `govern` from the obligations of an Allow, kept by a wire while the statement runs.

use serde::{Deserialize, Serialize};

/// The bounds of one statement. The default binds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bounds {
    /// Bytes of rows it may give back.
    pub bytes: Option<u64>,
    /// Rows it may change.
    pub changes: Option<u64>,
    /// Whether it may end a transaction, or undo a part of one: then nothing else that is bound
    /// may run beside it.
    pub ends_transaction: bool,
    /// Whether the target must run it in a read-only transaction.
    pub is_read_only: bool,
    /// Whether it must be undone where it goes over a bound: it must not be committed before that
    /// is known.
    pub is_undone: bool,
    /// Whether it may set, release or go back to a savepoint, or begin or end a transaction.
    pub moves_savepoints: bool,
    /// Rows it may give back.
    pub rows: Option<u64>,
    /// Seconds it may take.
    pub seconds: Option<u32>,
}

/// A bound that a statement went over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breach {
    /// `@limit_bytes`.
    Bytes,
    /// `@limit_changes`.
    Changes,
    /// `@limit_rows`.
    Rows,
    /// `@timeout`.
    Seconds,
}

impl Breach {
    /// The annotation's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bytes => "limit_bytes",
            Self::Changes => "limit_changes",
            Self::Rows => "limit_rows",
            Self::Seconds => "timeout",
        }
    }
}
