//! One scalar cell between its bytes and the canonical text.
//!
//! Decoding gives `None` where the bytes are not what the type says, or say something we cannot
//! carry (infinity, another `DateStyle`): the cell is then blanked. It masks nothing.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use model::Format;

use super::{Kind, date, numeric};

const DAY_MICROS: i64 = 86_400_000_000;

/// The canonical text of a cell.
pub(crate) fn decode(kind: Kind, format: Format, cell: &[u8]) -> Option<Cow<'_, str>> {
    let utf8 = |bytes| std::str::from_utf8(bytes).ok().map(Cow::Borrowed);
    match (kind, format) {
        (Kind::Float4, Format::Text) => {
            let number = std::str::from_utf8(cell).ok()?.parse::<f32>().ok()?;
            number.is_finite().then(|| number.to_string().into())
        }
        (Kind::Float8, Format::Text) => {
            let number = std::str::from_utf8(cell).ok()?.parse::<f64>().ok()?;
            number.is_finite().then(|| number.to_string().into())
        }
        (_, Format::Text) | (Kind::Json | Kind::Xml, Format::Binary) => utf8(cell),
        (Kind::Jsonb, Format::Binary) => utf8(cell.strip_prefix(&[1])?),
        (kind, Format::Binary) if kind.is_text() => utf8(cell),
        (kind, Format::Binary) => binary(kind, cell).map(Cow::Owned),
    }
}

/// The canonical text of a cell in its type's binary form.
fn binary(kind: Kind, cell: &[u8]) -> Option<String> {
    match kind {
        Kind::Int2 => Some(i16::from_be_bytes(cell.try_into().ok()?).to_string()),
        Kind::Int4 => Some(i32::from_be_bytes(cell.try_into().ok()?).to_string()),
        Kind::Int8 => Some(i64::from_be_bytes(cell.try_into().ok()?).to_string()),
        Kind::Oid => Some(u32::from_be_bytes(cell.try_into().ok()?).to_string()),
        Kind::Float4 => {
            let number = f32::from_be_bytes(cell.try_into().ok()?);
            number.is_finite().then(|| number.to_string())
        }
        Kind::Float8 => float8(cell).map(|number| number.to_string()),
        Kind::Numeric => numeric::decode(cell),
        Kind::Money => {
            let cents = i64::from_be_bytes(cell.try_into().ok()?);
            let sign = if cents < 0 { "-" } else { "" };
            let cents = cents.unsigned_abs();
            Some(format!("{sign}{}.{:02}", cents / 100, cents % 100))
        }
        Kind::Date => plausible(i64::from(i32::from_be_bytes(cell.try_into().ok()?))),
        Kind::Timestamp => instant(cell),
        Kind::TimestampTz => instant(cell).map(|text| text + "+00"),
        Kind::Uuid => uuid(cell),
        Kind::Inet | Kind::Cidr => address(cell),
        Kind::Mac => {
            let bytes: [u8; 6] = cell.try_into().ok()?;
            Some(bytes.map(|byte| format!("{byte:02x}")).join(":"))
        }
        Kind::Point => {
            let (x, y) = cell.split_at_checked(8)?;
            Some(format!("({},{})", float8(x)?, float8(y)?))
        }
        _ => None,
    }
}

/// Appends a canonical text as a cell; `false`, with nothing appended, if it is none of the type.
pub(crate) fn encode(kind: Kind, format: Format, text: &str, out: &mut Vec<u8>) -> bool {
    if format == Format::Text && is_any_text(kind) {
        out.extend_from_slice(text.as_bytes());
        return true;
    }
    let start = out.len();
    let is_valid = append_binary(kind, text, out).is_some();
    if format == Format::Binary {
        if !is_valid {
            out.truncate(start);
        }
        return is_valid;
    }
    out.truncate(start);
    if is_valid {
        out.extend_from_slice(text.as_bytes());
    }
    is_valid
}

