//! Settings of a session: their names and values as the server reads them, and what they mean.
//!
//! Why: `SET`, `set_config`, start-up parameters and `options` are one road only if `Work_Mem`,
//! `sort_mem` and `work_mem`, `'64MB'` and `65536` come out alike.
//! It sets nothing and knows no current value.

mod table;

use std::borrow::Cow;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// What changing a setting means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Meaning {
    /// What the client calls itself, and what it is told.
    Client,
    /// Which libraries are loaded.
    Code,
    /// Made for developers of the server.
    Developer,
    /// In which encoding statements come and results go.
    Encoding,
    /// How values are written in results and read from texts.
    Format,
    /// What the server writes down.
    Logging,
    /// How tables are maintained.
    Maintenance,
    /// How a statement's text is cut and understood.
    Parsing,
    /// How a statement is carried out.
    Planner,
    /// What an unqualified name means.
    Resolution,
    /// How much memory, disk and parallel work a statement may take.
    Resources,
    /// By whom a statement is run.
    Role,
    /// Checks and guards.
    Safety,
    /// A matter of this session alone.
    Session,
    /// Where new things are kept.
    Storage,
    /// How long something may take.
    Timeout,
    /// What the server counts.
    Tracking,
    /// How transactions are kept apart.
    Transaction,
    /// Not a setting of a session that we know: an extension's, a made-up one, or the server's.
    Unknown,
}

impl Meaning {
    /// Its word in policy.
    pub fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Code => "code",
            Self::Developer => "developer",
            Self::Encoding => "encoding",
            Self::Format => "format",
            Self::Logging => "logging",
            Self::Maintenance => "maintenance",
            Self::Parsing => "parsing",
            Self::Planner => "planner",
            Self::Resolution => "resolution",
            Self::Resources => "resources",
            Self::Role => "role",
            Self::Safety => "safety",
            Self::Session => "session",
            Self::Storage => "storage",
            Self::Timeout => "timeout",
            Self::Tracking => "tracking",
            Self::Transaction => "transaction",
            Self::Unknown => "unknown",
        }
    }

    /// Whether changing it changes nothing of how a later statement is read or by whom it is run.
    pub fn is_harmless(self) -> bool {
        matches!(
            self,
            Self::Client
                | Self::Format
                | Self::Maintenance
                | Self::Planner
                | Self::Resources
                | Self::Timeout
        )
    }
}

/// How a setting's value is written.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Encoding,
    /// A number that may bear a unit of memory; a bare one counts so many kilobytes.
    Kilobytes(f64),
    /// A number that may bear a unit of time; a bare one counts so many milliseconds.
    Milliseconds(f64),
    /// Identifiers, parted by commas.
    Names,
    Number,
    /// On or off, or a word.
    Switch,
    Text,
    Word,
}

static TABLE: LazyLock<FxHashMap<&'static str, (Meaning, Kind)>> = LazyLock::new(|| {
    let names = |(meaning, kind, names): &'static (Meaning, Kind, &'static str)| {
        names
            .split_whitespace()
            .map(|name| (name, (*meaning, *kind)))
    };
    table::SETTINGS.iter().flat_map(names).collect()
});

/// The name the server finds a setting under: in lower case, and not the one it had long ago.
pub fn name(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "sort_mem" => "work_mem".to_owned(),
        "vacuum_mem" => "maintenance_work_mem".to_owned(),
        _ => name,
    }
}

/// What changing the setting of that name means.
pub fn meaning(name: &str) -> Meaning {
    TABLE
        .get(name)
        .map_or(Meaning::Unknown, |(meaning, _)| *meaning)
}

/// The value as the server reads it: `on` and `off`, words in lower case, times in milliseconds,
/// memory in kilobytes (`30000ms`, `65536kB`), names folded and quoted where they must be.
///
/// What it would not take comes back as it is.
pub fn value(name: &str, text: &str) -> String {
    let read = match TABLE.get(name).map(|(_, kind)| *kind) {
        None | Some(Kind::Text) => None,
        Some(Kind::Encoding) => Some(encoding(text)),
        Some(Kind::Kilobytes(unit)) => amount(text, unit, MEMORY, "kB"),
        Some(Kind::Milliseconds(unit)) => amount(text, unit, TIME, "ms"),
        Some(Kind::Names) => names(text).map(|names| joined(names.iter().map(String::as_str))),
        Some(Kind::Number) => number(text).map(|number| number.to_string()),
        Some(Kind::Switch) => switch(text)
            .map(str::to_owned)
            .or_else(|| Some(text.to_ascii_lowercase())),
        Some(Kind::Word) => Some(text.to_ascii_lowercase()),
    };
    read.unwrap_or_else(|| text.to_owned())
}

