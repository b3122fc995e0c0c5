//! Everything of a session that a rollback undoes: cheap to keep, since most of it is shared.

use std::sync::Arc;

use catalog::{Catalog, Overlay};

use super::path::{Path, SearchPath};

/// A setting that may be in force for a transaction alone.
#[derive(Debug, Clone)]
pub(super) struct Setting<T> {
    pub(super) local: Option<T>,
    pub(super) session: T,
}

impl<T> Setting<T> {
    pub(super) fn of(session: T) -> Self {
        let local = None;
        Self { local, session }
    }

    pub(super) fn now(&self) -> &T {
        self.local.as_ref().unwrap_or(&self.session)
    }

    pub(super) fn set(&mut self, value: T, is_local: bool) {
        if is_local {
            self.local = Some(value);
        } else {
            *self = Self::of(value);
        }
    }
}

/// A role, and whether a schema bears its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) has_schema: bool,
    pub(super) name: Arc<str>,
}

impl Role {
    pub(super) fn of(catalog: &Catalog, name: &str) -> Self {
        Self {
            has_schema: catalog.schemas.iter().any(|schema| **schema == *name),
            name: name.into(),
        }
    }
}

/// A role taken on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Taken {
    Named(Role),
    #[default]
    None,
    /// It was set to what nobody here could read.
    Unknown,
}

/// Who the target takes the session for: `session_authorization`, and `role` over it.
#[derive(Debug, Clone)]
pub(super) struct Roles {
    pub(super) authorization: Setting<Taken>,
    pub(super) role: Setting<Taken>,
}

impl Roles {
    pub(super) fn own() -> Self {
        Self {
            authorization: Setting::of(Taken::None),
            role: Setting::of(Taken::None),
        }
    }

    /// The one that counts.
    pub(super) fn now(&self) -> &Taken {
        match self.role.now() {
            Taken::None => self.authorization.now(),
            role => role,
        }
    }

    /// Setting the authorization takes the role off; what is left of one when that goes out of
    /// force with its transaction is the server's secret.
    pub(super) fn authorize(&mut self, taken: Taken, is_local: bool) {
        if is_local && *self.role.now() != Taken::None {
            self.role = Setting::of(Taken::Unknown);
        } else {
            self.role = Setting::of(Taken::None);
        }
        self.authorization.set(taken, is_local);
    }

    fn commit(&mut self) {
        self.authorization.local = None;
        self.role.local = None;
    }
}

/// Everything a rollback undoes.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) is_path_known: bool,
    pub(super) overlay: Option<Arc<Overlay>>,
    pub(super) path: Setting<SearchPath>,
    pub(super) roles: Roles,
}

impl State {
    /// The transaction committed.
    pub(super) fn commit(&mut self) {
        self.path.local = None;
        self.roles.commit();
        if let Some(overlay) = self.overlay.take_if(|overlay| overlay.is_transient()) {
            let mut overlay = Overlay::clone(&overlay);
            overlay.commit();
            self.lay(overlay);
        }
    }

    pub(super) fn lay(&mut self, overlay: Overlay) {
        self.overlay = (!overlay.is_empty()).then(|| Arc::new(overlay));
    }

    /// No name is known any more, until the catalog has been read again.
    pub(super) fn lose(&mut self) {
        let mut overlay = self.overlay.as_deref().cloned().unwrap_or_default();
        overlay.lose_all();
        self.lay(overlay);
    }

    /// Whatever can be set may have been.
    pub(super) fn lose_settings(&mut self) {
        self.is_path_known = false;
        self.roles.role = Setting::of(Taken::Unknown);
    }
}

/// Whether both are nothing, or one and the same.
pub(super) fn is_same(one: Option<&Arc<Overlay>>, other: Option<&Arc<Overlay>>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        _ => false,
    }
}

/// A text a session keeps under a name, and the world it was planned in.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    /// How many savepoints there were: it goes with a rollback to one of them.
    pub(super) depth: usize,
    /// Whether it outlives the transaction, and whether it has.
    pub(super) hold: (bool, bool),
    pub(super) overlay: Option<Arc<Overlay>>,
    pub(super) path: Path,
    pub(super) sight: u64,
    pub(super) text: Arc<str>,
}
