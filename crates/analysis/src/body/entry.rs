//! What a function's body begins with: parameters, what a trigger is told, settings of its own.
//!
//! Why: a parameter hides nothing and holds nothing that the caller does not know; NEW and OLD
//! hold a row, and what is classified in it.
//! The body itself is read in `routine`.

use std::rc::Rc;

use catalog::Function;
use model::{Action, ObjectKind};

use super::frame::Held;
use super::program::{Kind, Level, Variable};
use super::routine::Trigger;
use crate::notes::named;
use crate::reader::Reader;
use crate::value::{Field, Value};

/// What PL/pgSQL tells a trigger beside its rows.
pub(super) const TRIGGER_NAMES: [&str; 11] = [
    "tg_argv",
    "tg_event",
    "tg_level",
    "tg_name",
    "tg_nargs",
    "tg_op",
    "tg_relid",
    "tg_relname",
    "tg_table_name",
    "tg_table_schema",
    "tg_tag",
];

impl Reader<'_> {
    /// What a function sets for itself and for as long as it runs. Its search path is its own
    /// affair; a role is not.
    pub(super) fn own_settings(&mut self, function: &Function) {
        let settings = function.source.as_ref().map(|s| s.settings.as_slice());
        for setting in settings.unwrap_or_default() {
            match setting.split_once('=') {
                Some((name @ ("role" | "session_authorization"), value)) => {
                    self.notes
                        .act(Action::SetRole, named(ObjectKind::Setting, "", name));
                    self.notes
                        .act(Action::SetRole, named(ObjectKind::Role, "", value));
                }
                Some(("standard_conforming_strings" | "backslash_quote", _)) => {
                    self.notes
                        .gap("encoding", "a function that is read with rules of its own");
                }
                _ => {}
            }
        }
    }

    /// The names a body sees from the start: parameters, and what a trigger is told.
    pub(super) fn parameters(&self, function: &Function, trigger: Trigger) -> (Level, Vec<Held>) {
        let mut level = Level {
            label: Some(function.name.to_string()),
            ..Level::default()
        };
        let mut held = Vec::new();
        let mut add = |name: &str, value: Held| {
            level.variables.push(Variable {
                kind: Kind::Record,
                name: name.to_owned(),
            });
            held.push(value);
        };
        let arguments = function.source.as_ref().map(|s| s.arguments.as_slice());
        for (index, argument) in arguments.unwrap_or_default().iter().enumerate() {
            let value = self.of_type(argument.type_oid);
            add(&format!("${}", index + 1), value.clone());
            if !argument.name.is_empty() {
                add(&argument.name, value);
            }
        }
        if &*function.language == "plpgsql" {
            add("found", self.of_type(16));
        }
        if function.is_trigger() {
            for name in TRIGGER_NAMES {
                add(name, self.of_type(0));
            }
            for name in ["new", "old"] {
                add(name, self.trigger_row(trigger));
            }
        }
        (level, held)
    }

    /// NEW or OLD: what is classified in the row stays so.
    fn trigger_row(&self, trigger: Trigger) -> Held {
        let relation = trigger.and_then(|oid| self.world.catalog.relation(oid));
        let Some(relation) = relation else {
            return self.of_type(2249);
        };
        let fields: Vec<Field> = self
            .fields_of(relation)
            .into_iter()
            .map(|field| Field {
                value: self.computed(std::slice::from_ref(&field.value), field.value.type_oid),
                ..field
            })
            .collect();
        let values: Vec<Value> = fields.iter().map(|field| field.value.clone()).collect();
        Held {
            relation: trigger,
            value: Value {
                row: Some(Rc::new(fields)),
                ..self.computed(&values, 2249)
            },
            ..Held::default()
        }
    }

    /// The rows a trigger was fired for, which have whatever name it gives them: in its body a name
    /// that nothing else has.
    pub(crate) fn transition(&self, schema: Option<&str>, name: &str) -> Option<Rc<Vec<Field>>> {
        let is_unknown = !self.world.names.is_lost(name)
            && !self
                .world
                .unsettled
                .iter()
                .any(|unsettled| unsettled == name);
        self.trigger.filter(|_| schema.is_none() && is_unknown)?;
        self.trigger_row(self.trigger).value.row
    }
}
