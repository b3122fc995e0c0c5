//! SCRAM-SHA-256 (RFC 5802, RFC 7677) and md5: the texts and the arithmetic, both roles.
//!
//! As the server's half it only reads and builds texts: a proof is checked by the `Directory`.
//! As the client's half it checks the target's signature in constant time. No state: `signin` and
//! `login` hold that.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use wire::Fault;

/// The mechanism without channel binding.
pub(crate) const PLAIN: &str = "SCRAM-SHA-256";
/// The mechanism bound to the TLS channel.
pub(crate) const PLUS: &str = "SCRAM-SHA-256-PLUS";

const NONCE: usize = 1_024;

pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Whether a nonce is printable ASCII without a comma, and bounded.
fn is_nonce(nonce: &str) -> bool {
    let printable = |byte: u8| (0x21..=0x7e).contains(&byte) && byte != b',';
    !nonce.is_empty() && nonce.len() <= NONCE && nonce.bytes().all(printable)
}

/// A client-first-message, checked against what was offered and chosen.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ClientFirst {
    /// `client-first-message-bare`.
    pub(crate) bare: String,
    /// The gs2 header, with its last comma.
    pub(crate) header: String,
    pub(crate) nonce: String,
}

impl ClientFirst {
    /// Reads it. `offered_plus` is whether we offered channel binding, `is_plus` whether the
    /// client chose it.
    pub(crate) fn decode(text: &[u8], offered_plus: bool, is_plus: bool) -> Result<Self, Fault> {
        let wrong = |what: &str| Fault::Client(format!("SCRAM: {what}"));
        let text = std::str::from_utf8(text).map_err(|_| wrong("not text"))?;
        let mut parts = text.splitn(3, ',');
        let (Some(flag), Some(authzid), Some(bare)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong("malformed first message"));
        };
        match flag {
            "n" if !is_plus => {}
            "y" if !is_plus && !offered_plus => {}
            "y" if !is_plus => return Err(wrong("the offer of channel binding was hidden")),
            "p=tls-server-end-point" if is_plus => {}
            _ => return Err(wrong("the channel binding flag does not fit the mechanism")),
        }
        if !authzid.is_empty() {
            return Err(wrong("an authorization identity is not taken"));
        }
        let mut attributes = bare.split(',');
        let named = attributes.next().is_some_and(|name| name.starts_with("n="));
        let nonce = attributes.next().and_then(|nonce| nonce.strip_prefix("r="));
        match nonce {
            Some(nonce) if named && is_nonce(nonce) => Ok(Self {
                bare: bare.to_owned(),
                header: format!("{flag},,"),
                nonce: nonce.to_owned(),
            }),
            _ => Err(wrong("malformed first message")),
        }
    }
}

/// A client-final-message.
#[derive(Debug)]
pub(crate) struct ClientFinal {
    pub(crate) proof: [u8; 32],
    /// The message without its proof.
    pub(crate) unproved: String,
}

impl ClientFinal {
    /// Reads it: `c=` must be exactly `binding` and `r=` exactly `nonce`.
    pub(crate) fn decode(text: &[u8], binding: &[u8], nonce: &str) -> Result<Self, Fault> {
        let wrong = |what: &str| Fault::Client(format!("SCRAM: {what}"));
        let text = std::str::from_utf8(text).map_err(|_| wrong("not text"))?;
        let (unproved, proof) = text
            .rsplit_once(",p=")
            .ok_or_else(|| wrong("malformed final message"))?;
        let mut attributes = unproved.split(',');
        let bound = attributes.next().and_then(|c| c.strip_prefix("c="));
        if bound != Some(encode(binding).as_str()) {
            return Err(wrong("the channel binding does not match"));
        }
        if attributes.next().and_then(|r| r.strip_prefix("r=")) != Some(nonce) {
            return Err(wrong("the nonce does not match"));
        }
        let proof = STANDARD
            .decode(proof)
            .ok()
            .and_then(|proof| proof.try_into().ok());
        let proof = proof.ok_or_else(|| wrong("malformed proof"))?;
        Ok(Self {
            proof,
            unproved: unproved.to_owned(),
        })
    }
}

/// A target's server-first-message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ServerFirst {
    pub(crate) iterations: u32,
    pub(crate) nonce: String,
    pub(crate) salt: Vec<u8>,
}

impl ServerFirst {
    /// Reads it: the nonce must extend ours, the iterations stay within `most`.
    pub(crate) fn decode(text: &[u8], ours: &str, most: u32) -> Result<Self, Fault> {
        let wrong = |what: &str| Fault::Target(format!("SCRAM: {what}"));
        let text = std::str::from_utf8(text).map_err(|_| wrong("not text"))?;
        let mut attributes = text.split(',');
        let mut next = |name| attributes.next().and_then(|found| found.strip_prefix(name));
        let (Some(nonce), Some(salt), Some(iterations)) = (next("r="), next("s="), next("i="))
        else {
            return Err(wrong("malformed first message"));
        };
        if !is_nonce(nonce) || nonce.len() <= ours.len() || !nonce.starts_with(ours) {
            return Err(wrong("the nonce does not extend ours"));
        }
        let salt = STANDARD.decode(salt).map_err(|_| wrong("malformed salt"))?;
        let iterations: u32 = iterations
            .parse()
            .map_err(|_| wrong("malformed iterations"))?;
        if iterations == 0 || iterations > most || salt.is_empty() {
            return Err(wrong("more iterations than we compute, or none"));
        }
        Ok(Self {
            iterations,
            nonce: nonce.to_owned(),
            salt,
        })
    }
}

