//! What a session has made of itself so far, as its target confirmed it, and what it will have made
//! once the statements that are on their way are done.
//!
//! Why: a statement means what it means only against its session's search path, names and
//! definitions. They change when the *target* says a statement completed, never when a client asks.
//! But statements of one flight are judged before any of it is sent, and each runs only if those
//! before it succeeded: so each is judged as if they had ([`Memory::ahead`]).
//!
//! ```text
//! admitted ──▶ pending, and done in `ahead`      settled ──▶ done in `now`, `ahead` made anew
//!                                                status  ──▶ the transaction ended, or failed
//! ```
//! What is done with all this is `lore`'s; what cannot be followed becomes unknown, and unknown
//! names are gaps.

mod lore;
mod path;
mod state;

use std::sync::Arc;

use catalog::{Catalog, Overlay};
use model::{Effects, Outcome, OutcomeKind, Route, SessionName, StatementId};

use policy::RoleInForce;

use lore::Lore;
pub(crate) use path::Path;

/// What a permit will have taught the session once it is settled.
#[derive(Debug)]
pub(crate) struct Lesson {
    /// What lay over the catalog when it was judged.
    pub(crate) from: Option<Arc<Overlay>>,
    /// What lies over it after each part, where that is another than before.
    pub(crate) overlays: Arc<[Option<Arc<Overlay>>]>,
    pub(crate) parts: Arc<[Effects]>,
    pub(crate) route: Route,
    /// Of each part, the sight its constants were sent under; empty where all are of none.
    pub(crate) sights: Arc<[u64]>,
    pub(crate) text: Arc<str>,
}

impl Lesson {
    /// Whether settling it changes nothing.
    fn is_plain(&self) -> bool {
        let plain = |part: &Effects| {
            part.names.is_empty()
                && part.settings.is_empty()
                && part.transaction.is_none()
                && part.kind != UNREADABLE
        };
        match self.route {
            Route::Bind { .. } => false,
            Route::Describe | Route::Parse { .. } => true,
            Route::Execute { .. } | Route::Function { .. } | Route::Simple => {
                self.parts.iter().all(plain) && self.overlays.iter().all(Option::is_none)
            }
        }
    }

    /// Whether it gives a name another text, behind the protocol's back.
    fn names_texts(&self) -> bool {
        let gives = |name: &SessionName| {
            matches!(
                name,
                SessionName::Declare { .. } | SessionName::Prepare { .. }
            )
        };
        self.parts.iter().any(|part| part.names.iter().any(gives))
    }
}

/// The kind of a part that stands for a text nobody could read.
pub(crate) const UNREADABLE: &str = "UNREADABLE";

/// What a session has made of itself.
#[derive(Debug)]
pub(crate) struct Memory {
    ahead: Option<Box<Lore>>,
    is_utf8: bool,
    now: Lore,
    /// Suspended portals that another statement has overtaken: when they go on, what they do comes
    /// after it.
    overtaken: Vec<StatementId>,
    /// Permitted and not settled, in order.
    pending: Vec<(StatementId, Lesson)>,
    standard_conforming_strings: bool,
}

impl Memory {
    /// A fresh session's, from its target's catalog, the role it was given (else the catalog's) and
    /// the start-up settings let through.
    pub(crate) fn new(catalog: &Catalog, role: Option<&str>, startup: &[(String, String)]) -> Self {
        Self {
            ahead: None,
            is_utf8: true,
            now: Lore::new(catalog, role.unwrap_or(&catalog.role), startup),
            overtaken: Vec::new(),
            pending: Vec::new(),
            standard_conforming_strings: true,
        }
    }

    /// The session as the next statement will find it.
    fn ahead(&self) -> &Lore {
        self.ahead.as_deref().unwrap_or(&self.now)
    }

    /// The path in force; empty where it cannot be known, so that nothing resolves by it.
    pub(crate) fn path(&self) -> Path {
        if !self.overtaken.is_empty() {
            return Path::default();
        }
        self.ahead().path()
    }

    /// What the session has made of the catalog.
    pub(crate) fn overlay(&self) -> Option<&Arc<Overlay>> {
        self.ahead().overlay()
    }

    /// The text of a prepared statement.
    pub(crate) fn prepared(&self, name: &str) -> Option<Arc<str>> {
        self.ahead().prepared(name)
    }

    /// The text of a cursor.
    pub(crate) fn cursor(&self, name: &str) -> Option<Arc<str>> {
        self.ahead().cursor(name)
    }

    /// The sight that the constants of a prepared statement or cursor were sent under.
    pub(crate) fn sight(&self, name: &str, is_cursor: bool) -> Option<u64> {
        self.ahead().sight(name, is_cursor)
    }

    /// Whether a portal bound earlier was planned in another world than that of now.
    pub(crate) fn is_stale_portal(&self, portal: &str, text: &str) -> bool {
        self.ahead().is_stale_portal(portal, text)
    }

    /// Whether a statement on its way may give a name of the protocol's another text.
    pub(crate) fn renames_texts(&self) -> bool {
        self.pending.iter().any(|(_, lesson)| lesson.names_texts())
    }

