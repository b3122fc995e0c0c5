//! Sensitive spans inside a text: prose, logs, SQL literals.
//!
//! A first look (Aho-Corasick over telling substrings, and whether there are digits) says which
//! shapes are worth trying; most cells try none. Shapes with a checksum must pass it. Names are
//! found by what introduces them only: no dictionary.

pub(crate) mod json;
mod shapes;

use std::ops::Range;

use model::Class;

use crate::keys::Keys;
use crate::stand;

/// Spans that hold something sensitive, in order, none overlapping another.
pub fn sensitive_spans(text: &str) -> Vec<(Range<usize>, Class)> {
    let mut spans: Vec<(Range<usize>, Class)> = Vec::new();
    shapes::find(text, |range, class| {
        let overlaps =
            |(taken, _): &(Range<usize>, Class)| taken.start < range.end && range.start < taken.end;
        if !range.is_empty() && !spans.iter().any(overlaps) {
            spans.push((range, class));
        }
    });
    spans.sort_by_key(|(range, _)| range.start);
    spans
}

/// The text with every sensitive span replaced by the stand-in its own column would show.
pub(crate) fn scrub(keys: &Keys, text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    for (range, class) in sensitive_spans(text) {
        let (Some(before), Some(span)) = (text.get(at..range.start), text.get(range.clone()))
        else {
            continue;
        };
        shown.push_str(before);
        match stand::text(keys, class, span, usize::MAX) {
            Some(stand_in) => shown.push_str(&stand_in),
            None => shown.push_str("****"),
        }
        at = range.end;
    }
    shown.push_str(text.get(at..).unwrap_or(""));
    shown
}

/// As [`scrub`], but a text that is JSON is walked as such.
pub(crate) fn scrub_any(keys: &Keys, text: &str) -> String {
    if text.trim_start().starts_with(['{', '[']) {
        json::scrub_any(keys, None, text)
    } else {
        scrub(keys, text)
    }
}

/// Whether the whole value is a payment card number.
pub(crate) fn is_card_number(value: &str) -> bool {
    value
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-'))
        && shapes::is_card(value)
}

/// Whether the whole value is an IP address, perhaps with a netmask.
pub(crate) fn is_ip(value: &str) -> bool {
    shapes::is_ip(value)
}

#[cfg(test)]
mod tests;
