//! Functions that take SQL as text, or the name of what they read.
//!
//! Why: `query_to_xml('DELETE …')` is a DELETE in a function's clothes. A constant text is read as
//! the server will read it and its effects are the statement's; any other is a gap.
//! Which functions these are is in `reach`; texts of cursors are in `names`.

use catalog::{Function, Relation, RelationKind};
use model::{Action, Reach};
use squawk_syntax::ast::{AstNode, Stmt};
use squawk_syntax::{SourceFile, SyntaxKind, SyntaxNode};

use crate::condition::operands;
use crate::name;
use crate::names::DEEPEST_TEXT;
use crate::reader::{MOST_STEPS, Reader, child, has_token};
use crate::scope::Scope;
use crate::tree::{Role, role};
use crate::value::Value;
use crate::{analyse, gate, reach};

/// What reading one more text counts besides its bytes, in the reader's steps: a call is short,
/// and may read much.
const TEXT_STEPS: usize = 2_000;
/// More relations than this are not read for one call.
const MOST_RELATIONS: usize = 200;

/// What a function reads, and by which of its arguments: place, or name where it has one.
#[derive(Debug, Clone, Copy)]
enum Reads {
    /// SQL, as it stands.
    Sql(&'static [(usize, &'static str)]),
    /// A relation.
    Relation,
    /// Every relation of a schema.
    Schema,
    /// Every relation there is.
    Database,
    /// Rows of a cursor.
    Cursor,
    /// Parts of a SELECT, put together as the server puts them: `connectby`.
    Tree,
    /// The same: `xpath_table`.
    Documents,
}

fn reads(name: &str) -> Option<Reads> {
    Some(match name {
        "query_to_xml" | "query_to_xmlschema" | "query_to_xml_and_xmlschema" => {
            Reads::Sql(&[(0, "query")])
        }
        "ts_stat" => Reads::Sql(&[(0, "query")]),
        "ts_rewrite" => Reads::Sql(&[(1, "")]),
        // The second is either SQL or the number of columns.
        "crosstab" => Reads::Sql(&[(0, ""), (1, "")]),
        "crosstab2" | "crosstab3" | "crosstab4" => Reads::Sql(&[(0, "")]),
        "table_to_xml" | "table_to_xmlschema" | "table_to_xml_and_xmlschema" => Reads::Relation,
        "schema_to_xml" | "schema_to_xmlschema" | "schema_to_xml_and_xmlschema" => Reads::Schema,
        "database_to_xml" | "database_to_xmlschema" | "database_to_xml_and_xmlschema" => {
            Reads::Database
        }
        "cursor_to_xml" | "cursor_to_xmlschema" => Reads::Cursor,
        "connectby" => Reads::Tree,
        "xpath_table" => Reads::Documents,
        _ => return None,
    })
}

/// The arguments of a call: what it is called by, and its expression.
struct Arguments(Vec<(Option<String>, SyntaxNode)>);

impl Arguments {
    fn of(list: &SyntaxNode) -> Option<Self> {
        let mut all = Vec::new();
        for argument in list.children() {
            if argument.kind() != SyntaxKind::ARG || has_token(&argument, SyntaxKind::VARIADIC_KW) {
                return None;
            }
            let named = child(&argument, SyntaxKind::NAMED_ARG);
            let holder = named.as_ref().unwrap_or(&argument);
            let called = named
                .as_ref()
                .and_then(|named| child(named, SyntaxKind::PARAM_NAME_REF))
                .map(|called| name::of(&called));
            all.push((called, operands(holder).into_iter().next()?));
        }
        Some(Self(all))
    }

    fn at(&self, place: usize, called: &str) -> Option<&SyntaxNode> {
        let by_name = self.0.iter().find(|(c, _)| c.as_deref() == Some(called));
        let by_place = self.0.get(place).filter(|(called, _)| called.is_none());
        by_name.or(by_place).map(|(_, node)| node)
    }
}

