//! Disguises taken off: full-width characters, other scripts' digits, characters of no width.
//!
//! The places of the plain text lead back to those of the original, so that a span found in one
//! is masked in the other.

use std::ops::Range;

/// A text as it would be typed plainly, and where each of its bytes was.
pub(super) struct Plain {
    pub(super) text: String,
    /// For each byte, and the end: its place in the original.
    places: Vec<usize>,
}

/// Whether a text has anything to take off. Only texts beyond ASCII can.
pub(super) fn is_disguised(text: &str) -> bool {
    text.chars().any(|c| undisguised(c) != Some(c))
}

/// The plain character, or none for what has no width.
fn undisguised(c: char) -> Option<char> {
    if c.is_ascii() {
        return Some(c);
    }
    let code = u32::from(c);
    let digit = |zero: u32| char::from_digit(code - zero, 10);
    Some(match code {
        0xad | 0x200b..=0x200f | 0x2060..=0x2064 | 0xfeff | 0x202a..=0x202e | 0x180e => {
            return None;
        }
        0xff01..=0xff5e => char::from_u32(code - 0xfee0).unwrap_or(c),
        0x3000 | 0xa0 | 0x2000..=0x200a | 0x202f | 0x205f => ' ',
        0x660..=0x669 => digit(0x660).unwrap_or(c),
        0x6f0..=0x6f9 => digit(0x6f0).unwrap_or(c),
        0x966..=0x96f => digit(0x966).unwrap_or(c),
        0x9e6..=0x9ef => digit(0x9e6).unwrap_or(c),
        0xe50..=0xe59 => digit(0xe50).unwrap_or(c),
        0x1d7ce..=0x1d7ff => char::from_digit((code - 0x1d7ce) % 10, 10).unwrap_or(c),
        0x2010..=0x2012 | 0x2212 | 0xfe63 => '-',
        0x2024 | 0x3002 => '.',
        _ => c,
    })
}

impl Plain {
    pub(super) fn of(text: &str) -> Self {
        let mut plain = String::with_capacity(text.len());
        let mut places = Vec::with_capacity(text.len() + 1);
        for (at, c) in text.char_indices() {
            if let Some(c) = undisguised(c) {
                plain.push(c);
                places.resize(plain.len(), at);
            }
        }
        places.push(text.len());
        Self {
            text: plain,
            places,
        }
    }

    /// The place in the original of a span of the plain text.
    pub(super) fn original(&self, span: &Range<usize>, text: &str) -> Range<usize> {
        let start = self.places.get(span.start).copied().unwrap_or(0);
        let last = span
            .end
            .checked_sub(1)
            .and_then(|last| self.places.get(last))
            .copied()
            .unwrap_or(0);
        let width = text
            .get(last..)
            .and_then(|rest| rest.chars().next())
            .map_or(0, char::len_utf8);
        start..last + width
    }
}
