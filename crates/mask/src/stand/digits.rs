//! Digits and letters replaced in place: what all identifiers share.
//!
//! Separators, letter case and length stay; a leading zero stays one and none appears, so that a
//! number column and a string column agree.

use crate::keys::Subkey;

/// How often a permutation is applied again to land among acceptable values.
const MOST_STEPS: usize = 10_000;

/// The ASCII digits of a text.
pub(crate) fn of(text: &str) -> Vec<u16> {
    text.bytes()
        .filter(u8::is_ascii_digit)
        .map(|byte| u16::from(byte - b'0'))
        .collect()
}

/// The text with its ASCII digits replaced, in order.
pub(crate) fn put(text: &str, digits: &[u16]) -> String {
    let mut digits = digits.iter();
    let put = |c: char| {
        if c.is_ascii_digit() {
            character(digits.next(), 10)
        } else {
            c
        }
    };
    text.chars().map(put).collect()
}

/// The character of a symbol: digits, then lower-case letters.
pub(crate) fn character(symbol: Option<&u16>, radix: u32) -> char {
    symbol
        .and_then(|symbol| char::from_digit(u32::from(*symbol), radix))
        .unwrap_or('0')
}

/// Applies a permutation until it lands on what is acceptable. Where the input itself is
/// acceptable this is a permutation of the acceptable values ("cycle walking").
pub(crate) fn walk(
    start: &[u16],
    step: impl Fn(&[u16]) -> Vec<u16>,
    accepts: impl Fn(&[u16]) -> bool,
) -> Vec<u16> {
    let mut value = step(start);
    for _ in 0..MOST_STEPS {
        if accepts(&value) {
            break;
        }
        value = step(&value);
    }
    value
}

/// Permutes digits; a leading zero stays one, and none appears.
pub(crate) fn permute(key: &Subkey, tweak: &str, digits: &[u16]) -> Vec<u16> {
    let has_zero = digits.first() == Some(&0);
    let step = |digits: &[u16]| key.permute(tweak.as_bytes(), digits, 10);
    walk(digits, step, |digits| {
        (digits.first() == Some(&0)) == has_zero
    })
}

/// An identifier of digits and letters, each permuted as one string; the rest stays.
pub(crate) fn identifier(key: &Subkey, label: &str, text: &str) -> String {
    let pattern: String = text
        .chars()
        .filter(|c| c.is_alphanumeric())
        .map(shape)
        .collect();
    let tweak = format!("{label}/{pattern}");
    let is_number = !pattern.contains('A');
    let digits = of(text);
    let digits = if is_number {
        permute(key, &tweak, &digits)
    } else {
        key.permute(tweak.as_bytes(), &digits, 10)
    };
    let letters: Vec<u16> = text
        .bytes()
        .filter(u8::is_ascii_alphabetic)
        .map(|byte| u16::from(byte.to_ascii_lowercase() - b'a'))
        .collect();
    let letters = key.permute(format!("{tweak}/letters").as_bytes(), &letters, 26);
    let (mut digits, mut letters) = (digits.iter(), letters.iter());
    let put = |c: char| match shape(c) {
        '9' => character(digits.next(), 10),
        'A' => letter(letters.next(), c.is_ascii_uppercase()),
        // A letter of another script has no place in the alphabet: it becomes one of ours.
        'u' => foreign(key, &tweak, c),
        _ => c,
    };
    text.chars().map(put).collect()
}

fn shape(c: char) -> char {
    match c {
        '0'..='9' => '9',
        'a'..='z' | 'A'..='Z' => 'A',
        c if c.is_alphanumeric() => 'u',
        _ => '-',
    }
}

/// A letter by its number in the alphabet.
pub(crate) fn letter(number: Option<&u16>, is_upper: bool) -> char {
    let number = number
        .and_then(|number| u8::try_from(*number % 26).ok())
        .unwrap_or(0);
    let first = if is_upper { b'A' } else { b'a' };
    char::from(first + number)
}

fn foreign(key: &Subkey, tweak: &str, c: char) -> char {
    let number = key.number(tweak, c.to_string().as_bytes()) % 26;
    letter(u16::try_from(number).ok().as_ref(), false)
}

/// The Luhn check digit of a body.
pub(crate) fn luhn(body: &[u16]) -> u16 {
    let sum: u16 = body
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| match (index % 2, digit * 2) {
            (0, doubled) if doubled > 9 => doubled - 9,
            (0, doubled) => doubled,
            _ => *digit,
        })
        .sum();
    (10 - sum % 10) % 10
}

/// Whether the last digit is the Luhn check digit of the others.
pub(crate) fn passes_luhn(digits: &[u16]) -> bool {
    digits.len() > 1
        && digits
            .split_last()
            .is_some_and(|(check, body)| luhn(body) == *check)
}

/// The remainder of a decimal string.
pub(crate) fn remainder(digits: &[u16], modulus: u64) -> u64 {
    digits
        .iter()
        .fold(0, |rest, digit| (rest * 10 + u64::from(*digit)) % modulus)
}

/// Only the digits permuted, letters left: extensions ("ext. 12").
pub(crate) fn identifier_keeping_letters(key: &Subkey, text: &str) -> String {
    let digits = of(text);
    if digits.is_empty() {
        text.to_owned()
    } else {
        put(text, &permute(key, "extension", &digits))
    }
}