impl Reader<'_> {
    /// What a call of one of these reads by its texts; `None` where none of them takes any, or
    /// where a text is not known, which is a gap.
    pub(crate) fn texts(
        &mut self,
        found: &[&Function],
        list: Option<&SyntaxNode>,
    ) -> Option<Vec<Value>> {
        let function = found.iter().find(|f| reach::of(f) == Reach::RunsSql)?;
        let arguments = list.and_then(Arguments::of);
        let read = match (reads(&function.name), arguments) {
            (Some(reads), Some(arguments)) => self.read_by(reads, &arguments),
            _ => None,
        };
        if read.is_none() {
            let name = &function.name;
            self.notes.gap(
                "dynamic_sql",
                format!("{name} runs SQL that is not constant"),
            );
        }
        read
    }

    fn read_by(&mut self, reads: Reads, arguments: &Arguments) -> Option<Vec<Value>> {
        match reads {
            Reads::Sql(places) => {
                let mut values = Vec::new();
                for (at, (place, called)) in places.iter().enumerate() {
                    let Some(node) = arguments.at(*place, called) else {
                        if at > 0 {
                            continue;
                        }
                        return None;
                    };
                    if at > 0 && has_token(node, SyntaxKind::INT_NUMBER) {
                        continue;
                    }
                    let text = self.plain_text(node)?;
                    values.extend(self.inner(&text)?);
                }
                Some(values)
            }
            Reads::Relation => {
                let name = self.plain_text(arguments.at(0, "tbl")?)?;
                let text = self.select_from(&name)?;
                self.inner(&text)
            }
            Reads::Schema => {
                let schema = self.plain_text(arguments.at(0, "schema")?)?;
                self.inner_of(|relation| *relation.schema == *schema)
            }
            Reads::Database => self.inner_of(|relation| {
                !matches!(&*relation.schema, "pg_catalog" | "information_schema")
            }),
            Reads::Cursor => {
                let name = self.plain_text(arguments.at(0, "cursor")?)?;
                let text = self.cursor(&name)?;
                self.depends_on_literals = true;
                self.inner(&text)
            }
            Reads::Tree => {
                let mut text = |at| self.plain_text(arguments.at(at, "")?);
                let (from, key, parent) = (text(0)?, text(1)?, text(2)?);
                // Before the start, a text too, may stand the order; behind it stands a number.
                let is_number = |node| has_token(node, SyntaxKind::INT_NUMBER);
                let order = match arguments.0.len() {
                    6.. if !arguments.at(4, "").is_some_and(is_number) => {
                        format!(" ORDER BY {}", text(3)?)
                    }
                    _ => String::new(),
                };
                self.inner(&format!(
                    "SELECT {key}, {parent} FROM {from} WHERE {parent} = '' \
                     AND {key} IS NOT NULL AND {key} <> {parent}{order}"
                ))
            }
            Reads::Documents => {
                let mut part = |at| self.plain_text(arguments.at(at, "")?);
                let (key, document, from, condition) = (part(0)?, part(1)?, part(2)?, part(4)?);
                self.inner(&format!(
                    "SELECT {key}, {document} FROM {from} WHERE {condition}"
                ))
            }
        }
    }

    /// The content of a constant that no cast has cut and no escape has changed.
    fn plain_text(&mut self, node: &SyntaxNode) -> Option<String> {
        let inner = match node.kind() {
            SyntaxKind::LITERAL => {
                let is_escaped = has_token(node, SyntaxKind::ESC_STRING)
                    || has_token(node, SyntaxKind::UNICODE_ESC_STRING);
                if is_escaped && node.text().to_string().contains('\\') {
                    return None;
                }
                return self.string(node);
            }
            SyntaxKind::PAREN_EXPR | SyntaxKind::CAST_EXPR => operands(node),
            _ => return None,
        };
        let kind = node.children().find(|c| role(c.kind()) == Role::Type);
        let written = kind.map(|kind| self.written(&kind));
        let keeps = written.is_none_or(|written| {
            // text, varchar, name, regclass, refcursor
            !written.has_modifier && matches!(written.oid, 25 | 1043 | 19 | 2205 | 1790)
        });
        match inner.as_slice() {
            [only] if keeps && child(node, SyntaxKind::SELECT).is_none() => self.plain_text(only),
            _ => None,
        }
    }

    /// `SELECT * FROM` what a `regclass` text names.
    fn select_from(&self, text: &str) -> Option<String> {
        if let Ok(oid) = text.trim().parse::<u32>() {
            return self.world.catalog.relation(oid).map(select);
        }
        let (schema, name) = name::in_text(text)?;
        let schema = schema.map(|schema| quoted(&schema) + ".");
        let schema = schema.unwrap_or_default();
        Some(format!("SELECT * FROM {schema}{}", quoted(&name)))
    }

    /// Reads all relations that are meant.
    fn inner_of(&mut self, is_meant: impl Fn(&Relation) -> bool) -> Option<Vec<Value>> {
        let is_shown = |kind| {
            matches!(
                kind,
                RelationKind::MaterializedView
                    | RelationKind::Partitioned
                    | RelationKind::Table
                    | RelationKind::View
            )
        };
        let catalog = self.world.catalog;
        let texts: Vec<String> = catalog
            .relations()
            .filter(|relation| is_shown(relation.kind) && is_meant(relation))
            .take(MOST_RELATIONS + 1)
            .map(select)
            .collect();
        if texts.len() > MOST_RELATIONS {
            return None;
        }
        let mut values = Vec::new();
        for text in texts {
            values.extend(self.inner(&text)?);
        }
        Some(values)
    }

    /// Reads a text as the server's SPI would run it; the values of all it gives.
    fn inner(&mut self, text: &str) -> Option<Vec<Value>> {
        self.steps += TEXT_STEPS + text.len();
        if self.texts >= DEEPEST_TEXT || self.steps > MOST_STEPS {
            return None;
        }
        let strings = self.scene.standard_conforming_strings;
        let passed = gate::check(text, self.scene.limits, strings).ok()?;
        let parsed = SourceFile::parse(text);
        let is_declare = |statement| matches!(statement, Stmt::Declare(_));
        let is_read = parsed.errors().is_empty()
            && !parsed.tree().stmts().any(is_declare)
            && analyse::agree(text, &parsed.syntax_node(), &passed.operators).is_ok();
        if !is_read {
            return None;
        }
        self.texts += 1;
        let is_own_text = std::mem::replace(&mut self.is_own_text, false);
        let declared = self.declared.take();
        let kept_text = self.kept_text.take();
        let floor = std::mem::replace(&mut self.cte_floor, self.ctes.len());
        let target = self.target.take();
        let names = std::mem::take(&mut self.names);
        let hides_columns = std::mem::take(&mut self.hides_columns);
        let effects = &mut self.notes.effects;
        let kept = (
            effects.kind.clone(),
            effects.outputs.take(),
            effects.returns_rows,
        );
        let mut values = Vec::new();
        for statement in parsed.tree().stmts() {
            if role(statement.syntax().kind()) == Role::Select {
                let rows = self.select(statement.syntax(), &Scope::empty());
                values.extend(rows.fields.into_iter().map(|field| field.value));
            } else if !matches!(statement, Stmt::EmptyStmt(_)) {
                self.statement(&statement);
                values.push(Value::opaque(0));
            }
        }
        let effects = &mut self.notes.effects;
        (effects.kind, effects.outputs, effects.returns_rows) = kept;
        self.names = names;
        self.hides_columns = hides_columns;
        self.target = target;
        self.cte_floor = floor;
        self.declared = declared;
        self.is_own_text = is_own_text;
        self.kept_text = kept_text;
        self.texts -= 1;
        Some(values)
    }

    /// What the arguments of a call say that its function alone does not.
    pub(crate) fn arguments_of(&mut self, name: &str, call: &SyntaxNode, list: &SyntaxNode) {
        match name {
            "currval" => self.sequence(Action::Select, list),
            "nextval" | "setval" => self.sequence(Action::Update, list),
            "set_config" => self.set_config(call, list),
            _ => {}
        }
    }

    /// `nextval('…')`, `setval('…')` and `currval('…')` are acts on that sequence.
    fn sequence(&mut self, action: Action, list: &SyntaxNode) {
        let first = Arguments::of(list).and_then(|all| all.at(0, "").cloned());
        let Some(text) = first.and_then(|node| self.plain_text(&node)) else {
            return;
        };
        let relation = match text.trim().parse::<u32>() {
            Ok(oid) => self.world.catalog.relation(oid),
            Err(_) => name::in_text(&text)
                .and_then(|(schema, name)| self.world.relation(schema.as_deref(), &name).ok()),
        };
        let Some(relation) = relation else { return };
        self.notes.act(action, crate::notes::table(relation));
        if action == Action::Update {
            // One row, and no other.
            self.notes.predicate(model::Predicate {
                has_where: true,
                is_bounded: true,
                is_tautology: false,
            });
        }
    }
}

fn select(relation: &Relation) -> String {
    let (schema, name) = (quoted(&relation.schema), quoted(&relation.name));
    format!("SELECT * FROM {schema}.{name}")
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
