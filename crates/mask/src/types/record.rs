//! Rows as values, field by field: text (`(a,"b c",)`) and binary.
//!
//! The number of fields, their types and their NULLs stay; only fields are given to the caller,
//! who says how each is shown. A malformed row is an error with nothing appended.

use model::Format;

use super::array::Malformed;

/// Rewrites the fields of a row; `field` gets a field's place, from 0, and `false` makes it NULL.
pub(crate) fn each(
    format: Format,
    cell: &[u8],
    mut field: impl FnMut(usize, &[u8], &mut Vec<u8>) -> bool,
    out: &mut Vec<u8>,
) -> Result<(), Malformed> {
    let start = out.len();
    let done = match format {
        Format::Binary => binary(cell, &mut field, out),
        Format::Text => text(cell, &mut field, out),
    };
    done.ok_or_else(|| {
        out.truncate(start);
        Malformed
    })
}

/// A row of that many fields, all NULL, in text.
pub(crate) fn nothing(fields: usize, out: &mut Vec<u8>) {
    out.push(b'(');
    out.extend(std::iter::repeat_n(b',', fields.saturating_sub(1)));
    out.push(b')');
}

fn text(
    cell: &[u8],
    field: &mut impl FnMut(usize, &[u8], &mut Vec<u8>) -> bool,
    out: &mut Vec<u8>,
) -> Option<()> {
    let mut rest = cell.strip_prefix(b"(")?;
    out.push(b'(');
    let mut shown = Vec::new();
    for at in 0.. {
        let (value, after) = item(rest)?;
        shown.clear();
        if value.is_some_and(|value| field(at, &value, &mut shown)) {
            quote(&shown, out);
        }
        let (end, after) = after.split_first()?;
        out.push(*end);
        match end {
            b',' => rest = after,
            b')' => return after.is_empty().then_some(()),
            _ => return None,
        }
    }
    None
}

/// The field that begins a text, `None` if it is NULL, and what is behind it.
fn item(text: &[u8]) -> Option<(Option<Vec<u8>>, &[u8])> {
    if matches!(text.first()?, b',' | b')') {
        return Some((None, text));
    }
    let mut value = Vec::new();
    let mut is_quoted = false;
    let mut at = 0;
    loop {
        let (byte, next) = (*text.get(at)?, text.get(at + 1));
        match byte {
            b'\\' => {
                value.push(*next?);
                at += 1;
            }
            b'"' if is_quoted && next == Some(&b'"') => {
                value.push(b'"');
                at += 1;
            }
            b'"' => is_quoted = !is_quoted,
            b',' | b')' if !is_quoted => return Some((Some(value), text.get(at..)?)),
            byte => value.push(byte),
        }
        at += 1;
    }
}

fn quote(value: &[u8], out: &mut Vec<u8>) {
    let is_plain = |byte: &u8| !(byte.is_ascii_whitespace() || b"\"\\(),".contains(byte));
    if !value.is_empty() && value.iter().all(is_plain) {
        return out.extend_from_slice(value);
    }
    out.push(b'"');
    for byte in value {
        if matches!(byte, b'"' | b'\\') {
            out.push(*byte);
        }
        out.push(*byte);
    }
    out.push(b'"');
}

fn binary(
    cell: &[u8],
    field: &mut impl FnMut(usize, &[u8], &mut Vec<u8>) -> bool,
    out: &mut Vec<u8>,
) -> Option<()> {
    let (count, mut rest) = cell.split_first_chunk::<4>()?;
    out.extend_from_slice(count);
    for at in 0..usize::try_from(i32::from_be_bytes(*count)).ok()? {
        let (oid, after) = rest.split_first_chunk::<4>()?;
        let (length, after) = after.split_first_chunk::<4>()?;
        out.extend_from_slice(oid);
        let place = out.len();
        out.extend_from_slice(&(-1_i32).to_be_bytes());
        rest = after;
        let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
            continue;
        };
        let (value, after) = rest.split_at_checked(length)?;
        rest = after;
        if field(at, value, out) {
            let written = i32::try_from(out.len() - place - 4).ok()?;
            *out.get_mut(place..)?.first_chunk_mut::<4>()? = written.to_be_bytes();
        } else {
            out.truncate(place + 4);
        }
    }
    rest.is_empty().then_some(())
}
