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

use ::ledger::{Durable, Unrecorded};
use parking_lot::Mutex;

use super::Shared;

/// The state of durability.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// How many entries are durable.
    count: AtomicU64,
    failed: OnceLock<Unrecorded>,
    waiters: Mutex<Vec<(u64, Waker)>>,
}

impl Progress {
    pub(super) fn at(count: u64) -> Self {
        Self {
            count: AtomicU64::new(count),
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

struct Wait {
    has_asked: bool,
    seq: u64,
    shared: Arc<Shared>,
}

impl Future for Wait {
    type Output = Result<(), Unrecorded>;
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let found = self.shared.progress.poll(self.seq, context);
        if found.is_pending() && !self.has_asked {
            self.has_asked = true;
            self.shared.want_sync();
        }
        found
    }
}

/// Resolves once entry `seq` is durable, or the ledger has failed.
pub(super) fn future(shared: Arc<Shared>, seq: u64) -> Durable {
    Box::pin(Wait {
        has_asked: false,
        seq,
        shared,
    })
}
