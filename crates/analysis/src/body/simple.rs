//! PL/pgSQL's statements that hold no others.
//!
//! Why: each is a word, some expressions and where their values go; INTO is cut out of SQL as
//! `make_execsql_stmt` cuts it.
//! Blocks and branches are in `parse`.

use std::ops::Range;

use model::TransactionControl;

use super::parse::{Broken, Parsed, Parser};
use super::program::{Doing, Target, Text};
use crate::lex::Kind as Token;

/// Words that end an expression of EXECUTE.
const DYNAMIC_ENDS: [&str; 3] = ["into", "using", ";"];

impl Parser<'_> {
    /// `name := expression;`, or with a field or an element of it.
    pub(super) fn assignment(&mut self, level: usize) -> Parsed<()> {
        let whole = self.cursor.until(&[":=", "="]).ok_or(Broken)?;
        let end = self.cursor.at();
        self.cursor.moved(whole.start);
        let target = self.cursor.path().ok_or(Broken)?;
        if self.cursor.at() < whole.end {
            // Subscripts are expressions of their own.
            let text = self.expression(&whole)?;
            self.does(level, Doing::Choose(text));
        }
        self.cursor.moved(end + 1);
        let text = self.up_to(&[";"])?;
        self.does(level, Doing::Assign { target, text });
        Ok(())
    }

    /// Names parted by commas.
    pub(super) fn targets(&mut self, tokens: &Range<usize>) -> Parsed<Vec<Target>> {
        let back = self.cursor.at();
        let mut targets = Vec::new();
        for part in self.cursor.parted(tokens) {
            self.cursor.moved(part.start);
            targets.push(self.cursor.path().ok_or(Broken)?);
            if self.cursor.at() > part.end {
                return Err(Broken);
            }
        }
        self.cursor.moved(back);
        Ok(targets)
    }

    /// The targets behind INTO, up to where they end.
    fn into(&mut self) -> Parsed<Vec<Target>> {
        self.cursor.takes("strict");
        let mut targets = Vec::new();
        loop {
            targets.push(self.cursor.path().ok_or(Broken)?);
            if !self.cursor.takes(",") {
                return Ok(targets);
            }
        }
    }

    pub(super) fn simple(&mut self, level: usize) -> Parsed<()> {
        let at = self.cursor.at();
        let word = self.cursor.peek(0).to_ascii_lowercase();
        if self.cursor.kind(0) == Some(Token::Quoted) {
            return self.sql(level);
        }
        self.cursor.step();
        match word.as_str() {
            "null" => self.needs(";"),
            "exit" | "continue" => {
                self.cursor.until(&["when", ";"]).ok_or(Broken)?;
                if self.cursor.takes("when") {
                    let text = self.up_to(&[";"])?;
                    self.does(level, Doing::Choose(text));
                    return Ok(());
                }
                self.needs(";")
            }
            "return" => self.returned(level),
            "raise" => self.raised(level),
            "assert" => {
                let tokens = self.cursor.until(&[";"]).ok_or(Broken)?;
                for part in self.cursor.parted(&tokens) {
                    let text = self.expression(&part)?;
                    self.does(level, Doing::Choose(text));
                    self.does(level, Doing::Raise(text));
                }
                self.needs(";")
            }
            "execute" => self.dynamic(level, Vec::new(), &[";"]),
            "perform" => {
                let tokens = self.cursor.until(&[";"]).ok_or(Broken)?;
                let text = self.expression(&tokens)?;
                let into = Vec::new();
                self.does(level, Doing::Run { into, text });
                self.needs(";")
            }
            "get" => self.diagnostics(level),
            "open" => self.open(level),
            "fetch" | "move" => self.fetch(level),
            "close" => {
                self.cursor.until(&[";"]).ok_or(Broken)?;
                self.does(level, Doing::Close);
                self.needs(";")
            }
            "commit" | "rollback" => {
                let control = if word == "commit" {
                    TransactionControl::Commit
                } else {
                    TransactionControl::Rollback
                };
                let rest = self.cursor.until(&[";"]).ok_or(Broken)?;
                if self
                    .cursor
                    .slice(&rest)
                    .to_ascii_lowercase()
                    .contains("prepared")
                {
                    return Err(Broken);
                }
                self.does(level, Doing::Transaction(control));
                self.needs(";")
            }
            _ => {
                self.cursor.moved(at);
                self.sql(level)
            }
        }
    }

    /// A statement of SQL, its INTO cut out.
    fn sql(&mut self, level: usize) -> Parsed<()> {
        let start = self.cursor.at();
        let is_import = self.cursor.is("import");
        let is_routine = self.cursor.is("create");
        let (mut depth, mut begins) = (0_usize, 0_usize);
        let mut cut: Option<Range<usize>> = None;
        let mut into = Vec::new();
        let mut before = "";
        while !(self.cursor.is(";") && depth == 0 && begins == 0) {
            if self.cursor.is_at_end() || self.cursor.kind(0) == Some(Token::Broken) {
                return Err(Broken);
            }
            let is_into = self.cursor.is("into");
            let is_own = before.eq_ignore_ascii_case("insert")
                || before.eq_ignore_ascii_case("merge")
                || is_import;
            if is_into && !is_own {
                if cut.is_some() {
                    return Err(Broken);
                }
                let from = self.cursor.at();
                self.cursor.step();
                into = self.into()?;
                cut = Some(from..self.cursor.at());
                before = "";
                continue;
            }
            match self.cursor.peek(0) {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ if !is_routine => {}
                _ if self.cursor.is("begin") || self.cursor.is("case") => begins += 1,
                _ if self.cursor.is("end") => begins = begins.saturating_sub(1),
                _ => {}
            }
            before = self.cursor.peek(0);
            self.cursor.step();
        }
        let whole = start..self.cursor.at();
        let text = match cut {
            Some(cut) => self.cursor.without(&whole, &cut),
            None => self.cursor.slice(&whole).to_owned(),
        };
        let text = self.text(text);
        self.does(level, Doing::Run { into, text });
        self.needs(";")
    }

    /// EXECUTE's text, INTO and USING, up to one of `ends`, which stays.
    pub(super) fn dynamic(
        &mut self,
        level: usize,
        mut into: Vec<Target>,
        ends: &[&str],
    ) -> Parsed<()> {
        let returns = false;
        let (text, using) = self.dynamic_parts(&mut into, ends)?;
        let doing = Doing::Dynamic {
            into,
            returns,
            text,
            using,
        };
        self.does(level, doing);
        let is_statement = ends.contains(&";");
        if is_statement {
            self.needs(";")
        } else {
            self.needs("loop")
        }
    }

    fn dynamic_parts(
        &mut self,
        into: &mut Vec<Target>,
        ends: &[&str],
    ) -> Parsed<(Text, Vec<Text>)> {
        let mut words = DYNAMIC_ENDS.to_vec();
        words.extend_from_slice(ends);
        let tokens = self.cursor.until(&words).ok_or(Broken)?;
        let text = self.expression(&tokens)?;
        let mut using = Vec::new();
        loop {
            if self.cursor.takes("into") {
                *into = self.into()?;
            } else if self.cursor.takes("using") {
                let tokens = self.cursor.until(&words).ok_or(Broken)?;
                for part in self.cursor.parted(&tokens) {
                    using.push(self.expression(&part)?);
                }
            } else if self.cursor.is_one_of(ends) {
                return Ok((text, using));
            } else {
                return Err(Broken);
            }
        }
    }

    fn returned(&mut self, level: usize) -> Parsed<()> {
        if self.cursor.takes(";") {
            return Ok(());
        }
        if self.cursor.takes("query") {
            if self.cursor.takes("execute") {
                let mut into = Vec::new();
                let (text, using) = self.dynamic_parts(&mut into, &[";"])?;
                let returns = true;
                let doing = Doing::Dynamic {
                    into,
                    returns,
                    text,
                    using,
                };
                self.does(level, doing);
                return self.needs(";");
            }
            let tokens = self.cursor.until(&[";"]).ok_or(Broken)?;
            let text = self.text(self.cursor.slice(&tokens).to_owned());
            self.does(level, Doing::ReturnQuery(text));
            return self.needs(";");
        }
        if self.cursor.takes("next") && self.cursor.takes(";") {
            self.does(level, Doing::ReturnNext);
            return Ok(());
        }
        let text = self.up_to(&[";"])?;
        self.does(level, Doing::Return(text));
        Ok(())
    }

    /// RAISE: everything it would say.
    fn raised(&mut self, level: usize) -> Parsed<()> {
        let tokens = self.cursor.until(&[";"]).ok_or(Broken)?;
        self.cursor.moved(tokens.start);
        let said = self.cursor.until(&["using", ";"]).ok_or(Broken)?;
        // What stands before the first comma is a level, a condition's name or a constant.
        for part in self.cursor.parted(&said).into_iter().skip(1) {
            let text = self.expression(&part)?;
            self.does(level, Doing::Say(text));
        }
        if self.cursor.takes("using") {
            let options = self.cursor.until(&[";"]).ok_or(Broken)?;
            for part in self.cursor.parted(&options) {
                let part = part.start + 2..part.end;
                let text = self.expression(&part)?;
                self.does(level, Doing::Raise(text));
            }
        }
        self.needs(";")
    }

    fn diagnostics(&mut self, level: usize) -> Parsed<()> {
        let is_stacked = self.cursor.takes("stacked");
        self.cursor.takes("current");
        self.needs("diagnostics")?;
        let tokens = self.cursor.until(&[";"]).ok_or(Broken)?;
        let mut targets = Vec::new();
        for part in self.cursor.parted(&tokens) {
            self.cursor.moved(part.start);
            targets.push(self.cursor.path().ok_or(Broken)?);
        }
        self.cursor.moved(tokens.end);
        let doing = Doing::Diagnose {
            targets,
            is_stacked,
        };
        self.does(level, doing);
        self.needs(";")
    }

    fn open(&mut self, level: usize) -> Parsed<()> {
        let cursor = self.cursor.path().ok_or(Broken)?;
        let rest = self.cursor.until(&["for", ";"]).ok_or(Broken)?;
        if !self.cursor.takes("for") {
            self.arguments(level, &rest)?;
            let text = None;
            self.does(level, Doing::Open { cursor, text });
            return self.needs(";");
        }
        if self.cursor.takes("execute") {
            return self.dynamic(level, vec![cursor], &[";"]);
        }
        let tokens = self.cursor.until(&[";"]).ok_or(Broken)?;
        let text = Some(self.text(self.cursor.slice(&tokens).to_owned()));
        self.does(level, Doing::Open { cursor, text });
        self.needs(";")
    }

    /// FETCH or MOVE: the cursor is the name before INTO.
    fn fetch(&mut self, level: usize) -> Parsed<()> {
        let tokens = self.cursor.until(&["into", ";"]).ok_or(Broken)?;
        let mut start = tokens.end.checked_sub(1).ok_or(Broken)?;
        let is_dot =
            |cursor: &super::cursor::Cursor<'_>, at: usize| cursor.slice(&(at..at + 1)) == ".";
        while start >= tokens.start + 2 && is_dot(&self.cursor, start - 1) {
            start -= 2;
        }
        let end = self.cursor.moved(start);
        let cursor = self.cursor.path().ok_or(Broken)?;
        self.cursor.moved(end);
        let into = if self.cursor.takes("into") {
            self.into()?
        } else {
            Vec::new()
        };
        self.does(level, Doing::Fetch { cursor, into });
        self.needs(";")
    }
}
