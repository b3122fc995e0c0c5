//! Names a session keeps: cursors and prepared statements; and EXPLAIN and CALL, which run others.
//!
//! Why: what was declared or prepared earlier is judged by its text when it is fetched or
//! executed.
//! The session's names are the caller's: they come through [`crate::Scene`].

use std::sync::Arc;

use model::{FilterForm, SessionName};
use squawk_syntax::ast::{self, AstNode, Stmt};
use squawk_syntax::{SourceFile, SyntaxKind, SyntaxNode};

use crate::gate;
use crate::name;
use crate::place::KeptText;
use crate::reader::{Planned, Reader, child, has_token};
use crate::tree::{Role, role};
use crate::value::{Field, Origin, Value};
use crate::write::is_write;

/// Texts within texts: EXECUTE of a FETCH of …
pub(crate) const DEEPEST_TEXT: usize = 8;

/// The statement a statement holds.
fn held(node: &SyntaxNode) -> Option<SyntaxNode> {
    node.children().find(|c| {
        role(c.kind()) == Role::Select
            || is_write(c.kind())
            || matches!(
                c.kind(),
                SyntaxKind::EXECUTE
                    | SyntaxKind::DECLARE
                    | SyntaxKind::CREATE_TABLE_AS
                    | SyntaxKind::CREATE_MATERIALIZED_VIEW
            )
    })
}

/// Whether a type stands in the list of a PREPARE's own.
fn is_declared_by(kind: &SyntaxNode, prepare: &SyntaxNode) -> bool {
    let mut above = kind.ancestors().skip(1);
    let is_held = |n: &SyntaxNode| role(n.kind()) == Role::Select || is_write(n.kind());
    let is_part = |n: &SyntaxNode| role(n.kind()) == Role::Type;
    above
        .find(|n| is_held(n) || is_part(n) || n == prepare)
        .is_some_and(|n| n == *prepare)
}

fn name_in(node: &SyntaxNode, kind: SyntaxKind) -> String {
    child(node, kind).map(|n| name::of(&n)).unwrap_or_default()
}

