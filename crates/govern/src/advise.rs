//! What would be allowed instead, told from a statement's effects.
//!
//! Every suggestion is put to the rules before it is made: what would be refused too is not
//! offered, and no relation is named that its reader may not read. It knows names and classes,
//! never a value, and it decides nothing.

use catalog::{Catalog, Relation};
use model::{
    Act, Action, Effects, Filter, FilterForm, Gap, Grant, Intent, Object, ObjectKind, Predicate,
    Session, Timestamp,
};
use policy::{Access, History, Rules, Verdict};

/// Suggestions made at most: what is read must be short.
const MOST: usize = 4;

/// Names looked up at most for one that is misspelt: each is a question to the rules.
const TRIED: usize = 3;

/// Two names at least this alike are perhaps meant for one another, of 100.
const ALIKE: usize = 60;

/// Every form in which a column may help to choose rows, as a person would call it.
const FORMS: [(FilterForm, &str); 7] = [
    (FilterForm::Equality, "compared with = or IN"),
    (FilterForm::Group, "grouped by"),
    (FilterForm::Join, "joined by ="),
    (FilterForm::Nullness, "tested with IS NULL"),
    (FilterForm::Range, "compared with < and >"),
    (FilterForm::Pattern, "matched with LIKE"),
    (FilterForm::Order, "sorted by"),
];

/// Asks the rules what else would pass.
pub(crate) struct Adviser<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) grants: &'a [Grant],
    pub(crate) history: &'a History,
    pub(crate) intent: &'a Intent,
    pub(crate) now: Timestamp,
    pub(crate) rules: &'a Rules,
    pub(crate) session: &'a Session,
}

/// How alike two names are, of 100.
pub(crate) fn likeness(one: &str, other: &str) -> usize {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    let length = one.chars().count().max(other.chars().count()).max(1);
    let apart = strsim::osa_distance(&one, &other).min(length);
    (length - apart) * 100 / length
}

