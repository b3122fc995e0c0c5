//! The variables of a running body: what they hold, and the names a statement sees them by.
//!
//! Why: a value read from a masked column is one as long as a variable carries it; and a column's
//! name in a body means a column, unless there is none.
//! What a variable holds is the sum of all it is ever given: the order of steps is not followed.

use std::collections::BTreeSet;
use std::rc::Rc;

use squawk_syntax::SyntaxNode;

use super::program::{Kind, Level, Program, Target};
use crate::reader::Reader;
use crate::scope::{Offer, Source};
use crate::value::{Col, Field, Origin, Touch, Value};

/// Aliases of aliases.
const MOST_ALIASES: usize = 8;

/// What a variable holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Held {
    /// A record of unknown columns: any name is one.
    pub(super) is_open: bool,
    /// Declared as RECORD: it takes the columns of what it is given.
    pub(super) is_record: bool,
    /// The relation a trigger's NEW or OLD is a row of.
    pub(super) relation: Option<u32>,
    pub(super) value: Value,
}

/// A body as it runs.
pub(super) struct Frame {
    /// What each level's variables hold.
    pub(super) held: Vec<Vec<Held>>,
    pub(super) is_changed: bool,
    /// The parsed texts of the program; `None` where one cannot be read.
    pub(super) nodes: Vec<Option<SyntaxNode>>,
    pub(super) program: Rc<Program>,
}

impl Held {
    /// Of a type.
    pub(super) fn typed(value: Value) -> Self {
        Self {
            value,
            ..Self::default()
        }
    }

    /// A value a statement may use as a parameter.
    fn seen(&self) -> Value {
        Value {
            is_constant: self.value.origin == Origin::Clean && self.value.row.is_none(),
            // One value for the whole statement, whatever rows it came from.
            from: 0,
            touch: Touch::None,
            ..self.value.clone()
        }
    }
}

impl Frame {
    /// Parameters alone, with no program.
    pub(super) fn of_parameters(level: Level, held: Vec<Held>) -> Self {
        let program = Program {
            levels: vec![level],
            ..Program::default()
        };
        Self {
            held: vec![held],
            is_changed: false,
            nodes: Vec::new(),
            program: Rc::new(program),
        }
    }

    /// A cursor is bound to these rows, and to all it was bound to before.
    pub(super) fn bind(&mut self, level: usize, cursor: &[String], row: Value) {
        let Some((level, at, _)) = self.place(level, cursor) else {
            return;
        };
        let held = self.held.get_mut(level).and_then(|v| v.get_mut(at));
        let Some(held) = held else { return };
        let is_other = held.value.row.as_ref().is_some_and(|former| {
            let names = |row: &[Field]| row.iter().map(|f| f.name.clone()).collect::<Vec<_>>();
            names(former) != names(row.row.as_deref().map_or(&[], Vec::as_slice))
        });
        let value = if is_other { Value::opaque(0) } else { row };
        if held.value != value && held.value.origin != Origin::Opaque {
            held.value = value;
            self.is_changed = true;
        }
    }

    /// The place of a variable; aliases are followed.
    fn place(&self, from: usize, target: &[String]) -> Option<(usize, usize, Vec<String>)> {
        let mut target = target.to_vec();
        for _ in 0..MOST_ALIASES {
            let first = target.first()?;
            let (level, at, used) = match (self.program.find(from, first), target.get(1)) {
                (Some((level, at)), _) => (level, at, 1),
                (None, Some(second)) => {
                    let (level, at) = self.program.find_in(from, first, second)?;
                    (level, at, 2)
                }
                (None, None) => return None,
            };
            let rest = target.split_off(used);
            let variable = self.program.levels.get(level)?.variables.get(at)?;
            let Kind::Alias(of) = &variable.kind else {
                return Some((level, at, rest));
            };
            target = of.iter().cloned().chain(rest).collect();
        }
        None
    }

    /// What a name means from a level.
    pub(super) fn held(&self, from: usize, target: &[String]) -> Option<&Held> {
        let (level, at, _) = self.place(from, target)?;
        self.held.get(level)?.get(at)
    }

    /// The names a statement at a level sees.
    pub(super) fn offer(&self, from: usize) -> Offer {
        let mut offer = Offer::default();
        let mut hidden = BTreeSet::new();
        let mut number = from;
        while let Some(level) = self.program.levels.get(number) {
            let mut fields = Vec::new();
            for variable in level.variables.iter().rev() {
                let path = [variable.name.clone()];
                let Some(held) = self.held(number, &path) else {
                    continue;
                };
                let value = held.seen();
                let field = Field {
                    name: variable.name.as_str().into(),
                    value: value.clone(),
                };
                fields.push(field.clone());
                if value.row.is_some() || held.is_open {
                    offer.sources.push(Source {
                        alias: variable.name.clone(),
                        fields: value.row.clone().unwrap_or_default(),
                        rest: held.is_open.then(|| Value { row: None, ..value }),
                        schema: level.label.clone(),
                        ..Source::default()
                    });
                }
                if hidden.insert(variable.name.clone()) {
                    offer.columns.push(field);
                }
            }
            if let Some(label) = &level.label {
                offer.sources.push(Source {
                    alias: label.clone(),
                    fields: Rc::new(fields),
                    ..Source::default()
                });
            }
            if level.parent == number {
                break;
            }
            number = level.parent;
        }
        offer
    }
}

