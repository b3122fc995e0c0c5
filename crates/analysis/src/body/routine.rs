//! A user's function: what calling it does, and what its value comes from.
//!
//! Why: a call does what its body does. A body is read once for each statement and search path,
//! and what was found is noted under the road it came by.
//! Bodies in other languages are not read. What a body does with its arguments is the caller's
//! affair: a parameter holds nothing here.

use std::rc::Rc;
use std::sync::Arc;

use catalog::{ArgumentMode, Function, FunctionKind};
use model::{CallBody, Reach};
use squawk_syntax::ast::Stmt;

use super::frame::{Frame, Held};
use super::program::Level;
use super::{declared_path, parse};
use crate::notes::Notes;
use crate::reach;
use crate::reader::Reader;
use crate::value::{Field, Touch, Value};

/// Functions that call functions.
const DEEPEST: usize = 12;
/// Bodies read for one statement, and the bytes in them.
const MOST_BODIES: usize = 200;
const MOST_BYTES: usize = 1 << 20;

/// What a body was found to do.
#[derive(Clone, Default)]
pub(crate) struct Reading {
    /// Whether all of it could be read.
    pub(crate) body: CallBody,
    /// Each column of what it gives.
    pub(crate) fields: Vec<Value>,
    /// Whether it does something with its arguments but compute: writes, raises, opens a cursor.
    pub(crate) is_loud: bool,
    pub(crate) notes: Notes,
    /// What it gives, as one value.
    pub(crate) value: Value,
}

/// A function being read.
#[derive(Default)]
pub(crate) struct Active {
    fields: Vec<Value>,
    /// Whether it gives its OUT parameters as they stand.
    gives_outputs: bool,
    has_changed: bool,
    oid: u32,
    outputs: Vec<String>,
    value: Option<Value>,
}

/// How a trigger's body is called: for which relation.
pub(super) type Trigger = Option<u32>;

impl<'a> Reader<'a> {
    /// What calling a function does, where it is a user's with a text to read.
    pub(crate) fn reading(&mut self, function: &'a Function, trigger: Trigger) -> Rc<Reading> {
        let language = &*function.language;
        let is_plain = !matches!(
            function.kind,
            FunctionKind::Aggregate | FunctionKind::Window
        );
        let body = function.body().filter(|_| is_plain);
        let (Some(text), "sql" | "plpgsql") = (body, language) else {
            let has_text = function.source.is_some() && !matches!(language, "c" | "internal");
            return Rc::new(Reading {
                body: if has_text && is_plain {
                    CallBody::Partly
                } else {
                    CallBody::None
                },
                is_loud: true,
                value: Value::opaque(0),
                ..Reading::default()
            });
        };
        let key = (function.oid, trigger, self.world.search_path.clone());
        let is_settled = self.world.unsettled.is_empty() && !self.world.is_unsettled;
        if let Some(known) = self.readings.get(&key).filter(|_| is_settled) {
            return known.clone();
        }
        if let Some(at) = self.active.iter().position(|a| a.oid == function.oid) {
            // It calls itself: what it is known to give so far; it is read until that stands still.
            self.loops_to = self.loops_to.min(at);
            let active = self.active.get(at);
            return Rc::new(Reading {
                body: CallBody::Whole,
                fields: active.map(|a| a.fields.clone()).unwrap_or_default(),
                value: active.and_then(|a| a.value.clone()).unwrap_or_default(),
                is_loud: true,
                ..Reading::default()
            });
        }
        self.bodies += 1;
        self.body_bytes += text.len();
        let is_too_much = self.active.len() >= DEEPEST
            || self.bodies > MOST_BODIES
            || self.body_bytes > MOST_BYTES;
        if is_too_much || !self.descend() {
            return Rc::new(Reading {
                body: CallBody::Partly,
                is_loud: true,
                value: Value::opaque(0),
                ..Reading::default()
            });
        }
        let at = self.active.len();
        let reading = Rc::new(self.entered(function, text, trigger));
        self.ascend();
        let hangs_on_outer = self.loops_to < at;
        if !hangs_on_outer {
            self.loops_to = usize::MAX;
            if is_settled {
                self.readings.insert(key, reading.clone());
            }
        }
        reading
    }

    /// Reads a body apart from what is being read.
    fn entered(&mut self, function: &'a Function, text: &Arc<str>, trigger: Trigger) -> Reading {
        let own_path = declared_path(function, self.world.catalog);
        let has_path = own_path.is_some();
        let kept = self.leave(own_path);
        self.declared = Some(function.arguments.clone());
        // A body means its names when it runs, whoever's text calls it.
        let now = self.world.catalog;
        let names = std::mem::replace(&mut self.world.names, now);
        let next_path = self.next_path.clone();
        self.trigger = trigger;
        let out = |mode: ArgumentMode| {
            matches!(
                mode,
                ArgumentMode::Out | ArgumentMode::InOut | ArgumentMode::Table
            )
        };
        let arguments = function.source.as_ref().map(|s| s.arguments.as_slice());
        let outputs = arguments.unwrap_or_default().iter();
        self.active.push(Active {
            gives_outputs: !function.returns_set,
            oid: function.oid,
            outputs: outputs
                .filter(|a| out(a.mode))
                .map(|a| a.name.to_string())
                .collect(),
            ..Active::default()
        });
        self.own_settings(function);
        let settings = std::mem::take(&mut self.notes);
        let (level, held) = self.parameters(function, trigger);
        if &*function.language == "sql" {
            self.run_sql(text, &level, &held);
        } else {
            let program = parse::parse(text, level);
            self.run(program, held);
        }
        let active = self.active.pop().unwrap_or_default();
        self.notes.keep(&settings, |_| true);
        if has_path {
            // The function's own setting ends with it.
            self.next_path = next_path;
        }
        let is_loud = self.is_loud || self.notes.changes();
        let (notes, is_loud) = (self.come_back(kept), is_loud);
        self.world.names = names;
        let is_whole = notes.effects.gaps.is_empty();
        let value = if is_whole {
            active.value.unwrap_or_default()
        } else {
            Value::opaque(0)
        };
        Reading {
            body: if is_whole {
                CallBody::Whole
            } else {
                CallBody::Partly
            },
            fields: if is_whole { active.fields } else { Vec::new() },
            is_loud,
            notes,
            value,
        }
    }

