//! What a session has made of itself, statement by statement and transaction by transaction.
//!
//! ```text
//!   now   what is in force            Commit: base = now (what was local is gone)
//!   base  what a rollback returns to  Rollback: now = base
//!   stack what savepoints return to   RollbackTo: now = the savepoint's
//! ```
//! An implicit transaction (a message of several statements, a pipeline up to its Sync) is one
//! like any other: it ends when the target says so ([`Lore::status`]), whole or undone.
//! It follows what it is told; when that is said is `memory`'s.

mod setting;

use std::sync::Arc;

use catalog::{Catalog, Overlay};
use model::{Effects, Route, SessionName, TransactionControl};
use rustc_hash::FxHashMap;

use super::Lesson;
use super::path::SearchPath;
use super::state::{Kept, Role, Roles, Setting, State, is_same};

/// Savepoints followed; beyond it names are lost.
const SAVEPOINTS: usize = 512;

/// What a session has made of itself.
#[derive(Debug, Clone)]
pub(super) struct Lore {
    base: State,
    cursors: Arc<FxHashMap<String, Kept>>,
    default_path: SearchPath,
    has_begun: bool,
    now: State,
    portals: Arc<FxHashMap<String, Kept>>,
    /// Texts, and the sight their constants were sent under.
    prepared: Arc<FxHashMap<String, (Arc<str>, u64)>>,
    /// The role of sign-in, and whether a schema bears its name.
    role: Role,
    savepoints: Vec<(String, State)>,
    transaction: char,
}

impl Lore {
    pub(super) fn new(catalog: &Catalog, role: &str, startup: &[(String, String)]) -> Self {
        let default_path = startup
            .iter()
            .rfind(|(name, _)| name.eq_ignore_ascii_case("search_path"))
            .map_or_else(
                || SearchPath::told(catalog.search_path.clone().into()),
                |(_, value)| SearchPath::set(value, role),
            );
        let now = State {
            is_path_known: true,
            overlay: None,
            path: Setting::of(default_path.clone()),
            roles: Roles::own(),
        };
        Self {
            base: now.clone(),
            cursors: Arc::default(),
            default_path,
            has_begun: false,
            now,
            portals: Arc::default(),
            prepared: Arc::default(),
            role: Role::of(catalog, role),
            savepoints: Vec::new(),
            transaction: 'I',
        }
    }

    pub(super) fn overlay(&self) -> Option<&Arc<Overlay>> {
        self.now.overlay.as_ref()
    }

    pub(super) fn is_in_transaction(&self) -> bool {
        self.transaction != 'I'
    }

    pub(super) fn is_failed(&self) -> bool {
        self.transaction == 'E'
    }

    /// The text of a prepared statement. The server reads it anew under the path of now.
    pub(super) fn prepared(&self, name: &str) -> Option<Arc<str>> {
        self.prepared.get(name).map(|(text, _)| text.clone())
    }

    /// The text of a cursor. It was planned in the world of then: in another, what its names meant
    /// is not known.
    pub(super) fn cursor(&self, name: &str) -> Option<Arc<str>> {
        let kept = self.cursors.get(name)?;
        self.is_of_now(kept).then(|| kept.text.clone())
    }

    /// The sight that a text's constants were sent under.
    pub(super) fn sight(&self, name: &str, is_cursor: bool) -> Option<u64> {
        if is_cursor {
            return self.cursors.get(name).map(|kept| kept.sight);
        }
        self.prepared.get(name).map(|(_, sight)| *sight)
    }

    /// Whether a portal bound earlier was planned in another world than that of now.
    pub(super) fn is_stale_portal(&self, portal: &str, text: &str) -> bool {
        let kept = self.portals.get(portal);
        kept.is_some_and(|kept| &*kept.text == text && !self.is_of_now(kept))
    }

    fn is_of_now(&self, kept: &Kept) -> bool {
        kept.path == self.path() && is_same(kept.overlay.as_ref(), self.overlay())
    }

    pub(super) fn names(&self) -> usize {
        self.cursors.len() + self.portals.len() + self.prepared.len()
    }

    /// Parts of a statement were done: `completed` of them, and all it is where it `is_whole`.
    pub(super) fn follow(
        &mut self,
        lesson: &Lesson,
        (completed, is_whole): (usize, bool),
        catalog: &Catalog,
    ) {
        if let (Route::Bind { portal, .. }, true) = (&lesson.route, is_whole) {
            let kept = self.kept(lesson.text.clone(), false, 0);
            Arc::make_mut(&mut self.portals).insert(portal.clone(), kept);
        }
        if !lesson.route.runs() {
            return;
        }
        let is_expected = is_same(lesson.from.as_ref(), self.overlay());
        let parts = lesson.parts.iter().zip(lesson.overlays.iter());
        for (at, (part, overlay)) in parts.take(completed).enumerate() {
            let sight = lesson.sights.get(at).copied().unwrap_or_default();
            self.apply(part, sight, catalog);
            match overlay {
                Some(_) if !is_expected => self.now.lose(),
                Some(overlay) => {
                    self.now.overlay = (!overlay.is_empty()).then(|| overlay.clone());
                }
                None => {}
            }
        }
    }

    /// Parts of a statement were done, and undone by a savepoint of ours: what a rollback does not
    /// reach stays.
    pub(super) fn follow_undone(&mut self, lesson: &Lesson, completed: usize, catalog: &Catalog) {
        let (now, cursors) = (self.now.clone(), self.cursors.clone());
        self.follow(lesson, (completed, false), catalog);
        let after = std::mem::replace(&mut self.cursors, cursors);
        self.now = now;
        // A closed one stays closed, and one declared since is gone.
        self.keep_cursors(|name, kept| {
            let left = after.get(name);
            left.is_some_and(|left| Arc::ptr_eq(&left.text, &kept.text))
        });
    }

