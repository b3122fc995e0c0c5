//! From a stand-in that a reader writes back to the value it stands for.
//!
//! Why: a reader from whom a column is hidden looks a row up by what he was shown. What he holds
//! against the column becomes the value whose stand-in that is; a real value, or anything else
//! that is nobody's stand-in, becomes a value that no row has, and so finds nothing.
//! The way back itself is each transform's; here cells come apart and are put together again.

use std::borrow::Cow;

use model::{Class, Format};

use crate::keys::{Keys, Way};
use crate::scan::{self, Within};
use crate::stand::{TransformKind, typed};
use crate::types::{Kind, Type, array, cell};

/// How a constant is read, and what it is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The class of the column.
    pub class: Class,
    /// The type of the column, of an array its elements'.
    pub column_oid: u32,
    /// `atttypmod` of the column: what it has no room for has another stand-in.
    pub column_modifier: i32,
    /// How the constant is written.
    pub format: Format,
    /// Whether it is an array, each element of which is meant.
    pub is_array: bool,
    /// The type of the constant, of an array its elements'.
    pub type_oid: u32,
}

/// Why a constant cannot be turned back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// The class's stand-ins cannot be undone in that type.
    #[error("stand-ins of that class cannot be turned back")]
    Class,
    /// The bytes are not of the type, or of one that is not known.
    #[error("the value cannot be read")]
    Value,
}

/// Whether stand-ins of the class can be turned back at all.
pub fn is_found(class: Class) -> bool {
    TransformKind::of(class) == TransformKind::Invertible
}

impl Held {
    /// What is stored where a reader sees this; a value that nothing stored equals where there is
    /// no such thing.
    pub fn stored(&self, keys: &Keys, shown: &[u8]) -> Result<Vec<u8>, Lost> {
        if !is_found(self.class) {
            return Err(Lost::Class);
        }
        let kind = kind_of(self.type_oid);
        nowhere(kind).ok_or(Lost::Class)?;
        self.each(shown, |cell, out| {
            self.original(keys, cell, out)
                || nowhere(kind).is_some_and(|text| nothing(kind, self.format, text, out))
        })
        .ok_or(Lost::Value)
    }

    /// What is to be stored where a reader writes this: what his stand-in stands for, or the very
    /// same where he will read back what he wrote. `None`: it is a value of his own, which would
    /// come back as its stand-in, or may be a stand-in that cannot be told from one.
    pub fn written(&self, keys: &Keys, shown: &[u8]) -> Option<Vec<u8>> {
        self.each(shown, |cell, out| {
            if is_telling(self.class) {
                let start = out.len();
                if self.original(keys, cell, out) && is_address(out.get(start..)) {
                    return true;
                }
                out.truncate(start);
            }
            out.extend_from_slice(cell);
            self.comes_back(keys, cell)
        })
    }

    /// Whether a reader sees what is stored as it is.
    fn comes_back(&self, keys: &Keys, cell: &[u8]) -> bool {
        let column = kind_of(self.column_oid);
        let Some(text) = cell::decode(kind_of(self.type_oid), self.format, cell) else {
            return false;
        };
        if matches!(self.class, Class::FreeText | Class::Json)
            && scan::scrub_within(keys, Within::strict(), &text) != text
        {
            return false;
        }
        let limit = column.limit(self.column_modifier);
        let shown = typed::cell(keys.turned(Way::Hide), self.class, column, &text, limit);
        shown.is_some_and(|shown| shown == text)
    }

    /// The value, or the elements of an array, one by one; `None` where one of them is not made.
    fn each(&self, shown: &[u8], make: impl Fn(&[u8], &mut Vec<u8>) -> bool) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        let mut is_lost = false;
        let mut one = |shown: &[u8], out: &mut Vec<u8>| is_lost |= !make(shown, out);
        let done = match (self.is_array, self.format) {
            (false, _) => {
                one(shown, &mut out);
                Ok(())
            }
            (true, Format::Binary) => array::binary(shown, one, &mut out),
            (true, Format::Text) => array::text(shown, one, &mut out),
        };
        (done.is_ok() && !is_lost).then_some(out)
    }

    /// Appends the value whose stand-in that is.
    fn original(&self, keys: &Keys, shown: &[u8], out: &mut Vec<u8>) -> bool {
        let (kind, column) = (kind_of(self.type_oid), kind_of(self.column_oid));
        let limit = column.limit(self.column_modifier);
        let read = cell::decode(kind, self.format, shown);
        let find = |text: &str| find(keys, self.class, (column, limit), &canonical(column, text));
        let found = read.and_then(|text| find(&text));
        found.is_some_and(|text| cell::encode(kind, self.format, &text, out))
    }
}

