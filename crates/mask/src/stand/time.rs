//! Dates of birth: permuted inside their year, so that age stays right to a year.
//!
//! A day has one stand-in, however it is written: as a date, an instant, a number or a text.

use super::digits;
use crate::keys::{Domain, Turn};
use crate::types::date;

const DAY_MICROS: i64 = 86_400_000_000;
/// 1970-01-01, and the day before spreadsheets' first, counted from 2000-01-01.
const EPOCH: i64 = -10_957;
const SERIAL: i64 = -36_526;

/// A date in a text or a date type: ISO with or without a clock, a number, and the usual written
/// orders.
pub(crate) fn birth_date(turn: Turn<'_>, text: &str) -> Option<String> {
    if let Some((day, rest)) = date::read_iso(text) {
        if rest.is_empty() {
            return Some(date::iso(turn.day(day)));
        }
        return instant(turn, day, rest);
    }
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return numeric_date(turn, text);
    }
    if text.contains(':') {
        let (day, clock) = text.split_once(' ')?;
        return Some(format!("{} {clock}", written(turn, day)?));
    }
    written(turn, text)
}

/// A day in figures, in one of three orders, or with its month in words.
fn written(turn: Turn<'_>, text: &str) -> Option<String> {
    if text.chars().any(char::is_alphabetic) {
        return worded(turn, text);
    }
    let separator = text.chars().find(|c| matches!(c, '/' | '.' | '-' | ' '))?;
    let fields: Vec<&str> = text.split(separator).collect();
    let [first, second, third] = fields.as_slice() else {
        return None;
    };
    let number = |field: &str| field.parse::<i64>().ok().filter(|_| field.len() <= 4);
    let (a, b, c) = (number(first)?, number(second)?, number(third)?);
    let like = |value: i64, field: &str| format!("{value:0width$}", width = field.len().min(2));
    if first.len() == 4 {
        let (year, month, day) = another(turn, (a, b, c))?;
        let (month, day) = (like(month, second), like(day, third));
        return Some(format!("{year:04}{separator}{month}{separator}{day}"));
    }
    let year = match third.len() {
        4 => c,
        2 if c < 30 => 2000 + c,
        2 => 1900 + c,
        _ => return None,
    };
    // Which comes first cannot be told up to the twelfth, and need not: the days' permutation is
    // the same either way.
    let is_month_first = a <= 12;
    let given = if is_month_first { (a, b) } else { (b, a) };
    let (_, month, day) = another(turn, (year, given.0, given.1))?;
    let (one, two) = if is_month_first {
        (month, day)
    } else {
        (day, month)
    };
    let (one, two) = (like(one, first), like(two, second));
    Some(format!("{one}{separator}{two}{separator}{third}"))
}

/// Another day of the same year, if that is one.
fn another(turn: Turn<'_>, (year, month, day): (i64, i64, i64)) -> Option<(i64, i64, i64)> {
    date::exists(year, month, day).then(|| date::civil(turn.day(date::days(year, month, day))))
}

/// The months in the languages dates are mostly written in.
const MONTHS: &[[&str; 12]] = &[
    [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    [
        "gennaio",
        "febbraio",
        "marzo",
        "aprile",
        "maggio",
        "giugno",
        "luglio",
        "agosto",
        "settembre",
        "ottobre",
        "novembre",
        "dicembre",
    ],
    [
        "janeiro",
        "fevereiro",
        "março",
        "abril",
        "maio",
        "junho",
        "julho",
        "agosto",
        "setembro",
        "outubro",
        "novembro",
        "dezembro",
    ],
];

/// A month's name in its language, whole or the first three letters, and which it is.
fn month_of(word: &str) -> Option<(&'static [&'static str; 12], usize, bool)> {
    let low = word.to_lowercase();
    let is_short = low.chars().count() == 3;
    let names = |name: &&str| {
        let name = name.to_lowercase();
        name == low || is_short && name.chars().take(3).collect::<String>() == low
    };
    MONTHS
        .iter()
        .find_map(|names_of| names_of.iter().position(&names).map(|m| (names_of, m)))
        .map(|(names_of, month)| (names_of, month, is_short))
}

