//! The keys of masking: one root, one subkey per domain, versioned by their info strings.
//!
//! A domain is what must agree: every e-mail column shares one, given names inside whole names
//! share that of given names. It draws nothing at random and keeps nothing: the root is an
//! argument. Rotation means a new root or a new version in the info strings; both change stand-ins.

mod ff1;
mod narrow;
mod year;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use ff1::Ff1;
pub(crate) use ff1::Shape;
use narrow::Narrow;
use year::Years;

/// FF1 wants at least this many values in its domain (NIST SP 800-38G rev. 1).
const LEAST_FF1_DOMAIN: u128 = 1_000_000;

/// Which way a value goes through a permutation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// From a stand-in to the value it stands for.
    Find,
    /// From a value to its stand-in.
    Hide,
}

/// What must agree on its stand-ins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Domain {
    Account,
    Address,
    Amount,
    Card,
    Date,
    Device,
    Email,
    FamilyName,
    Geo,
    GivenName,
    Host,
    Iban,
    Ip,
    Ip4,
    Ip6,
    Mac,
    MedicalId,
    NationalId,
    Passport,
    Phone,
    Place,
    PostalCode,
    Secret,
    Username,
    Uuid,
    Vehicle,
    Wallet,
}

impl Domain {
    /// Every domain, in the order of its declaration, with the info string of its subkey.
    const ALL: [(Self, &'static str); 27] = [
        (Self::Account, "account"),
        (Self::Address, "address"),
        (Self::Amount, "amount"),
        (Self::Card, "card"),
        (Self::Date, "date"),
        (Self::Device, "device"),
        (Self::Email, "email"),
        (Self::FamilyName, "family_name"),
        (Self::Geo, "geo"),
        (Self::GivenName, "given_name"),
        (Self::Host, "host"),
        (Self::Iban, "iban"),
        (Self::Ip, "ip"),
        (Self::Ip4, "ip4"),
        (Self::Ip6, "ip6"),
        (Self::Mac, "mac"),
        (Self::MedicalId, "medical_id"),
        (Self::NationalId, "national_id"),
        (Self::Passport, "passport"),
        (Self::Phone, "phone"),
        (Self::Place, "place"),
        (Self::PostalCode, "postal_code"),
        (Self::Secret, "secret"),
        (Self::Username, "username"),
        (Self::Uuid, "uuid"),
        (Self::Vehicle, "vehicle"),
        (Self::Wallet, "wallet"),
    ];
}

/// All masking keys of one tenant.
pub struct Keys {
    subkeys: [Subkey; Domain::ALL.len()],
    years: Years,
}

impl Keys {
    /// Keys derived from a root.
    pub fn from_root(root: &[u8; 32]) -> Self {
        let hkdf = Hkdf::<Sha256>::new(Some(b"portcullis mask"), root);
        Self {
            subkeys: Domain::ALL.map(|(_, word)| Subkey::of(&hkdf, word)),
            years: Years::default(),
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

    /// The same, for values that go one way.
    pub(crate) fn turned(&self, way: Way) -> Turn<'_> {
        Turn { keys: self, way }
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(..)")
    }
}

/// The keys, and which way values go: a transform written once hides and finds.
#[derive(Clone, Copy)]
pub(crate) struct Turn<'k> {
    pub(crate) keys: &'k Keys,
    pub(crate) way: Way,
}

impl<'k> Turn<'k> {
    /// The permutations of a domain.
    pub(crate) fn of(self, domain: Domain) -> Key<'k> {
        Key {
            subkey: self.keys.of(domain),
            way: self.way,
        }
    }

    /// A day's stand-in: another of the same year. Days are counted from 2000-01-01.
    pub(crate) fn day(self, day: i64) -> i64 {
        self.keys.years.turned(self.of(Domain::Date), day)
    }
}

/// The key of one domain: a PRF and two families of permutations.
pub(crate) struct Subkey {
    /// Keyed once: a value then costs two blocks less to hash, half of what a short one costs.
    keyed: Hmac<Sha256>,
    narrow: Narrow,
    wide: Ff1,
}

impl Subkey {
    fn of(hkdf: &Hkdf<Sha256>, domain: &str) -> Self {
        let derive = |purpose: &str| {
            let mut key = Zeroizing::new([0_u8; 32]);
            let info = [b"mask/v2/", domain.as_bytes(), purpose.as_bytes()];
            // 32 bytes are far below HKDF's bound; a zero key would still be refused by no one, so
            // the expansion's own claim is checked.
            let expanded = hkdf.expand_multi_info(&info, key.as_mut_slice());
            debug_assert!(expanded.is_ok());
            key
        };
        // HMAC pads a short key with zeros to the hash's block (RFC 2104 §2): the same, without a
        // fallible constructor.
        let mut block = Zeroizing::new([0; 64]);
        block
            .iter_mut()
            .zip(derive("/prf").iter())
            .for_each(|(to, from)| *to = *from);
        Self {
            keyed: Hmac::new(&(*block).into()),
            narrow: Narrow::new(&derive("/narrow")),
            wide: Ff1::new(derive("/wide")),
        }
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

    /// Pseudo-random numbers for a tweak.
    pub(crate) fn stream(&self, tweak: &[u8]) -> impl Iterator<Item = u64> {
        self.narrow.stream(tweak)
    }
}

/// The permutations of one domain, one way. Each is a permutation per tweak: FF1 where the domain
/// is large enough for it, one cycle of swap-or-not otherwise.
#[derive(Clone, Copy)]
pub(crate) struct Key<'k> {
    subkey: &'k Subkey,
    pub(crate) way: Way,
}

