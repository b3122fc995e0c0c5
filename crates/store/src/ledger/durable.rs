//! How far the record is durable, who waits for it, and that it failed.
//!
//! Why one atomic: every read asks it before its first row leaves. Waiters are woken once per
//! batch; a failure is final and wakes them all.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use ::ledger::{Durable, Unrecorded};
use parking_lot::Mutex;

use super::shared::Shared;

/// A sync that takes less is waited for in place: waking a thread for it, and being woken by it,
/// would cost more than the time is worth to whoever else is on this thread.
const QUICK: Duration = Duration::from_millis(1);

/// The state of durability.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// How many entries are durable.
    count: AtomicU64,
    /// How many entries the kernel has.
    handed: AtomicU64,
    failed: OnceLock<Unrecorded>,
    waiters: Mutex<Vec<(u64, Waker)>>,
}

impl Progress {
    pub(super) fn at(count: u64) -> Self {
        Self {
            count: AtomicU64::new(count),
            handed: AtomicU64::new(count),
            ..Self::default()
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// `Err` once failed.
    pub(super) fn check(&self) -> Result<(), Unrecorded> {
        self.failed.get().map_or(Ok(()), |fault| Err(fault.clone()))
    }

    /// What was durable stays so, even after a failure.
    pub(super) fn is_durable(&self, seq: u64) -> Result<bool, Unrecorded> {
        if self.count() > seq {
            return Ok(true);
        }
        self.check().map(|()| false)
    }

    /// What the kernel was given, it has, even after a failure.
    pub(super) fn is_handed_over(&self, seq: u64) -> Result<bool, Unrecorded> {
        if self.handed.load(Ordering::Acquire) > seq {
            return Ok(true);
        }
        self.check().map(|()| false)
    }

    pub(super) fn handed_over(&self, count: u64) {
        self.handed.fetch_max(count, Ordering::AcqRel);
    }

    pub(super) fn advance(&self, count: u64) {
        self.count.fetch_max(count, Ordering::AcqRel);
        let ready: Vec<_> = self
            .waiters
            .lock()
            .extract_if(.., |(seq, _)| *seq < count)
            .collect();
        for (_, waker) in ready {
            waker.wake();
        }
    }

    /// The ledger has failed, for ever; the first reason stands.
    pub(super) fn fail(&self, reason: &str) -> Unrecorded {
        let fault = self.failed.get_or_init(|| {
            tracing::error!(
                reason,
                "the ledger has failed: statements are refused from now on"
            );
            Unrecorded(reason.into())
        });
        for (_, waker) in std::mem::take(&mut *self.waiters.lock()) {
            waker.wake();
        }
        fault.clone()
    }

    pub(super) fn broken(&self, what: &str, fault: &io::Error) -> Unrecorded {
        let way_out = match fault.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                "the disk is full: free some space and restart portcullis"
            }
            _ => "check the disk, then restart portcullis; it recovers what is there",
        };
        self.fail(&format!("{what} failed ({fault}); {way_out}"))
    }

    fn poll(&self, seq: u64, context: &Context<'_>) -> Poll<Result<(), Unrecorded>> {
        match self.is_durable(seq) {
            Ok(true) => Poll::Ready(Ok(())),
            Err(fault) => Poll::Ready(Err(fault)),
            Ok(false) => {
                let mut waiters = self.waiters.lock();
                let is_known = waiters
                    .iter()
                    .any(|(at, w)| *at == seq && w.will_wake(context.waker()));
                if !is_known {
                    waiters.push((seq, context.waker().clone()));
                }
                drop(waiters);
                // The batch may have ended between the look and the registration.
                match self.is_durable(seq) {
                    Ok(false) => Poll::Pending,
                    Ok(true) => Poll::Ready(Ok(())),
                    Err(fault) => Poll::Ready(Err(fault)),
                }
            }
        }
    }
}

/// How long syncs take of late: whether it pays to wait for one in place.
#[derive(Debug, Default)]
pub(super) struct Pace(AtomicU64);

impl Pace {
    /// Eight syncs make the average.
    pub(super) fn took(&self, time: Duration) {
        let (now, old) = (time.as_nanos(), self.0.load(Ordering::Relaxed));
        let now = u64::try_from(now).unwrap_or(u64::MAX) / 8;
        self.0.store(old - old / 8 + now, Ordering::Relaxed);
    }

    fn is_quick(&self) -> bool {
        self.0.load(Ordering::Relaxed) < u64::try_from(QUICK.as_nanos()).unwrap_or_default()
    }
}

/// How far a waiter has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// Nobody has been asked for a sync.
    Not,
    /// Everybody else who is ready on this thread has had a turn: their entries go with ours.
    OthersFirst,
    /// The sync is under way.
    Done,
}

struct Wait {
    asked: Asked,
    seq: u64,
    shared: Arc<Shared>,
}

impl Future for Wait {
    type Output = Result<(), Unrecorded>;
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let shared = &self.shared;
        let may_stay = shared.options.threads && shared.pace.is_quick();
        if may_stay && self.asked != Asked::Done {
            match shared.progress.is_durable(self.seq) {
                Ok(false) => {}
                Ok(true) => return Poll::Ready(Ok(())),
                Err(fault) => return Poll::Ready(Err(fault)),
            }
            if self.asked == Asked::Not {
                self.asked = Asked::OthersFirst;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            if shared.sync_here(self.seq) {
                return Poll::Ready(Ok(()));
            }
        }
        let found = shared.progress.poll(self.seq, context);
        if found.is_pending() && self.asked != Asked::Done {
            shared.want_sync();
            self.asked = Asked::Done;
        }
        found
    }
}

/// Resolves once entry `seq` is durable, or the ledger has failed.
pub(super) fn future(shared: Arc<Shared>, seq: u64) -> Durable {
    Box::pin(Wait {
        asked: Asked::Not,
        seq,
        shared,
    })
}
