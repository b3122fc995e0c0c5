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

/// A PEM block: header, footer and line lengths stay.
pub(crate) fn pem(keys: &Keys, text: &str, limit: usize) -> String {
    if !text.contains("-----BEGIN ") {
        return secret::token(keys, text, limit);
    }
    let line = |line: &str| {
        if line.starts_with("-----") && line.trim_end().ends_with("-----") {
            return line.to_owned();
        }
        let mut mark = "MASKED".chars().cycle();
        let hide = |c: char| {
            if matches!(c, '\n' | '\r' | '=') {
                c
            } else {
                mark.next().unwrap_or('x')
            }
        };
        line.chars().map(hide).collect()
    };
    cut(text.split_inclusive('\n').map(line).collect(), limit)
}
