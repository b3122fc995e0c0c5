//! The ledger on a disk: `ledger::Ledger` over files, one writer, group commit.
//!
//! ```text
//! fill ─▶ batch ─pwrite─▶ wal/N ──sync──▶ durable ──tend thread──▶ tile/… ─▶ open ─▶ checkpoint
//!         (memory)        (zeroed ahead)   wakes once per batch     then wal/N is deleted
//! ```
//! The order, and what a crash between two steps leaves:
//! 1. `fill` encodes entries into the batch, in memory. Killed here: the entries are gone, and
//!    nothing depended on them: no target has heard the statement, or only its outcome is lost
//!    and reads `unknown`.
//! 2. `hand_over` gives the batch to the kernel with one `pwrite`. Only now may a target hear of
//!    the reads in it. Killed here: the kernel has them. Power lost here: gone, and no result of
//!    theirs was shown, for that waits for 3.
//! 3. One sync, of everything handed over before it began. Only now may a target hear of the
//!    writes, and a client see a result. Nothing later undoes it.
//! 4. The tree: tiles and bundles, durable; the list of open statements; the checkpoint over them;
//!    only then are spent segments removed.
//!
//! Why the sync runs in the thread of whoever waits: waking a thread and being woken by it cost
//! more than a statement's whole record. The first of a reactor's waiters whose turn comes again
//! syncs for all of them; the others find it done (a batch in flight, one filling). Where the disk
//! is slow of late the sync thread does it instead, and wakes once per batch.
//! The tree is built by a thread of its own, about once a second: no statement waits for it.
//!
//! A failed write or sync is final (a page that failed to sync is reported once and then lost):
//! everything after it is [`Unrecorded`], with the reason, until a new start recovers what is
//! there.
//!
//! The tree and its forms are the `ledger` crate's; nothing here decides what is recorded.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use ::ledger::note::Verifier;
use ::ledger::{Durable, Ledger, Receipt, Unrecorded};
use model::{Event, SessionId, StatementId, Status, Timestamp};
use parking_lot::Mutex;

mod durable;
pub mod files;
mod grow;
mod key;
mod reader;
mod recover;
mod shared;
#[cfg(test)]
mod tests;
mod write;

pub use files::{Disk, Files, Handle, Memory};
pub use reader::{Entries, Filter, Line, ReadFault, Reader};
use shared::Shared;

/// How a ledger is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Entries appended and not yet durable: beyond it appends are refused
    /// (`Limits::ledger_backlog`).
    pub backlog: usize,
    /// The name a new ledger gets; `None` makes one from its key. An old one keeps its own.
    pub origin: Option<String>,
    /// Bytes of a segment made ahead of need.
    pub segment_bytes: usize,
    /// Whether threads sync and tend; without them the caller does, step by step.
    pub threads: bool,
}

impl Default for Options {
    fn default() -> Self {
        let backlog = model::Limits::default().ledger_backlog;
        Self {
            backlog,
            origin: None,
            segment_bytes: 16 << 20,
            threads: true,
        }
    }
}

/// A ledger that cannot be opened. Every message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenFault {
    /// What is there was damaged: starting would hide it.
    #[error(
        "the ledger is damaged: {0}; restore it from a copy, or look closer with \
         `portcullis ledger verify`"
    )]
    Damaged(String),
    /// Another process writes this ledger.
    #[error(
        "another portcullis is running on this data directory; stop it, or give this one its \
         own data_dir"
    )]
    InUse,
    /// The disk said no.
    #[error("the ledger's files cannot be used: {0}; mend the disk or its rights and start again")]
    Io(#[from] io::Error),
    /// The key is not there, though the ledger was signed by it.
    #[error(
        "the ledger has a checkpoint and its key is gone or unfit ({0}): put back the file \
         `ledger/key` from a copy; a new key would make it another ledger"
    )]
    Key(String),
}

/// A statement whose end was not recorded before the gateway went down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfinished {
    /// Its session.
    pub session: SessionId,
    /// Its number there.
    pub statement: StatementId,
    /// Where it stood. `Allowed` may have run: its outcome has been recorded as `unknown` at open.
    /// Any other never went to a target.
    pub status: Status,
}

/// What opening found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recovered {
    /// Bytes a crash tore off the end of the log: nothing had relied on them.
    pub cut_bytes: usize,
    /// Entries that were there.
    pub entries: u64,
    /// Statements without an end.
    pub unfinished: Vec<Unfinished>,
}

