//! The rows of a text, read strictly.
//!
//! A cell that is not as its text promises is [`Malformed`], never skipped. What the rows mean is
//! the assembly's affair.

use std::sync::Arc;

use rustc_hash::FxHashSet;

/// The rows of one text.
pub(super) type Rows = Vec<Vec<Option<String>>>;

/// A row that is not what its text should give.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the catalog text {text:?} gave {value:?} in column {column} where {wanted} was due")]
pub struct Malformed {
    /// Which column, from 1; 0 is the row itself.
    pub column: usize,
    /// The text's name.
    pub text: &'static str,
    /// What came.
    pub value: Option<String>,
    /// What should have come.
    pub wanted: &'static str,
}

/// One text's rows, each read by `read`.
pub(super) fn each<T>(
    text: &'static str,
    rows: &dyn Fn(&str) -> Rows,
    mut read: impl FnMut(&Cells<'_>) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    rows(text)
        .iter()
        .map(|row| read(&Cells { row, text }))
        .collect()
}

/// One name, one allocation: a catalog says `public` and `id` ten thousand times.
#[derive(Default)]
pub(super) struct Names(FxHashSet<Arc<str>>);

impl Names {
    pub(super) fn intern(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return known.clone();
        }
        let name: Arc<str> = name.into();
        self.0.insert(name.clone());
        name
    }
}

/// One row, read strictly.
pub(super) struct Cells<'a> {
    pub(super) row: &'a [Option<String>],
    text: &'static str,
}

impl<'a> Cells<'a> {
    pub(super) fn optional(&self, index: usize) -> Option<&'a str> {
        self.row.get(index)?.as_deref()
    }

    pub(super) fn word<T>(
        &self,
        index: usize,
        wanted: &'static str,
        read: impl FnOnce(&'a str) -> Option<T>,
    ) -> Result<T, Malformed> {
        let value = self.optional(index);
        value.and_then(read).ok_or_else(|| Malformed {
            column: index + 1,
            text: self.text,
            value: value.map(str::to_owned),
            wanted,
        })
    }

    pub(super) fn text(&self, index: usize) -> Result<&'a str, Malformed> {
        self.word(index, "a text", Some)
    }

    pub(super) fn name(&self, index: usize, names: &mut Names) -> Result<Arc<str>, Malformed> {
        Ok(names.intern(self.text(index)?))
    }

    pub(super) fn number<T: std::str::FromStr>(&self, index: usize) -> Result<T, Malformed> {
        self.word(index, "a number", |text| text.parse().ok())
    }

    pub(super) fn flag(&self, index: usize) -> Result<bool, Malformed> {
        self.word(index, "t or f", |text| match text {
            "t" => Some(true),
            "f" => Some(false),
            _ => None,
        })
    }

    /// Numbers with spaces between; none where the cell is empty or NULL.
    pub(super) fn numbers<T: std::str::FromStr>(&self, index: usize) -> Result<Vec<T>, Malformed> {
        let Some(text) = self.optional(index) else {
            return Ok(Vec::new());
        };
        let numbers = text.split_ascii_whitespace().map(|word| word.parse().ok());
        self.word(index, "numbers", |_| numbers.collect())
    }
}
