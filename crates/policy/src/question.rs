//! What is asked: the questions a statement's effects come to.
//!
//! One per action and object, call, setting, gap, filtered column and transaction verb; `connect`
//! where there is no statement. Whether a classified column is revealed is asked apart
//! ([`classified`]): a no there masks, it refuses nothing.

use model::{
    Act, Action, CallBody, ColumnRef, Effects, FilterForm, Lineage, Object, ObjectKind, Predicate,
    Reach, SettingChange,
};
use rustc_hash::FxHashSet;

use crate::{Access, words};

/// What a question is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Thing<'a> {
    Column(&'a ColumnRef),
    Function {
        object: &'a Object,
        facts: FunctionFacts<'a>,
    },
    Other(&'a Object),
    Role(&'a str),
    Schema(&'a str),
    Setting(&'a str),
    Table {
        name: &'a str,
        schema: &'a str,
    },
    Target,
}

/// What rules may know of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct FunctionFacts<'a> {
    /// Whether its body was read, and how far.
    pub(crate) body: &'static str,
    /// Of its definition, in hex; empty for the server's own.
    pub(crate) digest: &'a str,
    pub(crate) is_security_definer: bool,
    pub(crate) reach: &'static str,
    pub(crate) volatility: &'static str,
}

/// What a question adds to the context.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Extra<'a> {
    /// What is read or written, and by which road; empty where the action takes no columns.
    Columns(&'a [ColumnRef], Option<&'a str>),
    Control(&'static str),
    Filter(FilterForm),
    Gap(&'a str),
    None,
    Setting {
        is_local: bool,
        name: &'a str,
        value: Option<String>,
    },
    /// The road that the statement does not name.
    Via(&'a str),
}

/// What rules may know of the part a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PartFacts<'a> {
    pub(crate) has_where: bool,
    pub(crate) is_bounded: bool,
    pub(crate) kind: &'a str,
}

/// One question, for every subject of the identity.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Question<'a> {
    pub(crate) action: Action,
    pub(crate) extra: Extra<'a>,
    pub(crate) part: PartFacts<'a>,
    pub(crate) thing: Thing<'a>,
}

/// Every question of an access, each once, in the order of the statement; `reveal` apart.
pub(crate) fn questions<'a>(access: &'a Access<'_>) -> Vec<Question<'a>> {
    let mut asked = Asked {
        questions: Vec::new(),
        seen: FxHashSet::default(),
    };
    let opening = PartFacts {
        has_where: false,
        is_bounded: true,
        kind: "",
    };
    if access.effects.is_empty() {
        asked.ask(Action::Connect, Thing::Target, Extra::None, opening);
    }
    for (name, value) in access.startup {
        let extra = setting(name, Some(value), false);
        asked.ask(Action::Set, Thing::Setting(name), extra, opening);
    }
    for effects in access.effects {
        asked.part(effects);
    }
    asked.questions
}

/// Every classified column an access touches, sorted: those it gives back, whole or worked into
/// something, those it reads, and those that help to choose rows.
///
/// A derived or opaque output may be shown only if all that went into it may, so reading counts.
pub(crate) fn classified<'a>(access: &'a Access<'_>) -> Vec<&'a ColumnRef> {
    let mut columns: Vec<&ColumnRef> = Vec::new();
    for effects in access.effects {
        columns.extend(effects.acts.iter().flat_map(|act| &act.columns));
        columns.extend(effects.filters.iter().map(|filter| &filter.column));
        for output in effects.outputs.iter().flatten() {
            match &output.lineage {
                Lineage::Bare(column) => columns.push(column),
                Lineage::Derived(sources) | Lineage::OneOf(sources) => columns.extend(sources),
                Lineage::Clean | Lineage::Opaque => {}
            }
        }
    }
    columns.retain(|column| column.class.is_some());
    columns.sort_unstable();
    columns.dedup();
    columns
}

struct Asked<'a> {
    questions: Vec<Question<'a>>,
    seen: FxHashSet<Question<'a>>,
}

impl<'a> Asked<'a> {
    fn ask(&mut self, action: Action, thing: Thing<'a>, extra: Extra<'a>, part: PartFacts<'a>) {
        let question = Question {
            action,
            extra,
            part,
            thing,
        };
        if self.seen.insert(question.clone()) {
            self.questions.push(question);
        }
    }

    fn part(&mut self, effects: &'a Effects) {
        let part = part_facts(effects);
        for act in &effects.acts {
            // Asked below with what only these know.
            let is_told = match act.action {
                Action::Call => effects.calls.iter().any(|c| c.function == act.object),
                Action::Set => effects.settings.iter().any(|s| s.name == act.object.name),
                _ => false,
            };
            if is_told {
                continue;
            }
            let extra = added(act);
            self.ask(act.action, thing(&act.object), extra, part);
        }
        for call in &effects.calls {
            let facts = FunctionFacts {
                body: words::body(call.body),
                digest: call.digest.as_deref().unwrap_or_default(),
                is_security_definer: call.is_security_definer,
                reach: words::reach(call.reach),
                volatility: words::volatility(call.volatility),
            };
            let thing = Thing::Function {
                object: &call.function,
                facts,
            };
            self.ask(Action::Call, thing, by(call.via.as_deref()), part);
        }
        for SettingChange {
            is_local,
            name,
            value,
        } in &effects.settings
        {
            let extra = setting(name, value.as_deref(), *is_local);
            self.ask(Action::Set, Thing::Setting(name), extra, part);
        }
        for filter in effects
            .filters
            .iter()
            .filter(|filter| filter.column.class.is_some())
        {
            let extra = Extra::Filter(filter.form);
            self.ask(Action::Filter, Thing::Column(&filter.column), extra, part);
        }
        for gap in &effects.gaps {
            self.ask(
                Action::Unresolved,
                Thing::Target,
                Extra::Gap(&gap.kind),
                part,
            );
        }
        if let Some(control) = &effects.transaction {
            let extra = Extra::Control(words::control(control));
            self.ask(Action::Transaction, Thing::Target, extra, part);
        }
        // `SELECT 1` touches nothing, and yet nothing is permitted unless a rule says so.
        if touches_nothing(effects) {
            self.ask(
                Action::Select,
                Thing::Target,
                Extra::Columns(&[], None),
                part,
            );
        }
    }
}

/// What the question of an act adds to the context.
fn added(act: &Act) -> Extra<'_> {
    match act.action {
        Action::CopyIn
        | Action::CopyOut
        | Action::Delete
        | Action::Insert
        | Action::Merge
        | Action::Select
        | Action::Update => Extra::Columns(&act.columns, act.via.as_deref()),
        Action::Filter => Extra::Filter(FilterForm::Other),
        Action::Set => setting(&act.object.name, None, false),
        Action::Transaction => Extra::Control("other"),
        Action::Unresolved => Extra::Gap("node"),
        _ => by(act.via.as_deref()),
    }
}

fn by(via: Option<&str>) -> Extra<'_> {
    via.map_or(Extra::None, Extra::Via)
}

