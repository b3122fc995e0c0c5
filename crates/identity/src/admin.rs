//! [`Admin`]: the only way principals and tokens change, each change recorded before it is made.
//!
//! Check, record, act: what would not be lawful is not recorded, and what could not be recorded
//! does not happen. A record whose act then failed says at most too much, never too little.
//!
//! It does not prove who its caller is: `by` and the guard are what the door knows.

mod fault;
mod standing;

use std::sync::Arc;

use model::{
    DelegationRecord, GroupName, PrincipalKind, PrincipalName, PrincipalRecord, StoreFault,
    Subjected, Timestamp, TokenRecord,
};
use zeroize::Zeroizing;

pub use self::fault::AdminFault;
use crate::guard::{self, Guard};
use crate::{LocalDirectory, scram, token};

/// Writes an act, who did it and its facts to the ledger; an `Err` says why it could not.
pub type Recorder = Arc<
    dyn Fn(&'static str, String, Vec<(&'static str, String)>) -> Result<(), String> + Send + Sync,
>;

/// A principal to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPrincipal {
    /// Whom it acts for: an agent only.
    pub acts_for: Option<PrincipalName>,
    /// Its groups, in any order.
    pub groups: Vec<GroupName>,
    /// Its kind.
    pub kind: PrincipalKind,
    /// Its name.
    pub name: PrincipalName,
}

/// A token just issued: the only moment it can be read.
pub struct Issued {
    /// What is kept of it.
    pub record: TokenRecord,
    /// The token itself; wiped when dropped.
    pub token: Zeroizing<String>,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued")
            .field("id", &self.record.id)
            .finish_non_exhaustive()
    }
}

/// One who may change principals and tokens, with the ledger to record it in.
#[derive(Clone)]
pub struct Admin {
    by: String,
    pub(crate) directory: Arc<LocalDirectory>,
    /// `None` inside the gateway's own process.
    guard: Option<Guard>,
    recorder: Recorder,
}

impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admin")
            .field("by", &self.by)
            .finish_non_exhaustive()
    }
}

impl Admin {
    /// `by` is who the record names: `local` for someone with the data directory in hand.
    pub fn new(directory: Arc<LocalDirectory>, recorder: Recorder, by: &str) -> Self {
        Self {
            by: by.to_owned(),
            directory,
            guard: None,
            recorder,
        }
    }

    /// The same, named otherwise in the record.
    pub(crate) fn named(&self, by: &str) -> Self {
        Self {
            by: by.to_owned(),
            ..self.clone()
        }
    }

    /// What it has of outside callers.
    pub(crate) fn guard(&self) -> Option<&Guard> {
        self.guard.as_ref()
    }

    /// The same, for a caller from outside: what needs an operator is done for an operator only.
    pub(crate) fn guarded(self, guard: Guard) -> Self {
        Self {
            by: guard::label(guard.caller.as_ref()),
            guard: Some(guard),
            ..self
        }
    }

    /// Adds a principal.
    pub fn add(&self, new: NewPrincipal, now: Timestamp) -> Result<PrincipalRecord, AdminFault> {
        let NewPrincipal {
            acts_for,
            mut groups,
            kind,
            name,
        } = new;
        if self.directory.store.principal(&name)?.is_some() {
            return Err(StoreFault::Exists {
                what: format!("principal {name}"),
            }
            .into());
        }
        self.check_acts_for(&name, kind, acts_for.as_ref())?;
        if let Some(guard) = &self.guard {
            guard.may_add(&self.directory, &groups)?;
            if let Some(owner) = &acts_for {
                guard.may_give_agent(&self.directory, owner)?;
            }
        }
        groups.sort();
        groups.dedup();
        let words: Vec<&str> = groups.iter().map(GroupName::as_str).collect();
        let mut facts = vec![
            ("principal", name.to_string()),
            ("kind", kind.as_str().to_owned()),
            ("groups", words.join(" ")),
        ];
        facts.extend(
            acts_for
                .as_ref()
                .map(|owner| ("acts_for", owner.to_string())),
        );
        let salt = self.directory.salt_of(name.as_str());
        let record = PrincipalRecord {
            acts_for,
            created: now,
            groups,
            is_disabled: false,
            kind,
            name,
            salt,
        };
        self.record("principal.added", facts)?;
        self.directory.store.add_principal(&record)?;
        Ok(record)
    }

    fn check_acts_for(
        &self,
        name: &PrincipalName,
        kind: PrincipalKind,
        acts_for: Option<&PrincipalName>,
    ) -> Result<(), AdminFault> {
        match (kind, acts_for) {
            (PrincipalKind::Agent, Some(owner)) => {
                let fit = self
                    .directory
                    .store
                    .principal(owner)?
                    .is_some_and(|it| !it.is_disabled && it.kind != PrincipalKind::Agent);
                fit.then_some(())
                    .ok_or_else(|| AdminFault::ActsForUnfit(owner.clone()))
            }
            (PrincipalKind::Agent, None) => Err(AdminFault::ActsForMissing(name.clone())),
            (PrincipalKind::Person | PrincipalKind::Service, Some(_)) => {
                Err(AdminFault::ActsForRefused)
            }
            (PrincipalKind::Person | PrincipalKind::Service, None) => Ok(()),
        }
    }

