//! JSON, leaf by leaf: order, spacing, the types of leaves and all keys stay, save what a scan
//! finds in a key.
//!
//! A leaf whose key names a class ("email", "ssn") gets that class's stand-in; any other string is
//! scanned. JSON inside a string is walked too. It builds no tree: a document costs its own size.

use model::Class;
use serde::de::IgnoredAny;

use crate::detect;
use crate::keys::{Keys, Way};
use crate::stand;
use crate::types::{Kind, numeric};

/// The document with its leaves masked: each by `class`, or by key and content where that is
/// `None`, `Json` or `FreeText`. `None` if it is no JSON.
pub(crate) fn scrub(keys: &Keys, class: Option<Class>, text: &str) -> Option<String> {
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let class = class.filter(|class| !matches!(class, Class::FreeText | Class::Json));
    let walker = Walker {
        class,
        keys,
        names: vec![None],
        out: String::with_capacity(text.len()),
    };
    walker.walk(text)
}

/// As [`scrub`]; what is no JSON is scanned as prose.
pub(crate) fn scrub_any(keys: &Keys, class: Option<Class>, text: &str) -> String {
    scrub(keys, class, text).unwrap_or_else(|| super::scrub(keys, text))
}

struct Walker<'k> {
    class: Option<Class>,
    keys: &'k Keys,
    /// The key that each open container, and the leaf to come, stands under.
    names: Vec<Option<String>>,
    out: String,
}

impl Walker<'_> {
    fn walk(mut self, text: &str) -> Option<String> {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let length = match first {
                '"' => string_length(rest)?,
                '-' | '0'..='9' => {
                    let ends = |c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E');
                    rest.find(ends).unwrap_or(rest.len())
                }
                _ => first.len_utf8(),
            };
            let (token, tail) = rest.split_at_checked(length)?;
            rest = tail;
            match first {
                '"' if rest.trim_start().starts_with(':') => {
                    let name: String = serde_json::from_str(token).ok()?;
                    let shown = super::scrub(self.keys, &name);
                    if shown == name {
                        self.out.push_str(token);
                    } else {
                        self.out.push_str(&serde_json::to_string(&shown).ok()?);
                    }
                    *self.names.last_mut()? = Some(name);
                }
                '"' => self.string(token)?,
                '-' | '0'..='9' => self.number(token),
                '{' | '[' => {
                    let name = self.names.last()?.clone();
                    self.names.push(name);
                    self.out.push(first);
                }
                '}' | ']' => {
                    self.names.pop();
                    self.out.push(first);
                }
                _ => self.out.push(first),
            }
        }
        Some(self.out)
    }

    /// The class of the leaf to come, by force or by its key.
    fn leaf_class(&self) -> Option<Class> {
        self.class.or_else(|| {
            let mut names = self.names.iter().rev().flatten();
            let name = names.next()?;
            let parent = names
                .find(|parent| *parent != name)
                .map_or("", String::as_str);
            detect::class_of_key(parent, name)
        })
    }

    fn string(&mut self, token: &str) -> Option<()> {
        let value: String = serde_json::from_str(token).ok()?;
        let shown = match self.leaf_class() {
            Some(class) => stand::text(self.keys, class, &value, usize::MAX)
                .unwrap_or_else(|| "****".to_owned()),
            None => super::scrub_any(self.keys, &value),
        };
        if shown == value {
            self.out.push_str(token);
        } else {
            self.out.push_str(&serde_json::to_string(&shown).ok()?);
        }
        Some(())
    }

    fn number(&mut self, token: &str) {
        let class = self.leaf_class().or_else(|| {
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
