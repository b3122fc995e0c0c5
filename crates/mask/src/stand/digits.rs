//! Digits and letters replaced in place: what all identifiers share.
//!
//! Separators, letter case, scripts and length stay; leading zeros stay and none appears, so that a
//! number column and a string column agree.

use super::alphabet::{self, Place};
use crate::keys::Key;

/// How often a permutation is applied again to land among acceptable values.
const MOST_STEPS: usize = 10_000;
/// What a single permutation takes in at most: longer identifiers are permuted part by part.
const WIDEST: u128 = 1 << 120;
/// The greatest numbers that columns of whole numbers hold, with how many digits they have.
const CEILINGS: [(usize, u128); 3] = [
    (5, i16::MAX.unsigned_abs() as u128),
    (10, i32::MAX.unsigned_abs() as u128),
    (19, i64::MAX.unsigned_abs() as u128),
];

/// The ASCII digits of a text.
pub(crate) fn of(text: &str) -> Vec<u8> {
    text.bytes()
        .filter(u8::is_ascii_digit)
        .map(|byte| byte - b'0')
        .collect()
}

/// The text with its ASCII digits replaced, in order.
pub(crate) fn put(text: &str, digits: &[u8]) -> String {
    let mut digits = digits.iter();
    let put = |c: char| {
        if c.is_ascii_digit() {
            character(digits.next())
        } else {
            c
        }
    };
    text.chars().map(put).collect()
}

/// The text with its ASCII letters and digits replaced, in order; letters keep their case.
pub(crate) fn fill(text: &str, with: &str) -> String {
    let mut with = with.chars();
    let put = |c: char| match (c.is_ascii_alphanumeric(), c.is_ascii_lowercase()) {
        (false, _) => c,
        (true, true) => with.next().unwrap_or('0').to_ascii_lowercase(),
        (true, false) => with.next().unwrap_or('0').to_ascii_uppercase(),
    };
    text.chars().map(put).collect()
}

/// The character of a digit.
pub(crate) fn character(digit: Option<&u8>) -> char {
    digit.map_or('0', |digit| char::from(b'0' + digit % 10))
}

/// The digits as a text.
pub(crate) fn written(digits: &[u8]) -> String {
    digits.iter().map(|digit| character(Some(digit))).collect()
}

/// Applies a permutation until it lands on what is acceptable. Where the input itself is
/// acceptable this is a permutation of the acceptable values ("cycle walking").
pub(crate) fn walk<T>(start: &T, step: impl Fn(&T) -> T, accepts: impl Fn(&T) -> bool) -> T {
    let mut value = step(start);
    for _ in 0..MOST_STEPS {
        if accepts(&value) {
            break;
        }
        value = step(&value);
    }
    value
}

/// Permutes digits among the numbers of as many. Leading zeros stay and none appears; what a column
/// of whole numbers holds stays what it holds.
pub(crate) fn permute(key: Key<'_>, tweak: &[u8], digits: &[u8]) -> Vec<u8> {
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    let (head, rest) = digits.split_at(zeros);
    let mut shown = head.to_vec();
    if rest.len() > 37 {
        let mut rest = rest.to_vec();
        // A first digit of its own: none becomes zero.
        let tail = rest.split_off(1);
        shown.extend(permute(key, tweak, &rest));
        let mut tail = tail;
        key.permute(tweak, &mut tail, 10);
        shown.extend(tail);
        return shown;
    }
    let number = rest
        .iter()
        .fold(0_u128, |number, digit| number * 10 + u128::from(*digit));
    let mut number = if rest.is_empty() {
        0
    } else {
        key.within(tweak, number, range(number, rest.len()))
    };
    let start = shown.len();
    shown.resize(digits.len(), 0);
    for digit in shown.iter_mut().skip(start).rev() {
        *digit = u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
    }
    shown
}

/// The numbers of so many digits on the same side of a column's ceiling.
fn range(number: u128, length: usize) -> (u128, u128) {
    let power = |length: usize| 10_u128.pow(u32::try_from(length).unwrap_or(0));
    let (least, most) = (power(length - 1), power(length) - 1);
    let ceiling = CEILINGS.iter().find(|(digits, _)| *digits == length);
    match ceiling {
        Some((_, ceiling)) if number <= *ceiling => (least, *ceiling),
        Some((_, ceiling)) => (ceiling + 1, most),
        None => (least, most),
    }
}

/// An identifier of digits and letters of any script, permuted as one; the rest stays.
pub(crate) fn identifier(key: Key<'_>, label: &str, text: &str) -> String {
    let is_number = text
        .chars()
        .all(|c| c.is_ascii_digit() || !c.is_alphanumeric());
    if is_number {
        let digits = of(text);
        let tweak = [label.as_bytes(), b"/", digits.len().to_string().as_bytes()].concat();
        return put(text, &permute(key, &tweak, &digits));
    }
    let places: Vec<Place> = text.chars().filter_map(alphabet::place).collect();
    let tweak: Vec<u8> = label
        .bytes()
        .chain([b'/'])
        .chain(places.iter().map(|place| place.set))
        .collect();
    let mut shown = Vec::with_capacity(places.len());
    let mut rest = places.as_slice();
    while !rest.is_empty() {
        let (mut size, mut number, mut count) = (1_u128, 0_u128, 0);
        for place in rest {
            let next = size * u128::from(place.size);
            if next > WIDEST {
                break;
            }
            number = number * u128::from(place.size) + u128::from(place.index);
            size = next;
            count += 1;
        }
        let (part, tail) = rest.split_at(count);
        let mut number = key.below(&tweak, number, size);
        let start = shown.len();
        shown.extend_from_slice(part);
        for place in shown.iter_mut().skip(start).rev() {
            let size = u128::from(place.size);
            place.index = u32::try_from(number % size).unwrap_or(0);
            number /= size;
        }
        rest = tail;
    }
    let mut shown = shown.into_iter();
    let put = |c: char| {
        if c.is_alphanumeric() {
            shown.next().map_or('0', |place| place.letter(c))
        } else {
            c
        }
    };
    text.chars().map(put).collect()
}

/// A letter by its number in the alphabet.
pub(crate) fn letter(number: u64, is_upper: bool) -> char {
    let number = u8::try_from(number % 26).unwrap_or(0);
    let first = if is_upper { b'A' } else { b'a' };
    char::from(first + number)
}

/// The Luhn check digit of a body.
pub(crate) fn luhn(body: &[u8]) -> u8 {
    let sum: u32 = body
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| match (index % 2, u32::from(*digit) * 2) {
            (0, doubled) if doubled > 9 => doubled - 9,
            (0, doubled) => doubled,
            _ => u32::from(*digit),
        })
        .sum();
    u8::try_from((10 - sum % 10) % 10).unwrap_or(0)
}

/// Whether the last digit is the Luhn check digit of the others.
pub(crate) fn passes_luhn(digits: &[u8]) -> bool {
    digits.len() > 1
        && digits
            .split_last()
            .is_some_and(|(check, body)| luhn(body) == *check)
}

/// Only the digits permuted, letters left: extensions ("ext. 12").
pub(crate) fn identifier_keeping_letters(key: Key<'_>, text: &str) -> String {
    let digits = of(text);
    if digits.is_empty() {
        text.to_owned()
    } else {
        put(text, &permute(key, b"extension", &digits))
    }
}
