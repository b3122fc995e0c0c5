//! The arithmetic of SCRAM-SHA-256 (RFC 5802 §3, RFC 7677), the server's half.
//!
//! 4096 iterations, RFC 7677's least, are right here: iterations slow the guessing of passwords
//! people choose, and there is no guessing a token of 256 random bits, with or without them. More
//! would only cost every client at every sign-in.
//!
//! It parses no message: the wire does, and hands over the `AuthMessage` and the proof.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::token::digest;

/// PBKDF2 iterations of every verifier we keep.
pub(crate) const ITERATIONS: u32 = 4096;

/// What is kept of a token so that it can be proved without being shown.
pub(crate) struct Keys {
    pub(crate) server: [u8; 32],
    pub(crate) stored: [u8; 32],
}

/// The keys of a token under a salt. Tokens are ASCII, so `SASLprep` changes nothing.
pub(crate) fn keys(token: &str, salt: &[u8]) -> Keys {
    let mut salted = Zeroizing::new([0_u8; 32]);
    pbkdf2::pbkdf2_hmac::<Sha256>(token.as_bytes(), salt, ITERATIONS, salted.as_mut_slice());
    let client = Zeroizing::new(hmac(salted.as_slice(), &[b"Client Key"]));
    Keys {
        server: hmac(salted.as_slice(), &[b"Server Key"]),
        stored: digest(client.as_slice()),
    }
}

/// Whether a proof was made with the token behind `stored_key`, in constant time.
pub(crate) fn proves(stored_key: &[u8], auth_message: &[u8], proof: &[u8; 32]) -> Choice {
    let mut client_key = Zeroizing::new(hmac(stored_key, &[auth_message]));
    for (key, proof) in client_key.iter_mut().zip(proof) {
        *key ^= proof;
    }
    digest(client_key.as_slice()).as_slice().ct_eq(stored_key)
}

/// The `ServerSignature`: shows the client that we know its keys.
pub(crate) fn sign(server_key: &[u8], auth_message: &[u8]) -> [u8; 32] {
    hmac(server_key, &[auth_message])
}

/// HMAC-SHA-256 over the parts, one after the other.
pub(crate) fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    #[expect(
        clippy::expect_used,
        reason = "HMAC takes a key of any length (RFC 2104 §2)"
    )]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
pub(crate) mod tests {
    //! The client's half is computed here from SHA-256 alone, so that a fault in the libraries or
    //! in how we call them cannot cancel itself out.

    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    /// HMAC as RFC 2104 writes it.
    fn plain_hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
        assert!(key.len() <= 64, "the tests' keys fit one block");
        let padded =
            |pad: u8| -> Vec<u8> { (0..64).map(|at| key.get(at).unwrap_or(&0) ^ pad).collect() };
        let within = digest(&[padded(0x36).as_slice(), message].concat());
        digest(&[padded(0x5c).as_slice(), &within].concat())
    }

    fn xor(left: [u8; 32], right: [u8; 32]) -> [u8; 32] {
        std::array::from_fn(|at| left[at] ^ right[at])
    }

    /// What a client sends and what it expects back: RFC 5802 §3, line by line.
    pub(crate) fn client(
        password: &str,
        salt: &[u8],
        iterations: u32,
        auth_message: &[u8],
    ) -> ([u8; 32], [u8; 32]) {
        let mut u = plain_hmac(password.as_bytes(), &[salt, &[0, 0, 0, 1]].concat());
        let mut salted = u;
        for _ in 1..iterations {
            u = plain_hmac(password.as_bytes(), &u);
            salted = xor(salted, u);
        }
        let client_key = plain_hmac(&salted, b"Client Key");
        let client_signature = plain_hmac(&digest(&client_key), auth_message);
        let server_signature = plain_hmac(&plain_hmac(&salted, b"Server Key"), auth_message);
        (xor(client_key, client_signature), server_signature)
    }

    #[test]
    fn the_vector_of_rfc_7677_holds_on_both_sides() {
        let nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let message = format!(
            "n=user,r=rOprNGfwEbeRWgbNEkqO,\
             r={nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r={nonce}"
        );
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let (proof, expected) = client("pencil", &salt, 4096, message.as_bytes());
        assert_eq!(
            STANDARD.encode(proof),
            "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        assert_eq!(
            STANDARD.encode(expected),
            "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
        );

        let keys = keys("pencil", &salt);
        assert!(bool::from(proves(&keys.stored, message.as_bytes(), &proof)));
        assert_eq!(sign(&keys.server, message.as_bytes()), expected);
    }

    #[test]
    fn every_changed_bit_of_a_proof_is_refused() {
        let keys = keys("pencil", b"salt");
        let (proof, _) = client("pencil", b"salt", ITERATIONS, b"message");
        assert!(bool::from(proves(&keys.stored, b"message", &proof)));
        for bit in 0..256 {
            let mut other = proof;
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(
                !bool::from(proves(&keys.stored, b"message", &other)),
                "{bit}"
            );
        }
        assert!(!bool::from(proves(&keys.stored, b"massage", &proof)));
        assert!(
            !bool::from(proves(&[], b"message", &proof)),
            "a key of the wrong length"
        );
    }
}
