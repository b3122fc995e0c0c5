//! Arrays, element by element: text (`{a,"b c",NULL}`) and binary.
//!
//! Shape, NULLs and bounds stay; only elements are given to the caller. A malformed array is an
//! error with nothing appended: the caller blanks the cell.

/// The array was not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Rewrites the elements of an array in text format.
pub(crate) fn text(
    cell: &[u8],
    mut element: impl FnMut(&[u8], &mut Vec<u8>),
    out: &mut Vec<u8>,
) -> Result<(), Malformed> {
    let start = out.len();
    let mut lexer = Elements { bytes: cell, at: 0 };
    // Bounds other than 1 are written before the braces: `[0:1]={1,2}`.
    if cell.first() == Some(&b'[') {
        let end = cell
            .iter()
            .position(|byte| *byte == b'=')
            .ok_or(Malformed)?;
        lexer.at = end + 1;
        out.extend_from_slice(cell.get(..=end).ok_or(Malformed)?);
    }
    let mut shown = Vec::new();
    let mut depth = 0_usize;
    while let Some(byte) = cell.get(lexer.at).copied() {
        match byte {
            b'{' | b'}' | b',' => {
                depth = match byte {
                    b'{' => depth + 1,
                    b'}' if depth == 0 => return fail(start, out),
                    b'}' => depth - 1,
                    _ => depth,
                };
                lexer.at += 1;
                out.push(byte);
            }
            _ if depth == 0 => return fail(start, out),
            _ => match lexer.next() {
                None => return fail(start, out),
                Some(None) => out.extend_from_slice(b"NULL"),
                Some(Some(value)) => {
                    shown.clear();
                    element(&value, &mut shown);
                    append_quoted(&shown, out);
                }
            },
        }
    }
    if depth == 0 && out.len() > start {
        Ok(())
    } else {
        fail(start, out)
    }
}

fn fail(start: usize, out: &mut Vec<u8>) -> Result<(), Malformed> {
    out.truncate(start);
    Err(Malformed)
}

struct Elements<'a> {
    at: usize,
    bytes: &'a [u8],
}

impl Elements<'_> {
    /// The next element; `Some(None)` is NULL, `None` a broken quotation.
    #[expect(clippy::option_option, reason = "NULL and malformed are two things")]
    fn next(&mut self) -> Option<Option<Vec<u8>>> {
        let is_quoted = self.bytes.get(self.at) == Some(&b'"');
        self.at += usize::from(is_quoted);
        let mut value = Vec::new();
        loop {
            match self.bytes.get(self.at).copied() {
                None => return None,
                Some(b'\\') => {
                    value.push(*self.bytes.get(self.at + 1)?);
                    self.at += 2;
                }
                Some(b'"') if is_quoted => {
                    self.at += 1;
                    return Some(Some(value));
                }
                Some(b',' | b'}') if !is_quoted => {
                    let is_null = value.eq_ignore_ascii_case(b"NULL");
                    return Some((!is_null).then_some(value));
                }
                Some(byte) => {
                    value.push(byte);
                    self.at += 1;
                }
            }
        }
    }
}

/// Quotes where `array_out` would.
fn append_quoted(value: &[u8], out: &mut Vec<u8>) {
    let is_special =
        |byte: &u8| matches!(byte, b'"' | b'\\' | b'{' | b'}' | b',') || byte.is_ascii_whitespace();
    let is_plain =
        !value.is_empty() && !value.iter().any(is_special) && !value.eq_ignore_ascii_case(b"NULL");
    if is_plain {
        return out.extend_from_slice(value);
    }
    out.push(b'"');
    for byte in value {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out.push(b'"');
}

/// Rewrites the elements of an array in binary format.
pub(crate) fn binary(
    cell: &[u8],
    mut element: impl FnMut(&[u8], &mut Vec<u8>),
    out: &mut Vec<u8>,
) -> Result<(), Malformed> {
    let start = out.len();
    let mut reader = cell;
    let dimensions = take_i32(&mut reader).ok_or(Malformed)?;
    let bounds = usize::try_from(dimensions)
        .ok()
        .filter(|count| *count <= 6)
        .ok_or(Malformed)?;
    let head = 12 + bounds * 8;
    out.extend_from_slice(cell.get(..head).ok_or(Malformed)?);
    let mut reader = cell.get(head..).ok_or(Malformed)?;
    let mut shown = Vec::new();
    while !reader.is_empty() {
        let Some(length) = take_i32(&mut reader) else {
            return fail(start, out);
        };
        let Ok(length) = usize::try_from(length) else {
            out.extend_from_slice(&(-1_i32).to_be_bytes());
            continue;
        };
        let Some((value, rest)) = reader.split_at_checked(length) else {
            return fail(start, out);
        };
        reader = rest;
        shown.clear();
        element(value, &mut shown);
        out.extend_from_slice(&i32::try_from(shown.len()).unwrap_or(0).to_be_bytes());
        out.extend_from_slice(&shown);
    }
    Ok(())
}

fn take_i32(reader: &mut &[u8]) -> Option<i32> {
    let (head, rest) = reader.split_at_checked(4)?;
    *reader = rest;
    Some(i32::from_be_bytes(head.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shout(value: &[u8], out: &mut Vec<u8>) {
        out.extend(value.to_ascii_uppercase());
    }

    #[test]
    fn text_arrays_keep_shape_and_nulls() {
        for (given, wanted) in [
            ("{}", "{}"),
            ("{a,b}", "{A,B}"),
            ("{a,NULL,\"null\"}", "{A,NULL,\"NULL\"}"),
            (
                "{{a,\"b c\"},{\"x\\\"y\",\"\"}}",
                "{{A,\"B C\"},{\"X\\\"Y\",\"\"}}",
            ),
            ("[0:1]={a,b}", "[0:1]={A,B}"),
        ] {
            let mut out = Vec::new();
            assert_eq!(text(given.as_bytes(), shout, &mut out), Ok(()));
            assert_eq!(String::from_utf8(out).unwrap(), wanted);
        }
        for broken in ["", "a", "{a", "a}", "{\"a}"] {
            let mut out = Vec::new();
            assert_eq!(
                text(broken.as_bytes(), shout, &mut out),
                Err(Malformed),
                "{broken}"
            );
            assert!(out.is_empty());
        }
    }

    #[test]
    fn binary_arrays_keep_shape_and_nulls() {
        let mut cell = Vec::new();
        for word in [1_i32, 1, 25, 2, 1, 1] {
            cell.extend_from_slice(&word.to_be_bytes());
        }
        cell.push(b'a');
        cell.extend_from_slice(&(-1_i32).to_be_bytes());
        let mut out = Vec::new();
        assert_eq!(binary(&cell, shout, &mut out), Ok(()));
        cell[24] = b'A';
        assert_eq!(out, cell);
    }
}
