//! PL/pgSQL's blocks and branches, as `pl_gram.y` cuts them.
//!
//! Why: SQL ends where PL/pgSQL says it ends; who cuts elsewhere reads another statement than the
//! server runs. What does not follow the grammar ends the reading with a gap.
//! Statements without statements inside are in `simple`, declarations in `declare`.

use std::ops::Range;

use super::cursor::{Cursor, folded};
use super::program::{Doing, Kind, Level, Program, Step, Text, Variable};
use crate::lex::Kind as Token;

/// Blocks within blocks.
const DEEPEST: usize = 60;

/// What does not follow the grammar.
pub(super) struct Broken;

pub(super) type Parsed<T> = Result<T, Broken>;

/// Words that end a list of statements.
const ENDS: [&str; 6] = ["end", "else", "elsif", "elseif", "exception", "when"];

pub(super) struct Parser<'t> {
    pub(super) cursor: Cursor<'t>,
    depth: usize,
    pub(super) program: Program,
}

/// Reads a body; `outer` holds its parameters.
pub(super) fn parse(text: &str, outer: Level) -> Program {
    let mut parser = Parser {
        cursor: Cursor::new(text),
        depth: 0,
        program: Program {
            levels: vec![outer],
            ..Program::default()
        },
    };
    if parser.body().is_err() {
        let at = parser.cursor.offset();
        let reason = format!("the body does not parse at byte {at}");
        parser.program.gaps.push(("syntax", reason));
    }
    parser.program
}

