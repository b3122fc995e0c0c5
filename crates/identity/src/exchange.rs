//! [`Exchange`]: a provider's token for one of ours.
//!
//! Why a token of our own: it works with every client and in SCRAM, is revoked here, and lasts as
//! long as configuration says rather than as long as a provider's token happens to. Each sign-in
//! brings the groups of now; a change of them ends sessions opened with those of before
//! ([`LocalDirectory::holds`](crate::LocalDirectory)).
//!
//! It believes no token by itself: `oidc` does the checks.

use model::{
    GroupName, PrincipalKind, PrincipalName, PrincipalRecord, StoreFault, Subjected, Timestamp,
};

use crate::delegate::NotDelegated;
use crate::oidc::{Issuers, Rejection, Seen, Use};
use crate::{Admin, AdminFault, Issued, token};

/// How long a token that counts once is remembered beyond its own end, seconds: the leeway its
/// clock was given.
const LEEWAY_S: i64 = 60;

/// Why no token was given.
#[derive(Debug, thiserror::Error)]
pub enum NotExchanged {
    /// The principal could not be given a token.
    #[error(transparent)]
    Admin(#[from] AdminFault),
    /// The principal is disabled here, whatever its provider says.
    #[error("{0} is disabled here")]
    Disabled(PrincipalName),
    /// Somebody else has the name.
    #[error("the name {0} is somebody else's here")]
    NameTaken(PrincipalName),
    /// The delegation was not given.
    #[error(transparent)]
    NotDelegated(#[from] NotDelegated),
    /// The token was not believed.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// Its subject is linked to a principal of another kind.
    #[error("{0} is of another kind here")]
    OtherKind(PrincipalName),
}

impl NotExchanged {
    /// The word of the ledger.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Admin(_) => "unavailable",
            Self::Disabled(_) => "disabled",
            Self::NameTaken(_) => "name_taken",
            Self::NotDelegated(fault) => fault.word(),
            Self::OtherKind(_) => "other_kind",
            Self::Rejected(rejection) => rejection.word(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Admin(fault) => fault.hint(),
            Self::Disabled(_) => "an operator enables principals",
            Self::NameTaken(_) => {
                "an operator links the two with `portcullis principals link`, or `name_claim` \
                 names a claim that differs"
            }
            Self::NotDelegated(fault) => fault.hint(),
            Self::OtherKind(_) => "an operator links this subject to a principal of its own",
            Self::Rejected(rejection) => rejection.hint(),
        }
    }
}

impl From<StoreFault> for NotExchanged {
    fn from(fault: StoreFault) -> Self {
        Self::Admin(fault.into())
    }
}

/// Gives tokens of ours for providers' tokens.
#[derive(Debug)]
pub struct Exchange {
    admin: Admin,
    issuers: Issuers,
}

impl Exchange {
    /// One that records as `admin` does.
    pub fn new(admin: Admin, issuers: Issuers) -> Self {
        Self { admin, issuers }
    }

    /// The providers it listens to.
    pub fn issuers(&self) -> &Issuers {
        &self.issuers
    }

    /// One who changes and records.
    pub(crate) fn admin(&self) -> &Admin {
        &self.admin
    }

    /// A token of ours for whoever that token shows. A no is recorded too, with its reason.
    pub async fn of(&self, shown: &str, now: Timestamp) -> Result<Issued, NotExchanged> {
        let seen = self.issuers.verify(shown, Use::Proof, now).await;
        let digest = said(shown);
        self.blocking("sign_in.refused", move |admin| {
            let seen = seen?;
            give(admin, &seen, digest, now)
        })
        .await
    }

    /// Acts off the reactor, and records a no as `refused` with its reason.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        refused: &'static str,
        act: impl FnOnce(&Admin) -> Result<T, NotExchanged> + Send + 'static,
    ) -> Result<T, NotExchanged> {
        let admin = self.admin.clone();
        let done = tokio::task::spawn_blocking(move || {
            let done = act(&admin);
            if let Err(fault) = &done {
                let facts = vec![("reason", fault.word().to_owned())];
                admin.record(refused, facts)?;
            }
            done
        });
        let broke_off = |_| AdminFault::from(StoreFault::Storage("the act broke off".into()));
        done.await.map_err(broke_off)?
    }
}

