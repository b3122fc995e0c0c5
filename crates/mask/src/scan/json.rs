//! JSON, leaf by leaf: order, spacing, the types of leaves and all keys stay, save what a scan
//! finds in a key.
//!
//! A leaf has the class that its key names ("email", "ssn"), alone, with the key above it ("card"
//! over "number"), or by what its object is about ("name" beside "email", in a column of persons);
//! where one member says what another is (`"field": "phone", "value": …`), that one's. Any other
//! string is scanned, and JSON inside a string is walked too. It builds no tree: a document costs
//! its own size.

use model::Class;
use serde::de::IgnoredAny;

use super::members::{Object, is_named, objects};
use super::{Within, keyed};
use crate::detect::{About, about_of_key};
use crate::keys::{Keys, Way};
use crate::stand;
use crate::types::{Kind, numeric};

/// The document with its leaves masked: each by `class`, or by key and content where that is
/// `None`, `Json` or `FreeText`. `None` if it is no JSON.
pub(crate) fn scrub(
    keys: &Keys,
    within: Within<'_>,
    class: Option<Class>,
    text: &str,
) -> Option<String> {
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let mut walker = Walker::new(keys, within, class, text)?;
    walker.walk(text)?;
    Some(walker.out)
}

/// Whether a document, or what there is of one that was cut off, would not be shown as it is.
pub(crate) fn holds(keys: &Keys, within: Within<'_>, text: &str) -> bool {
    let Some(mut walker) = Walker::new(keys, within, None, text) else {
        return true;
    };
    // What was cut off within a string has no more tokens.
    walker.walk(text).is_none() || !text.starts_with(&walker.out)
}

/// As [`scrub`]; lines of JSON are walked one by one, and what is none is scanned as prose.
pub(crate) fn scrub_any(keys: &Keys, within: Within<'_>, text: &str) -> String {
    let is_lines = || {
        text.contains('\n')
            && text
                .lines()
                .all(|l| l.trim_start().starts_with('{') || l.trim().is_empty())
    };
    scrub(keys, within, None, text).unwrap_or_else(|| {
        if is_lines() {
            let lines = text.split('\n').map(|line| {
                scrub(keys, within, None, line).unwrap_or_else(|| super::scrub(keys, line))
            });
            lines.collect::<Vec<_>>().join("\n")
        } else {
            super::scrub(keys, text)
        }
    })
}

/// One token of a document and what it is.
pub(super) struct Token<'t> {
    pub(super) first: char,
    pub(super) is_key: bool,
    pub(super) text: &'t str,
}

/// The tokens of a valid document, spaces and punctuation among them.
pub(super) struct Tokens<'t>(pub(super) &'t str);

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

/// The key that a container or leaf stands under.
#[derive(Clone, Default)]
struct Name {
    about: About,
    has_given: bool,
    has_password: bool,
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

impl<'k> Walker<'k> {
    fn new(keys: &'k Keys, within: Within<'_>, class: Option<Class>, text: &str) -> Option<Self> {
        let class = class.filter(|class| !matches!(class, Class::FreeText | Class::Json));
        let objects = if class.is_some() {
            Vec::new()
        } else {
            objects(text)?
        };
        let key = Some(within.name.to_owned()).filter(|name| !name.is_empty());
        let root = Name {
            about: within.about,
            key,
            ..Name::default()
        };
        Some(Self {
            class,
            keys,
            names: vec![root],
            objects: objects.into_iter(),
            out: String::with_capacity(text.len()),
        })
    }

    fn walk(&mut self, text: &str) -> Option<()> {
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
                    let key = name.key.as_deref().map_or(About::Neither, about_of_key);
                    name.about = object.about(key, name.about);
                    name.has_given = object.has_given;
                    name.has_password = object.has_password;
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
        Some(())
    }

    /// A key may itself be what is to be hidden: an address, a number, a whole name.
    fn key(&mut self, token: &str, name: &str) -> Option<()> {
        let is_value = name.contains(['@', ' ', '.', ':', '+', '-'])
            || name.bytes().any(|b| b.is_ascii_digit());
        let is_named = || keyed::class(About::Neither, "", name).is_some();
        let shown = if is_value && (name.contains('@') || !is_named()) {
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
            && is_named(key)
        {
            return Some(named);
        }
        if name.has_given && matches!(key, "ln" | "LN") {
            return Some(Class::LastName);
        }
        if name.has_password && matches!(key, "user" | "usr" | "login" | "uid") {
            return Some(Class::Username);
        }
        if key.len() == 1 && name.about == About::Person {
            return keyed::letter(key, value);
        }
        let mut above = self
            .names
            .iter()
            .rev()
            .filter_map(|name| name.key.as_deref());
        let parent = above.find(|parent| *parent != key).unwrap_or("");
        keyed::leaf(name.about, parent, key, value)
    }

    /// Whether what stands here is a thing's name or place: no person's, whatever it looks like.
    fn is_of_a_thing(&self, value: &str) -> bool {
        let name = self.names.last();
        name.is_some_and(|name| {
            let key = name.key.as_deref().unwrap_or("");
            keyed::is_of_a_thing(name.about, key, value)
        })
    }

    fn string(&mut self, token: &str) -> Option<()> {
        let value: String = serde_json::from_str(token).ok()?;
        let shown = match self.leaf_class(&value) {
            Some(class) => stand::text(self.keys, class, &value, usize::MAX)
                .unwrap_or_else(|| "****".to_owned()),
            None if is_bare(&value) => super::scrub_bare(self.keys, &value),
            None if self.is_of_a_thing(&value) => super::scrub_thing(self.keys, &value),
            None => super::scrub_any(self.keys, &value),
        };
        self.put(token, &value, &shown)
    }

    /// A coordinate under a key that may mean a place, to four places or more.
    fn place(&self, token: &str) -> Option<Class> {
        let name = self.names.last()?;
        let (_, decimals) = token.split_once('.')?;
        let is_degree = decimals.len() >= 4 && token.parse::<f64>().ok()?.abs() <= 180.0;
        let is_place = is_degree && keyed::may_be_a_place(name.key.as_deref()?);
        (is_place && name.about != About::Thing).then_some(Class::Geo)
    }

    fn number(&mut self, token: &str) {
        let class = self.leaf_class(token).or_else(|| {
            let mut spans = super::sensitive_spans(token).into_iter();
            let card = spans.find(|(_, class)| *class == Class::CardNumber);
            card.map(|(_, class)| class).or_else(|| self.place(token))
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

/// Whether a string is digits alone: one in ten passes some check.
fn is_bare(value: &str) -> bool {
    value
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b' ')
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
