//! What a session has made of itself so far: its search path, the texts behind its names, its
//! transaction.
//!
//! Why: a statement means what it means only against these. They change when the *target* says a
//! statement completed ([`Memory::learn`]), never when a client asks. What cannot be followed
//! (a path changed under savepoints) becomes unknown, and unknown names are gaps.
//!
//! ```text
//!          Begin             error                Rollback / Commit
//!   'I' ──────────▶ 'T' ─────────────▶ 'E' ─────────────────────────▶ 'I'
//! ```

use std::sync::Arc;

use catalog::Catalog;
use model::{Effects, Outcome, OutcomeKind, Route, SessionName, TransactionControl};
use rustc_hash::FxHashMap;

/// A search path, `$user` expanded.
pub(crate) type Path = Arc<[Arc<str>]>;

/// A text a session keeps under a name, and the path it was planned under.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) path: Path,
    pub(crate) text: Arc<str>,
}

/// What a permit will have taught the session once it is settled.
#[derive(Debug)]
pub(crate) struct Lesson {
    pub(crate) parts: Arc<[Effects]>,
    pub(crate) route: Route,
    pub(crate) text: Arc<str>,
}

impl Lesson {
    /// Whether settling it changes nothing but the transaction's status.
    fn is_plain(&self) -> bool {
        let plain = |part: &Effects| {
            part.names.is_empty() && part.settings.is_empty() && part.transaction.is_none()
        };
        matches!(
            self.route,
            Route::Simple | Route::Execute { .. } | Route::Describe
        ) && self.parts.iter().all(plain)
    }
}

/// The path in force, and the one a rollback returns to.
#[derive(Debug, Clone)]
struct Paths {
    local: Option<Path>,
    session: Path,
}

/// What a session has made of itself.
#[derive(Debug)]
pub(crate) struct Memory {
    default_path: Path,
    cursors: FxHashMap<String, Kept>,
    is_path_known: bool,
    paths: Paths,
    prepared: FxHashMap<String, Kept>,
    saved: Paths,
    role: Arc<str>,
    standard_conforming_strings: bool,
    transaction: char,
}

impl Memory {
    /// A fresh session's, from its target's catalog and the start-up settings let through.
    pub(crate) fn new(catalog: &Catalog, startup: &[(String, String)]) -> Self {
        let default_path: Path = startup
            .iter()
            .rfind(|(name, _)| name.eq_ignore_ascii_case("search_path"))
            .map_or_else(
                || catalog.search_path.clone().into(),
                |(_, v)| parse_path(v, &catalog.role),
            );
        let paths = Paths {
            local: None,
            session: default_path.clone(),
        };
        Self {
            default_path,
            is_path_known: true,
            saved: paths.clone(),
            paths,
            cursors: FxHashMap::default(),
            prepared: FxHashMap::default(),
            role: catalog.role.clone(),
            standard_conforming_strings: true,
            transaction: 'I',
        }
    }

    /// The path in force; empty where it cannot be known, so that nothing resolves by it.
    pub(crate) fn path(&self) -> Path {
        if !self.is_path_known {
            return Path::from([]);
        }
        self.paths
            .local
            .as_ref()
            .unwrap_or(&self.paths.session)
            .clone()
    }

    pub(crate) fn standard_conforming_strings(&self) -> bool {
        self.standard_conforming_strings
    }

    /// Whether the target is inside a transaction block.
    pub(crate) fn is_in_transaction(&self) -> bool {
        self.transaction != 'I'
    }

    /// Whether the target is inside a transaction block that has failed.
    pub(crate) fn is_failed(&self) -> bool {
        self.transaction == 'E'
    }

    /// The text of a prepared statement. The server reads it anew under the path of now.
    pub(crate) fn prepared(&self, name: &str) -> Option<Arc<str>> {
        self.prepared.get(name).map(|kept| kept.text.clone())
    }

    /// The text of a cursor. It was planned under the path of then: where the path has changed
    /// since, its names can no longer be read from here, and it is as good as unknown.
    pub(crate) fn cursor(&self, name: &str) -> Option<Arc<str>> {
        let kept = self.cursors.get(name)?;
        (kept.path == self.path()).then(|| kept.text.clone())
    }

    /// Whether a portal bound earlier was planned under another path than the one in force.
    pub(crate) fn is_stale_portal(&self, portal: &str, text: &str) -> bool {
        let stale = |kept: &Kept| &*kept.text == text && kept.path != self.path();
        self.cursors.get(portal).is_some_and(stale)
    }

    /// How many names it keeps: a bound is put on it before a statement that adds one is admitted.
    pub(crate) fn names(&self) -> usize {
        self.cursors.len() + self.prepared.len()
    }

    /// The server's own word on a setting.
    pub(crate) fn setting(&mut self, name: &str, value: &str) {
        if name == "standard_conforming_strings" {
            self.standard_conforming_strings = value == "on";
        }
    }

    /// Takes in what a settled statement did.
    pub(crate) fn learn(&mut self, lesson: &Lesson, outcome: &Outcome) {
        let was_idle = self.transaction == 'I';
        if !lesson.is_plain() {
            self.follow(lesson, outcome, was_idle);
        }
        if let Some(status) = outcome.transaction {
            if status == 'I' && !was_idle && outcome.kind != OutcomeKind::Success {
                self.restore();
            }
            self.transaction = status;
        }
    }

