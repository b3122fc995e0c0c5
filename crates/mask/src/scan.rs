//! Sensitive spans inside a text.

use std::ops::Range;

use model::Class;

/// Spans that hold something sensitive, in order, none overlapping another.
pub fn sensitive_spans(_text: &str) -> Vec<(Range<usize>, Class)> {
    Vec::new()
}
