//! SCRAM keys towards targets: derived once per salt, off the reactor, and remembered.
//!
//! Why: 4,096 rounds of HMAC cost a millisecond of CPU, more than a hundred statements
//! (performance.md §3). The keys are wiped when they are forgotten.

use std::sync::Arc;

use model::TargetName;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use sha2::{Digest as _, Sha256};
use wire::Derivation;
use zeroize::Zeroizing;

/// Keys remembered. A target has one salt per role: more than a few is a target that varies it.
const KEPT: usize = 256;

/// Of which password, too: one that was replaced leaves the salt as it was where nobody has set the
/// role's anew.
type Key = (TargetName, [u8; 32], Vec<u8>, u32);

fn key(target: &TargetName, password: &str, asked: &Derivation) -> Key {
    let of = Sha256::digest(password.as_bytes()).into();
    (target.clone(), of, asked.salt.clone(), asked.iterations)
}

/// The keys derived so far.
#[derive(Default)]
pub(crate) struct Derivations {
    kept: Mutex<FxHashMap<Key, Arc<Zeroizing<[u8; 32]>>>>,
}

impl Derivations {
    /// `SaltedPassword` (RFC 5802 §3) of that target's password. Blocks where it is not known yet.
    pub(crate) fn derive(
        &self,
        target: &TargetName,
        password: &str,
        asked: &Derivation,
    ) -> Arc<Zeroizing<[u8; 32]>> {
        let key = key(target, password, asked);
        if let Some(known) = self.kept.lock().get(&key) {
            return known.clone();
        }
        // PostgreSQL normalises where it can and takes the bytes as they are where it cannot.
        let normal = stringprep::saslprep(password).unwrap_or_else(|_| password.into());
        let mut out = Zeroizing::new([0; 32]);
        let (salt, rounds) = (&asked.salt, asked.iterations);
        pbkdf2::pbkdf2_hmac::<Sha256>(normal.as_bytes(), salt, rounds, out.as_mut_slice());
        let out = Arc::new(out);
        let mut kept = self.kept.lock();
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(key, out.clone());
        out
    }

    /// The key, where it is known already.
    pub(crate) fn known(
        &self,
        target: &TargetName,
        password: &str,
        asked: &Derivation,
    ) -> Option<Arc<Zeroizing<[u8; 32]>>> {
        self.kept.lock().get(&key(target, password, asked)).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_one_of_rfc_7677_and_is_derived_once() {
        let derivations = Derivations::default();
        let target: TargetName = "orders".parse().unwrap();
        let salt = b"\x5b\x6d\x99\x68\x9d\x12\x35\x8e\xec\xa0\x4b\x14\x12\x36\xfa\x81".to_vec();
        let asked = Derivation {
            iterations: 4096,
            salt,
        };
        assert!(derivations.known(&target, "pencil", &asked).is_none());
        let key = derivations.derive(&target, "pencil", &asked);
        // SaltedPassword of the example in RFC 7677 §3.
        assert_eq!(key[..4], [0xc4, 0xa4, 0x95, 0x10]);
        assert_eq!(derivations.known(&target, "pencil", &asked), Some(key));
        assert!(derivations.known(&target, "pen", &asked).is_none());
    }
}
