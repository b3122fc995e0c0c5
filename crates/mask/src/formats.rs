//! Structured identifiers: what one looks like, which of its characters prove it, and how to make
//! the proof anew.
//!
//! A row of `table` says all there is to say of one kind: the class of each place, the
//! separators, the check, the odds of passing it by accident, and the words that stand beside one.
//! A *weak* kind (no check, or one in ten) means something only beside such a word, or as the rate
//! of a whole column. It knows no transform: who permutes the free places of an identifier asks
//! [`mend`] for the check characters.

mod alphabet;
mod calendar;
mod checks;
mod iban;
mod keccak;
mod proof;
mod table;
mod wallet;
mod zone;

use std::sync::LazyLock;

use model::Class;

pub(crate) use proof::{Kinds, Nature, Ready};
pub use table::FORMATS;

/// The longest identifier, without separators, that a row describes by places.
const LONGEST: usize = 40;

/// How an identifier's check characters come about.
#[derive(Clone, Copy)]
pub enum Check {
    /// It has none.
    Nothing,
    /// Writes them into the compact text, upper case; `false` if these places admit none.
    Places(fn(&mut [u8]) -> bool),
    /// The whole text with its checks made anew, in its own case and with its separators; `None`
    /// if it is none of the kind. For what has no fixed places: Base58, IBAN, MRZ.
    Whole(fn(&str) -> Option<String>),
}

/// What a place of an identifier may hold, and what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A check character.
    Check,
    /// A digit of a day.
    Day,
    /// Any digit.
    Digit,
    /// A digit or a letter.
    Either,
    /// Any letter.
    Letter,
    /// A digit of a month.
    Month,
    /// One of these characters.
    OneOf(&'static str),
    /// A digit of a year.
    Year,
}

/// One kind of identifier.
#[derive(Clone, Copy)]
pub struct Format {
    /// What else must hold of a compact text whose places are right.
    accepts: fn(&[u8]) -> bool,
    check: Check,
    /// The class of a column of these.
    pub class: Class,
    /// ISO 3166 code of its country, or `""`.
    pub country: &'static str,
    dating: calendar::Dating,
    /// Lengths of the groups it is customarily written in; empty if it is written in one.
    pub groups: &'static [usize],
    /// Its own name, `country.kind`.
    pub name: &'static str,
    /// One in so many texts of its structure passes by accident.
    pub odds: u32,
    /// Characters that may separate its groups.
    pub separators: &'static str,
    /// Its places, one string a length: `9` digit, `A` letter, `X` either, `#` check, `y m d`
    /// digits of a date, `[..]` one of these. Empty if [`Check::Whole`] knows.
    structures: &'static [&'static str],
    /// Words that stand beside one, in lower case.
    pub words: &'static [&'static str],
}

impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl std::fmt::Debug for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// A kind of identifier: its row.
pub type Kind = &'static Format;

/// A text without separators, in upper case, on the stack.
pub(crate) struct Compact {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Compact {
    /// `None` where a character is neither a separator of the kind nor of any identifier.
    pub(crate) fn of(text: &str, separators: &str) -> Option<Self> {
        let mut compact = Self {
            bytes: [0; LONGEST],
            length: 0,
        };
        for byte in text.bytes() {
            if separators.as_bytes().contains(&byte) {
                continue;
            }
            *compact.bytes.get_mut(compact.length)? = byte.to_ascii_uppercase();
            compact.length += 1;
        }
        Some(compact)
    }

    pub(crate) fn get(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(&[])
    }

    pub(crate) fn all_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(..self.length).unwrap_or(&mut [])
    }
}

/// Whether a text is one of the kind, checks included.
pub fn holds(kind: Kind, text: &str) -> bool {
    if let Check::Whole(mended) = kind.check {
        return mended(text).is_some_and(|mended| mended == text);
    }
    let Some(mut compact) = kind.shaped_compact(text) else {
        return false;
    };
    let Check::Places(fill) = kind.check else {
        return true;
    };
    let given = compact.bytes;
    fill(compact.all_mut()) && given == compact.bytes
}

/// Whether a text has the places, date and ranges of the kind, whatever its check characters.
pub fn is_shaped(kind: Kind, text: &str) -> bool {
    match kind.check {
        Check::Whole(mended) => mended(text).is_some(),
        _ => kind.shaped_compact(text).is_some(),
    }
}

/// The kinds a text is one of.
pub fn found_in(text: &str) -> impl Iterator<Item = Kind> {
    let length = text.bytes().filter(u8::is_ascii_alphanumeric).count();
    candidates(length).filter(move |kind| holds(kind, text))
}

