//! One question, put to Cedar: the request, the answer, and whether a person could lift a no.
//!
//! An error in any rule is a no that names the rule. A no is put once more without the forbids a
//! person may lift: if it is a yes then, those forbids are a hold, less those that a grant lifts.
//! A permit that people give counts only where a grant answers it.

use cedar_policy::{AuthorizationError, Context, Decision, Entities, EntityUid, PolicyId, Request};

use crate::Access;
use crate::contexts::Contexts;
use crate::entities::World;
use crate::grants::Given;
use crate::load::{Rule, Rules};
use crate::question::Question;
use crate::slice::Slice;

/// Cedar's answer to one question, by the places of the rules that determined it, sorted by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Allow {
        permits: Vec<usize>,
    },
    /// Nothing but permits that people would have to give.
    Ask {
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
            Self::Ask { .. } => "ask",
            Self::Deny { .. } | Self::Fault { .. } => "deny",
            Self::Hold { .. } => "hold",
        }
    }

    /// The rules that made it what it is.
    pub(crate) fn rules(&self) -> &[usize] {
        match self {
            Self::Allow { permits } | Self::Ask { permits } => permits,
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

impl<'w, 'a> Asker<'w, 'a> {
    pub(crate) fn new(
        rules: &'a Rules,
        access: &'a Access<'a>,
        contexts: Contexts<'a>,
        placed: &'w Placed,
    ) -> Self {
        Self {
            access,
            contexts,
            is_of_the_moment: false,
            placed,
            rules,
        }
    }

    /// The answer for `who` with what was given to it, and the places of the rules that were
    /// answered by that alone.
    pub(crate) fn answer(
        &mut self,
        (who, given): (&EntityUid, &Given<'_>),
        place: usize,
        question: &Question<'a>,
        is_revealed: bool,
    ) -> (Answer, Vec<usize>) {
        let rules = self.rules;
        let unasked = (Answer::Fault { rules: Vec::new() }, Vec::new());
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
        ask((rules, given), slice, ids, (context, entities)).unwrap_or(unasked)
    }
}

/// The answer, and the places of the rules that what was given answered.
type Told = (Answer, Vec<usize>);

fn ask(
    (rules, given): (&Rules, &Given<'_>),
    slice: &Slice,
    (who, action, thing): (EntityUid, EntityUid, EntityUid),
    (context, entities): (Context, &Entities),
) -> Option<Told> {
    let request = Request::new(who, action, thing, context, None).ok()?;
    let authorizer = &rules.authorizer;
    let first = authorizer.is_authorized(&request, &slice.all, entities);
    let faults: Vec<usize> = rules.places(first.diagnostics().errors().map(culprit));
    if !faults.is_empty() {
        return Some((Answer::Fault { rules: faults }, Vec::new()));
    }
    let reasons = rules.places(first.diagnostics().reason());
    if first.decision() == Decision::Allow {
        return Some(counted(rules, given, reasons));
    }
    let is_liftable = |place: &usize| rules.rule(*place).is_some_and(Rule::is_liftable);
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
        return Some((Answer::Deny { forbids: firm }, Vec::new()));
    };
    let second = authorizer.is_authorized(&request, firm, entities);
    let others = rules.places(second.diagnostics().reason());
    if second.decision() == Decision::Deny {
        return Some((Answer::Deny { forbids: others }, Vec::new()));
    }
    let (answer, mut by) = counted(rules, given, others);
    let Answer::Allow { permits } = answer else {
        return Some((answer, by));
    };
    let is_lifted = |place: &usize| rules.rule(*place).is_some_and(|rule| given.answers(rule));
    let (lifted, forbids): (Vec<_>, Vec<_>) = reasons.into_iter().partition(is_lifted);
    by.extend(lifted);
    let answer = if forbids.is_empty() {
        Answer::Allow { permits }
    } else {
        Answer::Hold { forbids, permits }
    };
    Some((answer, by))
}

/// A yes by the permits that count. Those that people give are looked at only where there is no
/// other: nobody needs what was given to do what is permitted anyway.
fn counted(rules: &Rules, given: &Given<'_>, permits: Vec<usize>) -> Told {
    let is_given = |place: &usize| rules.rule(*place).is_some_and(Rule::is_given);
    if permits.iter().any(|place| !is_given(place)) {
        let permits = permits.into_iter().filter(|place| !is_given(place));
        let permits = permits.collect();
        return (Answer::Allow { permits }, Vec::new());
    }
    let is_answered = |place: &usize| rules.rule(*place).is_some_and(|rule| given.answers(rule));
    let answered: Vec<usize> = permits.iter().copied().filter(is_answered).collect();
    if answered.is_empty() {
        return (Answer::Ask { permits }, Vec::new());
    }
    let by = answered.clone();
    (Answer::Allow { permits: answered }, by)
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
