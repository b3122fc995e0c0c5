//! Authentication tokens of AWS for RDS: a request to `rds-db:connect` signed for later (`SigV4`,
//! query form), which is the password for a quarter of an hour.
//!
//! Each session gets one of its own: signing is local and takes microseconds. A session that is in
//! lives on when its token has ended. The keys come from the configuration; none is looked for on
//! the machine's network.

use std::fmt::Write as _;
use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use model::{Accounts, Clock, Obtaining, Timestamp, Unobtained};
use sha2::{Digest as _, Sha256};

use crate::account;

/// How long a token counts, seconds: AWS allows no more.
const LIFE_S: u32 = 900;
const SERVICE: &str = "rds-db";

/// Keys of AWS; they do not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// The access key's id.
    pub access_key_id: String,
    /// The secret key.
    pub secret_access_key: String,
    /// The token of temporary keys.
    pub session_token: Option<String>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// A role of an RDS instance that signs in by IAM.
pub struct Rds {
    clock: Arc<dyn Clock>,
    host: String,
    keys: Keys,
    port: u16,
    region: String,
    user: String,
}

impl Rds {
    /// That role at that instance.
    pub fn new(
        (host, port): (&str, u16),
        user: &str,
        region: String,
        keys: Keys,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            clock,
            host: host.to_owned(),
            keys,
            port,
            region,
            user: user.to_owned(),
        }
    }

    /// The token for sign-ins from that moment on.
    fn token(&self, at: Timestamp) -> Result<String, Unobtained> {
        let (day, moment) = moment(at);
        let scope = format!("{day}/{}/{SERVICE}/aws4_request", self.region);
        let credential = format!("{}/{scope}", self.keys.access_key_id);
        // In the order of their names, as the signature wants them.
        let mut query = format!(
            "Action=connect&DBUser={}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}\
             &X-Amz-Date={moment}&X-Amz-Expires={LIFE_S}",
            escaped(&self.user),
            escaped(&credential)
        );
        if let Some(token) = &self.keys.session_token {
            let _ = write!(query, "&X-Amz-Security-Token={}", escaped(token));
        }
        query.push_str("&X-Amz-SignedHeaders=host");
        let host = format!("{}:{}", self.host, self.port);
        let nothing = hex(&Sha256::digest(b""));
        let asked = format!("GET\n/\n{query}\nhost:{host}\n\nhost\n{nothing}");
        let digest = hex(&Sha256::digest(asked.as_bytes()));
        let signed = format!("AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}");
        let secret = &self.keys.secret_access_key;
        let key = signing_key(secret, [&day, &self.region, SERVICE, "aws4_request"])?;
        let signature = hex(&hmac(&key, signed.as_bytes())?);
        Ok(format!("{host}/?{query}&X-Amz-Signature={signature}"))
    }
}

impl Accounts for Rds {
    fn obtain(&self) -> Obtaining<'_> {
        let made = self.token(self.clock.now());
        let made = made.map(|token| account(&self.user, &token));
        Box::pin(std::future::ready(made))
    }
}

/// The key of a day, a region and a service.
fn signing_key(secret: &str, parts: [&str; 4]) -> Result<Vec<u8>, Unobtained> {
    let first = format!("AWS4{secret}").into_bytes();
    parts
        .into_iter()
        .try_fold(first, |key, part| hmac(&key, part.as_bytes()))
}

fn hmac(key: &[u8], text: &[u8]) -> Result<Vec<u8>, Unobtained> {
    let mac = Hmac::<Sha256>::new_from_slice(key);
    let mut mac = mac.map_err(|fault| Unobtained(fault.to_string()))?;
    mac.update(text);
    Ok(mac.finalize().into_bytes().to_vec())
}

/// `20261120` and `20261120T210000Z`.
fn moment(at: Timestamp) -> (String, String) {
    let written = at.to_string();
    let digits: String = written
        .split(['.', 'Z'])
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| *c == 'T' || c.is_ascii_digit())
        .collect();
    let day = digits.split('T').next().unwrap_or_default().to_owned();
    (day, format!("{digits}Z"))
}

/// What a query escapes (RFC 3986 §2.3).
fn escaped(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            whole.push(char::from(byte));
        } else {
            let _ = write!(whole, "%{byte:02X}");
        }
    }
    whole
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
