//! From a text to a filter: tokens, and a descent with bounds.
//!
//! It evaluates nothing.

use serde_json::Value;

use super::{Compared, Filter, Operator, Path};
use crate::scim::fault::Fault;
use crate::scim::schema::{Attribute, Kind, Schema, find};

/// The longest filter read, bytes.
const BYTES: usize = 4_096;
/// How deep parentheses and brackets go.
const DEPTH: usize = 8;
/// The most comparisons.
const TERMS: usize = 50;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Close,
    CloseBracket,
    Literal(Value),
    Open,
    OpenBracket,
    Word(String),
}

pub(super) fn bad(detail: impl Into<String>) -> Fault {
    Fault::bad("invalidFilter", detail)
}

fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    if text.len() > BYTES {
        return Err(bad(format!("a filter has at most {BYTES} bytes")));
    }
    let mut rest = text.trim_start();
    let mut tokens = Vec::new();
    while let Some(first) = rest.chars().next() {
        let single = match first {
            '(' => Some(Token::Open),
            ')' => Some(Token::Close),
            '[' => Some(Token::OpenBracket),
            ']' => Some(Token::CloseBracket),
            _ => None,
        };
        let length = if let Some(single) = single {
            tokens.push(single);
            1
        } else if first == '"' {
            let mut read = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
            let literal = read.next().and_then(Result::ok);
            tokens.push(Token::Literal(
                literal.ok_or_else(|| bad("a text does not end"))?,
            ));
            read.byte_offset()
        } else {
            let is_end = |c: char| c.is_whitespace() || "()[]\"".contains(c);
            let length = rest.find(is_end).unwrap_or(rest.len());
            let (word, _) = rest.split_at(length);
            tokens.push(Token::Word(word.to_owned()));
            length
        };
        rest = rest
            .split_at_checked(length)
            .unwrap_or_default()
            .1
            .trim_start();
    }
    Ok(tokens)
}

/// Where a name is looked for.
#[derive(Clone, Copy)]
pub(super) enum Scope {
    /// Inside the brackets of that attribute.
    Parts(&'static [Attribute]),
    Resource(&'static Schema),
}

pub(super) struct Parser {
    at: usize,
    depth: usize,
    terms: usize,
    tokens: Vec<Token>,
}

/// `name`, `name.part`, or either behind the schema's own name.
pub(super) fn path(word: &str, scope: Scope) -> Option<Path> {
    let attribute = |name: &str| match scope {
        Scope::Parts(parts) => find(parts, name),
        Scope::Resource(schema) => schema.find(name),
    };
    let word = match scope {
        Scope::Resource(schema) => word
            .split_at_checked(schema.id.len())
            .filter(|(id, _)| id.eq_ignore_ascii_case(schema.id))
            .and_then(|(_, rest)| rest.strip_prefix(':'))
            .unwrap_or(word),
        Scope::Parts(_) => word,
    };
    let Some((name, part)) = word.split_once('.') else {
        let attribute = attribute(word)?;
        return Some(Path {
            attribute,
            part: None,
        });
    };
    let attribute = attribute(name)?;
    let Kind::Complex(parts) = attribute.kind else {
        return None;
    };
    let part = Some(find(parts, part)?);
    Some(Path { attribute, part })
}

impl Parser {
    pub(super) fn of(text: &str) -> Result<Self, Fault> {
        Ok(Self {
            at: 0,
            depth: 0,
            terms: 0,
            tokens: tokens(text)?,
        })
    }

    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    /// Whether that word comes next; it is taken if so.
    fn takes(&mut self, wanted: &str) -> bool {
        let is_it =
            matches!(self.peek(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(wanted));
        self.at += usize::from(is_it);
        is_it
    }

    pub(super) fn either(&mut self, scope: Scope) -> Result<Filter, Fault> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(bad(format!("a filter is at most {DEPTH} deep")));
        }
        let mut any = vec![self.both(scope)?];
        while self.takes("or") {
            any.push(self.both(scope)?);
        }
        self.depth -= 1;
        Ok(match any.len() {
            1 => any.remove(0),
            _ => Filter::Or(any),
        })
    }

    fn both(&mut self, scope: Scope) -> Result<Filter, Fault> {
        let mut all = vec![self.factor(scope)?];
        while self.takes("and") {
            all.push(self.factor(scope)?);
        }
        Ok(match all.len() {
            1 => all.remove(0),
            _ => Filter::And(all),
        })
    }

    fn factor(&mut self, scope: Scope) -> Result<Filter, Fault> {
        self.terms += 1;
        if self.terms > TERMS {
            return Err(bad(format!("a filter compares at most {TERMS} times")));
        }
        let is_not = self.takes("not");
        match self.next() {
            Some(Token::Open) => {
                let filter = self.either(scope)?;
                self.closes(&Token::Close)?;
                Ok(if is_not {
                    Filter::Not(Box::new(filter))
                } else {
                    filter
                })
            }
            Some(Token::Word(word)) if !is_not => self.term(&word, scope),
            _ => Err(bad("an attribute or a parenthesis is missing")),
        }
    }

    fn closes(&mut self, with: &Token) -> Result<(), Fault> {
        if self.next().as_ref() == Some(with) {
            return Ok(());
        }
        Err(bad("something that opens does not close"))
    }

    fn term(&mut self, word: &str, scope: Scope) -> Result<Filter, Fault> {
        let Some(path) = path(word, scope) else {
            return Err(bad(format!("there is no attribute {word:?}")));
        };
        if self.peek() == Some(&Token::OpenBracket) {
            let (Kind::Complex(parts), None) = (&path.attribute.kind, path.part) else {
                return Err(bad(format!("{word} has no parts")));
            };
            self.next();
            let filter = self.either(Scope::Parts(parts))?;
            self.closes(&Token::CloseBracket)?;
            return Ok(Filter::Inside(path.attribute, Box::new(filter)));
        }
        if self.takes("pr") {
            return Ok(Filter::Present(path));
        }
        let operator = match self.next() {
            Some(Token::Word(word)) => match word.to_ascii_lowercase().as_str() {
                "co" => Operator::Contains,
                "ew" => Operator::Ends,
                "eq" => Operator::Equal,
                "gt" => Operator::Greater,
                "ge" => Operator::GreaterOrEqual,
                "lt" => Operator::Less,
                "le" => Operator::LessOrEqual,
                "ne" => Operator::NotEqual,
                "sw" => Operator::Starts,
                _ => return Err(bad(format!("{word:?} is no comparison"))),
            },
            _ => return Err(bad("a comparison is missing")),
        };
        let literal = match self.next() {
            Some(Token::Literal(literal)) => literal,
            // true, false, null, a number.
            Some(Token::Word(word)) => serde_json::from_str(&word)
                .map_err(|_| bad(format!("{word:?} is no value: texts stand in quotes")))?,
            _ => return Err(bad("a value is missing")),
        };
        Ok(Filter::Compare(path, Compared { literal, operator }))
    }
}
