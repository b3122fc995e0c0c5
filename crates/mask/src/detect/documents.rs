//! Whether a document holds something sensitive: whether it would be shown as it is.
//!
//! It asks the very walk that hides, under keys of no meaning, so that what is found and what is
//! hidden are one. It keeps nothing.

use std::sync::LazyLock;

use crate::keys::Keys;
use crate::scan::{self, Within, json};

/// Nobody's keys: what comes out is held against what went in, and forgotten.
static NOBODYS: LazyLock<Keys> = LazyLock::new(|| Keys::from_root(&[0; 32]));

/// Whether a document, perhaps cut off, holds something sensitive.
pub(super) fn holds(within: Within<'_>, text: &str) -> bool {
    json::holds(&NOBODYS, within, text)
}

/// Whether a text is the beginning of a document of members.
pub(super) fn is_json(text: &str) -> bool {
    let opening = text.trim_start();
    opening.starts_with("{\"") || opening.starts_with("[{") || opening.starts_with("[\"")
}

/// Whether a text of any notation holds something sensitive.
pub(super) fn holds_any(within: Within<'_>, text: &str) -> bool {
    if is_json(text) {
        return holds(within, text);
    }
    scan::scrub_within(&NOBODYS, within, text) != text
}
