//! Rows of a COPY to the client, put through a row plan.
//!
//! The stream may be cut anywhere; what comes out is always whole rows, so a client that takes one
//! message for one row is served as before. A stream that is not what the COPY's shape says, or
//! whose row does not end within a bound, yields nothing more: broken rows are dropped, never
//! passed. Whose stream is broken is told so by the wire.

mod binary;
mod csv;
mod text;

use model::{CopyForm, CopyShape};

use crate::row::RowPlan;

/// Masks a stream of COPY rows, however it is cut.
#[derive(Debug)]
pub struct CopyMasker {
    /// Bytes of rows not yet whole.
    held: Vec<u8>,
    is_broken: bool,
    /// Whether the head of the stream (a header row, the binary signature) is still to come.
    is_first: bool,
    /// How many bytes a row that is not yet whole may have.
    most: usize,
    plan: RowPlan,
    shape: CopyShape,
}

/// What a reader of rows found at the start of the held bytes.
enum Step {
    /// Not a row of this shape.
    Broken,
    /// No whole row yet.
    More,
    /// A row of so many bytes; its masked form, with so many masked cells, was appended.
    Row(usize, u64),
}

/// How far a row has come.
#[derive(Debug, Default)]
struct Row {
    fields: usize,
    /// Cells masked among them.
    masked: u64,
}

impl Row {
    /// Whether the next field must go through the plan.
    fn is_masked(&self, plan: &RowPlan, is_null: bool) -> bool {
        if is_null {
            plan.blanks(self.fields)
        } else {
            plan.touches(self.fields)
        }
    }
}

impl CopyMasker {
    /// A masker for rows written in that shape, each of `most` bytes or fewer where it is cut.
    /// Where the shape's NULL makes rows that read two ways, the stream is broken from the first.
    pub fn new(plan: RowPlan, shape: &CopyShape, most: usize) -> Self {
        let is_text = shape.form == CopyForm::Text;
        Self {
            held: Vec::new(),
            is_broken: is_text && !text::is_plain(&shape.null),
            is_first: true,
            most,
            plan,
            shape: shape.clone(),
        }
    }

    /// Takes the next bytes; appends the rows they complete, always whole. Gives the number of
    /// cells masked in them.
    pub fn feed(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> u64 {
        if self.plan.is_clean() {
            out.extend_from_slice(chunk);
            return 0;
        }
        if self.is_broken {
            return 0;
        }
        self.held.extend_from_slice(chunk);
        let (mut at, mut cells) = (0, 0);
        while let Some(rest) = self.held.get(at..).filter(|rest| !rest.is_empty()) {
            match self.step(rest, false, out) {
                Step::Row(length, masked) => {
                    at += length;
                    cells += masked;
                }
                Step::More => break,
                Step::Broken => {
                    self.is_broken = true;
                    at = self.held.len();
                }
            }
            self.is_first = false;
        }
        self.held.drain(..at);
        if self.held.len() > self.most {
            self.is_broken = true;
            self.held = Vec::new();
        }
        cells
    }

    /// The stream is over: appends a last row that had no line end. Gives the number of cells
    /// masked in it.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> u64 {
        let held = std::mem::take(&mut self.held);
        if held.is_empty() || self.is_broken {
            return 0;
        }
        if let Step::Row(_, masked) = self.step(&held, true, out) {
            return masked;
        }
        self.is_broken = true;
        0
    }

    /// Whether bytes were or will be dropped because they are no rows of the shape foreseen.
    pub fn is_broken(&self) -> bool {
        self.is_broken
    }

    fn step(&self, rest: &[u8], is_last: bool, out: &mut Vec<u8>) -> Step {
        let start = out.len();
        let step = match self.shape.form {
            CopyForm::Binary => binary::step(&self.plan, rest, self.is_first, out),
            CopyForm::Csv | CopyForm::Text => self.line(rest, is_last, out),
        };
        if let Step::Broken | Step::More = step {
            out.truncate(start);
        }
        step
    }

    fn line(&self, rest: &[u8], is_last: bool, out: &mut Vec<u8>) -> Step {
        let is_csv = self.shape.form == CopyForm::Csv;
        let end = if is_csv {
            csv::line_end(rest, &self.shape)
        } else {
            text::line_end(rest)
        };
        let length = match end {
            Some(length) => length,
            None if is_last => rest.len(),
            None => return Step::More,
        };
        let Some(line) = rest.get(..length) else {
            return Step::More;
        };
        if self.is_first && self.shape.has_header {
            out.extend_from_slice(line);
            return Step::Row(length, 0);
        }
        // A row of `\.` is a row: the protocol marks its end in other ways.
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        let row = if is_csv {
            csv::row(&self.plan, content, &self.shape, out)
        } else {
            text::row(&self.plan, content, &self.shape, out)
        };
        if self.plan.width() != Some(row.fields) {
            return Step::Broken;
        }
        out.extend_from_slice(line.get(content.len()..).unwrap_or(b""));
        Step::Row(length, row.masked)
    }
}
