//! The catalog of PostgreSQL 14 to 18: the texts that read it, and the assembly of what they give.
//!
//! Run [`READ`] in order on one connection, keep each text's rows under its name, and give them to
//! [`assemble()`]. Every text is fixed, every value comes back as text, so that a client of the
//! simple protocol is enough. [`sample()`] writes the one text that is made: a bounded look at
//! values.
//! Nothing here connects to anything.

mod assemble;
mod beside;
mod hints;
mod rehearsal;
mod rows;
mod sample;
pub mod secrets;
pub mod settings;
mod texts;

pub use assemble::assemble;
pub use hints::{HINTS, Hints};
pub use rehearsal::{
    REHEARSAL_BEGIN, REHEARSAL_CHANGES, REHEARSAL_CONSTRAINTS, REHEARSAL_END, REHEARSAL_LOCKS,
    REHEARSAL_XID, rehearsed, row_after, rows_before, rows_written, sequences_behind,
};
pub use rows::Malformed;
pub use sample::{SAMPLE_BEGIN, SAMPLE_END, Sample, sample, sample_sparse};
pub use texts::READ;

/// A fixed SQL text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    /// What its rows are asked for by; unique in a list.
    pub name: &'static str,
    /// One statement.
    pub sql: &'static str,
}
