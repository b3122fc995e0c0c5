//! A first look at a text: which kinds of bytes it has, so that most detectors need not run.

/// What is in a text: a set of the constants below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look(u16);

pub(super) const AT: u16 = 1;
pub(super) const CAPITAL: u16 = 1 << 1;
pub(super) const COLON: u16 = 1 << 2;
pub(super) const DIGIT: u16 = 1 << 3;
pub(super) const DOLLAR: u16 = 1 << 4;
pub(super) const DOT: u16 = 1 << 5;
pub(super) const EQUAL: u16 = 1 << 6;
pub(super) const LETTER: u16 = 1 << 7;
pub(super) const MINUS: u16 = 1 << 8;
pub(super) const SLASH: u16 = 1 << 9;
pub(super) const WIDE: u16 = 1 << 10;
/// Four digits or more in all.
pub(super) const FOUR: u16 = 1 << 11;

static CLASSES: [u16; 256] = classes();

#[expect(clippy::indexing_slicing, reason = "a constant, over its whole length")]
const fn classes() -> [u16; 256] {
    let mut classes = [0; 256];
    let mut byte = 0_u8;
    loop {
        classes[byte as usize] = match byte {
            b'@' => AT,
            b'A'..=b'Z' => CAPITAL | LETTER,
            b'a'..=b'z' => LETTER,
            b':' => COLON,
            b'0'..=b'9' => DIGIT,
            b'$' | b'{' | b'*' => DOLLAR,
            b'.' => DOT,
            b'=' => EQUAL,
            b'-' => MINUS,
            b'/' => SLASH,
            128.. => WIDE,
            _ => 0,
        };
        if byte == u8::MAX {
            return classes;
        }
        byte += 1;
    }
}

impl Look {
    pub(super) fn of(text: &str) -> Self {
        let mut seen = 0;
        let mut digits = 0_usize;
        for byte in text.bytes() {
            seen |= CLASSES.get(usize::from(byte)).copied().unwrap_or(0);
            digits += usize::from(byte.is_ascii_digit());
        }
        Self(seen | if digits >= 4 { FOUR } else { 0 })
    }

    /// Whether one of these is there.
    pub(super) fn any(self, bits: u16) -> bool {
        self.0 & bits != 0
    }

    /// Whether all of these are there.
    pub(super) fn all(self, bits: u16) -> bool {
        self.0 & bits == bits
    }
}
