//! Names of people, streets and towns, drawn from lists by a keyed function of the original.
//!
//! Lossy: many share a stand-in. Gender, origin and script of the original are not kept.

use std::sync::LazyLock;

use crate::keys::{Domain, Keys, Subkey, Way};
use crate::stand::{cut, digits};

static GIVEN: LazyLock<Vec<&str>> =
    LazyLock::new(|| include_str!("../lists/given.txt").lines().collect());
static FAMILY: LazyLock<Vec<&str>> =
    LazyLock::new(|| include_str!("../lists/family.txt").lines().collect());

/// Kept as they are: they name nobody.
const TITLES: &[&str] = &[
    "mr", "mrs", "ms", "miss", "dr", "prof", "sir", "herr", "frau", "mme", "mlle", "sr", "sra",
    "jr", "ii", "iii", "iv", "phd", "md", "esq", "ing", "dipl",
];
const PARTICLES: &[&str] = &[
    "von", "van", "de", "der", "den", "del", "della", "di", "da", "dos", "du", "la", "le", "zu",
];
const WAYS: &[&str] = &[
    "Street", "Avenue", "Road", "Lane", "Drive", "Court", "Way", "Terrace", "Close", "Row",
];
const TOWN_ENDS: &[&str] = &[
    "", " Bay", " Cross", " Falls", " Heath", " Hills", " Park", " Vale",
];

/// A given name.
pub(crate) fn given(keys: &Keys, text: &str, limit: usize) -> String {
    drawn(keys.of(Domain::GivenName), &GIVEN, text, limit)
}

/// A family name.
pub(crate) fn family(keys: &Keys, text: &str, limit: usize) -> String {
    let mut particles = String::new();
    let mut rest = text;
    while let Some((word, tail)) = rest.split_once(' ') {
        if !PARTICLES.contains(&word.to_lowercase().as_str()) {
            break;
        }
        particles.push_str(word);
        particles.push(' ');
        rest = tail;
    }
    let room = limit.saturating_sub(particles.chars().count());
    particles + &drawn(keys.of(Domain::FamilyName), &FAMILY, rest, room)
}

/// A whole name: word by word, the last (or the first before a comma) as a family name.
pub(crate) fn full(keys: &Keys, text: &str, limit: usize) -> String {
    let shown = words(keys, text);
    if shown.chars().count() <= limit {
        return shown;
    }
    // Too long together: one given name that fits, rather than a cut one.
    given(keys, text, limit)
}

fn words(keys: &Keys, text: &str) -> String {
    let comma = text.find(',');
    let is_name = |word: &str| {
        let bare = word
            .trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase();
        let is_kept = TITLES.contains(&bare.as_str()) || PARTICLES.contains(&bare.as_str());
        !bare.is_empty() && !is_kept
    };
    let pieces: Vec<&str> = text.split_inclusive([' ', ',']).collect();
    let names = pieces.iter().filter(|piece| is_name(piece)).count();
    let mut at = 0;
    let mut seen = 0;
    let mut shown = String::with_capacity(text.len());
    for piece in pieces {
        let word = piece.trim_end_matches([' ', ',']);
        let tail = piece.get(word.len()..).unwrap_or("");
        if is_name(word) {
            seen += 1;
            let is_family = match comma {
                Some(comma) => at < comma,
                None => seen == names && names > 1,
            };
            shown.push_str(&one(keys, word, is_family));
        } else {
            shown.push_str(word);
        }
        shown.push_str(tail);
        at += piece.len();
    }
    // Nothing was taken for a name (a title alone): then all of it is.
    if names == 0 {
        given(keys, text, usize::MAX)
    } else {
        shown
    }
}

fn one(keys: &Keys, word: &str, is_family: bool) -> String {
    let bare = word.trim_end_matches('.');
    if bare.chars().count() == 1 {
        let number = keys
            .of(Domain::GivenName)
            .number("initial", bare.to_uppercase().as_bytes());
        let letter = digits::letter(number, true);
        return format!("{letter}{}", word.get(bare.len()..).unwrap_or(""));
    }
    if is_family {
        drawn(keys.of(Domain::FamilyName), &FAMILY, word, usize::MAX)
    } else {
        drawn(keys.of(Domain::GivenName), &GIVEN, word, usize::MAX)
    }
}

/// A name of a list, never the one given, cased like it, no longer than the limit.
fn drawn(key: &Subkey, list: &[&str], text: &str, limit: usize) -> String {
    let normal = text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase();
    let mut name = "";
    for round in 0..64_u8 {
        let number = key.number("draw", &[normal.as_bytes(), &[0, round]].concat());
        let count = u64::try_from(list.len()).unwrap_or(1).max(1);
        let index = usize::try_from(number % count).unwrap_or(0);
        name = list.get(index).copied().unwrap_or("Ada");
        if name.to_lowercase() != normal && name.len() <= limit {
            break;
        }
    }
    cut(cased(name, text), limit)
}

fn cased(name: &str, like: &str) -> String {
    let has_lower = like.chars().any(char::is_lowercase);
    let has_upper = like.chars().any(char::is_uppercase);
    match (has_lower, has_upper) {
        (true, false) => name.to_lowercase(),
        (false, true) if like.chars().count() > 1 => name.to_uppercase(),
        _ => name.to_owned(),
    }
}

/// A street and a house number; whatever else the address says is not kept.
pub(crate) fn address(keys: &Keys, text: &str, limit: usize) -> String {
    let key = keys.of(Domain::Address);
    let normal = text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase();
    let number: String = text
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .take(6)
        .collect();
    let number = digits::put(
        &number,
        &digits::permute(
            keys.turned(Way::Hide).of(Domain::Address),
            b"house",
            &digits::of(&number),
        ),
    );
    let room = limit.saturating_sub(number.len() + 9);
    let street = drawn(key, &FAMILY, &normal, room.max(3));
    let street = cased(&street, "Aa");
    let street = street
        .char_indices()
        .map(|(index, c)| {
            if index == 0 {
                c.to_ascii_uppercase()
            } else {
                c
            }
        })
        .collect::<String>();
    let way = usize::try_from(key.number("way", normal.as_bytes()) % 10).unwrap_or(0);
    let way = WAYS.get(way).copied().unwrap_or("Street");
    let shown = match (
        number.is_empty(),
        text.starts_with(|c: char| c.is_ascii_digit()),
    ) {
        (true, _) => format!("{street} {way}"),
        (false, true) => format!("{number} {street} {way}"),
        (false, false) => format!("{street} {way} {number}"),
    };
    if shown.chars().count() > limit {
        cut(street, limit)
    } else {
        shown
    }
}

/// A town.
pub(crate) fn city(keys: &Keys, text: &str, limit: usize) -> String {
    let key = keys.of(Domain::Place);
    let name = drawn(key, &FAMILY, text, limit);
    let end = usize::try_from(key.number("end", text.to_lowercase().as_bytes()) % 8).unwrap_or(0);
    let shown = format!("{name}{}", TOWN_ENDS.get(end).copied().unwrap_or(""));
    if shown.chars().count() > limit {
        name
    } else {
        shown
    }
}
