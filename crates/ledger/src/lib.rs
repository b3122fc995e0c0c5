//! Entries, tree, checkpoints, proofs and their verifier; an auditor can build this alone.
//!
//! Why a crate: what an outsider must read to believe the ledger is this and `FORMAT.md`, nothing
//! else. It is pure: bytes in, bytes out, no clock, no files (those are `store`'s).
//!
//! The way of an event: [`entry::encode`] makes its canonical bytes, [`wal`] frames them for the
//! disk, [`tree::Frontier`] gives them their place under a root, [`tile`] says in which files that
//! lies, [`checkpoint`] and [`note`] sign the root, [`proof`] and [`verify`] check it all again.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use model::{Event, Timestamp};

pub mod checkpoint;
pub mod entry;
pub mod jcs;
pub mod note;
pub mod proof;
pub mod tile;
pub mod tree;
pub mod verify;
pub mod wal;

pub use checkpoint::Checkpoint;
pub use entry::Place;
pub use tree::{Frontier, Hash};

/// The longest entry, in bytes: an entry bundle's length prefix is 16 bits wide.
pub const ENTRY_MAX_BYTES: usize = 65_535;

/// Proof of an entry's place: its position in the ledger, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Receipt(pub u64);

/// Something could not be recorded: what depends on it must not happen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the ledger cannot record: {0}")]
pub struct Unrecorded(pub Arc<str>);

/// Resolves once durable.
pub type Durable = Pin<Box<dyn Future<Output = Result<(), Unrecorded>> + Send>>;

/// The record. One writer; entries stand in the order of `append`.
pub trait Ledger: Send + Sync {
    /// Hands events to the kernel, in order, as neighbours: they survive our death, not yet the
    /// machine's. Returns the receipt of the last. Does not wait for the disk; costs one write.
    fn append(&self, events: &[Event], at: Timestamp) -> Result<Receipt, Unrecorded>;

    /// Puts events into the batch that fills, in order, as neighbours: the kernel does not have
    /// them yet. They go with the next [`Ledger::hand_over`] or [`Ledger::append`], whoever calls
    /// it, at the latest after a moment by themselves. Costs no system call.
    fn fill(&self, events: &[Event], at: Timestamp) -> Result<Receipt, Unrecorded> {
        self.append(events, at)
    }

    /// Hands the batch that fills to the kernel with one write; nothing where it has that entry.
    fn hand_over(&self, _receipt: Receipt) -> Result<(), Unrecorded> {
        Ok(())
    }

    /// Whether the kernel has that entry. Cheap: one atomic load.
    fn is_handed_over(&self, _receipt: Receipt) -> Result<bool, Unrecorded> {
        Ok(true)
    }

    /// Whether that entry, and so every one before it, is durable. Cheap: one atomic load.
    /// `Err` once the ledger has failed: then nothing more will become durable.
    fn is_durable(&self, receipt: Receipt) -> Result<bool, Unrecorded>;

    /// Resolves once that entry is durable. Woken once per batch. Where the disk is quick, the
    /// first who is polled again syncs for all, in its own thread.
    fn durable(&self, receipt: Receipt) -> Durable;
}
