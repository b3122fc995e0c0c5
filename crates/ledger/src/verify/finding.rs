//! What can be wrong with a ledger, in words an auditor can quote.
//!
//! Every finding names a place. The kinds are stable words for programs.

use crate::note::NoteFault;
use crate::wal::Hole;

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// Entries are not those that were signed.
    #[error("{} altered after being signed", entries(*first, *last))]
    AlteredEntries {
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
    },
    /// A tile is not the one over the signed entries.
    #[error("{path} was altered; the entries under it are as signed")]
    AlteredTile {
        /// Its path.
        path: String,
    },
    /// A checkpoint cannot be read, or its signature does not fit.
    #[error("the {what} cannot be trusted: {fault}")]
    BadCheckpoint {
        /// Why.
        fault: NoteFault,
        /// Which.
        what: String,
    },
    /// Entries are missing at the end.
    #[error(
        "the tail is cut: a checkpoint was signed over {promised} entries, {present} are there"
    )]
    CutTail {
        /// How many are there.
        present: u64,
        /// How many the checkpoint says.
        promised: u64,
    },
    /// A checkpoint signed by a key that was not given.
    #[error("the {what} is signed by a foreign key: {by}")]
    ForeignKey {
        /// The key's name and hash.
        by: String,
        /// Which checkpoint.
        what: String,
    },
    /// A durable entry is gone from the write-ahead log.
    #[error(transparent)]
    Hole(Hole),
    /// A grant is used, given or ended out of order.
    #[error("entry {entry}: {reason}, for grant {grant}")]
    IllegalGrant {
        /// Which entry.
        entry: u64,
        /// Which grant.
        grant: String,
        /// What is wrong.
        reason: String,
    },
    /// An event that may not follow what was recorded before.
    #[error("entry {entry}: {step} may not follow {before} for statement {statement}")]
    IllegalStep {
        /// Where the statement stood.
        before: String,
        /// Which entry.
        entry: u64,
        /// Which statement.
        statement: String,
        /// What was recorded.
        step: String,
    },
    /// An entry is signed as it stands and yet does not say what an entry must.
    #[error("entry {entry} is malformed: {reason}")]
    MalformedEntry {
        /// Which.
        entry: u64,
        /// Why.
        reason: String,
    },
    /// Entries are missing in between.
    #[error("{} missing: {path} is not there or cut", entries(*first, *last))]
    MissingEntries {
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
        /// The bundle.
        path: String,
    },
    /// A tile is missing.
    #[error("{path} is missing or cut")]
    MissingTile {
        /// Its path.
        path: String,
    },
    /// There is no checkpoint.
    #[error("there is no checkpoint: nothing here is signed")]
    NoCheckpoint,
    /// An older checkpoint, kept elsewhere, does not fit: history was rewritten.
    #[error("the first {size} entries are not those of the checkpoint kept elsewhere")]
    Rewritten {
        /// The older checkpoint's size.
        size: u64,
    },
    /// The root over the entries is not the signed one, and no tile says where.
    #[error(
        "the root over the {size} entries is not the signed one: entries or checkpoint altered"
    )]
    RootDiffers {
        /// How many entries.
        size: u64,
    },
}

fn entries(first: u64, last: u64) -> String {
    if first == last {
        format!("entry {first}")
    } else {
        format!("entries {first} to {last}")
    }
}

impl Finding {
    /// The kind, as a stable word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::AlteredEntries { .. } => "altered_entries",
            Self::AlteredTile { .. } => "altered_tile",
            Self::BadCheckpoint { .. } => "bad_checkpoint",
            Self::CutTail { .. } => "cut_tail",
            Self::ForeignKey { .. } => "foreign_key",
            Self::Hole(_) => "hole",
            Self::IllegalGrant { .. } => "illegal_grant",
            Self::IllegalStep { .. } => "illegal_step",
            Self::MalformedEntry { .. } => "malformed_entry",
            Self::MissingEntries { .. } => "missing_entries",
            Self::MissingTile { .. } => "missing_tile",
            Self::NoCheckpoint => "no_checkpoint",
            Self::Rewritten { .. } => "rewritten",
            Self::RootDiffers { .. } => "root_differs",
        }
    }
}
