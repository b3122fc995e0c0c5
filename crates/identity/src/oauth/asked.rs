//! What a form asks the token endpoint for: a sign-in, or a task for an agent.
//!
//! What is not built is said to be unsupported, never ignored: a bound that nobody looked at would
//! be none. Bounds come in `authorization_details` (RFC 9396, type `db_access`), and in the words
//! every client has for them: `audience` is a target, `scope` a list of actions.
//!
//! It checks no token.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::{Action, DelegationRecord, Remit, TargetName};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ACCESS_TOKEN, No};
use crate::assertion::Client;
use crate::delegate::{Actor, Subject, Task};

/// The grant of RFC 8693.
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// The grant of RFC 7523.
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// What may be shown of a provider's: an ID token, or a workload's token.
const PROVIDERS: [&str; 2] = [
    "urn:ietf:params:oauth:token-type:id_token",
    "urn:ietf:params:oauth:token-type:jwt",
];
/// The type of our bounds in `authorization_details`.
const DB_ACCESS: &str = "db_access";

/// What is asked for.
pub(super) enum Asked {
    /// A task, by the assertion of the person's provider.
    Assertion {
        assertion: String,
        client: Client,
        task: Task,
    },
    /// A task, by the person's token and the agent's.
    Delegation {
        actor: Actor,
        subject: Subject,
        task: Task,
    },
    /// A sign-in, by a provider's token.
    SignIn(String),
}

/// The bounds of a task, as they are written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Details {
    #[serde(rename = "type")]
    kind: String,
    actions: Option<Vec<String>>,
    expires_in: Option<u32>,
    locations: Option<Vec<TargetName>>,
    purpose: Option<String>,
    #[serde(default)]
    read_only: bool,
    rows: Option<u64>,
}

/// A delegation's bounds, as they are written.
pub(super) fn details(delegation: &DelegationRecord) -> Value {
    let Remit {
        actions,
        is_read_only,
        rows,
        targets,
    } = &delegation.remit;
    let mut said = json!({ "type": DB_ACCESS, "read_only": is_read_only });
    if let Some(said) = said.as_object_mut() {
        let mut put = |key: &str, value: Option<Value>| {
            said.extend(value.map(|value| (key.to_owned(), value)));
        };
        let words = actions.as_ref().map(|actions| {
            let words: Vec<_> = actions.iter().map(|action| action.as_str()).collect();
            json!(words)
        });
        put("actions", words);
        put("locations", targets.as_ref().map(|targets| json!(targets)));
        put("purpose", delegation.purpose.as_ref().map(|it| json!(it)));
        put("rows", rows.map(|rows| json!(rows)));
    }
    said
}

/// The actions a list of words names; `Err` where one names none.
pub(crate) fn actions(words: Option<&str>) -> Result<Option<Vec<Action>>, &'static str> {
    let Some(words) = words else { return Ok(None) };
    named(words.split_whitespace()).map(Some)
}

fn named<'w>(words: impl Iterator<Item = &'w str>) -> Result<Vec<Action>, &'static str> {
    let mut actions = Vec::new();
    for word in words {
        let meant = Action::named(word);
        if meant.is_empty() {
            return Err("actions");
        }
        actions.extend(meant);
    }
    actions.sort();
    actions.dedup();
    Ok(actions)
}

