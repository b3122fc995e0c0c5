//! The blank of a type: a constant that is valid in it and says nothing of the value.

use model::Format;

use super::{Kind, Type, cell};

/// Asterisks for strings, as far as they fit.
const STARS: &str = "****";

/// Whether a type has a blank in a format.
pub(crate) fn exists(kind: Kind, format: Format) -> bool {
    // A record in binary carries the types of its fields, which we do not know.
    !(kind == Kind::Record && format == Format::Binary)
}

/// Appends the blank of a type.
pub(crate) fn append(of: Type, format: Format, limit: usize, out: &mut Vec<u8>) {
    match (of.is_array, format) {
        (true, Format::Text) => out.extend_from_slice(b"{}"),
        (true, Format::Binary) => {
            // No dimensions, no NULLs, the element's oid.
            out.extend_from_slice(&[0; 8]);
            out.extend_from_slice(&of.element_oid.to_be_bytes());
        }
        (false, _) => scalar(of.kind, format, limit, out),
    }
}

fn scalar(kind: Kind, format: Format, limit: usize, out: &mut Vec<u8>) {
    let text = match kind {
        Kind::Bool => return out.push(if format == Format::Text { b'f' } else { 0 }),
        Kind::Bytea if format == Format::Text => "\\x",
        Kind::Bytea => return,
        Kind::Interval if format == Format::Binary => return out.extend_from_slice(&[0; 16]),
        Kind::Time if format == Format::Binary => return out.extend_from_slice(&[0; 8]),
        Kind::TimeTz if format == Format::Binary => return out.extend_from_slice(&[0; 12]),
        // No words at all.
        Kind::Words if format == Format::Binary => return out.extend_from_slice(&[0; 4]),
        Kind::Words => "",
        Kind::Interval | Kind::Time => "00:00:00",
        Kind::TimeTz => "00:00:00+00",
        Kind::Record => "()",
        Kind::Date => "1970-01-01",
        Kind::Timestamp => "1970-01-01 00:00:00",
        Kind::TimestampTz => "1970-01-01 00:00:00+00",
        Kind::Uuid => "00000000-0000-0000-0000-000000000000",
        Kind::Inet => "0.0.0.0",
        Kind::Cidr => "0.0.0.0/32",
        Kind::Mac => "00:00:00:00:00:00",
        Kind::Json | Kind::Jsonb => "{}",
        Kind::Point => "(0,0)",
        Kind::Xml => "<masked/>",
        Kind::Money => "0.00",
        Kind::Name | Kind::OneChar | Kind::Padded | Kind::Text | Kind::Varchar => {
            STARS.get(..limit.min(STARS.len())).unwrap_or("")
        }
        Kind::Float4
        | Kind::Float8
        | Kind::Int2
        | Kind::Int4
        | Kind::Int8
        | Kind::Numeric
        | Kind::Oid => "0",
    };
    if kind == Kind::Bytea || !cell::encode(kind, format, text, out) {
        out.extend_from_slice(text.as_bytes());
    }
}
