//! A provider's keys, fetched when needed and kept: one fetch at a time, and not too often.
//!
//! A token with an unknown key is the moment to look again, since providers rotate; a flood of
//! such tokens must not become a flood at the provider, so there is a least time between looks.
//! Where the provider cannot be reached, keys seen before still count for a day.

use std::sync::Arc;

use jsonwebtoken::jwk::JwkSet;
use model::Timestamp;
use serde_json::Value;
use tokio::sync::Mutex;

use super::fetch::{Fetch, Unreachable};
use super::rejection::Rejection;
use super::verify::{header_of, key_of};

/// Keys older than this are fetched again, seconds.
const FRESH_S: i64 = 3_600;

/// The least time between two looks, seconds.
const LEAST_S: i64 = 10;

/// How long keys count where the provider cannot be reached, seconds.
const STALE_S: i64 = 86_400;

#[derive(Debug, Default)]
struct Known {
    fetched: Option<(Timestamp, Arc<JwkSet>)>,
    tried: Option<Timestamp>,
}

impl Known {
    /// The keys seen before, where they still count.
    fn stale(&self, now: Timestamp, issuer: &str) -> Result<Arc<JwkSet>, Rejection> {
        match &self.fetched {
            Some((fetched, keys)) if now < fetched.plus_s(STALE_S) => Ok(keys.clone()),
            _ => Err(Rejection::Unreachable(issuer.to_owned())),
        }
    }
}

/// Where it is said where keys are.
#[derive(Debug)]
enum Described {
    /// In the configuration.
    Here(String),
    /// In a provider's description (OpenID Connect Discovery §4).
    Provider,
    /// In a transmitter's description (SSF 1.0 §7).
    Transmitter,
}

/// One issuer's keys.
#[derive(Debug)]
pub struct KeyRing {
    described: Described,
    fetch: Fetch,
    issuer: String,
    /// Held while fetching: whoever comes meanwhile waits for that one answer.
    known: Mutex<Known>,
}

impl KeyRing {
    /// The keys of that issuer; nothing is fetched yet.
    pub fn new(issuer: &str, fetch: Fetch) -> Self {
        Self {
            described: Described::Provider,
            fetch,
            issuer: issuer.to_owned(),
            known: Mutex::default(),
        }
    }

    /// The keys of a transmitter of signals, which are at `place` where that is given.
    pub fn of_transmitter(issuer: &str, place: Option<String>, fetch: Fetch) -> Self {
        Self {
            described: place.map_or(Described::Transmitter, Described::Here),
            ..Self::new(issuer, fetch)
        }
    }

    /// The keys to check that token with.
    pub async fn of(&self, token: &str, now: Timestamp) -> Result<Arc<JwkSet>, Rejection> {
        let header = header_of(token)?;
        let mut known = self.known.lock().await;
        let within = |moment: Timestamp, seconds: i64| now < moment.plus_s(seconds);
        if let Some((fetched, keys)) = &known.fetched
            && within(*fetched, FRESH_S)
            && (key_of(keys, &header).is_some()
                || known.tried.is_some_and(|tried| within(tried, LEAST_S)))
        {
            return Ok(keys.clone());
        }
        if known.tried.is_some_and(|tried| within(tried, LEAST_S)) {
            // Looked a moment ago, and in vain: nobody waits for the next time-out.
            return known.stale(now, &self.issuer);
        }
        known.tried = Some(now);
        match self.fetched().await {
            Ok(keys) => {
                let keys = Arc::new(keys);
                known.fetched = Some((now, keys.clone()));
                Ok(keys)
            }
            Err(fault) => {
                tracing::warn!(issuer = self.issuer, %fault, "a provider's keys cannot be had");
                known.stale(now, &self.issuer)
            }
        }
    }

    async fn fetched(&self) -> Result<JwkSet, Unreachable> {
        let found = match &self.described {
            Described::Here(place) => Value::from(place.as_str()),
            Described::Provider => named(&discover(&self.fetch, &self.issuer).await?)?,
            Described::Transmitter => named(&discover_signals(&self.fetch, &self.issuer).await?)?,
        };
        let place = found.as_str().unwrap_or_default();
        let set = self.fetch.document(place).await?;
        // Key by key: one of a kind we do not know must not cost us the others.
        let keys = set
            .get("keys")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let read = |key: &Value| serde_json::from_value(key.clone()).ok();
        Ok(JwkSet {
            keys: keys.filter_map(read).collect(),
        })
    }
}

fn named(description: &Value) -> Result<Value, Unreachable> {
    let place = description
        .get("jwks_uri")
        .filter(|place| place.is_string());
    let place = place.ok_or_else(|| Unreachable("the provider names no jwks_uri".into()))?;
    Ok(place.clone())
}

/// A transmitter's own description: its path begins before the issuer's.
async fn discover_signals(fetch: &Fetch, issuer: &str) -> Result<Value, Unreachable> {
    let mut place = super::fetch::safe(issuer)?;
    let path = place.path().trim_end_matches('/').to_owned();
    place.set_path(&format!("/.well-known/ssf-configuration{path}"));
    described(fetch, place.as_str(), issuer).await
}

/// A provider's own description (OpenID Connect Discovery §4), which must say that it is of that
/// issuer.
pub async fn discover(fetch: &Fetch, issuer: &str) -> Result<Value, Unreachable> {
    let place = format!(
        "{}/.well-known/openid-configuration",
        issuer.strip_suffix('/').unwrap_or(issuer)
    );
    described(fetch, &place, issuer).await
}

/// A description, which must be that issuer's own.
async fn described(fetch: &Fetch, place: &str, issuer: &str) -> Result<Value, Unreachable> {
    let found = fetch.document(place).await?;
    if found.get("issuer").and_then(Value::as_str) == Some(issuer) {
        Ok(found)
    } else {
        Err(Unreachable(format!(
            "{place} describes another issuer than {issuer}"
        )))
    }
}
