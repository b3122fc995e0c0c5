//! Filters and paths (RFC 7644 §3.4.2.2, §3.5.2): a small grammar, read with bounds.
//!
//! ```text
//! filter = term *("or" term)      term = factor *("and" factor)
//! factor = ["not"] "(" filter ")" | path "pr" | path operator literal | name "[" filter "]"
//! path   = name ["." part]        target = path | name "[" filter "]" ["." part]
//! ```
//! An attribute nobody has in a filter is a fault, since an answer would be a lie; in a target it
//! is [`Target::Nothing`], since what we do not keep may be changed at will.

mod parse;

use serde_json::{Map, Value};

use self::parse::{Parser, Scope, Token, bad, path};
use super::fault::Fault;
use super::schema::{Attribute, Kind, Schema, find};

/// An attribute, and a part of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path {
    pub(super) attribute: &'static Attribute,
    pub(super) part: Option<&'static Attribute>,
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Contains,
    Ends,
    Equal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    NotEqual,
    Starts,
}

/// A filter.
#[derive(Debug, Clone)]
pub(super) enum Filter {
    And(Vec<Filter>),
    Compare(Path, Compared),
    /// Values of a complex attribute for which it holds.
    Inside(&'static Attribute, Box<Filter>),
    Not(Box<Filter>),
    Or(Vec<Filter>),
    Present(Path),
}

/// What something is compared with.
#[derive(Debug, Clone)]
pub(super) struct Compared {
    literal: Value,
    operator: Operator,
}

/// What a change is of.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// Of something we do not keep.
    Nothing,
    /// Of an attribute, of a part of it, or of those of its values a filter picks.
    Path(Path, Option<Filter>),
}

impl Filter {
    /// Reads a filter over resources of that schema.
    pub(super) fn read(text: &str, schema: &'static Schema) -> Result<Self, Fault> {
        let mut parser = Parser::of(text)?;
        let filter = parser.either(Scope::Resource(schema))?;
        match parser.peek() {
            None => Ok(filter),
            Some(left) => Err(bad(format!("what is {left:?} for?"))),
        }
    }

    /// Whether it holds for a resource, or for one value of a complex attribute.
    pub(super) fn holds(&self, of: &Map<String, Value>) -> bool {
        match self {
            Self::And(all) => all.iter().all(|filter| filter.holds(of)),
            Self::Or(any) => any.iter().any(|filter| filter.holds(of)),
            Self::Not(filter) => !filter.holds(of),
            Self::Present(path) => !path.values(of).is_empty(),
            Self::Compare(path, compared) => {
                let values = path.values(of);
                if compared.operator == Operator::NotEqual {
                    return !values.iter().any(|value| compared.is_equal(*path, value));
                }
                values.iter().any(|value| compared.holds(*path, value))
            }
            Self::Inside(attribute, filter) => match of.get(attribute.name) {
                Some(Value::Array(values)) => values
                    .iter()
                    .filter_map(Value::as_object)
                    .any(|value| filter.holds(value)),
                Some(Value::Object(value)) => filter.holds(value),
                _ => false,
            },
        }
    }

    /// The value that this filter alone describes: where it only says what must be equal.
    pub(super) fn example(&self) -> Option<Map<String, Value>> {
        match self {
            Self::And(all) => {
                let mut whole = Map::new();
                for filter in all {
                    whole.extend(filter.example()?);
                }
                Some(whole)
            }
            Self::Compare(path, compared) if compared.operator == Operator::Equal => {
                let name = path.attribute.name.to_owned();
                let one = std::iter::once((name, compared.literal.clone()));
                path.part.is_none().then(|| one.collect())
            }
            _ => None,
        }
    }
}

impl Target {
    /// Reads what a change is of.
    pub(super) fn read(text: &str, schema: &'static Schema) -> Result<Self, Fault> {
        let invalid = |fault: Fault| Fault::bad("invalidPath", fault.detail);
        let mut parser = Parser::of(text).map_err(invalid)?;
        let Some(Token::Word(word)) = parser.next() else {
            return Err(Fault::bad("invalidPath", "a path begins with an attribute"));
        };
        let Some(mut path) = path(&word, Scope::Resource(schema)) else {
            return Ok(Self::Nothing);
        };
        let mut filter = None;
        if parser.peek() == Some(&Token::OpenBracket) {
            let Kind::Complex(parts) = path.attribute.kind else {
                return Err(Fault::bad("invalidPath", format!("{word} has no parts")));
            };
            parser.next();
            filter = Some(parser.either(Scope::Parts(parts)).map_err(invalid)?);
            if parser.next() != Some(Token::CloseBracket) {
                return Err(Fault::bad("invalidPath", "a bracket does not close"));
            }
            if let Some(Token::Word(part)) = parser.peek().cloned() {
                parser.next();
                match part.strip_prefix('.').map(|part| find(parts, part)) {
                    Some(Some(part)) => path.part = Some(part),
                    Some(None) => return Ok(Self::Nothing),
                    None => return Err(Fault::bad("invalidPath", "after ] comes .part")),
                }
            }
        }
        match parser.peek() {
            None => Ok(Self::Path(path, filter)),
            Some(left) => Err(Fault::bad("invalidPath", format!("what is {left:?} for?"))),
        }
    }
}

impl Path {
    /// What is compared: the part, the `value` of what has one, or the attribute itself.
    fn compared(self) -> (&'static Attribute, Option<&'static Attribute>) {
        let usual = match self.attribute.kind {
            Kind::Complex(parts) => find(parts, "value"),
            _ => None,
        };
        (self.attribute, self.part.or(usual))
    }

    /// All values there are.
    fn values(self, of: &Map<String, Value>) -> Vec<&Value> {
        let (attribute, part) = self.compared();
        let Some(found) = of.get(attribute.name) else {
            return Vec::new();
        };
        let each = match found {
            Value::Array(values) => values.as_slice(),
            one => std::slice::from_ref(one),
        };
        each.iter()
            .filter_map(|value| match part {
                Some(part) if value.is_object() => value.get(part.name),
                _ => Some(value),
            })
            .collect()
    }
}

impl Compared {
    fn is_equal(&self, path: Path, value: &Value) -> bool {
        let compared = Self {
            operator: Operator::Equal,
            literal: self.literal.clone(),
        };
        compared.holds(path, value)
    }

    fn holds(&self, path: Path, value: &Value) -> bool {
        let (attribute, part) = path.compared();
        let (Value::String(value), Value::String(literal)) = (value, &self.literal) else {
            return self.operator == Operator::Equal && *value == self.literal;
        };
        let fold = |text: &String| match part.unwrap_or(attribute).kind {
            Kind::Text { is_exact: false } => text.to_lowercase(),
            // So that a moment without a fraction comes before the rest of its second.
            Kind::Moment => text.trim_end_matches('Z').to_owned(),
            _ => text.clone(),
        };
        let (value, literal) = (fold(value), fold(literal));
        match self.operator {
            Operator::Contains => value.contains(&literal),
            Operator::Ends => value.ends_with(&literal),
            Operator::Equal => value == literal,
            Operator::Greater => value > literal,
            Operator::GreaterOrEqual => value >= literal,
            Operator::Less => value < literal,
            Operator::LessOrEqual => value <= literal,
            Operator::NotEqual => value != literal,
            Operator::Starts => value.starts_with(&literal),
        }
    }
}
