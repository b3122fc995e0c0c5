//! Which acts of administration need an operator, and who counts as one.
//!
//! Why: an agent may run under the gateway's own account, and so reach the control socket and start
//! our verbs. Whoever does that must not make himself a reviewer, nor somebody else. Therefore,
//! from the moment an operator first holds a token, those who operate and those who review are
//! added, and anybody is given a token, only by the token of an operator; one's own token renews
//! itself, and one's agents are one's own.
//! It guards no file: who may write into the data directory can do all that the gateway can.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::{GroupName, Identity, PrincipalKind, PrincipalName, PrincipalRecord};

use crate::{AdminFault, LocalDirectory};

/// The group that administers.
pub const OPERATORS: &str = "operators";
/// The built-in pack's reviewers: guarded even where no rule in force names them.
pub(crate) const REVIEWERS: &str = "reviewers";

/// The groups whose people answer reviews under the rules of now.
pub type ReviewingGroups = Arc<dyn Fn() -> BTreeSet<GroupName> + Send + Sync>;

/// What stands between a caller and the acts that need an operator.
#[derive(Clone)]
pub(crate) struct Guard {
    /// Who showed a token; `None` is the socket alone.
    pub(crate) caller: Option<Identity>,
    pub(crate) reviewing: ReviewingGroups,
}

impl Guard {
    /// Whether a member of these groups may be added.
    pub(crate) fn may_add(
        &self,
        directory: &LocalDirectory,
        groups: &[GroupName],
    ) -> Result<(), AdminFault> {
        match self.guarded(groups) {
            Some(group) => self.operator(directory, group),
            None => Ok(()),
        }
    }

    /// Whether a token may be issued to this principal: one's own renews itself, one's agents are
    /// one's own, and all others are an operator's to let in.
    pub(crate) fn may_issue(
        &self,
        directory: &LocalDirectory,
        principal: &PrincipalRecord,
    ) -> Result<(), AdminFault> {
        if self.is(&principal.name) || principal.acts_for.as_ref().is_some_and(|it| self.is(it)) {
            return Ok(());
        }
        match self.guarded(&principal.groups) {
            Some(group) => self.operator(directory, group),
            None if self.may_operate(directory)? => Ok(()),
            None => Err(AdminFault::NotYours(principal.name.clone())),
        }
    }

    /// Whether an agent may be added that acts for `owner`, or stopped.
    pub(crate) fn may_give_agent(
        &self,
        directory: &LocalDirectory,
        owner: &PrincipalName,
    ) -> Result<(), AdminFault> {
        if self.is(owner) || self.may_operate(directory)? {
            return Ok(());
        }
        Err(AdminFault::NotYours(owner.clone()))
    }

    /// Whether the caller is that one.
    pub(crate) fn is(&self, name: &PrincipalName) -> bool {
        let caller = self.caller.as_ref();
        caller.is_some_and(|caller| caller.name() == name)
    }

    /// The first of these groups that is guarded.
    fn guarded<'a>(&self, groups: &'a [GroupName]) -> Option<&'a GroupName> {
        groups.iter().find(|group| self.is_guarded(group))
    }

    /// Whether its people operate or review.
    pub(crate) fn is_guarded(&self, group: &GroupName) -> bool {
        [OPERATORS, REVIEWERS].contains(&group.as_str()) || (self.reviewing)().contains(group)
    }

    fn operator(&self, directory: &LocalDirectory, group: &GroupName) -> Result<(), AdminFault> {
        if self.may_operate(directory)? {
            return Ok(());
        }
        Err(AdminFault::OperatorNeeded(group.clone()))
    }

    /// Whether the caller is an operator, or nobody is yet.
    fn may_operate(&self, directory: &LocalDirectory) -> Result<bool, AdminFault> {
        let is_operator = self.caller.as_ref().is_some_and(|caller| {
            caller.subject.kind == PrincipalKind::Person
                && caller.subject.groups.iter().any(is_operators)
        });
        Ok(is_operator || !has_operator(directory)?)
    }
}

fn is_operators(group: &GroupName) -> bool {
    group.as_str() == OPERATORS
}

/// Whether an operator ever held a token. Disabled ones and ended tokens count: what was closed
/// does not open again by disabling or by waiting.
fn has_operator(directory: &LocalDirectory) -> Result<bool, AdminFault> {
    let people = directory.store.principals()?;
    let operators: BTreeSet<PrincipalName> = people
        .into_iter()
        .filter(|one| one.kind == PrincipalKind::Person && one.groups.iter().any(is_operators))
        .map(|one| one.name)
        .collect();
    let tokens = directory.store.tokens()?;
    Ok(tokens
        .iter()
        .any(|token| operators.contains(&token.principal)))
}