/// The text with its check characters made anew: for one whose other places were permuted.
/// `None` if what is there is none of the kind: an impossible date, a body without a check.
pub fn mend(kind: Kind, text: &str) -> Option<String> {
    if let Check::Whole(mended) = kind.check {
        return mended(text);
    }
    let mut compact = kind.shaped_compact(text)?;
    if let Check::Places(fill) = kind.check
        && !fill(compact.all_mut())
    {
        return None;
    }
    // Whether a check may be a letter here is the row's to say, not the sum's.
    kind.structure_of(compact.get())?;
    let mut checked = compact.get().iter();
    let put = |c: char| {
        if kind.separators.contains(c) {
            return Some(c);
        }
        let put = char::from(*checked.next()?);
        Some(if c.is_ascii_lowercase() {
            put.to_ascii_lowercase()
        } else {
            put
        })
    };
    text.chars().map(put).collect()
}

/// What each character of a text is for, separators left out, if it is shaped as the kind.
pub fn places(kind: Kind, text: &str) -> Option<Vec<Place>> {
    let compact = kind.shaped_compact(text)?;
    Some(Places(kind.structure_of(compact.get())?).collect())
}

/// Between which numbers a day or month of that kind may be moved: those that say theirs in the
/// same way (Poland's months of the next century are 21 to 32).
pub(crate) fn dated(kind: Kind, place: Place, value: u32) -> Option<(u32, u32)> {
    let (bases, most) = match place {
        Place::Month => (kind.dating.months, 12),
        _ => (kind.dating.days, 31),
    };
    let base_of = |value: u32| {
        let says = |added: &&u32| (1..=most).contains(&value.saturating_sub(**added));
        bases.iter().find(says)
    };
    let base = base_of(value)?;
    let is_same = |value: &u32| base_of(*value) == Some(base);
    let least = (1..=value).find(is_same)?;
    let most = (value..100).take_while(is_same).last()?;
    Some((least, most))
}

/// The kind of a name.
pub fn named(name: &str) -> Option<Kind> {
    FORMATS.iter().find(|kind| kind.name == name)
}

/// The kinds that a text of so many letters and digits may be.
pub fn candidates(length: usize) -> impl Iterator<Item = Kind> {
    static BY_LENGTH: LazyLock<Vec<Vec<Kind>>> = LazyLock::new(|| {
        let of = |length| {
            let fits = |kind: &Kind| kind.fits(length);
            FORMATS.iter().filter(fits).collect()
        };
        (0..128).map(of).collect()
    });
    BY_LENGTH.get(length).into_iter().flatten().copied()
}

impl Format {
    /// Whether a text of so many letters and digits can be one.
    fn fits(&self, length: usize) -> bool {
        match self.structures {
            [] => (14..128).contains(&length),
            structures => structures.iter().any(|structure| {
                let signs = Places(structure).filter(|place| match place {
                    // A separator that says something, as the century sign of Finland.
                    Place::OneOf(any) => any.bytes().any(|byte| !byte.is_ascii_alphanumeric()),
                    _ => false,
                });
                let (all, signs) = (Places(structure).count(), signs.count());
                (all - signs..=all).contains(&length)
            }),
        }
    }

    fn shaped_compact(&self, text: &str) -> Option<Compact> {
        let compact = Compact::of(text, self.separators)?;
        let structure = self.structure_of(compact.get())?;
        let is_dated = calendar::is_dated(self.dating, Places(structure), compact.get());
        (is_dated && (self.accepts)(compact.get())).then_some(compact)
    }

    fn structure_of(&self, compact: &[u8]) -> Option<&'static str> {
        let fits = |structure: &&&'static str| {
            let mut bytes = compact.iter();
            Places(structure).all(|place| bytes.next().is_some_and(|byte| place.admits(*byte)))
                && bytes.next().is_none()
        };
        self.structures.iter().find(fits).copied()
    }

    /// Whether passing its check means next to nothing.
    pub fn is_weak(&self) -> bool {
        self.odds < 50
    }
}

impl Place {
    fn admits(self, byte: u8) -> bool {
        match self {
            Self::Check | Self::Either => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
            Self::Day | Self::Digit | Self::Month | Self::Year => byte.is_ascii_digit(),
            Self::Letter => byte.is_ascii_uppercase(),
            Self::OneOf(any) => any.as_bytes().contains(&byte),
        }
    }
}

/// The places a structure writes.
struct Places(&'static str);

impl Iterator for Places {
    type Item = Place;

    fn next(&mut self) -> Option<Place> {
        let (first, rest) = self.0.split_at_checked(1)?;
        self.0 = rest;
        Some(match first {
            "9" => Place::Digit,
            "A" => Place::Letter,
            "X" => Place::Either,
            "#" => Place::Check,
            "y" => Place::Year,
            "m" => Place::Month,
            "d" => Place::Day,
            _ => {
                let (any, rest) = rest.split_once(']')?;
                self.0 = rest;
                Place::OneOf(any)
            }
        })
    }
}

#[cfg(test)]
mod tests;
