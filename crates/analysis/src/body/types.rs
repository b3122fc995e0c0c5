//! What a body's variables are declared as.
//!
//! Why: one of a table's row type has that table's columns, one of another's type that type; a
//! record has what it is given.
//! What they hold later is in `frame`.

use std::rc::Rc;

use squawk_syntax::SyntaxKind;

use super::frame::{Frame, Held};
use super::program::Kind;
use crate::reader::Reader;
use crate::tree::{Role, role};
use crate::value::{Field, Value};

impl Reader<'_> {
    /// The columns of a relation, as a row that holds nothing yet.
    pub(super) fn empty_row(&self, relation: u32) -> Option<Rc<Vec<Field>>> {
        let relation = self.world.catalog.relation(relation)?;
        let columns = relation.columns.iter().map(|column| Field {
            name: column.name.clone(),
            value: Value::clean(column.type_oid),
        });
        Some(Rc::new(columns.collect()))
    }

    /// A variable of a type.
    pub(super) fn of_type(&self, type_oid: u32) -> Held {
        let row = self
            .world
            .catalog
            .type_of(type_oid)
            .and_then(|kind| self.empty_row(kind.relation));
        // RECORD, and what a polymorphic one stands for.
        let is_open = row.is_none() && matches!(type_oid, 2249 | 2283 | 2276);
        Held {
            is_open,
            is_record: is_open,
            value: Value {
                row,
                ..Value::clean(type_oid)
            },
            ..Held::default()
        }
    }

    /// What each variable of a program is declared as.
    pub(super) fn declared(&mut self, frame: &Frame) -> Vec<Vec<Held>> {
        let program = frame.program.clone();
        let mut all: Vec<Vec<Held>> = vec![frame.held.first().cloned().unwrap_or_default()];
        for (number, level) in program.levels.iter().enumerate().skip(1) {
            let mut here = Vec::new();
            for variable in &level.variables {
                let held = match &variable.kind {
                    Kind::Alias(_) => Held::default(),
                    Kind::Cursor(_) => self.of_type(1790),
                    Kind::Oid(oid) => self.of_type(*oid),
                    Kind::Record => self.of_type(2249),
                    Kind::RowOf(path) => self.row_of_path(path),
                    Kind::Type(text) => self.written_as(frame, *text),
                    Kind::TypeOf(path) => {
                        let known = program.find(number, path.first().map_or("", |p| p));
                        let known = known.and_then(|(l, at)| all.get(l).and_then(|v| v.get(at)));
                        match (known.cloned(), path.as_slice()) {
                            (Some(held), [_]) => held,
                            _ => self.column_type(path),
                        }
                    }
                };
                here.push(held);
            }
            all.push(here);
        }
        all
    }

    fn row_of_path(&mut self, path: &[String]) -> Held {
        let (name, schema) = (path.last(), path.iter().rev().nth(1));
        let name = name.map_or("", String::as_str);
        match self.world.relation(schema.map(String::as_str), name) {
            Ok(relation) => {
                let oid = relation.oid;
                Held::typed(Value {
                    row: self.empty_row(oid),
                    ..Value::clean(2249)
                })
            }
            Err(reason) => {
                self.notes.gap("relation", reason);
                self.of_type(2249)
            }
        }
    }

    /// `[schema.]table.column%TYPE`.
    fn column_type(&mut self, path: &[String]) -> Held {
        let column = path.last().map_or("", String::as_str);
        let table = path.iter().rev().nth(1).map_or("", String::as_str);
        let schema = path.iter().rev().nth(2).map(String::as_str);
        let found = self.world.relation(schema, table).ok();
        let found = found.and_then(|r| r.columns.iter().find(|c| &*c.name == column));
        match found.map(|column| column.type_oid) {
            Some(oid) => self.of_type(oid),
            None => Held::typed(Value::clean(0)),
        }
    }

    /// A type as written in a cast of NULL.
    fn written_as(&mut self, frame: &Frame, text: usize) -> Held {
        let node = frame.nodes.get(text).and_then(Option::as_ref);
        let cast = node.and_then(|n| n.descendants().find(|n| n.kind() == SyntaxKind::CAST_EXPR));
        let written = cast.and_then(|n| n.children().find(|c| role(c.kind()) == Role::Type));
        let Some(written) = written else {
            return Held::typed(Value::clean(0));
        };
        let oid = self.written(&written).oid;
        if oid == 2249 {
            let path = crate::name::path(&written);
            return self.row_of_path(&path);
        }
        self.of_type(oid)
    }
}
