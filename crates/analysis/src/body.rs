//! Bodies: DO blocks, users' functions and what is written in their definitions.
//!
//! Why: SQL inside a body does what SQL outside would. PL/pgSQL is cut into statements as the
//! server cuts it ([`parse`]), each is handed to the reader of any other statement with the body's
//! variables in scope ([`run`]), and what was found stands among the caller's effects.
//! What cannot be read from here (SQL made when it runs, other languages) is named, never guessed.

mod constant;
mod cursor;
mod declare;
mod definition;
mod entry;
mod frame;
mod given;
mod parse;
mod program;
mod routine;
mod run;
mod simple;
mod types;

use std::rc::Rc;
use std::sync::Arc;

use catalog::{Catalog, Function};
use model::{Action, ObjectKind};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::instead::Gathered;
use crate::name;
use crate::notes::{Notes, named};
use crate::reader::{Reader, child};
use crate::scope::Offer;

use self::frame::Held;
pub(crate) use self::given::is_whole;
use self::program::{Kind, Level, Variable};
pub(crate) use self::routine::{Active, Reading};

/// What is set aside while a body is read.
pub(crate) struct Kept<'a> {
    catalog: &'a Catalog,
    choosing: usize,
    cte_floor: usize,
    declared: Option<Vec<u32>>,
    gathered: Option<Gathered>,
    hides_columns: bool,
    is_loud: bool,
    is_own_text: bool,
    level: crate::level::Level,
    names: Rc<Offer>,
    notes: Notes,
    path: Vec<Arc<str>>,
    settled: (Vec<String>, bool),
    target: Option<u32>,
    trigger: Option<u32>,
    views: Vec<u32>,
}

impl<'a> Reader<'a> {
    /// Sets aside what does not reach into a body; `path` is the search path it has of its own.
    pub(crate) fn leave(&mut self, path: Option<Vec<Arc<str>>>) -> Kept<'a> {
        let path = path.unwrap_or_else(|| self.world.search_path.clone());
        Kept {
            // A body's names mean what they mean now, wherever it is called from.
            catalog: std::mem::replace(&mut self.world.names, self.world.catalog),
            choosing: std::mem::take(&mut self.choosing),
            cte_floor: std::mem::replace(&mut self.cte_floor, self.ctes.len()),
            declared: self.declared.take(),
            gathered: self.gathered.take(),
            hides_columns: std::mem::take(&mut self.hides_columns),
            is_loud: std::mem::take(&mut self.is_loud),
            is_own_text: std::mem::take(&mut self.is_own_text),
            level: std::mem::take(&mut self.level),
            names: std::mem::take(&mut self.names),
            notes: std::mem::take(&mut self.notes),
            path: std::mem::replace(&mut self.world.search_path, path),
            settled: (self.world.unsettled.clone(), self.world.is_unsettled),
            target: self.target.take(),
            trigger: self.trigger.take(),
            views: std::mem::take(&mut self.views),
        }
    }

    /// Takes up what was set aside, and gives the body's notes.
    pub(crate) fn come_back(&mut self, kept: Kept<'a>) -> Notes {
        self.choosing = kept.choosing;
        self.gathered = kept.gathered;
        self.cte_floor = kept.cte_floor;
        self.declared = kept.declared;
        self.level = kept.level;
        self.hides_columns = kept.hides_columns;
        self.is_loud = kept.is_loud;
        self.is_own_text = kept.is_own_text;
        self.names = kept.names;
        self.target = kept.target;
        self.trigger = kept.trigger;
        self.views = kept.views;
        self.world.names = kept.catalog;
        self.world.search_path = kept.path;
        (self.world.unsettled, self.world.is_unsettled) = kept.settled;
        std::mem::replace(&mut self.notes, kept.notes)
    }

    /// DO: what its body does is done.
    pub(crate) fn block(&mut self, node: &SyntaxNode) {
        self.notes
            .act(Action::AnonymousBlock, named(ObjectKind::Database, "", ""));
        let Some(literal) = child(node, SyntaxKind::LITERAL) else {
            self.unread(node);
            return;
        };
        let text = self.literal_text(&literal);
        let language = child(node, SyntaxKind::DO_LANGUAGE);
        let language = language.map_or("plpgsql".to_owned(), |node| self.language(&node));
        if language != "plpgsql" {
            let reason = format!("a DO block in {language} is not read");
            self.notes.gap("language", reason);
            return;
        }
        if self.bodies > 8 || !self.descend() {
            self.notes.gap("nesting", "DO blocks within DO blocks");
            return;
        }
        self.bodies += 1;
        let kept = self.leave(None);
        let mut level = Level::default();
        level.variables.push(Variable {
            kind: Kind::Oid(16),
            name: "found".to_owned(),
        });
        let held: Vec<Held> = vec![self.of_type(16)];
        // What a function around it gives is not given here.
        self.active.push(Active::default());
        self.run(parse::parse(&text, level), held);
        self.active.pop();
        let notes = self.come_back(kept);
        for gap in &notes.effects.gaps {
            self.notes.gap(&gap.kind, gap.reason.clone());
        }
        self.notes.absorb(&notes, None, true);
        self.ascend();
    }

    /// The language a clause names.
    fn language(&mut self, node: &SyntaxNode) -> String {
        match child(node, SyntaxKind::LITERAL) {
            Some(literal) => self.literal_text(&literal).to_ascii_lowercase(),
            None => child(node, SyntaxKind::LANGUAGE_REF)
                .map(|n| name::of(&n))
                .unwrap_or_default(),
        }
    }
}

/// The search path a function sets for itself.
fn declared_path(function: &Function, catalog: &Catalog) -> Option<Vec<Arc<str>>> {
    let source = function.source.as_ref()?;
    let value = source
        .settings
        .iter()
        .find_map(|setting| setting.strip_prefix("search_path="))?;
    let schemas = value.split(',').map(|schema| {
        let schema = schema.trim().trim_matches('"');
        if schema == "$user" {
            catalog.role.clone()
        } else {
            schema.into()
        }
    });
    let known = |schema: &Arc<str>| catalog.schemas.contains(schema);
    Some(schemas.filter(known).collect())
}

/// A body in SQL as statements: of one in the standard's form, what stands in it.
fn plain_sql(text: &str) -> Option<String> {
    let mut cursor = cursor::Cursor::new(text);
    if cursor.takes("return") {
        let rest = text.get(cursor.offset()..)?;
        return Some(format!("SELECT {rest}"));
    }
    if !(cursor.takes("begin") && cursor.takes("atomic")) {
        return Some(text.to_owned());
    }
    let inner = text
        .get(cursor.offset()..)?
        .trim_end()
        .trim_end_matches(';');
    let end = inner.len().checked_sub("end".len())?;
    let (inner, last) = (inner.get(..end)?, inner.get(end..)?);
    last.eq_ignore_ascii_case("end").then(|| inner.to_owned())
}
