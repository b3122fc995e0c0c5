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

/// One issuer's keys.
#[derive(Debug)]
pub struct KeyRing {
    fetch: Fetch,
    issuer: String,
    /// Held while fetching: whoever comes meanwhile waits for that one answer.
    known: Mutex<Known>,
}

impl KeyRing {
    /// The keys of that issuer; nothing is fetched yet.
    pub fn new(issuer: &str, fetch: Fetch) -> Self {
        Self {
            fetch,
            issuer: issuer.to_owned(),
            known: Mutex::default(),
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
        let found = discover(&self.fetch, &self.issuer).await?;
        let place = found.get("jwks_uri").and_then(Value::as_str);
        let place = place.ok_or_else(|| Unreachable("the provider names no jwks_uri".into()))?;
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

/// A provider's own description (OpenID Connect Discovery §4), which must say that it is of that
/// issuer.
pub async fn discover(fetch: &Fetch, issuer: &str) -> Result<Value, Unreachable> {
    let place = format!(
        "{}/.well-known/openid-configuration",
        issuer.strip_suffix('/').unwrap_or(issuer)
    );
    let found = fetch.document(&place).await?;
    if found.get("issuer").and_then(Value::as_str) == Some(issuer) {
        Ok(found)
    } else {
        Err(Unreachable(format!(
            "{place} describes another issuer than {issuer}"
        )))
    }
}
