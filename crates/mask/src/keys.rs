//! The keys of masking: one root, one subkey per domain, versioned by their info strings.
//!
//! A domain is what must agree: every e-mail column shares one, given names inside whole names
//! share that of given names. It draws nothing at random and keeps nothing: the root is an
//! argument. Rotation means a new root or a new version in the info strings; both change stand-ins.

use aes::Aes256;
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use fpe::ff1::{FF1, FlexibleNumeralString};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// FF1 wants at least this many values in its domain (NIST SP 800-38G rev. 1).
const LEAST_FF1_DOMAIN: u128 = 1_000_000;
/// Rounds of swap-or-not for each bit of its domain.
const ROUNDS_PER_BIT: u8 = 7;

/// What must agree on its stand-ins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Domain {
    Address,
    Amount,
    Card,
    Code,
    Date,
    Email,
    FamilyName,
    Geo,
    GivenName,
    Host,
    Iban,
    Ip,
    Mac,
    MedicalId,
    NationalId,
    Passport,
    Phone,
    Place,
    PostalCode,
    Secret,
    Account,
    Username,
    Uuid,
}

impl Domain {
    /// Every domain, in the order of its declaration, with the info string of its subkey.
    const ALL: [(Self, &'static str); 23] = [
        (Self::Address, "address"),
        (Self::Amount, "amount"),
        (Self::Card, "card"),
        (Self::Code, "code"),
        (Self::Date, "date"),
        (Self::Email, "email"),
        (Self::FamilyName, "family_name"),
        (Self::Geo, "geo"),
        (Self::GivenName, "given_name"),
        (Self::Host, "host"),
        (Self::Iban, "iban"),
        (Self::Ip, "ip"),
        (Self::Mac, "mac"),
        (Self::MedicalId, "medical_id"),
        (Self::NationalId, "national_id"),
        (Self::Passport, "passport"),
        (Self::Phone, "phone"),
        (Self::Place, "place"),
        (Self::PostalCode, "postal_code"),
        (Self::Secret, "secret"),
        (Self::Account, "account"),
        (Self::Username, "username"),
        (Self::Uuid, "uuid"),
    ];
}

/// All masking keys of one tenant.
pub struct Keys {
    subkeys: [Subkey; Domain::ALL.len()],
}

impl Keys {
    /// Keys derived from a root.
    pub fn from_root(root: &[u8; 32]) -> Self {
        let hkdf = Hkdf::<Sha256>::new(Some(b"portcullis mask"), root);
        let derive = |(_, word): (Domain, &str)| {
            let mut key = Zeroizing::new([0_u8; 32]);
            let info = [b"mask/v1/".as_slice(), word.as_bytes()];
            // 32 bytes are far below HKDF's bound; a zero key would still be refused by no one, so
            // the expansion's own claim is checked.
            let expanded = hkdf.expand_multi_info(&info, key.as_mut_slice());
            debug_assert!(expanded.is_ok());
            Subkey::of(key)
        };
        Self {
            subkeys: Domain::ALL.map(derive),
        }
    }

    /// The subkey of a domain.
    #[expect(
        clippy::indexing_slicing,
        reason = "one subkey per variant, by its discriminant"
    )]
    pub(crate) fn of(&self, domain: Domain) -> &Subkey {
        &self.subkeys[domain as usize]
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(..)")
    }
}

/// The key of one domain: a PRF and two families of permutations.
pub(crate) struct Subkey {
    key: Zeroizing<[u8; 32]>,
    /// Keyed once: a value then costs two blocks less to hash, half of what a short one costs.
    keyed: Hmac<Sha256>,
}

impl Subkey {
    fn of(key: Zeroizing<[u8; 32]>) -> Self {
        // HMAC pads a short key with zeros to the hash's block (RFC 2104 §2): the same, without a
        // fallible constructor.
        let mut block = Zeroizing::new([0; 64]);
        block
            .iter_mut()
            .zip(key.iter())
            .for_each(|(to, from)| *to = *from);
        let keyed = Hmac::new(&(*block).into());
        Self { key, keyed }
    }

    /// Thirty-two pseudo-random bytes for a value under a label.
    pub(crate) fn prf(&self, label: &str, value: &[u8]) -> [u8; 32] {
        self.prf_of(label, [value])
    }

    /// Likewise, for a value in pieces.
    pub(crate) fn prf_of<const N: usize>(&self, label: &str, pieces: [&[u8]; N]) -> [u8; 32] {
        let mut mac = self.keyed.clone();
        mac.update(&(label.len() as u64).to_be_bytes());
        mac.update(label.as_bytes());
        for piece in pieces {
            mac.update(piece);
        }
        mac.finalize().into_bytes().into()
    }

