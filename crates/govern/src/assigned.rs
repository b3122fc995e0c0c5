//! Who a session is at its target by the gateway's word, and that its client leaves it so.
//!
//! Role and names are start-up parameters: a RESET, a DISCARD ALL or a rollback comes back to them
//! by the server's own rules (held against PostgreSQL 14, 16 and 18), and nothing is said to the
//! target behind the client's back. What is left to refuse is saying something else. That is
//! refused whatever the rules permit, since it is no question of rights: the target would act on,
//! and its log would name, another than the one who was judged.

use std::sync::Arc;

use catalog::Catalog;
use model::{Effects, Refusal, RefusalKind, Session, SettingChange};

use crate::{Governor, OpenSession};

/// What the gateway says of a session at its target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assigned {
    /// `application_name` names the principal.
    pub is_named: bool,
    /// The role it acts as.
    pub role: Option<Arc<str>>,
}

impl Governor {
    /// The same as [`Governor::open_as`], for a session of which the gateway says nothing.
    pub async fn open(
        &self,
        session: Session,
        startup: &[(String, String)],
    ) -> Result<Arc<OpenSession>, Refusal> {
        self.open_as(session, startup, Assigned::default()).await
    }
}

impl Assigned {
    /// Why a session with these start-up settings cannot be what it is to be.
    pub(crate) fn misfit(
        &self,
        startup: &[(String, String)],
        catalog: &Catalog,
    ) -> Option<Refusal> {
        let role = self.role.as_deref()?;
        let taken = startup.iter().find_map(|(name, value)| {
            let name = name.to_ascii_lowercase();
            let is_role = ["role", "session_authorization"].contains(&name.as_str());
            let is_path = name == "search_path" && names_user(value) && is_doubtful(role, catalog);
            (is_role || is_path).then_some(name)
        });
        if let Some(name) = taken {
            let message = format!("{name} is not set at start-up here: your role is {role}");
            return Some(refused(&message));
        }
        let mut settings = catalog
            .all_functions()
            .filter_map(|function| function.source.as_ref())
            .flat_map(|source| &source.settings);
        let is_unclear = is_doubtful(role, catalog)
            && settings.any(|it| it.starts_with("search_path=") && names_user(it));
        is_unclear.then(|| {
            let message = format!(
                "as {role} the functions here would mean other things by \"$user\" than what was \
                 read of them"
            );
            Refusal::new(RefusalKind::Unreadable, message)
                .hint("an operator gives this target another role, or names the schema")
        })
    }

    /// The refusal of what would make it another.
    pub(crate) fn objection(&self, parts: &[Effects], catalog: &Catalog) -> Option<Refusal> {
        let found = parts.iter().find_map(|part| {
            let is_unread = part.gaps.iter().any(|gap| gap.kind == "dynamic_sql");
            let mut changes = part.settings.iter();
            changes.find(|change| self.breaks(change, is_unread, catalog))
        })?;
        Some(match found.name.as_str() {
            "application_name" => refused("application_name is the gateway's here: it names you"),
            "search_path" => refused("\"$user\" means another schema here than it says"),
            _ => refused("a session keeps the role it was given"),
        })
    }

    /// Whether a change leaves what was said; a value nobody could read might.
    fn breaks(&self, change: &SettingChange, is_unread: bool, catalog: &Catalog) -> bool {
        let value = change.value.as_deref();
        let is_back = value.is_none() && !is_unread;
        match (change.name.as_str(), &self.role) {
            ("application_name", _) => self.is_named && !is_back,
            ("role", Some(role)) => !is_back && value != Some(role),
            ("session_authorization", Some(_)) => !is_back,
            ("search_path", Some(role)) if is_doubtful(role, catalog) => {
                value.map_or(is_unread, names_user)
            }
            ("*", _) => is_unread && (self.is_named || self.role.is_some()),
            _ => false,
        }
    }
}

/// Whether `$user` stands in a path.
fn names_user(path: &str) -> bool {
    path.contains("$user")
}

/// Whether `$user` is one schema to that role and another to the one whose catalog was read.
fn is_doubtful(role: &str, catalog: &Catalog) -> bool {
    let is_schema = |name: &str| catalog.schemas.iter().any(|schema| **schema == *name);
    *role != *catalog.role && (is_schema(role) || is_schema(&catalog.role))
}

fn refused(message: &str) -> Refusal {
    Refusal::new(RefusalKind::Denied, message)
        .hint("RESET and DISCARD ALL work; the gateway's operators say which role you get")
}

#[cfg(test)]
mod tests {
    use model::Gap;

    use super::*;

    fn change(name: &str, value: Option<&str>) -> Effects {
        Effects {
            settings: vec![SettingChange {
                is_local: false,
                name: name.to_owned(),
                value: value.map(str::to_owned),
            }],
            ..Effects::default()
        }
    }

    #[test]
    fn what_was_said_of_a_session_stays_said() {
        let assigned = Assigned {
            is_named: true,
            role: Some("app".into()),
        };
        let mut catalog = Catalog::default();
        catalog.role = "gateway".into();
        catalog.schemas = vec!["app".into()];
        let table = [
            ("role", None, false),
            ("role", Some("app"), false),
            ("role", Some("none"), true),
            ("role", Some("gateway"), true),
            ("session_authorization", None, false),
            ("session_authorization", Some("app"), true),
            ("application_name", None, false),
            ("application_name", Some("psql"), true),
            ("search_path", Some("public"), false),
            ("search_path", Some("\"$user\", public"), true),
            ("*", None, false),
            ("work_mem", Some("1MB"), false),
        ];
        for (name, value, is_refused) in table {
            let part = change(name, value);
            let found = assigned.objection(std::slice::from_ref(&part), &catalog);
            assert_eq!(found.is_some(), is_refused, "{name} {value:?}");
            let free = Assigned::default().objection(&[part], &catalog);
            assert!(free.is_none(), "{name} {value:?}");
        }
        for name in [
            "role",
            "session_authorization",
            "application_name",
            "search_path",
            "*",
        ] {
            let unread = Effects {
                gaps: vec![Gap {
                    kind: "dynamic_sql".to_owned(),
                    reason: String::new(),
                }],
                ..change(name, None)
            };
            assert!(assigned.objection(&[unread], &catalog).is_some(), "{name}");
        }
    }
}
