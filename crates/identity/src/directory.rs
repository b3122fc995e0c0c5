//! [`LocalDirectory`]: principals and tokens of our own, over a [`Store`].
//!
//! Three rules of a stranger's sign-in:
//! - a name nobody has gets a salt, the same one each time, and fails after the same look-ups and
//!   the same arithmetic as a wrong token does (what differs is the reading of a few rows);
//! - every try is in constant time, and there are always as many as the limit allows, however many
//!   tokens the principal has;
//! - that a token has ended, or its principal is disabled, is said only to one who had the token.
//!
//! It does not cache: each answer is a few indexed look-ups, so that a revocation counts at once.

use std::sync::Arc;

use model::{
    Delegation, DelegationRecord, Directory, Identity, Limits, Method, PrincipalKind,
    PrincipalName, PrincipalRecord, Proof, Salt, SignInFault, Store, StoreFault, Subject,
    Timestamp, TokenRecord,
};
use subtle::{ConditionallySelectable, ConstantTimeEq};
use tokio::sync::watch;
use zeroize::Zeroizing;

use crate::{scram, token};

const SALT_BYTES: usize = 16;

/// What a try is made against where there is no token: a hit would take a preimage of zero, and
/// would still find no token at its place.
const NO_KEY: [u8; 32] = [0; 32];

/// Principals and tokens of our own.
pub struct LocalDirectory {
    pub(crate) delegation_chain: usize,
    pub(crate) delegation_s: u32,
    pub(crate) lease_s: u32,
    changes: watch::Sender<u64>,
    secret: Zeroizing<[u8; 32]>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) token_s: u32,
    pub(crate) tokens_tried: usize,
}

impl std::fmt::Debug for LocalDirectory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalDirectory").finish_non_exhaustive()
    }
}

impl LocalDirectory {
    /// A directory over `store`. `secret` is this installation's own, the same at every start: the
    /// salts of names come from it.
    pub fn new(store: Arc<dyn Store>, secret: [u8; 32], limits: &Limits) -> Self {
        Self {
            delegation_chain: limits.delegation_chain,
            delegation_s: limits.delegation_s,
            lease_s: limits.lease_s,
            changes: watch::Sender::new(0),
            secret: Zeroizing::new(secret),
            store,
            token_s: limits.token_s,
            tokens_tried: limits.tokens_tried,
        }
    }

    /// Moves whenever rights are withdrawn here: whoever keeps sessions open looks at them then.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Says that rights were withdrawn. After the store has it, never before: whoever looks at
    /// once must see it.
    pub(crate) fn changed(&self) {
        self.changes.send_modify(|times| *times += 1);
    }

    /// The salt of a name, whether or not anyone has it. A principal is given this one when it is
    /// added, so that not even the day it was added can be read off the salt.
    pub(crate) fn salt_of(&self, name: &str) -> Vec<u8> {
        let mut salt = scram::hmac(
            self.secret.as_slice(),
            &[b"portcullis scram salt\0", name.as_bytes()],
        )
        .to_vec();
        salt.truncate(SALT_BYTES);
        salt
    }

    /// The token a proof was made with, if any of these: always `tokens_tried` tries.
    fn proved<'a>(&self, tokens: &'a [TokenRecord], proof: &Proof) -> Option<&'a TokenRecord> {
        let mut found = u64::MAX;
        for (at, number) in (0..self.tokens_tried).zip(0_u64..) {
            let key = tokens
                .get(at)
                .map_or(NO_KEY.as_slice(), |token| &token.stored_key);
            let hit = scram::proves(key, &proof.auth_message, &proof.client_proof);
            found.conditional_assign(&number, hit);
        }
        usize::try_from(found).ok().and_then(|at| tokens.get(at))
    }

    /// The identity of one whose token was right: the last word is the principal's own standing.
    fn admit(
        &self,
        token: &TokenRecord,
        method: Method,
        now: Timestamp,
    ) -> Result<Identity, SignInFault> {
        if token.is_revoked {
            return Err(SignInFault::Revoked);
        }
        if token.expires <= now {
            return Err(SignInFault::Expired);
        }
        let (subject, owner) = self.standing(&token.principal)?;
        let (acts_for, delegation) = match &token.delegation {
            None => (owner, None),
            Some(record) => {
                let (person, delegation) = self.delegated(&subject, record, now)?;
                (Some(person), Some(Box::new(delegation)))
            }
        };
        Ok(Identity {
            acts_for,
            at: now,
            delegation,
            expires: Some(token.expires),
            method,
            subject,
            token: Some(token.id.clone()),
        })
    }

    /// A principal and the one it acts for, both as they are now and both enabled.
    fn standing(&self, name: &PrincipalName) -> Result<(Subject, Option<Subject>), SignInFault> {
        let record = self.enabled(name)?;
        let acts_for = match (record.kind, &record.acts_for) {
            (PrincipalKind::Agent, Some(owner)) => {
                let owner = self.enabled(owner)?;
                // An agent for an agent would make a chain nobody answers for.
                if owner.kind == PrincipalKind::Agent {
                    return Err(SignInFault::Disabled);
                }
                Some(subject(owner))
            }
            (PrincipalKind::Person | PrincipalKind::Service, None) => None,
            _ => return Err(SignInFault::Disabled),
        };
        Ok((subject(record), acts_for))
    }

    /// The identity behind a token that something else proves: a certificate made for it.
    pub(crate) fn of_token(
        &self,
        id: &str,
        method: Method,
        now: Timestamp,
    ) -> Result<Identity, SignInFault> {
        let token = self.store.token(id).map_err(|fault| unavailable(&fault))?;
        // One that was kept and is gone counts no more.
        let token = token.ok_or(SignInFault::Revoked)?;
        self.admit(&token, method, now)
    }

    /// Whether an identity that came without a token of ours still stands as it did.
    fn stands(&self, identity: &Identity, now: Timestamp) -> bool {
        identity.method == Method::Certificate
            && identity.expires.is_some_and(|end| now < end)
            && self
                .standing(identity.name())
                .is_ok_and(|(subject, _)| subject == identity.subject)
    }

    /// Whom a delegation is for, and the delegation, if all it rests on still stands: the token
    /// that was shown for it, and everyone on the way.
    fn delegated(
        &self,
        actor: &Subject,
        record: &DelegationRecord,
        now: Timestamp,
    ) -> Result<(Subject, Delegation), SignInFault> {
        if actor.kind != PrincipalKind::Agent || record.through.len() >= self.delegation_chain {
            return Err(SignInFault::Disabled);
        }
        if let Some(parent) = &record.parent {
            let parent = self.store.token(parent);
            let parent = parent.map_err(|fault| unavailable(&fault))?;
            // As deep as the chain is long: each one on the way is in its child's.
            let parent = parent.ok_or(SignInFault::Revoked)?;
            self.admit(&parent, Method::Token, now)?;
        }
        let person = self.enabled(&record.person)?;
        let through = record.through.iter().map(|name| self.enabled(name));
        let through = through.collect::<Result<Vec<_>, _>>()?;
        let is_agent = |record: &PrincipalRecord| record.kind == PrincipalKind::Agent;
        if is_agent(&person) || !through.iter().all(is_agent) {
            return Err(SignInFault::Disabled);
        }
        let delegation = Delegation {
            ground: record.ground,
            purpose: record.purpose.clone(),
            remit: record.remit.clone(),
            task: record.task.clone(),
            through: through.into_iter().map(subject).collect(),
        };
        Ok((subject(person), delegation))
    }

    fn enabled(&self, name: &PrincipalName) -> Result<PrincipalRecord, SignInFault> {
        match self
            .store
            .principal(name)
            .map_err(|fault| unavailable(&fault))?
        {
            Some(record) if !record.is_disabled => Ok(record),
            _ => Err(SignInFault::Disabled),
        }
    }
}

