//! One question and its answer, in words for `policy why`.

use model::Subject;

use crate::ask::Answer;
use crate::entities::name_of;
use crate::load::Rules;
use crate::question::{Extra, Question, Thing};
use crate::{Access, Finding, words};

/// What a task does not cover.
pub(crate) fn uncovered(
    access: &Access<'_>,
    task: &str,
    question: &Question<'_>,
    id: &'static str,
) -> Finding {
    let thing = name_of(&access.session.target, &question.thing);
    let asked = format!("task {task}: {}", question.action.as_str());
    Finding {
        answer: "deny",
        question: format!("{asked} {thing}"),
        asked,
        relation: None,
        rules: vec![id.to_owned()],
    }
}

/// What a rule, or none, answered.
pub(crate) fn finding(
    rules: &Rules,
    access: &Access<'_>,
    who: &Subject,
    question: &Question<'_>,
    answer: &Answer,
) -> Finding {
    let (kind, name) = (who.kind.as_str(), &who.name);
    let (action, thing) = (
        question.action.as_str(),
        name_of(&access.session.target, &question.thing),
    );
    let digest = match &question.thing {
        Thing::Function { facts, .. } if !facts.digest.is_empty() => {
            format!(" (digest {})", facts.digest)
        }
        _ => String::new(),
    };
    let detail = match &question.extra {
        Extra::Control(word) => format!(" ({word})"),
        Extra::Filter(form) => format!(" ({})", words::form(*form)),
        Extra::Gap(kind) => format!(" ({kind})"),
        Extra::Columns(_, None) | Extra::None => String::new(),
        Extra::Columns(_, Some(via)) | Extra::Via(via) => format!(" (by {via})"),
        Extra::Setting { value, .. } => value
            .as_ref()
            .map(|value| format!(" = {value:?}"))
            .unwrap_or_default(),
    };
    let ids = answer.rules().iter().filter_map(|place| rules.rule(*place));
    let asked = format!("{kind} {name}: {action}");
    let relation = match &question.thing {
        Thing::Column(column) => Some((column.schema.clone(), column.table.clone())),
        Thing::Table { name, schema } => Some(((*schema).to_owned(), (*name).to_owned())),
        _ => None,
    };
    Finding {
        answer: answer.word(),
        question: format!("{asked} {thing}{digest}{detail}"),
        asked,
        relation,
        rules: ids.map(|rule| rule.id.clone()).collect(),
    }
}
