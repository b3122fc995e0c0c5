//! Delegations: a person's token and an agent's in, a token for one task out (RFC 8693).
//!
//! Whoever acts by it is the agent, for the person, within the remit; policy judges all three. It
//! never outlives what it rests on: the token that was shown for it ([`LocalDirectory`] looks at
//! each use), or the life the person's provider gave. A token given so may be handed on to a
//! further agent, with a remit that is no wider, in a chain that is not endless.
//!
//! An agent gives nothing of itself: its own token is no subject, and it is on a task once.
//!
//! [`LocalDirectory`]: crate::LocalDirectory

mod fault;
mod giver;

use model::{
    DelegationRecord, Directory as _, Ground, PrincipalKind, PrincipalName, PrincipalRecord, Remit,
    Timestamp, TokenRecord,
};

pub use self::fault::NotDelegated;
use self::fault::PURPOSE_CHARS;
pub(crate) use self::giver::of_provider;
use self::giver::{Giver, of_ours, own, shown_actor};
use crate::exchange::{Exchange, NotExchanged, once, said};
use crate::oidc::Use;
use crate::{Admin, Issued, token};

/// How long a task lasts where nothing is said, seconds.
const USUAL_S: u32 = 3_600;

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Task {
    /// Whether its token counts only as long as somebody renews it.
    pub is_leased: bool,
    /// What it is for.
    pub purpose: Option<String>,
    /// What it is to cover.
    pub remit: Remit,
    /// How long, seconds; the usual time where `None`.
    pub ttl_s: Option<u32>,
}

/// For whom: the token that shows it.
#[derive(Clone)]
pub enum Subject {
    /// A token of ours: the person's own, or one given for a task.
    Ours(String),
    /// An identity provider's.
    Provider(String),
}

/// Who is to act.
#[derive(Clone)]
pub enum Actor {
    /// An agent of the person's own, by name; the one that is made for them where `None`.
    Own(Option<PrincipalName>),
    /// Whoever this token of ours shows.
    Shown(String),
}

impl Exchange {
    /// A token for a task. A no is recorded too, with its reason.
    pub async fn delegate(
        &self,
        subject: Subject,
        actor: Actor,
        task: Task,
        now: Timestamp,
    ) -> Result<Issued, NotExchanged> {
        let seen = match &subject {
            Subject::Ours(_) => None,
            Subject::Provider(shown) => Some((
                self.issuers().verify(shown, Use::Proof, now).await,
                said(shown),
            )),
        };
        self.blocking("delegation.refused", move |admin| {
            let giver = match (subject, seen) {
                (Subject::Ours(shown), _) => of_ours(admin, &shown, now)?,
                (Subject::Provider(_), Some((seen, digest))) => {
                    let seen = seen?;
                    if seen.kind == PrincipalKind::Person {
                        once(admin, &seen, digest, now)?;
                    }
                    of_provider(admin, &seen, now)?
                }
                (Subject::Provider(_), None) => return Err(NotDelegated::SubjectKind.into()),
            };
            let (actor, ground) = match actor {
                Actor::Own(name) => (own(admin, &giver, name, now)?, Ground::Own),
                Actor::Shown(shown) => (shown_actor(admin, &shown, now)?, Ground::Exchange),
            };
            give(admin, giver, (&actor, ground), task, now)
        })
        .await
    }

    /// Has a leased token count for a while longer, asked by the person it acts for.
    pub async fn renew(
        &self,
        shown: String,
        id: String,
        now: Timestamp,
    ) -> Result<TokenRecord, NotExchanged> {
        self.blocking("delegation.refused", move |admin| {
            let directory = &admin.directory;
            let person = directory.show(None, &shown, now);
            let person = person.map_err(|_| NotDelegated::Unknown("subject_token"))?;
            let lapsed = || NotExchanged::from(NotDelegated::Unknown("task's token"));
            let record = directory.store.token(&id)?.ok_or_else(lapsed)?;
            let delegation = record.delegation.as_ref().ok_or_else(lapsed)?;
            // What has lapsed is not brought back: whoever renews late was gone.
            let is_live = !record.is_revoked && record.expires > now;
            if person.subject.kind == PrincipalKind::Agent
                || delegation.person != *person.name()
                || delegation.ground != Ground::Own
                || !is_live
            {
                return Err(lapsed());
            }
            let lease = now.plus_s(i64::from(directory.lease_s));
            let expires = lease.min(delegation.until);
            directory.store.renew_token(&id, expires)?;
            Ok(TokenRecord { expires, ..record })
        })
        .await
    }
}

