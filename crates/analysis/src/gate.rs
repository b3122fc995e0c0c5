//! The gate in front of the parser: what may be parsed at all.
//!
//! Why: the parser recurses and is quadratic on long chains; this is linear and does not recurse,
//! so a text built to exhaust it is refused here. It also refuses what the parser's lexer and the
//! server's would cut differently.
//! It understands no statement.

use std::ops::Range;

use model::{Gap, Limits};

use crate::lex::{Kind, Lexer, Token};

/// What went through the gate.
pub(crate) struct Passed {
    /// Literals, in order.
    pub(crate) literals: Vec<Range<usize>>,
    /// Operators of more than one character, in order.
    pub(crate) operators: Vec<Range<usize>>,
}

/// The gap of that kind, with that reason.
pub(crate) fn gap(kind: &str, reason: impl Into<String>) -> Gap {
    Gap {
        kind: kind.to_owned(),
        reason: reason.into(),
    }
}

/// Words that chain or nest without a parenthesis.
const CHAINS: [&str; 15] = [
    "and",
    "or",
    "not",
    "union",
    "except",
    "intersect",
    "join",
    "is",
    "isnull",
    "notnull",
    "like",
    "ilike",
    "collate",
    "at",
    "over",
];

struct Gate<'a> {
    text: &'a str,
    limits: &'a Limits,
    /// Operators seen at each open parenthesis, outermost first.
    chains: Vec<usize>,
    cases: usize,
    parts: usize,
    literals: Vec<Range<usize>>,
    operators: Vec<Range<usize>>,
    /// An escape string may go on over a line's end: the start of what follows it.
    open_escape: Option<usize>,
}

/// Whether `text` may be parsed, and its literals.
pub(crate) fn check(
    text: &str,
    limits: &Limits,
    standard_conforming_strings: bool,
) -> Result<Passed, Gap> {
    if text.len() > limits.statement_bytes {
        return Err(gap("size", "the text is longer than the limit"));
    }
    if text.as_bytes().contains(&0) {
        return Err(gap("encoding", "the text holds a zero byte"));
    }
    if text.starts_with('\u{feff}') {
        return Err(gap("encoding", "the text begins with a byte order mark"));
    }
    let mut gate = Gate {
        text,
        limits,
        chains: vec![0],
        cases: 0,
        parts: 1,
        literals: Vec::new(),
        operators: Vec::new(),
        open_escape: None,
    };
    for token in Lexer::new(text) {
        gate.token(token, standard_conforming_strings)?;
    }
    Ok(Passed {
        literals: gate.literals,
        operators: gate.operators,
    })
}

impl Gate<'_> {
    fn token(&mut self, token: Token, standard_conforming_strings: bool) -> Result<(), Gap> {
        let slice = self.text.get(token.start..token.end).unwrap_or_default();
        if token.is_literal() {
            self.literals.push(token.start..token.end);
        }
        self.continuation(token, slice)?;
        match token.kind {
            Kind::Broken => Err(gap("syntax", "a token the server would not accept")),
            Kind::Text if !standard_conforming_strings && slice.contains('\\') => Err(gap(
                "encoding",
                "a backslash in a plain string while standard_conforming_strings is off",
            )),
            Kind::Operator => {
                if slice.len() > 1 {
                    self.operators.push(token.start..token.end);
                }
                self.chain()
            }
            Kind::Punctuation => self.punctuation(slice),
            Kind::Word => self.word(slice),
            Kind::Bits
            | Kind::Decimal
            | Kind::Dollar
            | Kind::Escape
            | Kind::Integer
            | Kind::Parameter
            | Kind::Quoted
            | Kind::Space
            | Kind::Text
            | Kind::Unicode => Ok(()),
        }
    }

    /// The server goes on reading escapes in `E'a'` newline `'b'`; the parser's lexer does not.
    #[expect(clippy::match_same_arms, reason = "a table by token")]
    fn continuation(&mut self, token: Token, slice: &str) -> Result<(), Gap> {
        match token.kind {
            Kind::Escape => self.open_escape = Some(token.end),
            Kind::Space => {}
            Kind::Text if slice.contains('\\') && self.open_escape.is_some() => {
                return Err(gap(
                    "syntax",
                    "an escape string that goes on over a line's end",
                ));
            }
            Kind::Text => {}
            _ => self.open_escape = None,
        }
        Ok(())
    }

    fn chain(&mut self) -> Result<(), Gap> {
        let Some(count) = self.chains.last_mut() else {
            return Ok(());
        };
        *count += 1;
        if *count > self.limits.operator_chain {
            return Err(gap("nesting", "more operators in one chain than the limit"));
        }
        Ok(())
    }

    fn depth(&self) -> Result<(), Gap> {
        if self.chains.len() + self.cases > self.limits.nesting {
            return Err(gap("nesting", "nested deeper than the limit"));
        }
        Ok(())
    }

    fn punctuation(&mut self, slice: &str) -> Result<(), Gap> {
        match slice {
            "(" => {
                // A parenthesis is a link of the chain it stands in: `f(…)(…)`, `[…][…]`.
                self.chain()?;
                self.chains.push(0);
                return self.depth();
            }
            "[" => {
                self.chain()?;
                self.chains.push(0);
                return self.depth();
            }
            ")" | "]" if self.chains.len() > 1 => {
                self.chains.pop();
            }
            "," => {
                if let Some(count) = self.chains.last_mut() {
                    *count = 0;
                }
            }
            ";" => {
                self.chains.truncate(1);
                if let Some(count) = self.chains.last_mut() {
                    *count = 0;
                }
                self.cases = 0;
                self.parts += 1;
                if self.parts > self.limits.statement_parts + 1 {
                    return Err(gap("size", "more statements in one text than the limit"));
                }
            }
            "::" | "." => return self.chain(),
            _ => {}
        }
        Ok(())
    }

    fn word(&mut self, slice: &str) -> Result<(), Gap> {
        if slice.eq_ignore_ascii_case("case") {
            self.cases += 1;
            return self.depth();
        }
        if slice.eq_ignore_ascii_case("end") {
            self.cases = self.cases.saturating_sub(1);
            return Ok(());
        }
        if slice.len() <= 9 && CHAINS.iter().any(|word| slice.eq_ignore_ascii_case(word)) {
            return self.chain();
        }
        Ok(())
    }
}
