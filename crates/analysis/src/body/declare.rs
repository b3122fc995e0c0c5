//! DECLARE: variables, their types and what they begin with.
//!
//! Why: a variable hides a column's name, and one of a table's row type has that table's columns.
//! Types are resolved where the body is run.

use std::ops::Range;

use super::parse::{Broken, Parsed, Parser};
use super::program::{Doing, Kind};

/// Words that end a type.
const TYPE_ENDS: [&str; 7] = [";", ":=", "=", "default", "not", "collate", ","];

impl Parser<'_> {
    /// Everything between DECLARE and BEGIN.
    pub(super) fn declarations(&mut self, level: usize) -> Parsed<()> {
        while !self.cursor.is("begin") && !self.cursor.is("declare") {
            let name = self.cursor.name().ok_or(Broken)?;
            self.declaration(level, &name)?;
            self.needs(";")?;
        }
        Ok(())
    }

    fn declaration(&mut self, level: usize, name: &str) -> Parsed<()> {
        if self.cursor.takes("alias") {
            self.needs("for")?;
            let of = self.cursor.path().ok_or(Broken)?;
            self.declare(level, name, Kind::Alias(of));
            return Ok(());
        }
        let is_cursor = self.cursor.is("cursor")
            || (self.cursor.is("scroll") && self.cursor.is_ahead(1, "cursor"))
            || (self.cursor.is("no") && self.cursor.is_ahead(1, "scroll"));
        if is_cursor {
            return self.cursor_declaration(level, name);
        }
        if self.cursor.is("constant") && !self.cursor.is_ahead(1, ";") {
            self.cursor.step();
        }
        let written = self.cursor.until(&TYPE_ENDS).ok_or(Broken)?;
        let kind = self.kind(&written)?;
        self.declare(level, name, kind);
        if self.cursor.takes("collate") {
            self.cursor.path().ok_or(Broken)?;
        }
        if self.cursor.takes("not") {
            self.needs("null")?;
        }
        if self.cursor.takes(":=") || self.cursor.takes("=") || self.cursor.takes("default") {
            let value = self.cursor.until(&[";"]).ok_or(Broken)?;
            let text = self.expression(&value)?;
            let target = vec![name.to_owned()];
            self.does(level, Doing::Assign { target, text });
        }
        Ok(())
    }

    /// `[NO] SCROLL CURSOR [(name type, …)] {FOR|IS} query`.
    fn cursor_declaration(&mut self, level: usize, name: &str) -> Parsed<()> {
        let head = self.cursor.until(&["for", "is", "("]).ok_or(Broken)?;
        let own = self.level(level, None);
        if self.cursor.is("(") {
            let open = self.cursor.at();
            self.cursor.step();
            self.cursor.until(&[")"]).ok_or(Broken)?;
            let close = self.cursor.at();
            for part in self.cursor.parted(&(open + 1..close)) {
                self.cursor.moved(part.start);
                let parameter = self.cursor.name().ok_or(Broken)?;
                let kind = self.kind(&(part.start + 1..part.end))?;
                self.declare(own, &parameter, kind);
            }
            self.cursor.moved(close + 1);
        }
        if head.is_empty() || !(self.cursor.takes("for") || self.cursor.takes("is")) {
            return Err(Broken);
        }
        let query = self.cursor.until(&[";"]).ok_or(Broken)?;
        let text = self.text(self.cursor.slice(&query).to_owned());
        self.declare(level, name, Kind::Cursor(text));
        // Read among its parameters, whenever it is opened.
        let cursor = vec![name.to_owned()];
        let text = Some(text);
        self.does(own, Doing::Open { cursor, text });
        Ok(())
    }

    /// A type as it is declared.
    pub(super) fn kind(&mut self, written: &Range<usize>) -> Parsed<Kind> {
        let back = self.cursor.moved(written.start);
        let kind = self.kind_of(written);
        self.cursor.moved(back);
        kind
    }

    fn kind_of(&mut self, written: &Range<usize>) -> Parsed<Kind> {
        if written.is_empty() {
            return Err(Broken);
        }
        if written.len() == 1 && self.cursor.is("record") {
            return Ok(Kind::Record);
        }
        let path = self.cursor.path();
        if let Some(path) = path
            && self.cursor.at() < written.end
            && self.cursor.takes("%")
        {
            if self.cursor.takes("rowtype") {
                return Ok(Kind::RowOf(path));
            }
            if self.cursor.takes("type") {
                return Ok(Kind::TypeOf(path));
            }
            return Err(Broken);
        }
        let text = format!("SELECT NULL::{}", self.cursor.slice(written));
        Ok(Kind::Type(self.text(text)))
    }
}
