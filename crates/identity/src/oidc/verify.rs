//! The checks of a signed token (RFC 7519, RFC 8725): algorithm, type, key, signature, issuer,
//! audience, client, time, subject. Pure: keys and time are given.
//!
//! Why not the library's own claim checks: it reads the clock itself, and tells fewer reasons
//! apart. It does the cryptography.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use model::Timestamp;
use serde_json::{Map, Value};

use super::claims::Claims;
use super::rejection::Rejection;

/// How far two clocks may be apart, seconds.
const LEEWAY_S: i64 = 60;

/// The largest token read, bytes: one with two hundred groups is about ten thousand.
const TOKEN_BYTES: usize = 32_768;

/// What a token must be.
#[derive(Debug, Clone)]
pub struct Expected<'a> {
    /// By what it may be signed.
    pub algorithms: &'a [Algorithm],
    /// For whom: one of these.
    pub audiences: Vec<&'a str>,
    /// Who asked for it, where it says so (`azp`).
    pub client: Option<&'a str>,
    /// By whom, to the byte.
    pub issuer: &'a str,
    /// When it is looked at.
    pub now: Timestamp,
    /// Its `typ`, in lower case: one of these; the empty one stands for none.
    pub types: &'a [&'a str],
}

/// The parts of a header that decide.
pub(super) struct Header {
    pub(super) algorithm: Algorithm,
    pub(super) kid: Option<String>,
    kind: Option<String>,
}

fn json(part: &str) -> Option<Map<String, Value>> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn parts(token: &str) -> Result<[&str; 3], Rejection> {
    let mut parts = token.split('.');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(head), Some(body), Some(seal), None) if token.len() <= TOKEN_BYTES => {
            Ok([head, body, seal])
        }
        _ => Err(Rejection::Malformed),
    }
}

/// Who a token says it is from: believed only to find whose keys to check it with.
pub fn issuer_of(token: &str) -> Result<String, Rejection> {
    let [_, body, _] = parts(token)?;
    let claims = json(body).ok_or(Rejection::Malformed)?;
    let issuer = claims.get("iss").and_then(Value::as_str);
    issuer.map(str::to_owned).ok_or(Rejection::Issuer)
}

/// The header, read for what decides.
pub(super) fn header_of(token: &str) -> Result<Header, Rejection> {
    let [head, ..] = parts(token)?;
    let head = json(head).ok_or(Rejection::Malformed)?;
    let text = |key: &str| head.get(key).and_then(Value::as_str);
    let word = text("alg").ok_or(Rejection::Malformed)?;
    // `none` is no algorithm the library has a name for, so it ends here.
    let algorithm = word
        .parse()
        .map_err(|_| Rejection::Algorithm(word.escape_default().take(32).collect()))?;
    // What must be understood and is not: RFC 7515 §4.1.11.
    if head.contains_key("crit") {
        return Err(Rejection::Type);
    }
    Ok(Header {
        algorithm,
        kid: text("kid").map(str::to_owned),
        kind: text("typ").map(str::to_lowercase),
    })
}

/// The key a header means: by its id, or the only one that fits where it names none.
pub(super) fn key_of<'k>(keys: &'k JwkSet, header: &Header) -> Option<&'k Jwk> {
    let fits = |key: &&Jwk| {
        let is_for_signing = !matches!(
            key.common.public_key_use,
            Some(PublicKeyUse::Encryption | PublicKeyUse::Other(_))
        );
        let is_of_family = match &key.algorithm {
            AlgorithmParameters::RSA(_) => is_rsa(header.algorithm),
            AlgorithmParameters::EllipticCurve(_) => {
                matches!(header.algorithm, Algorithm::ES256 | Algorithm::ES384)
            }
            AlgorithmParameters::OctetKeyPair(_) => header.algorithm == Algorithm::EdDSA,
            _ => false,
        };
        let said = key.common.key_algorithm.map(|said| said.to_string());
        let is_said = said.is_none_or(|said| said == format!("{:?}", header.algorithm));
        is_for_signing && is_of_family && is_said
    };
    match &header.kid {
        Some(kid) => {
            let named = |key: &&Jwk| key.common.key_id.as_ref() == Some(kid);
            keys.keys.iter().filter(named).find(fits)
        }
        None => {
            let mut fitting = keys.keys.iter().filter(fits);
            fitting.next().filter(|_| fitting.next().is_none())
        }
    }
}