/// The value that `SET name TO one, two` sets: each quoted where the setting is a list of names.
pub fn listed(name: &str, values: &[String]) -> String {
    if matches!(TABLE.get(name), Some((_, Kind::Names))) {
        joined(values.iter().map(String::as_str))
    } else {
        values.join(", ")
    }
}

/// `joined`, without names of no length, which nothing has.
fn joined<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let named: Vec<_> = names.filter(|name| !name.is_empty()).map(quoted).collect();
    named.join(", ")
}

fn quoted(name: &str) -> Cow<'_, str> {
    let mut characters = name.chars();
    let is_plain = characters
        .next()
        .is_some_and(|c| c.is_ascii_lowercase() || c == '_')
        && characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if is_plain {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(format!("\"{}\"", name.replace('"', "\"\"")))
    }
}

/// The names in a list, folded unless quoted and cut at 63 bytes; `None` where the server would
/// not read it.
pub fn names(text: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut rest = text.trim_start_matches(is_space);
    if rest.is_empty() {
        return Some(names);
    }
    loop {
        let (name, after) = if let Some(quoted) = rest.strip_prefix('"') {
            let (name, after) = quoted_name(quoted)?;
            (name, after)
        } else {
            let end = rest.find(|c| c == ',' || is_space(c)).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            if name.is_empty() {
                return None;
            }
            (name.to_ascii_lowercase(), after)
        };
        names.push(cut(name));
        rest = after.trim_start_matches(is_space);
        if rest.is_empty() {
            return Some(names);
        }
        rest = rest.strip_prefix(',')?.trim_start_matches(is_space);
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

/// The name up to the closing quote (`""` is one quote), and what follows it.
fn quoted_name(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"')?;
        name.push_str(before);
        match after.strip_prefix('"') {
            Some(next) => {
                name.push('"');
                rest = next;
            }
            None => return Some((name, after)),
        }
    }
}

fn cut(mut name: String) -> String {
    let end = name.floor_char_boundary(63.min(name.len()));
    name.truncate(end);
    name
}

/// `on` or `off`, by any beginning of a word that tells them apart.
fn switch(text: &str) -> Option<&'static str> {
    let text = text.to_ascii_lowercase();
    let is_start = |word: &str, least| text.len() >= least && word.starts_with(text.as_str());
    if is_start("true", 1) || is_start("yes", 1) || text == "on" || text == "1" {
        Some("on")
    } else if is_start("false", 1) || is_start("no", 1) || is_start("off", 2) || text == "0" {
        Some("off")
    } else {
        None
    }
}

/// As `pg_char_to_encoding` cleans it.
fn encoding(text: &str) -> String {
    let clean: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    match clean.as_str() {
        "unicode" => "utf8".to_owned(),
        "sqlascii" => "sql_ascii".to_owned(),
        _ => clean,
    }
}

const MEMORY: &[(&str, f64)] = &[
    ("B", 1.0 / 1024.0),
    ("kB", 1.0),
    ("MB", 1024.0),
    ("GB", 1_048_576.0),
    ("TB", 1_073_741_824.0),
];
const TIME: &[(&str, f64)] = &[
    ("us", 0.001),
    ("ms", 1.0),
    ("s", 1_000.0),
    ("min", 60_000.0),
    ("h", 3_600_000.0),
    ("d", 86_400_000.0),
];

/// A number with a unit, in `to`, rounded as the setting's own unit rounds. Nothing, and what is
/// less, has no unit.
fn amount(text: &str, own: f64, units: &[(&str, f64)], to: &str) -> Option<String> {
    let text = text.trim_matches(is_space);
    let with = |(unit, scale): &(&str, f64)| {
        let digits = text.strip_suffix(unit)?.trim_end_matches(is_space);
        let is_number = digits.ends_with(|c: char| c.is_ascii_digit() || c == '.');
        is_number.then_some((digits, *scale))
    };
    let (digits, scale) = units.iter().find_map(with).unwrap_or((text, own));
    let amount = (number(digits)? * scale / own).round_ties_even() * own;
    Some(if amount > 0.0 {
        format!("{amount}{to}")
    } else {
        format!("{amount}")
    })
}

/// A number as C reads one: decimal, hexadecimal, octal, or with a fraction.
fn number(text: &str) -> Option<f64> {
    let text = text.trim_matches(is_space);
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1.0, digits),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let hexadecimal = digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"));
    let is_octal = digits.len() > 1 && digits.starts_with('0');
    let whole = match hexadecimal {
        Some(digits) => i32::from_str_radix(digits, 16).ok(),
        None if is_octal && digits.bytes().all(|b| b.is_ascii_digit()) => {
            i32::from_str_radix(digits, 8).ok()
        }
        None => None,
    };
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    match whole {
        Some(whole) => Some(sign * f64::from(whole)),
        None if is_number => digits.parse::<f64>().ok().map(|number| sign * number),
        None => None,
    }
}

#[cfg(test)]
mod tests;