/// Whether an e-mail address has a host that mail is sent to.
fn is_address(value: Option<&[u8]>) -> bool {
    let text = value.and_then(|value| std::str::from_utf8(value).ok());
    let parts = text.and_then(|text| text.rsplit_once('@'));
    parts.is_some_and(|(mailbox, host)| !mailbox.is_empty() && host.contains('.'))
}

/// Whether a stand-in of the class tells by its form that it is one: nobody's own address ends as
/// a stand-in's does and leads back to one.
fn is_telling(class: Class) -> bool {
    class == Class::Email
}

/// The value whose stand-in that is. Whatever the way back says, the way there decides.
fn find(keys: &Keys, class: Class, (kind, limit): (Kind, usize), shown: &str) -> Option<String> {
    let turn = |way, text: &str| typed::cell(keys.turned(way), class, kind, text, limit);
    let found = turn(Way::Find, shown)?;
    (turn(Way::Hide, &found)? == shown).then_some(found)
}

/// A type that is not the server's own is a string, or is not asked for.
fn kind_of(oid: u32) -> Kind {
    Type::of(oid).map_or(Kind::Text, |of| of.kind)
}

/// A text as the server would write the same value.
fn canonical(kind: Kind, text: &str) -> String {
    if kind == Kind::Padded {
        return text.trim_end_matches(' ').to_owned();
    }
    let is_zoned = matches!(kind, Kind::Timestamp | Kind::TimestampTz);
    if kind.is_text() || is_zoned {
        return text.to_owned();
    }
    let trimmed = text.trim();
    let trimmed = trimmed.strip_prefix('+').unwrap_or(trimmed);
    let mut bytes = Vec::new();
    let is_read = cell::encode(kind, Format::Binary, trimmed, &mut bytes);
    let again = is_read
        .then(|| cell::decode(kind, Format::Binary, &bytes))
        .flatten();
    again.map_or_else(|| trimmed.to_owned(), Cow::into_owned)
}

/// The text of a value that no row has, in types that have one. It is fixed: to find it in a row
/// would only tell that somebody put it there.
fn nowhere(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Cidr | Kind::Inet => "ff02:7063:6e6f:7768:6572:6500:0:1",
        Kind::Date | Kind::Timestamp | Kind::TimestampTz => "-infinity",
        Kind::Float4 | Kind::Float8 => "-Infinity",
        Kind::Int2 => "-32768",
        // In an array one may stand for the other.
        Kind::Int4 | Kind::Int8 => "-2147483648",
        Kind::Mac => "ff:70:63:6e:6f:77",
        Kind::Name | Kind::Padded | Kind::Text | Kind::Varchar => "\u{1}nowhere\u{1}",
        Kind::Numeric => "NaN",
        Kind::Oid => "4294967295",
        Kind::Uuid => "ffffffff-ffff-ffff-ffff-70636e6f7768",
        Kind::Bool
        | Kind::Bytea
        | Kind::Interval
        | Kind::Json
        | Kind::Jsonb
        | Kind::Money
        | Kind::OneChar
        | Kind::Point
        | Kind::Record
        | Kind::Time
        | Kind::TimeTz
        | Kind::Words
        | Kind::Xml => return None,
    })
}

/// Appends that value as a cell.
fn nothing(kind: Kind, format: Format, text: &str, out: &mut Vec<u8>) -> bool {
    if format == Format::Text {
        out.extend_from_slice(text.as_bytes());
        return true;
    }
    match kind {
        Kind::Date => out.extend_from_slice(&i32::MIN.to_be_bytes()),
        Kind::Timestamp | Kind::TimestampTz => out.extend_from_slice(&i64::MIN.to_be_bytes()),
        Kind::Float4 => out.extend_from_slice(&f32::NEG_INFINITY.to_be_bytes()),
        Kind::Float8 => out.extend_from_slice(&f64::NEG_INFINITY.to_be_bytes()),
        // No digits, weight 0, the sign that says NaN, scale 0.
        Kind::Numeric => out.extend_from_slice(&[0, 0, 0, 0, 0xc0, 0, 0, 0]),
        kind => return cell::encode(kind, format, text, out),
    }
    true
}