fn is_rsa(algorithm: Algorithm) -> bool {
    use Algorithm::{PS256, PS384, PS512, RS256, RS384, RS512};
    matches!(algorithm, PS256 | PS384 | PS512 | RS256 | RS384 | RS512)
}

/// The claims of a token that is what is expected.
pub fn verify(token: &str, keys: &JwkSet, expected: &Expected<'_>) -> Result<Claims, Rejection> {
    let claims = authentic(token, keys, expected.algorithms, expected.types)?;
    check(&claims, expected)?;
    Ok(claims)
}

/// The claims of a token of these types that one of these keys has signed: what it claims is not
/// looked at yet.
pub(crate) fn authentic(
    token: &str,
    keys: &JwkSet,
    algorithms: &[Algorithm],
    types: &[&str],
) -> Result<Claims, Rejection> {
    let header = header_of(token)?;
    if !algorithms.contains(&header.algorithm) {
        return Err(Rejection::Algorithm(format!("{:?}", header.algorithm)));
    }
    if !types.contains(&header.kind.as_deref().unwrap_or("")) {
        return Err(Rejection::Type);
    }
    let key = key_of(keys, &header).ok_or(Rejection::Key)?;
    let key = DecodingKey::from_jwk(key).map_err(|_| Rejection::Key)?;
    Ok(Claims::new(signed(token, &key, header.algorithm)?))
}

fn signed(
    token: &str,
    key: &DecodingKey,
    algorithm: Algorithm,
) -> Result<Map<String, Value>, Rejection> {
    let mut only_signature = Validation::new(algorithm);
    only_signature.required_spec_claims.clear();
    only_signature.validate_exp = false;
    only_signature.validate_aud = false;
    let read = jsonwebtoken::decode::<Map<String, Value>>(token, key, &only_signature);
    read.map(|read| read.claims).map_err(|fault| {
        use jsonwebtoken::errors::ErrorKind;
        match fault.kind() {
            ErrorKind::InvalidSignature => Rejection::Signature,
            ErrorKind::InvalidAlgorithm => Rejection::Algorithm(format!("{algorithm:?}")),
            ErrorKind::InvalidKeyFormat => Rejection::Key,
            _ => Rejection::Malformed,
        }
    })
}

fn check(claims: &Claims, expected: &Expected<'_>) -> Result<(), Rejection> {
    if claims.text("iss") != Some(expected.issuer) {
        return Err(Rejection::Issuer);
    }
    let audiences = claims.texts("aud");
    let is_ours = |audience: &&str| expected.audiences.contains(audience);
    if !audiences.iter().any(is_ours) {
        return Err(Rejection::Audience);
    }
    // OpenID Connect Core §3.1.3.7: with several audiences, or where it is said, by whom it was
    // asked for counts too.
    match (claims.text("azp"), expected.client) {
        (Some(asked), Some(client)) if asked != client => return Err(Rejection::Client),
        (None, Some(_)) if audiences.len() > 1 => return Err(Rejection::Client),
        _ => {}
    }
    let now = expected.now.0.div_euclid(1_000_000);
    let expires = claims.seconds("exp").ok_or(Rejection::Expired)?;
    if expires.saturating_add(LEEWAY_S) <= now {
        return Err(Rejection::Expired);
    }
    let begins = [claims.seconds("nbf"), claims.seconds("iat")];
    if begins
        .into_iter()
        .flatten()
        .max()
        .is_some_and(|begin| begin > now + LEEWAY_S)
    {
        return Err(Rejection::NotYet);
    }
    claims.text("sub").map(|_| ()).ok_or(Rejection::Subject)
}