impl Parser<'_> {
    fn body(&mut self) -> Parsed<()> {
        while self.cursor.takes("#") {
            if self.cursor.takes("variable_conflict") {
                self.program.prefers_variables = self.cursor.is("use_variable");
            } else {
                self.cursor.step();
            }
            self.cursor.step();
        }
        let label = self.label()?;
        self.block(0, label)?;
        self.cursor.takes(";");
        if self.cursor.is_at_end() {
            Ok(())
        } else {
            Err(Broken)
        }
    }

    pub(super) fn needs(&mut self, word: &str) -> Parsed<()> {
        if self.cursor.takes(word) {
            Ok(())
        } else {
            Err(Broken)
        }
    }

    /// `<<label>>`.
    fn label(&mut self) -> Parsed<Option<String>> {
        if !self.cursor.takes("<<") {
            return Ok(None);
        }
        let label = self.cursor.name().ok_or(Broken)?;
        self.needs(">>")?;
        Ok(Some(label))
    }

    pub(super) fn level(&mut self, parent: usize, label: Option<String>) -> usize {
        self.program.levels.push(Level {
            label,
            parent,
            variables: Vec::new(),
        });
        self.program.levels.len() - 1
    }

    pub(super) fn declare(&mut self, level: usize, name: &str, kind: Kind) {
        if let Some(level) = self.program.levels.get_mut(level) {
            level.variables.push(Variable {
                kind,
                name: name.to_owned(),
            });
        }
    }

    pub(super) fn text(&mut self, text: String) -> Text {
        self.program.texts.push(text);
        self.program.texts.len() - 1
    }

    /// Some tokens as an expression.
    pub(super) fn expression(&mut self, tokens: &Range<usize>) -> Parsed<Text> {
        if tokens.is_empty() {
            return Err(Broken);
        }
        let text = format!("SELECT {}", self.cursor.slice(tokens));
        Ok(self.text(text))
    }

    /// The expression up to a word, which is stepped over.
    pub(super) fn up_to(&mut self, words: &[&str]) -> Parsed<Text> {
        let tokens = self.cursor.until(words).ok_or(Broken)?;
        let text = self.expression(&tokens)?;
        self.cursor.step();
        Ok(text)
    }

    pub(super) fn does(&mut self, level: usize, doing: Doing) {
        self.program.steps.push(Step { doing, level });
    }

    /// `[DECLARE …] BEGIN … [EXCEPTION …] END [label]`.
    fn block(&mut self, parent: usize, label: Option<String>) -> Parsed<()> {
        let level = self.level(parent, label);
        while self.cursor.takes("declare") {
            self.declarations(level)?;
        }
        self.needs("begin")?;
        self.statements(level)?;
        if self.cursor.takes("exception") {
            let level = self.level(level, None);
            for name in ["sqlstate", "sqlerrm"] {
                self.declare(level, name, Kind::Record);
            }
            let names = ["sqlstate", "sqlerrm"].map(|name| vec![name.to_owned()]);
            let told = Doing::Diagnose {
                targets: names.to_vec(),
                is_stacked: true,
            };
            self.does(level, told);
            while self.cursor.takes("when") {
                self.cursor.until(&["then"]).ok_or(Broken)?;
                self.cursor.step();
                self.statements(level)?;
            }
        }
        self.needs("end")?;
        if !self.cursor.is(";") {
            self.cursor.name();
        }
        Ok(())
    }

    /// Statements up to a word that ends them, which stays.
    fn statements(&mut self, level: usize) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Broken);
        }
        while !self.cursor.is_at_end() {
            if self.cursor.is_one_of(&ENDS) && !self.is_assignment() {
                break;
            }
            self.statement(level)?;
        }
        self.depth -= 1;
        Ok(())
    }

    /// Whether what follows is `name := …`.
    pub(super) fn is_assignment(&mut self) -> bool {
        let start = self.cursor.at();
        let is_it = self.cursor.path().is_some() && {
            while self.cursor.is("[") {
                self.cursor.step();
                if self.cursor.until(&["]"]).is_none() {
                    break;
                }
                self.cursor.step();
                if self.cursor.takes(".") && self.cursor.name().is_none() {
                    break;
                }
            }
            self.cursor.is(":=") || self.cursor.is("=")
        };
        self.cursor.moved(start);
        is_it
    }

    fn statement(&mut self, level: usize) -> Parsed<()> {
        if self.cursor.kind(0) == Some(Token::Broken) {
            return Err(Broken);
        }
        if self.is_assignment() {
            return self.assignment(level);
        }
        let label = self.label()?;
        if self.cursor.is("declare") || self.cursor.is("begin") {
            self.block(level, label)?;
            return self.needs(";");
        }
        if self.cursor.takes("loop") {
            let level = self.level(level, label);
            return self.looped(level);
        }
        if self.cursor.takes("while") {
            let level = self.level(level, label);
            let text = self.up_to(&["loop"])?;
            self.does(level, Doing::Choose(text));
            return self.looped(level);
        }
        if self.cursor.takes("for") {
            return self.for_loop(level, label);
        }
        if self.cursor.takes("foreach") {
            return self.foreach(level, label);
        }
        if label.is_some() {
            return Err(Broken);
        }
        if self.cursor.takes("if") {
            return self.branches(level);
        }
        if self.cursor.takes("case") {
            return self.case(level);
        }
        self.simple(level)
    }

    fn looped(&mut self, level: usize) -> Parsed<()> {
        self.statements(level)?;
        self.needs("end")?;
        self.needs("loop")?;
        if !self.cursor.is(";") {
            self.cursor.name();
        }
        self.needs(";")
    }

    fn branches(&mut self, level: usize) -> Parsed<()> {
        loop {
            let text = self.up_to(&["then"])?;
            self.does(level, Doing::Choose(text));
            self.statements(level)?;
            if !self.cursor.takes("elsif") && !self.cursor.takes("elseif") {
                break;
            }
        }
        if self.cursor.takes("else") {
            self.statements(level)?;
        }
        self.needs("end")?;
        self.needs("if")?;
        self.needs(";")
    }

    fn case(&mut self, level: usize) -> Parsed<()> {
        let operand = self.cursor.until(&["when"]).ok_or(Broken)?;
        if !operand.is_empty() {
            let text = self.expression(&operand)?;
            self.does(level, Doing::Choose(text));
        }
        while self.cursor.takes("when") {
            let text = self.up_to(&["then"])?;
            self.does(level, Doing::Choose(text));
            self.statements(level)?;
        }
        if self.cursor.takes("else") {
            self.statements(level)?;
        }
        self.needs("end")?;
        self.needs("case")?;
        self.needs(";")
    }

    fn foreach(&mut self, level: usize, label: Option<String>) -> Parsed<()> {
        let target = self.cursor.until(&["slice", "in"]).ok_or(Broken)?;
        let targets = self.targets(&target)?;
        self.cursor.until(&["in"]).ok_or(Broken)?;
        self.cursor.step();
        self.needs("array")?;
        let text = self.up_to(&["loop"])?;
        let level = self.level(level, label);
        self.does(level, Doing::Choose(text));
        for target in targets {
            self.does(level, Doing::Assign { target, text });
        }
        self.looped(level)
    }

    fn for_loop(&mut self, outer: usize, label: Option<String>) -> Parsed<()> {
        let names = self.cursor.until(&["in"]).ok_or(Broken)?;
        self.cursor.step();
        let level = self.level(outer, label);
        if self.cursor.takes("execute") {
            let into = self.targets(&names)?;
            self.dynamic(level, into, &["loop"])?;
            return self.looped(level);
        }
        let is_reversed = self.cursor.is("reverse") && self.cursor.kind(1) != Some(Token::Quoted);
        let source = self.cursor.until(&["loop"]).ok_or(Broken)?;
        let end = self.cursor.at();
        self.cursor.moved(source.start);
        if let Some(low) = self
            .cursor
            .until(&[".."])
            .filter(|low| low.end < source.end)
        {
            let low = low.start + usize::from(is_reversed)..low.end;
            self.cursor.step();
            let high = self.cursor.until(&["by", "loop"]).ok_or(Broken)?;
            for bound in [low, high] {
                let text = self.expression(&bound)?;
                self.does(level, Doing::Choose(text));
            }
            if self.cursor.takes("by") {
                let step = self.cursor.at()..end;
                let text = self.expression(&step)?;
                self.does(level, Doing::Choose(text));
            }
            let name = folded(self.cursor.slice(&names));
            self.declare(level, &name, Kind::Oid(23));
        } else if let Some(cursor) = self.cursor_named(outer, &source) {
            let name = folded(self.cursor.slice(&names));
            self.declare(level, &name, Kind::Record);
            let into = vec![vec![name]];
            self.does(level, Doing::Fetch { cursor, into });
        } else {
            let into = self.targets(&names)?;
            let text = self.text(self.cursor.slice(&source).to_owned());
            self.does(level, Doing::Run { into, text });
        }
        self.cursor.moved(end);
        self.needs("loop")?;
        self.looped(level)
    }

    /// The cursor a FOR goes through, where it goes through one; its arguments are read.
    fn cursor_named(&mut self, level: usize, tokens: &Range<usize>) -> Option<Vec<String>> {
        self.cursor.moved(tokens.start);
        let path = self.cursor.path()?;
        let name = path.last()?;
        let is_alone = self.cursor.at() == tokens.end || self.cursor.is("(");
        let is_known = self.program.find(level, name).is_some();
        if !is_alone || !is_known {
            return None;
        }
        let at = self.cursor.at();
        self.arguments(level, &(at..tokens.end)).ok()?;
        Some(path)
    }

    /// What a cursor is opened with: `(a, name := b)`.
    pub(super) fn arguments(&mut self, level: usize, tokens: &Range<usize>) -> Parsed<()> {
        if tokens.len() <= 2 {
            return Ok(());
        }
        for part in self.cursor.parted(&(tokens.start + 1..tokens.end - 1)) {
            self.cursor.moved(part.start);
            let is_named = matches!(self.cursor.peek(1), ":=" | "=>");
            let part = part.start + 2 * usize::from(is_named)..part.end;
            let text = self.expression(&part)?;
            self.does(level, Doing::Choose(text));
        }
        self.cursor.moved(tokens.end);
        Ok(())
    }
}
