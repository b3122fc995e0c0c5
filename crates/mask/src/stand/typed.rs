//! Values of a class in a type: the text of a cell one way or the other.
//!
//! A type that is no text has its own canonical form; what has no place in it is `None`.

use model::Class;

use super::{TransformKind, network, number, time, turned};
use crate::keys::{Domain, Turn, Way};
use crate::scan;
use crate::types::Kind;

/// The stand-in of a cell's canonical text, or the text whose stand-in it is.
pub(crate) fn cell(
    turn: Turn<'_>,
    class: Class,
    kind: Kind,
    text: &str,
    limit: usize,
) -> Option<String> {
    let is_hidden = turn.way == Way::Hide;
    match kind {
        Kind::Padded => {
            let width = text.chars().count();
            let shown = turned(turn, class, text.trim_end_matches(' '), limit)?;
            Some(format!("{shown:width$}"))
        }
        Kind::Json | Kind::Jsonb if is_hidden => {
            let within = scan::Within::strict();
            scan::json::scrub(turn.keys, within, Some(class), text)
        }
        Kind::Inet if class == Class::IpAddress => {
            let is_address = text.parse::<std::net::IpAddr>().is_ok() || text.contains('/');
            is_address.then(|| network::ip(turn, text))
        }
        Kind::Cidr if class == Class::IpAddress => network::network(turn, text),
        Kind::Mac if class == Class::MacAddress => Some(network::mac(turn, text)),
        Kind::Uuid if TransformKind::of(class) != TransformKind::Lossy => uuid(turn, text),
        Kind::Uuid if is_hidden => Some(one_way_uuid(turn, text)),
        Kind::Point if class == Class::Geo && is_hidden => number::place(turn.keys, text),
        Kind::Xml if class == Class::FreeText && is_hidden => {
            Some(scan::markup::scrub(turn.keys, scan::Within::strict(), text))
        }
        kind if kind.is_date() && class == Class::BirthDate => {
            let shown = time::birth_date(turn, text)?;
            Some(if kind == Kind::Date {
                shown.get(..10)?.to_owned()
            } else {
                shown
            })
        }
        kind if kind.is_text() => turned(turn, class, text, limit),
        kind if kind.is_number() => number::of(turn, class, kind, text),
        _ => None,
    }
}

/// Hexadecimal digits of a UUID.
const DIGITS: usize = 32;

/// Whether a text is a UUID as PostgreSQL or a program writes it.
pub(crate) fn is_uuid(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_hexdigit() || matches!(c, '-' | '{' | '}');
    let dashes = text.bytes().filter(|byte| *byte == b'-').count();
    text.len() >= 36
        && dashes == 4
        && text.chars().all(is_part)
        && text.bytes().filter(u8::is_ascii_hexdigit).count() == DIGITS
}

/// A UUID of the same version and variant.
pub(super) fn uuid(turn: Turn<'_>, text: &str) -> Option<String> {
    let read = |c: char| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut digits: Vec<u8> = text.chars().filter_map(read).collect();
    if digits.len() != DIGITS {
        return None;
    }
    // The 13th digit is the version, the 17th the variant (RFC 9562 §4).
    let variant = digits.remove(16);
    let version = digits.remove(12);
    let tweak = [b"uuid".as_slice(), &[version, variant]].concat();
    turn.of(Domain::Uuid).permute(&tweak, &mut digits, 16);
    digits.insert(12, version);
    digits.insert(16, variant);
    Some(spelled(text, &digits))
}

/// A keyed UUID of the same version and variant that cannot be undone.
fn one_way_uuid(turn: Turn<'_>, text: &str) -> String {
    let compact: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    let compact = compact.to_ascii_lowercase();
    let bytes = turn.keys.of(Domain::Secret).prf("uuid", compact.as_bytes());
    let mut digits: Vec<u8> = bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .collect();
    for place in [12, 16] {
        let kept = compact
            .get(place..=place)
            .and_then(|c| u8::from_str_radix(c, 16).ok());
        if let (Some(digit), Some(kept)) = (digits.get_mut(place), kept) {
            *digit = kept;
        }
    }
    spelled(text, &digits)
}

/// A text with its hexadecimal digits replaced, each in the case that stood there.
fn spelled(text: &str, digits: &[u8]) -> String {
    let is_upper = text.bytes().any(|byte| byte.is_ascii_uppercase());
    let mut digits = digits.iter();
    let put = |c: char| {
        if !c.is_ascii_hexdigit() {
            return c;
        }
        let digit = digits.next().map_or(0, |digit| u32::from(*digit));
        let digit = char::from_digit(digit, 16).unwrap_or('0');
        if is_upper {
            digit.to_ascii_uppercase()
        } else {
            digit
        }
    };
    text.chars().map(put).collect()
}
