//! Grants in a judgement: which rules they answer, and what may be asked for.
//!
//! A grant is never a reason of its own. It makes a permit count that counts only when given
//! (`@grant` on a permit), or lifts a no that people may lift ahead of time (`@hold` and `@grant`
//! on a forbid): by the id of the rule its reviewers were asked for, by as many people, for no
//! longer than the rule says *now*. A firm forbid is beyond it.
//!
//! It binds to one subject: what was given to a person is not her agent's, and what was given to
//! an agent is nothing where the one it acts for may not.

use std::collections::BTreeSet;

use cedar_policy::Effect;
use model::{Action, Grant, GroupName, Hold, PrincipalName, ReviewId, Scope, Subject};

use crate::ask::{Answer, Asker, Placed};
use crate::contexts::Contexts;
use crate::entities::principal;
use crate::fold::{denial, hold, reveal};
use crate::load::{Rule, Rules};
use crate::question::{Question, Thing, questions};
use crate::{Access, remit};

impl Rule {
    /// Whether it is a no that people may lift.
    pub(crate) fn is_liftable(&self) -> bool {
        self.notes.lift.is_some() && self.policy.effect() == Effect::Forbid
    }

    /// Whether it is a yes that counts only for whom people gave it, for a time.
    pub(crate) fn is_given(&self) -> bool {
        self.notes.lift.is_some() && self.policy.effect() == Effect::Permit
    }
}

/// The grants that speak for one subject in one question.
#[derive(Default)]
pub(crate) struct Given<'a> {
    grants: Vec<&'a Grant>,
    now: model::Timestamp,
    /// Whether every rule that may be answered ahead is taken for answered: what could be asked?
    supposes: bool,
}

impl<'a> Given<'a> {
    /// Those of `access` that reach this far.
    pub(crate) fn of(access: &'a Access<'_>, who: &Subject, question: &Question<'_>) -> Self {
        let speaks = |grant: &&Grant| {
            grant.is_in_force(access.now)
                && is_of(grant, access, who)
                && reaches(&grant.ahead.scope, question)
        };
        Self {
            grants: access.grants.iter().filter(speaks).collect(),
            now: access.now,
            supposes: false,
        }
    }

    fn supposed(now: model::Timestamp) -> Self {
        Self {
            grants: Vec::new(),
            now,
            supposes: true,
        }
    }

    /// Whether this rule's people have said yes.
    pub(crate) fn answers(&self, rule: &Rule) -> bool {
        let may_be_given = rule
            .notes
            .lift
            .as_ref()
            .is_some_and(|l| l.grant_s.is_some());
        may_be_given && (self.supposes || self.by(rule).is_some())
    }

    /// By which grant they did.
    pub(crate) fn by(&self, rule: &Rule) -> Option<ReviewId> {
        let lift = rule.notes.lift.as_ref()?;
        let most_s = i64::from(lift.grant_s?);
        let answers = |hold: &Hold| {
            hold.rule == rule.id && hold.group == lift.group && hold.quorum >= lift.quorum
        };
        let found = self
            .grants
            .iter()
            .find(|grant| self.now < grant.from.plus_s(most_s) && grant.holds.iter().any(answers));
        found.map(|grant| grant.id)
    }
}

/// A grant, and the place of the rule that it answered.
pub(crate) type Ground = (ReviewId, usize);

/// What these rules rest on, by their places.
pub(crate) fn grounds_of<'a>(
    rules: &'a Rules,
    given: &'a Given<'_>,
    by: &'a [usize],
) -> impl Iterator<Item = Ground> + 'a {
    let ground = |place: &usize| Some((given.by(rules.rule(*place)?)?, *place));
    by.iter().filter_map(ground)
}

/// Whether it was given to this subject of the identity, at this target.
fn is_of(grant: &Grant, access: &Access<'_>, who: &Subject) -> bool {
    let (identity, target) = (&access.session.identity, &access.session.target);
    // The one an agent acts for stands for itself: what it was given as nobody's agent counts.
    let acts_for: Option<&PrincipalName> = if *who == identity.subject {
        identity.acts_for.as_ref().map(|subject| &subject.name)
    } else {
        None
    };
    grant.principal == who.name
        && grant.acts_for.as_ref() == acts_for
        && grant.target == target.name
        && grant.ahead.database == target.database
}

