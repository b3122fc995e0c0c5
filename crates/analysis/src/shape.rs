//! The shape of a text: the text without its constants, white space and comments, as a number.
//!
//! Why: texts that differ in constants alone share an analysis, unless it says that it depends on
//! them. The number is keyed (SipHash-1-3 of 128 bits), so that a client who does not know the
//! key cannot build two texts of one shape.
//! It does not understand the text; two shapes may differ where the meaning does not.

use std::ops::Range;

use crate::lex::{Kind, Lexer, Token};

/// Makes shapes under one key. The key must be secret and random, made once per process.
#[derive(Debug, Clone, Copy)]
pub struct Shaper {
    key: [u64; 2],
}

/// The shape of one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// The keyed number: equal for equal shapes.
    pub hash: u128,
    /// Where the text's constants stand, in order.
    pub literals: Vec<Range<usize>>,
}

impl Shaper {
    /// Under this key.
    pub fn new(key: [u64; 2]) -> Self {
        Self { key }
    }

    /// The shape of `text`; `None` where it holds a token the server would not accept.
    pub fn shape(&self, text: &str) -> Option<Shape> {
        let mut canon: Vec<u8> = Vec::with_capacity(2 * text.len() + 16);
        let mut literals = Vec::new();
        let mut last = Last::default();
        for token in Lexer::new(text) {
            let slice = text.get(token.start..token.end)?;
            if token.kind == Kind::Broken {
                return None;
            }
            if token.kind == Kind::Space {
                last.space(slice);
                continue;
            }
            last.mark(token, &mut canon);
            if token.is_literal() {
                literals.push(token.start..token.end);
                canon.push(constant_tag(token.kind, slice));
                continue;
            }
            canon.push(tag(token.kind));
            // The length keeps the borders of tokens apart whatever they hold.
            match u8::try_from(slice.len()) {
                Ok(length) if length < u8::MAX => canon.push(length),
                _ => {
                    canon.push(u8::MAX);
                    canon.extend_from_slice(&(slice.len() as u64).to_le_bytes());
                }
            }
            if token.kind == Kind::Word {
                canon.extend(slice.bytes().map(|byte| byte.to_ascii_lowercase()));
            } else {
                canon.extend_from_slice(slice.as_bytes());
            }
        }
        Some(Shape {
            hash: sip128(self.key, &canon),
            literals,
        })
    }
}