/// A form's fields: each at most once, but for `audience`.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn one(&self, key: &str) -> Result<Option<&str>, No> {
        let mut all = self.0.iter().filter(|(name, _)| name == key);
        match (all.next(), all.next()) {
            (found, None) => Ok(found.map(|(_, value)| value.as_str())),
            _ => Err(wrong(format!("{key} is there twice"))),
        }
    }

    fn need(&self, key: &str) -> Result<&str, No> {
        let found = self.one(key)?.filter(|value| !value.is_empty());
        found.ok_or_else(|| wrong(format!("{key} is missing")))
    }

    /// Whether a task is asked for, rather than a sign-in.
    fn has_task(&self) -> bool {
        let words = [
            "actor_token",
            "audience",
            "authorization_details",
            "requested_actor",
            "scope",
        ];
        self.0
            .iter()
            .any(|(name, _)| words.contains(&name.as_str()))
    }

    fn task(&self) -> Result<Task, No> {
        let details = match self.one("authorization_details")? {
            Some(text) => bounds(text)?,
            None => Details::default(),
        };
        let words = details.actions.as_ref().map(|words| {
            let words = words.iter().map(String::as_str);
            named(words).map_err(|_| unknown_action())
        });
        let listed = Remit {
            actions: words.transpose()?,
            is_read_only: details.read_only,
            rows: details.rows,
            targets: details.locations,
        };
        let audiences = self.0.iter().filter(|(name, _)| name == "audience");
        let targets = audiences.map(|(_, value)| value.parse::<TargetName>());
        let targets = targets.collect::<Result<Vec<_>, _>>();
        let targets = targets.map_err(|fault| No::asked("invalid_target", fault.to_string()))?;
        let scope = Remit {
            actions: actions(self.one("scope")?).map_err(|_| unknown_action())?,
            targets: (!targets.is_empty()).then_some(targets),
            ..Remit::default()
        };
        let remit = listed.within(&scope).map_err(|what| {
            let said = format!("authorization_details asks for more {what} than scope or audience");
            No::asked("invalid_request", said)
        })?;
        Ok(Task {
            is_leased: self.one("lease")? == Some("true"),
            purpose: details.purpose,
            remit,
            ttl_s: details.expires_in,
        })
    }

    fn subject(&self) -> Result<Subject, No> {
        let shown = self.need("subject_token")?.to_owned();
        match self.need("subject_token_type")? {
            ACCESS_TOKEN => Ok(Subject::Ours(shown)),
            kind if PROVIDERS.contains(&kind) => Ok(Subject::Provider(shown)),
            _ => {
                let said = format!(
                    "subject_token_type must be one of {ACCESS_TOKEN}, {}",
                    PROVIDERS.join(", ")
                );
                Err(wrong(said))
            }
        }
    }

    fn actor(&self) -> Result<Actor, No> {
        match (self.one("actor_token")?, self.one("requested_actor")?) {
            (Some(_), Some(_)) => Err(wrong("name an actor, or show its token: not both")),
            (Some(shown), None) => match self.need("actor_token_type")? {
                ACCESS_TOKEN => Ok(Actor::Shown(shown.to_owned())),
                _ => Err(wrong(format!("actor_token_type must be {ACCESS_TOKEN}"))),
            },
            (None, Some("")) => Ok(Actor::Own(None)),
            (None, Some(name)) => {
                let name = name
                    .parse()
                    .map_err(|fault: model::BadName| wrong(fault.to_string()))?;
                Ok(Actor::Own(Some(name)))
            }
            (None, None) => Err(wrong("actor_token is missing")),
        }
    }

    /// Who the client is (RFC 6749 §2.3.1): by the header, or in the form, not both.
    fn client(&self, headers: &HeaderMap) -> Result<Client, No> {
        let in_form = self.one("client_secret")?;
        let header = headers.get(header::AUTHORIZATION);
        let Some(value) = header.and_then(|value| value.to_str().ok()) else {
            return Ok(Client {
                id: self.need("client_id")?.to_owned(),
                secret: self.need("client_secret")?.to_owned(),
            });
        };
        let basic = value
            .strip_prefix("Basic ")
            .and_then(|text| STANDARD.decode(text).ok())
            .and_then(|bytes| String::from_utf8(bytes).ok());
        // Names and tokens are of closed alphabets: nothing in them is escaped.
        let pair = basic.as_deref().and_then(|text| text.split_once(':'));
        match pair {
            Some((id, secret)) if in_form.is_none() => Ok(Client {
                id: id.to_owned(),
                secret: secret.to_owned(),
            }),
            _ => Err(wrong(
                "a client proves itself by client_secret, or by Basic",
            )),
        }
    }
}

impl Asked {
    /// Reads a form.
    pub(super) fn of(fields: Vec<(String, String)>, headers: &HeaderMap) -> Result<Self, No> {
        let fields = Fields(fields);
        for unknown in ["resource", "actor"] {
            if fields.one(unknown)?.is_some() {
                let said = format!("{unknown} is not taken here: a target is an audience");
                return Err(No::asked("invalid_target", said));
            }
        }
        let wanted = fields.one("requested_token_type")?;
        if wanted.is_some_and(|kind| kind != ACCESS_TOKEN) {
            return Err(wrong(format!("only {ACCESS_TOKEN} is given here")));
        }
        match fields.need("grant_type")? {
            JWT_BEARER => Ok(Self::Assertion {
                assertion: fields.need("assertion")?.to_owned(),
                client: fields.client(headers)?,
                task: fields.task()?,
            }),
            TOKEN_EXCHANGE if fields.has_task() => Ok(Self::Delegation {
                actor: fields.actor()?,
                subject: fields.subject()?,
                task: fields.task()?,
            }),
            TOKEN_EXCHANGE => match fields.subject()? {
                Subject::Provider(shown) => Ok(Self::SignIn(shown)),
                Subject::Ours(_) => {
                    let said = "a token of ours is exchanged for a task's: show an actor_token";
                    Err(wrong(said))
                }
            },
            _ => {
                let said = format!("only {TOKEN_EXCHANGE} and {JWT_BEARER} are given here");
                Err(No::asked("unsupported_grant_type", said))
            }
        }
    }
}

fn wrong(said: impl Into<String>) -> No {
    No::asked("invalid_request", said)
}

fn unknown_action() -> No {
    let said = "an action is a word of the policy vocabulary: read, select, write, reveal …";
    No::asked("invalid_scope", said)
}

/// The one object of bounds.
fn bounds(text: &str) -> Result<Details, No> {
    let faulty = |said: String| No::asked("invalid_authorization_details", said);
    let all: Vec<Details> =
        serde_json::from_str(text).map_err(|fault| faulty(format!("it does not read: {fault}")))?;
    let mut all = all.into_iter();
    match (all.next(), all.next()) {
        (Some(one), None) if one.kind == DB_ACCESS => Ok(one),
        _ => Err(faulty(format!(
            "it is a list of one object of type {DB_ACCESS}"
        ))),
    }
}