impl std::ops::Deref for Key<'_> {
    type Target = Subkey;
    fn deref(&self) -> &Subkey {
        self.subkey
    }
}

impl Key<'_> {
    /// Permutes the strings of `symbols.len()` symbols below `radix`.
    pub(crate) fn permute(self, tweak: &[u8], symbols: &mut [u8], radix: u32) {
        if symbols.is_empty() || radix < 2 {
            return;
        }
        let length = u32::try_from(symbols.len()).unwrap_or(u32::MAX);
        let size = u128::from(radix).saturating_pow(length);
        if size >= LEAST_FF1_DOMAIN {
            return self.wide.symbols(self.way, tweak, symbols, radix);
        }
        let shown = self.below(tweak, ff1::number(symbols, radix), size);
        ff1::write(shown, symbols, radix);
    }

    /// Permutes `0..size`; what is not below `size` becomes 0.
    pub(crate) fn below(self, tweak: &[u8], number: u128, size: u128) -> u128 {
        if number >= size {
            return 0;
        }
        if size < LEAST_FF1_DOMAIN {
            let number = u64::try_from(number).unwrap_or(0);
            let limit = u64::try_from(size).unwrap_or(1);
            return u128::from(self.narrow.cycle(self.way, tweak, number, limit));
        }
        let length = u128::BITS - (size - 1).leading_zeros();
        let shape = Shape { length, radix: 2 };
        let tail = shape.tail();
        let mut shown = number;
        // Again until it is below: a permutation of those that are ("cycle walking"). Of the
        // numbers of as many bits at least half are.
        loop {
            let halves = (shown >> tail, shown & !(u128::MAX << tail));
            let Some((a, b)) = self.wide.halves(self.way, tweak, shape, halves) else {
                return 0;
            };
            shown = (a << tail) | b;
            if shown < size {
                return shown;
            }
        }
    }

    /// Permutes the numbers from `least` to `most`, of which the number is one.
    pub(crate) fn within(self, tweak: &[u8], number: u128, (least, most): (u128, u128)) -> u128 {
        let size = (most - least).saturating_add(1);
        least + self.below(tweak, number.saturating_sub(least), size)
    }

    /// Permutes a number of so many symbols below `radix`; `None` where there are too many.
    pub(crate) fn string(self, tweak: &[u8], number: u128, shape: Shape) -> Option<u128> {
        let tail = u128::from(shape.radix).checked_pow(shape.tail())?;
        let halves = (number / tail, number % tail);
        let (a, b) = self.wide.halves(self.way, tweak, shape, halves)?;
        Some(a * tail + b)
    }

    /// Flips each of the leading `width` bits by a keyed function of the bits before it, so that
    /// what shares a prefix shares it still (Crypto-PAn).
    pub(crate) fn prefix(self, bits: u128, width: u32) -> u128 {
        let mut shown = 0_u128;
        let mut real = 0_u128;
        for place in 0..width {
            // The place is told by a marker bit after the prefix, so no two prefixes share a block.
            let mark = 1_u128 << (127 - place);
            let flip = if self.narrow.bit(real | mark) {
                mark
            } else {
                0
            };
            let given = bits & mark;
            let (was, is) = match self.way {
                Way::Find => (given ^ flip, given),
                Way::Hide => (given, given ^ flip),
            };
            real |= was;
            shown |= is;
        }
        match self.way {
            Way::Find => real,
            Way::Hide => shown,
        }
    }
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
    fn permutations_keep_their_shape_and_depend_on_key_and_tweak() {
        let (one, two) = (Keys::from_root(&[1; 32]), Keys::from_root(&[2; 32]));
        for plain in [&[1, 2, 3, 4, 5, 6, 7, 8, 9][..], &[1, 2, 3], &[7; 90]] {
            let turned = |keys: &Keys, domain, tweak: &[u8], way, symbols: &[u8]| {
                let mut symbols = symbols.to_vec();
                keys.turned(way).of(domain).permute(tweak, &mut symbols, 10);
                symbols
            };
            let shown = turned(&one, Domain::Phone, b"a", Way::Hide, plain);
            assert!(shown.iter().all(|digit| *digit < 10));
            assert_ne!(shown, plain);
            assert_ne!(shown, turned(&two, Domain::Phone, b"a", Way::Hide, plain));
            assert_ne!(shown, turned(&one, Domain::Phone, b"b", Way::Hide, plain));
            assert_ne!(shown, turned(&one, Domain::Card, b"a", Way::Hide, plain));
            assert_eq!(turned(&one, Domain::Phone, b"a", Way::Find, &shown), plain);
        }
    }

    #[test]
    fn numbers_of_every_size_go_there_and_back() {
        let keys = Keys::from_root(&[1; 32]);
        let (hide, find) = (keys.turned(Way::Hide), keys.turned(Way::Find));
        for size in [
            2,
            999_999,
            1_000_000,
            1_000_001,
            u128::from(u64::MAX),
            u128::MAX,
        ] {
            for number in [0, 1, size / 2, size - 1] {
                let shown = hide.of(Domain::Card).below(b"t", number, size);
                assert!(shown < size);
                assert_eq!(find.of(Domain::Card).below(b"t", shown, size), number);
            }
        }
    }
}