impl Reader<'_> {
    /// Adds a value to what a target holds.
    pub(super) fn put(&mut self, frame: &mut Frame, level: usize, target: &Target, value: &Value) {
        let Some((at_level, at, rest)) = frame.place(level, target) else {
            let name = target.join(".");
            self.notes
                .gap("column", format!("variable {name} is not known"));
            return;
        };
        let held = frame.held.get(at_level).and_then(|v| v.get(at)).cloned();
        let Some(former) = held else { return };
        let mut next = former.clone();
        match (rest.first(), &former.value.row) {
            (None, _) if former.is_record => next = self.record_with(&former, value),
            (Some(field), Some(row)) => {
                if let Some(relation) = former.relation {
                    self.puts_in_row(relation, field, value);
                }
                let mut row = row.to_vec();
                for column in row.iter_mut().filter(|column| *column.name == **field) {
                    column.value = self.added(&column.value, value);
                }
                next.value = self.row_of_fields(&former.value, row);
            }
            (None, Some(row)) => {
                let mut row = row.to_vec();
                for (index, column) in row.iter_mut().enumerate() {
                    let given = value.row.as_ref().and_then(|given| given.get(index));
                    let given = given.map_or(value, |given| &given.value);
                    column.value = self.added(&column.value, given);
                }
                next.value = self.row_of_fields(&former.value, row);
            }
            (_, None) => next.value = self.added(&former.value, value),
        }
        if next != former {
            frame.is_changed = true;
            if let Some(held) = frame.held.get_mut(at_level).and_then(|v| v.get_mut(at)) {
                *held = next;
            }
        }
    }

    /// A trigger writes a column of the row it was called for.
    fn puts_in_row(&mut self, relation: u32, field: &str, value: &Value) {
        let Some(relation) = self.world.catalog.relation(relation) else {
            return;
        };
        let Some(column) = relation.columns.iter().find(|c| *c.name == *field) else {
            return;
        };
        let number = column.number;
        let home = Col {
            relation: relation.oid,
            number,
        };
        let numbers = std::iter::once(number);
        self.notes.columns(model::Action::Update, relation, numbers);
        self.carries(value, Some(home));
    }

    /// What was held, and another value with it.
    pub(super) fn added(&self, former: &Value, value: &Value) -> Value {
        let sum = self.computed(&[former.clone(), value.clone()], former.type_oid);
        Value {
            is_constant: false,
            row: None,
            touch: Touch::None,
            ..sum
        }
    }

    fn row_of_fields(&self, former: &Value, row: Vec<Field>) -> Value {
        let mut values: Vec<Value> = row.iter().map(|field| field.value.clone()).collect();
        values.push(Value {
            row: None,
            ..former.clone()
        });
        Value {
            row: Some(row.into()),
            touch: Touch::None,
            ..self.computed(&values, former.type_oid)
        }
    }

    /// Adds rows of columns to targets, as INTO and FOR do.
    pub(super) fn put_rows(
        &mut self,
        frame: &mut Frame,
        level: usize,
        into: &[Target],
        fields: &[Field],
    ) {
        let values: Vec<Value> = fields.iter().map(|field| field.value.clone()).collect();
        let all = self.computed(&values, 0);
        let [only] = into else {
            let is_one = fields.len() == 1;
            for (index, target) in into.iter().enumerate() {
                let value = fields.get(index).filter(|_| !is_one);
                let value = value.map_or(all.clone(), |field| field.value.clone());
                self.put(frame, level, target, &value);
            }
            return;
        };
        let held = frame.held(level, only);
        let is_row = held.is_some_and(|held| held.is_record || held.value.row.is_some());
        let names_field = only.len() > 1 && held.is_some_and(|held| held.value.row.is_some());
        if !is_row || names_field {
            let value = fields.first().map_or(all, |field| field.value.clone());
            self.put(frame, level, only, &value);
            return;
        }
        let row = match fields {
            [one] if one.value.row.is_some() => one.value.clone(),
            _ => Value {
                row: Some(Rc::new(fields.to_vec())),
                ..all
            },
        };
        self.put(frame, level, only, &row);
    }

    /// A record that is given another row: it has the columns of each it is ever given.
    fn record_with(&self, former: &Held, value: &Value) -> Held {
        let mut row = former.value.row.as_ref().map_or(Vec::new(), |r| r.to_vec());
        let is_known = |given: &&Rc<Vec<Field>>| {
            !given.is_empty() && given.iter().all(|field| &*field.name != "*")
        };
        let given = value.row.as_ref().filter(is_known);
        for field in given.into_iter().flat_map(|given| given.iter()) {
            match row.iter_mut().find(|column| column.name == field.name) {
                Some(column) => column.value = self.added(&column.value, &field.value),
                None => row.push(Field {
                    name: field.name.clone(),
                    value: self.added(&Value::clean(field.value.type_oid), &field.value),
                }),
            }
        }
        let mut sum = self.added(&former.value, value);
        if !row.is_empty() {
            sum = self.row_of_fields(&sum, row);
        }
        Held {
            is_open: given.is_none() || (former.is_open && former.value.row.is_some()),
            value: sum,
            ..former.clone()
        }
    }
}
