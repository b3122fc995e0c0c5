//! A target's catalog, kept: read at the start, on a timer, after definitions and on demand.
//!
//! It fails closed: a target whose catalog was never read takes no sessions, and a session that
//! changed a definition waits for a reading that began after it. How it is read is `reading`'s.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use govern::Governor;
use model::{Limits, TargetName};
use rustc_hash::FxHashMap;
use tokio::sync::{Notify, watch};

use crate::classes::Kept;
use crate::reading;
use crate::way::{Unread, Way};

/// How long a whole reading may take, samples included.
const READ_LIMIT: Duration = Duration::from_mins(5);
/// How long a session waits for a reading after its own definition.
const WAIT_LIMIT: Duration = Duration::from_secs(30);
/// Between attempts at a target that cannot be read: doubled from the first to the second.
const BACKOFF_S: (u64, u64) = (1, 30);

/// How far readings have come: the number of the last request answered, and what went wrong.
type Progress = (u64, Option<String>);

/// The keeper of one target's catalog.
pub(crate) struct Keeper {
    is_scan: AtomicBool,
    notify: Notify,
    progress: watch::Sender<Progress>,
    requested: AtomicU64,
    way: Arc<Way>,
}

/// A reading that was asked for.
pub(crate) struct Refreshed {
    progress: watch::Receiver<Progress>,
    wanted: u64,
}

/// The keepers by target.
pub(crate) struct Keepers(FxHashMap<TargetName, Arc<Keeper>>);

impl Keepers {
    pub(crate) fn of<'a>(ways: impl Iterator<Item = &'a Arc<Way>>) -> Self {
        let keeper = |way: &Arc<Way>| (way.target.name().clone(), Keeper::new(way.clone()));
        Self(ways.map(keeper).collect())
    }

    pub(crate) fn of_target(&self, name: &TargetName) -> Option<Arc<Keeper>> {
        self.0.get(name).cloned()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Keeper>> {
        self.0.values()
    }
}

impl Keeper {
    fn new(way: Arc<Way>) -> Arc<Self> {
        let progress = watch::Sender::new((0, Some("it is being read".to_owned())));
        let (is_scan, notify, requested) = Default::default();
        Arc::new(Self {
            is_scan,
            notify,
            progress,
            requested,
            way,
        })
    }

    /// Asks for a reading that begins from now on.
    pub(crate) fn refresh(&self) -> Refreshed {
        let wanted = self.requested.fetch_add(1, Ordering::AcqRel) + 1;
        self.notify.notify_one();
        Refreshed {
            progress: self.progress.subscribe(),
            wanted,
        }
    }

    /// The same, and every column is sampled anew.
    pub(crate) fn scan(&self) -> Refreshed {
        self.is_scan.store(true, Ordering::Release);
        self.refresh()
    }

    /// Why the last reading failed, if it did.
    pub(crate) fn fault(&self) -> Option<String> {
        self.progress.borrow().1.clone()
    }

    /// The target.
    pub(crate) fn target(&self) -> &TargetName {
        self.way.target.name()
    }

    /// Serves until dropped.
    pub(crate) async fn run(self: Arc<Self>, governor: Arc<Governor>, limits: Arc<Limits>) {
        let mut backoff_s = BACKOFF_S.0;
        let mut kept = Kept::default();
        loop {
            let answered = self.requested.load(Ordering::Acquire);
            if self.is_scan.swap(false, Ordering::AcqRel) {
                kept = Kept::default();
            }
            let fault = self.read(&governor, &limits, &mut kept).await.err();
            let pause_s = if fault.is_some() {
                backoff_s = (backoff_s * 2).min(BACKOFF_S.1);
                backoff_s / 2
            } else {
                backoff_s = BACKOFF_S.0;
                u64::from(limits.catalog_refresh_s.max(1))
            };
            self.progress.send_replace((answered, fault));
            if self.requested.load(Ordering::Acquire) == answered {
                let pause = Duration::from_secs(pause_s.max(1));
                let _ = tokio::time::timeout(pause, self.notify.notified()).await;
            }
        }
    }

    async fn read(
        &self,
        governor: &Governor,
        limits: &Limits,
        kept: &mut Kept,
    ) -> Result<(), String> {
        let reading = reading::read(&self.way, kept, limits.sample_cells);
        let read = tokio::time::timeout(READ_LIMIT, reading)
            .await
            .unwrap_or(Err(Unread::Slow));
        let learnt = match read {
            Ok(catalog) => self.learn(governor, Arc::new(catalog)),
            Err(unread) => Err(unread.to_string()),
        };
        if let Err(reason) = &learnt {
            tracing::warn!(target_name = %self.target(), reason, "a catalog was not read");
        }
        learnt
    }

    fn learn(&self, governor: &Governor, catalog: Arc<catalog::Catalog>) -> Result<(), String> {
        let target = self.target();
        let known = governor.catalog(target);
        if known.is_some_and(|known| known.version == catalog.version) {
            return Ok(());
        }
        tracing::info!(target_name = %target, version = %catalog.version, "catalog read");
        governor
            .learn(target, catalog)
            .map_err(|unrecorded| unrecorded.to_string())
    }
}

impl Refreshed {
    /// Resolves once such a reading is done; `Err` with the reason if it failed.
    pub(crate) async fn wait(mut self) -> Result<(), String> {
        let wanted = self.wanted;
        self.wait_for(|(answered, _)| *answered >= wanted).await
    }

    /// The same, but a reading that failed is tried again while there is time: another session's
    /// locks may have stood in its way.
    pub(crate) async fn wait_patiently(mut self) -> Result<(), String> {
        let wanted = self.wanted;
        self.wait_for(|(answered, fault)| *answered >= wanted && fault.is_none())
            .await
    }

    async fn wait_for(&mut self, is_enough: impl FnMut(&Progress) -> bool) -> Result<(), String> {
        let waiting = self.progress.wait_for(is_enough);
        let waited = match tokio::time::timeout(WAIT_LIMIT, waiting).await {
            Ok(Ok(progress)) => Ok(progress.1.clone()),
            Ok(Err(_)) => return Err("the gateway is stopping".to_owned()),
            Err(elapsed) => Err(elapsed),
        };
        let fault = match waited {
            Ok(None) => return Ok(()),
            Ok(Some(fault)) => fault,
            Err(_) => {
                let last = self.progress.borrow().1.clone();
                last.unwrap_or_else(|| "it took too long".to_owned())
            }
        };
        Err(format!("could not be read again: {fault}"))
    }
}
