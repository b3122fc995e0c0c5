//! Numbers that are quantities, and classes written as numbers: amounts, coordinates, ids.

use model::Class;

use crate::keys::{Domain, Key, Keys, Turn, Way};
use crate::stand::{digits, time};
use crate::types::Kind;

/// How often a permutation is applied again until the number fits its type.
const MOST_STEPS: usize = 1000;

/// The stand-in of a number of a class in a numeric type; `None` where there is none.
pub(crate) fn of(turn: Turn<'_>, class: Class, kind: Kind, text: &str) -> Option<String> {
    let is_hidden = turn.way == Way::Hide;
    let step = |text: &str| match class {
        Class::Salary if is_hidden => amount(turn.keys, text),
        Class::Geo if is_hidden => coordinate(turn.keys, text),
        Class::Cvv | Class::OneTimeCode | Class::Password if is_hidden => Some("0".to_owned()),
        Class::BankAccount
        | Class::BirthDate
        | Class::CardNumber
        | Class::DeviceId
        | Class::MedicalId
        | Class::NationalId
        | Class::Passport
        | Class::Phone
        | Class::PostalCode
        | Class::Username
        | Class::VehicleId => whole(turn, class, text),
        _ => None,
    };
    let mut shown = step(text)?;
    // Not every number of as many digits fits: again until it does (a permutation still).
    for _ in 0..MOST_STEPS {
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
fn whole(turn: Turn<'_>, class: Class, text: &str) -> Option<String> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let sign = if unsigned.len() < text.len() { "-" } else { "" };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let is_whole = fraction.bytes().all(|byte| byte == b'0')
        && !whole.is_empty()
        && whole.bytes().all(|byte| byte.is_ascii_digit());
    let tail = unsigned.get(whole.len()..).unwrap_or("");
    if class == Class::BirthDate {
        // Seconds since 1970 may have a fraction, and a sign of their own.
        let signed = text.get(..sign.len() + whole.len())?;
        return Some(time::numeric_date(turn, signed)? + tail);
    }
    if !is_whole {
        return None;
    }
    let shown = super::turned(turn, class, whole, usize::MAX)?;
    Some(format!("{sign}{shown}{tail}"))
}

/// An amount of as many digits; currency, separators and sign stay.
pub(crate) fn amount(keys: &Keys, text: &str) -> Option<String> {
    let key: Key<'_> = keys.turned(Way::Hide).of(Domain::Amount);
    let cut = fraction_start(text);
    let (whole, fraction) = text.split_at_checked(cut)?;
    let figures = digits::of(whole);
    if figures.is_empty() {
        return None;
    }
    let shown = digits::permute(key, b"whole", &figures);
    let mut cents = digits::of(fraction);
    if cents.iter().any(|digit| *digit != 0) {
        // Others for each amount, and never the same: an amount is not undone.
        let drawn = key.prf_of("cents", [&figures, &cents]);
        let places = cents.iter_mut().zip(drawn).enumerate();
        places.for_each(|(at, (cent, drawn))| {
            let added = if at == 0 { 1 + drawn % 9 } else { drawn % 10 };
            *cent = (*cent + added) % 10;
        });
    }
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

/// A coordinate is moved by at most so many hundredths of a degree, and never by none.
const FARTHEST: u64 = 5;
/// Digits after the point that are kept: about ten metres.
const FINEST: usize = 4;

/// A coordinate: snapped to a grid of about a kilometre, moved by a keyed offset of up to five.
pub(crate) fn coordinate(keys: &Keys, text: &str) -> Option<String> {
    let degrees: f64 = text.trim().parse().ok()?;
    if !degrees.is_finite() || degrees.abs() > 180.0 {
        return None;
    }
    let scale = text
        .trim()
        .split_once('.')
        .map_or(0, |(_, fraction)| fraction.len());
    let shown = scale.min(FINEST);
    // What is written coarser than the grid is moved by steps of what is written.
    let unit = [1.0, 10.0, 100.0, 100.0, 100.0].get(shown).copied()?;
    let snapped = (degrees * unit).round() / unit;
    let cell = format!("{snapped:.2}");
    let number = keys.of(Domain::Geo).number("offset", cell.as_bytes());
    // Hundredths of such a step, at least one whole step away.
    let step = i32::try_from(100 + number % (FARTHEST * 100 - 99)).ok()?;
    let sign = if number >> 63 == 1 { -1 } else { 1 };
    let bound = if degrees.abs() <= 90.0 { 90.0 } else { 180.0 };
    let mut moved = snapped + f64::from(sign * step) / (unit * 100.0);
    if moved.abs() > bound {
        moved = snapped - f64::from(sign * step) / (unit * 100.0);
    }
    let padding = "0".repeat((scale - shown).min(32));
    Some(format!("{moved:.shown$}{padding}"))
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
