//! Pairs of a server's own notation: `hstore` in its text form.

use super::keyed;
use crate::keys::Keys;
use crate::stand;

/// The store with its values masked by key; `None` if the text is none.
pub(crate) fn scrub(keys: &Keys, text: &str) -> Option<String> {
    if !text.contains("=>") {
        return None;
    }
    let pairs = read(text)?;
    let is_personal = pairs.iter().any(|(key, _)| keyed::is_personal(key));
    let written = pairs.iter().map(|(key, value)| {
        let value = match value {
            None => "NULL".to_owned(),
            Some(value) => {
                let shown = match keyed::leaf("", key, is_personal, value) {
                    Some(class) => stand::text(keys, class, value, usize::MAX)
                        .unwrap_or_else(|| "****".to_owned()),
                    None => super::scrub_any(keys, value),
                };
                quoted(&shown)
            }
        };
        format!("{}=>{value}", quoted(key))
    });
    Some(written.collect::<Vec<_>>().join(", "))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Every pair, if the text is pairs and nothing else.
fn read(text: &str) -> Option<Vec<(String, Option<String>)>> {
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
