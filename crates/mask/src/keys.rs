//! The keys of masking: one root, a tenant's keys below it, one subkey per domain.
//!
//! ```text
//! root ─HKDF─▶ tenant ─HKDF(version, domain, scope)─▶ subkey: a PRF and two ciphers
//! ```
//! A domain is what must agree: every e-mail column shares one, given names inside whole names
//! share that of given names. A scope says among whom: all readers of the tenant, one identity, or
//! one session. It draws nothing at random and keeps nothing: the root is an argument. Another
//! version in the configuration gives other stand-ins.

mod block;
mod domain;
mod ff1;
mod narrow;
mod year;

use std::sync::{Arc, OnceLock};

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use model::Class;
use sha2::Sha256;
use zeroize::Zeroizing;

use block::Work;
pub(crate) use domain::Domain;
pub(crate) use ff1::Shape;
use ff1::{Ff1, Strings};
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

/// All masking keys of one tenant, or of one reader of it. Subkeys are made when first asked for.
pub struct Keys {
    /// Whose keys are taken where a domain has no scope of its own.
    beyond: Option<Arc<Keys>>,
    scopes: [Option<Arc<[u8]>>; Domain::ALL.len()],
    subkeys: [OnceLock<Box<Subkey>>; Domain::ALL.len()],
    tenant: Hkdf<Sha256>,
    version: u32,
    years: OnceLock<Box<Years>>,
}

impl Keys {
    /// The keys of an installation's only tenant, in their first version.
    pub fn from_root(root: &[u8; 32]) -> Self {
        Self::of_tenant(root, "", 1)
    }

    /// The keys of a tenant in a version.
    pub fn of_tenant(root: &[u8; 32], tenant: &str, version: u32) -> Self {
        let root = Hkdf::<Sha256>::new(Some(b"portcullis mask"), root);
        let mut key = Zeroizing::new([0; 32]);
        expand(&root, &[b"mask/tenant/", tenant.as_bytes()], &mut key);
        Self::below(Hkdf::new(Some(b"portcullis tenant"), &*key), version)
    }

    fn below(tenant: Hkdf<Sha256>, version: u32) -> Self {
        Self {
            beyond: None,
            scopes: std::array::from_fn(|_| None),
            subkeys: std::array::from_fn(|_| OnceLock::new()),
            tenant,
            version,
            years: OnceLock::new(),
        }
    }

    /// Keys of one reader: the domains of these classes under a scope of their own. Where classes
    /// share a domain the last scope given for it holds.
    pub fn scoped(self: &Arc<Self>, scopes: impl IntoIterator<Item = (Class, Arc<[u8]>)>) -> Self {
        let mut keys = Self::below(self.tenant.clone(), self.version);
        keys.beyond = Some(Arc::clone(self));
        for (class, scope) in scopes {
            for domain in Domain::of(class) {
                if let Some(place) = keys.scopes.get_mut(*domain as usize) {
                    *place = Some(Arc::clone(&scope));
                }
            }
        }
        keys
    }

    /// The version these are of.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The subkey of a domain.
    #[expect(
        clippy::indexing_slicing,
        reason = "one subkey per variant, by its discriminant"
    )]
    pub(crate) fn of(&self, domain: Domain) -> &Subkey {
        let at = domain as usize;
        match (&self.beyond, &self.scopes[at]) {
            (Some(beyond), None) => beyond.of(domain),
            (_, scope) => self.subkeys[at].get_or_init(|| {
                let scope = scope.as_deref().unwrap_or(&[]);
                Box::new(Subkey::of(&self.tenant, (self.version, domain, scope)))
            }),
        }
    }

    #[expect(clippy::indexing_slicing, reason = "by its discriminant")]
    fn years(&self) -> &Years {
        match (&self.beyond, &self.scopes[Domain::Date as usize]) {
            (Some(beyond), None) => beyond.years(),
            _ => self.years.get_or_init(Box::default),
        }
    }

    /// The same, for values that go one way.
    pub(crate) fn turned(&self, way: Way) -> Turn<'_> {
        Turn { keys: self, way }
    }
}

