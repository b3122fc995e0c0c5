//! Days of a year, permuted: a table per year, made when it is first asked for.
//!
//! Days up to the twelfth keep to themselves, because a date written in figures may then be read
//! day first or month first: the permutation says the same whichever way it is read (it maps pairs
//! of a day and a month, and the two of a pair to the two of another). Each class of days is one
//! cycle, so no day stands for itself. It knows nothing of texts.

use std::sync::OnceLock;

use super::narrow::shuffled;
use super::{Key, Way};
use crate::types::date;

/// The first year with a place for its table; the others' are made anew each time.
const FIRST: i64 = 1850;
/// How many years have a place.
const COUNT: usize = 256;
/// Up to this number days and months cannot be told apart.
const MONTHS: u64 = 12;
/// The longest year.
const DAYS: usize = 366;

/// The tables of the years that people were born in.
pub(super) struct Years {
    tables: Box<[OnceLock<Box<Year>>]>,
}

/// A permutation of one year's days, counted from 0, and its inverse.
struct Year {
    find: [u16; DAYS],
    hide: [u16; DAYS],
}

impl Default for Years {
    fn default() -> Self {
        let tables = (0..COUNT).map(|_| OnceLock::new()).collect();
        Self { tables }
    }
}

impl Years {
    /// Another day of the same year.
    pub(super) fn turned(&self, key: Key<'_>, day: i64) -> i64 {
        let (year, _, _) = date::civil(day);
        let first = date::days(year, 1, 1);
        let place = usize::try_from(day - first).unwrap_or(0);
        let index = usize::try_from(year - FIRST).ok();
        let kept = index.and_then(|index| self.tables.get(index));
        let shown = match kept {
            Some(table) => table
                .get_or_init(|| Box::new(Year::new(key, year)))
                .turned(key.way, place),
            None => Year::new(key, year).turned(key.way, place),
        };
        first + i64::from(shown)
    }
}

impl Year {
    fn turned(&self, way: Way, place: usize) -> u16 {
        let table = match way {
            Way::Find => &self.find,
            Way::Hide => &self.hide,
        };
        table.get(place).copied().unwrap_or(0)
    }

    fn new(key: Key<'_>, year: i64) -> Self {
        let tweak = [b"year".as_slice(), &year.to_be_bytes()].concat();
        let mut random = key.stream(&tweak);
        let mut table = Self {
            find: [0; DAYS],
            hide: [0; DAYS],
        };
        let place = |month: u64, day: u64| {
            let (month, day) = (month.cast_signed(), day.cast_signed());
            u16::try_from(date::days(year, month, day) - date::days(year, 1, 1)).unwrap_or(0)
        };
        let same: Vec<u64> = (1..=MONTHS).collect();
        for (from, to) in shuffled(same, &mut random) {
            table.set(place(from, from), place(to, to));
        }
        let pairs = (1..=MONTHS).flat_map(|a| (a + 1..=MONTHS).map(move |b| (a, b)));
        for ((a, b), (c, d)) in shuffled(pairs.collect(), &mut random) {
            let is_turned = random.next().unwrap_or(0) & 1 == 1;
            let (c, d) = if is_turned { (d, c) } else { (c, d) };
            table.set(place(a, b), place(c, d));
            table.set(place(b, a), place(d, c));
        }
        let length = date::length(year);
        let start = date::days(year, 1, 1);
        let is_late = |day: &i64| date::civil(start + day).2 > MONTHS.cast_signed();
        let late: Vec<i64> = (0..length).filter(is_late).collect();
        for (from, to) in shuffled(late, &mut random) {
            table.set(
                u16::try_from(from).unwrap_or(0),
                u16::try_from(to).unwrap_or(0),
            );
        }
        table
    }

    fn set(&mut self, from: u16, to: u16) {
        if let Some(place) = self.hide.get_mut(usize::from(from)) {
            *place = to;
        }
        if let Some(place) = self.find.get_mut(usize::from(to)) {
            *place = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Keys;
    use super::*;

    #[test]
    fn each_year_is_permuted_and_reads_both_ways() {
        let keys = Keys::from_root(&[3; 32]);
        for year in [1799, 1900, 1980, 1999, 2000, 2023] {
            let first = date::days(year, 1, 1);
            let mut seen = Vec::new();
            for day in first..first + date::length(year) {
                let shown = keys.turned(Way::Hide).day(day);
                assert_ne!(shown, day);
                assert_eq!(keys.turned(Way::Find).day(shown), day);
                let ((y, m, d), (sy, sm, sd)) = (date::civil(day), date::civil(shown));
                assert_eq!(y, sy);
                assert_eq!(d <= 12, sd <= 12);
                if d <= 12 {
                    let other = keys.turned(Way::Hide).day(date::days(y, d, m));
                    assert_eq!(date::civil(other), (y, sd, sm));
                }
                seen.push(shown);
            }
            seen.sort_unstable();
            assert!(seen.iter().copied().eq(first..first + date::length(year)));
        }
    }
}
