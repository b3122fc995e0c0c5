//! Security event tokens (RFC 8417): the checks, which are not those of an ID token.
//!
//! It has no end (`exp` is not for it) and need not name a subject at its top; it must have a
//! moment, a name of its own (`jti`) and events. One that is older than a week says nothing of
//! today and is refused, so that names need not be remembered for ever.

use std::sync::Arc;

use jsonwebtoken::jwk::JwkSet;
use model::{Store, StoreFault, Timestamp};

use super::Transmitter;
use crate::oidc::{ALGORITHMS, Claims, Rejection, authentic};
use crate::token;

/// `typ` of security event tokens.
const TYPES: &[&str] = &["secevent+jwt", "application/secevent+jwt"];

/// How old one may be, seconds: what could not be delivered is tried again for days.
const OLDEST_S: i64 = 7 * 86_400;

/// How far two clocks may be apart, seconds.
const LEEWAY_S: i64 = 60;

/// The claims of one that is what it must be.
pub(super) fn read(
    shown: &str,
    keys: &Arc<JwkSet>,
    transmitter: &Transmitter,
    now: Timestamp,
) -> Result<Claims, Rejection> {
    let claims = authentic(shown, keys, ALGORITHMS, TYPES)?;
    if claims.text("iss") != Some(transmitter.issuer.as_str()) {
        return Err(Rejection::Issuer);
    }
    let is_ours = |audience: &&str| transmitter.audiences.iter().any(|it| it == audience);
    if !claims.texts("aud").iter().any(is_ours) {
        return Err(Rejection::Audience);
    }
    let now = now.0.div_euclid(1_000_000);
    let issued = claims.seconds("iat").ok_or(Rejection::Malformed)?;
    if issued > now + LEEWAY_S {
        return Err(Rejection::NotYet);
    }
    if issued < now - OLDEST_S {
        return Err(Rejection::Expired);
    }
    if claims
        .seconds("exp")
        .is_some_and(|end| end + LEEWAY_S <= now)
    {
        return Err(Rejection::Expired);
    }
    let has_events = claims
        .at("events")
        .is_some_and(serde_json::Value::is_object);
    if claims.text("jti").is_none() || !has_events {
        return Err(Rejection::Malformed);
    }
    Ok(claims)
}

/// Whether it was acted upon before.
pub(super) fn is_known(
    store: &dyn Store,
    claims: &Claims,
    transmitter: &Transmitter,
) -> Result<bool, StoreFault> {
    store.is_spent(&name(claims, transmitter))
}

/// Notes that it was acted upon.
pub(super) fn note(
    store: &dyn Store,
    claims: &Claims,
    transmitter: &Transmitter,
    now: Timestamp,
) -> Result<(), StoreFault> {
    let until = now.plus_s(OLDEST_S + 2 * LEEWAY_S);
    store
        .spend(&name(claims, transmitter), until, now)
        .map(|_| ())
}

/// What tells it from every other.
fn name(claims: &Claims, transmitter: &Transmitter) -> [u8; 32] {
    let name = claims.text("jti").unwrap_or_default();
    token::digest(format!("set\0{}\0{name}", transmitter.issuer).as_bytes())
}
