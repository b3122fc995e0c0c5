//! A session that was let in: its facts, its memory, its past, and what its client must be told.
//!
//! It decides nothing: the governor does.

use std::sync::Arc;

use arc_swap::ArcSwap;
use catalog::Catalog;
use mask::Lens;
use model::{HoldNotice, Session, StatementId, Timestamp};
use parking_lot::Mutex;
use policy::History;

use crate::assigned::Assigned;
use crate::governor::CatalogCell;
use crate::granted::Resting;
use crate::memory::Memory;
use crate::ours::Voice;
use crate::past::Past;

/// A session that was let in, with its memory.
pub struct OpenSession {
    /// What the gateway says of it at its target.
    pub(crate) assigned: Assigned,
    pub(crate) catalog: CatalogCell,
    facts: ArcSwap<Session>,
    /// What verdicts are cached by besides the shape: the identity, the target, the mode.
    pub(crate) identity_key: u64,
    /// The keys of its stand-ins.
    pub(crate) lens: Lens,
    pub(crate) memory: Mutex<Memory>,
    outbox: Mutex<Vec<(StatementId, HoldNotice)>>,
    pub(crate) past: Past,
    /// What of it rests on grants.
    pub(crate) resting: Resting,
    /// How this session is spoken to.
    pub(crate) voice: Mutex<Voice>,
}

impl OpenSession {
    pub(crate) fn new(
        facts: Arc<Session>,
        (identity_key, lens): (u64, Lens),
        (catalog, assigned): (CatalogCell, Assigned),
        startup: &[(String, String)],
    ) -> Self {
        let role = assigned.role.as_deref();
        let memory = Mutex::new(Memory::new(&catalog.load().value, role, startup));
        Self {
            assigned,
            catalog,
            facts: ArcSwap::new(facts),
            identity_key,
            lens,
            memory,
            outbox: Mutex::default(),
            past: Past::default(),
            resting: Resting::default(),
            voice: Mutex::default(),
        }
    }

    /// The facts, as they are now: what a client says it is about to do may change.
    pub fn facts(&self) -> Arc<Session> {
        self.facts.load_full()
    }

    /// Puts other facts in the place of those so far.
    pub(crate) fn restate(&self, facts: Session) {
        self.facts.store(Arc::new(facts));
    }

    /// What the client must be told now: statements that have come to be held. Each is told once.
    pub fn told(&self) -> Vec<(StatementId, HoldNotice)> {
        std::mem::take(&mut *self.outbox.lock())
    }

    /// The target told a setting (`ParameterStatus`): the server's own word.
    pub fn setting(&self, name: &str, value: &str) {
        let catalog = &self.catalog.load().value;
        self.memory.lock().setting(name, value, catalog);
    }

    /// The target told its transaction's state (`ReadyForQuery`), and whether anything failed
    /// since it last did: what was done in between is kept or undone by that.
    pub fn status(&self, status: char, has_failed: bool) {
        let catalog = &self.catalog.load().value;
        self.memory.lock().status(status, has_failed, catalog);
    }

    /// The target's catalog was read again, from a moment at which everything this session had
    /// committed was there.
    pub fn refreshed(&self) {
        self.memory.lock().refreshed();
    }

    /// What it did so far, as policy is told.
    pub(crate) fn history(&self, now: Timestamp) -> History {
        History {
            role: self.memory.lock().role(),
            ..self.past.history(now)
        }
    }

    /// The catalog as the session's next statement will find it.
    pub(crate) fn catalog(&self) -> Arc<Catalog> {
        let catalog = &self.catalog.load().value;
        match self.memory.lock().overlay() {
            Some(overlay) => Catalog::laid(catalog, overlay),
            None => catalog.clone(),
        }
    }

    pub(crate) fn tell(&self, statement: StatementId, notice: HoldNotice) {
        self.outbox.lock().push((statement, notice));
    }
}
