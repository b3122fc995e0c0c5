//! Shared signals (SSF, CAEP, RISC): an identity provider says that somebody's session is over,
//! and here it is over too.
//!
//! The road: `http` takes a security event token pushed by a transmitter (RFC 8935), `token`
//! believes it or not (RFC 8417), `event` says what it means, `subject` whom, and [`Receiver`]
//! does it. What was done, or why it was not, stands in the ledger.
//!
//! A signal only ever takes rights away, and only from people of the provider its transmitter
//! speaks for. Left out: asking for events (polling), and managing streams at the transmitter.

mod event;
mod http;
mod subject;
mod token;

use std::sync::Arc;

use model::{PrincipalName, Store, Timestamp};
use serde_json::Value;

use crate::oidc::{Claims, Fetch, KeyRing, Rejection};
use crate::{Admin, AdminFault};
use event::Meaning;
pub use http::routes;
use subject::Whom;

/// How far a provider's clock may be from ours, seconds: what was issued that shortly after the
/// event may have been before it.
const LEEWAY_S: i64 = 60;

/// One who sends signals, as it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transmitter {
    /// What we are called there.
    pub audiences: Vec<String>,
    /// Its issuer, to the byte as its tokens' `iss`.
    pub issuer: String,
    /// Where its keys are; by default its own description says.
    pub keys: Option<String>,
    /// What it is called.
    pub name: String,
    /// Whose people it speaks of: the issuer of their tokens.
    pub people: String,
    /// SHA-256 of the token it shows besides, where one was agreed upon.
    pub token: Option<[u8; 32]>,
}

/// Why a signal was not taken.
#[derive(Debug, thiserror::Error)]
enum NotTaken {
    #[error(transparent)]
    Admin(#[from] AdminFault),
    #[error(transparent)]
    Rejected(#[from] Rejection),
}

impl From<model::StoreFault> for NotTaken {
    fn from(fault: model::StoreFault) -> Self {
        Self::Admin(fault.into())
    }
}

/// What came of an event: a word of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Done {
    /// A principal was disabled, and so many tokens revoked.
    Disabled(PrincipalName, usize),
    /// So many tokens were revoked.
    Ended(PrincipalName, usize),
    /// Nothing follows from it.
    Noted,
    /// Nobody here is meant.
    Unknown,
}

/// Takes the signals of one transmitter.
pub struct Receiver {
    admin: Admin,
    keys: KeyRing,
    transmitter: Transmitter,
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receiver")
            .field("transmitter", &self.transmitter.name)
            .finish_non_exhaustive()
    }
}

impl Receiver {
    /// One for that transmitter. `admin` records as it; nothing is fetched yet.
    pub fn new(admin: Admin, transmitter: Transmitter, fetch: Fetch) -> Self {
        let keys = KeyRing::of_transmitter(&transmitter.issuer, transmitter.keys.clone(), fetch);
        Self {
            admin,
            keys,
            transmitter,
        }
    }

    /// Believes a security event token, and does what it says.
    async fn take(self: &Arc<Self>, shown: &str, now: Timestamp) -> Result<(), NotTaken> {
        let keys = self.keys.of(shown, now).await?;
        let claims = token::read(shown, &keys, &self.transmitter, now)?;
        let receiver = self.clone();
        let acted = tokio::task::spawn_blocking(move || receiver.act(&claims, now));
        let broke_off = |_| AdminFault::from(model::StoreFault::Storage("it broke off".into()));
        acted.await.map_err(broke_off)?
    }

    fn act(&self, claims: &Claims, now: Timestamp) -> Result<(), NotTaken> {
        let store = &self.admin.directory.store;
        // Transmitters send again what they think was lost: it is acknowledged, and not done twice.
        if token::is_known(store.as_ref(), claims, &self.transmitter)? {
            return Ok(());
        }
        let events = claims.at("events").and_then(Value::as_object);
        for (kind, said) in events.into_iter().flatten() {
            let done = self.event(claims, kind, said, now)?;
            self.record(claims, kind, &done)?;
        }
        // Last: one that broke off is sent again, and must not be taken for done.
        token::note(store.as_ref(), claims, &self.transmitter, now)?;
        Ok(())
    }

    fn event(
        &self,
        claims: &Claims,
        kind: &str,
        said: &Value,
        now: Timestamp,
    ) -> Result<Done, AdminFault> {
        let meaning = event::meaning(kind, said);
        if meaning == Meaning::Nothing {
            return Ok(Done::Noted);
        }
        let Some(subject) = claims.at("sub_id").or_else(|| said.get("subject")) else {
            return Ok(Done::Unknown);
        };
        let store = self.admin.directory.store.as_ref();
        let Some(name) = self.principal(store, subject)? else {
            return Ok(Done::Unknown);
        };
        let issued = claims.seconds("iat").unwrap_or_default();
        let until = event::moment(said).unwrap_or(issued).min(issued);
        let until = Timestamp(until.saturating_mul(1_000_000)).plus_s(LEEWAY_S);
        match meaning {
            Meaning::AccountDisabled => {
                self.admin.disable(&name)?;
                let ended = self.admin.end(&name, now, now)?;
                Ok(Done::Disabled(name, ended))
            }
            Meaning::Nothing | Meaning::SessionsEnd => {
                let ended = self.admin.end(&name, until, now)?;
                Ok(Done::Ended(name, ended))
            }
        }
    }

    /// Whom a subject means here: only ever a person of the provider the transmitter speaks for.
    fn principal(
        &self,
        store: &dyn Store,
        subject: &Value,
    ) -> Result<Option<PrincipalName>, AdminFault> {
        for whom in subject::read(subject, &self.transmitter) {
            let found = match whom {
                Whom::Subject(of) => store.linked(&of)?,
                Whom::Named(name) => {
                    let links = store.links(&name)?;
                    let is_theirs = |of: &model::Subjected| of.issuer == self.transmitter.people;
                    links.iter().any(is_theirs).then_some(name)
                }
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn record(&self, claims: &Claims, kind: &str, done: &Done) -> Result<(), AdminFault> {
        let text = |claim: &str| claims.text(claim).unwrap_or_default();
        let short = |text: &str| text.escape_default().take(256).collect::<String>();
        let mut facts = vec![
            ("transmitter", self.transmitter.name.clone()),
            ("event", short(kind)),
            ("jti", short(text("jti"))),
        ];
        let (outcome, who) = match done {
            Done::Disabled(name, ended) => ("disabled", Some((name, ended))),
            Done::Ended(name, ended) => ("ended", Some((name, ended))),
            Done::Noted => ("noted", None),
            Done::Unknown => ("unknown_subject", None),
        };
        facts.push(("outcome", outcome.to_owned()));
        if let Some((name, ended)) = who {
            facts.push(("principal", name.to_string()));
            facts.push(("tokens", ended.to_string()));
        }
        self.admin.record("signal.received", facts)
    }
}

#[cfg(test)]
mod tests;