/// A moment's name for the record: the person, or `local` for the socket alone.
pub(crate) fn label(caller: Option<&Identity>) -> String {
    caller.map_or_else(|| "local".to_owned(), |caller| caller.name().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Admin, NewPrincipal};
    use model::{Limits, Method, Store, Subject, Timestamp};
    use store::SqliteStore;

    const NOW: Timestamp = Timestamp(1_795_170_937_000_042);

    fn directory() -> Arc<LocalDirectory> {
        let store: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().unwrap());
        Arc::new(LocalDirectory::new(store, [9; 32], &Limits::default()))
    }

    fn group(name: &str) -> GroupName {
        name.parse().unwrap()
    }

    fn person(name: &str, groups: &[&str]) -> NewPrincipal {
        NewPrincipal {
            acts_for: None,
            groups: groups.iter().map(|name| group(name)).collect(),
            kind: PrincipalKind::Person,
            name: name.parse().unwrap(),
        }
    }

    /// As whom: the socket alone, or one with a token.
    fn admin(directory: &Arc<LocalDirectory>, caller: Option<Shown<'_>>) -> Admin {
        let caller = caller.map(|(name, groups)| Identity {
            acts_for: None,
            at: NOW,
            delegation: None,
            expires: None,
            method: Method::Token,
            subject: Subject {
                groups: groups.iter().map(|name| group(name)).collect(),
                kind: PrincipalKind::Person,
                name: name.parse().unwrap(),
            },
            token: None,
        });
        let open = Admin::new(directory.clone(), Arc::new(|_, _, _| Ok(())), "test");
        open.guarded(Guard {
            caller,
            reviewing: Arc::new(|| BTreeSet::from([group("dba")])),
        })
    }

    /// A name and its groups.
    type Shown<'a> = (&'a str, &'a [&'a str]);

    #[test]
    fn until_there_is_an_operator_the_socket_sets_everything_up() {
        let directory = directory();
        let local = admin(&directory, None);
        for (name, groups) in [("dana", "reviewers"), ("erin", "dba"), ("olga", OPERATORS)] {
            local.add(person(name, &[groups]), NOW).unwrap();
        }
        let issue = |name: &str| local.issue(&name.parse().unwrap(), 60, NOW);
        issue("dana").unwrap();
        issue("olga").unwrap();
        let said = issue("dana").unwrap_err().to_string();
        assert_eq!(
            said,
            "who is in reviewers is said by an operator's own token"
        );
    }

    #[test]
    fn then_an_operator_does() {
        let directory = directory();
        let local = admin(&directory, None);
        for (name, groups) in [
            ("alice", "developers"),
            ("dana", "reviewers"),
            ("olga", OPERATORS),
        ] {
            local.add(person(name, &[groups]), NOW).unwrap();
        }
        local
            .add(
                NewPrincipal {
                    acts_for: Some("alice".parse().unwrap()),
                    kind: PrincipalKind::Agent,
                    ..person("fixer", &[])
                },
                NOW,
            )
            .unwrap();
        local.issue(&"olga".parse().unwrap(), 60, NOW).unwrap();
        local.disable(&"olga".parse().unwrap()).unwrap();
        let callers: [(Option<Shown<'_>>, _); 4] = [
            (None, [false, false, false, false, false]),
            (
                Some(("alice", &["developers"])),
                [true, true, false, false, false],
            ),
            (
                Some(("dana", &["reviewers"])),
                [false, false, true, false, false],
            ),
            (Some(("olga", &[OPERATORS])), [true; 5]),
        ];
        for (number, (caller, may)) in callers.into_iter().enumerate() {
            let admin = admin(&directory, caller);
            let new = |group: &str| person(&format!("{group}{number}"), &[group]);
            let done = [
                admin.issue(&"alice".parse().unwrap(), 60, NOW).is_ok(),
                admin.issue(&"fixer".parse().unwrap(), 60, NOW).is_ok(),
                admin.issue(&"dana".parse().unwrap(), 60, NOW).is_ok(),
                admin.add(new("dba"), NOW).is_ok(),
                admin.add(new(OPERATORS), NOW).is_ok(),
            ];
            assert_eq!(done, may, "{caller:?}");
        }
    }
}
