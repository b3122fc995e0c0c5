//! What a text proves: the kinds among a few classes whose checks it passes, told fast.
//!
//! The rows of the table read once into masks: a text is held against some thirty kinds, and a
//! permutation that keeps what it is against them many times over. It says what [`super::holds`]
//! says, and allocates nothing.

use model::Class;

use super::{Check, Compact, FORMATS, Format, Kind, LONGEST, Place, Places, calendar};

/// From these odds on a kind is proven by its check; below, by its shape alone.
const PROVEN: u32 = 10;
/// The longest identifier that is looked at.
const MOST: usize = 128;
/// How many proven kinds a nature holds, the surest. Each more makes a stand-in ten times as hard
/// to find for the numbers that prove so many.
const TOLD: u32 = 3;

/// The kinds of a few classes, by how many letters and digits they have.
pub(crate) struct Kinds {
    by_length: Vec<Vec<Ready>>,
}

/// A row with its places read.
pub(crate) struct Ready {
    /// The row.
    pub(crate) kind: Kind,
    /// One a length.
    shapes: Vec<Shape>,
    /// Whether one of its places may hold what is no letter and no digit.
    is_signed: bool,
}

struct Shape {
    checks: Vec<usize>,
    has_date: bool,
    masks: Vec<u128>,
    places: Vec<Place>,
}

/// What a text is. A permutation that keeps it keeps every check it passes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Nature {
    /// The surest kinds that the text proves, each a bit by its place in the list of its length.
    proven: u64,
    /// The first kind of no check that it is shaped as, one more than its place.
    shaped: u8,
}

impl Nature {
    pub(crate) fn is_proven(self) -> bool {
        self.proven != 0
    }

    pub(crate) fn is_any(self) -> bool {
        self != Self::default()
    }
}

impl Kinds {
    pub(crate) fn of(classes: &[Class]) -> Self {
        let ready = |length| {
            let kinds = FORMATS.iter().filter(|kind| classes.contains(&kind.class));
            let mut kinds: Vec<Ready> = kinds
                .filter(|kind| kind.fits(length))
                .map(Ready::of)
                .collect();
            // The surest first; of as sure ones as the table has them.
            kinds.sort_by_key(|ready| std::cmp::Reverse(ready.kind.odds.max(PROVEN - 1)));
            kinds.truncate(64);
            kinds
        };
        Self {
            by_length: (0..MOST).map(ready).collect(),
        }
    }

    fn candidates(&self, text: &[u8]) -> &[Ready] {
        let length = text.iter().filter(|byte| byte.is_ascii_alphanumeric());
        self.by_length
            .get(length.count())
            .map_or(&[], Vec::as_slice)
    }

    /// What a text is, and the surest kind among that.
    pub(crate) fn nature(&self, text: &[u8]) -> (Nature, Option<&Ready>) {
        let mut nature = Nature::default();
        let candidates = self.candidates(text);
        for (at, ready) in candidates.iter().enumerate() {
            if !ready.has_check() && nature.shaped == 0 {
                let at = u8::try_from(at + 1).unwrap_or(0);
                nature.shaped = if ready.proves(text) { at } else { 0 };
            } else if nature.proven.count_ones() < TOLD && ready.has_check() {
                nature.proven |= u64::from(ready.proves(text)) << at;
            }
        }
        let first = match (nature.proven, nature.shaped) {
            (0, 0) => None,
            (0, shaped) => candidates.get(usize::from(shaped) - 1),
            (proven, _) => candidates.get(proven.trailing_zeros() as usize),
        };
        (nature, first)
    }

    /// Whether that is what the text is.
    pub(crate) fn is(&self, nature: Nature, text: &[u8]) -> bool {
        let mut told = 0;
        for (at, ready) in self.candidates(text).iter().enumerate() {
            if ready.has_check() {
                if told == TOLD {
                    continue;
                }
                let proves = ready.proves(text);
                if proves != (nature.proven >> at & 1 == 1) {
                    return false;
                }
                told += u32::from(proves);
            } else {
                let is_first = usize::from(nature.shaped) == at + 1;
                if ready.proves(text) != is_first {
                    return false;
                }
                if is_first {
                    return true;
                }
            }
        }
        nature.shaped == 0
    }

    /// Whether the text proves any kind.
    pub(crate) fn is_proven(&self, text: &[u8]) -> bool {
        let mut checked = self.candidates(text).iter().filter(|one| one.has_check());
        checked.any(|ready| ready.proves(text))
    }

    /// Whether it proves one that a sign is a place of (Finland's centuries).
    pub(crate) fn is_signed(&self, text: &[u8]) -> bool {
        let mut signed = self.candidates(text).iter().filter(|one| one.is_signed);
        signed.any(|ready| ready.has_check() && ready.proves(text))
    }
}

impl Ready {
    fn of(kind: Kind) -> Self {
        let shapes: Vec<Shape> = kind.structures.iter().map(|text| Shape::of(text)).collect();
        let is_sign = |place: &Place| match place {
            Place::OneOf(any) => any.bytes().any(|one| !one.is_ascii_alphanumeric()),
            _ => false,
        };
        let mut places = shapes.iter().flat_map(|shape| &shape.places);
        Self {
            is_signed: places.any(is_sign),
            kind,
            shapes,
        }
    }

    fn has_check(&self) -> bool {
        self.kind.odds >= PROVEN
    }

