//! How narrowly rows are chosen: which row sources a condition holds to few rows, and which it
//! only ties to one another.
//!
//! Why: `id > 0`, `id IN (SELECT id FROM t)` and a bare join choose every row and look like a
//! WHERE. A source is *fixed* where a column of it equals a value, or one of values, that no row
//! decides, or lies in a range whose ends can be seen to be near; and where it equals a column of
//! a source that is fixed. What cannot be seen to be so is not.
//! It reads no syntax: `condition` and `compare` say what they found.

use std::rc::Rc;

use catalog::Function;
use model::Volatility;
use smallvec::SmallVec;

use crate::scope::Offer;
use crate::value::{MIXED, Value};

/// More facts than this of one condition are not kept: fewer facts narrow less.
const MOST: usize = 256;
/// Numbers in a range that is called narrow.
const FEW: f64 = 10_000.0;
/// Days in a range that is called narrow.
const FEW_DAYS: f64 = 366.0;
/// `pg_type.oid` of bool: half of a table is no narrow choice.
const BOOL: u32 = 16;

/// A row source, by the number it got when it was read.
pub(crate) type SourceId = u32;

/// One end of a range, as far as it can be seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum End {
    /// Days since some day.
    Day(f64),
    Number(f64),
}

/// A column is above or below something.
#[derive(Debug, Clone, PartialEq)]
struct Limit {
    column: (u32, i16),
    end: End,
    is_upper: bool,
    source: SourceId,
}

/// What a condition says of sources.
#[derive(Debug, Clone, Default)]
pub(crate) struct Narrow {
    fixed: SmallVec<[SourceId; 2]>,
    joined: SmallVec<[(SourceId, SourceId); 2]>,
    limits: SmallVec<[Limit; 2]>,
}

/// The source a value is a column of, where it is nothing else.
pub(crate) fn source_of(value: &Value) -> Option<SourceId> {
    (value.from != 0 && value.from != MIXED).then_some(value.from)
}

/// Whether a value is the same whatever row is looked at, or one of few.
pub(crate) fn is_given(value: &Value) -> bool {
    value.from == 0 || value.is_narrow
}

/// What functions give: of given values few, if they are trusted, unless each row has its own.
pub(crate) fn given(mut value: Value, found: &[&Function], is_trusted: bool) -> Value {
    let is_given = value.from == 0 && is_trusted;
    if found.iter().any(|f| f.volatility == Volatility::Volatile) {
        value = value.of_rows();
    }
    if found.iter().any(|f| f.returns_set) {
        // A series is as long as its ends are far.
        let is_series = found.iter().any(|f| &*f.name == "generate_series");
        value = value.of_rows();
        value.is_narrow = is_given && !is_series;
        let few = value.is_narrow;
        value.row = value.row.map(|row| {
            let mut row = row.to_vec();
            for field in &mut row {
                field.value.is_narrow = few;
            }
            Rc::new(row)
        });
    }
    value
}

/// The row source that is changed: the first of an offer.
pub(crate) fn changed(offer: &Offer) -> SourceId {
    let first = offer.sources.first();
    let first = first.and_then(|source| source.fields.first());
    first.map_or(MIXED, |field| field.value.from)
}

impl Narrow {
    /// `l = r`.
    pub(crate) fn equal(l: &Value, r: &Value) -> Self {
        let mut this = Self::default();
        for (column, other) in [(l, r), (r, l)] {
            if let Some(source) = source_of(column)
                && is_given(other)
                && column.type_oid != BOOL
            {
                this.fixed.push(source);
            }
        }
        if let (Some(l), Some(r)) = (source_of(l), source_of(r))
            && l != r
        {
            this.joined.push((l, r));
        }
        this
    }

    /// A column is this, or one of these.
    pub(crate) fn fixing(column: &Value) -> Self {
        let mut this = Self::default();
        if let Some(source) = source_of(column).filter(|_| column.type_oid != BOOL) {
            this.fixed.push(source);
        }
        this
    }

    /// A column lies on one side of an end.
    pub(crate) fn limit(column: &Value, end: End, is_upper: bool) -> Self {
        let mut this = Self::default();
        if let (Some(source), Some(col)) = (source_of(column), column.bare()) {
            this.limits.push(Limit {
                column: (col.relation, col.number),
                end,
                is_upper,
                source,
            });
        }
        this
    }

