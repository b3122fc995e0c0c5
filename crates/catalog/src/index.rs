//! Indexes that give rows in an order.
//!
//! Why: rows read by one come sorted by its keys, whether anybody asked or not.
//! Which index the server takes is not known here.

use serde::{Deserialize, Serialize};

/// An index that gives rows in the order of its keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Every column it holds.
    pub holds: Vec<i16>,
    /// Whether it leaves rows out.
    pub is_partial: bool,
    /// The columns it sorts by, in order; 0 is an expression.
    pub keys: Vec<i16>,
    /// Whose it is.
    pub relation: u32,
}
