//! What the answers amount to: one verdict.
//!
//! Over all questions and subjects no beats hold beats yes; holds are united; obligations are those
//! of every permit that determined a yes, the strictest of each; and a column is revealed only to
//! an identity whose every subject may see it.

use model::{Action, Class, ColumnRef, Hold, PrincipalKind, ReviewId, Subject, Transform};

use crate::annotation::Notes;
use crate::ask::{Answer, Asker, Placed};
use crate::contexts::Contexts;
use crate::entities::{name_of, principal};
use crate::finding::{finding, uncovered};
use crate::grants::{Given, Ground, grounds_of};
use crate::load::{Rule, Rules};
use crate::question::{Extra, PartFacts, Question, Thing, classified, questions};
use crate::{Access, Finding, Judgement, Obligations, Verdict, remit};

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
    let mut asker = Asker::new(rules, access, Contexts::of(access), &placed);
    let mut fold = Fold::of(rules);
    fold.delegated(access, &questions, tell);
    let mut shown: Vec<bool> = vec![remit::reveals(access); columns.len()];
    // What a column is shown on, if every subject may see it.
    let mut grounds: Vec<Vec<Ground>> = vec![Vec::new(); columns.len()];
    for subject in access.session.identity.subjects() {
        let Some(who) = principal(subject) else {
            return impossible();
        };
        let mut revealed: Vec<&ColumnRef> = Vec::new();
        let each = reveals.iter().zip(&mut shown).zip(&mut grounds);
        for (place, ((question, shown), grounds)) in each.enumerate() {
            let given = Given::of(access, subject, question);
            let (answer, by) = asker.answer((&who, &given), place, question, false);
            grounds.extend(grounds_of(rules, &given, &by));
            tell(&|| finding(rules, access, subject, question, &answer));
            if let (Answer::Allow { permits }, Thing::Column(column)) = (&answer, &question.thing) {
                revealed.push(column);
                fold.bind(permits);
            } else {
                *shown = false;
            }
        }
        for (place, question) in questions.iter().enumerate() {
            let is_revealed =
                matches!(question.thing, Thing::Column(column) if revealed.contains(&column));
            let (given, place) = (Given::of(access, subject, question), reveals.len() + place);
            let (answer, by) = asker.answer((&who, &given), place, question, is_revealed);
            fold.rest_on(grounds_of(rules, &given, &by).collect());
            tell(&|| finding(rules, access, subject, question, &answer));
            fold.add(access, subject, question, &answer);
        }
    }
    for ((column, shown), grounds) in columns.iter().zip(shown).zip(grounds) {
        if shown {
            fold.obligations.revealed.push((*column).clone());
            fold.rest_on(grounds);
        }
    }
    fold.judgement(!asker.is_of_the_moment)
}

pub(crate) fn reveal(column: &ColumnRef) -> Question<'_> {
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
        grants: Vec::new(),
        is_cacheable: false,
        rules: Vec::new(),
        verdict,
    }
}

/// The verdict as it grows.
struct Fold<'a> {
    /// Those asked afterwards instead, as long as every hold has a permit that says so.
    afterwards: Option<Vec<Hold>>,
    allowed_by: Vec<usize>,
    /// What the delegation does not cover, by its ids.
    uncovered: Vec<&'static str>,
    denied_by: Vec<usize>,
    denial: Option<(String, Option<String>)>,
    grants: Vec<ReviewId>,
    held_by: Vec<usize>,
    holds: Vec<Hold>,
    hold_message: Option<String>,
    obligations: Obligations,
    rules: &'a Rules,
}

impl<'a> Fold<'a> {
    fn of(rules: &'a Rules) -> Self {
        Self {
            afterwards: Some(Vec::new()),
            allowed_by: Vec::new(),
            uncovered: Vec::new(),
            denied_by: Vec::new(),
            denial: None,
            grants: Vec::new(),
            held_by: Vec::new(),
            holds: Vec::new(),
            hold_message: None,
            obligations: Obligations::default(),
            rules,
        }
    }

