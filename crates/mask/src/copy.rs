//! Rows of a COPY to the client, put through a row plan.
//!
//! The stream may be cut anywhere; what comes out is always whole rows, so a client that takes one
//! message for one row is served as before. A stream that is not what the COPY's shape says yields
//! nothing more: broken rows are dropped, never passed.

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
    plan: RowPlan,
    shape: CopyShape,
}

/// What a reader of rows found at the start of the held bytes.
enum Step {
    /// Not a row of this shape.
    Broken,
    /// No whole row yet.
    More,
    /// A row of so many bytes; its masked form was appended.
    Row(usize),
}

impl CopyMasker {
    /// A masker for rows written in that shape.
    pub fn new(plan: RowPlan, shape: &CopyShape) -> Self {
        Self {
            held: Vec::new(),
            is_broken: false,
            is_first: true,
            plan,
            shape: shape.clone(),
        }
    }

    /// Takes the next bytes; appends the rows they complete, always whole.
    pub fn feed(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        if self.plan.is_clean() {
            return out.extend_from_slice(chunk);
        }
        if self.is_broken {
            return;
        }
        self.held.extend_from_slice(chunk);
        let mut at = 0;
        while let Some(rest) = self.held.get(at..).filter(|rest| !rest.is_empty()) {
            match self.step(rest, false, out) {
                Step::Row(length) => at += length,
                Step::More => break,
                Step::Broken => {
                    self.is_broken = true;
                    at = self.held.len();
                }
            }
            self.is_first = false;
        }
        self.held.drain(..at);
    }

    /// The stream is over: appends a last row that had no line end.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        let held = std::mem::take(&mut self.held);
        let is_open = !held.is_empty() && !self.is_broken;
        if is_open && !matches!(self.step(&held, true, out), Step::Row(_)) {
            self.is_broken = true;
        }
    }

    /// Whether bytes were dropped because they were no rows of the shape foreseen.
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
            return Step::Row(length);
        }
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        if content == b"\\." {
            out.extend_from_slice(line);
            return Step::Row(length);
        }
        let fields = if is_csv {
            csv::row(&self.plan, content, &self.shape, out)
        } else {
            text::row(&self.plan, content, &self.shape, out)
        };
        if self.plan.width() != Some(fields) {
            return Step::Broken;
        }
        out.extend_from_slice(line.get(content.len()..).unwrap_or(b""));
        Step::Row(length)
    }
}