/// `text` with its constants as `?` and its white space and comments as one space.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for token in Lexer::new(text) {
        match token.kind {
            Kind::Space if plain.is_empty() || plain.ends_with(' ') => {}
            Kind::Space => plain.push(' '),
            _ if token.is_literal() => plain.push('?'),
            // What is broken may be half a constant.
            Kind::Broken => plain.push('?'),
            _ => plain.push_str(text.get(token.start..token.end).unwrap_or_default()),
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

/// What stood before a token: strings that follow one another join only over a line's end.
#[derive(Default)]
struct Last {
    is_string: bool,
    has_line_end: bool,
    has_block_comment: bool,
}

impl Last {
    fn space(&mut self, slice: &str) {
        self.has_line_end |= slice.contains(['\n', '\r']);
        self.has_block_comment |= slice.starts_with("/*");
    }

    fn mark(&mut self, token: Token, canon: &mut Vec<u8>) {
        let is_string = matches!(
            token.kind,
            Kind::Text | Kind::Escape | Kind::Unicode | Kind::Bits
        );
        if self.is_string && is_string {
            canon.push(0xf0 | u8::from(self.has_line_end) | u8::from(self.has_block_comment) << 1);
        }
        *self = Self {
            is_string,
            ..Self::default()
        };
    }
}

fn constant_tag(kind: Kind, slice: &str) -> u8 {
    match kind {
        Kind::Integer => 0x10 + width(slice),
        Kind::Decimal => 0x20,
        Kind::Bits => 0x30,
        _ => 0x40,
    }
}

fn tag(kind: Kind) -> u8 {
    match kind {
        Kind::Word => 1,
        Kind::Quoted => 2,
        Kind::Operator => 3,
        Kind::Punctuation => 4,
        Kind::Parameter => 5,
        Kind::Bits
        | Kind::Broken
        | Kind::Decimal
        | Kind::Dollar
        | Kind::Escape
        | Kind::Integer
        | Kind::Space
        | Kind::Text
        | Kind::Unicode => 6,
    }
}

/// The bytes of the type the server gives to a whole number: 4, 8, or 0 for numeric.
pub(crate) fn width(slice: &str) -> u8 {
    let (digits, radix) = match slice.get(..2) {
        Some("0x" | "0X") => (slice.get(2..), 16),
        Some("0o" | "0O") => (slice.get(2..), 8),
        Some("0b" | "0B") => (slice.get(2..), 2),
        _ => (Some(slice), 10),
    };
    let mut value: u64 = 0;
    for digit in digits
        .unwrap_or_default()
        .chars()
        .filter_map(|c| c.to_digit(radix))
    {
        let next = value
            .checked_mul(u64::from(radix))
            .and_then(|v| v.checked_add(digit.into()));
        let Some(next) = next else { return 0 };
        value = next;
    }
    match value {
        0..=0x7fff_ffff => 4,
        0x8000_0000..=0x7fff_ffff_ffff_ffff => 8,
        _ => 0,
    }
}

struct Sip {
    v: [u64; 4],
}

impl Sip {
    fn round(&mut self) {
        let [mut a, mut b, mut c, mut d] = self.v;
        a = a.wrapping_add(b);
        b = b.rotate_left(13) ^ a;
        a = a.rotate_left(32);
        c = c.wrapping_add(d);
        d = d.rotate_left(16) ^ c;
        a = a.wrapping_add(d);
        d = d.rotate_left(21) ^ a;
        c = c.wrapping_add(b);
        b = b.rotate_left(17) ^ c;
        c = c.rotate_left(32);
        self.v = [a, b, c, d];
    }

    fn absorb(&mut self, word: u64) {
        let [a, b, c, d] = self.v;
        self.v = [a, b, c, d ^ word];
        self.round();
        let [a, b, c, d] = self.v;
        self.v = [a ^ word, b, c, d];
    }

    fn squeeze(&mut self) -> u64 {
        self.round();
        self.round();
        self.round();
        let [a, b, c, d] = self.v;
        a ^ b ^ c ^ d
    }
}

/// SipHash-1-3 with 128 bits of output.
fn sip128(key: [u64; 2], bytes: &[u8]) -> u128 {
    let [k0, k1] = key;
    let mut sip = Sip {
        v: [
            k0 ^ 0x736f_6d65_7073_6575,
            k1 ^ 0x646f_7261_6e64_6f6d ^ 0xee,
            k0 ^ 0x6c79_6765_6e65_7261,
            k1 ^ 0x7465_6462_7974_6573,
        ],
    };
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        sip.absorb(u64::from_le_bytes(*word));
    }
    let mut tail = [0_u8; 8];
    for (to, from) in tail.iter_mut().zip(rest) {
        *to = *from;
    }
    let length = (bytes.len() as u64) << 56;
    sip.absorb(u64::from_le_bytes(tail) | length);
    let [a, b, c, d] = sip.v;
    sip.v = [a, b, c ^ 0xee, d];
    let low = sip.squeeze();
    let [a, b, c, d] = sip.v;
    sip.v = [a, b ^ 0xdd, c, d];
    u128::from(sip.squeeze()) << 64 | u128::from(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_differ_in_constants_alone_share_a_shape() {
        let shaper = Shaper::new([1, 2]);
        let same = [
            (
                "SELECT * FROM t WHERE id = 5",
                "select *\nfrom t /* x */ where ID=6 -- y",
            ),
            ("select 'a'", "select $q$b$q$"),
        ];
        for (one, other) in same {
            assert_eq!(
                shaper.shape(one).map(|s| s.hash),
                shaper.shape(other).map(|s| s.hash)
            );
        }
        let different = [
            ("select a b", "select ab"),
            ("select 1", "select 1.0"),
            ("select 1", "select 5000000000"),
            ("select \"A\"", "select \"a\""),
            ("select 'a'\n'b'", "select 'a' 'b'"),
            ("select a--b\n", "select a- -b"),
            ("select $1", "select $2"),
        ];
        for (one, other) in different {
            assert_ne!(
                shaper.shape(one).map(|s| s.hash),
                shaper.shape(other).map(|s| s.hash)
            );
        }
        assert_eq!(
            plain("SELECT  a FROM t WHERE id = 5 -- x"),
            "SELECT a FROM t WHERE id = ?"
        );
    }
}
