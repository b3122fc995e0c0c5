//! The work on a ledger, and what its threads and its callers share for it.
//!
//! Whoever calls does it in its own thread, or one of the two loops here does. The order is in the
//! parent's head.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ::ledger::{Receipt, Unrecorded};
use model::{Event, Timestamp};
use parking_lot::{Condvar, Mutex, MutexGuard};

use super::Options;
use super::durable::{Pace, Progress};
use super::files::Files;
use super::grow::{self, Grower};
use super::write::{Segment, Writer};

/// Entries that nobody waits for ride with the next batch, at the latest after this long.
const RIDE_ALONG: Duration = Duration::from_millis(50);
/// How often the tree is grown and signed while something changes.
const TEND_EVERY: Duration = Duration::from_secs(1);

/// What the threads share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) files: Arc<dyn Files>,
    pub(super) grower: Mutex<Grower>,
    pub(super) is_stopping: AtomicBool,
    pub(super) options: Options,
    pub(super) pace: Pace,
    pub(super) progress: Progress,
    /// Held while a sync is in flight: one at a time, in order.
    pub(super) sync_turn: Mutex<()>,
    pub(super) sync_wanted: Condvar,
    pub(super) tend_wanted: Condvar,
    pub(super) writer: Mutex<Writer>,
}

impl Shared {
    pub(super) fn fill(
        &self,
        events: &[Event],
        at: Timestamp,
        goes: bool,
    ) -> Result<Receipt, Unrecorded> {
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
        let receipt = writer.fill(events, at);
        if goes || writer.is_batch_large() {
            self.hand_over(&mut writer)?;
        }
        // Nobody waits yet: it rides along with the next batch, at the latest with the thread's.
        if writer.is_sync_parked {
            self.sync_wanted.notify_one();
        }
        if writer.is_tend_due() {
            self.tend_wanted.notify_one();
        }
        Ok(receipt)
    }

    /// Hands the batch that fills to the kernel.
    pub(super) fn hand_over(&self, writer: &mut Writer) -> Result<(), Unrecorded> {
        let next = writer
            .hand_over(&*self.files, self.progress.count())
            .map_err(|fault| self.progress.broken("a write", &fault))?;
        self.progress.handed_over(next);
        Ok(())
    }

    /// Somebody waits: the next batch goes now, by the thread.
    pub(super) fn want_sync(&self) {
        let mut writer = self.writer.lock();
        if !writer.is_sync_wanted {
            writer.is_sync_wanted = true;
            self.sync_wanted.notify_one();
        }
    }

    pub(super) fn sync(&self) -> Result<(), Unrecorded> {
        self.sync_in_turn(&self.sync_turn.lock())
    }

    /// Makes that entry durable in the thread of whoever waits for it. Who finds another at it
    /// waits his turn, and mostly finds it done.
    pub(super) fn sync_here(&self, seq: u64) -> bool {
        let turn = self.sync_turn.lock();
        // A failure is known to all who wait.
        self.progress.is_durable(seq) == Ok(true) || self.sync_in_turn(&turn).is_ok()
    }

    fn sync_in_turn(&self, _turn: &MutexGuard<'_, ()>) -> Result<(), Unrecorded> {
        self.progress.check()?;
        let (handles, upto) = {
            let mut writer = self.writer.lock();
            self.hand_over(&mut writer)?;
            writer.batch()
        };
        let begun = Instant::now();
        for handle in &handles {
            handle
                .sync()
                .map_err(|fault| self.progress.broken("a sync", &fault))?;
        }
        if !handles.is_empty() {
            self.pace.took(begun.elapsed());
        }
        self.progress.advance(upto);
        Ok(())
    }

    pub(super) fn sync_loop(&self) {
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

    pub(super) fn tend(&self) -> Result<(), Unrecorded> {
        let mut grower = self.grower.lock();
        self.progress.check()?;
        let (tail, track) = {
            let mut writer = self.writer.lock();
            self.hand_over(&mut writer)?;
            writer.take_tail()
        };
        self.sync()?;
        let broken = |fault: std::io::Error| self.progress.broken("a write of the tree", &fault);
        grower.add(&tail);
        let size = grower.publish(&*self.files, track).map_err(broken)?;
        let done = self.writer.lock().done_below(size);
        grow::remove(&*self.files, &done).map_err(broken)
    }

    pub(super) fn tend_loop(&self) {
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
    pub(super) fn spare(&self) -> Result<(), Unrecorded> {
        let Some(path) = self.writer.lock().wants_spare() else {
            return Ok(());
        };
        let made = Segment::make(&*self.files, path, self.options.segment_bytes)
            .map_err(|fault| self.progress.broken("making room", &fault))?;
        self.writer.lock().spare = Some(made);
        Ok(())
    }
}