/// The ledger over files. Dropping it closes it.
#[derive(Debug)]
pub struct FileLedger {
    /// Keeps other writers out for as long as it lives.
    _lock: Box<dyn std::any::Any + Send + Sync>,
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    verifier: Verifier,
}

impl FileLedger {
    /// Opens or makes the ledger in `files`, recovers it, and records as `unknown` the outcomes
    /// of statements that were allowed and never heard of again.
    pub fn open(
        files: Arc<dyn Files>,
        options: Options,
        at: Timestamp,
    ) -> Result<(Self, Recovered), OpenFault> {
        let (opened, recovered) = recover::open(files, options)?;
        let shared = Arc::new(opened.shared);
        let ledger = Self {
            _lock: opened.lock,
            shared,
            threads: Mutex::default(),
            verifier: opened.verifier,
        };
        ledger.settle_unknown(&recovered.unfinished, at)?;
        if ledger.shared.options.threads {
            ledger.start()?;
        }
        Ok((ledger, recovered))
    }

    fn settle_unknown(&self, unfinished: &[Unfinished], at: Timestamp) -> Result<(), OpenFault> {
        let allowed = unfinished
            .iter()
            .filter(|one| one.status == Status::Allowed);
        let outcomes: Vec<_> = allowed
            .map(|one| Event::Outcome {
                outcome: model::Outcome::unknown(),
                session: model::event::SessionRef::Id(one.session),
                statement: one.statement,
            })
            .collect();
        for some in outcomes.chunks(1_000) {
            self.append(some, at)
                .map_err(|fault| io::Error::other(fault.to_string()))?;
        }
        Ok(())
    }

    fn start(&self) -> io::Result<()> {
        let spawn = |name: &str, run: fn(&Shared)| {
            let shared = Arc::clone(&self.shared);
            std::thread::Builder::new()
                .name(name.into())
                .spawn(move || run(&shared))
        };
        let threads = [
            spawn("ledger-sync", Shared::sync_loop)?,
            spawn("ledger-tend", Shared::tend_loop)?,
        ];
        self.threads.lock().extend(threads);
        Ok(())
    }

    /// The public key, for those who verify.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// How many entries have been appended.
    pub fn size(&self) -> u64 {
        self.shared.writer.lock().next
    }

    /// Makes everything appended so far durable, now, in this thread.
    pub fn sync(&self) -> Result<(), Unrecorded> {
        self.shared.sync()
    }

    /// Grows the tree over everything appended so far and signs it, now, in this thread.
    pub fn tend(&self) -> Result<(), Unrecorded> {
        self.shared.tend()
    }

    /// Stops the threads, and signs what is there. Later appends are still possible, and lost to
    /// no one, but nobody syncs them: for the end of a process.
    pub fn close(&self) -> Result<(), Unrecorded> {
        {
            let mut writer = self.shared.writer.lock();
            self.shared.is_stopping.store(true, Ordering::Release);
            writer.is_sync_wanted = true;
            self.shared.sync_wanted.notify_all();
            self.shared.tend_wanted.notify_all();
        }
        for thread in std::mem::take(&mut *self.threads.lock()) {
            if thread.join().is_err() {
                self.shared
                    .progress
                    .fail("a thread of the ledger died; please report it");
            }
        }
        self.tend()
    }
}

impl Drop for FileLedger {
    fn drop(&mut self) {
        if let Err(fault) = self.close() {
            tracing::error!(%fault, "the ledger was not closed; the next start recovers it");
        }
    }
}

impl Ledger for FileLedger {
    fn append(&self, events: &[Event], at: Timestamp) -> Result<Receipt, Unrecorded> {
        self.shared.fill(events, at, true)
    }

    fn fill(&self, events: &[Event], at: Timestamp) -> Result<Receipt, Unrecorded> {
        self.shared.fill(events, at, false)
    }

    fn hand_over(&self, receipt: Receipt) -> Result<(), Unrecorded> {
        if !self.shared.progress.is_handed_over(receipt.0)? {
            self.shared.hand_over(&mut self.shared.writer.lock())?;
        }
        Ok(())
    }

    fn is_handed_over(&self, receipt: Receipt) -> Result<bool, Unrecorded> {
        self.shared.progress.is_handed_over(receipt.0)
    }

    fn is_durable(&self, receipt: Receipt) -> Result<bool, Unrecorded> {
        self.shared.progress.is_durable(receipt.0)
    }

    fn durable(&self, receipt: Receipt) -> Durable {
        durable::future(Arc::clone(&self.shared), receipt.0)
    }
}
