//! What we say of a session when it signs in at its target: its role, and who it is.
//!
//! Start-up parameters, so that every RESET and DISCARD comes back to them; `govern::Assigned`
//! holds the client to them. The server keeps 63 bytes of `application_name`: the principal stands
//! first. Nothing a client wrote goes into a name but its own `application_name`, at the end.

use std::sync::Arc;

use govern::Assigned;
use model::Session;

/// The start-up parameters of a session: those of its client, and ours in place of its.
pub(super) fn of(
    session: &Session,
    assigned: &Assigned,
    mut parameters: Vec<(String, String)>,
    path: &[Arc<str>],
) -> Vec<(String, String)> {
    let has = |parameters: &[(String, String)], name: &str| {
        parameters
            .iter()
            .any(|(known, _)| known.eq_ignore_ascii_case(name))
    };
    let mut say = |name: &str, value: String| {
        parameters.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        parameters.push((name.to_owned(), value));
    };
    if assigned.is_named {
        let identity = &session.identity;
        let claimed = session.application_name.as_deref().unwrap_or_default();
        let mut name = identity.name().to_string();
        if let Some(whom) = &identity.acts_for {
            say("portcullis.acts_for", whom.name.to_string());
            name = format!("{name} for {}", whom.name);
        }
        say("portcullis.principal", identity.name().to_string());
        say("portcullis.session", session.id.to_string());
        if !claimed.is_empty() {
            name = format!("{name}: {claimed}");
        }
        say("application_name", name);
    }
    if let Some(role) = &assigned.role {
        say("role", role.to_string());
        // `$user` is another to this role, and an account of its own has settings of its own:
        // names mean what they meant when the catalog was read.
        if !has(&parameters, "search_path") {
            let path: Vec<_> = path.iter().map(|schema| quoted(schema)).collect();
            let path = if path.is_empty() {
                "\"\"".to_owned()
            } else {
                path.join(", ")
            };
            parameters.push(("search_path".to_owned(), path));
        }
    }
    parameters
}

/// A name of SQL.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