/// Gives it: checked, recorded, kept.
pub(crate) fn give(
    admin: &Admin,
    giver: Giver,
    (actor, ground): (&PrincipalRecord, Ground),
    task: Task,
    now: Timestamp,
) -> Result<Issued, NotExchanged> {
    let directory = &admin.directory;
    fits(admin, &giver, actor)?;
    let ttl_s = task.ttl_s.unwrap_or(USUAL_S.min(directory.delegation_s));
    if ttl_s == 0 || ttl_s > directory.delegation_s {
        return Err(NotDelegated::Ttl(directory.delegation_s).into());
    }
    let purpose = task.purpose.filter(|text| !text.trim().is_empty());
    if purpose
        .as_ref()
        .is_some_and(|text| text.chars().count() > PURPOSE_CHARS)
    {
        return Err(NotDelegated::Purpose.into());
    }
    let until = now.plus_s(i64::from(ttl_s)).min(giver.until);
    let lease = now.plus_s(i64::from(directory.lease_s));
    let record = DelegationRecord {
        ground,
        parent: giver.parent,
        person: giver.person,
        purpose: purpose.or(giver.purpose),
        remit: task
            .remit
            .within(&giver.outer)
            .map_err(NotDelegated::Wider)?,
        task: match giver.task {
            Some(task) => task,
            None => fresh_task()?,
        },
        through: giver.through,
        until,
    };
    let expires = if task.is_leased {
        lease.min(until)
    } else {
        until
    };
    let facts = facts(&record, actor, expires);
    let person = record.person.to_string();
    let issued = admin.mint(actor, expires, Some(record), now)?;
    let token = ("token", issued.record.id.clone());
    let facts = std::iter::once(token).chain(facts).collect();
    admin.named(&person).record("delegation.given", facts)?;
    directory.store.add_token(&issued.record)?;
    Ok(issued)
}

/// Whether this agent may be the next one on that task.
fn fits(admin: &Admin, giver: &Giver, actor: &PrincipalRecord) -> Result<(), NotExchanged> {
    let directory = &admin.directory;
    if actor.kind != PrincipalKind::Agent {
        return Err(NotDelegated::ActorKind.into());
    }
    if actor.is_disabled {
        return Err(NotExchanged::Disabled(actor.name.clone()));
    }
    if giver.through.contains(&actor.name) {
        return Err(NotDelegated::ActorRepeated(actor.name.clone()).into());
    }
    if giver.through.len() >= directory.delegation_chain {
        return Err(NotDelegated::Chain(directory.delegation_chain).into());
    }
    if let Some(named) = &giver.may_act {
        let links = directory.store.links(&actor.name)?;
        let is_named = actor.name.as_str() == named || links.iter().any(|it| it.subject == *named);
        if !is_named {
            return Err(NotDelegated::MayAct.into());
        }
    }
    Ok(())
}

/// A task's id: what people stop it by.
fn fresh_task() -> Result<String, NotExchanged> {
    let id = token::fresh_id().map_err(crate::AdminFault::from)?;
    Ok(format!("k{}", id.trim_start_matches('t')))
}

/// What the record says of it.
fn facts(
    delegation: &DelegationRecord,
    actor: &PrincipalRecord,
    expires: Timestamp,
) -> Vec<(&'static str, String)> {
    let DelegationRecord {
        ground,
        person,
        purpose,
        remit,
        task,
        through,
        until,
        ..
    } = delegation;
    let names: Vec<&str> = through.iter().map(PrincipalName::as_str).collect();
    let mut facts = vec![
        ("task", task.clone()),
        ("agent", actor.name.to_string()),
        ("acts_for", person.to_string()),
        ("ground", ground.as_str().to_owned()),
        ("expires", expires.to_string()),
        ("until", until.to_string()),
    ];
    facts.extend((!names.is_empty()).then(|| ("through", names.join(" "))));
    facts.extend(purpose.clone().map(|purpose| ("purpose", purpose)));
    facts.extend(said_of(remit));
    facts
}

/// A remit in words; nothing where it covers everything.
fn said_of(remit: &Remit) -> impl Iterator<Item = (&'static str, String)> + use<> {
    let actions = remit.actions.as_ref().map(|actions| {
        let words: Vec<&str> = actions.iter().map(|action| action.as_str()).collect();
        ("actions", words.join(" "))
    });
    let targets = remit.targets.as_ref().map(|targets| {
        let names: Vec<&str> = targets.iter().map(model::TargetName::as_str).collect();
        ("targets", names.join(" "))
    });
    let rows = remit.rows.map(|rows| ("rows", rows.to_string()));
    let reads = remit.is_read_only.then(|| ("read_only", "true".to_owned()));
    actions.into_iter().chain(targets).chain(rows).chain(reads)
}

#[cfg(test)]
mod tests;
