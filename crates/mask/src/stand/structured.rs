//! Identifiers of a known kind: their free places permuted, their checks made anew.
//!
//! What a text is ([`Nature`]) is kept by its stand-in: the three surest kinds it proves, since a
//! number often passes more checks than that of its own office, and nobody says which that is. So
//! the texts of each nature are permuted among themselves, and a text of none among those of none.
//! Zeros that a number column loses are not counted.

use std::sync::LazyLock;

use model::Class;

use super::digits;
use super::slot::slots;
use crate::formats::{self, Compact, Kinds, Nature, Place, Ready};
use crate::keys::Key;

/// How many zeros a number column may have lost.
const LOST: usize = 2;
/// The most figures that are read as an identifier.
const MOST_FIGURES: usize = 62;

/// The kinds that a column of a class holds: those of health hold national ones and the other way
/// round.
fn kinds(class: Class) -> &'static Kinds {
    static ACCOUNTS: LazyLock<Kinds> = LazyLock::new(|| Kinds::of(&[Class::BankAccount]));
    static DEVICES: LazyLock<Kinds> = LazyLock::new(|| Kinds::of(&[Class::DeviceId]));
    static PASSPORTS: LazyLock<Kinds> = LazyLock::new(|| Kinds::of(&[Class::Passport]));
    static PERSONAL: LazyLock<Kinds> =
        LazyLock::new(|| Kinds::of(&[Class::MedicalId, Class::NationalId]));
    static VEHICLES: LazyLock<Kinds> = LazyLock::new(|| Kinds::of(&[Class::VehicleId]));
    match class {
        Class::BankAccount => &ACCOUNTS,
        Class::DeviceId => &DEVICES,
        Class::Passport => &PASSPORTS,
        Class::VehicleId => &VEHICLES,
        _ => &PERSONAL,
    }
}

/// An identifier of a class.
pub(crate) fn identifier(key: Key<'_>, class: Class, text: &str) -> String {
    let kinds = kinds(class);
    let is_figures = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte.is_ascii() && !byte.is_ascii_alphanumeric());
    if is_figures && !kinds.is_signed(text.as_bytes()) {
        return figures(key, kinds, text);
    }
    let words = Words::of(kinds, text);
    let (nature, kind) = words.read(text);
    if let Some(ready) = kind {
        let spelled = |compact: &[u8]| words.spelled(compact, ready.kind.separators);
        let compact = if words.is_compact {
            Compact::of(&compact(text), "")
        } else {
            Compact::of(text, ready.kind.separators)
        };
        let is_alike = |shown: &[u8]| {
            // Without separators nothing but the case is spelled otherwise, which says nothing.
            if words.is_bare {
                kinds.is(nature, shown)
            } else {
                words.is(nature, &spelled(shown))
            }
        };
        let shown = compact.and_then(|compact| walked(key, ready, compact.get(), is_alike));
        if let Some(shown) = shown {
            return spelled(&shown);
        }
        // Without places of its own (an MRZ): its checks made anew, if it comes out as one.
        let shown = digits::identifier(key, "", text);
        return formats::mend(ready.kind, &shown).unwrap_or(shown);
    }
    let step = |text: &String| digits::identifier(key, "", text);
    digits::walk(&text.to_owned(), step, |shown| words.is(nature, shown))
}

/// How a text with letters is written, and read.
struct Words<'t> {
    is_bare: bool,
    /// Whether it is read without what stands between its letters and digits.
    is_compact: bool,
    kinds: &'static Kinds,
    text: &'t str,
}

impl<'t> Words<'t> {
    fn of(kinds: &'static Kinds, text: &'t str) -> Self {
        let is_plain = text.chars().all(|c| c.is_ascii() || !c.is_alphanumeric());
        let is_written = kinds.nature(text.as_bytes()).0.is_any();
        let is_bare = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        Self {
            is_bare,
            is_compact: is_plain && !is_written && !is_bare,
            kinds,
            text,
        }
    }

    fn read(&self, text: &str) -> (Nature, Option<&'static Ready>) {
        if self.is_compact {
            self.kinds.nature(compact(text).as_bytes())
        } else {
            self.kinds.nature(text.as_bytes())
        }
    }

