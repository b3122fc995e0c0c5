//! What somebody gave an agent to do: one task, within a remit that can only narrow.
//!
//! Why apart from the identity: an agent that acts by a delegation is bound three times: by its own
//! rights, by those of whom it acts for, and by what this task was given for.
//! It judges nothing: `policy` does; who may give one is `identity`'s to say.

use serde::{Deserialize, Serialize};

use crate::{Action, PrincipalName, Subject, TargetName, Timestamp};

/// What a delegation covers. The default covers everything.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Remit {
    /// What may be done, sorted; `None` is everything.
    pub actions: Option<Vec<Action>>,
    /// Whether nothing may be changed.
    pub is_read_only: bool,
    /// Rows one statement may give back, and rows it may change.
    pub rows: Option<u64>,
    /// Where, sorted; `None` is everywhere.
    pub targets: Option<Vec<TargetName>>,
}

impl Remit {
    /// This remit inside another: what is not said is the other's. `Err` names what would be wider.
    pub fn within(self, outer: &Self) -> Result<Self, &'static str> {
        fn subset<T: PartialEq + Clone>(
            ours: Option<Vec<T>>,
            theirs: Option<&Vec<T>>,
            what: &'static str,
        ) -> Result<Option<Vec<T>>, &'static str> {
            match (ours, theirs) {
                (None, theirs) => Ok(theirs.cloned()),
                (Some(ours), Some(theirs)) if !ours.iter().all(|it| theirs.contains(it)) => {
                    Err(what)
                }
                (ours, _) => Ok(ours),
            }
        }
        let rows = match (self.rows, outer.rows) {
            (Some(ours), Some(theirs)) if ours > theirs => return Err("rows"),
            (ours, theirs) => ours.or(theirs),
        };
        Ok(Self {
            actions: subset(self.actions, outer.actions.as_ref(), "actions")?,
            is_read_only: self.is_read_only || outer.is_read_only,
            rows,
            targets: subset(self.targets, outer.targets.as_ref(), "targets")?,
        })
    }
}

/// On what a delegation rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// An identity provider's assertion that this client may act for the person (ID-JAG).
    Assertion,
    /// The person's token and the agent's, both shown (RFC 8693).
    Exchange,
    /// The person's own token: an agent of their own, started by them.
    Own,
}

impl Ground {
    /// The word of ledger and API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Assertion => "assertion",
            Self::Exchange => "exchange",
            Self::Own => "own",
        }
    }
}

/// A delegation as an identity carries it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Delegation {
    /// On what it rests.
    pub ground: Ground,
    /// What it is for, in the words of whoever gave it.
    pub purpose: Option<String>,
    /// What it covers.
    pub remit: Remit,
    /// The task's id: one for every delegation that comes of the first.
    pub task: String,
    /// The agents it came through, the last one first: each is judged too.
    pub through: Vec<Subject>,
}

/// A delegation as it is kept, with the token it was given by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelegationRecord {
    /// On what it rests.
    pub ground: Ground,
    /// The token of ours that was shown for it: once that counts no more, nor does this.
    pub parent: Option<String>,
    /// Whom the agent acts for.
    pub person: PrincipalName,
    /// What it is for.
    pub purpose: Option<String>,
    /// What it covers.
    pub remit: Remit,
    /// The task's id.
    pub task: String,
    /// The agents it came through, the last one first.
    pub through: Vec<PrincipalName>,
    /// Until when its token may be renewed.
    pub until: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remit(actions: &[&str], rows: Option<u64>, targets: &[&str]) -> Remit {
        let actions: Vec<Action> = actions
            .iter()
            .flat_map(|word| Action::named(word))
            .collect();
        let targets: Vec<TargetName> = targets.iter().map(|name| name.parse().unwrap()).collect();
        Remit {
            actions: (!actions.is_empty()).then_some(actions),
            is_read_only: false,
            rows,
            targets: (!targets.is_empty()).then_some(targets),
        }
    }

    #[test]
    fn a_remit_only_narrows() {
        let outer = remit(&["read"], Some(10), &["shop", "crm"]);
        let table = [
            (remit(&[], None, &[]), Ok(outer.clone())),
            (
                remit(&["select"], Some(3), &["crm"]),
                Ok(remit(&["select"], Some(3), &["crm"])),
            ),
            (remit(&["update"], None, &[]), Err("actions")),
            (remit(&["read", "write"], None, &[]), Err("actions")),
            (remit(&[], Some(11), &[]), Err("rows")),
            (remit(&[], None, &["shop", "hr"]), Err("targets")),
        ];
        for (asked, expected) in table {
            assert_eq!(asked.clone().within(&outer), expected, "{asked:?}");
            assert_eq!(asked.clone().within(&Remit::default()), Ok(asked));
        }
        let bound = Remit {
            is_read_only: true,
            ..Remit::default()
        };
        let still = Remit::default().within(&bound).unwrap();
        assert!(still.is_read_only, "what is not asked for is not lifted");
    }

    #[test]
    fn words_mean_actions_and_groups() {
        assert_eq!(Action::named("read"), [Action::Select, Action::CopyOut]);
        assert_eq!(Action::named("reveal"), [Action::Reveal]);
        assert_eq!(Action::named("everything"), []);
    }
}