/// The binary form: also how a text is checked for validity.
fn append_binary(kind: Kind, text: &str, out: &mut Vec<u8>) -> Option<()> {
    match kind {
        Kind::Jsonb => out.push(1),
        Kind::Int2 => out.extend_from_slice(&text.parse::<i16>().ok()?.to_be_bytes()),
        Kind::Int4 => out.extend_from_slice(&text.parse::<i32>().ok()?.to_be_bytes()),
        Kind::Int8 => out.extend_from_slice(&text.parse::<i64>().ok()?.to_be_bytes()),
        Kind::Oid => out.extend_from_slice(&text.parse::<u32>().ok()?.to_be_bytes()),
        Kind::Float4 => out.extend_from_slice(&text.parse::<f32>().ok()?.to_be_bytes()),
        Kind::Float8 => out.extend_from_slice(&text.parse::<f64>().ok()?.to_be_bytes()),
        Kind::Numeric => numeric::encode(text, out).then_some(())?,
        Kind::Money => {
            let is_negative = text.contains('-') || text.starts_with('(');
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            let cents = digits.parse::<i64>().ok()?;
            let cents = if is_negative { -cents } else { cents };
            out.extend_from_slice(&cents.to_be_bytes());
        }
        Kind::Date => {
            let (day, rest) = date::read_iso(text)?;
            rest.is_empty().then_some(())?;
            out.extend_from_slice(&i32::try_from(day).ok()?.to_be_bytes());
        }
        Kind::Timestamp | Kind::TimestampTz => {
            out.extend_from_slice(&read_instant(text)?.to_be_bytes());
        }
        Kind::Uuid => append_hex(text, 16, out)?,
        Kind::Mac => append_hex(text, 6, out)?,
        Kind::Inet | Kind::Cidr => append_address(kind, text, out)?,
        Kind::Point => {
            let (x, y) = text.strip_prefix('(')?.strip_suffix(')')?.split_once(',')?;
            out.extend_from_slice(&x.parse::<f64>().ok()?.to_be_bytes());
            out.extend_from_slice(&y.parse::<f64>().ok()?.to_be_bytes());
        }
        kind if is_any_text(kind) => {}
        _ => return None,
    }
    if is_any_text(kind) {
        out.extend_from_slice(text.as_bytes());
    }
    Some(())
}

/// Types any text is valid in, as far as we look.
fn is_any_text(kind: Kind) -> bool {
    matches!(kind, Kind::Json | Kind::Jsonb | Kind::Xml) || kind.is_text()
}

fn float8(cell: &[u8]) -> Option<f64> {
    Some(f64::from_be_bytes(cell.try_into().ok()?)).filter(|number| number.is_finite())
}

fn plausible(day: i64) -> Option<String> {
    let (year, _, _) = date::civil(day);
    (1..=9999).contains(&year).then(|| date::iso(day))
}

fn instant(cell: &[u8]) -> Option<String> {
    let micros = i64::from_be_bytes(cell.try_into().ok()?);
    let day = plausible(micros.div_euclid(DAY_MICROS))?;
    Some(format!(
        "{day} {}",
        date::clock(micros.rem_euclid(DAY_MICROS))
    ))
}

fn read_instant(text: &str) -> Option<i64> {
    let (day, rest) = date::read_iso(text)?;
    if rest.is_empty() {
        return Some(day * DAY_MICROS);
    }
    let (micros, zone) = date::read_clock(rest.strip_prefix([' ', 'T'])?)?;
    Some(day * DAY_MICROS + micros - date::read_zone(zone)?)
}

fn uuid(cell: &[u8]) -> Option<String> {
    let bytes: [u8; 16] = cell.try_into().ok()?;
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let _ = write!(text, "{byte:02x}");
    }
    Some(text)
}

fn append_hex(text: &str, count: usize, out: &mut Vec<u8>) -> Option<()> {
    let digits: Vec<u8> = text
        .chars()
        .filter(char::is_ascii_hexdigit)
        .filter_map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let punctuation = text.chars().filter(|c| !c.is_ascii_hexdigit());
    if digits.len() != count * 2 || !punctuation.clone().all(|c| matches!(c, '-' | ':' | '.')) {
        return None;
    }
    out.extend(
        digits
            .chunks(2)
            .map(|pair| pair.iter().fold(0_u8, |byte, digit| (byte << 4) | digit)),
    );
    Some(())
}

/// The families of `inet`'s binary form.
const V4: u8 = 2;
const V6: u8 = 3;

fn address(cell: &[u8]) -> Option<String> {
    let (head, bytes) = cell.split_at_checked(4)?;
    let (family, bits, is_cidr) = (*head.first()?, *head.get(1)?, *head.get(2)? == 1);
    let (text, full) = match family {
        V4 => (
            Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).to_string(),
            32,
        ),
        V6 => (
            Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).to_string(),
            128,
        ),
        _ => return None,
    };
    Some(if bits == full && !is_cidr {
        text
    } else {
        format!("{text}/{bits}")
    })
}

fn append_address(kind: Kind, text: &str, out: &mut Vec<u8>) -> Option<()> {
    let (host, bits) = match text.split_once('/') {
        Some((host, bits)) => (host, Some(bits.parse::<u8>().ok()?)),
        None => (text, None),
    };
    let is_cidr = u8::from(kind == Kind::Cidr);
    match host.parse().ok()? {
        std::net::IpAddr::V4(host) => {
            out.extend_from_slice(&[V4, bits.unwrap_or(32), is_cidr, 4]);
            out.extend_from_slice(&host.octets());
        }
        std::net::IpAddr::V6(host) => {
            out.extend_from_slice(&[V6, bits.unwrap_or(128), is_cidr, 16]);
            out.extend_from_slice(&host.octets());
        }
    }
    Some(())
}
