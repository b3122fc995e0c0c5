//! What a write does besides what it says: triggers, rules, foreign keys, children, and functions
//! behind defaults, checks and indexes.
//!
//! Why: a DELETE of one table may empty five others, and policy speaks of tables, not of the road
//! by which they are reached. Each thing found is noted with the road it came by.
//! It follows links that the catalog laid out beforehand, each once; what a function's body does
//! is read elsewhere.

use catalog::roads::{Event, Expression, OnChange, Place, Timing};
use catalog::{Relation, RelationKind};
use model::{Action, FilterForm};
use rustc_hash::FxHashSet;

use crate::reader::Reader;
use crate::value::Col;

/// More than this does not hang on one statement.
const MOST: usize = 4_096;
/// A relation of more children than this is spoken of by its own name.
const MOST_CHILDREN: usize = 64;

/// Something done to a relation.
struct Step {
    event: Event,
    is_only: bool,
    /// The columns that are set; all where it is empty.
    numbers: Vec<i16>,
    oid: u32,
    /// `None`: the statement names it, and it is noted already.
    via: Option<String>,
}

/// What is done to a relation, as an event.
fn event_of(action: Action) -> Option<Event> {
    Some(match action {
        Action::CopyIn | Action::Insert => Event::Insert,
        Action::CopyOut | Action::Select => Event::Select,
        Action::Delete => Event::Delete,
        Action::Truncate => Event::Truncate,
        Action::Update => Event::Update,
        _ => return None,
    })
}

fn action_of(event: Event) -> Action {
    match event {
        Event::Delete => Action::Delete,
        Event::Insert => Action::Insert,
        Event::Select => Action::Select,
        Event::Truncate => Action::Truncate,
        Event::Update => Action::Update,
    }
}

fn path_of(relation: &Relation) -> String {
    format!("{}.{}", relation.schema, relation.name)
}

impl<'a> Reader<'a> {
    /// Notes what hangs on an action that is itself noted already.
    pub(crate) fn beside(
        &mut self,
        action: Action,
        relation: &'a Relation,
        numbers: &[i16],
        is_only: bool,
    ) {
        let Some(event) = event_of(action) else {
            return;
        };
        let first = Step {
            event,
            is_only,
            numbers: numbers.to_vec(),
            oid: relation.oid,
            via: None,
        };
        self.hang_together(first, false);
    }

    /// The same of TRUNCATE, which by CASCADE empties whatever references the table. Children
    /// count, ONLY or not.
    pub(crate) fn beside_truncate(&mut self, relation: &'a Relation, cascades: bool) {
        let first = Step {
            event: Event::Truncate,
            is_only: false,
            numbers: Vec::new(),
            oid: relation.oid,
            via: None,
        };
        self.hang_together(first, cascades);
    }

    fn hang_together(&mut self, first: Step, cascades: bool) {
        let mut seen: FxHashSet<(u32, Event)> = FxHashSet::default();
        let mut steps = vec![first];
        while let Some(step) = steps.pop() {
            let Some(relation) = self.world.catalog.relation(step.oid) else {
                continue;
            };
            let is_new = seen.insert((step.oid, step.event));
            if let Some(via) = &step.via {
                let columns = step.numbers.iter().copied();
                self.notes
                    .columns_by(action_of(step.event), relation, columns, Some(via));
            }
            if !is_new {
                continue;
            }
            if seen.len() > MOST {
                self.notes.gap(
                    "relation",
                    format!("more hangs on {} than can be followed", relation.name),
                );
                return;
            }
            self.parents(relation, &step, &seen);
            self.runs_beside(relation, &step);
            self.moves(relation, &step, &mut steps);
            self.children(relation, &step, &mut steps);
            self.cascades(relation, &step, cascades, &mut steps);
        }
    }

    /// What is done to a child is done to rows of its parents.
    fn parents(&mut self, relation: &'a Relation, step: &Step, said: &FxHashSet<(u32, Event)>) {
        let catalog = self.world.catalog;
        let via = format!("child {}", path_of(relation));
        let mut above: Vec<u32> = relation.parents.clone();
        let mut seen: FxHashSet<u32> = FxHashSet::default();
        while let Some(oid) = above.pop() {
            let Some(parent) = catalog.relation(oid).filter(|_| seen.insert(oid)) else {
                continue;
            };
            above.extend(&parent.parents);
            if said.contains(&(oid, step.event)) {
                continue;
            }
            let numbers = alike(relation, parent, &step.numbers);
            self.notes.columns_by(
                action_of(step.event),
                parent,
                numbers.into_iter(),
                Some(&via),
            );
        }
    }