fn subject(record: PrincipalRecord) -> Subject {
    Subject {
        groups: record.groups,
        kind: record.kind,
        name: record.name,
    }
}

fn unavailable(fault: &StoreFault) -> SignInFault {
    tracing::error!(%fault, "the directory cannot answer");
    SignInFault::Unavailable
}

impl Directory for LocalDirectory {
    fn salt(&self, user: &str) -> Salt {
        let stable = self.salt_of(user);
        let kept = user.parse().ok().map(|name| self.store.principal(&name));
        // A store that cannot answer is said after the proof, as `Unavailable`.
        let salt = match kept {
            Some(Ok(Some(record))) => record.salt,
            _ => stable,
        };
        Salt {
            iterations: scram::ITERATIONS,
            salt,
        }
    }

    fn prove(&self, proof: &Proof, now: Timestamp) -> Result<(Identity, [u8; 32]), SignInFault> {
        // A text outside the alphabet of names is nobody's by its form: no look-up hides that.
        let (live, ended) = match proof.user.parse::<PrincipalName>() {
            Ok(name) => {
                let most = self.tokens_tried;
                let live = self.store.live_tokens(&name, now, most);
                let ended = self.store.ended_tokens(&name, now, most);
                (
                    live.map_err(|fault| unavailable(&fault))?,
                    ended.map_err(|fault| unavailable(&fault))?,
                )
            }
            Err(_) => (Vec::new(), Vec::new()),
        };
        // Both before either is looked at: the same work whatever comes of it.
        let (live, ended) = (self.proved(&live, proof), self.proved(&ended, proof));
        let token = live.or(ended).ok_or(SignInFault::Wrong)?;
        let identity = self.admit(token, Method::Scram, now)?;
        Ok((
            identity,
            scram::sign(&token.server_key, &proof.auth_message),
        ))
    }

    fn show(
        &self,
        user: Option<&str>,
        token: &str,
        now: Timestamp,
    ) -> Result<Identity, SignInFault> {
        // The index compares digests, not tokens: what its timing tells about a digest helps
        // nobody who cannot invert SHA-256.
        let digest = token::digest(token.as_bytes());
        let kept = self
            .store
            .token_by_digest(&digest)
            .map_err(|fault| unavailable(&fault))?;
        let kept = kept
            .filter(|kept| kept.digest.as_slice().ct_eq(&digest).into())
            .filter(|kept| user.is_none_or(|user| user == kept.principal.as_str()))
            .ok_or(SignInFault::Wrong)?;
        self.admit(&kept, Method::Token, now)
    }

    /// At most three look-ups by key, and as many again for each delegation on the way. An identity
    /// whose groups or kind have changed since holds no more either: its next sign-in gets the
    /// rights of then.
    fn holds(&self, identity: &Identity, now: Timestamp) -> bool {
        let Some(id) = identity.token.as_deref() else {
            return self.stands(identity, now);
        };
        let Ok(Some(token)) = self.store.token(id) else {
            return false;
        };
        self.admit(&token, identity.method, now).is_ok_and(|today| {
            let is_same = today.subject == identity.subject && today.acts_for == identity.acts_for;
            is_same && today.delegation == identity.delegation
        })
    }
}

#[cfg(test)]
mod tests;