    /// Whether another text, written likewise, is read likewise and is that.
    fn is(&self, nature: Nature, text: &str) -> bool {
        if !self.is_compact {
            return self.kinds.is(nature, text.as_bytes());
        }
        let is_unread = self.kinds.is(Nature::default(), text.as_bytes());
        is_unread && self.kinds.is(nature, compact(text).as_bytes())
    }

    /// The text with the letters and digits of another in their places, in the case of its own.
    fn spelled(&self, compact: &[u8], separators: &str) -> String {
        let mut signs = compact.iter().copied().map(char::from);
        let is_kept = |c: char| {
            if self.is_compact {
                !c.is_ascii_alphanumeric()
            } else {
                separators.contains(c)
            }
        };
        let put = |c: char| match (is_kept(c), c.is_ascii_lowercase()) {
            (true, _) => c,
            (false, true) => signs.next().unwrap_or('0').to_ascii_lowercase(),
            (false, false) => signs.next().unwrap_or('0'),
        };
        self.text.chars().map(put).collect()
    }
}

fn compact(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// Figures as they are read: without their leading zeros, behind as many of those as let them be
/// something.
struct Figures {
    kinds: &'static Kinds,
    /// How many zeros are written.
    zeros: usize,
}

impl Figures {
    fn behind(pad: usize, padded: &[u8]) -> &[u8] {
        padded.get(LOST - pad..).unwrap_or(&[])
    }

    /// What a number behind [`LOST`] zeros is, and behind how many: those it has, if they make it
    /// prove something, or else as few as let it be anything.
    fn read(&self, padded: &[u8]) -> (usize, Nature, Option<&'static Ready>) {
        let of = |pad: usize| {
            let (nature, kind) = self.kinds.nature(Self::behind(pad, padded));
            (pad, nature, kind)
        };
        if (1..=LOST).contains(&self.zeros) {
            let given = of(self.zeros);
            if given.1.is_proven() {
                return given;
            }
        }
        let mut shaped = None;
        for pad in 0..=LOST {
            let found = of(pad);
            if found.1.is_proven() {
                return found;
            }
            if found.1.is_any() && shaped.is_none() {
                shaped = Some(found);
            }
        }
        shaped.unwrap_or((0, Nature::default(), None))
    }

    /// Whether another number is read as that.
    fn is(&self, (pad, nature): (usize, Nature), padded: &[u8]) -> bool {
        let is_proven = |pad: usize| self.kinds.is_proven(Self::behind(pad, padded));
        let is = |pad: usize, nature: Nature| self.kinds.is(nature, Self::behind(pad, padded));
        if (1..=LOST).contains(&self.zeros) {
            if pad == self.zeros && nature.is_proven() {
                return is(pad, nature);
            }
            if is_proven(self.zeros) {
                return false;
            }
        }
        (0..=LOST).all(|at| match (at == pad, nature.is_proven()) {
            (true, _) => is(at, nature),
            (false, true) => at > pad || !is_proven(at),
            (false, false) if at > pad && nature.is_any() => !is_proven(at),
            (false, false) => is(at, Nature::default()),
        })
    }
}

/// A text whose letters and digits are digits.
fn figures(key: Key<'_>, kinds: &'static Kinds, text: &str) -> String {
    let all = || text.bytes().filter(u8::is_ascii_digit);
    let zeros = all().take_while(|digit| *digit == b'0').count();
    let mut padded = vec![b'0'; LOST];
    padded.extend(all().skip(zeros));
    let count = padded.len() - LOST;
    if count == 0 {
        return text.to_owned();
    }
    let as_read = Figures { kinds, zeros };
    let (pad, nature, kind) = if count > MOST_FIGURES {
        (0, Nature::default(), None)
    } else {
        as_read.read(&padded)
    };
    let put = |bare: &[u8]| {
        let mut bare = std::iter::repeat_n(b'0', zeros).chain(bare.iter().copied());
        let put = |c: char| match c {
            '0'..='9' => bare.next().map_or('0', char::from),
            c => c,
        };
        text.chars().map(put).collect::<String>()
    };
    let has_signs = text.bytes().any(|byte| !byte.is_ascii_digit());
    let is_alike = |bare: &[u8]| {
        let mut padded = [b'0'; LOST + MOST_FIGURES];
        let Some(place) = padded.get_mut(LOST..LOST + bare.len()) else {
            return true;
        };
        place.copy_from_slice(bare);
        bare.first() != Some(&b'0')
            && as_read.is(
                (pad, nature),
                padded.get(..LOST + bare.len()).unwrap_or(&[]),
            )
            && !(has_signs && kinds.is_signed(put(bare).as_bytes()))
    };
    let shown = kind.and_then(|ready| {
        let is_alike = |shown: &[u8]| {
            let (zeros, bare) = shown.split_at_checked(pad).unwrap_or((&[], shown));
            zeros.iter().all(|byte| *byte == b'0') && is_alike(bare)
        };
        walked(key, ready, Figures::behind(pad, &padded), is_alike)
    });
    if let Some(bare) = shown.as_deref().and_then(|shown| shown.get(pad..)) {
        return put(bare);
    }
    let step = |number: &Vec<u8>| {
        let figures: Vec<u8> = number.iter().map(|byte| byte - b'0').collect();
        digits::written(&digits::permute(key, b"number", &figures)).into_bytes()
    };
    let number = padded.split_off(LOST);
    put(&digits::walk(&number, step, |bare| {
        kind.is_some() || is_alike(bare)
    }))
}

/// Permutes the free places until what they say is alike; `None` where there are none to permute.
fn walked(
    key: Key<'_>,
    ready: &Ready,
    text: &[u8],
    is_alike: impl Fn(&[u8]) -> bool,
) -> Option<Vec<u8>> {
    /// More than any nature needs: the odds of missing it so often are none.
    const MOST_STEPS: usize = 100_000;
    let places = ready.places(text)?;
    let slots = slots(ready, places, text)?;
    let size = slots
        .iter()
        .try_fold(1_u128, |size, slot| size.checked_mul(slot.size.into()))?;
    if !(2..=1 << 120).contains(&size) {
        return None;
    }
    let start = slots.iter().fold(0_u128, |number, slot| {
        number * u128::from(slot.size) + u128::from(slot.index)
    });
    let numbers = key.numbers(ready.kind.name.as_bytes(), size);
    let mut signs = wiped(places, text);
    let mut shown = signs.clone();
    let mut number = start;
    for _ in 0..MOST_STEPS {
        number = numbers.turned(number);
        let mut rest = number;
        for slot in slots.iter().rev() {
            let index;
            (rest, index) = divided(rest, slot.size);
            slot.put(index, &mut signs);
        }
        shown.copy_from_slice(&signs);
        if ready.mend(&mut shown) && is_spelt_alike(&shown, text) && is_alike(&shown) {
            return Some(shown);
        }
        if number == start {
            return None;
        }
    }
    None
}

/// A number divided, and what is left over; most are small enough for the machine's own division.
fn divided(number: u128, size: u32) -> (u128, u32) {
    if let Ok(number) = u64::try_from(number) {
        let rest = u32::try_from(number % u64::from(size)).unwrap_or(0);
        return (u128::from(number / u64::from(size)), rest);
    }
    let rest = u32::try_from(number % u128::from(size)).unwrap_or(0);
    (number / u128::from(size), rest)
}

/// The text with something else in the places of its checks.
fn wiped(places: &[Place], text: &[u8]) -> Vec<u8> {
    let wipe = |(byte, place): (&u8, &Place)| match (place, byte) {
        (Place::Check, b'0'..=b'9') => b'0',
        (Place::Check, _) => b'A',
        _ => *byte,
    };
    text.iter().zip(places).map(wipe).collect()
}

/// Whether digits stand where digits stood: a check that may be either says which it was.
fn is_spelt_alike(shown: &[u8], text: &[u8]) -> bool {
    let is_digit = u8::is_ascii_digit;
    shown.iter().map(is_digit).eq(text.iter().map(is_digit))
}