    /// What is done to a relation is done to its children; rows are put into partitions alone.
    fn children(&mut self, relation: &'a Relation, step: &Step, steps: &mut Vec<Step>) {
        let catalog = self.world.catalog;
        let Some(beside) = catalog.beside(relation.oid).filter(|_| !step.is_only) else {
            return;
        };
        let is_partitioned = relation.kind == RelationKind::Partitioned;
        if step.event == Event::Insert && !is_partitioned {
            return;
        }
        // Reading a partitioned table is reading its partitions: one name says it.
        if step.event == Event::Select && is_partitioned {
            return;
        }
        let is_said = beside.children.len() <= MOST_CHILDREN;
        for oid in &beside.children {
            let Some(child) = catalog.relation(*oid) else {
                continue;
            };
            if !is_said && catalog.beside(*oid).is_none() {
                continue;
            }
            steps.push(Step {
                event: step.event,
                is_only: false,
                numbers: alike(relation, child, &step.numbers),
                oid: *oid,
                via: Some(format!("parent {}", path_of(relation))),
            });
        }
    }

    /// A row whose partition key changes is taken from one partition and put into another.
    fn moves(&mut self, relation: &'a Relation, step: &Step, steps: &mut Vec<Step>) {
        let Some(beside) = self.world.catalog.beside(relation.oid) else {
            return;
        };
        let decides = |number: &i16| beside.partition_key.contains(number);
        let is_moved = !beside.partition_key.is_empty()
            && (beside.partition_key.contains(&0)
                || step.numbers.is_empty()
                || step.numbers.iter().any(decides));
        if step.event != Event::Update || !is_moved {
            return;
        }
        for event in [Event::Delete, Event::Insert] {
            steps.push(Step {
                event,
                is_only: false,
                numbers: Vec::new(),
                oid: relation.oid,
                via: Some(format!("partition key of {}", path_of(relation))),
            });
        }
    }

    /// Rows that reference those that go or change.
    fn cascades(
        &mut self,
        relation: &'a Relation,
        step: &Step,
        cascades: bool,
        steps: &mut Vec<Step>,
    ) {
        let Some(beside) = self.world.catalog.beside(relation.oid) else {
            return;
        };
        for key in &beside.referenced_by {
            let is_key = |number: &i16| key.keys.contains(number);
            let is_changed = step.numbers.is_empty() || step.numbers.iter().any(is_key);
            let event = match (step.event, key.on_delete, key.on_update) {
                (Event::Delete, OnChange::Cascade, _) => Event::Delete,
                (Event::Delete, OnChange::Set, _) => Event::Update,
                (Event::Update, _, OnChange::Cascade | OnChange::Set) if is_changed => {
                    Event::Update
                }
                (Event::Truncate, ..) if cascades => Event::Truncate,
                _ => continue,
            };
            let numbers = if event == Event::Update {
                key.columns.clone()
            } else {
                Vec::new()
            };
            steps.push(Step {
                event,
                is_only: false,
                numbers,
                oid: key.referencing,
                via: Some(format!("cascade {}", key.name)),
            });
        }
    }

    /// Triggers, rules and expressions of one relation.
    fn runs_beside(&mut self, relation: &'a Relation, step: &Step) {
        self.checks_domains(relation, step);
        self.type_defaults(relation, step);
        let Some(beside) = self.world.catalog.beside(relation.oid) else {
            return;
        };
        if step.event == Event::Update {
            self.tied(relation, &beside.ties, &step.numbers);
        }
        for trigger in &beside.triggers {
            let is_of = |number: &i16| trigger.columns.contains(number);
            let is_touched = trigger.columns.is_empty()
                || step.event != Event::Update
                || step.numbers.is_empty()
                || step.numbers.iter().any(is_of);
            if trigger.events.contains(&step.event) && is_touched {
                self.fires(trigger.function, Some(relation.oid), "trigger");
            }
        }
        for rule in beside.rules.iter().filter(|rule| rule.event == step.event) {
            self.rewrites(relation, rule);
        }
        for expression in &beside.expressions {
            if is_computed(expression, step, self.says_default) {
                self.computes(expression);
            }
        }
    }

