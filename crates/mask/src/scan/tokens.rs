//! A text cut into words, numbers and signs, each looked up once.
//!
//! One pass: a word is hashed as it is read, in lower case and without accents, and one look-up
//! says everything the lexicon knows of it. Spaces are no tokens; line ends are signs.

use super::lexicon::{Lexicon, Sense};

/// What a token is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// ASCII digits.
    Digits,
    /// Letters with digits or underscores among them.
    Mixed,
    /// One sign.
    Sign(char),
    /// Letters.
    Word,
}

/// How a word is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    /// A capital and small letters.
    Capital,
    /// Small letters, or a script without case.
    Lower,
    /// Capitals only, two or more.
    Upper,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) case: Case,
    pub(super) end: usize,
    pub(super) hash: u64,
    pub(super) kind: Kind,
    pub(super) sense: Sense,
    pub(super) start: usize,
}

impl Token {
    pub(super) fn is(&self, sense: u32) -> bool {
        self.sense.is(sense)
    }

    pub(super) fn is_sign(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }

    pub(super) fn is_word(&self) -> bool {
        self.kind == Kind::Word
    }

    pub(super) fn is_capital(&self) -> bool {
        self.is_word() && self.case != Case::Lower
    }
}

/// A text and its tokens.
pub(super) struct Scene<'t> {
    pub(super) text: &'t str,
    pub(super) tokens: Vec<Token>,
}

impl<'t> Scene<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let lexicon = Lexicon::the();
        let mut tokens = Vec::with_capacity(text.len() / 4 + 4);
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            if matches!(byte, b' ' | b'\t' | b'\r') {
                at += 1;
                continue;
            }
            let token = read(text, at);
            at = token.end;
            tokens.push(token);
        }
        for token in &mut tokens {
            if matches!(token.kind, Kind::Word | Kind::Mixed) {
                token.sense = lexicon.sense(token.hash);
                let word = text.get(token.start..token.end).unwrap_or("");
                if token.sense == Sense::NONE && word.starts_with(|c| c >= '\u{e00}') {
                    token.sense = lexicon.sense_of_ending(word);
                }
            }
        }
        Self { text, tokens }
    }

    pub(super) fn str(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or("")
    }

    pub(super) fn word(&self, token: &Token) -> &'t str {
        self.str(token.start, token.end)
    }

    pub(super) fn get(&self, index: usize) -> Option<&Token> {
        self.tokens.get(index)
    }

    /// The token before an index.
    pub(super) fn before(&self, index: usize) -> Option<&Token> {
        self.tokens.get(index.checked_sub(1)?)
    }

    /// The text between two tokens that follow each other.
    pub(super) fn gap(&self, index: usize) -> &'t str {
        match (self.tokens.get(index), self.tokens.get(index + 1)) {
            (Some(one), Some(next)) => self.str(one.end, next.start),
            _ => "",
        }
    }

    /// Whether two tokens that follow each other touch.
    pub(super) fn touches(&self, index: usize) -> bool {
        let next = self.tokens.get(index + 1);
        next.is_some_and(|next| self.get(index).is_some_and(|one| one.end == next.start))
    }

    /// Whether a sentence may begin at a token.
    pub(super) fn opens(&self, index: usize) -> bool {
        self.before(index).is_none_or(|before| {
            matches!(
                before.kind,
                Kind::Sign('.' | '!' | '?' | '\n' | ':' | '"' | '•' | '*' | '>' | '|')
            )
        })
    }
}

fn read(text: &str, start: usize) -> Token {
    let mut hash = Hash::new();
    let (mut letters, mut digits, mut uppers, mut lines) = (0_usize, 0_usize, 0_usize, 0_usize);
    let (mut first_upper, mut was_eastern) = (false, false);
    let mut end = start;
    let rest = text.get(start..).unwrap_or("");
    for (offset, c) in rest.char_indices() {
        // Scripts without spaces: digits and Latin letters among them are words of their own.
        let is_eastern = c >= '\u{e00}' && is_letter(c);
        if offset > 0 && is_eastern != was_eastern && (is_eastern || c.is_ascii_alphanumeric()) {
            break;
        }
        was_eastern = is_eastern;
        if c.is_ascii_digit() {
            digits += 1;
        } else if c == '_' {
            lines += 1;
        } else if is_letter(c) {
            let is_upper = c.is_ascii_uppercase() || !c.is_ascii() && c.is_uppercase();
            first_upper |= letters == 0 && is_upper;
            uppers += usize::from(is_upper);
            letters += 1;
        } else {
            break;
        }
        if c != '_' {
            hash.add(c);
        }
        end = start + offset + c.len_utf8();
    }
    let kind = match (letters, digits, lines) {
        (0, 0, 0) => {
            let sign = rest.chars().next().unwrap_or(' ');
            end = start + sign.len_utf8();
            Kind::Sign(sign)
        }
        (0, _, 0) => Kind::Digits,
        (_, 0, 0) => Kind::Word,
        _ => Kind::Mixed,
    };
    let case = match uppers {
        0 => Case::Lower,
        _ if uppers == letters && letters > 1 => Case::Upper,
        _ if first_upper => Case::Capital,
        _ => Case::Lower,
    };
    Token {
        case,
        end,
        hash: hash.0,
        kind,
        sense: Sense::NONE,
        start,
    }
}

