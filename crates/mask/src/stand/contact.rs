//! Telephone numbers and user names.

use super::{digits, email};
use crate::keys::{Domain, Turn};

/// Country calling codes of one and two digits (E.164); every other has three.
const SHORT_CODES: &[u16] = &[
    1, 7, 20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54,
    55, 56, 57, 58, 60, 61, 62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98,
];
/// From so many digits on, a number without `+` is read as an international one.
const INTERNATIONAL: usize = 11;

/// A telephone number: country code, separators and length stay. What is permuted is the national
/// number, in one way for all countries, so that it agrees with and without its country's code.
pub(crate) fn phone(turn: Turn<'_>, text: &str) -> String {
    let key = turn.of(Domain::Phone);
    let end = text
        .find(|c: char| c.is_alphabetic() || c == '#' || c == ';')
        .unwrap_or(text.len());
    let (number, extension) = text.split_at(end);
    let all = digits::of(number);
    let letters = extension.chars().filter(|c| c.is_alphabetic()).count();
    if all.len() < 3 || letters > "extension".len() {
        return digits::identifier(key, "other", text);
    }
    let kept = match all.as_slice() {
        [0, 0, rest @ ..] if rest.len() > 6 => 2 + code_length(rest),
        [0, ..] => 0,
        _ if number.trim_start().starts_with('+') || all.len() >= INTERNATIONAL => {
            code_length(&all)
        }
        _ => 0,
    };
    let zeros = all.iter().skip(kept).take_while(|digit| **digit == 0);
    let kept = kept + zeros.count();
    let (prefix, national) = all.split_at_checked(kept).unwrap_or((&[], &all));
    let is_american = is_american(national);
    let step = |national: &Vec<u8>| digits::permute(key, b"national", national);
    let shown = if national.is_empty() {
        Vec::new()
    } else {
        digits::walk(&national.to_vec(), step, |shown| {
            self::is_american(shown) == is_american
        })
    };
    let shown = digits::put(number, &[prefix, &shown].concat());
    shown + &digits::identifier_keeping_letters(key, extension)
}

fn code_length(all: &[u8]) -> usize {
    let leads = |length: usize| {
        all.get(..length).is_some_and(|code| {
            let code = code
                .iter()
                .fold(0, |number, digit| number * 10 + u16::from(*digit));
            SHORT_CODES.contains(&code)
        })
    };
    if leads(1) {
        1
    } else if leads(2) {
        2
    } else {
        3.min(all.len())
    }
}

/// Ten digits as North America has them: area and exchange from 2 on, neither a service's `N11`.
fn is_american(national: &[u8]) -> bool {
    let block = |from: usize| {
        let block = national.get(from..from + 3).unwrap_or(&[]);
        block.first().is_some_and(|digit| *digit > 1) && block.get(1..) != Some(&[1, 1])
    };
    national.len() == 10 && block(0) && block(3)
}

/// A user name: letters for letters, digits for digits; one that is an address stays one.
pub(crate) fn username(turn: Turn<'_>, text: &str, limit: usize) -> Option<String> {
    if text.contains('@') && !text.starts_with('@') {
        return email::email(turn, text, limit);
    }
    Some(digits::identifier(turn.of(Domain::Username), "", text))
}
