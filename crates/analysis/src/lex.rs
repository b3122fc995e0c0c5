//! PostgreSQL's tokens, as its `scan.l` cuts them.
//!
//! Why: the gate in front of the parser, and the shape of a text, must be linear, must not
//! recurse, and must cut where the server cuts. The parser's own lexer is held against this one:
//! where they disagree, the text is not read at all.
//! It does not know keywords, and it decodes nothing.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// `B'…'` and `X'…'`.
    Bits,
    /// Something the server would refuse: an open string or comment, junk after a number.
    Broken,
    /// A numeric constant with a point or an exponent.
    Decimal,
    /// `$tag$…$tag$`.
    Dollar,
    /// `E'…'`.
    Escape,
    /// A whole number in any base.
    Integer,
    /// Operator characters that belong together.
    Operator,
    /// `$1`.
    Parameter,
    /// One of `( ) [ ] , ; . :` and the doubles `:: := ..`.
    Punctuation,
    /// `"…"`, and `U&"…"`.
    Quoted,
    /// White space and comments.
    Space,
    /// `'…'` and `N'…'`.
    Text,
    /// `U&'…'`.
    Unicode,
    /// A name or keyword without quotes.
    Word,
}

/// A token and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The tokens of a text, one after the other.
#[derive(Clone)]
pub(crate) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
}

const SPACE: u8 = 1;
const STARTS: u8 = 2;
const CONTINUES: u8 = 4;
const OPERATOR: u8 = 8;
const DIGIT: u8 = 16;

/// What each byte may be part of: one look instead of many comparisons.
const CLASSES: [u8; 256] = classes();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated at compile time, where it cannot panic"
)]
const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0_u8;
    loop {
        classes[byte as usize] = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => SPACE,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => STARTS | CONTINUES,
            b'0'..=b'9' => DIGIT | CONTINUES,
            b'$' => CONTINUES,
            b'~' | b'!' | b'@' | b'#' | b'^' | b'&' | b'|' | b'`' | b'?' | b'+' | b'-' | b'*'
            | b'/' | b'%' | b'<' | b'>' | b'=' => OPERATOR,
            _ => 0,
        };
        if byte == u8::MAX {
            return classes;
        }
        byte += 1;
    }
}

#[inline]
fn is(byte: u8, class: u8) -> bool {
    CLASSES
        .get(usize::from(byte))
        .is_some_and(|classes| classes & class != 0)
}

fn starts_word(byte: u8) -> bool {
    is(byte, STARTS)
}

fn continues_word(byte: u8) -> bool {
    is(byte, CONTINUES)
}

fn is_operator(byte: u8) -> bool {
    is(byte, OPERATOR)
}

fn is_space(byte: u8) -> bool {
    is(byte, SPACE)
}