/// Letters, and the marks that stand on them.
fn is_letter(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphabetic();
    }
    c.is_alphabetic()
        || matches!(c, '\u{300}'..='\u{36f}' | '\u{93c}'..='\u{94d}' | '\u{e31}'..='\u{e4e}' | '々')
}

/// The hash of a word in lower case without accents.
pub(super) struct Hash(u64);

impl Hash {
    pub(super) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(super) fn of(word: &str) -> u64 {
        let mut hash = Self::new();
        word.chars().filter(|c| *c != '_').for_each(|c| hash.add(c));
        hash.0
    }

    /// The hash of words that follow each other.
    pub(super) fn both(first: u64, second: u64) -> u64 {
        first.rotate_left(23).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ second
    }

    pub(super) fn add(&mut self, c: char) {
        if c.is_ascii() {
            self.byte(c.to_ascii_lowercase() as u8);
        } else {
            self.wide(c);
        }
    }

    fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }

    fn wide(&mut self, c: char) {
        let plain = match c {
            'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' | 'Á' | 'À' | 'Â' | 'Ä' | 'Ã'
            | 'Å' | 'Ā' | 'Ă' | 'Ą' => "a",
            'é' | 'è' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' | 'É' | 'È' | 'Ê' | 'Ë' | 'Ē' | 'Ė'
            | 'Ę' | 'Ě' => "e",
            'í' | 'ì' | 'î' | 'ï' | 'ī' | 'į' | 'ı' | 'Í' | 'Ì' | 'Î' | 'Ï' | 'Ī' | 'Į' | 'İ' => {
                "i"
            }
            'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' | 'ō' | 'ő' | 'Ó' | 'Ò' | 'Ô' | 'Ö' | 'Õ' | 'Ø'
            | 'Ō' | 'Ő' => "o",
            'ú' | 'ù' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' | 'ų' | 'Ú' | 'Ù' | 'Û' | 'Ü' | 'Ū' | 'Ů'
            | 'Ű' | 'Ų' => "u",
            'ç' | 'ć' | 'č' | 'Ç' | 'Ć' | 'Č' => "c",
            'ñ' | 'ń' | 'ň' | 'ņ' | 'Ñ' | 'Ń' | 'Ň' | 'Ņ' => "n",
            'ś' | 'š' | 'ş' | 'ș' | 'Ś' | 'Š' | 'Ş' | 'Ș' => "s",
            'ź' | 'ż' | 'ž' | 'Ź' | 'Ż' | 'Ž' => "z",
            'ř' | 'Ř' => "r",
            'ł' | 'ľ' | 'ļ' | 'Ł' | 'Ľ' | 'Ļ' => "l",
            'ť' | 'ţ' | 'ț' | 'Ť' | 'Ţ' | 'Ț' => "t",
            'ď' | 'đ' | 'Ď' | 'Đ' => "d",
            'ğ' | 'ģ' | 'Ğ' | 'Ģ' => "g",
            'ķ' | 'Ķ' => "k",
            'ý' | 'ÿ' | 'Ý' => "y",
            'ß' => "ss",
            'æ' | 'Æ' => "ae",
            'œ' | 'Œ' => "oe",
            'þ' | 'Þ' => "th",
            'ё' | 'Ё' => "е",
            '\u{300}'..='\u{36f}' => "",
            _ => {
                let mut buffer = [0; 4];
                for c in c.to_lowercase() {
                    c.encode_utf8(&mut buffer)
                        .bytes()
                        .for_each(|byte| self.byte(byte));
                }
                return;
            }
        };
        plain.bytes().for_each(|byte| self.byte(byte));
    }
}
