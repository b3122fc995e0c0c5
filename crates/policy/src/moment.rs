//! Whether a rule reads a fact of the moment, so that its answer holds for this once only.
//!
//! Static, over Cedar's JSON form of a policy, and conservative: whoever takes the context, or the
//! session in it, as a whole may look at anything in it. The other facts of the context are fixed
//! by the identity or by the statement's shape.

use serde_json::Value;

/// Parts of the context that differ between two runs of one shape by one identity.
fn is_of_the_moment(path: &[&str]) -> bool {
    match path {
        [] | ["intent" | "time", ..] | ["session"] => true,
        // What does not change while a session lives, and is part of who it is.
        ["session", fact, ..] => !["acts_for", "method"].contains(fact),
        _ => false,
    }
}

/// Whether this expression, or anything inside it, reads such a part. `policy` is the whole JSON.
pub(crate) fn reads_the_moment(policy: &Value) -> bool {
    if let Some(path) = path_of(policy) {
        return is_of_the_moment(&path);
    }
    match policy {
        Value::Array(items) => items.iter().any(reads_the_moment),
        Value::Object(fields) => fields.values().any(reads_the_moment),
        _ => false,
    }
}

/// `context.a.b` and `context.a has b` as `[a, b]`; `None` for anything else.
fn path_of(expression: &Value) -> Option<Vec<&str>> {
    if expression.get("Var").and_then(Value::as_str) == Some("context") {
        return Some(Vec::new());
    }
    let step = expression.get(".").or_else(|| expression.get("has"))?;
    let mut path = path_of(step.get("left")?)?;
    path.push(step.get("attr")?.as_str()?);
    Some(path)
}

#[cfg(test)]
mod tests {
    use cedar_policy::Policy;

    use super::*;

    #[test]
    fn facts_of_the_moment_are_found_wherever_they_stand() {
        let table = [
            ("context.time.hour < 8", true),
            ("context.intent.verdict == \"match\"", true),
            (
                "context.intent has text && context.intent.text like \"*x*\"",
                true,
            ),
            ("context.session has address", true),
            ("context.session.age_s > 10", true),
            ("!(context.session.encrypted)", true),
            ("[context.time] == []", true),
            ("context.session.rows_read > 10", true),
            ("context.session.classes_read.contains(\"pii.email\")", true),
            ("context.session == context.session", true),
            (
                "if true then context.statement.bounded else context.time.hour == 1",
                true,
            ),
            (
                "context.session.acts_for && context.session.method == \"token\"",
                false,
            ),
            ("context.statement.kinds.contains(\"context\")", false),
            ("resource.name == \"time\"", false),
        ];
        for (condition, wanted) in table {
            let text = format!("permit (principal, action, resource) when {{ {condition} }};");
            let policy = Policy::parse(None, text).unwrap().to_json().unwrap();
            assert_eq!(reads_the_moment(&policy), wanted, "{condition}");
        }
    }
}