    /// Whether a text is one of the kind, and its checks are those that its other places alone
    /// would be given: some kinds have two (Belgium's numbers of either century).
    fn proves(&self, text: &[u8]) -> bool {
        if let Check::Whole(_) = self.kind.check {
            return std::str::from_utf8(text).is_ok_and(|text| super::holds(self.kind, text));
        }
        let is_bare = text
            .iter()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        if is_bare {
            return self.proves_compact(text);
        }
        let text = std::str::from_utf8(text).ok();
        let compact = text.and_then(|text| Compact::of(text, self.kind.separators));
        compact.is_some_and(|compact| self.proves_compact(compact.get()))
    }

    fn proves_compact(&self, compact: &[u8]) -> bool {
        let Some(shape) = self.shape(compact) else {
            return false;
        };
        if shape.checks.is_empty() && matches!(self.kind.check, Check::Nothing) {
            return true;
        }
        let mut given = [0; LONGEST];
        let Some(wiped) = given.get_mut(..compact.len()) else {
            return false;
        };
        wiped.copy_from_slice(compact);
        for at in &shape.checks {
            if let Some(byte) = wiped.get_mut(*at) {
                *byte = if byte.is_ascii_digit() { b'0' } else { b'A' };
            }
        }
        if self.shape(wiped).is_none() || !self.fill(wiped) || *wiped != *compact {
            return false;
        }
        // From the checks as they are given, too.
        self.fill(wiped) && *wiped == *compact
    }

    fn fill(&self, compact: &mut [u8]) -> bool {
        match self.kind.check {
            Check::Places(fill) => fill(compact),
            Check::Nothing | Check::Whole(_) => true,
        }
    }

    /// The shape of a compact text, its date and ranges right.
    fn shape(&self, compact: &[u8]) -> Option<&Shape> {
        let mut shapes = self.shapes.iter();
        let shape = shapes.find(|shape| shape.admits(compact))?;
        let kind: &Format = self.kind;
        let places = || shape.places.iter().copied();
        let is_dated = !shape.has_date || calendar::is_dated(kind.dating, places(), compact);
        (is_dated && (kind.accepts)(compact)).then_some(shape)
    }

    /// What each character of a compact text is for, if it is shaped as the kind.
    pub(crate) fn places(&self, compact: &[u8]) -> Option<&[Place]> {
        self.shape(compact).map(|shape| shape.places.as_slice())
    }

    /// Makes the checks of a compact text anew; `false` if what is there is none of the kind.
    pub(crate) fn mend(&self, compact: &mut [u8]) -> bool {
        let is_shaped = self.shape(compact).is_some();
        // Whether a check may be a letter here is the row's to say, not the sum's.
        is_shaped && self.fill(compact) && self.shapes.iter().any(|shape| shape.admits(compact))
    }
}

impl Shape {
    fn of(structure: &'static str) -> Self {
        let places: Vec<Place> = Places(structure).collect();
        let is_check = |(at, place): (usize, &Place)| (*place == Place::Check).then_some(at);
        let mask = |place: &Place| {
            let admitted = (0..128_u8).filter(|byte| place.admits(*byte));
            admitted.fold(0, |mask, byte| mask | 1_u128 << byte)
        };
        let is_date = |place: &Place| matches!(place, Place::Day | Place::Month | Place::Year);
        Self {
            checks: places.iter().enumerate().filter_map(is_check).collect(),
            has_date: places.iter().any(is_date),
            masks: places.iter().map(mask).collect(),
            places,
        }
    }

    fn admits(&self, compact: &[u8]) -> bool {
        let is_in = |(mask, byte): (&u128, &u8)| *byte < 128 && mask >> byte & 1 == 1;
        self.masks.len() == compact.len() && self.masks.iter().zip(compact).all(is_in)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats;

    const VECTORS: &str = include_str!("vectors.txt");

    /// What is told fast is what the table says.
    #[test]
    fn what_holds_is_proven() {
        for line in VECTORS.lines() {
            let (name, text) = line.split_once(' ').unwrap();
            let (kind, text) = (
                formats::named(name).unwrap(),
                text[1..].replace("\\n", "\n"),
            );
            let ready = Ready::of(kind);
            let mut swapped = text.clone().into_bytes();
            for at in 0..=swapped.len() {
                let text = String::from_utf8(swapped.clone()).unwrap();
                if ready.proves(text.as_bytes()) {
                    assert!(formats::holds(kind, &text), "{name} {text}");
                } else if !["be.national", "fi.hetu"].contains(&name) {
                    assert!(!formats::holds(kind, &text), "{name} {text}");
                }
                if at > 0 {
                    swapped.swap(at - 1, at % text.len());
                }
            }
        }
    }

    #[test]
    fn a_nature_is_its_own() {
        let kinds = Kinds::of(&[Class::MedicalId, Class::NationalId]);
        for number in (0..200_000_u64).map(|at| at * 7919 + 100_000_000) {
            let text = number.to_string();
            let (nature, kind) = kinds.nature(text.as_bytes());
            assert!(kinds.is(nature, text.as_bytes()), "{text}");
            assert_eq!(nature.is_any(), kind.is_some());
            assert_eq!(nature.is_proven(), kinds.is_proven(text.as_bytes()));
            let next = (number + 1).to_string();
            let other = kinds.nature(next.as_bytes()).0;
            assert_eq!(kinds.is(nature, next.as_bytes()), nature == other, "{next}");
        }
    }
}
