//! Among whom the same value has the same stand-in.
//!
//! Why it is a choice: one scope for the tenant lets people quote a stand-in to each other; one for
//! each identity lets nobody pool what they saw. Values of unknown origin have a scope of their
//! own, of the session, whatever is chosen: else a constant written into a statement could come
//! back as the stand-in that a column shows for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::Class;

use crate::keys::Keys;

/// Among whom.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Everyone.
    #[default]
    Tenant,
    /// The sessions of one identity.
    Identity,
    /// One session.
    Session,
}

/// The scope of each class.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes {
    /// Other scopes than the usual one.
    pub classes: BTreeMap<Class, Scope>,
    /// The usual one.
    pub usual: Scope,
}

/// A word that names no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a scope: there are `tenant`, `identity` and `session`")]
pub struct UnknownScope(String);

impl std::str::FromStr for Scope {
    type Err = UnknownScope;
    fn from_str(word: &str) -> Result<Self, UnknownScope> {
        match word {
            "identity" => Ok(Self::Identity),
            "session" => Ok(Self::Session),
            "tenant" => Ok(Self::Tenant),
            _ => Err(UnknownScope(word.to_owned())),
        }
    }
}

/// The keys of one session.
#[derive(Debug, Clone)]
pub struct Lens {
    /// For what columns show.
    pub keys: Arc<Keys>,
    /// For values nobody knows the origin of.
    pub stray: Arc<Keys>,
}

impl Scopes {
    /// The keys of a session, from the tenant's and from what names the identity and the session.
    pub fn lens(&self, tenant: &Arc<Keys>, identity: &[u8], session: &[u8]) -> Lens {
        let named = |kind: &[u8], name: &[u8]| -> Arc<[u8]> { [kind, name].concat().into() };
        let (identity, stray) = (named(b"identity/", identity), named(b"stray/", session));
        let session = named(b"session/", session);
        let of = |class: &Class| self.classes.get(class).copied().unwrap_or(self.usual);
        // The narrowest last: it holds where classes share a domain.
        let mut classes: Vec<(Scope, Class)> = Class::ALL.iter().map(|c| (of(c), *c)).collect();
        classes.sort();
        let own = classes.iter().filter_map(|(scope, class)| match scope {
            Scope::Identity => Some((*class, Arc::clone(&identity))),
            Scope::Session => Some((*class, Arc::clone(&session))),
            Scope::Tenant => None,
        });
        let is_shared = classes.iter().all(|(scope, _)| *scope == Scope::Tenant);
        let keys = if is_shared {
            Arc::clone(tenant)
        } else {
            Arc::new(tenant.scoped(own))
        };
        let every = Class::ALL.iter().map(|class| (*class, Arc::clone(&stray)));
        Lens {
            keys,
            stray: Arc::new(tenant.scoped(every)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stand;

    fn shown(keys: &Keys, class: Class, value: &str) -> String {
        stand::text(keys, class, value, usize::MAX).unwrap()
    }

    #[test]
    fn stand_ins_agree_within_their_scope_alone() {
        let tenant = Arc::new(Keys::from_root(&[7; 32]));
        let mut scopes = Scopes {
            usual: Scope::Identity,
            ..Scopes::default()
        };
        scopes.classes.insert(Class::Phone, Scope::Tenant);
        scopes.classes.insert(Class::Iban, Scope::Session);
        let [one, other, stranger] = [(b"alice", b"s1"), (b"alice", b"s2"), (b"bobby", b"s3")]
            .map(|(identity, session)| scopes.lens(&tenant, identity, session));
        let iban = "DE89370400440532013000";
        for (class, value, agrees) in [
            (Class::Email, "a@b.org", [true, false]),
            (Class::Phone, "+49 151 23456789", [true, true]),
            (Class::Iban, iban, [false, false]),
            (
                Class::FullName,
                "Ada Lovelace-Byron of London",
                [true, false],
            ),
        ] {
            let wanted = shown(&one.keys, class, value);
            let same = [&other, &stranger].map(|l| shown(&l.keys, class, value) == wanted);
            assert_eq!(same, agrees, "{class}");
            assert_ne!(shown(&one.stray, class, value), wanted, "{class}");
        }
        let plain = Scopes::default().lens(&tenant, b"alice", b"s1");
        let email = shown(&plain.keys, Class::Email, "a@b.org");
        assert_eq!(email, shown(&tenant, Class::Email, "a@b.org"));
        assert_ne!(email, shown(&plain.stray, Class::Email, "a@b.org"));
    }
}
