//! How a permitted statement ended.

use serde::{Deserialize, Serialize};

use crate::{Breach, Class};

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutcomeKind {
    /// The client or an operator cancelled it and the target confirmed.
    Cancelled,
    /// The target answered with an error.
    Error,
    /// The target completed it.
    Success,
    /// The session or the gateway ended first: what the target did is not known.
    Unknown,
}

/// How a permitted statement ended, as the target told it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The bound it went over, if it did: it was cut, cancelled or undone for that.
    #[serde(default)]
    pub breach: Option<Breach>,
    /// Bytes of result sent to the client.
    pub bytes: u64,
    /// Parts of its text the target completed.
    pub completed: u32,
    /// How it ended.
    pub kind: OutcomeKind,
    /// Whether what it changed was undone for going over a bound.
    #[serde(default)]
    pub is_undone: bool,
    /// The version of the keys they were masked under; absent where none was.
    #[serde(default)]
    pub mask_version: Option<u32>,
    /// Cells masked on the way out.
    pub masked_cells: u64,
    /// Cells of classified columns sent as they are, by class, each once: NULLs among them, and a
    /// cell that was computed from several classes once for each.
    #[serde(default)]
    pub revealed: Vec<(Class, u64)>,
    /// Rows sent to the client.
    pub rows: u64,
    /// Rows changed, from the command tags; none where it was undone.
    pub rows_affected: u64,
    /// The target's SQLSTATE, if it answered with an error.
    pub sqlstate: Option<String>,
    /// Whether the target is inside a transaction block after it, as `ReadyForQuery` tells:
    /// `I` idle, `T` in one, `E` in a failed one. Absent where nothing told.
    pub transaction: Option<char>,
}

impl Outcome {
    /// The outcome of a statement nobody heard the end of.
    pub fn unknown() -> Self {
        Self::of(OutcomeKind::Unknown)
    }

    /// Counts cells of a class that were sent as they are.
    pub fn reveal(&mut self, class: Class, cells: u64) {
        match self.revealed.iter_mut().find(|(known, _)| *known == class) {
            Some((_, count)) => *count = count.saturating_add(cells),
            None => self.revealed.push((class, cells)),
        }
    }

    /// An outcome with nothing counted.
    pub fn of(kind: OutcomeKind) -> Self {
        Self {
            breach: None,
            bytes: 0,
            completed: 0,
            is_undone: false,
            kind,
            mask_version: None,
            masked_cells: 0,
            revealed: Vec::new(),
            rows: 0,
            rows_affected: 0,
            sqlstate: None,
            transaction: None,
        }
    }
}
