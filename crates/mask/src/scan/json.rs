//! JSON, leaf by leaf: order, spacing, the types of leaves and all keys stay, save what a scan
//! finds in a key.
//!
//! A leaf has the class that its key names ("email", "ssn"), alone, with the key above it ("card"
//! over "number"), or beside others of its object ("name" beside "email"); where one member says
//! what another is (`"field": "phone", "value": …`), that one's. Any other string is scanned, and
//! JSON inside a string is walked too. It builds no tree: a document costs its own size.

use model::Class;
use serde::de::IgnoredAny;

use super::keyed;
use crate::keys::{Keys, Way};
use crate::stand;
use crate::types::{Kind, numeric};

/// The document with its leaves masked: each by `class`, or by key and content where that is
/// `None`, `Json` or `FreeText`. `None` if it is no JSON.
pub(crate) fn scrub(keys: &Keys, class: Option<Class>, text: &str) -> Option<String> {
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let class = class.filter(|class| !matches!(class, Class::FreeText | Class::Json));
    let objects = if class.is_some() {
        Vec::new()
    } else {
        objects(text)?
    };
    let walker = Walker {
        class,
        keys,
        names: vec![Name::default()],
        objects: objects.into_iter(),
        out: String::with_capacity(text.len()),
    };
    walker.walk(text)
}

/// As [`scrub`]; lines of JSON are walked one by one, and what is none is scanned as prose.
pub(crate) fn scrub_any(keys: &Keys, class: Option<Class>, text: &str) -> String {
    let is_lines = || {
        text.contains('\n')
            && text
                .lines()
                .all(|l| l.trim_start().starts_with('{') || l.trim().is_empty())
    };
    scrub(keys, class, text).unwrap_or_else(|| {
        if is_lines() {
            let lines = text
                .split('\n')
                .map(|line| scrub(keys, class, line).unwrap_or_else(|| super::scrub(keys, line)));
            lines.collect::<Vec<_>>().join("\n")
        } else {
            super::scrub(keys, text)
        }
    })
}

/// One token of a document and what it is.
struct Token<'t> {
    first: char,
    is_key: bool,
    text: &'t str,
}

/// The tokens of a valid document, spaces and punctuation among them.
struct Tokens<'t>(&'t str);

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        let first = self.0.chars().next()?;
        let length = match first {
            '"' => string_length(self.0)?,
            '-' | '0'..='9' => {
                let ends = |c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E');
                self.0.find(ends).unwrap_or(self.0.len())
            }
            _ => first.len_utf8(),
        };
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        let is_key = first == '"' && rest.trim_start().starts_with(':');
        Some(Token {
            first,
            is_key,
            text,
        })
    }
}

/// What the members of an object say of each other.
#[derive(Default)]
struct Object {
    is_personal: bool,
    /// What its value is, where another member says so.
    named: Option<Class>,
}

/// Members that say what others are.
const NAMING: &[&str] = &[
    "key",
    "field",
    "attribute",
    "attr",
    "column",
    "property",
    "label",
    "type",
    "name",
    "kind",
    "code",
    "path",
    "param",
    "parameter",
    "header",
    "claim",
    "system",
    "fieldname",
    "field_name",
];
/// The members that are then said.
const NAMED: &[&str] = &[
    "value",
    "val",
    "v",
    "old",
    "new",
    "before",
    "after",
    "from",
    "to",
    "content",
    "data",
    "text",
    "previous",
    "current",
    "old_value",
    "new_value",
    "oldvalue",
    "newvalue",
    "display",
    "answer",
];

/// Every object of a document, in the order in which they open.
fn objects(text: &str) -> Option<Vec<Object>> {
    let mut all: Vec<Object> = Vec::new();
    // Of each open container: its object, and the key that stands last.
    let mut open: Vec<(Option<usize>, String)> = Vec::new();
    for token in Tokens(text) {
        match token.first {
            '{' => {
                open.push((Some(all.len()), String::new()));
                all.push(Object::default());
            }
            '[' => open.push((None, String::new())),
            '}' | ']' => {
                open.pop();
            }
            '"' => {
                let Some((Some(index), key)) = open.last_mut() else {
                    continue;
                };
                let value: String = serde_json::from_str(token.text).ok()?;
                let object = all.get_mut(*index)?;
                if token.is_key {
                    object.is_personal |= keyed::is_personal(&value);
                    *key = value;
                } else if NAMING.contains(&key.to_ascii_lowercase().as_str()) && value.len() < 40 {
                    object.named = object.named.or_else(|| keyed::class("user", &value));
                }
            }
            _ => {}
        }
    }
    Some(all)
}

