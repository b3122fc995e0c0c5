//! What sessions and principals did so far, counted for the rules that ask.
//!
//! Classes and statements count when a permit is given, so that what comes right behind it (in the
//! same flight) is judged by it; rows and bytes when its end is told. An hour is twelve spans of
//! five minutes, the one that runs among them: no count is of less than 55 minutes. What was
//! counted is gone when the gateway restarts.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use model::{Class, Effects, Outcome, PrincipalName, Timestamp};
use parking_lot::Mutex;
use policy::{History, Obligations, RoleInForce};
use rustc_hash::FxHashMap;

const SPAN_US: i64 = 5 * 60 * 1_000_000;
const SPANS: i64 = 12;
/// Principals remembered without a session of theirs: beyond it those are forgotten.
const REMEMBERED: usize = 10_000;

/// The rows and bytes a principal was sent within the hour.
#[derive(Debug, Default)]
pub(crate) struct Hour {
    /// By the number of the span since the epoch: rows, bytes.
    spans: Mutex<Vec<(i64, u64, u64)>>,
}

impl Hour {
    fn add(&self, now: Timestamp, rows: u64, bytes: u64) {
        let span = now.0.div_euclid(SPAN_US);
        let mut spans = self.spans.lock();
        spans.retain(|(at, ..)| *at > span - SPANS);
        match spans.last_mut().filter(|(at, ..)| *at == span) {
            Some((_, all_rows, all_bytes)) => {
                *all_rows = all_rows.saturating_add(rows);
                *all_bytes = all_bytes.saturating_add(bytes);
            }
            None => spans.push((span, rows, bytes)),
        }
    }

    fn sum(&self, now: Timestamp) -> (u64, u64) {
        let first = now.0.div_euclid(SPAN_US) - SPANS;
        let spans = self.spans.lock();
        let within = spans.iter().filter(|(at, ..)| *at > first);
        within.fold((0, 0), |(rows, bytes): (u64, u64), (_, r, b)| {
            (rows.saturating_add(*r), bytes.saturating_add(*b))
        })
    }
}

/// The hours of all principals.
#[derive(Debug, Default)]
pub(crate) struct Hours(Mutex<FxHashMap<PrincipalName, Arc<Hour>>>);

impl Hours {
    pub(crate) fn of(&self, name: &PrincipalName) -> Arc<Hour> {
        let mut all = self.0.lock();
        if all.len() >= REMEMBERED {
            all.retain(|_, hour| Arc::strong_count(hour) > 1);
        }
        all.entry(name.clone()).or_default().clone()
    }
}

/// What one session did so far.
#[derive(Debug, Default)]
pub(crate) struct Past {
    bytes: AtomicU64,
    hour: Arc<Hour>,
    rows: AtomicU64,
    /// Classes it was given, and those of them it was given unmasked.
    seen: Mutex<(BTreeSet<Class>, BTreeSet<Class>)>,
    statements: AtomicU64,
}

impl Past {
    pub(crate) fn new(hour: Arc<Hour>) -> Self {
        Self {
            hour,
            ..Self::default()
        }
    }

    /// As policy is told, but for the role, which is the memory's.
    pub(crate) fn history(&self, now: Timestamp) -> History {
        let (rows_hour, bytes_hour) = self.hour.sum(now);
        let (classes_read, classes_revealed) = self.seen.lock().clone();
        History {
            bytes_hour,
            bytes_read: self.bytes.load(Ordering::Relaxed),
            classes_read,
            classes_revealed,
            role: RoleInForce::default(),
            rows_hour,
            rows_read: self.rows.load(Ordering::Relaxed),
            statements: self.statements.load(Ordering::Relaxed),
        }
    }

    /// A statement is about to run. Without obligations (where verdicts do not bind) nothing of it
    /// is masked.
    pub(crate) fn begin(&self, parts: &[Effects], obligations: Option<&Obligations>) {
        self.statements.fetch_add(1, Ordering::Relaxed);
        for column in policy::given(parts) {
            let Some(class) = column.class else { continue };
            let is_revealed = obligations.is_none_or(|o| o.revealed.contains(column));
            let mut seen = self.seen.lock();
            seen.0.insert(class);
            if is_revealed {
                seen.1.insert(class);
            }
        }
    }

    /// A statement ended.
    pub(crate) fn end(&self, outcome: &Outcome, now: Timestamp) {
        if outcome.bytes == 0 && outcome.rows == 0 {
            return;
        }
        self.bytes.fetch_add(outcome.bytes, Ordering::Relaxed);
        self.rows.fetch_add(outcome.rows, Ordering::Relaxed);
        self.hour.add(now, outcome.rows, outcome.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_forgets_span_by_span() {
        let hour = Hour::default();
        let at = |minute: i64| Timestamp(minute * 60 * 1_000_000);
        hour.add(at(0), 1, 10);
        hour.add(at(4), 1, 10);
        hour.add(at(30), 5, 50);
        for (minute, rows) in [
            (4, 7),
            (30, 7),
            (59, 7),
            (60, 5),
            (89, 5),
            (90, 0),
            (900, 0),
        ] {
            assert_eq!(hour.sum(at(minute)), (rows, rows * 10), "{minute}");
        }
        hour.add(at(900), 2, 20);
        assert_eq!(hour.spans.lock().len(), 1);
    }
}
