//! COPY: what is copied, which way, and how its rows are written.
//!
//! Why: COPY gives rows without describing them, so masks must know columns and form beforehand;
//! and with a file or a program it reaches the server's host.
//! An option it does not know is a gap.

use model::{Action, CopyForm, CopyShape};
use squawk_syntax::ast::{self, AstNode, Stmt};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::expr::condition_in;
use crate::name;
use crate::notes::table;
use crate::reader::{Reader, child, words};
use crate::scope::{Offer, Scope};
use crate::select::columns_of;
use crate::value::{Field, Value};

impl Reader<'_> {
    pub(crate) fn copy(&mut self, copy: &ast::Copy) {
        let node = copy.syntax();
        let is_from = child(node, SyntaxKind::COPY_FROM).is_some();
        let reaches = node
            .descendants()
            .any(|n| n.kind() == SyntaxKind::COPY_PROGRAM);
        if reaches {
            self.session_act(Action::ReachHost);
        }
        if child(node, SyntaxKind::COPY_FROM)
            .or(child(node, SyntaxKind::COPY_TO))
            .is_none()
        {
            self.unread(node);
        }
        if let Some(query) = child(node, SyntaxKind::COPY_QUERY) {
            self.copy_query(&query);
        } else if let Some(target) = child(node, SyntaxKind::COPY_TABLE) {
            self.copy_table(node, &target, is_from);
        } else {
            self.unread(node);
        }
        self.notes.effects.returns_rows = false;
        if reaches {
            self.notes.effects.outputs = None;
        } else {
            self.notes.effects.copy = Some(self.copy_shape(node));
        }
        "COPY".clone_into(&mut self.notes.effects.kind);
    }

    fn copy_query(&mut self, query: &SyntaxNode) {
        match query.children().next().and_then(Stmt::cast) {
            Some(statement) => self.statement(&statement),
            None => self.unread(query),
        }
        self.notes.all_read_also(Action::CopyOut);
    }

    fn copy_table(&mut self, node: &SyntaxNode, target: &SyntaxNode, is_from: bool) {
        let Some(reference) = child(target, SyntaxKind::TABLE_NAME_REF) else {
            self.unread(target);
            return;
        };
        let (schema, name) = name::qualified(&reference);
        let relation = match self.world.relation(schema.as_deref(), &name) {
            Ok(relation) => relation,
            Err(reason) => {
                self.notes.gap("relation", reason);
                return;
            }
        };
        let mut names = columns_of(target);
        if names.is_empty() {
            let stored = relation
                .columns
                .iter()
                .filter(|column| !column.is_generated);
            names = stored.map(|column| column.name.to_string()).collect();
        }
        let action = if is_from {
            Action::CopyIn
        } else {
            Action::CopyOut
        };
        self.writes_or_reads(action, relation, &names);
        let fields = self.fields_of(relation);
        let find = |name: &String| fields.iter().find(|field| *field.name == **name).cloned();
        let chosen: Vec<Field> = names.iter().filter_map(find).collect();
        if is_from {
            let unknown = vec![Value::clean(0); names.len()];
            self.puts_rows((relation, &names), None, &unknown);
            let scope = Scope::new(Offer::one(Self::source_of(relation, fields)), None);
            if let Some(condition) = condition_in(node, SyntaxKind::WHERE_CLAUSE) {
                self.condition(&condition, &scope);
            }
        } else {
            self.gives(chosen);
        }
    }

    fn writes_or_reads(&mut self, action: Action, relation: &catalog::Relation, names: &[String]) {
        if action == Action::CopyIn
            && let Some(relation) = self.world.catalog.relation(relation.oid)
        {
            // Each is read by its column's type.
            let values = vec![Value::untyped(0); names.len()];
            self.writes(action, relation, names, &values);
            return;
        }
        self.notes.act(action, table(relation));
        if let Some(relation) = self.world.catalog.relation(relation.oid) {
            self.beside(action, relation, &[], true);
        }
        for name in names {
            match relation
                .columns
                .iter()
                .find(|column| *column.name == **name)
            {
                Some(column) => self
                    .notes
                    .columns(action, relation, [column.number].into_iter()),
                None => self
                    .notes
                    .gap("column", format!("column {name} is not known")),
            }
        }
    }

    fn copy_shape(&mut self, node: &SyntaxNode) -> CopyShape {
        let mut options: Vec<(String, Option<String>)> = Vec::new();
        for option in node.descendants() {
            match option.kind() {
                SyntaxKind::COPY_OPTION => {
                    let key = child(&option, SyntaxKind::COPY_OPTION_KEY).map(|n| name::of(&n));
                    let value = child(&option, SyntaxKind::COPY_OPTION_VALUE)
                        .map(|value| self.option_text(&value));
                    options.push((key.unwrap_or_default(), value));
                }
                SyntaxKind::COPY_LEGACY_OPTION => {
                    let key = words(&option).into_iter().next().unwrap_or_default();
                    let value = child(&option, SyntaxKind::LITERAL)
                        .map(|literal| self.literal_text(&literal));
                    options.push(match key.as_str() {
                        "binary" | "csv" | "json" => ("format".to_owned(), Some(key)),
                        _ => (key, value),
                    });
                }
                SyntaxKind::COPY_TABLE if words(&option).iter().any(|w| w == "binary") => {
                    options.push(("format".to_owned(), Some("binary".to_owned())));
                }
                _ => {}
            }
        }
        self.shape_of(&options)
    }

    fn option_text(&mut self, value: &SyntaxNode) -> String {
        match value.children().next() {
            Some(literal) if literal.kind() == SyntaxKind::LITERAL => self.literal_text(&literal),
            _ => value
                .text()
                .to_string()
                .trim()
                .trim_matches('"')
                .to_ascii_lowercase(),
        }
    }

    fn shape_of(&mut self, options: &[(String, Option<String>)]) -> CopyShape {
        let given = |name: &str| options.iter().rev().find(|(key, _)| key == name);
        let text = |name: &str| given(name).and_then(|(_, value)| value.clone());
        let form = match text("format").as_deref() {
            None | Some("text") => CopyForm::Text,
            Some("csv") => CopyForm::Csv,
            Some("binary") => CopyForm::Binary,
            Some(_) => {
                self.notes.gap("node", "a COPY format that is not known");
                CopyForm::Text
            }
        };
        for (key, value) in options {
            match key.as_str() {
                "format" | "delimiter" | "null" | "quote" | "escape" | "header" | "freeze"
                | "force" | "force_quote" | "force_not_null" | "force_null" | "on_error"
                | "log_verbosity" | "reject_limit" => {}
                "encoding" if is_utf8(value.as_deref()) => {}
                "encoding" => self
                    .notes
                    .gap("encoding", "COPY in an encoding other than UTF-8"),
                _ => self
                    .notes
                    .gap("node", format!("COPY option {key} is not known")),
            }
        }
        let is_csv = form == CopyForm::Csv;
        let mut byte = |name: &str, otherwise: u8| match text(name).as_deref().map(str::as_bytes) {
            None => otherwise,
            Some([byte]) => *byte,
            Some(_) => {
                self.notes
                    .gap("node", format!("COPY {name} of more than one byte"));
                otherwise
            }
        };
        let delimiter = byte("delimiter", if is_csv { b',' } else { b'\t' });
        let quote = byte("quote", b'"');
        let escape = byte("escape", quote);
        let header = given("header").map(|(_, value)| value.as_deref().unwrap_or("true"));
        let header = header.map(str::to_ascii_lowercase);
        // A row taken for the header is shown as it is: only where it surely is one.
        let has_header = match header.as_deref() {
            None | Some("0" | "false" | "off") => false,
            Some("1" | "on" | "true") => true,
            Some(_) => {
                self.notes.gap("node", "COPY HEADER of a value not known");
                false
            }
        };
        let null = text("null").unwrap_or_else(|| if is_csv { "" } else { "\\N" }.to_owned());
        CopyShape {
            delimiter,
            escape,
            form,
            has_header,
            null,
            quote,
        }
    }
}

fn is_utf8(value: Option<&str>) -> bool {
    value.is_some_and(|value| {
        matches!(
            value.to_ascii_lowercase().as_str(),
            "utf8" | "utf-8" | "unicode"
        )
    })
}
