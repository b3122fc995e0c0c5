//! Everything of a session that a rollback undoes: cheap to keep, since most of it is shared.

use std::sync::Arc;

use catalog::Overlay;

use super::path::SearchPath;

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

/// A role other than that of sign-in, and whether a schema bears its name.
#[derive(Debug, Clone)]
pub(super) struct Role {
    pub(super) has_schema: bool,
    pub(super) name: Arc<str>,
}

/// Everything a rollback undoes.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) is_path_known: bool,
    pub(super) overlay: Option<Arc<Overlay>>,
    pub(super) path: Setting<SearchPath>,
    pub(super) role: Setting<Option<Role>>,
}

impl State {
    /// The transaction committed.
    pub(super) fn commit(&mut self) {
        self.path.local = None;
        self.role.local = None;
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
}

/// Whether both are nothing, or one and the same.
pub(super) fn is_same(one: Option<&Arc<Overlay>>, other: Option<&Arc<Overlay>>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        _ => false,
    }
}