/// What a token says, as a digest. Without the signature: of an ECDSA signature anyone can write a
/// second that fits too.
pub(crate) fn said(shown: &str) -> [u8; 32] {
    let said = shown.rsplit_once('.').map_or(shown, |(said, _)| said);
    token::digest(said.as_bytes())
}

fn give(
    admin: &Admin,
    seen: &Seen,
    digest: [u8; 32],
    now: Timestamp,
) -> Result<Issued, NotExchanged> {
    // A person's token is stolen from logs and browsers; a workload reads its own from a file
    // again and again until it ends.
    if seen.kind == PrincipalKind::Person {
        once(admin, seen, digest, now)?;
    }
    let name = principal(admin, seen, now)?;
    let life = seen.session_s.min(admin.directory.token_s);
    Ok(admin.issue(&name, life, now)?)
}

/// Uses a token up.
pub(crate) fn once(
    admin: &Admin,
    seen: &Seen,
    digest: [u8; 32],
    now: Timestamp,
) -> Result<(), NotExchanged> {
    let expires = seen.claims.seconds("exp").unwrap_or_default();
    let end = Timestamp(expires.saturating_mul(1_000_000)).plus_s(LEEWAY_S);
    if admin.directory.store.spend(&digest, end, now)? {
        return Ok(());
    }
    Err(Rejection::Replayed.into())
}

/// Whom a token speaks of: found, or added.
pub(crate) fn principal(
    admin: &Admin,
    seen: &Seen,
    now: Timestamp,
) -> Result<PrincipalName, NotExchanged> {
    let of = Subjected {
        issuer: seen.issuer.clone(),
        subject: seen.subject.clone(),
    };
    match admin.directory.store.linked(&of)? {
        Some(name) => known(admin, seen, name),
        None => enrol(admin, seen, &of, now),
    }
}

/// One who was here before: as its provider sees it now.
fn known(admin: &Admin, seen: &Seen, name: PrincipalName) -> Result<PrincipalName, NotExchanged> {
    let record = admin.directory.store.principal(&name)?;
    let record = record.ok_or_else(|| StoreFault::Missing {
        what: format!("principal {name}"),
    })?;
    if record.is_disabled {
        return Err(NotExchanged::Disabled(name));
    }
    if record.kind != seen.kind {
        return Err(NotExchanged::OtherKind(name));
    }
    if let Some(groups) = &seen.groups {
        regroup(admin, &record, groups, &seen.provider)?;
    }
    Ok(name)
}

/// Puts a principal into the groups it has by that provider's word now.
pub(crate) fn regroup(
    admin: &Admin,
    record: &PrincipalRecord,
    groups: &[GroupName],
    provider: &str,
) -> Result<(), AdminFault> {
    if record.groups == groups {
        return Ok(());
    }
    admin.regroup(&record.name, groups, ("provider", provider))
}

/// One who comes for the first time.
fn enrol(
    admin: &Admin,
    seen: &Seen,
    of: &Subjected,
    now: Timestamp,
) -> Result<PrincipalName, NotExchanged> {
    let store = &admin.directory.store;
    let (name, groups) = (seen.name.clone()?, seen.groups.clone().unwrap_or_default());
    // A configured workload is one principal, whichever of its subjects comes (a run of a
    // pipeline has one of its own); a person's name is nobody's but theirs.
    if let Some(record) = store.principal(&name)? {
        let is_workload = seen.kind == PrincipalKind::Service;
        let links = store.links(&name)?;
        let is_from_here = links.iter().any(|link| link.issuer == of.issuer);
        if is_workload && is_from_here && record.kind == PrincipalKind::Service {
            store.link(of, &name)?;
            return known(admin, seen, name);
        }
        return Err(NotExchanged::NameTaken(name));
    }
    let facts = vec![
        ("principal", name.to_string()),
        ("kind", seen.kind.as_str().to_owned()),
        ("groups", words(&groups)),
        ("provider", seen.provider.clone()),
        ("issuer", of.issuer.clone()),
        ("subject", of.subject.clone()),
    ];
    admin.record("principal.added", facts)?;
    let record = PrincipalRecord {
        acts_for: None,
        created: now,
        groups,
        is_disabled: false,
        kind: seen.kind,
        salt: admin.directory.salt_of(name.as_str()),
        name: name.clone(),
    };
    store.enrol(of, &record)?;
    Ok(name)
}

fn words(groups: &[GroupName]) -> String {
    let words: Vec<&str> = groups.iter().map(GroupName::as_str).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests;
