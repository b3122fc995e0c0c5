//! What is allowed and probably not meant: rules that cannot be heard, targets nobody can reach.
//!
//! Static, over scopes and Cedar's JSON form of conditions, and cautious: a hint is given only
//! where it is certain. A hint stops nothing; what is certainly wrong is [`BadPolicy`].

use cedar_policy::{ActionConstraint, Effect, Policy, PrincipalConstraint, ResourceConstraint};
use model::{Action, GroupName, TargetFacts};
use serde_json::Value;

use crate::BadPolicy;
use crate::load::{Rule, Rules};
use crate::slice::{may_act, may_be_at};

impl Rules {
    /// What is probably not meant. `members` are the groups somebody is in, where that is known.
    pub fn hints(&self, targets: &[TargetFacts], members: Option<&[GroupName]>) -> Vec<BadPolicy> {
        let mut hints: Vec<BadPolicy> = self.unheard().collect();
        hints.extend(targets.iter().filter_map(|target| self.closed(target)));
        if let Some(members) = members {
            hints.extend(self.nobody_answers(members));
        }
        hints.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        hints
    }

    /// Rules that another one leaves nothing to say.
    fn unheard(&self) -> impl Iterator<Item = BadPolicy> {
        let before = |rule: &&Rule, other: &&Rule| {
            // Of two that say the same the later one is told.
            other.place != rule.place && (!covers(rule, other) || other.place < rule.place)
        };
        let given = self.all.iter().filter(|rule| rule.file >= self.first_given);
        given.filter_map(move |rule| {
            let other = self
                .all
                .iter()
                .find(|other| before(&rule, other) && covers(other, rule))?;
            let verb = match rule.policy.effect() {
                Effect::Forbid => "forbids",
                Effect::Permit => "permits",
            };
            let place = format!("{} ({}:{})", other.id, other.file_name, other.line);
            let message = format!("never heard: {place} {verb} all that it does");
            Some(at(rule, &message))
        })
    }

    /// A target nobody can be let in to, or read in.
    fn closed(&self, target: &TargetFacts) -> Option<BadPolicy> {
        let named = |word: &str| format!("nobody can {word} target {}", target.name);
        for (action, word) in [(Action::Connect, "connect to"), (Action::Select, "read in")] {
            let here = || {
                let speaks =
                    |rule: &&Rule| may_act(&rule.policy, action) && may_be_at(&rule.policy, target);
                self.all.iter().filter(speaks)
            };
            let is_permit =
                |rule: &Rule| rule.policy.effect() == Effect::Permit && !rule.is_given();
            if !here().any(is_permit) {
                let advice = "no rule permits it: give it groups in the configuration, or a permit";
                return Some(BadPolicy {
                    file: "policies".to_owned(),
                    line: 1,
                    message: format!("{}: {advice}", named(word)),
                });
            }
            let forbids = here().find(|rule| {
                let is_any = matches!(rule.policy.principal_constraint(), PrincipalConstraint::Any);
                rule.policy.effect() == Effect::Forbid
                    && is_any
                    && has_no_condition(rule)
                    && is_whole(&rule.policy, target)
            });
            if let Some(rule) = forbids {
                return Some(at(
                    rule,
                    &format!("{}: this forbids it to all", named(word)),
                ));
            }
        }
        None
    }

    /// Holds that nobody could answer.
    fn nobody_answers(&self, members: &[GroupName]) -> impl Iterator<Item = BadPolicy> {
        self.all.iter().filter_map(|rule| {
            let group = &rule.notes.lift.as_ref()?.group;
            (!members.contains(group)).then(|| {
                let message = format!(
                    "nobody is in the group {group}: what this holds waits until it is refused"
                );
                at(rule, &message)
            })
        })
    }
}

fn at(rule: &Rule, message: &str) -> BadPolicy {
    BadPolicy {
        file: rule.file_name.to_string(),
        line: rule.line,
        message: format!("{}: {message}", rule.id),
    }
}

fn conditions(rule: &Rule) -> Value {
    let json = rule.policy.to_json().unwrap_or_default();
    json.get("conditions").cloned().unwrap_or_default()
}

fn has_no_condition(rule: &Rule) -> bool {
    conditions(rule).as_array().is_some_and(Vec::is_empty)
}

/// Whether `one` says all that `other` says, whenever it says it.
fn covers(one: &Rule, other: &Rule) -> bool {
    // What people would have to give first hides nothing.
    if one.is_given() {
        return false;
    }
    let (a, b) = (&one.policy, &other.policy);
    // A hold may be lifted, so it hides no firm rule, nor another group's hold.
    let binds_alike = one.notes.lift.is_none() || one.notes.lift == other.notes.lift;
    let says_alike = match b.effect() {
        Effect::Forbid => binds_alike,
        // A permit's obligations apply together with every other's.
        Effect::Permit => one.notes.obligations == other.notes.obligations,
    };
    a.effect() == b.effect()
        && says_alike
        && principals(a, b)
        && actions(a, b)
        && resources(a, b)
        && (has_no_condition(one) || conditions(one) == conditions(other))
}

fn principals(one: &Policy, other: &Policy) -> bool {
    match (one.principal_constraint(), other.principal_constraint()) {
        (PrincipalConstraint::Any, _) => true,
        (PrincipalConstraint::Is(a), PrincipalConstraint::IsIn(b, _)) => a == b,
        (a, b) => a == b,
    }
}

fn actions(one: &Policy, other: &Policy) -> bool {
    matches!(one.action_constraint(), ActionConstraint::Any)
        || Action::ALL
            .iter()
            .all(|action| may_act(one, *action) || !may_act(other, *action))
}

fn resources(one: &Policy, other: &Policy) -> bool {
    match (one.resource_constraint(), other.resource_constraint()) {
        (ResourceConstraint::Any, _) => true,
        (ResourceConstraint::Is(a), ResourceConstraint::IsIn(b, _)) => a == b,
        (ResourceConstraint::In(a), ResourceConstraint::IsIn(_, b)) => a == b,
        (a, b) => a == b,
    }
}

/// Whether a rule's scope is a whole target.
fn is_whole(policy: &Policy, target: &TargetFacts) -> bool {
    match policy.resource_constraint() {
        ResourceConstraint::Any => true,
        ResourceConstraint::In(uid) => {
            let id = uid.id().unescaped();
            match uid.type_name().basename() {
                "Target" => id == target.name.as_str(),
                "Environment" => id == target.environment,
                _ => false,
            }
        }
        ResourceConstraint::Eq(_) | ResourceConstraint::Is(_) | ResourceConstraint::IsIn(..) => {
            false
        }
    }
}
