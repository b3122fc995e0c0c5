//! What an event means: CAEP 1.0, RISC 1.0 and SSF 1.0 in a table.
//!
//! What takes a right away is done; what gives one back is noted: an operator or the directory
//! enables people, and a sign-in brings the groups of now. An event nobody knows is noted too.

use serde_json::Value;

/// What follows from an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The person may sign in no more.
    AccountDisabled,
    Nothing,
    /// Whatever was opened before it ends; who signs in again comes with what is true now.
    SessionsEnd,
}

/// What follows from an event of that kind.
pub(super) fn meaning(kind: &str, said: &Value) -> Meaning {
    let word = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or("");
    let ends = |does: bool| {
        if does {
            Meaning::SessionsEnd
        } else {
            Meaning::Nothing
        }
    };
    let Some((family, name)) = kind.rsplit_once("/event-type/") else {
        return Meaning::Nothing;
    };
    match (family, name) {
        ("https://schemas.openid.net/secevent/caep", name) => match name {
            "session-revoked" | "token-claims-change" => Meaning::SessionsEnd,
            // A further credential takes nothing away; one that changed or went does.
            "credential-change" => ends(word("change_type") != "create"),
            "assurance-level-change" => ends(word("change_direction") != "increase"),
            "device-compliance-change" => ends(word("current_status") != "compliant"),
            "risk-level-change" => ends(word("current_level").eq_ignore_ascii_case("high")),
            _ => Meaning::Nothing,
        },
        ("https://schemas.openid.net/secevent/risc", name) => match name {
            "account-disabled" | "account-purged" => Meaning::AccountDisabled,
            "account-credential-change-required"
            | "credential-compromise"
            | "identifier-changed"
            | "identifier-recycled"
            | "sessions-revoked" => Meaning::SessionsEnd,
            _ => Meaning::Nothing,
        },
        ("https://schemas.okta.com/secevent/okta", "user-risk-change") => {
            ends(word("current_level").eq_ignore_ascii_case("high"))
        }
        _ => Meaning::Nothing,
    }
}

/// When it happened, in seconds since 1970. Drafts wrote milliseconds.
pub(super) fn moment(said: &Value) -> Option<i64> {
    let said = said.get("event_timestamp")?.as_i64()?;
    Some(if said > 100_000_000_000 {
        said / 1_000
    } else {
        said
    })
}
