//! Letters and digits of every script, each with its place in the alphabet it is permuted in.
//!
//! An identifier keeps its script letter by letter, and every alphanumeric character has a place,
//! so that nothing passes as it is and every stand-in can be undone.

use std::sync::LazyLock;

/// A character's place: which alphabet, how many it has, and which of them it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) index: u32,
    pub(super) set: u8,
    pub(super) size: u32,
}

const DIGITS: u8 = b'9';
const LATIN: u8 = b'A';
/// The number of the first alphabet beyond ASCII.
const OTHERS: u8 = b'a';

/// Where letters of one alphabet stand, first and last. What no range holds is in one of the two
/// last, which hold all the rest of their planes.
const RANGES: &[(u32, u32)] = &[
    (0x00c0, 0x024f),
    (0x0370, 0x03ff),
    (0x0400, 0x052f),
    (0x0530, 0x058f),
    (0x0590, 0x05ff),
    (0x0620, 0x06ff),
    (0x0900, 0x097f),
    (0x0980, 0x09ff),
    (0x0b80, 0x0bff),
    (0x0e00, 0x0e7f),
    (0x10a0, 0x10ff),
    (0x3041, 0x309f),
    (0x30a0, 0x30ff),
    (0x4e00, 0x9fff),
    (0xac00, 0xd7a3),
    (0x0080, 0xffff),
    (0x0001_0000, LAST),
];
/// No letter stands beyond the third plane.
const LAST: u32 = 0x0003_ffff;

/// Of each range first the letters without case, then those in lower case; each sorted.
static ALPHABETS: LazyLock<Vec<Vec<char>>> = LazyLock::new(|| {
    let mut sets = vec![Vec::new(); RANGES.len() * 2];
    for c in (0x80..=LAST).filter_map(char::from_u32) {
        let set = if c.is_alphanumeric() && folded(c) == c {
            set_of(c)
        } else {
            None
        };
        if let Some(set) = set.and_then(|set| sets.get_mut(set)) {
            set.push(c);
        }
    }
    sets
});

/// Which alphabet a folded letter is of.
fn set_of(low: char) -> Option<usize> {
    let holds = |(first, last): &(u32, u32)| (*first..=*last).contains(&u32::from(low));
    let range = RANGES.iter().position(holds)?;
    let up = raised(low);
    let has_case = up != low && folded(up) == low;
    Some(range * 2 + usize::from(has_case))
}

/// In lower case, where that can be undone.
fn folded(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(low), None) if low != c && raised(low) == c => low,
        _ => c,
    }
}

fn raised(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(up), None) => up,
        _ => c,
    }
}

/// The place of a letter or digit; `None` for all else.
pub(super) fn place(c: char) -> Option<Place> {
    match c {
        '0'..='9' => Some(Place {
            index: u32::from(c) - u32::from('0'),
            set: DIGITS,
            size: 10,
        }),
        'a'..='z' | 'A'..='Z' => Some(Place {
            index: u32::from(c.to_ascii_lowercase()) - u32::from('a'),
            set: LATIN,
            size: 26,
        }),
        c if c.is_alphanumeric() => beyond(c),
        _ => None,
    }
}

fn beyond(c: char) -> Option<Place> {
    let low = folded(c);
    let set = set_of(low)?;
    let alphabet = ALPHABETS.get(set)?;
    let index = alphabet.binary_search(&low).ok()?;
    Some(Place {
        index: u32::try_from(index).ok()?,
        set: OTHERS + u8::try_from(set).ok()?,
        size: u32::try_from(alphabet.len()).ok()?,
    })
}

impl Place {
    /// The letter of this place, in the case of the one that stood there.
    pub(super) fn letter(self, like: char) -> char {
        let found = match self.set {
            DIGITS => char::from_digit(self.index, 10),
            LATIN => char::from_u32(u32::from('a') + self.index),
            set => ALPHABETS
                .get(usize::from(set - OTHERS))
                .and_then(|alphabet| alphabet.get(usize::try_from(self.index).unwrap_or(0)))
                .copied(),
        };
        let found = found.unwrap_or('0');
        if folded(like) == like {
            found
        } else {
            raised(found)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_has_a_place_and_comes_back() {
        for c in (0..=0x2ffff).filter_map(char::from_u32) {
            if !c.is_alphanumeric() {
                continue;
            }
            let place = place(c).unwrap();
            assert!(place.index < place.size, "{c}");
            assert_eq!(place.letter(c), c);
        }
    }
}