fn reaches(scope: &Scope, question: &Question<'_>) -> bool {
    match (scope, &question.thing) {
        (Scope::Access, _) => question.action != Action::Reveal,
        (Scope::Reveal(columns), Thing::Column(column)) => {
            question.action == Action::Reveal && columns.contains(column)
        }
        (Scope::Reveal(_), _) => false,
    }
}

/// What may be asked for ahead of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Askable {
    /// Who must say yes, for which rules; none where it is there already.
    pub holds: Vec<Hold>,
    /// For how long at most, seconds.
    pub most_s: u32,
}

impl Rules {
    /// The groups whose people answer the reviews these rules ask for.
    pub fn reviewing(&self) -> BTreeSet<GroupName> {
        let holds = self.all.iter().filter_map(|rule| rule.notes.lift.as_ref());
        holds.map(|lift| lift.group.clone()).collect()
    }

    /// Whether people could give this to the identity of `access`, and who. `access` is that of
    /// `connect`: no effects. `Err` says in a sentence why not, with an advice.
    pub fn askable(
        &self,
        access: &Access<'_>,
        scope: &Scope,
    ) -> Result<Askable, (String, Option<String>)> {
        let nobody = || ("policy could not be asked about this".to_owned(), None);
        let questions: Vec<Question<'_>> = match scope {
            Scope::Access => questions(access),
            Scope::Reveal(_) if !remit::reveals(access) => return Err(not_its_task()),
            Scope::Reveal(columns) => columns.iter().map(reveal).collect(),
        };
        let placed = Placed::of(access, questions.iter()).ok_or_else(nobody)?;
        let mut asker = Asker::new(self, access, Contexts::of(access), &placed);
        let mut asked = Askable {
            holds: Vec::new(),
            most_s: u32::MAX,
        };
        for subject in access.session.identity.subjects() {
            let who = principal(subject).ok_or_else(nobody)?;
            for (place, question) in questions.iter().enumerate() {
                let given = Given::of(access, subject, question);
                let (answer, _) = asker.answer((&who, &given), place, question, false);
                if matches!(answer, Answer::Allow { .. }) {
                    continue;
                }
                if *subject != access.session.identity.subject {
                    return Err(not_its_owner(subject));
                }
                let supposed = Given::supposed(access.now);
                let (answer, by) = asker.answer((&who, &supposed), place, question, false);
                if let Answer::Hold { forbids, .. } = &answer {
                    return Err(one_by_one(self, forbids));
                }
                if !matches!(answer, Answer::Allow { .. }) {
                    return Err(denial(self, access, subject, question, &answer));
                }
                self.add(&mut asked, &by);
            }
        }
        asked.holds.sort_unstable();
        asked.holds.dedup();
        Ok(asked)
    }

    /// Takes on who must say yes for these rules.
    fn add(&self, asked: &mut Askable, by: &[usize]) {
        for rule in by.iter().filter_map(|place| self.rule(*place)) {
            asked.holds.extend(hold(rule));
            let most_s = rule.notes.lift.as_ref().and_then(|lift| lift.grant_s);
            asked.most_s = asked.most_s.min(most_s.unwrap_or(0));
        }
    }
}

fn not_its_task() -> (String, Option<String>) {
    let message = "the task you were given does not let you see what is masked".to_owned();
    (
        message,
        Some("A grant never widens a task: ask for another.".to_owned()),
    )
}

fn not_its_owner(subject: &Subject) -> (String, Option<String>) {
    let name = &subject.name;
    let message = format!("{name}, for whom you act, may not do this either");
    let advice = format!("An agent never may more than its person: let {name} ask first.");
    (message, Some(advice))
}

fn one_by_one(rules: &Rules, forbids: &[usize]) -> (String, Option<String>) {
    let names = forbids.iter().filter_map(|place| rules.rule(*place));
    let names: Vec<_> = names.map(|rule| rule.id.as_str()).collect();
    let message = format!("rule {} is not answered ahead of time", names.join(", "));
    let advice = "Its author may allow that with @grant(\"1h\").";
    (message, Some(advice.to_owned()))
}
