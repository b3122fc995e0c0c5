//! What the answers amount to: one verdict.
//!
//! Per subject and question Cedar answers Allow or Deny, naming the rules that determined it:
//!
//! - an error in any rule is a no that names the rule;
//! - a no is put once more without the forbids a person may lift: if it is a yes then, those
//!   forbids are a hold, and all their reviewers are needed;
//! - over all questions and subjects no beats hold beats yes, holds are united, obligations are
//!   those of every permit that determined a yes, the strictest of each, and a column is revealed
//!   only to an identity whose every subject may see it.

use cedar_policy::{
    AuthorizationError, Authorizer, Context, Decision, Entities, EntityUid, PolicyId, Request,
};
use model::{Action, ColumnRef, Hold, Subject};

use crate::annotation::Notes;
use crate::facts::{Contexts, World, name_of, principal};
use crate::load::{Rule, Rules};
use crate::question::{Extra, PartFacts, Question, Thing, classified, questions};
use crate::slice::Slice;
use crate::{Access, Finding, Judgement, Obligations, Verdict, words};

/// Cedar's answer to one question, by the places of the rules that determined it, sorted by id.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
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
    fn word(&self) -> &'static str {
        match self {
            Self::Allow { .. } => "allow",
            Self::Deny { .. } | Self::Fault { .. } => "deny",
            Self::Hold { .. } => "hold",
        }
    }

    /// The rules that made it what it is.
    fn rules(&self) -> &[usize] {
        match self {
            Self::Allow { permits } => permits,
            Self::Deny { forbids } | Self::Hold { forbids, .. } => forbids,
            Self::Fault { rules } => rules,
        }
    }
}

/// Judges; `tell` hears of every question, and pays for words only if it wants them.
pub(crate) fn judge(
    rules: &Rules,
    access: &Access<'_>,
    tell: &mut dyn FnMut(&dyn Fn() -> Finding),
) -> Judgement {
    let columns = classified(access);
    let reveals: Vec<Question<'_>> = columns.iter().map(|column| reveal(column)).collect();
    let questions = questions(access);
    let Some(placed) = Placed::of(access, reveals.iter().chain(&questions)) else {
        return impossible();
    };
    let mut contexts = Contexts::of(access);
    let mut fold = Fold {
        is_cacheable: true,
        rules,
        ..Fold::of(rules)
    };
    let mut shown: Vec<bool> = vec![true; columns.len()];
    for subject in access.session.identity.subjects() {
        let Some(who) = principal(subject) else {
            return impossible();
        };
        let mut asker = Asker {
            access,
            contexts: &mut contexts,
            fold: &mut fold,
            placed: &placed,
        };
        let mut revealed: Vec<&ColumnRef> = Vec::new();
        for (place, question) in reveals.iter().enumerate() {
            let answer = asker.answer(&who, place, question, false);
            tell(&|| finding(rules, access, subject, question, &answer));
            if let (Answer::Allow { permits }, Thing::Column(column)) = (&answer, &question.thing) {
                revealed.push(column);
                asker.fold.bind(permits);
            } else if let Some(shown) = shown.get_mut(place) {
                *shown = false;
            }
        }
        for (place, question) in questions.iter().enumerate() {
            let is_revealed =
                matches!(question.thing, Thing::Column(column) if revealed.contains(&column));
            let answer = asker.answer(&who, reveals.len() + place, question, is_revealed);
            tell(&|| finding(rules, access, subject, question, &answer));
            asker.fold.add(access, subject, question, &answer);
        }
    }
    fold.obligations.revealed = columns
        .iter()
        .zip(shown)
        .filter(|(_, shown)| *shown)
        .map(|(c, _)| (*c).clone())
        .collect();
    fold.judgement()
}

fn reveal<'a>(column: &'a ColumnRef) -> Question<'a> {
    let part = PartFacts {
        has_where: false,
        is_bounded: true,
        kind: "",
    };
    Question {
        action: Action::Reveal,
        extra: Extra::None,
        part,
        thing: Thing::Column(column),
    }
}

