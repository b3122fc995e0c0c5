//! Changes to a resource (RFC 7644 §3.5.2): add, replace and remove, with paths and filters.
//!
//! It changes a document in memory and nothing else; the whole change counts or none of it.
//! Where directories differ from the text and mean no harm, they are understood: operations in
//! capitals, `members` to remove given as values, a filtered value that is added where none fits.

use serde_json::{Map, Value};

use super::fault::Fault;
use super::filter::{Filter, Path, Target};
use super::schema::{Attribute, Kind, Mutability, Schema};

/// The most operations in one request.
const OPERATIONS: usize = 1_000;

type Document = Map<String, Value>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Add,
    Remove,
    Replace,
}

/// Makes the changes of a PATCH request.
pub(super) fn apply(
    schema: &'static Schema,
    document: &Document,
    said: &Value,
) -> Result<Document, Fault> {
    let syntax = |detail: &str| Fault::bad("invalidSyntax", detail);
    let operations = member(said, "Operations").and_then(Value::as_array);
    let operations = operations.ok_or_else(|| syntax("Operations is missing"))?;
    if operations.len() > OPERATIONS {
        return Err(Fault::bad(
            "tooMany",
            format!("at most {OPERATIONS} at once"),
        ));
    }
    let mut changed = document.clone();
    for one in operations {
        let word = member(one, "op").and_then(Value::as_str).unwrap_or("");
        let operation = match word.to_ascii_lowercase().as_str() {
            "add" => Operation::Add,
            "remove" => Operation::Remove,
            "replace" => Operation::Replace,
            _ => return Err(syntax("op is add, remove or replace")),
        };
        let value = member(one, "value").unwrap_or(&Value::Null);
        match member(one, "path").and_then(Value::as_str) {
            Some(path) => {
                let target = Target::read(path, schema)?;
                Change { operation, value }.make(&mut changed, &target, true)?;
            }
            None => without_path(schema, &mut changed, operation, value)?,
        }
    }
    schema.check(&changed)?;
    settle_primaries(schema, &mut changed);
    Ok(changed)
}

/// A member of an object, whatever the case of its name.
fn member<'v>(of: &'v Value, name: &str) -> Option<&'v Value> {
    let mut members = of.as_object()?.iter();
    members
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

fn without_path(
    schema: &'static Schema,
    document: &mut Document,
    operation: Operation,
    value: &Value,
) -> Result<(), Fault> {
    if operation == Operation::Remove {
        return Err(Fault::bad("noTarget", "what is removed needs a path"));
    }
    let Some(values) = value.as_object() else {
        let said = "without a path, the value is an object of attributes";
        return Err(Fault::bad("invalidValue", said));
    };
    for (name, value) in values {
        // What is not a path in there is nothing we keep (another schema's whole object).
        let target = Target::read(name, schema).unwrap_or(Target::Nothing);
        Change { operation, value }.make(document, &target, false)?;
    }
    Ok(())
}

struct Change<'v> {
    operation: Operation,
    value: &'v Value,
}

