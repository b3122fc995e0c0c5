//! A text with stretches of it changed.
//!
//! Why apart: several edits change one text, one within another, and what comes out must be nested
//! as they are.
//! What is changed, and why, is `instead`'s.

use std::cmp::Reverse;
use std::ops::Range;

use crate::instead::Edit;

/// A change of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// What stands there stays, between these.
    Around(Range<usize>, String, String),
    /// This stands there instead; in an empty place, besides.
    Put(Range<usize>, String),
}

impl Change {
    /// Where it stands, and its words.
    fn place(&self) -> (usize, usize, [&str; 2]) {
        match self {
            Self::Around(range, open, close) => (range.start, range.end, [open, close]),
            Self::Put(range, new) => (range.start, range.end, [new, ""]),
        }
    }
}

/// What is written at one place, in this order: what ends there, what is put there, what begins.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// What began last ends first.
    Close(Reverse<usize>),
    Insert,
    /// What ends last begins first.
    Open(Reverse<usize>),
    /// Up to there nothing of the text is kept.
    Replace(usize),
}

/// A text with these edits made.
pub fn edited<'e>(text: &str, edits: impl IntoIterator<Item = &'e Edit>) -> Option<String> {
    let mut changes: Vec<&Change> = edits.into_iter().flat_map(|edit| &edit.changes).collect();
    changes.sort_by_key(|change| change.place());
    changes.dedup();
    let replaced: Vec<&Range<usize>> = changes.iter().copied().filter_map(replaces).collect();
    let mut around: Vec<&Range<usize>> = Vec::new();
    let mut steps: Vec<(usize, Step, &str)> = Vec::new();
    // Backwards: of two around the same stretch the last closes with more words.
    for change in changes.iter().rev() {
        let (Change::Around(range, ..) | Change::Put(range, _)) = change;
        let is_within = |wide: &&&Range<usize>| {
            let is_other = **wide != range || matches!(change, Change::Around(..));
            is_other && wide.start <= range.start && range.end <= wide.end
        };
        // What is put at an end of what is replaced stands beside it.
        let is_beside = |wide: &Range<usize>| range.is_empty() && range.start == wide.end;
        if replaced
            .iter()
            .any(|wide| is_within(&wide) && !is_beside(wide))
        {
            continue;
        }
        match change {
            Change::Around(..) if around.contains(&range) => {}
            Change::Around(_, open, close) => {
                around.push(range);
                steps.push((range.start, Step::Open(Reverse(range.end)), open));
                steps.push((range.end, Step::Close(Reverse(range.start)), close));
            }
            Change::Put(_, new) if range.is_empty() => {
                steps.push((range.start, Step::Insert, new));
            }
            Change::Put(_, new) => steps.push((range.start, Step::Replace(range.end), new)),
        }
    }
    steps.sort_unstable();
    let mut made = String::with_capacity(text.len());
    let mut at = 0;
    for (place, step, new) in steps {
        made.push_str(text.get(at..place)?);
        made.push_str(new);
        at = match step {
            Step::Replace(end) => end,
            Step::Close(_) | Step::Insert | Step::Open(_) => place,
        };
    }
    made.push_str(text.get(at..)?);
    Some(made)
}

/// The stretch that a change takes away.
fn replaces(change: &Change) -> Option<&Range<usize>> {
    match change {
        Change::Put(range, _) if !range.is_empty() => Some(range),
        Change::Around(..) | Change::Put(..) => None,
    }
}
