//! What is wrong with a configuration, and where.
//!
//! Why: a bad file must be mended by whoever reads one line. An unknown key names the nearest known
//! one. It reads no files.

use std::fmt;
use std::ops::Range;

/// One thing that is wrong, at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The file, as it was named.
    pub(crate) file: String,
    /// From 1.
    pub(crate) line: usize,
    /// From 1, in characters.
    pub(crate) column: usize,
    /// What, and a way out.
    pub(crate) message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            column,
            message,
        } = self;
        write!(f, "{file}:{line}:{column}: {message}")
    }
}

impl std::error::Error for Fault {}

/// Everything that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Faults(pub(crate) Vec<Fault>);

impl std::error::Error for Faults {}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// The text of one file, to find places in.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    /// The file, as it was named.
    pub(crate) file: String,
    /// Its text.
    pub(crate) text: String,
}

impl Page {
    /// A fault at that range of bytes.
    pub(crate) fn fault(&self, at: &Range<usize>, message: impl Into<String>) -> Fault {
        let before = self.text.get(..at.start).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Fault {
            file: self.file.clone(),
            line,
            column,
            message: message.into(),
        }
    }

    /// What the TOML reader found, in our words.
    pub(crate) fn unread(&self, found: &toml::de::Error) -> Fault {
        let at = found.span().unwrap_or(0..0);
        self.fault(&at, in_our_words(found.message()))
    }
}

/// Serde says "unknown field `x`, expected one of `a`, `b`": we say key, and the nearest one.
fn in_our_words(message: &str) -> String {
    let first = message.lines().next().unwrap_or(message);
    let mut words = first.split('`').skip(1).step_by(2);
    if first.starts_with("unknown field") {
        let key = words.next().unwrap_or_default();
        return unknown("key", key, words);
    }
    if first.starts_with("unknown variant") {
        let value = words.next().unwrap_or_default();
        return unknown("value", value, words);
    }
    if let Some(key) = first.strip_prefix("missing field ") {
        return format!("the key {key} is missing here");
    }
    first.to_owned()
}

/// "unknown key `listn`: did you mean `listen`?", or what there is where nothing is near.
pub(crate) fn unknown<'a>(
    kind: &str,
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> String {
    let known: Vec<_> = known.into_iter().collect();
    match nearest(word, &known) {
        Some(near) => format!("unknown {kind} `{word}`: did you mean `{near}`?"),
        None if known.is_empty() => format!("unknown {kind} `{word}`"),
        None => format!("unknown {kind} `{word}`: there is `{}`", known.join("`, `")),
    }
}

fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let score = |known: &str| strsim::jaro_winkler(word, known);
    let best = known.iter().max_by(|a, b| score(a).total_cmp(&score(b)))?;
    (score(best) > 0.75).then_some(*best)
}
