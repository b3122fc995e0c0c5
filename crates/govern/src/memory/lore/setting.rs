//! Settings that decide what names mean, and whose statements they are: search path and role.

use catalog::Catalog;
use model::Effects;
use policy::RoleInForce;

use super::super::path::{Path, SearchPath};
use super::super::state::{Role, Setting, Taken};
use super::Lore;

impl Lore {
    /// The path in force; empty where it cannot be known, so that nothing resolves by it.
    pub(in super::super) fn path(&self) -> Path {
        let path = self.now.path.now();
        let path = match self.now.roles.now() {
            _ if !self.now.is_path_known => None,
            Taken::None => return path.at_sign_in().clone(),
            Taken::Named(role) => path.for_role(&role.name).or_else(|| {
                // `$user` may stand in it: harmless only where it means nothing to either role.
                let means_nothing = !role.has_schema && !self.role.has_schema;
                means_nothing.then(|| path.at_sign_in().clone())
            }),
            Taken::Unknown => path.for_any_role(),
        };
        path.unwrap_or_default()
    }

    /// The role in force.
    pub(in super::super) fn role(&self) -> RoleInForce {
        let name = match self.now.roles.now() {
            Taken::None => &self.role.name,
            Taken::Named(role) => &role.name,
            Taken::Unknown => "",
        };
        RoleInForce {
            is_switched: *name != *self.role.name,
            name: name.to_owned(),
        }
    }

    /// The server told the path in force. The first it tells is the session's own.
    pub(in super::super) fn told_path(&mut self, value: &str) {
        let path = SearchPath::set(value, &self.role.name);
        if !self.has_begun {
            self.default_path.clone_from(&path);
            self.base.path = Setting::of(path.clone());
            self.now.path = Setting::of(path);
        } else if !self.now.is_path_known || self.now.path.now() != &path {
            self.now.path = Setting::of(path);
            self.now.is_path_known = true;
        }
    }

    /// The server told whom it takes the session for. It does so before what did it is settled.
    pub(in super::super) fn told_authorization(&mut self, value: &str, catalog: &Catalog) {
        let is_own = *value == *self.role.name;
        let taken = taken((!is_own).then_some(value), catalog);
        let roles = &mut self.now.roles;
        if self.has_begun && *roles.authorization.now() != taken {
            let is_unknown = *roles.role.now() == Taken::Unknown;
            roles.authorize(taken, false);
            if is_unknown {
                roles.role = Setting::of(Taken::Unknown);
            }
        }
    }

    /// What a part sets.
    pub(super) fn set(&mut self, part: &Effects, catalog: &Catalog) {
        // What is set to something that is not known may be set to anything.
        let is_unread = part.gaps.iter().any(|gap| gap.kind == "dynamic_sql");
        for change in &part.settings {
            let value = change.value.as_deref();
            self.change(&change.name, value, change.is_local, catalog);
            if !is_unread || value.is_some() {
                continue;
            }
            match change.name.as_str() {
                "search_path" => self.now.is_path_known = false,
                "role" | "session_authorization" => {
                    self.now.roles.role = Setting::of(Taken::Unknown);
                }
                "*" => self.now.lose_settings(),
                _ => {}
            }
        }
    }

    fn change(&mut self, name: &str, value: Option<&str>, is_local: bool, catalog: &Catalog) {
        match (name, value) {
            ("search_path", Some(value)) => {
                let path = SearchPath::set(value, &self.role.name);
                self.set_path(path, is_local);
            }
            ("search_path" | "*", _) => self.set_path(self.default_path.clone(), is_local),
            ("role", value) => {
                let named = value.filter(|name| *name != "none");
                self.now.roles.role.set(taken(named, catalog), is_local);
            }
            ("session_authorization", value) => {
                let taken = taken(value, catalog);
                self.now.roles.authorize(taken, is_local);
            }
            _ => {}
        }
    }

    fn set_path(&mut self, path: SearchPath, is_local: bool) {
        self.now.path.set(path, is_local);
        // What was not known before is the session's again only where it says so for the session.
        self.now.is_path_known |= !is_local;
    }
}

/// The role of that name.
fn taken(name: Option<&str>, catalog: &Catalog) -> Taken {
    name.map_or(Taken::None, |name| Taken::Named(Role::of(catalog, name)))
}
