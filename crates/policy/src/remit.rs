//! What a delegation adds to the rules: whatever it does not cover is refused, to everybody on it.
//!
//! Why here and not where tokens are checked: it is a part of the one decision, so that `why`,
//! `ls` and the record say the same. It never permits anything.
//!
//! What goes with every statement is covered by any remit: to connect, begin and end transactions,
//! set settings, compare columns, and call functions that compute or read the catalog. What rules
//! say about these stays.

use model::{Action, CallBody, Delegation, Reach, TargetName};

use crate::question::{Extra, Question, Thing};
use crate::{Access, words};

/// Why something is not covered: the id it has in the record, beside those of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Uncovered {
    pub(crate) advice: String,
    pub(crate) id: &'static str,
    pub(crate) message: String,
}

/// Why the delegation of this access does not cover that question, if it does not.
pub(crate) fn uncovered(access: &Access<'_>, question: &Question<'_>) -> Option<Uncovered> {
    let identity = &access.session.identity;
    let delegation = identity.delegation.as_deref()?;
    let target = &access.session.target.name;
    let person = identity.acts_for.as_ref().map(|it| it.name.as_str());
    let person = person.unwrap_or_default();
    let task = &delegation.task;
    let said = |id, what: String| Uncovered {
        advice: format!("Ask {person} for a task that covers it: portcullis agents run."),
        id,
        message: format!("the task {task} that {person} gave does not cover {what}"),
    };
    if !covers_target(delegation, target) {
        return Some(said("delegation.targets", format!("the target {target}")));
    }
    if delegation.remit.is_read_only && !(goes_along(question) || reads(question)) {
        let what = format!("{}: it is to read only", word(question));
        return Some(said("delegation.read_only", what));
    }
    let covered = delegation.remit.actions.as_ref()?;
    if goes_along(question) || covered.contains(&question.action) {
        return None;
    }
    Some(said("delegation.actions", word(question).to_owned()))
}

/// Whether the delegation lets a classified column be seen at all.
pub(crate) fn reveals(access: &Access<'_>) -> bool {
    let delegation = access.session.identity.delegation.as_deref();
    let actions = delegation.and_then(|it| it.remit.actions.as_ref());
    actions.is_none_or(|actions| actions.contains(&Action::Reveal))
}

fn covers_target(delegation: &Delegation, target: &TargetName) -> bool {
    let targets = delegation.remit.targets.as_ref();
    targets.is_none_or(|targets| targets.contains(target))
}

fn word(question: &Question<'_>) -> &'static str {
    question.action.as_str()
}

fn reads(question: &Question<'_>) -> bool {
    matches!(
        question.action,
        Action::CopyOut | Action::Listen | Action::Reveal | Action::Select
    )
}

/// What goes along with every statement.
fn goes_along(question: &Question<'_>) -> bool {
    match (question.action, &question.thing) {
        (Action::Connect | Action::Filter | Action::Set | Action::Transaction, _) => true,
        (Action::Call, Thing::Function { facts, .. }) => {
            let is_harmless = [
                Reach::Catalog,
                Reach::Pure,
                Reach::SetsSettings,
                Reach::Settings,
                Reach::Sleeps,
            ];
            // What was read of a body stands among the acts, and is asked about there.
            let is_read = facts.reach == words::reach(Reach::UserDefined)
                && facts.body == words::body(CallBody::Whole);
            is_read
                || is_harmless
                    .iter()
                    .any(|reach| words::reach(*reach) == facts.reach)
        }
        // A name the server does not have ends in an error of its own.
        (Action::Unresolved, _) => {
            matches!(question.extra, Extra::Gap("column" | "relation" | "syntax"))
        }
        _ => false,
    }
}