/// The key that a container or leaf stands under.
#[derive(Clone, Default)]
struct Name {
    is_personal: bool,
    key: Option<String>,
    named: Option<Class>,
}

struct Walker<'k> {
    class: Option<Class>,
    keys: &'k Keys,
    names: Vec<Name>,
    objects: std::vec::IntoIter<Object>,
    out: String,
}

impl Walker<'_> {
    fn walk(mut self, text: &str) -> Option<String> {
        for token in Tokens(text) {
            match token.first {
                '"' if token.is_key => {
                    let name: String = serde_json::from_str(token.text).ok()?;
                    self.key(token.text, &name)?;
                    self.names.last_mut()?.key = Some(name);
                }
                '"' => self.string(token.text)?,
                '-' | '0'..='9' => self.number(token.text),
                '{' => {
                    let object = self.objects.next().unwrap_or_default();
                    let mut name = self.names.last()?.clone();
                    name.is_personal |= object.is_personal;
                    name.named = object.named;
                    self.names.push(name);
                    self.out.push('{');
                }
                '[' => {
                    let name = self.names.last()?.clone();
                    self.names.push(name);
                    self.out.push('[');
                }
                '}' | ']' => {
                    self.names.pop();
                    self.out.push(token.first);
                }
                _ => self.out.push_str(token.text),
            }
        }
        Some(self.out)
    }

    /// A key may itself be what is to be hidden: an address, a number, a whole name.
    fn key(&mut self, token: &str, name: &str) -> Option<()> {
        let is_value = name.contains(['@', ' ', '.', ':', '+', '-'])
            || name.bytes().any(|b| b.is_ascii_digit());
        let shown = if is_value && keyed::class("", name).is_none() {
            super::scrub(self.keys, name)
        } else {
            name.to_owned()
        };
        self.put(token, name, &shown)
    }

    fn put(&mut self, token: &str, value: &str, shown: &str) -> Option<()> {
        if shown == value {
            self.out.push_str(token);
        } else {
            self.out.push_str(&serde_json::to_string(shown).ok()?);
        }
        Some(())
    }

    /// The class of the leaf to come, by force, by its key, or by what its neighbour says.
    fn leaf_class(&self, value: &str) -> Option<Class> {
        if self.class.is_some() {
            return self.class;
        }
        let name = self.names.last()?;
        let key = name.key.as_deref()?;
        if let Some(named) = name.named
            && NAMED.contains(&key.to_ascii_lowercase().as_str())
        {
            return Some(named);
        }
        let mut above = self
            .names
            .iter()
            .rev()
            .filter_map(|name| name.key.as_deref());
        let parent = above.find(|parent| *parent != key).unwrap_or("");
        keyed::leaf(parent, key, name.is_personal, value)
    }

    fn string(&mut self, token: &str) -> Option<()> {
        let value: String = serde_json::from_str(token).ok()?;
        let shown = match self.leaf_class(&value) {
            Some(class) => stand::text(self.keys, class, &value, usize::MAX)
                .unwrap_or_else(|| "****".to_owned()),
            None => super::scrub_any(self.keys, &value),
        };
        self.put(token, &value, &shown)
    }

    fn number(&mut self, token: &str) {
        let class = self.leaf_class(token).or_else(|| {
            let mut spans = super::sensitive_spans(token).into_iter();
            spans
                .find(|(_, class)| *class == Class::CardNumber)
                .map(|(_, class)| class)
        });
        let Some(class) = class else {
            return self.out.push_str(token);
        };
        let shown = stand::number::of(self.keys.turned(Way::Hide), class, Kind::Numeric, token);
        let is_number = |shown: &String| {
            numeric::is_decimal(shown) && serde_json::from_str::<IgnoredAny>(shown).is_ok()
        };
        self.out
            .push_str(&shown.filter(is_number).unwrap_or_else(|| "0".to_owned()));
    }
}

/// The length of the string that begins a text, quotes included.
fn string_length(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return Some(index + 1),
            _ => {}
        }
    }
    None
}