    fn follow(&mut self, lesson: &Lesson, outcome: &Outcome, was_idle: bool) {
        if was_idle {
            self.saved = self.paths.clone();
        }
        let mut in_block = !was_idle;
        if outcome.kind == OutcomeKind::Success {
            self.keep_names_of_wire(lesson);
        }
        let completed = match outcome.kind {
            OutcomeKind::Success if lesson.route.runs() => lesson.parts.len(),
            _ if lesson.route.runs() => usize::try_from(outcome.completed).unwrap_or(usize::MAX),
            _ => 0,
        };
        for part in lesson.parts.iter().take(completed) {
            self.apply(part, &mut in_block);
        }
        let has_failed = outcome.kind != OutcomeKind::Success;
        if has_failed && was_idle && !in_block {
            self.restore();
        } else if !in_block {
            self.paths.local = None;
        }
    }

    /// Names the wire itself made: Parse and Bind share theirs with PREPARE and DECLARE.
    fn keep_names_of_wire(&mut self, lesson: &Lesson) {
        let kept = Kept {
            path: self.path(),
            text: lesson.text.clone(),
        };
        match &lesson.route {
            Route::Parse { name } => {
                self.prepared.insert(name.clone(), kept);
            }
            Route::Bind { portal } => {
                self.cursors.insert(portal.clone(), kept);
            }
            Route::Describe | Route::Execute { .. } | Route::Function { .. } | Route::Simple => {}
        }
    }

    fn apply(&mut self, part: &Effects, in_block: &mut bool) {
        match part.transaction {
            Some(TransactionControl::Begin) => *in_block = true,
            Some(TransactionControl::Commit) => {
                let failed = self.transaction == 'E';
                *in_block = false;
                self.paths.local = None;
                if failed {
                    self.restore();
                }
                self.saved = self.paths.clone();
                self.is_path_known = true;
            }
            Some(TransactionControl::Rollback | TransactionControl::Prepared) => {
                *in_block = false;
                self.restore();
            }
            Some(TransactionControl::RollbackTo) if self.has_moved() => self.is_path_known = false,
            Some(
                TransactionControl::Release
                | TransactionControl::RollbackTo
                | TransactionControl::Savepoint,
            )
            | None => {}
        }
        for change in &part.settings {
            self.change(&change.name, change.value.as_deref(), change.is_local);
        }
        for name in &part.names {
            self.name(name);
        }
    }

    fn change(&mut self, name: &str, value: Option<&str>, is_local: bool) {
        if name != "search_path" && name != "*" {
            return;
        }
        let path = match value {
            Some(value) if name == "search_path" => parse_path(value, &self.role),
            _ => self.default_path.clone(),
        };
        if is_local {
            self.paths.local = Some(path);
        } else {
            self.paths = Paths {
                local: None,
                session: path,
            };
        }
    }

    fn name(&mut self, name: &SessionName) {
        let path = self.path();
        match name {
            SessionName::Close(Some(name)) => {
                self.cursors.remove(name);
            }
            SessionName::Close(None) => self.cursors.clear(),
            SessionName::Deallocate(Some(name)) => {
                self.prepared.remove(name);
            }
            SessionName::Deallocate(None) => self.prepared.clear(),
            SessionName::Declare { name, text } => {
                let kept = Kept {
                    path,
                    text: text.as_str().into(),
                };
                self.cursors.insert(name.clone(), kept);
            }
            SessionName::Prepare { name, text } => {
                let kept = Kept {
                    path,
                    text: text.as_str().into(),
                };
                self.prepared.insert(name.clone(), kept);
            }
        }
    }

    fn has_moved(&self) -> bool {
        self.paths.local.is_some() || self.paths.session != self.saved.session
    }

    fn restore(&mut self) {
        self.paths = Paths {
            local: None,
            session: self.saved.session.clone(),
        };
        self.is_path_known = true;
    }
}

/// A `search_path` value as the server splits it (`SplitIdentifierString`): commas, double quotes,
/// folding; `$user` is the role.
fn parse_path(value: &str, role: &str) -> Path {
    let mut names: Vec<Arc<str>> = Vec::new();
    let mut rest = value.trim_start();
    while !rest.is_empty() {
        let (name, after) = if let Some(quoted) = rest.strip_prefix('"') {
            quoted_name(quoted)
        } else {
            let (name, after) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
            (name.trim().to_lowercase(), after)
        };
        let name = if name == "$user" {
            role.to_owned()
        } else {
            name
        };
        if !name.is_empty() {
            names.push(name.into());
        }
        rest = after
            .trim_start()
            .strip_prefix(',')
            .unwrap_or_default()
            .trim_start();
    }
    names.into()
}

/// The name up to the closing quote (`""` is one quote), and what follows it.
fn quoted_name(text: &str) -> (String, &str) {
    let mut name = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c != '"' {
            name.push(c);
        } else if chars.next_if(|(_, next)| *next == '"').is_some() {
            name.push('"');
        } else {
            return (name, text.get(at + 1..).unwrap_or_default());
        }
    }
    (name, "")
}

#[cfg(test)]
mod tests;
