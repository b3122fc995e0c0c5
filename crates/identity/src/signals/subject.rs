//! Whom an event is about (RFC 9493): subject identifiers, simple, complex, and as drafts had them.
//!
//! A session or a device alone names nobody here: providers that send those send the user too.

use model::{PrincipalName, Subjected};
use serde_json::Value;

use super::Transmitter;

/// The most identifiers looked at.
const ALIASES: usize = 10;

/// One way to find a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whom {
    /// By the name it has here: an address.
    Named(PrincipalName),
    /// By issuer and subject.
    Subject(Subjected),
}

/// Every way to find the person a subject names.
pub(super) fn read(subject: &Value, transmitter: &Transmitter) -> Vec<Whom> {
    let word = |name: &str| subject.get(name).and_then(Value::as_str);
    let of = |id: &str| {
        Whom::Subject(Subjected {
            issuer: transmitter.people.clone(),
            subject: id.to_owned(),
        })
    };
    let named = |address: &str| address.to_lowercase().parse().ok().map(Whom::Named);
    // Drafts said `subject_type`, with hyphens.
    let format = word("format").or_else(|| word("subject_type"));
    let Some(format) = format.map(|format| format.replace('-', "_")) else {
        // A complex subject: its user counts.
        return subject
            .get("user")
            .filter(|user| user.get("user").is_none())
            .map_or_else(Vec::new, |user| read(user, transmitter));
    };
    match format.as_str() {
        "iss_sub" => {
            // Of somebody else's people it may not speak.
            let issuers = [&transmitter.people, &transmitter.issuer];
            let is_theirs = |issuer: &str| issuers.iter().any(|it| *it == issuer);
            let subject = word("sub").filter(|_| word("iss").is_some_and(is_theirs));
            subject.map(of).into_iter().collect()
        }
        "opaque" => word("id").map(of).into_iter().collect(),
        "email" => word("email").and_then(named).into_iter().collect(),
        "account" => {
            let address = word("uri").and_then(|uri| uri.strip_prefix("acct:"));
            address.and_then(named).into_iter().collect()
        }
        "complex" => subject
            .get("user")
            .filter(|user| user.get("format").is_some_and(|format| format != "complex"))
            .map_or_else(Vec::new, |user| read(user, transmitter)),
        "aliases" => {
            let all = subject.get("identifiers").and_then(Value::as_array);
            let simple = all.into_iter().flatten().filter(|one| {
                let format = one.get("format").and_then(Value::as_str);
                !matches!(format, None | Some("aliases" | "complex"))
            });
            simple
                .take(ALIASES)
                .flat_map(|one| read(one, transmitter))
                .collect()
        }
        _ => Vec::new(),
    }
}
