//! COPY's CSV form: quoted fields may hold anything, line ends included.

use model::CopyShape;

use super::Row;
use crate::row::RowPlan;

/// Walks bytes and tells, for each, whether it lies inside quotes.
struct Quotes<'s> {
    is_escaped: bool,
    is_inside: bool,
    shape: &'s CopyShape,
}

impl<'s> Quotes<'s> {
    fn new(shape: &'s CopyShape) -> Self {
        Self {
            is_escaped: false,
            is_inside: false,
            shape,
        }
    }

    /// Whether the byte stands outside quotes. With escape = quote a doubled quote leaves and
    /// enters again, which comes to the same.
    fn is_outside(&mut self, byte: u8) -> bool {
        let shape = self.shape;
        if self.is_escaped {
            self.is_escaped = false;
            return false;
        }
        if self.is_inside && byte == shape.escape && shape.escape != shape.quote {
            self.is_escaped = true;
        } else if byte == shape.quote {
            self.is_inside = !self.is_inside;
        }
        !self.is_inside
    }
}

/// The length of the first line, its end included.
pub(super) fn line_end(rest: &[u8], shape: &CopyShape) -> Option<usize> {
    let mut quotes = Quotes::new(shape);
    rest.iter()
        .position(|byte| quotes.is_outside(*byte) && *byte == b'\n')
        .map(|at| at + 1)
}

/// Appends a masked row.
pub(super) fn row(plan: &RowPlan, line: &[u8], shape: &CopyShape, out: &mut Vec<u8>) -> Row {
    let mut rest = line;
    let mut row = Row::default();
    let mut shown = Vec::new();
    loop {
        let mut quotes = Quotes::new(shape);
        let end = rest
            .iter()
            .position(|byte| quotes.is_outside(*byte) && *byte == shape.delimiter);
        let (field, tail) = rest
            .split_at_checked(end.unwrap_or(rest.len()))
            .unwrap_or((rest, &[]));
        if plan.nulls(row.fields) {
            out.extend_from_slice(shape.null.as_bytes());
            row.masked += 1;
        } else if row.is_masked(plan, field == shape.null.as_bytes()) {
            shown.clear();
            plan.apply(row.fields, &unquoted(field, shape), &mut shown);
            // Quotes say something of the value they stand around: a blank keeps none.
            let keeps_quotes = !plan.blanks(row.fields) && field.first() == Some(&shape.quote);
            quote(&shown, keeps_quotes, shape, out);
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

fn unquoted(field: &[u8], shape: &CopyShape) -> Vec<u8> {
    let mut plain = Vec::with_capacity(field.len());
    let mut is_inside = false;
    let mut bytes = field.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let next = bytes.peek().copied();
        let escapes = next.is_some_and(|next| next == shape.quote || next == shape.escape);
        if is_inside && byte == shape.escape && escapes {
            plain.extend(bytes.next());
        } else if byte == shape.quote {
            is_inside = !is_inside;
        } else {
            plain.push(byte);
        }
    }
    plain
}

fn quote(plain: &[u8], was_quoted: bool, shape: &CopyShape, out: &mut Vec<u8>) {
    let is_special =
        |byte: &u8| [shape.delimiter, shape.quote, shape.escape, b'\n', b'\r'].contains(byte);
    let needs = plain == shape.null.as_bytes() || plain == b"\\." || plain.iter().any(is_special);
    if !was_quoted && !needs {
        return out.extend_from_slice(plain);
    }
    out.push(shape.quote);
    for byte in plain {
        if *byte == shape.quote || *byte == shape.escape {
            out.push(shape.escape);
        }
        out.push(*byte);
    }
    out.push(shape.quote);
}