    /// Whether a plain `'…'` takes backslashes literally: the server's own word, and nothing on its
    /// way that says otherwise.
    pub(crate) fn standard_conforming_strings(&self) -> bool {
        let is_on = |value: &str| value.eq_ignore_ascii_case("on");
        self.standard_conforming_strings && self.leaves("standard_conforming_strings", is_on)
    }

    /// Whether the target reads what it is sent as UTF-8.
    pub(crate) fn is_utf8(&self) -> bool {
        self.is_utf8 && self.leaves("client_encoding", is_utf8)
    }

    /// Whether no statement on its way sets this to something else.
    fn leaves(&self, name: &str, is_it: impl Fn(&str) -> bool) -> bool {
        let parts = self
            .pending
            .iter()
            .flat_map(|(_, lesson)| lesson.parts.iter());
        let mut changes = parts.flat_map(|part| &part.settings);
        changes.all(|change| change.name != name || change.value.as_deref().is_none_or(&is_it))
    }

    /// Whether what is kept of other sessions' statements holds for this one's.
    pub(crate) fn is_ordinary(&self) -> bool {
        self.overlay().is_none() && self.standard_conforming_strings() && self.is_utf8()
    }

    /// The role its statements run as.
    pub(crate) fn role(&self) -> RoleInForce {
        if !self.overtaken.is_empty() {
            return RoleInForce {
                is_switched: true,
                name: String::new(),
            };
        }
        self.ahead().role()
    }

    /// Whether the target is inside a transaction block.
    pub(crate) fn is_in_transaction(&self) -> bool {
        self.now.is_in_transaction()
    }

    /// Whether the target is inside a transaction block that has failed.
    pub(crate) fn is_failed(&self) -> bool {
        self.now.is_failed()
    }

    /// How many names it keeps: a bound is put on it before a statement that adds one is admitted.
    pub(crate) fn names(&self) -> usize {
        self.ahead().names()
    }

    /// The server's own word on a setting.
    pub(crate) fn setting(&mut self, name: &str, value: &str, catalog: &Catalog) {
        match name {
            "client_encoding" => self.is_utf8 = is_utf8(value),
            // PostgreSQL 18 and later.
            "search_path" => {
                self.now.told_path(value);
                self.look_ahead(catalog);
            }
            "session_authorization" => {
                self.now.told_authorization(value, catalog);
                self.look_ahead(catalog);
            }
            "standard_conforming_strings" => self.standard_conforming_strings = value == "on",
            _ => {}
        }
    }

    /// A statement may run: what comes behind it is judged as if it had.
    pub(crate) fn admitted(&mut self, id: StatementId, lesson: Lesson, catalog: &Catalog) {
        self.now.begin();
        if lesson.is_plain() {
            return;
        }
        let ahead = self.ahead.get_or_insert_with(|| Box::new(self.now.clone()));
        ahead.follow(&lesson, (usize::MAX, true), catalog);
        self.pending.push((id, lesson));
    }

    /// A permit is settled. What it did may yet be undone, when the transaction ends.
    pub(crate) fn settled(&mut self, id: StatementId, outcome: &Outcome, catalog: &Catalog) {
        let Some(at) = self.pending.iter().position(|(pending, _)| *pending == id) else {
            if self.overtaken.contains(&id) {
                self.overtaken.retain(|overtaken| *overtaken != id);
                self.now.lose();
            }
            return;
        };
        let (_, lesson) = self.pending.remove(at);
        let before = self.pending.iter().take(at);
        let overtaken = before.filter(|(_, lesson)| lesson.route.runs());
        let overtaken: Vec<_> = overtaken.map(|(id, _)| *id).collect();
        self.pending.retain(|(id, _)| !overtaken.contains(id));
        self.overtaken.extend(overtaken);
        let is_whole = outcome.kind == OutcomeKind::Success;
        let completed = if is_whole {
            usize::MAX
        } else {
            usize::try_from(outcome.completed).unwrap_or(usize::MAX)
        };
        if outcome.is_undone {
            self.now.follow_undone(&lesson, completed, catalog);
        } else {
            self.now.follow(&lesson, (completed, is_whole), catalog);
        }
        self.look_ahead(catalog);
    }

    /// The target told the transaction's state, and whether anything failed since it last did.
    pub(crate) fn status(&mut self, status: char, has_failed: bool, catalog: &Catalog) {
        self.now.status(status, has_failed);
        self.look_ahead(catalog);
    }

    /// The catalog was read after all that is committed.
    pub(crate) fn refreshed(&mut self) {
        if self.pending.is_empty() {
            self.now.refreshed();
        }
    }

    fn look_ahead(&mut self, catalog: &Catalog) {
        self.ahead = None;
        if self.pending.is_empty() {
            return;
        }
        let mut ahead = Box::new(self.now.clone());
        for (_, lesson) in &self.pending {
            ahead.follow(lesson, (usize::MAX, true), catalog);
        }
        self.ahead = Some(ahead);
    }
}

/// Whether a value of `client_encoding` means UTF-8, by the server's own reading of names; or that
/// the server converts nothing, and checks that what it reads is its own encoding.
fn is_utf8(value: &str) -> bool {
    let name: String = value
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    matches!(name.as_str(), "sqlascii" | "unicode" | "utf8")
}

#[cfg(test)]
mod tests;