    /// The target is idle, in a transaction, or in a failed one; and whether anything failed since
    /// it last said so.
    pub(super) fn status(&mut self, status: char, has_failed: bool) {
        if status == 'I' {
            if has_failed {
                self.roll_back();
            } else {
                self.commit();
            }
            if !self.portals.is_empty() {
                self.portals = Arc::default();
            }
        }
        self.transaction = status;
    }

    /// The catalog was read after all that is committed.
    pub(super) fn refreshed(&mut self) {
        if self.is_in_transaction() {
            return;
        }
        if let Some(overlay) = self.now.overlay.take() {
            let mut overlay = Overlay::clone(&overlay);
            overlay.refreshed();
            self.now.lay(overlay);
            self.base = self.now.clone();
        }
    }

    /// What was done is not known: neither what names mean nor by which path.
    pub(super) fn lose(&mut self) {
        self.now.lose();
        self.now.lose_settings();
    }

    /// A statement is let through: what the server tells from here on is no default any more.
    pub(super) fn begin(&mut self) {
        self.has_begun = true;
    }

    fn commit(&mut self) {
        self.now.commit();
        self.base = self.now.clone();
        self.savepoints.clear();
        if !self.cursors.is_empty() {
            let cursors = Arc::make_mut(&mut self.cursors);
            cursors.retain(|_, kept| kept.hold.0);
            for kept in cursors.values_mut() {
                kept.hold.1 = true;
            }
        }
    }

    fn roll_back(&mut self) {
        self.now = self.base.clone();
        self.savepoints.clear();
        self.keep_cursors(|_, kept| kept.hold.1);
    }

    fn keep_cursors(&mut self, stays: impl Fn(&str, &Kept) -> bool) {
        if !self.cursors.iter().all(|(name, kept)| stays(name, kept)) {
            Arc::make_mut(&mut self.cursors).retain(|name, kept| stays(name, kept));
        }
    }

    fn apply(&mut self, part: &Effects, sight: u64, catalog: &Catalog) {
        if let Some(control) = &part.transaction {
            self.control(control);
        }
        self.set(part, catalog);
        if part.kind == "DISCARD ALL" {
            self.now.roles = Roles::own();
        }
        if part.kind == super::UNREADABLE {
            self.lose();
        }
        for name in &part.names {
            self.name(name, sight);
        }
    }

    fn control(&mut self, control: &TransactionControl) {
        match control {
            TransactionControl::Begin => {}
            TransactionControl::Commit => {
                if self.transaction == 'E' {
                    self.roll_back();
                } else {
                    self.commit();
                }
                self.transaction = 'I';
            }
            TransactionControl::Rollback => {
                self.roll_back();
                self.transaction = 'I';
            }
            TransactionControl::Prepared => {
                // Settings stay, definitions leave with the transaction; those that come with one
                // prepared earlier nobody here knows.
                self.now.overlay.clone_from(&self.base.overlay);
                self.now.lose();
                self.commit();
            }
            TransactionControl::Savepoint(name) if self.savepoints.len() < SAVEPOINTS => {
                self.savepoints.push((name.clone(), self.now.clone()));
            }
            TransactionControl::Savepoint(_) => self.lose(),
            TransactionControl::Release(name) => match self.savepoint(name) {
                Some((at, _)) => {
                    self.savepoints.truncate(at);
                    if !self.cursors.is_empty() {
                        for kept in Arc::make_mut(&mut self.cursors).values_mut() {
                            kept.depth = kept.depth.min(at);
                        }
                    }
                }
                None => self.lose(),
            },
            TransactionControl::RollbackTo(name) => match self.savepoint(name) {
                Some((at, state)) => {
                    self.savepoints.truncate(at + 1);
                    self.now = state;
                    self.keep_cursors(|_, kept| kept.hold.1 || kept.depth <= at);
                }
                None => self.lose(),
            },
        }
    }

    fn savepoint(&self, name: &str) -> Option<(usize, State)> {
        let mut all = self.savepoints.iter().enumerate().rev();
        let (at, (_, state)) = all.find(|(_, (known, _))| known == name)?;
        Some((at, state.clone()))
    }

    fn kept(&self, text: Arc<str>, is_held: bool, sight: u64) -> Kept {
        Kept {
            depth: self.savepoints.len(),
            hold: (is_held, false),
            overlay: self.overlay().cloned(),
            path: self.path(),
            sight,
            text,
        }
    }

    fn name(&mut self, name: &SessionName, sight: u64) {
        match name {
            SessionName::Close(Some(name)) => {
                Arc::make_mut(&mut self.cursors).remove(name);
            }
            SessionName::Close(None) => self.cursors = Arc::default(),
            SessionName::Deallocate(Some(name)) => {
                Arc::make_mut(&mut self.prepared).remove(name);
            }
            SessionName::Deallocate(None) => self.prepared = Arc::default(),
            SessionName::Declare {
                is_held,
                name,
                text,
            } => {
                let kept = self.kept(text.as_str().into(), *is_held, sight);
                Arc::make_mut(&mut self.cursors).insert(name.clone(), kept);
            }
            SessionName::Prepare { name, text } => {
                let kept = (text.as_str().into(), sight);
                Arc::make_mut(&mut self.prepared).insert(name.clone(), kept);
            }
        }
    }
}
