//! Dates of birth: permuted inside their year, so that age stays right to a year.

use crate::keys::{Domain, Keys};
use crate::types::date;

const DAY_MICROS: i64 = 86_400_000_000;

/// The stand-in of a day: another day of the same year, counted from 2000-01-01.
fn permuted(keys: &Keys, day: i64) -> i64 {
    let (year, _, _) = date::civil(day);
    let first = date::days(year, 1, 1);
    let (place, length) = (day - first, date::length(year));
    let (Ok(place), Ok(length)) = (u64::try_from(place), u64::try_from(length)) else {
        return first;
    };
    let shown = keys
        .of(Domain::Date)
        .shuffle(&year.to_be_bytes(), place, length);
    first + i64::try_from(shown).unwrap_or(0)
}

/// A date in a text or a date type: ISO with or without a clock, and the usual written orders.
pub(crate) fn birth_date(keys: &Keys, text: &str) -> Option<String> {
    if let Some((day, rest)) = date::read_iso(text) {
        if rest.is_empty() {
            return Some(date::iso(permuted(keys, day)));
        }
        return instant(keys, day, rest);
    }
    if text.len() <= 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return numeric_date(keys, text);
    }
    let separator = text.chars().find(|c| matches!(c, '/' | '.' | '-' | ' '))?;
    let fields: Vec<&str> = text.split(separator).collect();
    let [first, second, third] = fields.as_slice() else {
        return None;
    };
    let number = |field: &str| field.parse::<i64>().ok().filter(|_| field.len() <= 4);
    let (a, b, c) = (number(first)?, number(second)?, number(third)?);
    if first.len() == 4 {
        return written(keys, (a, b, c), |y, m, d| {
            format!("{y:04}{separator}{m:02}{separator}{d:02}")
        });
    }
    let year = match third.len() {
        4 => c,
        2 if c < 30 => 2000 + c,
        2 => 1900 + c,
        _ => return None,
    };
    // Which comes first cannot be told below 13: slashes are read the American way.
    let is_month_first = a <= 12 && (b > 12 || separator == '/');
    let width = third.len();
    let tail = |y: i64| {
        if width == 4 {
            format!("{y:04}")
        } else {
            format!("{:02}", y % 100)
        }
    };
    if is_month_first {
        written(keys, (year, a, b), |y, m, d| {
            format!("{m:02}{separator}{d:02}{separator}{}", tail(y))
        })
    } else {
        written(keys, (year, b, a), |y, m, d| {
            format!("{d:02}{separator}{m:02}{separator}{}", tail(y))
        })
    }
}

fn written(
    keys: &Keys,
    (year, month, day): (i64, i64, i64),
    write: impl Fn(i64, i64, i64) -> String,
) -> Option<String> {
    date::exists(year, month, day).then(|| {
        let (year, month, day) = date::civil(permuted(keys, date::days(year, month, day)));
        write(year, month, day)
    })
}

/// The day is permuted as UTC has it, so that text with a zone agrees with binary.
fn instant(keys: &Keys, day: i64, rest: &str) -> Option<String> {
    let (micros, zone) = date::read_clock(rest.strip_prefix([' ', 'T'])?)?;
    let universal = (day * DAY_MICROS + micros - date::read_zone(zone)?).div_euclid(DAY_MICROS);
    let moved = permuted(keys, universal) - universal;
    Some(format!("{}{rest}", date::iso(day + moved)))
}

/// A date as a number: `YYYYMMDD` is permuted, a year alone moved inside its decade.
pub(crate) fn numeric_date(keys: &Keys, text: &str) -> Option<String> {
    match text.len() {
        8 => {
            let (year, tail) = text.split_at_checked(4)?;
            let (month, day) = tail.split_at_checked(2)?;
            let day = (
                date::field(year, 4)?,
                date::field(month, 2)?,
                date::field(day, 2)?,
            );
            written(keys, day, |y, m, d| format!("{y:04}{m:02}{d:02}"))
        }
        4 => {
            let year = u64::try_from(date::field(text, 4)?).ok()?;
            let decade = year / 10;
            let shown = keys
                .of(Domain::Date)
                .shuffle(&decade.to_be_bytes(), year % 10, 10);
            Some(format!("{:04}", decade * 10 + shown))
        }
        _ => None,
    }
}
