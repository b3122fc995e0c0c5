//! A body's steps, read one by one: what each does, and what its values come from.
//!
//! Why: the SQL in a body is judged as any other; only its names are more. Steps are read again
//! until no variable learns anything new, so that what a loop carries round is not lost.
//! Which function this is, and what became of it, is in `routine`.

use std::rc::Rc;

use model::{Action, FilterForm, ObjectKind, SessionName};
use squawk_syntax::ast::{AstNode, Stmt};
use squawk_syntax::{SourceFile, SyntaxKind, SyntaxNode};

use super::frame::{Frame, Held};
use super::program::{Doing, Program, Step, Target, Text};
use crate::gate;
use crate::notes::Notes;
use crate::reader::{Reader, child};
use crate::scope::{Offer, Scope};
use crate::tree::{Role, role};
use crate::value::{Field, Origin, Value};
use crate::write::is_write;

/// How often the steps are read until variables stand still.
pub(super) const MOST_PASSES: usize = 12;

impl Reader<'_> {
    /// What a statement sees besides its own names.
    pub(crate) fn ground(&self) -> Scope<'static> {
        Scope::new((*self.names).clone(), None)
    }

    /// A text of SQL in a body, parsed; `None` is a gap.
    pub(crate) fn parsed(&mut self, text: &str) -> Option<SyntaxNode> {
        let strings = self.scene.standard_conforming_strings;
        let passed = match gate::check(text, self.scene.limits, strings) {
            Ok(passed) => passed,
            Err(gap) => {
                self.notes.gap(&gap.kind, gap.reason);
                return None;
            }
        };
        let parsed = SourceFile::parse(text);
        let node = parsed.syntax_node();
        let is_read = parsed.errors().is_empty()
            && crate::analyse::agree(text, &node, &passed.operators).is_ok();
        if !is_read {
            self.notes
                .gap("syntax", "a statement of a body does not parse");
        }
        is_read.then_some(node)
    }

    /// Runs a program to the end, its parameters held; its notes are the reader's from then on.
    pub(super) fn run(&mut self, program: Program, parameters: Vec<Held>) {
        if program.texts.len() > self.scene.limits.statement_parts {
            self.notes
                .gap("size", "more statements in one body than the limit");
            return;
        }
        let nodes = program.texts.iter().map(|text| self.parsed(text));
        let nodes: Vec<_> = nodes.collect();
        let unread = std::mem::take(&mut self.notes.effects.gaps);
        let mut frame = Frame {
            held: vec![parameters],
            is_changed: false,
            nodes,
            program: Rc::new(program),
        };
        frame.held = self.declared(&frame);
        let undeclared = std::mem::take(&mut self.notes.effects.gaps);
        let settled = (self.world.unsettled.clone(), self.world.is_unsettled);
        for pass in 1..=MOST_PASSES {
            self.notes = Notes::default();
            (self.world.unsettled, self.world.is_unsettled) = settled.clone();
            frame.is_changed = false;
            let program = frame.program.clone();
            for step in &program.steps {
                self.step(&mut frame, step);
            }
            self.takes_outputs(&frame);
            let has_new_outcome = self.has_new_outcome();
            if !frame.is_changed && !has_new_outcome {
                break;
            }
            if pass == MOST_PASSES {
                self.notes
                    .gap("size", "variables that hang on each other without end");
            }
        }
        for gap in unread.into_iter().chain(undeclared) {
            self.notes.gap(&gap.kind, gap.reason);
        }
        for (kind, reason) in &frame.program.gaps {
            self.notes.gap(kind, reason.clone());
        }
    }

    fn step(&mut self, frame: &mut Frame, step: &Step) {
        let level = step.level;
        self.names = Rc::new(frame.offer(level));
        self.hides_columns = frame.program.prefers_variables;
        let reads = !matches!(
            step.doing,
            Doing::Close | Doing::Diagnose { .. } | Doing::ReturnNext | Doing::Transaction(_)
        );
        if reads {
            self.before();
        }
        let path = self.next_path.take();
        match &step.doing {
            Doing::Assign { target, text } => {
                let fields = self.rows(frame, *text);
                let value = first_of(fields);
                self.put(frame, level, target, &value);
            }
            Doing::Choose(text) => {
                for field in self.rows(frame, *text) {
                    self.chooses(&field.value, FilterForm::Other);
                }
            }
            Doing::Close => self.forgets_cursors(),
            Doing::Diagnose {
                targets,
                is_stacked,
            } => self.diagnoses(frame, level, targets, *is_stacked),
            Doing::Dynamic {
                into,
                returns,
                text,
                using,
            } => {
                let fields = self.dynamic(frame, *text, using);
                if *returns {
                    self.returns(&fields);
                }
                if !into.is_empty() {
                    self.put_rows(frame, level, into, &fields);
                }
            }
            Doing::Fetch { cursor, into } => self.fetches(frame, level, cursor, into),
            Doing::Open { cursor, text } => self.opens(frame, level, cursor, *text),
            Doing::Raise(text) => self.raises(frame, *text),
            Doing::Say(text) => self.says(frame, *text),
            Doing::Return(text) => {
                let value = first_of(self.rows(frame, *text));
                self.returns_value(value);
            }
            Doing::ReturnNext => self.gives_outputs(),
            Doing::ReturnQuery(text) => {
                let fields = self.rows(frame, *text);
                self.returns(&fields);
            }
            Doing::Run { into, text } => {
                let fields = self.rows(frame, *text);
                if !into.is_empty() {
                    self.put_rows(frame, level, into, &fields);
                }
                self.takes_back(frame, level, *text, &fields);
            }
            Doing::Transaction(control) => {
                self.session_act(Action::Transaction);
                let is_back = *control == model::TransactionControl::Rollback;
                self.is_shaken |= is_back && self.has_set_path;
            }
        }
        self.after(path);
    }

    /// What an earlier step changed for the names of this one.
    pub(super) fn before(&mut self) {
        if self.world.is_unsettled {
            self.notes
                .gap("relation", "a body that changes what its own names mean");
        }
    }

    /// What a step changed for the steps after it.
    pub(super) fn after(&mut self, path: Option<Vec<std::sync::Arc<str>>>) {
        if self.next_path.is_some() {
            self.notes.gap(
                "relation",
                "a body that changes the search path its own names hang on",
            );
        } else {
            self.next_path = path;
        }
        for (_, name) in self.notes.defined(ObjectKind::Table) {
            if !self.world.unsettled.contains(&name) {
                self.world.unsettled.push(name);
            }
        }
        self.world.is_unsettled |= self.notes.defines_but(ObjectKind::Table);
    }

    /// The rows a text of the body gives; it must be one statement.
    fn rows(&mut self, frame: &Frame, text: Text) -> Vec<Field> {
        let node = frame.nodes.get(text).and_then(Option::as_ref).cloned();
        // One that did not parse is a gap already.
        let Some(node) = node else {
            return vec![unknown()];
        };
        let mut statements = node.children().filter_map(Stmt::cast);
        match (statements.next(), statements.next()) {
            (Some(statement), None) => self.statement_rows(&statement),
            _ => {
                self.notes.gap("syntax", "a body cuts its text elsewhere");
                vec![unknown()]
            }
        }
    }

    /// The rows a statement within a body gives.
    pub(crate) fn statement_rows(&mut self, statement: &Stmt) -> Vec<Field> {
        let node = statement.syntax();
        if role(node.kind()) == Role::Select {
            return self.select(node, &self.ground()).fields;
        }
        if is_write(node.kind()) {
            return self.write(node, &self.ground()).fields;
        }
        let effects = &mut self.notes.effects;
        let (kind, outputs) = (std::mem::take(&mut effects.kind), effects.outputs.take());
        self.statement(statement);
        let effects = &mut self.notes.effects;
        effects.kind = kind;
        effects.returns_rows = false;
        effects.transaction = None;
        let given = std::mem::replace(&mut effects.outputs, outputs);
        let fields = given.into_iter().flatten().map(|output| Field {
            name: output.name.as_deref().unwrap_or("*").into(),
            value: Value {
                origin: crate::notes::origin(&output.lineage),
                ..Value::clean(output.type_oid.unwrap_or(0))
            },
        });
        fields.collect()
    }

    /// EXECUTE: a text that is known is read, any other is a gap.
    fn dynamic(&mut self, frame: &Frame, text: Text, using: &[Text]) -> Vec<Field> {
        for using in using {
            // What the text does with it is its own affair: it may keep it anywhere.
            for field in self.rows(frame, *using) {
                self.carries(&field.value, None);
            }
        }
        for field in self.rows(frame, text) {
            self.carries(&field.value, None);
        }
        let node = frame.nodes.get(text).and_then(Option::as_ref).cloned();
        let known = node.and_then(|node| self.constant_sql(&node));
        let Some(known) = known else {
            self.is_loud = true;
            self.notes
                .gap("dynamic_sql", "EXECUTE of a text that is made when it runs");
            return vec![unknown()];
        };
        let Some(node) = self.parsed(&known) else {
            return vec![unknown()];
        };
        let names = std::mem::replace(&mut self.names, Rc::new(Offer::default()));
        let mut fields = Vec::new();
        for statement in node.children().filter_map(Stmt::cast) {
            fields = self.statement_rows(&statement);
        }
        self.names = names;
        fields
    }

    fn opens(&mut self, frame: &mut Frame, level: usize, cursor: &Target, text: Option<Text>) {
        self.forgets_cursors();
        let Some(text) = text else { return };
        let fields = self.rows(frame, text);
        self.is_loud = true;
        let row = Value {
            row: Some(Rc::new(fields)),
            ..Value::clean(1790)
        };
        frame.bind(level, cursor, row);
    }

    fn fetches(&mut self, frame: &mut Frame, level: usize, cursor: &Target, into: &[Target]) {
        let row = frame.held(level, cursor).and_then(|h| h.value.row.clone());
        let fields = match row {
            Some(row) => row.to_vec(),
            None => {
                self.notes
                    .gap("cursor", "a cursor that somebody else has opened");
                vec![unknown()]
            }
        };
        if !into.is_empty() {
            self.put_rows(frame, level, into, &fields);
        }
    }

    /// A portal's name may be another's: what the session knows of its cursors does not hold.
    fn forgets_cursors(&mut self) {
        let all = SessionName::Close(None);
        if !self.notes.effects.names.contains(&all) {
            self.notes.effects.names.push(all);
        }
        self.cursors.clear();
    }

    /// CALL puts what a procedure gives back into the variables it was called with.
    fn takes_back(&mut self, frame: &mut Frame, level: usize, text: Text, fields: &[Field]) {
        let node = frame.nodes.get(text).and_then(Option::as_ref);
        let call = node.and_then(|node| child(node, SyntaxKind::CALL));
        let Some(list) = call.and_then(|call| child(&call, SyntaxKind::ARG_LIST)) else {
            return;
        };
        let values: Vec<Value> = fields.iter().map(|field| field.value.clone()).collect();
        let value = self.computed(&values, 0);
        for argument in list.descendants() {
            let path = Self::dotted(&argument);
            if let Some(path) = path.filter(|path| frame.held(level, path).is_some()) {
                self.put(frame, level, &path, &value);
            }
        }
    }

    /// A text of a message: of a statement that touches what is masked no message is told.
    fn says(&mut self, frame: &Frame, text: Text) {
        self.is_loud = true;
        self.rows(frame, text);
    }

    /// What is raised is told to the client.
    fn raises(&mut self, frame: &Frame, text: Text) {
        self.is_loud = true;
        for field in self.rows(frame, text) {
            self.carries(&field.value, None);
        }
    }

    fn diagnoses(&mut self, frame: &mut Frame, level: usize, into: &[Target], is_stacked: bool) {
        let value = self.error_text(is_stacked);
        for target in into {
            self.put(frame, level, target, &value);
        }
    }

    /// What an error says may be any value it was raised over.
    fn error_text(&self, is_stacked: bool) -> Value {
        if is_stacked {
            let cols = self.notes.classified(&self.is_classified());
            if !cols.is_empty() {
                return Value {
                    origin: Origin::Derived(cols),
                    ..Value::clean(25)
                };
            }
        }
        Value::clean(0)
    }
}

fn first_of(fields: Vec<Field>) -> Value {
    match fields.into_iter().next() {
        Some(field) => field.value,
        None => Value::clean(0),
    }
}

/// A column nothing is known of.
fn unknown() -> Field {
    Field {
        name: "*".into(),
        value: Value::opaque(0),
    }
}