impl Reader<'_> {
    /// Reads the statement another holds, keeping the other's kind.
    fn inside(&mut self, node: &SyntaxNode) {
        let Some(statement) = held(node).and_then(Stmt::cast) else {
            self.unread(node);
            return;
        };
        let kind = std::mem::take(&mut self.notes.effects.kind);
        self.statement(&statement);
        self.notes.effects.kind = kind;
    }

    fn gives_nothing(&mut self) {
        self.notes.effects.outputs = None;
        self.notes.effects.returns_rows = false;
    }

    pub(crate) fn declare(&mut self, node: &SyntaxNode) {
        let name = name_in(node, SyntaxKind::CURSOR);
        let text = held(node).map(|n| n.text().to_string()).unwrap_or_default();
        "DECLARE CURSOR".clone_into(&mut self.notes.effects.kind);
        self.inside(node);
        self.gives_nothing();
        self.used_literal();
        let planned = Planned {
            catalog: Arc::clone(self.scene.catalog),
            path: self.world.search_path.clone(),
            text: text.as_str().into(),
        };
        self.cursors.insert(name.clone(), planned);
        let is_held = child(node, SyntaxKind::WITH_HOLD).is_some();
        self.notes.effects.names.push(SessionName::Declare {
            is_held,
            name,
            text,
        });
    }

    pub(crate) fn prepare(&mut self, node: &SyntaxNode) {
        let name = name_in(node, SyntaxKind::PREPARED_STATEMENT);
        let text = held(node).map(|n| n.text().to_string()).unwrap_or_default();
        let types: Vec<u32> = node
            .descendants()
            .filter(|n| role(n.kind()) == Role::Type && is_declared_by(n, node))
            .map(|kind| self.written(&kind).oid)
            .collect();
        let declared = self.declared.replace(types);
        self.inside(node);
        self.declared = declared;
        self.gives_nothing();
        self.used_literal();
        self.prepared.insert(name.clone(), text.as_str().into());
        self.notes
            .effects
            .names
            .push(SessionName::Prepare { name, text });
    }

    /// The text of a cursor: known only in the world it was planned in, since its names meant what
    /// they meant then.
    pub(crate) fn cursor(&self, name: &str) -> Option<Arc<str>> {
        match self.cursors.get(name) {
            Some(planned) => {
                let is_of_now = planned.path == self.world.search_path
                    && Arc::ptr_eq(&planned.catalog, self.scene.catalog);
                is_of_now.then(|| planned.text.clone())
            }
            None if self.has_set_path || self.has_changed => None,
            None => (self.scene.cursors)(name),
        }
    }

    pub(crate) fn fetch(&mut self, node: &SyntaxNode, gives_rows: bool) {
        let name = name_in(node, SyntaxKind::CURSOR_REF);
        let text = self.cursor(&name);
        self.depends_on_literals = true;
        match text {
            Some(text) => self.text(&text, KeptText::of(&name, true, None)),
            None => {
                self.notes
                    .gap("cursor", format!("cursor {name} is not known"));
                self.notes.effects.returns_rows = true;
            }
        }
        if !gives_rows {
            self.gives_nothing();
        }
    }

    pub(crate) fn execute(&mut self, node: &SyntaxNode) {
        let name = name_in(node, SyntaxKind::PREPARED_STATEMENT_REF);
        let list = child(node, SyntaxKind::ARG_LIST);
        if let Some(arguments) = &list {
            self.sweep(arguments, &self.ground());
        }
        let text = match self.prepared.get(&name) {
            Some(text) => Some(text.clone()),
            None => (self.scene.prepared)(&name),
        };
        self.depends_on_literals = true;
        match text {
            Some(text) => self.text(&text, KeptText::of(&name, false, list.as_ref())),
            None => {
                self.notes.gap(
                    "prepared",
                    format!("prepared statement {name} is not known"),
                );
                self.notes.effects.returns_rows = true;
            }
        }
    }

    /// Reads a text the session keeps: a cursor's, or what EXECUTE hands its arguments to.
    fn text(&mut self, text: &Arc<str>, mut kept: KeptText) {
        self.texts += 1;
        let parsed = (self.texts <= DEEPEST_TEXT
            && gate::check(
                text,
                self.scene.limits,
                self.scene.standard_conforming_strings,
            )
            .is_ok())
        .then(|| SourceFile::parse(text))
        .filter(|parsed| parsed.errors().is_empty());
        let Some(parsed) = parsed else {
            self.notes
                .gap("syntax", "the text of a cursor or prepared statement");
            self.texts -= 1;
            return;
        };
        let mut statements = parsed.tree().stmts();
        let (Some(statement), None) = (statements.next(), statements.next()) else {
            self.notes
                .gap("syntax", "the text of a cursor or prepared statement");
            self.texts -= 1;
            return;
        };
        kept.within = self.kept_text.take().map(Box::new);
        self.kept_text = Some(kept);
        let is_own_text = std::mem::replace(&mut self.is_own_text, false);
        let declared = self.declared.take();
        let names = std::mem::take(&mut self.names);
        let hides_columns = std::mem::take(&mut self.hides_columns);
        let kind = std::mem::take(&mut self.notes.effects.kind);
        if let Stmt::Declare(declare) = &statement {
            // A portal may run DECLARE; a cursor's text is its query.
            self.inside(declare.syntax());
        } else {
            self.statement(&statement);
        }
        self.notes.effects.kind = kind;
        self.declared = declared;
        if let Some(kept) = self.kept_text.take() {
            self.shares(statement.syntax(), &kept);
            self.kept_text = kept.within.map(|within| *within);
        }
        self.is_own_text = is_own_text;
        self.names = names;
        self.hides_columns = hides_columns;
        self.texts -= 1;
    }

    pub(crate) fn close(&mut self, node: &SyntaxNode) {
        let name = child(node, SyntaxKind::CURSOR_REF).map(|n| name::of(&n));
        "CLOSE CURSOR".clone_into(&mut self.notes.effects.kind);
        self.notes.effects.names.push(SessionName::Close(name));
    }

    pub(crate) fn deallocate(&mut self, node: &SyntaxNode) {
        let name = child(node, SyntaxKind::PREPARED_STATEMENT_REF).map(|n| name::of(&n));
        self.notes.effects.names.push(SessionName::Deallocate(name));
    }

    pub(crate) fn explain(&mut self, explain: &ast::Explain) {
        let node = explain.syntax();
        let mut runs = child(node, SyntaxKind::EXPLAIN_ANALYZE).is_some();
        let mut is_text = true;
        for option in node
            .descendants()
            .filter(|n| n.kind() == SyntaxKind::EXPLAIN_OPTION)
        {
            let text = option.text().to_string().to_ascii_lowercase();
            let text = text.trim();
            if text.starts_with("analy") {
                let off = ["false", "off", "0", "'false'", "'off'", "no"];
                self.used_literal();
                runs |= !off.iter().any(|off| text.ends_with(off));
            }
            is_text &= !text.starts_with("format");
        }
        self.inside(node);
        if !runs {
            self.notes.only_planned();
        }
        // A plan prints the constants of predicates, and guesses how many rows they choose.
        let form = |f: &FilterForm| *f != FilterForm::Nullness;
        let cols = self.notes.filtered(form);
        let origin = if cols.is_empty() {
            Origin::Clean
        } else {
            Origin::Derived(cols)
        };
        let type_oid = if is_text { 25 } else { 0 };
        let value = Value {
            origin,
            ..Value::clean(type_oid)
        };
        self.gives(vec![Field {
            name: "QUERY PLAN".into(),
            value,
        }]);
        "EXPLAIN".clone_into(&mut self.notes.effects.kind);
        self.notes.effects.names.clear();
    }

    pub(crate) fn call_procedure(&mut self, node: &SyntaxNode) {
        let Some(reference) = child(node, SyntaxKind::PROCEDURE_NAME_REF) else {
            self.unread(node);
            return;
        };
        let (schema, name) = name::qualified(&reference);
        let values = match child(node, SyntaxKind::ARG_LIST) {
            Some(list) => self.sweep(&list, &self.ground()),
            None => Vec::new(),
        };
        if has_token(node, SyntaxKind::STAR) {
            self.unread(node);
        }
        let value = self.apply(schema.as_deref(), &name, &values);
        let found = self.world.functions(schema.as_deref(), &name, None);
        let outputs = found.iter().flat_map(|function| function.outputs.iter());
        let fields: Vec<Field> = outputs
            .map(|(name, _)| Field {
                name: name.clone(),
                value: Value {
                    type_oid: 0,
                    ..value.clone()
                },
            })
            .collect();
        if !fields.is_empty() {
            self.gives(fields);
        }
    }
}
