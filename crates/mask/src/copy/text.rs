//! COPY's text form: fields between delimiters, control characters behind backslashes.

use model::CopyShape;

use super::Row;
use crate::row::RowPlan;

/// The length of the first line, its end included: a newline that no backslash precedes.
pub(super) fn line_end(rest: &[u8]) -> Option<usize> {
    let mut is_escaped = false;
    rest.iter()
        .position(|byte| {
            let ends = *byte == b'\n' && !is_escaped;
            is_escaped = *byte == b'\\' && !is_escaped;
            ends
        })
        .map(|at| at + 1)
}

/// Whether that NULL, written between delimiters, ends where it ends: one that ends in an open
/// backslash swallows the delimiter behind it.
pub(super) fn is_plain(null: &str) -> bool {
    let is_escaped = null
        .bytes()
        .fold(false, |is_escaped, byte| byte == b'\\' && !is_escaped);
    !is_escaped
}

/// Appends a masked row.
pub(super) fn row(plan: &RowPlan, line: &[u8], shape: &CopyShape, out: &mut Vec<u8>) -> Row {
    let mut rest = line;
    let mut row = Row::default();
    let mut shown = Vec::new();
    loop {
        let end = field_end(rest, shape.delimiter);
        let (field, tail) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        if plan.nulls(row.fields) {
            out.extend_from_slice(shape.null.as_bytes());
            row.masked += 1;
        } else if row.is_masked(plan, field == shape.null.as_bytes()) {
            shown.clear();
            plan.apply(row.fields, &unescaped(field), &mut shown);
            escape(&shown, shape, out);
            row.masked += 1;
        } else {
            out.extend_from_slice(field);
        }
        row.fields += 1;
        let Some((delimiter, tail)) = tail.split_first() else {
            return row;
        };
        out.push(*delimiter);
        rest = tail;
    }
}

fn field_end(rest: &[u8], delimiter: u8) -> usize {
    let mut is_escaped = false;
    let end = rest.iter().position(|byte| {
        let ends = *byte == delimiter && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        ends
    });
    end.unwrap_or(rest.len())
}

/// Control characters and the letters that stand for them after a backslash.
const LETTERS: &[(u8, u8)] = &[
    (8, b'b'),
    (12, b'f'),
    (b'\n', b'n'),
    (b'\r', b'r'),
    (b'\t', b't'),
    (11, b'v'),
];

fn unescaped(field: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(field.len());
    let mut bytes = field.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let next = if byte == b'\\' { bytes.next() } else { None };
        let Some(next) = next else {
            plain.push(byte);
            continue;
        };
        let octal = |byte: Option<&u8>| byte.copied().filter(|byte| (b'0'..=b'7').contains(byte));
        if octal(Some(&next)).is_some() {
            let mut value = u32::from(next - b'0');
            for _ in 0..2 {
                let Some(digit) = octal(bytes.peek()) else {
                    break;
                };
                value = value * 8 + u32::from(digit - b'0');
                bytes.next();
            }
            plain.push(u8::try_from(value & 0xff).unwrap_or(0));
            continue;
        }
        let control = LETTERS.iter().find(|(_, letter)| *letter == next);
        plain.push(control.map_or(next, |(control, _)| *control));
    }
    plain
}

fn escape(plain: &[u8], shape: &CopyShape, out: &mut Vec<u8>) {
    for byte in plain {
        let letter = LETTERS.iter().find(|(control, _)| control == byte);
        match letter {
            Some((_, letter)) => out.extend_from_slice(&[b'\\', *letter]),
            None if *byte == b'\\' || *byte == shape.delimiter => {
                out.extend_from_slice(&[b'\\', *byte]);
            }
            None => out.push(*byte),
        }
    }
}
