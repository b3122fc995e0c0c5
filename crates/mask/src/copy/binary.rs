//! COPY's binary form: a signature, then tuples of counted fields, then -1.

use super::{Row, Step};
use crate::row::RowPlan;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// Flags and the length of the header's extension follow the signature.
const HEAD: usize = SIGNATURE.len() + 8;

/// Appends the masked form of what comes next: the head, one tuple, or the trailer.
pub(super) fn step(plan: &RowPlan, rest: &[u8], is_first: bool, out: &mut Vec<u8>) -> Step {
    let mut at = 0;
    if is_first {
        let common = rest.len().min(SIGNATURE.len());
        if rest.get(..common) != SIGNATURE.get(..common) {
            return Step::Broken;
        }
        let Some(head) = rest.get(..HEAD) else {
            return Step::More;
        };
        // Any critical flag, or an extension, is a form we do not know.
        if head.get(SIGNATURE.len()..) != Some(&[0; 8]) {
            return Step::Broken;
        }
        out.extend_from_slice(head);
        return Step::Row(HEAD, 0);
    }
    let Some(count) = take(rest, &mut at, 2) else {
        return Step::More;
    };
    out.extend_from_slice(count);
    if count == [0xff, 0xff] {
        return Step::Row(at, 0);
    }
    let count = count
        .iter()
        .fold(0, |count, byte| count << 8 | usize::from(*byte));
    if plan.width() != Some(count) {
        return Step::Broken;
    }
    let mut row = Row::default();
    while row.fields < count {
        let Some(word) = take(rest, &mut at, 4) else {
            return Step::More;
        };
        let length = i32::from_be_bytes(word.try_into().unwrap_or([0xff; 4]));
        if length < -1 {
            return Step::Broken;
        }
        let Some(cell) = take(rest, &mut at, usize::try_from(length).unwrap_or(0)) else {
            return Step::More;
        };
        if plan.nulls(row.fields) {
            out.extend_from_slice(&[0xff; 4]);
            row.masked += 1;
        } else if row.is_masked(plan, length == -1) {
            append_masked(plan, row.fields, cell, out);
            row.masked += 1;
        } else {
            out.extend_from_slice(word);
            out.extend_from_slice(cell);
        }
        row.fields += 1;
    }
    Step::Row(at, row.masked)
}

/// Appends what may be seen of a cell, behind its length.
fn append_masked(plan: &RowPlan, column: usize, cell: &[u8], out: &mut Vec<u8>) {
    let mark = out.len();
    out.extend_from_slice(&[0; 4]);
    plan.apply(column, cell, out);
    let written = i32::try_from(out.len() - mark - 4).unwrap_or(0);
    if let Some(head) = out.get_mut(mark..mark + 4) {
        head.copy_from_slice(&written.to_be_bytes());
    }
}

fn take<'b>(rest: &'b [u8], at: &mut usize, count: usize) -> Option<&'b [u8]> {
    let taken = rest.get(*at..at.checked_add(count)?)?;
    *at += count;
    Some(taken)
}
