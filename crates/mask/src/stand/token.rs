//! Secrets with an inside that readers parse: JSON Web Tokens and PEM blocks.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::keys::Keys;
use crate::stand::{cut, secret};

/// A JWT: the real header, claims by name and type but without their values, a zero signature.
pub(crate) fn jwt(keys: &Keys, text: &str, limit: usize) -> String {
    hollow(text)
        .filter(|shown| shown.chars().count() <= limit)
        .unwrap_or_else(|| secret::token(keys, text, limit))
}

fn hollow(text: &str) -> Option<String> {
    let mut parts = text.split('.');
    let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
    let read = |part: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?;
        serde_json::from_slice::<Map<String, Value>>(&bytes).ok()
    };
    read(header)?;
    let mut claims = Map::new();
    claims.insert("masked".to_owned(), Value::Bool(true));
    claims.extend(
        read(payload)?
            .into_iter()
            .map(|(name, claim)| (name, emptied(&claim))),
    );
    let payload = URL_SAFE_NO_PAD.encode(Value::Object(claims).to_string());
    Some(format!(
        "{header}.{payload}.{}",
        "A".repeat(signature.len())
    ))
}

fn emptied(claim: &Value) -> Value {
    match claim {
        Value::Array(_) => Value::Array(Vec::new()),
        Value::Bool(_) => Value::Bool(false),
        Value::Null => Value::Null,
        Value::Number(_) => Value::from(0),
        Value::Object(_) => Value::Object(Map::new()),
        Value::String(_) => Value::from("masked"),
    }
}

/// PEM blocks: their markers, line ends and length stay, also where all stands on one line.
pub(crate) fn pem(keys: &Keys, text: &str, limit: usize) -> String {
    if !text.contains("-----BEGIN ") {
        return secret::token(keys, text, limit);
    }
    let mut mark = "MASKED".chars().cycle();
    let mut hide = |body: &str| -> String {
        let hide = |c| {
            if matches!(c, '\n' | '\r' | '=') {
                c
            } else {
                mark.next().unwrap_or('x')
            }
        };
        body.chars().map(hide).collect()
    };
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, marker, after)) = next_marker(rest) {
        shown.push_str(&hide(before));
        shown.push_str(marker);
        rest = after;
    }
    shown.push_str(&hide(rest));
    cut(shown, limit)
}

/// The next `-----BEGIN KIND-----` or `-----END KIND-----`, with what stands before and after.
fn next_marker(text: &str) -> Option<(&str, &str, &str)> {
    let starts = [text.find("-----BEGIN "), text.find("-----END ")];
    let start = starts.into_iter().flatten().min()?;
    let (before, marked) = text.split_at_checked(start)?;
    let kind = marked.get(5..)?.find("-----")? + 5;
    let words = marked.get(5..kind)?;
    let is_kind = words.len() <= 48 && words.chars().all(|c| c.is_ascii_uppercase() || c == ' ');
    let (found, after) = marked.split_at_checked(if is_kind { kind + 5 } else { 0 })?;
    is_kind.then_some((before, found, after))
}