    /// A pseudo-random number for a value under a label.
    pub(crate) fn number(&self, label: &str, value: &[u8]) -> u64 {
        let bytes = self.prf(label, value);
        bytes
            .iter()
            .take(8)
            .fold(0, |number, byte| (number << 8) | u64::from(*byte))
    }

    /// A permutation of the strings of `symbols.len()` symbols below `radix`, one per tweak: FF1
    /// where the domain is large enough for it, swap-or-not on the number they write otherwise.
    pub(crate) fn permute(&self, tweak: &[u8], symbols: &[u16], radix: u16) -> Vec<u16> {
        if symbols.is_empty() || radix < 2 {
            return symbols.to_vec();
        }
        let size = size_of(symbols.len(), radix);
        if size >= LEAST_FF1_DOMAIN {
            let text = FlexibleNumeralString::from(symbols.to_vec());
            let cipher = FF1::<Aes256>::new(self.key.as_slice(), u32::from(radix));
            if let Ok(Ok(sealed)) = cipher.map(|cipher| cipher.encrypt(tweak, &text)) {
                return sealed.into();
            }
            // INVARIANT: unreachable, symbols below the radix are always a valid numeral string;
            // should it ever be reached, nothing of the value may pass.
            return vec![0; symbols.len()];
        }
        let number = symbols.iter().fold(0_u64, |number, symbol| {
            number * u64::from(radix) + u64::from(*symbol)
        });
        let limit = u64::try_from(size).unwrap_or(1);
        let mut number = self.shuffle(tweak, number, limit);
        let mut shuffled = vec![0; symbols.len()];
        for symbol in shuffled.iter_mut().rev() {
            *symbol = u16::try_from(number % u64::from(radix)).unwrap_or(0);
            number /= u64::from(radix);
        }
        shuffled
    }

    /// A permutation of `0..limit`, one per tweak: swap-or-not (Hoang, Morris, Rogaway 2012), which
    /// fits any small domain exactly, with AES as its round function.
    pub(crate) fn shuffle(&self, tweak: &[u8], number: u64, limit: u64) -> u64 {
        if limit < 2 || number >= limit {
            return 0;
        }
        let key = Zeroizing::new(self.prf("shuffle", &[tweak, &limit.to_be_bytes()].concat()));
        let Ok(cipher) = Aes256::new_from_slice(key.as_slice()) else {
            return 0;
        };
        let encrypt = |kind: u8, round: u8, number: u64| {
            let mut block = Array::from([0_u8; 16]);
            let head = [kind, round].into_iter().chain(number.to_be_bytes());
            block
                .iter_mut()
                .zip(head)
                .for_each(|(byte, given)| *byte = given);
            cipher.encrypt_block(&mut block);
            block
                .iter()
                .take(8)
                .fold(0_u64, |word, byte| (word << 8) | u64::from(*byte))
        };
        let bits = u8::try_from(u64::BITS - limit.leading_zeros()).unwrap_or(64);
        let rounds = bits.max(4).saturating_mul(ROUNDS_PER_BIT);
        (0..rounds).fold(number, |number, round| {
            let partner = (encrypt(0, round, 0) % limit + limit - number) % limit;
            let swaps = encrypt(1, round, number.max(partner)) & 1 == 1;
            if swaps { partner } else { number }
        })
    }
}

fn size_of(length: usize, radix: u16) -> u128 {
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    u128::from(radix).saturating_pow(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subkeys_stand_at_their_discriminants() {
        for (index, (domain, _)) in Domain::ALL.iter().enumerate() {
            assert_eq!(*domain as usize, index);
        }
    }

    #[test]
    fn keys_print_nothing() {
        assert_eq!(format!("{:?}", Keys::from_root(&[7; 32])), "Keys(..)");
    }

    #[test]
    fn small_domains_are_permuted() {
        let keys = Keys::from_root(&[7; 32]);
        for limit in [2, 9, 365, 366, 1000] {
            let mut seen: Vec<u64> = (0..limit)
                .map(|n| keys.of(Domain::Date).shuffle(b"t", n, limit))
                .collect();
            seen.sort_unstable();
            assert_eq!(seen, (0..limit).collect::<Vec<_>>());
        }
    }

    #[test]
    fn large_domains_keep_their_shape_and_depend_on_key_and_tweak() {
        let (one, two) = (Keys::from_root(&[1; 32]), Keys::from_root(&[2; 32]));
        let symbols = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        let sealed = one.of(Domain::Phone).permute(b"a", &symbols, 10);
        assert_eq!(sealed.len(), 9);
        assert!(sealed.iter().all(|digit| *digit < 10));
        assert_ne!(sealed, two.of(Domain::Phone).permute(b"a", &symbols, 10));
        assert_ne!(sealed, one.of(Domain::Phone).permute(b"b", &symbols, 10));
        assert_ne!(sealed, one.of(Domain::Card).permute(b"a", &symbols, 10));
    }
}