/// Nothing could be asked: no.
fn impossible() -> Judgement {
    let message = "policy could not be asked about this, so the answer is no".to_owned();
    let verdict = Verdict::Deny {
        advice: None,
        message,
    };
    Judgement {
        is_cacheable: false,
        rules: Vec::new(),
        verdict,
    }
}

/// Questions with the entities they are asked among.
struct Placed {
    /// Which world, which action, which thing: by the question's place.
    places: Vec<(usize, EntityUid, EntityUid)>,
    worlds: Vec<Entities>,
}

impl Placed {
    fn of<'q, 'a: 'q>(
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
struct Asker<'w, 'a> {
    access: &'a Access<'a>,
    contexts: &'w mut Contexts<'a>,
    fold: &'w mut Fold<'a>,
    placed: &'w Placed,
}

impl<'a> Asker<'_, 'a> {
    fn answer(
        &mut self,
        who: &EntityUid,
        place: usize,
        question: &Question<'a>,
        is_revealed: bool,
    ) -> Answer {
        let rules = self.fold.rules;
        let unasked = Answer::Fault { rules: Vec::new() };
        let Some(slice) = rules
            .slices
            .at(&self.access.session.target, question.action)
        else {
            return unasked;
        };
        self.fold.is_cacheable &= !slice.is_of_the_moment;
        let Some((world, action, thing)) = self.placed.places.get(place) else {
            return unasked;
        };
        let Some(entities) = self.placed.worlds.get(*world) else {
            return unasked;
        };
        let Some(context) = self.contexts.context(question, is_revealed) else {
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
    let authorizer: &Authorizer = &rules.authorizer;
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

    fn rule(&self, place: usize) -> Option<&Rule> {
        self.rules.get(place)
    }
}

/// The verdict as it grows.
struct Fold<'a> {
    allowed_by: Vec<usize>,
    denied_by: Vec<usize>,
    denial: Option<(String, Option<String>)>,
    held_by: Vec<usize>,
    holds: Vec<Hold>,
    hold_message: Option<String>,
    is_cacheable: bool,
    obligations: Obligations,
    rules: &'a Rules,
}

impl<'a> Fold<'a> {
    fn of(rules: &'a Rules) -> Self {
        Self {
            allowed_by: Vec::new(),
            denied_by: Vec::new(),
            denial: None,
            held_by: Vec::new(),
            holds: Vec::new(),
            hold_message: None,
            is_cacheable: true,
            obligations: Obligations::default(),
            rules,
        }
    }

    fn add(&mut self, access: &Access<'_>, who: &Subject, asked: &Question<'_>, answer: &Answer) {
        match answer {
            Answer::Allow { permits } => {
                self.allowed_by.extend(permits);
                self.bind(permits);
            }
            Answer::Deny { forbids } | Answer::Fault { rules: forbids } => {
                self.denied_by.extend(forbids);
                let rules = self.rules;
                let denial = || denial(rules, access, who, asked, answer);
                self.denial.get_or_insert_with(denial);
            }
            Answer::Hold { forbids, permits } => {
                self.held_by.extend(forbids);
                self.bind(permits);
                for rule in forbids.iter().filter_map(|place| self.rules.rule(*place)) {
                    self.holds.extend(hold(rule));
                    self.hold_message.get_or_insert_with(|| sense(rule));
                }
            }
        }
    }

    /// Takes on the obligations of these permits.
    fn bind(&mut self, permits: &[usize]) {
        for rule in permits.iter().filter_map(|place| self.rules.rule(*place)) {
            self.obligations.tighten(&rule.notes.obligations);
        }
    }

