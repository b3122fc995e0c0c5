//! Numbers that are quantities, and classes written as numbers: amounts, coordinates, ids.

use model::Class;

use crate::keys::{Domain, Keys};
use crate::stand::{digits, ids, time};
use crate::types::Kind;

/// The stand-in of a number of a class in a numeric type; `None` where there is none.
pub(crate) fn of(keys: &Keys, class: Class, kind: Kind, text: &str) -> Option<String> {
    let step = |text: &str| match class {
        Class::Salary => amount(keys, text),
        Class::Geo => coordinate(keys, text),
        Class::BirthDate => time::numeric_date(keys, text),
        Class::Cvv | Class::OneTimeCode | Class::Password => Some("0".to_owned()),
        Class::BankAccount
        | Class::CardNumber
        | Class::MedicalId
        | Class::NationalId
        | Class::Passport
        | Class::Phone
        | Class::PostalCode
        | Class::Username => whole(keys, class, text),
        _ => None,
    };
    let mut shown = step(text)?;
    // Not every number of as many digits fits: again until it does (a permutation still).
    for _ in 0..64 {
        if fits(kind, &shown) {
            return Some(shown);
        }
        shown = step(&shown)?;
    }
    None
}

fn fits(kind: Kind, text: &str) -> bool {
    match kind {
        Kind::Int2 => text.parse::<i16>().is_ok(),
        Kind::Int4 => text.parse::<i32>().is_ok(),
        Kind::Int8 => text.parse::<i64>().is_ok(),
        Kind::Oid => text.parse::<u32>().is_ok(),
        _ => true,
    }
}

/// Whole numbers, whatever their sign and scale, as their digits in a string column.
fn whole(keys: &Keys, class: Class, text: &str) -> Option<String> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let sign = if unsigned.len() < text.len() { "-" } else { "" };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let is_whole = fraction.bytes().all(|byte| byte == b'0')
        && !whole.is_empty()
        && whole.bytes().all(|byte| byte.is_ascii_digit());
    if !is_whole {
        return None;
    }
    let shown = match class {
        Class::CardNumber => ids::card(keys, whole),
        _ => super::text(keys, class, whole, usize::MAX)?,
    };
    let tail = unsigned.get(whole.len()..).unwrap_or("");
    Some(format!("{sign}{shown}{tail}"))
}

/// An amount of as many digits; currency, separators and sign stay.
pub(crate) fn amount(keys: &Keys, text: &str) -> Option<String> {
    let key = keys.of(Domain::Amount);
    let cut = fraction_start(text);
    let (whole, fraction) = text.split_at_checked(cut)?;
    let figures = digits::of(whole);
    if figures.is_empty() {
        return None;
    }
    let shown = if figures.iter().all(|digit| *digit == 0) {
        figures.clone()
    } else {
        digits::permute(key, "whole", &figures)
    };
    let cents = digits::of(fraction);
    let cents = if cents.iter().all(|digit| *digit == 0) {
        cents
    } else {
        let tweak: String = figures
            .iter()
            .map(|digit| digits::character(Some(digit), 10))
            .collect();
        key.permute(tweak.as_bytes(), &cents, 10)
    };
    Some(digits::put(whole, &shown) + &digits::put(fraction, &cents))
}

/// Where the fraction begins: a last point, or a last comma before one or two digits.
fn fraction_start(text: &str) -> usize {
    let Some(at) = text.rfind(['.', ',']) else {
        return text.len();
    };
    let tail = text.get(at + 1..).unwrap_or("");
    let count = tail.chars().take_while(char::is_ascii_digit).count();
    let separators = text.matches(['.', ',']).count();
    let is_comma = text.get(at..).is_some_and(|tail| tail.starts_with(','));
    let is_grouping = count == 3 && (is_comma || separators > 1);
    if is_grouping { text.len() } else { at }
}

/// Steps of 1/10,000 of a degree that a coordinate is moved by, at most.
const FARTHEST: u64 = 500;

/// A coordinate: snapped to a grid of about a kilometre, moved by a keyed offset.
pub(crate) fn coordinate(keys: &Keys, text: &str) -> Option<String> {
    let degrees: f64 = text.trim().parse().ok()?;
    if !degrees.is_finite() || degrees.abs() > 180.0 {
        return None;
    }
    let bound = if degrees.abs() <= 90.0 { 90.0 } else { 180.0 };
    let snapped = (degrees * 100.0).round() / 100.0;
    let cell = format!("{snapped:.2}");
    let step = keys.of(Domain::Geo).number("offset", cell.as_bytes()) % (2 * FARTHEST + 1);
    let step = i32::try_from(step).unwrap_or(0) - 500;
    let moved = (snapped + f64::from(step) / 10_000.0).clamp(-bound, bound);
    let scale = text
        .trim()
        .split_once('.')
        .map_or(0, |(_, fraction)| fraction.len());
    let shown = format!("{moved:.*}", scale.min(4));
    let padding = "0".repeat(scale.saturating_sub(4).min(32));
    Some(if padding.is_empty() {
        shown
    } else {
        shown + &padding
    })
}

/// Every coordinate of a text: `52.5, 13.4`, `(52.5,13.4)`, `POINT(13.4 52.5)`.
pub(crate) fn place(keys: &Keys, text: &str) -> Option<String> {
    if text.chars().filter(|c| c.is_alphabetic()).count() > "linestring".len() {
        return None;
    }
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+');
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    let mut count = 0;
    while let Some(start) = rest.find(is_part) {
        let (head, tail) = rest.split_at(start);
        let end = tail.find(|c: char| !is_part(c)).unwrap_or(tail.len());
        let (number, tail) = tail.split_at(end);
        shown.push_str(head);
        shown.push_str(&coordinate(keys, number)?);
        rest = tail;
        count += 1;
    }
    shown.push_str(rest);
    (count > 0).then_some(shown)
}