impl Change<'_> {
    /// `is_named`: the path named it, so that what may not be written is a fault; an object of
    /// attributes may hold what was only read before.
    fn make(&self, document: &mut Document, target: &Target, is_named: bool) -> Result<(), Fault> {
        let Target::Path(path, filter) = target else {
            return Ok(());
        };
        let written = path.part.unwrap_or(path.attribute);
        let is_fixed = [path.attribute, written]
            .iter()
            .any(|it| it.mutability == Mutability::ReadOnly);
        if is_fixed {
            let said = format!("{} is not written from outside", written.name);
            return if is_named {
                Err(Fault::bad("mutability", said))
            } else {
                Ok(())
            };
        }
        let name = path.attribute.name;
        let held = document.remove(name);
        let held = if path.attribute.is_multiple {
            let values = match held {
                Some(Value::Array(values)) => values,
                _ => Vec::new(),
            };
            let values = self.many(*path, filter.as_ref(), values)?;
            (!values.is_empty()).then_some(Value::Array(values))
        } else if filter.is_some() {
            return Err(Fault::bad("invalidPath", format!("{name} has one value")));
        } else {
            self.single(*path, held)?
        };
        if let Some(held) = held {
            document.insert(name.to_owned(), held);
        }
        Ok(())
    }

    /// What becomes of an attribute with one value.
    fn single(&self, path: Path, held: Option<Value>) -> Result<Option<Value>, Fault> {
        let is_removed = self.operation == Operation::Remove;
        let Some(part) = path.part else {
            if is_removed {
                return Ok(None);
            }
            let said = path.attribute.read(self.value)?;
            return Ok(match (held, said, &path.attribute.kind) {
                (Some(Value::Object(mut held)), Some(Value::Object(said)), Kind::Complex(_)) => {
                    held.extend(said);
                    Some(Value::Object(held))
                }
                (_, said, _) => said,
            });
        };
        let mut held = match held {
            Some(Value::Object(held)) => held,
            _ => Map::new(),
        };
        self.part(part, &mut held)?;
        Ok((!held.is_empty()).then_some(Value::Object(held)))
    }

    /// What becomes of one part of one value.
    fn part(&self, part: &'static Attribute, held: &mut Document) -> Result<(), Fault> {
        let said = match self.operation {
            Operation::Remove => None,
            Operation::Add | Operation::Replace => part.read(self.value)?,
        };
        match said {
            Some(said) => held.insert(part.name.to_owned(), said),
            None => held.remove(part.name),
        };
        Ok(())
    }

    /// What becomes of an attribute with several values.
    fn many(
        &self,
        path: Path,
        filter: Option<&Filter>,
        mut held: Vec<Value>,
    ) -> Result<Vec<Value>, Fault> {
        if filter.is_none() && path.part.is_none() {
            return self.whole(path.attribute, held);
        }
        let is_meant = |value: &Value| {
            let value = value.as_object();
            filter.is_none_or(|filter| value.is_some_and(|value| filter.holds(value)))
        };
        if !held.iter().any(is_meant) {
            let example = match filter {
                None => Some(Map::new()),
                Some(filter) => filter.example(),
            };
            match (self.operation, example) {
                (Operation::Remove, _) if filter.is_none() => return Ok(held),
                (Operation::Add, Some(example)) => held.push(Value::Object(example)),
                (Operation::Replace, Some(example)) if filter.is_none() => {
                    held.push(Value::Object(example));
                }
                // Gone already is as good as removed.
                (Operation::Remove, _) => return Ok(held),
                _ => return Err(Fault::bad("noTarget", "no value fits the filter")),
            }
        }
        let mut kept = Vec::with_capacity(held.len());
        for value in held {
            if !is_meant(&value) {
                kept.push(value);
                continue;
            }
            let Value::Object(mut value) = value else {
                continue;
            };
            match (path.part, self.operation) {
                (Some(part), _) => self.part(part, &mut value)?,
                (None, Operation::Remove) => value.clear(),
                (None, Operation::Add | Operation::Replace) => {
                    if let Some(Value::Object(said)) = path.attribute.one(self.value)? {
                        value.extend(said);
                    }
                }
            }
            if !value.is_empty() {
                kept.push(Value::Object(value));
            }
        }
        Ok(kept)
    }

    /// All values of an attribute at once.
    fn whole(&self, attribute: &'static Attribute, held: Vec<Value>) -> Result<Vec<Value>, Fault> {
        let said = match attribute.read(self.value)? {
            Some(Value::Array(said)) => said,
            _ => Vec::new(),
        };
        let is_same = |one: &Value, other: &Value| match (one.get("value"), other.get("value")) {
            (Some(one), Some(other)) => one == other,
            _ => one == other,
        };
        Ok(match self.operation {
            Operation::Replace => said,
            Operation::Remove if self.value.is_null() => Vec::new(),
            Operation::Remove => {
                let is_kept = |one: &Value| !said.iter().any(|other| is_same(one, other));
                held.into_iter().filter(is_kept).collect()
            }
            Operation::Add => {
                let mut all = held;
                all.retain(|one| !said.iter().any(|other| is_same(one, other)));
                all.extend(said);
                all
            }
        })
    }
}

/// At most one value is the first one (RFC 7643 §2.4): the one said last.
fn settle_primaries(schema: &'static Schema, document: &mut Document) {
    for attribute in schema.attributes.iter().filter(|it| it.is_multiple) {
        let Some(Value::Array(values)) = document.get_mut(attribute.name) else {
            continue;
        };
        let mut is_seen = false;
        for value in values.iter_mut().rev() {
            if value.get("primary") == Some(&Value::Bool(true))
                && std::mem::replace(&mut is_seen, true)
                && let Some(value) = value.as_object_mut()
            {
                value.insert("primary".to_owned(), false.into());
            }
        }
    }
}
