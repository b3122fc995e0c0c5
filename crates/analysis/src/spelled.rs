//! What a literal says, from its spelling alone.
//!
//! Why apart from the parser: a text of a known shape is not parsed again, and its constants may
//! be spelled in other ways than those of the text that was. What is not plain is not read.

use std::borrow::Cow;

/// The content of a literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spelled<'t> {
    /// Digits, perhaps with a point.
    Number(&'t str),
    /// The characters of a string.
    Text(Cow<'t, str>),
}

impl<'t> Spelled<'t> {
    /// What that literal says; `None` for Unicode escapes, national strings, numbers of another
    /// base or with an exponent, and escapes by number.
    pub fn of(literal: &'t str) -> Option<Self> {
        match *literal.as_bytes().first()? {
            b'\'' => Some(Self::Text(plain(
                literal.strip_prefix('\'')?.strip_suffix('\'')?,
            ))),
            b'E' | b'e' => escaped(literal.get(1..)?).map(Self::Text),
            b'$' => dollar(literal).map(|text| Self::Text(Cow::Borrowed(text))),
            b'0'..=b'9' | b'.' => {
                let is_plain = literal
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || byte == b'.');
                is_plain.then_some(Self::Number(literal))
            }
            _ => None,
        }
    }
}

fn plain(inner: &str) -> Cow<'_, str> {
    if inner.contains('\'') {
        Cow::Owned(inner.replace("''", "'"))
    } else {
        Cow::Borrowed(inner)
    }
}

/// `'…'` in which a backslash escapes.
fn escaped(quoted: &str) -> Option<Cow<'_, str>> {
    let inner = quoted.strip_prefix('\'')?.strip_suffix('\'')?;
    if !inner.contains('\\') {
        return Some(plain(inner));
    }
    let mut text = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(next) = chars.next() {
        text.push(match next {
            '\\' => match chars.next()? {
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' | 'U' | 'x' | '0'..='7' => return None,
                other => other,
            },
            '\'' => chars.next()?,
            other => other,
        });
    }
    Some(Cow::Owned(text))
}

/// `$tag$…$tag$`.
fn dollar(literal: &str) -> Option<&str> {
    let end = literal.get(1..)?.find('$')? + 2;
    let tag = literal.get(..end)?;
    literal.get(end..)?.strip_suffix(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_say_what_the_server_reads() {
        let table = [
            ("'a'", Some("a")),
            ("'it''s'", Some("it's")),
            ("''", Some("")),
            ("E'a\\'b\\n\\\\'", Some("a'b\n\\")),
            ("e'it''s'", Some("it's")),
            ("E'\\x61'", None),
            ("E'\\141'", None),
            ("$$it's$$", Some("it's")),
            ("$t$a$$b$t$", Some("a$$b")),
            ("U&'a'", None),
            ("N'a'", None),
            ("B'1'", None),
        ];
        for (literal, expected) in table {
            let found = Spelled::of(literal).map(|spelled| match spelled {
                Spelled::Text(text) => text.into_owned(),
                Spelled::Number(number) => format!("number {number}"),
            });
            assert_eq!(found.as_deref(), expected, "{literal}");
        }
        assert_eq!(Spelled::of("12.5"), Some(Spelled::Number("12.5")));
        for number in ["0x1f", "1e5", "1_000"] {
            assert_eq!(Spelled::of(number), None);
        }
    }
}
