//! What a token says, once its signature was found right: claims by path.
//!
//! It trusts nothing about their types: a claim of another type than asked for is not there.

use serde_json::{Map, Value};

/// A token's claims.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// These.
    pub fn new(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    /// A claim by path: a claim of that very name first (some are URLs, with dots), then step by
    /// step through objects (`realm_access.roles`, `kubernetes.io.namespace`), the longest name
    /// that is there before a shorter one.
    pub fn at(&self, path: &str) -> Option<&Value> {
        within(&self.0, path)
    }

    /// A claim that is a text, and not an empty one.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.at(path)?.as_str().filter(|text| !text.is_empty())
    }

    /// A claim that is one text or several.
    pub fn texts(&self, path: &str) -> Vec<&str> {
        match self.at(path) {
            Some(Value::String(text)) => vec![text],
            Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// A claim that is a moment, in whole seconds since 1970 (RFC 7519 §2 NumericDate); a fraction
    /// is cut off.
    pub fn seconds(&self, path: &str) -> Option<i64> {
        let value = self.at(path)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a moment beyond i64 is clamped, which is never within a token's life"
        )]
        let cut = || value.as_f64().map(|seconds| seconds as i64);
        value.as_i64().or_else(cut)
    }

    /// A claim as configuration writes it: texts, numbers and booleans.
    pub fn word(&self, path: &str) -> Option<String> {
        match self.at(path)? {
            Value::String(text) => Some(text.clone()),
            Value::Bool(yes) => Some(yes.to_string()),
            Value::Number(number) => Some(number.to_string()),
            Value::Array(_) | Value::Null | Value::Object(_) => None,
        }
    }

    /// Whether the provider says that a claim is to be had elsewhere only: OpenID Connect Core
    /// §5.6.2, which Entra uses when there are too many groups.
    pub fn is_elsewhere(&self, name: &str) -> bool {
        let named = self.at("_claim_names").and_then(Value::as_object);
        named.is_some_and(|names| names.contains_key(name))
            || self.at("hasgroups") == Some(&Value::Bool(true))
    }
}

fn within<'v>(object: &'v Map<String, Value>, path: &str) -> Option<&'v Value> {
    object.get(path).or_else(|| {
        let mut borders = path.rmatch_indices('.').map(|(at, _)| at);
        borders.find_map(|at| {
            let (name, rest) = (path.get(..at)?, path.get(at + 1..)?);
            within(object.get(name)?.as_object()?, rest)
        })
    })
}