fn expand(hkdf: &Hkdf<Sha256>, info: &[&[u8]], key: &mut [u8; 32]) {
    // 32 bytes are far below HKDF's bound; a zero key would still be refused by no one, so the
    // expansion's own claim is checked.
    let expanded = hkdf.expand_multi_info(info, key);
    debug_assert!(expanded.is_ok());
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
        self.keys.years().turned(self.of(Domain::Date), day)
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
    fn of(tenant: &Hkdf<Sha256>, (version, domain, scope): (u32, Domain, &[u8])) -> Self {
        let word = Domain::ALL
            .get(domain as usize)
            .map_or("", |(_, word)| word);
        let version = version.to_be_bytes();
        let derive = |purpose: &str| {
            let mut key = Zeroizing::new([0_u8; 32]);
            let length = [u8::try_from(word.len()).unwrap_or(0)];
            let info = [
                &version[..],
                &length,
                word.as_bytes(),
                purpose.as_bytes(),
                scope,
            ];
            expand(tenant, &info, &mut key);
            key
        };
        // HMAC pads a short key with zeros to the hash's block (RFC 2104 §2): the same, without a
        // fallible constructor.
        let mut block = Zeroizing::new([0; 64]);
        block
            .iter_mut()
            .zip(derive("/prf/").iter())
            .for_each(|(to, from)| *to = *from);
        Self {
            keyed: Hmac::new(&(*block).into()),
            narrow: Narrow::new(&derive("/narrow/")),
            wide: Ff1::new(derive("/wide/")),
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

impl<'k> Key<'k> {
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
        self.numbers(tweak, size).turned(number)
    }

    /// The permutation of `0..size` under a tweak.
    pub(crate) fn numbers<'t>(self, tweak: &'t [u8], size: u128) -> Numbers<'k, 't>
    where
        'k: 't,
    {
        let length = u128::BITS - size.saturating_sub(1).leading_zeros();
        let shape = Shape { length, radix: 2 };
        let is_wide = size >= LEAST_FF1_DOMAIN;
        let strings = is_wide.then(|| self.subkey.wide.strings(tweak, shape));
        Numbers {
            narrow: (!is_wide).then_some((&self.subkey.narrow, tweak)),
            shape,
            size,
            strings: strings.flatten(),
            way: self.way,
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
        let (a, b) = self.wide.strings(tweak, shape)?.turned(self.way, halves);
        Some(a * tail + b)
    }

    /// Flips each of the leading `width` bits by a keyed function of the bits before it, so that
    /// what shares a prefix shares it still (Crypto-PAn).
    pub(crate) fn prefix(self, bits: u128, width: u32) -> u128 {
        let way = self.way;
        self.narrow.bits(Prefix { bits, way, width })
    }
}

/// An address on its way.
struct Prefix {
    bits: u128,
    way: Way,
    width: u32,
}

impl Work for Prefix {
    type Made = u128;

    #[expect(clippy::inline_always, reason = "else each block is a call")]
    #[inline(always)]
    fn done(self, sealed: impl Fn(u128) -> u128) -> u128 {
        let mut shown = 0_u128;
        let mut real = 0_u128;
        for place in 0..self.width {
            // The place is told by a marker bit after the prefix, so no two prefixes share a block.
            let mark = 1_u128 << (127 - place);
            let flip = mark * (sealed(real | mark) & 1);
            let given = self.bits & mark;
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

/// The permutation of `0..size` under one tweak, one way: what its values share is done once.
pub(crate) struct Numbers<'k, 't> {
    /// Where the domain is a small one.
    narrow: Option<(&'k Narrow, &'t [u8])>,
    shape: Shape,
    size: u128,
    strings: Option<Strings<'k>>,
    way: Way,
}

impl Numbers<'_, '_> {
    /// Permutes a number; what is not below the size becomes 0.
    pub(crate) fn turned(&self, number: u128) -> u128 {
        if number >= self.size {
            return 0;
        }
        if let Some((narrow, tweak)) = self.narrow {
            let number = u64::try_from(number).unwrap_or(0);
            let limit = u64::try_from(self.size).unwrap_or(1);
            return u128::from(narrow.cycle(self.way, tweak, number, limit));
        }
        let Some(strings) = &self.strings else {
            return 0;
        };
        let tail = self.shape.tail();
        let mut shown = number;
        // Again until it is below: a permutation of those that are ("cycle walking"). Of the
        // numbers of as many bits at least half are.
        loop {
            let halves = (shown >> tail, shown & !(u128::MAX << tail));
            let (a, b) = strings.turned(self.way, halves);
            shown = (a << tail) | b;
            if shown < self.size {
                return shown;
            }
        }
    }
}

#[cfg(test)]
mod tests;