    /// Columns that are set are held to others by a check, or an exclusion, which says whether that
    /// holds: of a row that is put in whole all of them are its writer's own.
    fn tied(&mut self, relation: &Relation, ties: &[Vec<i16>], set: &[i16]) {
        let is_set = |number: &i16| set.contains(number);
        for tie in ties.iter().filter(|tie| tie.iter().any(is_set)) {
            let others = relation.columns.iter().filter(|c| c.class.is_some());
            let others = others.filter(|c| !is_set(&c.number) && tie.contains(&c.number));
            for column in others {
                let col = Col {
                    relation: relation.oid,
                    number: column.number,
                };
                self.uses(col, FilterForm::Other);
            }
        }
    }

    /// Defaults of the domains that columns are of, where a statement leaves these out.
    fn type_defaults(&mut self, relation: &'a Relation, step: &Step) {
        let catalog = self.world.catalog;
        for column in &relation.columns {
            for default in catalog.type_defaults(column.type_oid) {
                let default = Expression {
                    column: column.number,
                    ..default.clone()
                };
                if is_computed(&default, step, self.says_default) {
                    self.computes(&default);
                }
            }
        }
    }

    /// What a write to a view does to a view that it shows, and that has triggers or rules.
    pub(crate) fn beside_view(&mut self, action: Action, view: &'a Relation, via: &str) {
        let (Some(event), Some(beside)) = (event_of(action), self.world.catalog.beside(view.oid))
        else {
            return;
        };
        if beside.triggers.is_empty() && beside.rules.is_empty() {
            return;
        }
        let step = Step {
            event,
            is_only: false,
            numbers: Vec::new(),
            oid: view.oid,
            via: Some(via.to_owned()),
        };
        self.hang_together(step, false);
    }

    /// Whether a trigger or a rule stands in for that action on a view.
    pub(crate) fn is_instead(&self, action: Action, view: &Relation) -> bool {
        let Some(beside) = self.world.catalog.beside(view.oid) else {
            return false;
        };
        let Some(event) = event_of(action) else {
            return false;
        };
        let mut triggers = beside.triggers.iter();
        let mut rules = beside.rules.iter();
        triggers.any(|t| t.timing == Timing::Instead && t.events.contains(&event))
            || rules.any(|rule| rule.is_instead && rule.event == event)
    }

    /// Domains' checks on the columns that are set.
    fn checks_domains(&mut self, relation: &'a Relation, step: &Step) {
        if !self.world.catalog.has_loads() || !matches!(step.event, Event::Insert | Event::Update) {
            return;
        }
        for column in &relation.columns {
            if step.numbers.is_empty() || step.numbers.contains(&column.number) {
                self.makes(column.type_oid);
            }
        }
    }
}

/// Whether a statement computes an expression; `says_default` if the word DEFAULT is in it.
fn is_computed(expression: &Expression, step: &Step, says_default: bool) -> bool {
    let is_given = step.numbers.contains(&expression.column);
    match (expression.place, step.event) {
        (Place::Default, Event::Insert) => step.via.is_some() || !is_given || says_default,
        (Place::Default, Event::Update) => is_given && (step.via.is_some() || says_default),
        (Place::Trigger, event) => event != Event::Select,
        // A generated column may be computed when it is read.
        (Place::Policy, _)
        | (Place::Generated, Event::Select)
        | (
            Place::Check | Place::Generated | Place::Index | Place::Partition,
            Event::Insert | Event::Update,
        ) => true,
        (Place::Statistics, _) | (_, Event::Delete | Event::Select | Event::Truncate) => false,
    }
}

/// The same columns of another relation, by name.
fn alike(from: &Relation, to: &Relation, numbers: &[i16]) -> Vec<i16> {
    let name_of = |number: &i16| from.columns.iter().find(|c| c.number == *number);
    numbers
        .iter()
        .filter_map(name_of)
        .filter_map(|column| to.columns.iter().find(|other| other.name == column.name))
        .map(|column| column.number)
        .collect()
}
