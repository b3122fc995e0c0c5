//! What a sample of values looks like: how many pass each test, and how often chance would.
//!
//! Every rate is of the values that are not blank. It knows no column: what a rate says for a
//! class is `fits`'.

use std::collections::HashSet;

use model::Class;

use crate::formats::{self, Kind};
use crate::scan;

/// How many values are of a kind of identifier.
struct Passed {
    count: usize,
    kind: Kind,
}

/// The values of a column that hold something.
pub(super) struct Sample<'a> {
    /// How many different values there are.
    distinct: usize,
    kinds: Vec<Passed>,
    spans: Vec<Vec<(usize, Class)>>,
    values: Vec<&'a str>,
}

/// From how many values on a rate says something.
const TELLING: usize = 3;

impl<'a> Sample<'a> {
    pub(super) fn new(values: &[&'a str]) -> Self {
        let values: Vec<&str> = values
            .iter()
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
            .collect();
        let spans = values.iter().map(|value| {
            let spans = scan::sensitive_spans(value).into_iter();
            spans.map(|(range, class)| (range.len(), class)).collect()
        });
        let spans = spans.collect();
        let different: HashSet<&str> = values.iter().copied().collect();
        let mut kinds: Vec<Passed> = Vec::new();
        for value in different
            .iter()
            .filter(|value| value.len() <= LONGEST_NUMBER)
        {
            for kind in formats::found_in(value) {
                match kinds.iter_mut().find(|passed| passed.kind == kind) {
                    Some(passed) => passed.count += 1,
                    None => kinds.push(Passed { count: 1, kind }),
                }
            }
        }
        Self {
            distinct: different.len(),
            kinds,
            spans,
            values,
        }
    }

    /// The kind of identifier of a class that its values prove to be most, with the log-odds and
    /// the rate: a check that one in ten passes by chance, and all sixty pass, is no chance.
    pub(super) fn proof(&self, class: Class) -> Option<(Kind, f64, f64)> {
        if self.is_counted() {
            return None;
        }
        let of_class = self
            .kinds
            .iter()
            .filter(|passed| passed.kind.class == class);
        let proofs = of_class.map(|passed| {
            let rate = share(passed.count, self.distinct);
            let odds = f64::from(passed.kind.odds.max(1));
            let points = surprise(rate, 1.0 / odds) * share(self.distinct.min(50), 1);
            (passed.kind, points, rate)
        });
        proofs
            .filter(|(_, _, rate)| *rate >= 0.6)
            .max_by(|(_, a, _), (_, b, _)| a.total_cmp(b))
    }

    /// How many values there are.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn values(&self) -> &[&'a str] {
        &self.values
    }

    /// Whether there is enough to judge by.
    pub(super) fn is_telling(&self) -> bool {
        self.values.len() >= TELLING
    }

    /// How much of it passes, in 0 to 1.
    pub(super) fn rate(&self, test: impl Fn(&str) -> bool) -> f64 {
        let passed = self.values.iter().filter(|value| test(value)).count();
        share(passed, self.values.len())
    }

    /// How much of it is one of the class from end to end.
    pub(super) fn whole(&self, class: Class) -> f64 {
        let passed = self
            .values
            .iter()
            .zip(&self.spans)
            .filter(|(value, spans)| {
                let mut spans = spans.iter();
                spans.any(|(length, of)| *of == class && length + 2 >= value.len())
            });
        share(passed.count(), self.values.len())
    }

    /// How much of it carries something sensitive of a class that counts in that value.
    pub(super) fn sensitive(&self, counts: impl Fn(&str, Class) -> bool) -> f64 {
        let is_version = self.has_versions();
        let is_none = |class: Class| is_version && class == Class::IpAddress;
        let both = self.values.iter().zip(&self.spans);
        let carries = both.filter(|(value, spans)| {
            let mut classes = spans.iter().map(|(_, class)| *class);
            classes.any(|class| !is_none(class) && counts(value, class))
        });
        share(carries.count(), self.values.len())
    }

    /// Whether its values are counted up: numbers of one length that differ in few places. A check
    /// that one of them passes the others pass as well, and nothing is proved.
    fn is_counted(&self) -> bool {
        let length = self.values.first().map_or(0, |value| value.len());
        let is_number =
            |value: &&str| value.len() == length && value.bytes().all(|byte| byte.is_ascii_digit());
        if length == 0 || !self.values.iter().all(is_number) {
            return false;
        }
        let is_fixed = |at: &usize| {
            let digit = |value: &&str| value.as_bytes().get(*at).copied();
            let mut counts = [0_usize; 256];
            for value in &self.values {
                if let Some(count) = digit(value).and_then(|d| counts.get_mut(usize::from(d))) {
                    *count += 1;
                }
            }
            share(counts.into_iter().max().unwrap_or(0), self.values.len()) >= 0.95
        };
        let fixed = (0..length).filter(is_fixed).count();
        share(fixed, length) >= 0.4
    }

    /// Whether what looks like network addresses is versions: addresses have large numbers.
    pub(super) fn has_versions(&self) -> bool {
        let dotted = self.rate(scan::is_ip);
        let large = self.rate(|value| {
            value.contains(':') || value.split('.').filter(|part| part.len() == 3).count() >= 2
        });
        dotted >= 0.3 && large < dotted * 0.25
    }

    /// Whether its values are in Latin letters.
    pub(super) fn is_latin(&self) -> bool {
        self.rate(|value| value.chars().any(|c| c.is_ascii_alphabetic())) >= 0.5
    }

    /// How many different values there are for each value: 1 where all differ.
    pub(super) fn distinct(&self) -> f64 {
        share(self.distinct, self.values.len())
    }

    /// Whether a few values come again and again: a status, a kind, a country.
    pub(super) fn is_enumerated(&self) -> bool {
        self.values.len() >= 30 && self.distinct <= 12 && self.distinct() <= 0.25
    }

    /// Whether values are prose: of several words.
    pub(super) fn is_prose(&self) -> bool {
        self.rate(|value| value.split_whitespace().count() >= 4) >= 0.4
            || self.rate(|value| value.chars().filter(|c| is_ideograph(*c)).count() >= 14) >= 0.4
    }
}

/// A longer value is no identifier.
const LONGEST_NUMBER: usize = 100;

/// How much a rate says against the one that chance gives, in nats a value.
fn surprise(rate: f64, chance: f64) -> f64 {
    let part = |p: f64, q: f64| if p <= 0.0 { 0.0 } else { p * (p / q).ln() };
    if rate <= chance || chance >= 1.0 {
        return 0.0;
    }
    part(rate, chance) + part(1.0 - rate, 1.0 - chance)
}

/// Whether a character is of a script in which a few of them make a sentence.
pub(super) fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c), 0x0E00..=0x0E7F | 0x3040..=0x30FF | 0x3400..=0x9FFF)
}

fn share(part: usize, whole: usize) -> f64 {
    let count = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    if whole == 0 {
        0.0
    } else {
        count(part) / count(whole)
    }
}