    /// All principals by name.
    pub fn principals(&self) -> Result<Vec<PrincipalRecord>, AdminFault> {
        Ok(self.directory.store.principals()?)
    }

    /// Says that a provider's subject is this principal: its next sign-in there finds it, and from
    /// then on its groups are those the provider gives.
    pub fn link(&self, name: &PrincipalName, of: &Subjected) -> Result<(), AdminFault> {
        let principal = self.existing(name)?;
        if let Some(guard) = &self.guard {
            guard.may_add(&self.directory, &principal.groups)?;
        }
        let facts = vec![
            ("principal", name.to_string()),
            ("issuer", of.issuer.clone()),
            ("subject", of.subject.clone()),
        ];
        self.record("principal.linked", facts)?;
        Ok(self.directory.store.link(of, name)?)
    }

    /// Issues a token that lives `ttl_s` seconds.
    pub fn issue(
        &self,
        name: &PrincipalName,
        ttl_s: u32,
        now: Timestamp,
    ) -> Result<Issued, AdminFault> {
        let principal = self.existing(name)?;
        if principal.is_disabled {
            return Err(AdminFault::Disabled(name.clone()));
        }
        if let Some(guard) = &self.guard {
            guard.may_issue(&self.directory, &principal)?;
        }
        if ttl_s == 0 || ttl_s > self.directory.token_s {
            return Err(AdminFault::Ttl {
                most: self.directory.token_s,
            });
        }
        let issued = self.mint(&principal, now.plus_s(i64::from(ttl_s)), None, now)?;
        let record = &issued.record;
        let facts = vec![
            ("token", record.id.clone()),
            ("principal", name.to_string()),
            ("expires", record.expires.to_string()),
        ];
        self.record("token.issued", facts)?;
        self.directory.store.add_token(record)?;
        Ok(issued)
    }

    /// A token that nobody has heard of yet: recorded and kept by whoever asks for it.
    pub(crate) fn mint(
        &self,
        principal: &PrincipalRecord,
        expires: Timestamp,
        delegation: Option<DelegationRecord>,
        now: Timestamp,
    ) -> Result<Issued, AdminFault> {
        self.has_room(&principal.name, now)?;
        let token = token::fresh()?;
        let keys = scram::keys(&token, &principal.salt);
        let record = TokenRecord {
            created: now,
            delegation,
            digest: token::digest(token.as_bytes()).to_vec(),
            expires,
            id: token::fresh_id()?,
            is_revoked: false,
            principal: principal.name.clone(),
            server_key: keys.server.to_vec(),
            stored_key: keys.stored.to_vec(),
        };
        Ok(Issued { record, token })
    }

    /// One more than a sign-in tries would be a token that never works.
    fn has_room(&self, name: &PrincipalName, now: Timestamp) -> Result<(), AdminFault> {
        let most = self.directory.tokens_tried;
        if self.directory.store.live_tokens(name, now, most)?.len() < most {
            return Ok(());
        }
        Err(AdminFault::TooManyTokens {
            name: name.clone(),
            most,
        })
    }

    /// Keeps an identity provider's access token that was checked: from now on it is found like a
    /// token of ours, and ends by `expires`.
    pub(crate) fn adopt(
        &self,
        name: &PrincipalName,
        text: &str,
        expires: Timestamp,
        now: Timestamp,
    ) -> Result<(), AdminFault> {
        let store = &self.directory.store;
        self.has_room(name, now)?;
        // Nothing in SCRAM fits keys nobody derived from anything.
        let nobodys = scram::keys(&token::fresh()?, &[]);
        let record = TokenRecord {
            created: now,
            delegation: None,
            digest: token::digest(text.as_bytes()).to_vec(),
            expires,
            id: token::fresh_id()?,
            is_revoked: false,
            principal: name.clone(),
            server_key: nobodys.server.to_vec(),
            stored_key: nobodys.stored.to_vec(),
        };
        let facts = vec![
            ("token", record.id.clone()),
            ("principal", name.to_string()),
            ("expires", record.expires.to_string()),
        ];
        self.record("token.adopted", facts)?;
        match store.add_token(&record) {
            // Two connections with one token at once: the other one kept it.
            Err(StoreFault::Exists { .. }) => Ok(()),
            other => Ok(other?),
        }
    }

    /// All tokens, newest first.
    pub fn tokens(&self) -> Result<Vec<TokenRecord>, AdminFault> {
        Ok(self.directory.store.tokens()?)
    }

    pub(crate) fn existing(&self, name: &PrincipalName) -> Result<PrincipalRecord, AdminFault> {
        let missing = || StoreFault::Missing {
            what: format!("principal {name}"),
        };
        Ok(self.directory.store.principal(name)?.ok_or_else(missing)?)
    }

    /// Records an act of this one's.
    pub(crate) fn record(
        &self,
        act: &'static str,
        facts: Vec<(&'static str, String)>,
    ) -> Result<(), AdminFault> {
        (self.recorder)(act, self.by.clone(), facts).map_err(AdminFault::Unrecorded)
    }
}

#[cfg(test)]
mod tests;