fn hmac(key: &[u8], text: &[u8]) -> Result<[u8; 32], Fault> {
    let mac = Hmac::<Sha256>::new_from_slice(key);
    let mut mac = mac.map_err(|_| Fault::Bug("HMAC takes keys of any length".into()))?;
    mac.update(text);
    Ok(mac.finalize().into_bytes().into())
}

/// `ClientProof` for a `SaltedPassword`.
pub(crate) fn proof(salted: &[u8; 32], auth_message: &[u8]) -> Result<[u8; 32], Fault> {
    let client_key = hmac(salted, b"Client Key")?;
    let signature = hmac(&Sha256::digest(client_key), auth_message)?;
    let mut proof = client_key;
    proof
        .iter_mut()
        .zip(signature)
        .for_each(|(byte, mask)| *byte ^= mask);
    Ok(proof)
}

/// Whether the target's server-final-message carries the signature only one who knows the
/// password's keys can make.
pub(crate) fn is_server(
    salted: &[u8; 32],
    auth_message: &[u8],
    text: &[u8],
) -> Result<bool, Fault> {
    let expected = hmac(&hmac(salted, b"Server Key")?, auth_message)?;
    let shown = text
        .strip_prefix(b"v=")
        .and_then(|shown| STANDARD.decode(shown).ok());
    Ok(shown.is_some_and(|shown| bool::from(shown.as_slice().ct_eq(&expected))))
}

/// PostgreSQL's md5 response: `md5` and the digest of the digest and the salt.
pub(crate) fn md5_response(user: &str, password: &str, salt: &[u8]) -> String {
    let stored = Md5::new()
        .chain_update(password)
        .chain_update(user)
        .finalize();
    let answer = Md5::new()
        .chain_update(hex(&stored))
        .chain_update(salt)
        .finalize();
    format!("md5{}", hex(&answer))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| {
        DIGITS
            .get(usize::from(nibble))
            .copied()
            .map_or('0', char::from)
    };
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channel_binding_flags_are_checked() {
        // flag, offered, chosen, passes
        let table = [
            ("n", false, false, true),
            ("n", true, false, true),
            ("y", false, false, true),
            ("y", true, false, false),
            ("p=tls-server-end-point", true, true, true),
            ("p=tls-server-end-point", true, false, false),
            ("p=tls-unique", true, true, false),
            ("n", true, true, false),
        ];
        for (flag, offered, chosen, passes) in table {
            let text = format!("{flag},,n=,r=abc");
            let read = ClientFirst::decode(text.as_bytes(), offered, chosen);
            assert_eq!(read.is_ok(), passes, "{flag} {offered} {chosen}");
        }
        for text in [
            "n,a=x,n=,r=a",
            "n,,r=a",
            "n,,n=,r=",
            "n,,m=1,n=,r=a",
            "n",
            "n,,n=,r=\u{7f}",
        ] {
            assert!(
                ClientFirst::decode(text.as_bytes(), false, false).is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn the_exchange_of_rfc_7677() {
        let nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let first = format!("r={nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
        let read = ServerFirst::decode(first.as_bytes(), "rOprNGfwEbeRWgbNEkqO", 4096).unwrap();
        let mut salted = [0; 32];
        pbkdf2::pbkdf2::<Hmac<Sha256>>(b"pencil", &read.salt, 4096, &mut salted).unwrap();
        let unproved = format!("c=biws,r={nonce}");
        let auth = format!("n=user,r=rOprNGfwEbeRWgbNEkqO,{first},{unproved}");
        let proof = proof(&salted, auth.as_bytes()).unwrap();
        assert_eq!(
            encode(&proof),
            "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        let signed = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
        assert!(is_server(&salted, auth.as_bytes(), signed).unwrap());
        assert!(!is_server(&salted, auth.as_bytes(), b"v=AAAA").unwrap());
        let read = ClientFinal::decode(
            format!("{unproved},p={}", encode(&proof)).as_bytes(),
            b"n,,",
            nonce,
        );
        assert_eq!(read.unwrap().proof, proof);
    }

    #[test]
    fn a_servers_first_message_is_not_believed() {
        let table = [
            "r=abc,s=QUJD,i=4096",
            "r=xyzd,s=QUJD,i=4096",
            "r=abcd,s=QUJD,i=4097",
            "r=abcd,s=QUJD,i=0",
            "r=abcd,s=!,i=1",
            "r=abcd,s=QUJD",
            "m=x,r=abcd,s=QUJD,i=1",
        ];
        for text in table {
            assert!(
                ServerFirst::decode(text.as_bytes(), "abc", 4096).is_err(),
                "{text}"
            );
        }
        assert!(ServerFirst::decode(b"r=abcd,s=QUJD,i=4096", "abc", 4096).is_ok());
    }

    #[test]
    fn md5_as_postgres_computes_it() {
        let answer = md5_response("postgres", "secret", &[1, 2, 3, 4]);
        assert!(answer.starts_with("md5") && answer.len() == 35);
    }
}