    /// Sources held by a condition of an inner statement.
    pub(crate) fn of_fixed(fixed: SmallVec<[SourceId; 2]>) -> Self {
        Self {
            fixed,
            ..Self::default()
        }
    }

    /// Both hold.
    pub(crate) fn and(&mut self, other: &Self) {
        let room = MOST.saturating_sub(self.fixed.len());
        for source in other.fixed.iter().take(room) {
            if !self.fixed.contains(source) {
                self.fixed.push(*source);
            }
        }
        let room = MOST.saturating_sub(self.joined.len());
        self.joined.extend(other.joined.iter().take(room).copied());
        let room = MOST.saturating_sub(self.limits.len());
        self.limits.extend(other.limits.iter().take(room).cloned());
    }

    /// One of both holds.
    pub(crate) fn or(&self, other: &Self) -> Self {
        let (l, r) = (self.sources(), other.sources());
        let both = |pair: &&(SourceId, SourceId)| other.joined.contains(pair);
        Self {
            fixed: l.into_iter().filter(|source| r.contains(source)).collect(),
            joined: self.joined.iter().filter(both).copied().collect(),
            limits: SmallVec::new(),
        }
    }

    /// Every source that is held to few rows.
    pub(crate) fn sources(&self) -> SmallVec<[SourceId; 2]> {
        let mut fixed = self.fixed.clone();
        for lower in self.limits.iter().filter(|limit| !limit.is_upper) {
            let is_end = |upper: &&Limit| {
                upper.is_upper && upper.source == lower.source && upper.column == lower.column
            };
            let ends = self.limits.iter().filter(is_end);
            if ends.map(|upper| upper.end).any(|end| near(lower.end, end))
                && !fixed.contains(&lower.source)
            {
                fixed.push(lower.source);
            }
        }
        loop {
            let before = fixed.len();
            for (l, r) in &self.joined {
                match (fixed.contains(l), fixed.contains(r)) {
                    (true, false) => fixed.push(*r),
                    (false, true) => fixed.push(*l),
                    _ => {}
                }
            }
            if fixed.len() == before {
                return fixed;
            }
        }
    }
}

/// Whether a range from one end to another holds little. Ends in the wrong order hold nothing, but
/// they are not taken on trust: they have to be near like any other.
fn near(lower: End, upper: End) -> bool {
    match (lower, upper) {
        (End::Day(lower), End::Day(upper)) => (upper - lower).abs() <= FEW_DAYS,
        (End::Number(lower), End::Number(upper)) => (upper - lower).abs() <= FEW,
        _ => false,
    }
}

/// The lower end before the upper one.
pub(crate) fn ordered(one: End, other: End) -> (End, End) {
    match (one, other) {
        (End::Day(l), End::Day(r)) | (End::Number(l), End::Number(r)) if l > r => (other, one),
        _ => (one, other),
    }
}

/// The day a text begins with, as a day's number; `None` where it is no `YYYY-MM-DD`.
pub(crate) fn day(text: &str) -> Option<f64> {
    let date = text.trim().get(..10)?;
    let mut parts = date.split('-');
    let mut number = |digits: usize| {
        let part = parts.next().filter(|part| part.len() == digits)?;
        part.parse::<u32>().ok()
    };
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    let rest = text.trim().get(10..).unwrap_or_default();
    let is_plain = !rest.to_ascii_lowercase().contains("bc");
    is_plain.then(|| f64::from(year) * 365.25 + f64::from(month) * 30.44 + f64::from(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_told_from_other_texts() {
        let apart = |a: &str, b: &str| Some(day(b)? - day(a)?);
        assert!(apart("2026-01-01", "2026-02-01").is_some_and(|days| (28.0..33.0).contains(&days)));
        assert!(apart("2026-01-01 10:00+02", "2027-01-01").is_some_and(|days| days < 366.0));
        for text in [
            "infinity",
            "2026-1-1",
            "4713-01-01 BC",
            "today",
            "20260101",
            "",
        ] {
            assert_eq!(day(text), None, "{text}");
        }
    }
}
