//! XML and HTML: texts by the name of their element, attributes by theirs.
//!
//! Tags, order and spacing stay; what changes is escaped again. A text that breaks off is walked
//! as far as it goes.

use model::Class;

use super::members::{is_named, is_naming, said};
use super::{Within, keyed};
use crate::detect::{About, about_of_key};
use crate::keys::Keys;
use crate::stand;

/// Whether a text looks like a document of elements.
pub(super) fn is_markup(text: &str) -> bool {
    let text = text.trim();
    let opens = text.strip_prefix('<').is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_alphabetic() || matches!(c, '?' | '!'))
    });
    opens && text.ends_with('>')
}

/// The document with its texts and attributes masked.
pub(crate) fn scrub(keys: &Keys, within: Within<'_>, text: &str) -> String {
    let is_personal = is_personal(text);
    let mut walker = Walker {
        about: if is_personal {
            About::Person
        } else {
            within.about
        },
        keys,
        open: vec![Element::of(within.name)],
        out: String::with_capacity(text.len()),
    };
    let mut rest = text;
    while !rest.is_empty() {
        rest = match rest.strip_prefix('<') {
            Some(_) => walker.tag(rest),
            None => {
                let end = rest.find('<').unwrap_or(rest.len());
                let (body, after) = rest.split_at(end);
                walker.body(body);
                after
            }
        };
    }
    walker.out
}

/// Whether an element or attribute of the document says that it is about a person.
fn is_personal(text: &str) -> bool {
    let names = text.split(['<', ' ']).filter_map(|piece| {
        let end =
            piece.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | ':' | '.')))?;
        piece.get(..end).filter(|name| {
            name.len() > 1
                && piece
                    .get(end..)
                    .is_some_and(|rest| rest.starts_with(['>', '=', '/', ' ']))
        })
    });
    names.take(200).any(|name| keyed::is_personal(local(name)))
}

/// A name without its namespace.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// An element that is open.
#[derive(Default)]
struct Element {
    name: String,
    /// What an element inside said that the one beside it is.
    said: Option<Class>,
}

impl Element {
    fn of(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            said: None,
        }
    }
}

struct Walker<'k> {
    about: About,
    keys: &'k Keys,
    open: Vec<Element>,
    out: String,
}

impl Walker<'_> {
    /// One tag, comment, instruction or section; what is behind it.
    fn tag<'t>(&mut self, text: &'t str) -> &'t str {
        if let Some(body) = text.strip_prefix("<![CDATA[") {
            let end = body.find("]]>").unwrap_or(body.len());
            let (inner, after) = body.split_at(end);
            self.out.push_str("<![CDATA[");
            let shown = self.shown(inner, None);
            self.out.push_str(&shown.replace("]]>", "]] >"));
            return after;
        }
        if let Some(body) = text.strip_prefix("<!--") {
            let end = body.find("-->").unwrap_or(body.len());
            let (inner, after) = body.split_at(end);
            self.out.push_str("<!--");
            let shown = super::scrub(self.keys, inner);
            self.out.push_str(&shown.replace("--", "- -"));
            return after;
        }
        let end = text.find('>').map_or(text.len(), |end| end + 1);
        let (tag, after) = text.split_at(end);
        let inner = tag.trim_start_matches(['<', '/', '?', '!']);
        let name_end = inner
            .find(|c: char| c.is_whitespace() || matches!(c, '>' | '/' | '?'))
            .unwrap_or(inner.len());
        let name = inner.get(..name_end).unwrap_or("");
        if tag.starts_with("</") {
            if self.open.len() > 1 {
                self.open.pop();
            }
            self.out.push_str(tag);
            return after;
        }
        let named = self.attributes(tag, local(name));
        if !(tag.ends_with("/>") || tag.starts_with("<?") || tag.starts_with("<!")) {
            let name = named.as_deref().unwrap_or(local(name));
            self.open.push(Element::of(name));
        }
        after
    }

    /// Writes a tag; what an attribute says that the element is (`<field name="email">`).
    fn attributes(&mut self, tag: &str, element: &str) -> Option<String> {
        let mut named: Option<String> = None;
        let mut rest = tag;
        while let Some(at) = rest.find('=') {
            let (head, tail) = rest.split_at(at + 1);
            self.out.push_str(head);
            let key = head
                .trim_end_matches(['=', ' '])
                .rsplit([' ', '\n', '\t'])
                .next()
                .unwrap_or("");
            let quote = tail.chars().next().filter(|c| matches!(c, '"' | '\''));
            let body = quote.and_then(|quote| {
                let body = tail.get(1..)?;
                Some((quote, body.get(..body.find(quote)?)?))
            });
            let Some((quote, value)) = body else {
                rest = tail;
                continue;
            };
            let plain = unescaped(value);
            let said_here = named
                .as_deref()
                .filter(|_| is_named(local(key)))
                .and_then(said);
            let class =
                said_here.or_else(|| keyed::leaf(self.about(), element, local(key), &plain));
            if is_naming(local(key)) && said(&plain).is_some() {
                named = Some(plain.clone());
            }
            let shown = self.shown(&plain, class);
            self.out.push(quote);
            if shown == plain {
                self.out.push_str(value);
            } else {
                self.out.push_str(&escaped(&shown));
            }
            self.out.push(quote);
            rest = tail.get(value.len() + 2..).unwrap_or("");
        }
        self.out.push_str(rest);
        named
    }

    /// What the innermost element that says so is about.
    fn about(&self) -> About {
        let said = self
            .open
            .iter()
            .rev()
            .map(|element| about_of_key(&element.name));
        let mut said = said.filter(|about| *about != About::Neither);
        match (said.next(), self.about) {
            // A document about a person has names of things in it, and says which they are.
            (Some(said), _) => said,
            (None, about) => about,
        }
    }

    fn body(&mut self, body: &str) {
        let core = body.trim();
        if core.is_empty() {
            return self.out.push_str(body);
        }
        let start = body.len() - body.trim_start().len();
        let plain = unescaped(core);
        let shown = self.shown(&plain, None);
        let mut above = self.open.iter_mut().rev();
        if let (Some(element), Some(parent)) = (above.next(), above.next())
            && is_naming(&element.name)
        {
            parent.said = said(&plain);
        }
        self.out.push_str(body.get(..start).unwrap_or(""));
        if shown == plain {
            self.out.push_str(core);
        } else {
            self.out.push_str(&escaped(&shown));
        }
        self.out
            .push_str(body.get(start + core.len()..).unwrap_or(""));
    }

    fn shown(&self, plain: &str, class: Option<Class>) -> String {
        let mut above = self.open.iter().rev();
        let element = above.next().map_or("", |element| &element.name);
        let parent = above.next();
        let said_beside = parent.filter(|_| is_named(element)).and_then(|p| p.said);
        let parent = parent.map_or("", |parent| &parent.name);
        let class = class
            .or(said_beside)
            .or_else(|| keyed::leaf(self.about(), parent, element, plain));
        match class {
            Some(class) => stand::text(self.keys, class, plain, usize::MAX)
                .unwrap_or_else(|| "****".to_owned()),
            None => super::scrub_any(self.keys, plain),
        }
    }
}

fn unescaped(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&apos;")
}
