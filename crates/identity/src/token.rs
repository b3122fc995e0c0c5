//! A token: the one secret a principal shows or proves.
//!
//! `pct_` and 48 characters of base64url: 32 random bytes, then the first four of their SHA-256.
//! The prefix and the checksum let a scanner of repositories and logs tell a leaked token from
//! look-alikes without asking us. The checksum proves nothing: the directory never reads it.
//!
//! It does not keep tokens: what is kept is a digest and SCRAM keys.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// What every token begins with.
pub const PREFIX: &str = "pct_";

const RANDOM_BYTES: usize = 32;
const CHECK_BYTES: usize = 4;

/// The system's source of randomness failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no randomness: {0}")]
pub struct NoRandomness(String);

/// A new token; its memory is wiped when dropped.
pub(crate) fn fresh() -> Result<Zeroizing<String>, NoRandomness> {
    let mut random = Zeroizing::new([0_u8; RANDOM_BYTES]);
    fill(random.as_mut_slice())?;
    Ok(written(&random))
}

/// A new token's id, what people revoke by: short, and nothing like a secret.
pub(crate) fn fresh_id() -> Result<String, NoRandomness> {
    let mut random = [0_u8; 6];
    fill(&mut random)?;
    Ok(random
        .iter()
        .fold("t".to_owned(), |id, byte| format!("{id}{byte:02x}")))
}

/// Whether a text has the form of a token: for scanners, and for a hint to someone who pasted
/// something else. It says nothing about whether the token counts.
pub fn is_token(text: &str) -> bool {
    let body = text
        .strip_prefix(PREFIX)
        .and_then(|body| URL_SAFE_NO_PAD.decode(body).ok());
    let bytes = body.map(Zeroizing::new);
    bytes
        .as_deref()
        .and_then(|bytes| bytes.split_first_chunk::<RANDOM_BYTES>())
        .is_some_and(|(random, check)| {
            check.len() == CHECK_BYTES && digest(random).starts_with(check)
        })
}

/// SHA-256. For a token this needs no salt and no stretching: there are 2^256 of them.
pub fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn written(random: &[u8; RANDOM_BYTES]) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0_u8; RANDOM_BYTES + CHECK_BYTES]);
    for (to, from) in bytes.iter_mut().zip(random.iter().chain(&digest(random))) {
        *to = *from;
    }
    let mut text = Zeroizing::new(String::with_capacity(64));
    text.push_str(PREFIX);
    URL_SAFE_NO_PAD.encode_string(bytes.as_slice(), &mut text);
    text
}

pub(crate) fn fill(random: &mut [u8]) -> Result<(), NoRandomness> {
    getrandom::fill(random).map_err(|cause| NoRandomness(cause.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_recognised_and_its_neighbours_are_not() {
        let token = fresh().unwrap();
        assert_eq!(token.len(), 52);
        assert_ne!(token, fresh().unwrap());
        assert!(is_token(&token));
        let zero = written(&[0; 32]);
        assert_eq!(
            zero.as_str(),
            "pct_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABmaHqt"
        );
        let table = [
            String::new(),
            "pct_".to_owned(),
            token.replacen("pct_", "ghp_", 1),
            token[..51].to_owned(),
            format!("{}a", token.as_str()),
            format!("pct_B{}", &zero[5..]),
        ];
        for not_one in table {
            assert!(!is_token(&not_one), "{not_one}");
        }
    }
}
