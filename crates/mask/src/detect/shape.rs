//! Shapes of single values: what a text may be by its characters alone.

use super::sample::is_ideograph;
use super::streets::{EAST_ASIAN, STREET_ENDS, STREET_WORDS};
use crate::formats;
use crate::stand::secret;
use crate::types::date;

/// Whether a value looks drawn at random: long, one word, mixed.
pub(super) fn is_random(value: &str) -> bool {
    let has = |test: fn(char) -> bool| value.chars().any(test);
    let mixed = has(|c| c.is_ascii_digit()) && has(char::is_alphabetic);
    let known = secret::PREFIXES
        .iter()
        .any(|prefix| prefix.len() > 3 && value.starts_with(prefix));
    !has(char::is_whitespace) && (known || value.len() >= 16 && mixed)
}

/// Whether a value is a social security number as it is written in the United States.
pub(super) fn is_grouped_ssn(value: &str) -> bool {
    let mut parts = value.split('-').map(str::len);
    let is_grouped = (parts.next(), parts.next(), parts.next()) == (Some(3), Some(2), Some(4));
    is_grouped && value.len() == 11 && formats::found_in(value).any(|kind| kind.name == "us.ssn")
}

/// Whether a value is a UUID.
pub(super) fn is_uuid(value: &str) -> bool {
    value.len() == 36
        && value.matches('-').count() == 4
        && value
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Whether a value is an address in a memory or on a bus.
pub(super) fn is_of_memory(value: &str) -> bool {
    let digits = value
        .strip_prefix("0x")
        .or_else(|| value.strip_prefix("0X"));
    digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether a value is one word of letters, or a few with hyphens.
pub(super) fn is_word(value: &str) -> bool {
    !value.is_empty()
        && value.chars().count() < 24
        && value
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, '-' | '_' | '.'))
}

/// Whether a value could be the name of a person or a town.
pub(super) fn is_name(value: &str) -> bool {
    let letters = value.chars().filter(|c| c.is_alphabetic()).count();
    letters >= 1
        && !value.bytes().any(|byte| byte.is_ascii_digit())
        && !value.contains(['_', '/', '@', '{', '=', ':', '<', '\\'])
        && value.chars().count() <= 80
        && value.split_whitespace().count() <= 8
}

/// Whether a value could be a postal code.
pub(super) fn is_postal(value: &str) -> bool {
    (2..=12).contains(&value.chars().count())
        && value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '〒'))
        && (value.bytes().any(|byte| byte.is_ascii_digit()) || value.len() <= 4)
}

fn digits(value: &str) -> usize {
    value.chars().filter(|c| c.is_numeric()).count()
}

fn letters(value: &str) -> usize {
    value.chars().filter(|c| c.is_alphabetic()).count()
}

/// Whether a value could be a telephone number.
pub(super) fn is_phone(value: &str) -> bool {
    let (count, letters) = (digits(value), letters(value));
    (6..=20).contains(&count) && letters <= 6 && !is_another_number(value)
}

/// A date, or the number of a book: both are grouped as telephone numbers may be.
fn is_another_number(value: &str) -> bool {
    let is_day = date::read_iso(value).is_some()
        || value.contains(['.', '/', '-']) && year_of(value).is_some();
    is_day || is_isbn(value)
}

/// Whether a value is an ISBN with its groups, of ten digits or thirteen.
fn is_isbn(value: &str) -> bool {
    let digits: Vec<u32> = value
        .chars()
        .filter_map(|c| c.to_digit(10).or((c == 'X').then_some(10)))
        .collect();
    let weighed = |weights: &dyn Fn(usize) -> u32| -> u32 {
        digits
            .iter()
            .enumerate()
            .map(|(at, digit)| digit * weights(at))
            .sum()
    };
    let ten = |at: usize| u32::try_from(10_usize.saturating_sub(at)).unwrap_or(0);
    let thirteen = |at: usize| if at.is_multiple_of(2) { 1 } else { 3 };
    value.matches('-').count() >= 3
        && match digits.len() {
            10 => weighed(&ten) % 11 == 0,
            13 => weighed(&thirteen) % 10 == 0 && value.starts_with("97"),
            _ => false,
        }
}

/// Whether a value is a telephone number with its country in front.
pub(super) fn is_international_phone(value: &str) -> bool {
    let value = value.trim_start_matches('(');
    let rest = value.strip_prefix('+').or_else(|| value.strip_prefix("00"));
    rest.is_some_and(|rest| {
        let is_long = !value.starts_with("00") || value.contains([' ', '-', '(', '/']);
        is_long && (8..=15).contains(&digits(rest)) && rest.chars().all(is_dialled)
    })
}

/// Whether a value is written as telephone numbers are: a trunk zero or a bracket, and groups.
pub(super) fn is_written_phone(value: &str) -> bool {
    let has_groups = value.contains([' ', '-', '/', '.', '(']);
    let begins = value.starts_with(['0', '(', '1', '+']);
    (8..=15).contains(&digits(value))
        && value.chars().all(is_dialled)
        && !is_another_number(value)
        && has_groups
        && (begins || value.len() == 12 && value.matches('-').count() == 2)
}

fn is_dialled(c: char) -> bool {
    c.is_numeric() || matches!(c, ' ' | '-' | '.' | '/' | '(' | ')' | '+' | 'x' | '\u{a0}')
}

/// Whether a value is of digits as a card number is.
pub(super) fn is_card_like(value: &str) -> bool {
    (12..=19).contains(&digits(value)) && letters(value) == 0
}