impl Adviser<'_> {
    /// What would be allowed instead of these parts, in sentences; most useful first.
    pub(crate) fn instead(&self, parts: &[Effects]) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for part in parts {
            found.extend(part.gaps.iter().filter_map(|gap| self.for_gap(part, gap)));
            found.extend(self.bounded(part));
            found.extend(part.acts.iter().filter_map(|act| self.for_destruction(act)));
            for filter in &part.filters {
                found.extend(self.for_filter(filter));
            }
        }
        let mut told = Vec::new();
        for sentence in found {
            if !told.contains(&sentence) && told.len() < MOST {
                told.push(sentence);
            }
        }
        told
    }

    /// Whether this session may read a relation at all, so that it may know of it.
    pub(crate) fn sees(&self, schema: &str, name: &str) -> bool {
        let object = object(schema, name);
        self.word(&acting(Action::Select, object)) != Word::No
    }

    fn word(&self, effects: &Effects) -> Word {
        let judgement = self.rules.judge(&Access {
            effects: std::slice::from_ref(effects),
            estimated_rows: -1,
            fingerprint: "",
            grants: self.grants,
            history: self.history,
            intent: self.intent,
            now: self.now,
            session: self.session,
            startup: &[],
        });
        match judgement.verdict {
            Verdict::Allow(_) => Word::Yes,
            Verdict::Deny { .. } => Word::No,
            Verdict::Hold { .. } => Word::Held,
        }
    }

    /// A write that narrows its rows, where this one does not.
    fn bounded(&self, part: &Effects) -> Option<String> {
        let predicate = part.predicate?;
        if predicate.is_bounded && !predicate.is_tautology {
            return None;
        }
        let changes = |act: &&Act| {
            use Action::{Delete, Merge, Update};
            matches!(act.action, Delete | Merge | Update)
        };
        let act = part.acts.iter().find(changes)?;
        let mut narrow = acting(act.action, act.object.clone());
        narrow.kind.clone_from(&part.kind);
        narrow.predicate = Some(Predicate {
            has_where: true,
            is_bounded: true,
            is_tautology: false,
        });
        let table = &act.object.name;
        let key = self.key_of(&act.object);
        let such = key.map_or_else(String::new, |key| format!(", such as {key} = …"));
        let form = format!("a WHERE that compares a column of {table} with a value{such}");
        match self.word(&narrow) {
            Word::Yes => Some(format!("It passes with {form}")),
            Word::Held => Some(format!(
                "With {form} it is still reviewed, and easier to judge"
            )),
            Word::No => None,
        }
    }

    /// The first column of a relation's primary key, for one whose reader may know of it.
    fn key_of(&self, object: &Object) -> Option<String> {
        let relation = self.catalog.relation(object.oid)?;
        let first = relation.primary_key.first()?;
        let column = relation
            .columns
            .iter()
            .find(|column| column.number == *first)?;
        self.sees(&relation.schema, &relation.name)
            .then(|| column.name.to_string())
    }

    /// What does less than DROP and TRUNCATE, where those are stopped.
    fn for_destruction(&self, act: &Act) -> Option<String> {
        let is_table = act.object.kind == ObjectKind::Table;
        let name = &act.object.name;
        let held = |word| match word {
            Word::Yes => Some("passes"),
            Word::Held => Some("is reviewed, and can be undone"),
            Word::No => None,
        };
        let is_stopped = || self.word(&acting(act.action, act.object.clone())) != Word::Yes;
        match act.action {
            Action::Drop if is_table && is_stopped() => {
                let word = self.word(&acting(Action::Alter, act.object.clone()));
                held(word).map(|word| format!("ALTER TABLE {name} RENAME TO … {word}"))
            }
            Action::Truncate if is_table && is_stopped() => {
                let mut narrow = acting(Action::Delete, act.object.clone());
                narrow.predicate = Some(Predicate {
                    has_where: true,
                    is_bounded: true,
                    is_tautology: false,
                });
                let word = match self.word(&narrow) {
                    Word::Yes => "passes",
                    Word::Held => "is reviewed",
                    Word::No => return None,
                };
                Some(format!(
                    "DELETE FROM {name} with a WHERE that narrows it {word}"
                ))
            }
            _ => None,
        }
    }

    /// The forms in which a masked column may choose rows, where this one is not among them.
    fn for_filter(&self, filter: &Filter) -> Option<String> {
        let column = &filter.column;
        column.class?;
        let in_form = |form| {
            let filter = Filter {
                form,
                column: column.clone(),
            };
            let mut effects = acting(Action::Select, object(&column.schema, &column.table));
            effects.filters = vec![filter];
            self.word(&effects)
        };
        if in_form(filter.form) == Word::Yes || !self.sees(&column.schema, &column.table) {
            return None;
        }
        let allowed = FORMS.iter().filter(|(form, _)| in_form(*form) == Word::Yes);
        let allowed: Vec<_> = allowed.map(|(_, words)| *words).collect();
        let name = format!("{}.{}", column.table, column.column);
        let class = column.class.map_or("", |class| class.as_str());
        Some(if allowed.is_empty() {
            format!("{name} ({class}) may be selected, masked, and choose no rows")
        } else {
            format!("{name} ({class}) may be {}", allowed.join(", "))
        })
    }

    fn for_gap(&self, part: &Effects, gap: &Gap) -> Option<String> {
        let words = match gap.kind.as_str() {
            "column" => return self.like_column(part, gap),
            "cursor" => "A cursor is known in the session that declared it: DECLARE it first",
            "dynamic_sql" => "Send the inner statements themselves, one by one",
            "encoding" => "Send the text in UTF-8",
            "nesting" => "Nest less deeply: a WITH for each step reads the same",
            "prepared" => "A prepared statement is known in its session: PREPARE it first",
            "relation" => return self.like_relation(gap),
            "size" => "Send it in smaller statements",
            _ => return None,
        };
        Some(words.to_owned())
    }

    /// The relation a misspelt name may mean: one its reader may read.
    fn like_relation(&self, gap: &Gap) -> Option<String> {
        let rest = gap.reason.strip_prefix("relation ")?;
        let (written, _) = rest.split_once(" is not in the catalog")?;
        let (schema, name) = match written.split_once('.') {
            Some((schema, name)) => (Some(schema), name),
            None => (None, written),
        };
        let score = |relation: &Relation| {
            let schemas = schema.map_or(100, |schema| likeness(schema, &relation.schema));
            likeness(name, &relation.name).min(schemas.max(ALIKE))
        };
        let mut near: Vec<_> = self
            .catalog
            .relations()
            .filter(|relation| !is_system(&relation.schema))
            .map(|relation| (score(relation), relation))
            .filter(|(score, _)| *score >= ALIKE)
            .collect();
        near.sort_by(|(a, one), (b, other)| {
            b.cmp(a)
                .then_with(|| (&one.schema, &one.name).cmp(&(&other.schema, &other.name)))
        });
        let mut near = near.into_iter().take(TRIED);
        let (_, found) = near.find(|(_, found)| self.sees(&found.schema, &found.name))?;
        Some(format!("Perhaps {}.{} is meant?", found.schema, found.name))
    }

    /// The column a misspelt name may mean, among those of the relations the part reads.
    fn like_column(&self, part: &Effects, gap: &Gap) -> Option<String> {
        let rest = gap.reason.strip_prefix("column ")?;
        let (written, _) = rest.split_once(" is not known")?;
        let name = written.rsplit('.').next()?;
        let relations = part
            .acts
            .iter()
            .filter_map(|act| self.catalog.relation(act.object.oid))
            .filter(|relation| self.sees(&relation.schema, &relation.name));
        let columns = relations.flat_map(|relation| {
            let of = move |column| (relation, column);
            relation.columns.iter().map(of)
        });
        let (score, relation, column) = columns
            .map(|(relation, column)| (likeness(name, &column.name), relation, column))
            .max_by_key(|(score, ..)| *score)?;
        let is_near = score >= ALIKE;
        is_near.then(|| format!("Perhaps {}.{} is meant?", relation.name, column.name))
    }
}

/// What the rules said to a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Held,
    No,
    Yes,
}

fn is_system(schema: &str) -> bool {
    schema.starts_with("pg_") || schema == "information_schema"
}

fn object(schema: &str, name: &str) -> Object {
    Object {
        kind: ObjectKind::Table,
        name: name.to_owned(),
        oid: 0,
        schema: schema.to_owned(),
    }
}

/// A statement that does one thing.
fn acting(action: Action, object: Object) -> Effects {
    Effects {
        acts: vec![Act {
            action,
            columns: Vec::new(),
            object,
            via: None,
        }],
        kind: snake(action).to_uppercase(),
        ..Effects::default()
    }
}

/// A word of ours as policy writes it.
pub(crate) fn snake(word: impl serde::Serialize) -> String {
    let value = serde_json::to_value(word).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}