    /// Binds to the remit of the identity's delegation, if it acts by one.
    fn delegated(
        &mut self,
        access: &Access<'_>,
        questions: &[Question<'_>],
        tell: &mut dyn FnMut(&dyn Fn() -> Finding),
    ) {
        let Some(delegation) = access.session.identity.delegation.as_deref() else {
            return;
        };
        let remit = &delegation.remit;
        self.obligations.tighten(&Obligations {
            is_read_only: remit.is_read_only,
            limit_changes: remit.rows,
            limit_rows: remit.rows,
            ..Obligations::default()
        });
        for question in questions {
            let Some(no) = remit::uncovered(access, question) else {
                continue;
            };
            tell(&|| uncovered(access, &delegation.task, question, no.id));
            self.uncovered.push(no.id);
            self.denial.get_or_insert((no.message, Some(no.advice)));
        }
    }

    /// Remembers the grants that answered rules, and that those spoke.
    fn rest_on(&mut self, grounds: Vec<Ground>) {
        for (grant, rule) in grounds {
            self.grants.push(grant);
            self.allowed_by.push(rule);
        }
    }

    fn add(&mut self, access: &Access<'_>, who: &Subject, asked: &Question<'_>, answer: &Answer) {
        match answer {
            Answer::Allow { permits } => {
                self.allowed_by.extend(permits);
                self.bind(permits);
            }
            Answer::Ask { .. } | Answer::Deny { .. } | Answer::Fault { .. } => {
                if !matches!(answer, Answer::Ask { .. }) {
                    self.denied_by.extend(answer.rules());
                }
                let rules = self.rules;
                let denial = || denial(rules, access, who, asked, answer);
                self.denial.get_or_insert_with(denial);
            }
            Answer::Hold { forbids, permits } => {
                self.held_by.extend(forbids);
                self.bind(permits);
                self.lift_afterwards(access, who, permits);
                for rule in forbids.iter().filter_map(|place| self.rules.rule(*place)) {
                    self.holds.extend(hold(rule));
                    self.hold_message.get_or_insert_with(|| sense(rule));
                }
            }
        }
    }

    /// Of what is held for this subject: whether one of its permits lets it pass at once, to be
    /// reviewed afterwards. People alone may, for statements alone, and none of them by an agent.
    fn lift_afterwards(&mut self, access: &Access<'_>, who: &Subject, permits: &[usize]) {
        let rules = permits.iter().filter_map(|place| self.rules.rule(*place));
        let asked: Vec<Hold> = rules.filter_map(afterwards).collect();
        let is_open = who.kind == PrincipalKind::Person && !access.effects.is_empty();
        if asked.is_empty() || !is_open {
            self.afterwards = None;
        } else if let Some(all) = &mut self.afterwards {
            all.extend(asked);
        }
    }

    /// Takes on the obligations of these permits.
    fn bind(&mut self, permits: &[usize]) {
        for rule in permits.iter().filter_map(|place| self.rules.rule(*place)) {
            self.obligations.tighten(&rule.notes.obligations);
        }
    }

    fn judgement(mut self, is_cacheable: bool) -> Judgement {
        let mut grants = std::mem::take(&mut self.grants);
        grants.sort_unstable();
        grants.dedup();
        let ids = |places: &[usize]| -> Vec<String> {
            let rules = places.iter().filter_map(|place| self.rules.rule(*place));
            let mut ids: Vec<String> = rules.map(|rule| rule.id.clone()).collect();
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        let (rules, verdict) = if let Some((message, advice)) = self.denial {
            let mut rules = ids(&self.denied_by);
            rules.extend(self.uncovered.iter().map(|id| (*id).to_owned()));
            rules.sort_unstable();
            rules.dedup();
            (rules, Verdict::Deny { advice, message })
        } else if self.held_by.is_empty() {
            (ids(&self.allowed_by), Verdict::Allow(self.obligations))
        } else if let Some(mut asked) = self.afterwards {
            asked.sort_unstable_by(|a, b| a.rule.cmp(&b.rule));
            asked.dedup();
            let mut rules = ids(&self.held_by);
            rules.extend(asked.iter().map(|hold| hold.rule.clone()));
            rules.sort_unstable();
            rules.dedup();
            let obligations = Obligations {
                review_after: asked,
                ..self.obligations
            };
            (rules, Verdict::Allow(obligations))
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
            grants,
            is_cacheable,
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
        self.limit_bytes = least(self.limit_bytes, other.limit_bytes);
        self.limit_changes = least(self.limit_changes, other.limit_changes);
        self.limit_rows = least(self.limit_rows, other.limit_rows);
        self.timeout_s = least(self.timeout_s, other.timeout_s);
        self.is_read_only |= other.is_read_only;
        self.mask(&other.transforms);
    }

    /// Takes on these transforms: the strictest for each class.
    pub(crate) fn mask(&mut self, transforms: &[(Class, Transform)]) {
        for (class, transform) in transforms {
            match self
                .transforms
                .binary_search_by_key(class, |(known, _)| *known)
            {
                Ok(place) => {
                    if let Some((_, known)) = self.transforms.get_mut(place) {
                        *known = (*known).max(*transform);
                    }
                }
                Err(place) => self.transforms.insert(place, (*class, *transform)),
            }
        }
    }
}

pub(crate) fn hold(rule: &Rule) -> Option<Hold> {
    let lift = rule.notes.lift.as_ref()?;
    Some(Hold {
        group: lift.group.clone(),
        quorum: lift.quorum,
        rule: rule.id.clone(),
        wait_s: lift.wait_s,
    })
}

/// Who is asked afterwards of what this permit let pass.
fn afterwards(rule: &Rule) -> Option<Hold> {
    Some(Hold {
        group: rule.notes.after.clone()?,
        quorum: 1,
        rule: rule.id.clone(),
        wait_s: None,
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
pub(crate) fn denial(
    rules: &Rules,
    access: &Access<'_>,
    who: &Subject,
    asked: &Question<'_>,
    answer: &Answer,
) -> (String, Option<String>) {
    let first = answer.rules().first().and_then(|place| rules.rule(*place));
    // What nobody gave says nothing.
    let first = first.filter(|rule| !rule.is_given());
    let target = &access.session.target;
    match (answer, first) {
        (Answer::Fault { .. }, Some(rule)) => (
            format!(
                "rule {} could not be evaluated, so the answer is no",
                rule.id
            ),
            None,
        ),
        (Answer::Ask { .. }, _) if asked.action == Action::Connect => {
            let (name, action) = (&who.name, asked.action.as_str());
            let thing = name_of(target, &asked.thing);
            let place = &target.name;
            let advice =
                format!("It can be asked for: portcullis request {place} --for 1h --reason '…'");
            (
                format!("nothing permits {name} to {action} {thing}"),
                Some(advice),
            )
        }
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
            let (name, action) = (&who.name, asked.action.as_str());
            let thing = name_of(target, &asked.thing);
            let advice =
                "`portcullis ls` shows what you may reach; the targets' groups let people in.";
            (
                format!("nothing permits {name} to {action} {thing}"),
                Some(advice.to_owned()),
            )
        }
    }
}
