//! What a delegation is given from, and who is to act: the tokens that were shown, read.
//!
//! It gives nothing yet.

use model::{
    Directory as _, PrincipalKind, PrincipalName, PrincipalRecord, Remit, StoreFault, Timestamp,
};

use super::NotDelegated;
use crate::Admin;
use crate::exchange::{NotExchanged, principal};
use crate::oidc::Seen;

/// What a delegation is given from.
pub(crate) struct Giver {
    /// Whom the provider lets act, where it says so.
    pub(crate) may_act: Option<String>,
    pub(crate) outer: Remit,
    pub(crate) parent: Option<String>,
    pub(crate) person: PrincipalName,
    pub(crate) purpose: Option<String>,
    pub(crate) task: Option<String>,
    pub(crate) through: Vec<PrincipalName>,
    pub(crate) until: Timestamp,
}

/// A token of ours: a person's or service's gives what it may, a task's what it covers.
pub(super) fn of_ours(admin: &Admin, shown: &str, now: Timestamp) -> Result<Giver, NotExchanged> {
    let unknown = || NotDelegated::Unknown("subject_token");
    let identity = admin.directory.show(None, shown, now);
    let identity = identity.map_err(|_| unknown())?;
    let id = identity.token.clone().ok_or_else(unknown)?;
    let record = admin.directory.store.token(&id)?.ok_or_else(unknown)?;
    let agent = identity.name().clone();
    match (identity.subject.kind, record.delegation) {
        (PrincipalKind::Agent, Some(delegation)) => Ok(Giver {
            may_act: None,
            outer: delegation.remit,
            parent: Some(id),
            person: delegation.person,
            purpose: delegation.purpose,
            task: Some(delegation.task),
            through: std::iter::once(agent).chain(delegation.through).collect(),
            until: delegation.until,
        }),
        (PrincipalKind::Agent, None) | (_, Some(_)) => Err(NotDelegated::SubjectKind.into()),
        (PrincipalKind::Person | PrincipalKind::Service, None) => Ok(Giver {
            may_act: None,
            outer: Remit::default(),
            parent: Some(id),
            person: agent,
            purpose: None,
            task: None,
            through: Vec::new(),
            until: record.expires,
        }),
    }
}

/// A provider's token: for as long as a sign-in counts.
pub(crate) fn of_provider(
    admin: &Admin,
    seen: &Seen,
    now: Timestamp,
) -> Result<Giver, NotExchanged> {
    let person = principal(admin, seen, now)?;
    let named = seen.claims.at("may_act");
    let may_act = named.map(|_| {
        seen.claims
            .text("may_act.sub")
            .unwrap_or_default()
            .to_owned()
    });
    Ok(Giver {
        may_act,
        outer: Remit::default(),
        parent: None,
        person,
        purpose: None,
        task: None,
        through: Vec::new(),
        until: now.plus_s(i64::from(seen.session_s)),
    })
}

/// The agent that a token of its own shows.
pub(super) fn shown_actor(
    admin: &Admin,
    shown: &str,
    now: Timestamp,
) -> Result<PrincipalRecord, NotExchanged> {
    let identity = admin.directory.show(None, shown, now);
    let identity = identity.map_err(|_| NotDelegated::Unknown("actor_token"))?;
    if identity.subject.kind != PrincipalKind::Agent {
        return Err(NotDelegated::ActorKind.into());
    }
    if identity.delegation.is_some() {
        return Err(NotDelegated::ActorDelegated.into());
    }
    Ok(admin.existing(identity.name())?)
}

/// An agent of the person's own, named by the person alone.
pub(super) fn own(
    admin: &Admin,
    giver: &Giver,
    name: Option<PrincipalName>,
    now: Timestamp,
) -> Result<PrincipalRecord, NotExchanged> {
    // Without a token of the agent's, only the person's own hand starts it.
    if giver.parent.is_none() || !giver.through.is_empty() {
        return Err(NotDelegated::ActorMissing.into());
    }
    let Some(name) = name else {
        return made_for(admin, &giver.person, now);
    };
    let record = admin.directory.store.principal(&name)?;
    let record = record.filter(|record| record.acts_for.as_ref() == Some(&giver.person));
    record.ok_or_else(|| NotDelegated::NotOwn(name).into())
}

/// The agent everybody has without asking: in the groups of its person, but for those who say who
/// may do what.
fn made_for(
    admin: &Admin,
    person: &PrincipalName,
    now: Timestamp,
) -> Result<PrincipalRecord, NotExchanged> {
    let store = &admin.directory.store;
    let owner = admin.existing(person)?;
    let name = format!("{person}.agent");
    let name: PrincipalName = name
        .parse()
        .map_err(|_| NotDelegated::NotOwn(person.clone()))?;
    let guarded = [crate::guard::OPERATORS, crate::guard::REVIEWERS];
    let mut groups = owner.groups;
    groups.retain(|group| !guarded.contains(&group.as_str()));
    let words: Vec<&str> = groups.iter().map(model::GroupName::as_str).collect();
    let facts = |name: &PrincipalName| {
        vec![
            ("principal", name.to_string()),
            ("kind", PrincipalKind::Agent.as_str().to_owned()),
            ("groups", words.join(" ")),
            ("acts_for", person.to_string()),
        ]
    };
    match store.principal(&name)? {
        Some(record) if record.acts_for.as_ref() != Some(person) => {
            Err(NotExchanged::NameTaken(name))
        }
        Some(record) => {
            if record.groups != groups {
                admin.record("principal.groups", facts(&name))?;
                store.set_groups(&name, &groups)?;
                admin.directory.changed();
            }
            Ok(PrincipalRecord { groups, ..record })
        }
        None => {
            admin.record("principal.added", facts(&name))?;
            let record = PrincipalRecord {
                acts_for: Some(person.clone()),
                created: now,
                groups,
                is_disabled: false,
                kind: PrincipalKind::Agent,
                salt: admin.directory.salt_of(name.as_str()),
                name,
            };
            match store.add_principal(&record) {
                // Two of one person's tasks begun at once: the other one made it.
                Err(StoreFault::Exists { .. }) => Ok(admin.existing(&record.name)?),
                other => other.map(|()| record).map_err(Into::into),
            }
        }
    }
}
