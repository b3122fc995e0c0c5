//! The ledger on a disk: `ledger::Ledger` over files, one writer, group commit.
//!
//! ```text
//! append ─pwrite─▶ wal/N ──sync thread──▶ durable ──tend thread──▶ tile/… ─▶ open ─▶ checkpoint
//!                  (zeroed ahead of need)  wakes once per batch     then wal/N is deleted
//! ```
//! Why two threads: a statement must never wait for tiles and signatures, and a wake-up costs more
//! than a statement's whole record: so one thread syncs (a batch in flight, one filling) and wakes
//! once per batch, the other builds the tree about once a second.
//!
//! A failed write or sync is final (a page that failed to sync is reported once and then lost):
//! everything after it is [`Unrecorded`], with the reason, until a new start recovers what is
//! there.
//!
//! The tree and its forms are the `ledger` crate's; nothing here decides what is recorded.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use ::ledger::note::Verifier;
use ::ledger::{Durable, Ledger, Receipt, Unrecorded};
use model::{Event, SessionId, StatementId, Status, Timestamp};
use parking_lot::{Condvar, Mutex};

mod durable;
pub mod files;
mod grow;
mod key;
mod reader;
mod recover;
#[cfg(test)]
mod tests;
mod write;

use durable::Progress;
pub use files::{Disk, Files, Handle, Memory};
use grow::Grower;
pub use reader::{Entries, Filter, Line, ReadFault, Reader};
use write::Writer;

/// Entries that nobody waits for ride with the next batch, at the latest after this long.
const RIDE_ALONG: Duration = Duration::from_millis(50);
/// How often the tree is grown and signed while something changes.
const TEND_EVERY: Duration = Duration::from_secs(1);

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

/// What the threads share.
#[derive(Debug)]
struct Shared {
    files: Arc<dyn Files>,
    grower: Mutex<Grower>,
    is_stopping: AtomicBool,
    options: Options,
    progress: Progress,
    /// Held while a sync is in flight: one at a time, in order.
    sync_turn: Mutex<()>,
    sync_wanted: Condvar,
    tend_wanted: Condvar,
    writer: Mutex<Writer>,
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
        self.shared.append(events, at)
    }

    fn is_durable(&self, receipt: Receipt) -> Result<bool, Unrecorded> {
        self.shared.progress.is_durable(receipt.0)
    }

    fn durable(&self, receipt: Receipt) -> Durable {
        durable::future(Arc::clone(&self.shared), receipt.0)
    }
}

impl Shared {
    fn append(&self, events: &[Event], at: Timestamp) -> Result<Receipt, Unrecorded> {
        self.progress.check()?;
        let mut writer = self.writer.lock();
        let waiting = writer.next.saturating_sub(self.progress.count());
        if waiting + events.len() as u64 > self.options.backlog as u64 {
            let reason = format!("{waiting} entries wait for the disk; it is too slow or stuck");
            return Err(Unrecorded(reason.into()));
        }
        if writer.is_overfull() {
            return Err(Unrecorded(
                "the ledger's tree cannot keep up with its disk".into(),
            ));
        }
        let known_durable = self.progress.count();
        let receipt = writer
            .append(events, at, (&*self.files, known_durable))
            .map_err(|fault| self.progress.broken("a write", &fault))?;
        // Nobody waits for an outcome: it rides along.
        let is_urgent = events
            .iter()
            .any(|event| !matches!(event, Event::Outcome { .. }));
        if (is_urgent && !writer.is_sync_wanted) || writer.is_sync_parked {
            writer.is_sync_wanted |= is_urgent;
            self.sync_wanted.notify_one();
        }
        if writer.is_tend_due() {
            self.tend_wanted.notify_one();
        }
        Ok(receipt)
    }

    /// Somebody waits: the next batch goes now.
    fn want_sync(&self) {
        let mut writer = self.writer.lock();
        if !writer.is_sync_wanted {
            writer.is_sync_wanted = true;
            self.sync_wanted.notify_one();
        }
    }

    fn sync(&self) -> Result<(), Unrecorded> {
        let _turn = self.sync_turn.lock();
        self.progress.check()?;
        let (handles, upto) = self.writer.lock().batch();
        for handle in handles {
            handle
                .sync()
                .map_err(|fault| self.progress.broken("a sync", &fault))?;
        }
        self.progress.advance(upto);
        Ok(())
    }

    fn sync_loop(&self) {
        while !self.is_stopping.load(Ordering::Acquire) {
            {
                let mut writer = self.writer.lock();
                // Asked under the lock: `close` sets it there, and the tree's own sync may have
                // taken `is_sync_wanted` back in between.
                let is_going = || !self.is_stopping.load(Ordering::Acquire);
                while !writer.is_sync_wanted && is_going() {
                    let timed = self.sync_wanted.wait_for(&mut writer, RIDE_ALONG);
                    if writer.has_batch() && timed.timed_out() {
                        break;
                    }
                    if timed.timed_out() && !writer.is_sync_wanted {
                        writer.is_sync_parked = true;
                        self.sync_wanted.wait(&mut writer);
                        writer.is_sync_parked = false;
                    }
                }
            }
            if self.sync().is_err() {
                return;
            }
        }
    }

    fn tend(&self) -> Result<(), Unrecorded> {
        let mut grower = self.grower.lock();
        self.progress.check()?;
        let (tail, track) = self.writer.lock().take_tail();
        self.sync()?;
        let broken = |fault: io::Error| self.progress.broken("a write of the tree", &fault);
        grower.add(&tail);
        let size = grower.publish(&*self.files, track).map_err(broken)?;
        let done = self.writer.lock().done_below(size);
        grow::remove(&*self.files, &done).map_err(broken)
    }

    fn tend_loop(&self) {
        while !self.is_stopping.load(Ordering::Acquire) {
            if self.spare().is_err() || self.tend().is_err() {
                return;
            }
            let mut writer = self.writer.lock();
            if !self.is_stopping.load(Ordering::Acquire) && !writer.is_tend_due() {
                self.tend_wanted.wait_for(&mut writer, TEND_EVERY);
            }
        }
    }

    /// Makes the next segment ahead of need.
    fn spare(&self) -> Result<(), Unrecorded> {
        let Some(path) = self.writer.lock().wants_spare() else {
            return Ok(());
        };
        let made = write::Segment::make(&*self.files, path, self.options.segment_bytes)
            .map_err(|fault| self.progress.broken("making room", &fault))?;
        self.writer.lock().spare = Some(made);
        Ok(())
    }
}
