//! Which rules can speak at all, by action and target, sorted out once at load.
//!
//! Why: Cedar looks at every policy it is given, so the cost of a question is the length of the
//! list. A rule's scope names actions, a target or an environment: where those cannot be, it stays
//! out. A rule without such a scope is in every slice: leaving out is never a guess.

use std::sync::Arc;

use cedar_policy::{ActionConstraint, Policy, PolicySet, ResourceConstraint};
use model::{Action, TargetFacts};
use rustc_hash::FxHashMap;

use crate::load::Rule;

/// The rules one question is put to.
#[derive(Debug, Default)]
pub(crate) struct Slice {
    /// All of them.
    pub(crate) all: PolicySet,
    /// Without the forbids a person may lift; `None` where there are none.
    pub(crate) firm: Option<PolicySet>,
    /// Whether one of them reads a fact of the moment.
    pub(crate) is_of_the_moment: bool,
}

/// Slices by target and action.
#[derive(Debug, Default)]
pub(crate) struct Slices {
    /// For a target nobody told us of: by action alone.
    any: FxHashMap<Action, Arc<Slice>>,
    by_target: FxHashMap<String, FxHashMap<Action, Arc<Slice>>>,
}

impl Slices {
    /// Sorts the rules out.
    pub(crate) fn of(rules: &[Rule], targets: &[TargetFacts]) -> Self {
        let mut known = Known::default();
        let mut cut = |target: Option<&TargetFacts>| -> FxHashMap<Action, Arc<Slice>> {
            let slice = |action: &Action| {
                let speaks = |rule: &&Rule| {
                    may_act(&rule.policy, *action)
                        && target.is_none_or(|target| may_be_at(&rule.policy, target))
                };
                (*action, known.slice(rules.iter().filter(speaks)))
            };
            Action::ALL.iter().map(slice).collect()
        };
        let any = cut(None);
        let by_target = targets
            .iter()
            .map(|target| (key(target), cut(Some(target))))
            .collect();
        Self { any, by_target }
    }

    /// The slice for a question at a target.
    pub(crate) fn at(&self, target: &TargetFacts, action: Action) -> Option<&Slice> {
        let slices = self.by_target.get(&key(target)).unwrap_or(&self.any);
        slices.get(&action).map(|slice| &**slice)
    }
}

/// A target by what slicing looked at: another environment under the same name is another key.
fn key(target: &TargetFacts) -> String {
    format!("{}/{}", target.name, target.environment)
}

/// Slices made so far, by the places of their rules: many actions share one.
#[derive(Default)]
struct Known(FxHashMap<Vec<usize>, Arc<Slice>>);

impl Known {
    fn slice<'a>(&mut self, rules: impl Iterator<Item = &'a Rule>) -> Arc<Slice> {
        let rules: Vec<&Rule> = rules.collect();
        let places: Vec<usize> = rules.iter().map(|rule| rule.place).collect();
        let made = || {
            let is_held = rules.iter().any(|rule| rule.is_liftable());
            let firm = || set(rules.iter().filter(|rule| !rule.is_liftable()));
            Arc::new(Slice {
                all: set(rules.iter()),
                firm: is_held.then(firm),
                is_of_the_moment: rules.iter().any(|rule| rule.is_of_the_moment),
            })
        };
        self.0.entry(places).or_insert_with(made).clone()
    }
}

/// INVARIANT: ids are unique, `load` saw to it, so nothing is lost here.
fn set<'a>(rules: impl Iterator<Item = &'a &'a Rule>) -> PolicySet {
    let policies = rules.map(|rule| rule.policy.clone());
    PolicySet::from_policies(policies).unwrap_or_default()
}

pub(crate) fn may_act(policy: &Policy, action: Action) -> bool {
    let word = action.as_str();
    let means = |uid: &cedar_policy::EntityUid| {
        let id = uid.id().unescaped();
        id == word || action.group() == Some(id)
    };
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(uid) => uid.id().unescaped() == word,
        ActionConstraint::In(uids) => uids.iter().any(means),
    }
}

pub(crate) fn may_be_at(policy: &Policy, target: &TargetFacts) -> bool {
    match policy.resource_constraint() {
        ResourceConstraint::Any | ResourceConstraint::Is(_) => true,
        ResourceConstraint::Eq(uid)
        | ResourceConstraint::In(uid)
        | ResourceConstraint::IsIn(_, uid) => {
            let id = uid.id().unescaped();
            match uid.type_name().basename() {
                "Target" => id == target.name.as_str(),
                "Environment" => id == target.environment,
                // Everything else inside a target has the target's name and a slash before it.
                _ => id
                    .split_once('/')
                    .is_none_or(|(name, _)| name == target.name.as_str()),
            }
        }
    }
}