fn is_digit_or_separator(byte: u8) -> bool {
    is(byte, DIGIT) || byte == b'_'
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            at: 0,
        }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    #[inline]
    fn skip(&mut self, accept: impl Fn(u8) -> bool) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at += rest
            .iter()
            .position(|byte| !accept(*byte))
            .unwrap_or(rest.len());
    }

    fn space(&mut self) -> Kind {
        self.skip(is_space);
        Kind::Space
    }

    fn line_comment(&mut self) -> Kind {
        self.skip(|byte| byte != b'\n' && byte != b'\r');
        Kind::Space
    }

    fn block_comment(&mut self) -> Kind {
        self.at += 2;
        let mut depth = 1_usize;
        while !self.is_at_end() {
            match (self.peek(0), self.peek(1)) {
                (b'/', b'*') => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return Kind::Space;
                    }
                }
                _ => self.at += 1,
            }
        }
        Kind::Broken
    }

    /// The rest of a quoted thing whose opening quote is the next byte.
    fn quoted(&mut self, quote: u8, has_escapes: bool, kind: Kind) -> Kind {
        self.at += 1;
        while !self.is_at_end() {
            let byte = self.peek(0);
            if byte == b'\\' && has_escapes {
                self.at = (self.at + 2).min(self.bytes.len());
            } else if byte == quote {
                if self.peek(1) != quote || self.at + 1 >= self.bytes.len() {
                    self.at += 1;
                    return kind;
                }
                self.at += 2;
            } else {
                self.at += 1;
            }
        }
        Kind::Broken
    }

    fn word(&mut self) -> Kind {
        let prefix = self.peek(0).to_ascii_lowercase();
        match (prefix, self.peek(1), self.peek(2)) {
            (b'e', b'\'', _) => {
                self.at += 1;
                self.quoted(b'\'', true, Kind::Escape)
            }
            (b'b' | b'x', b'\'', _) => {
                self.at += 1;
                self.quoted(b'\'', false, Kind::Bits)
            }
            (b'n', b'\'', _) => {
                self.at += 1;
                self.quoted(b'\'', false, Kind::Text)
            }
            (b'u', b'&', b'\'') => {
                self.at += 2;
                self.quoted(b'\'', false, Kind::Unicode)
            }
            (b'u', b'&', b'"') => {
                self.at += 2;
                self.quoted(b'"', false, Kind::Quoted)
            }
            _ => {
                self.skip(continues_word);
                Kind::Word
            }
        }
    }

    fn dollar(&mut self) -> Kind {
        let open = self.at;
        let mut end = open + 1;
        if self.bytes.get(end).is_some_and(|byte| starts_word(*byte)) {
            let is_tag = |byte: u8| continues_word(byte) && byte != b'$';
            while self.bytes.get(end).is_some_and(|byte| is_tag(*byte)) {
                end += 1;
            }
        }
        if self.bytes.get(end) != Some(&b'$') {
            self.at += 1;
            let digits = self.at;
            self.skip(|byte| byte.is_ascii_digit());
            let is_whole = self.at > digits && !starts_word(self.peek(0));
            self.skip(continues_word);
            return if is_whole {
                Kind::Parameter
            } else {
                Kind::Broken
            };
        }
        let tag = self.bytes.get(open..=end).unwrap_or_default();
        self.at = end + 1;
        while !self.is_at_end() {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            if rest.starts_with(tag) {
                self.at += tag.len();
                return Kind::Dollar;
            }
            self.at += 1;
        }
        Kind::Broken
    }

    fn number(&mut self) -> Kind {
        let based = self.peek(0) == b'0' && b"xXoObB".contains(&self.peek(1));
        if based {
            self.at += 2;
            self.skip(|byte| byte.is_ascii_hexdigit() || byte == b'_');
        } else {
            self.skip(is_digit_or_separator);
        }
        let mut kind = Kind::Integer;
        if !based && self.peek(0) == b'.' && self.peek(1) != b'.' {
            kind = Kind::Decimal;
            self.at += 1;
            self.skip(is_digit_or_separator);
        }
        let signed = usize::from(matches!(self.peek(1), b'+' | b'-'));
        let exponent = self.peek(1 + signed).is_ascii_digit();
        if !based && matches!(self.peek(0), b'e' | b'E') && exponent {
            kind = Kind::Decimal;
            self.at += 1 + signed;
            self.skip(is_digit_or_separator);
        }
        let before = self.at;
        self.skip(continues_word);
        if self.at == before {
            kind
        } else {
            Kind::Broken
        }
    }

    fn operator(&mut self) -> Kind {
        let start = self.at;
        while is_operator(self.peek(0)) && !self.is_at_end() {
            let opens = matches!((self.peek(0), self.peek(1)), (b'-', b'-') | (b'/', b'*'));
            if opens && self.at > start {
                break;
            }
            self.at += 1;
        }
        let taken = self.bytes.get(start..self.at).unwrap_or_default();
        if !taken.iter().any(|byte| b"~!@#^&|`?%".contains(byte)) {
            while self.at > start + 1 && matches!(self.bytes.get(self.at - 1), Some(b'+' | b'-')) {
                self.at -= 1;
            }
        }
        Kind::Operator
    }

    fn punctuation(&mut self) -> Kind {
        let double = matches!(
            (self.peek(0), self.peek(1)),
            (b':', b':' | b'=') | (b'.', b'.')
        );
        self.at += 1 + usize::from(double);
        Kind::Punctuation
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let start = self.at;
        let first = *self.bytes.get(start)?;
        let kind = match (first, self.peek(1)) {
            (byte, _) if is_space(byte) => self.space(),
            (b'-', b'-') => self.line_comment(),
            (b'/', b'*') => self.block_comment(),
            (b'\'', _) => self.quoted(b'\'', false, Kind::Text),
            (b'"', _) => self.quoted(b'"', false, Kind::Quoted),
            (b'$', _) => self.dollar(),
            (byte, _) if starts_word(byte) => self.word(),
            (b'0'..=b'9', _) | (b'.', b'0'..=b'9') => self.number(),
            (byte, _) if is_operator(byte) => self.operator(),
            (b'(' | b')' | b'[' | b']' | b',' | b';' | b'.' | b':', _) => self.punctuation(),
            _ => {
                self.at += 1;
                Kind::Broken
            }
        };
        Some(Token {
            kind,
            start,
            end: self.at,
        })
    }
}

impl Token {
    /// Whether its content is a constant of the text.
    pub(crate) fn is_literal(self) -> bool {
        match self.kind {
            Kind::Bits
            | Kind::Decimal
            | Kind::Dollar
            | Kind::Escape
            | Kind::Integer
            | Kind::Text
            | Kind::Unicode => true,
            Kind::Broken
            | Kind::Operator
            | Kind::Parameter
            | Kind::Punctuation
            | Kind::Quoted
            | Kind::Space
            | Kind::Word => false,
        }
    }
}
