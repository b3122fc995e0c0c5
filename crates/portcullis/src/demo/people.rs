//! The people of the demo, and a token for each.

use identity::{Admin, AdminFault, NewPrincipal};
use model::{PrincipalKind, StoreFault};

use crate::house::House;

/// One of them.
#[derive(Debug, Clone)]
pub(crate) struct Role {
    pub(crate) acts_for: Option<&'static str>,
    pub(crate) groups: &'static [&'static str],
    pub(crate) kind: PrincipalKind,
    pub(crate) name: &'static str,
    /// Who they are, in a word.
    pub(crate) says: &'static str,
}

/// Everyone.
pub(crate) const ROLES: [Role; 5] = [
    Role {
        acts_for: None,
        groups: &["developers"],
        kind: PrincipalKind::Person,
        name: "alice",
        says: "a developer",
    },
    Role {
        acts_for: None,
        groups: &["developers", "reviewers"],
        kind: PrincipalKind::Person,
        name: "dana",
        says: "a developer who reviews",
    },
    Role {
        acts_for: Some("alice"),
        groups: &["developers"],
        kind: PrincipalKind::Agent,
        name: "fixer",
        says: "an agent that acts for alice",
    },
    Role {
        acts_for: None,
        groups: &["operators"],
        kind: PrincipalKind::Person,
        name: "olga",
        says: "an operator: says who operates and who reviews, sees no data",
    },
    Role {
        acts_for: None,
        groups: &["dpo", "support"],
        kind: PrincipalKind::Person,
        name: "omar",
        says: "a data protection officer: sees real values",
    },
];

/// The groups the target lets in.
pub(crate) const GROUPS: [&str; 4] = ["developers", "dpo", "reviewers", "support"];

const DAY_S: u32 = 86_400;

/// Adds them where they are not there yet; a fresh token each, older ones revoked.
pub(crate) fn move_in(house: &House) -> anyhow::Result<Vec<(Role, String)>> {
    let admin = Admin::new(house.directory.clone(), house.recorder.clone(), "demo");
    let now = house.clock.now();
    let live = admin
        .tokens()?
        .into_iter()
        .filter(|token| !token.is_revoked && token.expires > now);
    let live: Vec<_> = live.collect();
    let mut people = Vec::new();
    for role in ROLES {
        let name = role.name.parse()?;
        let groups = role.groups.iter().map(|group| group.parse());
        let new = NewPrincipal {
            acts_for: role.acts_for.map(str::parse).transpose()?,
            groups: groups.collect::<Result<_, _>>()?,
            kind: role.kind,
            name,
        };
        let name = new.name.clone();
        match admin.add(new, now) {
            Ok(_) | Err(AdminFault::Store(StoreFault::Exists { .. })) => {}
            Err(fault) => return Err(fault.into()),
        }
        for old in live.iter().filter(|token| token.principal == name) {
            admin.revoke(&old.id)?;
        }
        let issued = admin.issue(&name, DAY_S, now)?;
        people.push((role, issued.token.as_str().to_owned()));
    }
    Ok(people)
}
