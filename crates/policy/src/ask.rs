//! One question, put to Cedar: the request, the answer, and whether a person could lift a no.
//!
//! An error in any rule is a no that names the rule. A no is put once more without the forbids a
//! person may lift: if it is a yes then, those forbids are a hold.

use cedar_policy::{AuthorizationError, Context, Decision, Entities, EntityUid, PolicyId, Request};

use crate::Access;
use crate::contexts::Contexts;
use crate::entities::World;
use crate::load::{Rule, Rules};
use crate::question::Question;
use crate::slice::Slice;

/// Cedar's answer to one question, by the places of the rules that determined it, sorted by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Allow {
        permits: Vec<usize>,
    },
    Deny {
        forbids: Vec<usize>,
    },
    /// A rule could not be evaluated, or the question could not be put (no rule at all).
    Fault {
        rules: Vec<usize>,
    },
    Hold {
        forbids: Vec<usize>,
        permits: Vec<usize>,
    },
}

impl Answer {
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Allow { .. } => "allow",
            Self::Deny { .. } | Self::Fault { .. } => "deny",
            Self::Hold { .. } => "hold",
        }
    }

    /// The rules that made it what it is.
    pub(crate) fn rules(&self) -> &[usize] {
        match self {
            Self::Allow { permits } => permits,
            Self::Deny { forbids } | Self::Hold { forbids, .. } => forbids,
            Self::Fault { rules } => rules,
        }
    }
}

/// Questions with the entities they are asked among.
pub(crate) struct Placed {
    /// Which world, which action, which thing: by the question's place.
    places: Vec<(usize, EntityUid, EntityUid)>,
    worlds: Vec<Entities>,
}

impl Placed {
    pub(crate) fn of<'q, 'a: 'q>(
        access: &'a Access<'_>,
        questions: impl Iterator<Item = &'q Question<'a>>,
    ) -> Option<Self> {
        let mut worlds: Vec<World<'_>> = Vec::new();
        let mut places = Vec::new();
        for question in questions {
            let found = worlds.iter().position(|world| world.fits(&question.thing));
            let index = found.unwrap_or(worlds.len());
            if index == worlds.len() {
                worlds.push(World::of(access)?);
            }
            let (action, thing) = worlds.get_mut(index)?.ask(question)?;
            places.push((index, action, thing));
        }
        let worlds = worlds.iter().map(World::entities).collect::<Option<_>>()?;
        Some(Self { places, worlds })
    }
}

/// Puts questions to Cedar.
pub(crate) struct Asker<'w, 'a> {
    pub(crate) access: &'a Access<'a>,
    pub(crate) contexts: Contexts<'a>,
    /// Whether a rule that could speak reads a fact of the moment.
    pub(crate) is_of_the_moment: bool,
    pub(crate) placed: &'w Placed,
    pub(crate) rules: &'a Rules,
}

impl<'a> Asker<'_, 'a> {
    pub(crate) fn answer(
        &mut self,
        who: &EntityUid,
        place: usize,
        question: &Question<'a>,
        is_revealed: bool,
    ) -> Answer {
        let rules = self.rules;
        let unasked = Answer::Fault { rules: Vec::new() };
        let Some(slice) = rules
            .slices
            .at(&self.access.session.target, question.action)
        else {
            return unasked;
        };
        self.is_of_the_moment |= slice.is_of_the_moment;
        let Some((world, action, thing)) = self.placed.places.get(place) else {
            return unasked;
        };
        let Some(entities) = self.placed.worlds.get(*world) else {
            return unasked;
        };
        let Some(context) = self.contexts.told(question, is_revealed) else {
            return unasked;
        };
        let ids = (who.clone(), action.clone(), thing.clone());
        ask(rules, slice, ids, context, entities).unwrap_or(unasked)
    }
}

fn ask(
    rules: &Rules,
    slice: &Slice,
    (who, action, thing): (EntityUid, EntityUid, EntityUid),
    context: Context,
    entities: &Entities,
) -> Option<Answer> {
    let request = Request::new(who, action, thing, context, None).ok()?;
    let authorizer = &rules.authorizer;
    let first = authorizer.is_authorized(&request, &slice.all, entities);
    let faults: Vec<usize> = rules.places(first.diagnostics().errors().map(culprit));
    if !faults.is_empty() {
        return Some(Answer::Fault { rules: faults });
    }
    let reasons = rules.places(first.diagnostics().reason());
    if first.decision() == Decision::Allow {
        return Some(Answer::Allow { permits: reasons });
    }
    let is_liftable = |place: &usize| rules.rule(*place).is_some_and(|r| r.notes.lift.is_some());
    let firm = slice
        .firm
        .as_ref()
        .filter(|_| !reasons.is_empty() && reasons.iter().all(is_liftable));
    let Some(firm) = firm else {
        let firm = reasons
            .iter()
            .copied()
            .filter(|place| !is_liftable(place))
            .collect();
        return Some(Answer::Deny { forbids: firm });
    };
    let second = authorizer.is_authorized(&request, firm, entities);
    let others = rules.places(second.diagnostics().reason());
    Some(match second.decision() {
        Decision::Allow => Answer::Hold {
            forbids: reasons,
            permits: others,
        },
        Decision::Deny => Answer::Deny { forbids: others },
    })
}

fn culprit(fault: &AuthorizationError) -> &PolicyId {
    match fault {
        AuthorizationError::PolicyEvaluationError(fault) => fault.policy_id(),
    }
}

impl Rules {
    /// Places of rules by Cedar's ids, sorted by the rules' own.
    fn places<'i>(&self, ids: impl Iterator<Item = &'i PolicyId>) -> Vec<usize> {
        let mut places: Vec<usize> = ids.filter_map(|id| self.by_id.get(id).copied()).collect();
        places.sort_unstable_by_key(|place| self.rule(*place).map(|rule| &rule.id));
        places
    }

    pub(crate) fn rule(&self, place: usize) -> Option<&Rule> {
        self.all.get(place)
    }
}
