//! What a verification gives.

use super::Finding;
use crate::checkpoint::Checkpoint;

/// What was found, and how much was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The checkpoint, if one of the keys signed it.
    pub checkpoint: Option<Checkpoint>,
    /// How often an entry's time is before that of the entry before it: clocks step.
    pub clock_steps: u64,
    /// Bytes that a crash tore off the end of the write-ahead log, and that nothing relied on.
    pub cut_bytes: usize,
    /// What is wrong, in order of place. Empty is what a sound ledger gives.
    pub findings: Vec<Finding>,
    /// Entries read under the checkpoint.
    pub entries: u64,
    /// Statements with an intent.
    pub statements: u64,
    /// Statements whose end is not known: without an outcome, or with the outcome `unknown`.
    pub unknown: u64,
    /// Entries read from the write-ahead log beyond the checkpoint: recorded, not yet signed.
    pub unsigned: u64,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}