fn touches_nothing(effects: &Effects) -> bool {
    effects.acts.is_empty()
        && effects.calls.is_empty()
        && effects.settings.is_empty()
        && effects.gaps.is_empty()
        && effects.transaction.is_none()
}

fn setting<'a>(name: &'a str, value: Option<&str>, is_local: bool) -> Extra<'a> {
    let value = value.map(|value| value.trim().to_ascii_lowercase());
    Extra::Setting {
        is_local,
        name,
        value,
    }
}

/// A write that says nothing of its WHERE has none that counts.
fn part_facts(effects: &Effects) -> PartFacts<'_> {
    // What a trigger, a rule or a cascade does besides an INSERT was chosen by who made it.
    let is_said = |via: &str| via.starts_with("function ") || via.starts_with("view ");
    let chooses = |act: &Act| {
        matches!(act.action, Action::Delete | Action::Merge | Action::Update)
            && act.via.as_deref().is_none_or(is_said)
    };
    let is_bounded = match effects.predicate {
        Some(Predicate {
            is_bounded,
            is_tautology,
            ..
        }) => is_bounded && !is_tautology,
        None => !effects.acts.iter().any(chooses),
    };
    let has_where = effects
        .predicate
        .is_some_and(|predicate| predicate.has_where);
    PartFacts {
        has_where,
        is_bounded,
        kind: &effects.kind,
    }
}

fn thing(object: &Object) -> Thing<'_> {
    match object.kind {
        ObjectKind::Database => Thing::Target,
        ObjectKind::Function => Thing::Function {
            object,
            facts: FunctionFacts {
                body: words::body(CallBody::None),
                digest: "",
                is_security_definer: false,
                reach: words::reach(Reach::Unknown),
                volatility: words::volatility(None),
            },
        },
        ObjectKind::Role => Thing::Role(&object.name),
        ObjectKind::Schema => Thing::Schema(&object.name),
        ObjectKind::Setting => Thing::Setting(&object.name),
        ObjectKind::Table => Thing::Table {
            name: &object.name,
            schema: &object.schema,
        },
        // A column as an act's object has no table to its name: not a `Column` a rule could mean.
        ObjectKind::Column | ObjectKind::Other => Thing::Other(object),
    }
}
