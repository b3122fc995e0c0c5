//! What of a resource is asked for (RFC 7644 §3.9): `attributes`, `excludedAttributes`.
//!
//! It finds no resources: filters and pages are the route's.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::schema::{GROUP, USER};

/// What a query may say.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Asked {
    attributes: Option<String>,
    pub(super) count: Option<String>,
    excluded_attributes: Option<String>,
    pub(super) filter: Option<String>,
    pub(super) start_index: Option<String>,
}

impl Asked {
    /// What of a resource is asked for; its id and schemas always are.
    pub(super) fn pick(&self, shown: Value) -> Value {
        let Value::Object(whole) = shown else {
            return shown;
        };
        let always = |name: &str| ["id", "schemas"].contains(&name);
        if let Some(wanted) = &self.attributes {
            let mut picked = Map::new();
            for (name, value) in whole {
                let is_whole = always(&name) || listed(wanted, &name);
                let value = if is_whole {
                    Some(value)
                } else {
                    parts(wanted, &name, value)
                };
                picked.extend(value.map(|value| (name, value)));
            }
            return Value::Object(picked);
        }
        let Some(left_out) = &self.excluded_attributes else {
            return Value::Object(whole);
        };
        let kept = whole.into_iter();
        let kept = kept.filter(|(name, _)| always(name) || !listed(left_out, name));
        Value::Object(kept.collect())
    }
}

/// Names in a list, without a schema's own name before them.
fn named(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(|one| {
        let one = one.trim();
        let schemas = [USER.id, GROUP.id].into_iter();
        let mut without = schemas.filter_map(|id| one.strip_prefix(id)?.strip_prefix(':'));
        without.next().unwrap_or(one)
    })
}

fn listed(list: &str, name: &str) -> bool {
    named(list).any(|one| one.eq_ignore_ascii_case(name))
}

/// The parts of an attribute that a list names (`name.familyName`).
fn parts(list: &str, name: &str, value: Value) -> Option<Value> {
    let wanted: Vec<&str> = named(list)
        .filter_map(|one| one.split_once('.'))
        .filter(|(attribute, _)| attribute.eq_ignore_ascii_case(name))
        .map(|(_, part)| part)
        .collect();
    if wanted.is_empty() {
        return None;
    }
    let pick = |value: Value| match value {
        Value::Object(whole) => {
            let is_wanted = |name: &str| wanted.iter().any(|it| it.eq_ignore_ascii_case(name));
            let kept = whole.into_iter().filter(|(name, _)| is_wanted(name));
            Value::Object(kept.collect())
        }
        other => other,
    };
    Some(match value {
        Value::Array(values) => values.into_iter().map(pick).collect(),
        one => pick(one),
    })
}
