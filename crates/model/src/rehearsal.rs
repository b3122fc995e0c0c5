//! A rehearsal: what a held statement did when it was run and rolled back, or what the target's
//! planner thinks it would do.
//!
//! Why: a person who is asked "may this run?" must see what it *will* do. `govern` says what may be
//! rehearsed, `gateway` does it, `reviewers` show it. It holds no value that its reviewer may not
//! see: samples are masked as for anyone before they stand here.

use serde::{Deserialize, Serialize};

/// Rows changed in one table, cascades and triggers included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Rows removed.
    pub deleted: u64,
    /// Rows added.
    pub inserted: u64,
    /// `schema.name`.
    pub relation: String,
    /// Rows changed.
    pub updated: u64,
}

impl Changed {
    /// All of them.
    pub fn rows(&self) -> u64 {
        self.deleted + self.inserted + self.updated
    }
}

/// One row, as it was and as it became, in the text form of its types. `None` within is NULL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// As it became; `None`: it is gone.
    pub after: Option<Vec<Option<String>>>,
    /// As it was; `None`: it was not there.
    pub before: Option<Vec<Option<String>>>,
    /// The columns' names.
    pub columns: Vec<String>,
    /// `schema.name`.
    pub relation: String,
}

/// What came of a rehearsal.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rehearsal {
    /// What it changed, table by table.
    pub changes: Vec<Changed>,
    /// The target's own error, as SQLSTATE and the names it gives, never its values.
    pub fault: Option<String>,
    /// Locks it took beyond those of a read: `schema.name: RowExclusiveLock`.
    pub locks: Vec<String>,
    /// The plan, a line a node, without conditions: they may hold values.
    pub plan: Vec<String>,
    /// A few of the rows.
    pub samples: Vec<Sample>,
    /// How long it ran, milliseconds.
    pub took_ms: u64,
    /// Why it was not run, or not even planned; `None`: it ran.
    pub unrun: Option<String>,
    /// Write-ahead log it made, bytes.
    pub wal_bytes: u64,
}

impl Rehearsal {
    /// None: nothing was run.
    pub fn unrun(why: impl Into<String>) -> Self {
        Self {
            unrun: Some(why.into()),
            ..Self::default()
        }
    }
}
