//! Pairs of a server's own notation: `hstore` in its text form.

use super::{Within, keyed};
use crate::detect::About;
use crate::keys::Keys;
use crate::stand;

/// A key and its value, if that is not NULL.
type Pair = (String, Option<String>);

/// The store with its values masked by key; `None` if the text is none.
pub(crate) fn scrub(keys: &Keys, within: Within<'_>, text: &str) -> Option<String> {
    if !text.contains("=>") {
        return None;
    }
    let written = shown(keys, within, read(text)?).into_iter();
    let written = written.map(|(key, value)| {
        let value = value.map_or_else(|| "NULL".to_owned(), |value| quoted(&value));
        format!("{}=>{value}", quoted(&key))
    });
    Some(written.collect::<Vec<_>>().join(", "))
}

/// The same in the form in which a server sends one in binary: how many pairs, and of each the
/// lengths before key and value.
pub(crate) fn scrub_binary(keys: &Keys, within: Within<'_>, cell: &[u8]) -> Option<Vec<u8>> {
    let mut rest = cell;
    let count = usize::try_from(number(&mut rest)?).ok()?;
    let mut pairs = Vec::new();
    for _ in 0..count {
        let key = item_of(&mut rest)??;
        pairs.push((key, item_of(&mut rest)?));
    }
    if !rest.is_empty() {
        return None;
    }
    let mut out = i32::try_from(count).ok()?.to_be_bytes().to_vec();
    for (key, value) in shown(keys, within, pairs) {
        for item in [Some(key), value] {
            let length = item
                .as_ref()
                .map_or(Ok(-1), |item| i32::try_from(item.len()));
            out.extend_from_slice(&length.ok()?.to_be_bytes());
            out.extend_from_slice(item.unwrap_or_default().as_bytes());
        }
    }
    Some(out)
}

/// Takes a number off the front.
fn number(rest: &mut &[u8]) -> Option<i32> {
    let (head, tail) = rest.split_first_chunk::<4>()?;
    *rest = tail;
    Some(i32::from_be_bytes(*head))
}

/// Takes a key or value off the front; NULL is `Some(None)`.
#[expect(clippy::option_option, reason = "NULL and malformed are two things")]
fn item_of(rest: &mut &[u8]) -> Option<Option<String>> {
    let length = number(rest)?;
    let Ok(length) = usize::try_from(length) else {
        return (length == -1).then_some(None);
    };
    let (head, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(Some(std::str::from_utf8(head).ok()?.to_owned()))
}

/// The pairs as they are shown.
fn shown(keys: &Keys, within: Within<'_>, pairs: Vec<Pair>) -> Vec<Pair> {
    let is_personal = pairs.iter().any(|(key, _)| keyed::is_personal(key));
    let about = if is_personal {
        About::Person
    } else {
        within.about
    };
    let pairs = pairs.into_iter();
    let pairs = pairs.map(|(key, value)| {
        let value = value.map(
            |value| match keyed::leaf(about, within.name, &key, &value) {
                Some(class) => stand::text(keys, class, &value, usize::MAX)
                    .unwrap_or_else(|| "****".to_owned()),
                None if keyed::is_of_a_thing(about, &key, &value) => {
                    super::scrub_thing(keys, &value)
                }
                None => super::scrub_any(keys, &value),
            },
        );
        // A key may itself be what is to be hidden.
        let key = if key.contains('@') {
            super::scrub(keys, &key)
        } else {
            key
        };
        (key, value)
    });
    pairs.collect()
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Every pair, if the text is pairs and nothing else.
fn read(text: &str) -> Option<Vec<Pair>> {
    let mut rest = text.trim();
    let mut pairs = Vec::new();
    while !rest.is_empty() {
        let (key, _, after) = item(rest)?;
        let after = after.trim_start().strip_prefix("=>")?.trim_start();
        let (value, is_quoted, after) = item(after)?;
        let is_null = !is_quoted && value.eq_ignore_ascii_case("null");
        pairs.push((key, (!is_null).then_some(value)));
        rest = after.trim_start();
        if !rest.is_empty() {
            rest = rest.strip_prefix(',')?.trim_start();
        }
    }
    (!pairs.is_empty()).then_some(pairs)
}

/// A key or value: quoted with backslashes, or a bare word.
fn item(text: &str) -> Option<(String, bool, &str)> {
    let Some(body) = text.strip_prefix('"') else {
        let end = text
            .find(|c: char| c.is_whitespace() || matches!(c, ',' | '=' | '"'))
            .unwrap_or(text.len());
        let (word, after) = text.split_at_checked(end)?;
        return (!word.is_empty()).then(|| (word.to_owned(), false, after));
    };
    let mut value = String::new();
    let mut chars = body.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.push(chars.next()?.1),
            '"' => return Some((value, true, body.get(at + 1..)?)),
            c => value.push(c),
        }
    }
    None
}
