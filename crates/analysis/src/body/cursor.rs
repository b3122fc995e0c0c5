//! A body's tokens, and the place between them.
//!
//! Why: PL/pgSQL cuts SQL out of its own text by words at the depth of no parenthesis; this finds
//! the words and the depth as the server does.
//! It knows no statement.

use std::ops::Range;

use crate::lex::{Kind, Lexer, Token};
use crate::name;

/// A place in a body.
pub(super) struct Cursor<'t> {
    at: usize,
    text: &'t str,
    tokens: Vec<Token>,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let tokens = Lexer::new(text).filter(|token| token.kind != Kind::Space);
        Self {
            at: 0,
            text,
            tokens: tokens.collect(),
        }
    }

    /// The number of the next token.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Where the next token stands in the text.
    pub(super) fn offset(&self) -> usize {
        self.tokens
            .get(self.at)
            .map_or(self.text.len(), |token| token.start)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    pub(super) fn kind(&self, ahead: usize) -> Option<Kind> {
        self.tokens.get(self.at + ahead).map(|token| token.kind)
    }

    /// The text of a token ahead of here; empty behind the end.
    pub(super) fn peek(&self, ahead: usize) -> &'t str {
        self.tokens
            .get(self.at + ahead)
            .and_then(|token| self.text.get(token.start..token.end))
            .unwrap_or_default()
    }

    /// Whether a token ahead of here is that sign, or that word without quotes.
    pub(super) fn is_ahead(&self, ahead: usize, word: &str) -> bool {
        let can_be = !matches!(
            self.kind(ahead),
            Some(Kind::Quoted | Kind::Text | Kind::Escape | Kind::Dollar) | None
        );
        can_be && self.peek(ahead).eq_ignore_ascii_case(word)
    }

    pub(super) fn is(&self, word: &str) -> bool {
        self.is_ahead(0, word)
    }

    pub(super) fn is_one_of(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    /// Steps over that word, if it is next.
    pub(super) fn takes(&mut self, word: &str) -> bool {
        let is_it = self.is(word);
        self.at += usize::from(is_it);
        is_it
    }

    pub(super) fn step(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len());
    }

    /// Whether the next token can be a name.
    pub(super) fn is_name(&self) -> bool {
        matches!(
            self.kind(0),
            Some(Kind::Word | Kind::Quoted | Kind::Parameter)
        )
    }

    /// Steps over a name and gives it as the server folds it.
    pub(super) fn name(&mut self) -> Option<String> {
        if !self.is_name() {
            return None;
        }
        let name = folded(self.peek(0));
        self.step();
        Some(name)
    }

    /// Steps over `a.b.c`.
    pub(super) fn path(&mut self) -> Option<Vec<String>> {
        let mut path = vec![self.name()?];
        while self.is(".") {
            self.step();
            path.push(self.name()?);
        }
        Some(path)
    }

    /// Steps to the first of those words at the depth of no parenthesis, and gives what lies
    /// before it; `None` where there is none, or a statement ends before it.
    pub(super) fn until(&mut self, words: &[&str]) -> Option<Range<usize>> {
        let start = self.at;
        let mut depth = 0_usize;
        while !self.is_at_end() {
            if depth == 0 && self.is_one_of(words) {
                return Some(start..self.at);
            }
            match self.peek(0) {
                "(" | "[" => depth += 1,
                ")" | "]" => depth = depth.checked_sub(1)?,
                ";" => return None,
                _ => {}
            }
            self.step();
        }
        None
    }

    /// The text of some tokens.
    pub(super) fn slice(&self, tokens: &Range<usize>) -> &'t str {
        let first = self.tokens.get(tokens.start).filter(|_| !tokens.is_empty());
        let last = tokens.end.checked_sub(1).and_then(|at| self.tokens.get(at));
        match (first, last) {
            (Some(first), Some(last)) => self.text.get(first.start..last.end).unwrap_or_default(),
            _ => "",
        }
    }

    /// The same without some of them.
    pub(super) fn without(&self, tokens: &Range<usize>, cut: &Range<usize>) -> String {
        let before = self.slice(&(tokens.start..cut.start));
        let after = self.slice(&(cut.end..tokens.end));
        format!("{before} {after}")
    }

    /// Some tokens parted at the commas outside of parentheses.
    pub(super) fn parted(&self, tokens: &Range<usize>) -> Vec<Range<usize>> {
        let mut parts = Vec::new();
        let mut start = tokens.start;
        let mut depth = 0_usize;
        for at in tokens.clone() {
            match self
                .tokens
                .get(at)
                .and_then(|t| self.text.get(t.start..t.end))
            {
                Some("(" | "[") => depth += 1,
                Some(")" | "]") => depth = depth.saturating_sub(1),
                Some(",") if depth == 0 => {
                    parts.push(start..at);
                    start = at + 1;
                }
                _ => {}
            }
        }
        if start < tokens.end {
            parts.push(start..tokens.end);
        }
        parts
    }

    /// A place of its own in the same text.
    pub(super) fn moved(&mut self, at: usize) -> usize {
        std::mem::replace(&mut self.at, at)
    }
}

/// A name as written, as the server folds it.
pub(super) fn folded(written: &str) -> String {
    let quoted = written
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    name::cut(match quoted {
        Some(inner) => inner.replace("\"\"", "\""),
        None => written.to_ascii_lowercase(),
    })
}