    /// A body in SQL: its statements one after the other; it gives what the last one gives.
    pub(super) fn run_sql(&mut self, text: &str, level: &Level, held: &[Held]) {
        let Some(text) = super::plain_sql(text) else {
            self.notes.gap("syntax", "a body that does not parse");
            return;
        };
        let frame = Frame::of_parameters(level.clone(), held.to_vec());
        let Some(root) = self.parsed(&text) else {
            return;
        };
        let settled = (self.world.unsettled.clone(), self.world.is_unsettled);
        for _ in 0..super::run::MOST_PASSES {
            self.notes = Notes::default();
            (self.world.unsettled, self.world.is_unsettled) = settled.clone();
            let mut last = Vec::new();
            for statement in root
                .children()
                .filter_map(<Stmt as squawk_syntax::ast::AstNode>::cast)
            {
                if matches!(statement, Stmt::EmptyStmt(_)) {
                    continue;
                }
                self.names = Rc::new(frame.offer(0));
                self.before();
                let path = self.next_path.take();
                last = self.statement_rows(&statement);
                self.after(path);
            }
            self.returns(&last);
            if !self.has_new_outcome() {
                return;
            }
        }
    }

    /// Whether what the body gives has grown since it was last asked.
    pub(super) fn has_new_outcome(&mut self) -> bool {
        let active = self.active.last_mut();
        active.is_some_and(|active| std::mem::take(&mut active.has_changed))
    }

    /// A body gives these rows.
    pub(super) fn returns(&mut self, fields: &[Field]) {
        if let [only] = fields {
            self.returns_value(only.value.clone());
            return;
        }
        let values: Vec<Value> = fields.iter().map(|field| field.value.clone()).collect();
        let row = Value {
            row: Some(Rc::new(fields.to_vec())),
            ..self.computed(&values, 0)
        };
        self.returns_value(row);
    }

    /// A body gives this value, or this row.
    pub(super) fn returns_value(&mut self, value: Value) {
        let Some(active) = self.active.last() else {
            return;
        };
        let mut fields = active.fields.clone();
        let sum = self.given_also(active.value.as_ref(), &value);
        let given: Vec<Value> = match &value.row {
            Some(row) => row.iter().map(|field| field.value.clone()).collect(),
            None => vec![value],
        };
        let is_one = given.len() == 1;
        for at in 0..fields.len().max(given.len()) {
            let blank = Value::clean(0);
            let other = if is_one { given.first() } else { given.get(at) };
            let other = other.unwrap_or(&blank);
            match fields.get_mut(at) {
                Some(field) => *field = self.given_also(Some(field), other),
                None => fields.push(self.given_also(None, other)),
            }
        }
        if let Some(active) = self.active.last_mut() {
            active.has_changed |= active.fields != fields || active.value.as_ref() != Some(&sum);
            active.fields = fields;
            active.value = Some(sum);
        }
    }

    /// What was given before, or this: a column as it is, as long as it is the same.
    fn given_also(&self, former: Option<&Value>, value: &Value) -> Value {
        let sum = match former {
            Some(former) => former.joined(value, &self.is_classified()),
            None => value.clone(),
        };
        Value {
            is_constant: false,
            row: None,
            touch: Touch::None,
            ..sum
        }
    }

    /// Its OUT parameters are among what the body gives.
    pub(super) fn gives_outputs(&mut self) {
        if let Some(active) = self.active.last_mut() {
            active.gives_outputs = true;
        }
    }

    /// OUT parameters are given as they stand.
    pub(super) fn takes_outputs(&mut self, frame: &Frame) {
        let names = match self.active.last() {
            Some(active) if active.gives_outputs => active.outputs.clone(),
            Some(_) | None => return,
        };
        if names.is_empty() {
            return;
        }
        let field = |name: &String| Field {
            name: name.as_str().into(),
            value: frame
                .held(0, std::slice::from_ref(name))
                .map(|held| held.value.clone())
                .unwrap_or_default(),
        };
        let fields: Vec<Field> = names.iter().map(field).collect();
        self.returns(&fields);
    }

    /// A function is run that the statement does not name, a trigger of a relation's or what
    /// computes a default: what its body does is done, whatever it is run for.
    ///
    /// Its conditions are its author's, over the row that is written: what they choose reaches the
    /// client by what the body writes alone, and stands there.
    pub(crate) fn ran(
        &mut self,
        function: &'a Function,
        relation: Option<u32>,
        via: &str,
    ) -> CallBody {
        if reach::of(function) != Reach::UserDefined {
            return CallBody::None;
        }
        let relation = relation.filter(|_| function.is_trigger());
        let reading = self.reading(function, relation);
        let notes = reading.notes.clone().of_trigger();
        self.notes.absorb(&notes, Some(via), true);
        reading.body
    }
}