    fn judgement(self) -> Judgement {
        let ids = |places: &[usize]| -> Vec<String> {
            let rules = places.iter().filter_map(|place| self.rules.rule(*place));
            let mut ids: Vec<String> = rules.map(|rule| rule.id.clone()).collect();
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        let (rules, verdict) = if let Some((message, advice)) = self.denial {
            (ids(&self.denied_by), Verdict::Deny { advice, message })
        } else if self.held_by.is_empty() {
            (ids(&self.allowed_by), Verdict::Allow(self.obligations))
        } else {
            let mut holds = self.holds;
            holds.sort_unstable_by(|a, b| a.rule.cmp(&b.rule));
            holds.dedup();
            let message = self.hold_message.unwrap_or_default();
            (
                ids(&self.held_by),
                Verdict::Hold {
                    holds,
                    message,
                    obligations: self.obligations,
                },
            )
        };
        Judgement {
            is_cacheable: self.is_cacheable,
            rules,
            verdict,
        }
    }
}

impl Obligations {
    /// The strictest of both, `revealed` apart.
    fn tighten(&mut self, other: &Self) {
        fn least<T: Ord>(ours: Option<T>, theirs: Option<T>) -> Option<T> {
            ours.into_iter().chain(theirs).min()
        }
        self.limit_changes = least(self.limit_changes, other.limit_changes);
        self.limit_rows = least(self.limit_rows, other.limit_rows);
        self.timeout_s = least(self.timeout_s, other.timeout_s);
        self.is_read_only |= other.is_read_only;
        self.transforms.extend(other.transforms.iter().cloned());
        self.transforms.sort_unstable();
        self.transforms.dedup();
    }
}

fn hold(rule: &Rule) -> Option<Hold> {
    let lift = rule.notes.lift.as_ref()?;
    Some(Hold {
        group: lift.group.clone(),
        quorum: lift.quorum,
        rule: rule.id.clone(),
        wait_s: lift.wait_s,
    })
}

/// A rule's sentence.
fn sense(rule: &Rule) -> String {
    rule.notes
        .message
        .clone()
        .unwrap_or_else(|| format!("rule {} says no", rule.id))
}

/// The sentence and the advice of a no.
fn denial(
    rules: &Rules,
    access: &Access<'_>,
    who: &Subject,
    asked: &Question<'_>,
    answer: &Answer,
) -> (String, Option<String>) {
    let first = answer.rules().first().and_then(|place| rules.rule(*place));
    let target = &access.session.target;
    match (answer, first) {
        (Answer::Fault { .. }, Some(rule)) => (
            format!(
                "rule {} could not be evaluated, so the answer is no",
                rule.id
            ),
            None,
        ),
        (Answer::Fault { .. }, None) => (
            "policy could not be asked about this, so the answer is no".to_owned(),
            None,
        ),
        (
            _,
            Some(
                rule @ Rule {
                    notes: Notes { advice, .. },
                    ..
                },
            ),
        ) => (sense(rule), advice.clone()),
        (_, None) => {
            let (name, action) = (&who.name, words::action(asked.action));
            let thing = name_of(target, &asked.thing);
            let advice =
                "`portcullis ls` shows what you may reach, `portcullis request` asks for more.";
            (
                format!("nothing permits {name} to {action} {thing}"),
                Some(advice.to_owned()),
            )
        }
    }
}

fn finding(
    rules: &Rules,
    access: &Access<'_>,
    who: &Subject,
    asked: &Question<'_>,
    answer: &Answer,
) -> Finding {
    let (kind, name) = (who.kind.as_str(), &who.name);
    let (action, thing) = (
        words::action(asked.action),
        name_of(&access.session.target, &asked.thing),
    );
    let detail = match &asked.extra {
        Extra::Control(word) => format!(" ({word})"),
        Extra::Filter(form) => format!(" ({})", words::form(*form)),
        Extra::Gap(kind) => format!(" ({kind})"),
        Extra::None => String::new(),
        Extra::Setting { value, .. } => value
            .as_ref()
            .map(|value| format!(" = {value:?}"))
            .unwrap_or_default(),
    };
    let ids = answer.rules().iter().filter_map(|place| rules.rule(*place));
    Finding {
        answer: answer.word(),
        question: format!("{kind} {name}: {action} {thing}{detail}"),
        rules: ids.map(|rule| rule.id.clone()).collect(),
    }
}
