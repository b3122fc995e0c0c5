//! Whether a document holds something sensitive: by the keys above its leaves, and in its texts.
//!
//! Numbers count by their keys alone: one in ten passes some check.

use serde_json::Value;

use super::class_of_key;
use crate::scan;

/// How deep a document is walked.
const DEEPEST: usize = 32;

/// Whether a document of a table of that name holds something sensitive.
pub(super) fn holds(table: &str, text: &str) -> bool {
    match serde_json::from_str(text) {
        Ok(value) => walk(table, &value, 0),
        // Cut off, or no document: searched as it lies.
        Err(_) => {
            let mut keys = text.split('"').skip(1).step_by(2);
            keys.any(|key| class_of_key(table, key).is_some())
                || !scan::sensitive_spans(text).is_empty()
        }
    }
}

fn walk(parent: &str, value: &Value, depth: usize) -> bool {
    if depth > DEEPEST {
        return true;
    }
    match value {
        Value::Array(items) => items.iter().any(|item| walk(parent, item, depth + 1)),
        Value::Object(map) => map.iter().any(|(key, value)| {
            let is_leaf = value.is_string() || value.is_number() || value.is_array();
            is_leaf && class_of_key(parent, key).is_some()
                || !scan::sensitive_spans(key).is_empty()
                || walk(key, value, depth + 1)
        }),
        Value::String(text) => {
            let is_number = text
                .bytes()
                .all(|byte| !byte.is_ascii_alphabetic() && byte != b'+');
            !is_number && !scan::sensitive_spans(text).is_empty()
        }
        Value::Bool(_) | Value::Null | Value::Number(_) => false,
    }
}
