//! Our own answer to a statement addressed to us: the target never hears of it.
//!
//! Rows of text under named columns, as a wire can give them to any client. It holds no value of a
//! target.

/// Our own answer to a statement addressed to us.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reply {
    /// Column names; all text.
    pub columns: Vec<String>,
    /// How many parameters the statement takes: each may be of any type, none is read.
    pub parameters: u16,
    /// Rows of text.
    pub rows: Vec<Vec<Option<String>>>,
    /// The command tag.
    pub tag: String,
}