/// A date with its month in words (`17 May 1980`, `May 17th, 1980`, `17-MAY-80`).
fn worded(turn: Turn<'_>, text: &str) -> Option<String> {
    let pieces: Vec<&str> = text.split_inclusive([' ', '-', '/', '.', ',']).collect();
    let (mut day, mut month, mut year) = (None, None, None);
    for (index, piece) in pieces.iter().enumerate() {
        let word = piece.trim_end_matches([' ', '-', '/', '.', ',']);
        let figures = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let is_suffix = word
            .get(figures.len()..)
            .is_some_and(|tail| tail.len() <= 2);
        let number = figures.parse::<i64>().ok().filter(|_| is_suffix);
        match number {
            Some(number) if figures.len() == 4 => year = Some(number),
            Some(number) if day.is_none() && figures.len() < 3 => day = Some((index, number, word)),
            Some(number) if figures.len() == 2 => {
                year = Some(number + if number < 30 { 2000 } else { 1900 });
            }
            Some(_) => return None,
            None if word.is_empty() || matches!(word, "de" | "of" | "the") => {}
            None => month = Some((index, word, month_of(word)?)),
        }
    }
    let (day_at, day, day_word) = day?;
    let (month_at, month_word, (names, month, is_short)) = month?;
    let (_, month, day) = another(turn, (year?, i64::try_from(month).ok()? + 1, day))?;
    let name = names.get(usize::try_from(month - 1).ok()?)?;
    let name: String = if is_short {
        name.chars().take(3).collect()
    } else {
        (*name).to_owned()
    };
    let has_upper = |test: fn(char) -> bool| month_word.chars().any(test);
    let name = match (has_upper(char::is_uppercase), has_upper(char::is_lowercase)) {
        (true, false) => name.to_uppercase(),
        (false, true) => name.to_lowercase(),
        _ => capital(&name),
    };
    let suffix = if day_word.ends_with(|c: char| c.is_ascii_alphabetic()) {
        match (day % 10, day / 10) {
            (1, 0 | 2..) => "st",
            (2, 0 | 2..) => "nd",
            (3, 0 | 2..) => "rd",
            _ => "th",
        }
    } else {
        ""
    };
    let width = if day_word.starts_with('0') || text.contains('-') {
        2
    } else {
        1
    };
    let put = |(index, piece): (usize, &&str)| {
        let word = piece.trim_end_matches([' ', '-', '/', '.', ',']);
        let tail = piece.get(word.len()..).unwrap_or("");
        match index {
            index if index == day_at => format!("{day:0width$}{suffix}{tail}"),
            index if index == month_at => format!("{name}{tail}"),
            _ => (*piece).to_owned(),
        }
    };
    Some(pieces.iter().enumerate().map(put).collect())
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// The day is permuted as UTC has it, so that text with a zone agrees with binary.
fn instant(turn: Turn<'_>, day: i64, rest: &str) -> Option<String> {
    let (micros, zone) = date::read_clock(rest.strip_prefix([' ', 'T'])?)?;
    let universal = (day * DAY_MICROS + micros - date::read_zone(zone)?).div_euclid(DAY_MICROS);
    let moved = turn.day(universal) - universal;
    Some(format!("{}{rest}", date::iso(day + moved)))
}

/// What a number says of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Figures {
    /// `YYYYMMDD`.
    Compact,
    /// Days since 1970.
    Days,
    /// So many to a day, since 1970.
    Parts(i64),
    /// Days as spreadsheets count them.
    Serial,
    Year,
}

/// What a number of so many digits says.
fn figures(text: &str) -> Option<(Figures, i64)> {
    let number: i64 = text.parse().ok()?;
    let figures = match text.trim_start_matches('-').len() {
        8 if compact(number).is_some() => Figures::Compact,
        4 if (1800..2200).contains(&number) => Figures::Year,
        5 if number > 0 => Figures::Serial,
        0..=5 => Figures::Days,
        6..=11 => Figures::Parts(86_400),
        12..=14 => Figures::Parts(86_400_000),
        15..=17 => Figures::Parts(86_400_000_000),
        _ => return None,
    };
    Some((figures, number))
}

fn compact(number: i64) -> Option<(i64, i64, i64)> {
    let day = (number / 10_000, number / 100 % 100, number % 100);
    date::exists(day.0, day.1, day.2).then_some(day)
}

/// A date as a number: a day as digits, days or seconds since 1970, a year inside its decade.
pub(crate) fn numeric_date(turn: Turn<'_>, text: &str) -> Option<String> {
    let (wanted, number) = figures(text)?;
    let step = |number: &i64| match wanted {
        Figures::Compact => {
            let day = compact(*number).and_then(|day| another(turn, day));
            day.map_or(*number, |(y, m, d)| y * 10_000 + m * 100 + d)
        }
        Figures::Days => turn.day(number + EPOCH) - EPOCH,
        Figures::Parts(parts) => {
            let day = number.div_euclid(parts);
            number + (turn.day(day + EPOCH) - EPOCH - day) * parts
        }
        Figures::Serial => turn.day(number + SERIAL) - SERIAL,
        Figures::Year => {
            let (decade, year) = (number / 10, u128::from((number % 10).unsigned_abs()));
            let tweak = [b"decade".as_slice(), &decade.to_be_bytes()].concat();
            let shown = turn.of(Domain::Date).below(&tweak, year, 10);
            decade * 10 + i64::try_from(shown).unwrap_or(0)
        }
    };
    let reads_alike = |shown: &i64| figures(&shown.to_string()).is_some_and(|f| f.0 == wanted);
    let shown = digits::walk(&number, step, reads_alike);
    let width = if text.starts_with('0') { text.len() } else { 1 };
    Some(format!("{shown:0width$}"))
}