/// Whether a value is a chassis number: seventeen capitals and digits, no I, O or Q.
pub(super) fn is_chassis(value: &str) -> bool {
    let is_one = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase() && !"IOQ".contains(c);
    value.len() == 17
        && value.chars().all(is_one)
        && (3..=15).contains(&digits(value))
        && value.chars().rev().take(4).all(|c| c.is_ascii_digit())
}

/// Whether a value is a place in letters and digits: a geohash, an open location code.
pub(super) fn is_geohash(value: &str) -> bool {
    let is_one = |c: char| c.is_ascii_alphanumeric() || c == '+';
    (5..=14).contains(&value.len())
        && value.chars().all(is_one)
        && digits(value) > 0
        && letters(value) > 0
}

/// Whether a value is one coordinate or two.
pub(super) fn is_geo(value: &str) -> bool {
    let numbers = value
        .split([',', ' ', '(', ')', ';'])
        .filter(|part| !part.is_empty());
    digits(value) > 0
        && letters(value) <= 6
        && numbers.clone().all(|part| {
            part.trim_end_matches(['°', 'N', 'S', 'E', 'W'])
                .parse::<f64>()
                .map_or(part.starts_with("POINT"), |degrees| degrees.abs() <= 180.0)
        })
}

/// Whether a value is an amount of money.
pub(super) fn is_amount(value: &str) -> bool {
    digits(value) >= 2 && letters(value) <= 3
}

/// The year of a date, however it is written, or of a year alone.
pub(super) fn year_of(value: &str) -> Option<i32> {
    let is_date_like = value.chars().all(|c| {
        c.is_ascii_digit()
            || matches!(
                c,
                '-' | '/' | '.' | ' ' | ':' | 'T' | '+' | 'Z' | '年' | '月' | '日'
            )
    });
    if !is_date_like || value.len() > 35 {
        return None;
    }
    let groups: Vec<&str> = value
        .split(|c: char| !c.is_ascii_digit())
        .filter(|group| !group.is_empty())
        .collect();
    let plausible = |year: i32| (1890..2100).contains(&year).then_some(year);
    let number = |text: &str| text.parse::<i32>().ok();
    match groups.as_slice() {
        [all] if all.len() == 4 => plausible(number(all)?),
        [all] if all.len() == 8 => {
            let (year, rest) = all.split_at_checked(4)?;
            let (month, day) = rest.split_at_checked(2)?;
            let is_day = (1..=12).contains(&number(month)?) && (1..=31).contains(&number(day)?);
            is_day.then_some(())?;
            plausible(number(year)?)
        }
        [first, second, third, ..] => {
            let (one, two, three) = (number(first)?, number(second)?, number(third)?);
            let small = |n: i32| (1..=31).contains(&n);
            if first.len() == 4 && small(two) && small(three) {
                plausible(one)
            } else if third.len() == 4 && small(one) && small(two) {
                plausible(three)
            } else {
                None
            }
        }
        _ => None,
    }
}

/// Whether a value is a latitude and a longitude, to three places or more.
pub(super) fn is_coordinates(value: &str) -> bool {
    let bare = value
        .trim_start_matches("POINT")
        .trim_matches(['(', ')', ' ']);
    let parts: Vec<&str> = bare
        .split([',', ' ', ';'])
        .filter(|part| !part.is_empty())
        .collect();
    let is_degrees = |part: &str| {
        let places = part.split_once('.').map_or(0, |(_, places)| places.len());
        places >= 3
            && part
                .parse::<f64>()
                .is_ok_and(|degrees| degrees.abs() <= 180.0)
    };
    parts.len() == 2 && parts.iter().all(|part| is_degrees(part))
}

/// Whether a value is words and a house number, before or behind them.
pub(super) fn is_numbered_place(value: &str) -> bool {
    let is_short = |word: &str| {
        let digits = word.trim_end_matches(|c: char| c.is_alphabetic() || c == ',');
        (1..=5).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_capital = |word: &str| word.starts_with(char::is_uppercase) && word.chars().count() >= 3;
    let words: Vec<&str> = value.split_whitespace().collect();
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return false;
    };
    let is_behind = |at: usize| {
        let before = at.checked_sub(1).and_then(|at| words.get(at));
        words
            .get(at)
            .is_some_and(|word| is_short(word) && before.is_some_and(|b| is_capital(b)))
    };
    let leads = is_short(first) && words.len() >= 3 && words.get(1).is_some_and(|w| is_capital(w));
    leads
        || value.contains(',') && (1..words.len()).any(is_behind)
        || is_short(last) && words.len() >= 3 && is_behind(words.len() - 1)
}

/// Whether a value names a street: a word for one, and most often a number.
pub(super) fn is_street(value: &str) -> bool {
    let lower = value.to_lowercase();
    let has_number = value.chars().any(char::is_numeric);
    let is_long = (4..=160).contains(&value.chars().count());
    if !is_long || !has_number || lower.contains('@') || lower.contains("://") {
        return false;
    }
    let mut words = lower
        .split([' ', ',', '\n', '\t'])
        .filter(|word| !word.is_empty());
    words.any(|word| {
        let bare = word.trim_end_matches(|c: char| c.is_numeric() || matches!(c, '-' | ';'));
        let ends =
            |end: &str| bare.ends_with(end) && bare.chars().count() >= end.chars().count() + 2;
        let is_apart = STREET_WORDS.contains(&bare) && lower.split(' ').count() >= 2;
        let is_east_asian =
            bare.chars().any(is_ideograph) && EAST_ASIAN.iter().any(|part| word.contains(part));
        is_apart || is_east_asian || STREET_ENDS.iter().any(|end| ends(end))
    })
}
