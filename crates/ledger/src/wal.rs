//! The write-ahead log: how entries lie on the disk before they are under a checkpoint.
//!
//! ```text
//! segment  "PCLEDG01" ‖ first: u64 ‖ durable: u64 ‖ crc32c(those 24 bytes): u32
//!          ‖ record* ‖ zeros
//! record   length: u32 ‖ crc32c(length ‖ seq: u64 ‖ entry): u32 ‖ entry
//! ```
//! Numbers are big end first. `first` is the position of the segment's first entry, `durable` how
//! many entries of the ledger were durable when the segment was begun. A length of zero ends the
//! records: segments are made of zeros ahead of need. The position is under the checksum, so that
//! a record never passes for another.
//!
//! Why `scan` and `stitch` are total: they read what a crash left behind. Any bytes give an answer:
//! the longest row of records, and what was cut. What a checkpoint (or a later segment) says was
//! durable and is not there is never cut but a [`Hole`].

use std::ops::Range;

use crate::ENTRY_MAX_BYTES;

const MAGIC: &[u8; 8] = b"PCLEDG01";
/// Bytes of a segment before its first record.
pub const HEADER_BYTES: usize = 28;
/// Bytes of a record before its entry.
pub const FRAME_BYTES: usize = 8;

/// The first bytes of a segment.
pub fn header(first: u64, durable: u64) -> [u8; HEADER_BYTES] {
    let mut out = [0; HEADER_BYTES];
    let fields = [
        MAGIC.as_slice(),
        &first.to_be_bytes(),
        &durable.to_be_bytes(),
    ]
    .concat();
    let crc = crc32c::crc32c(&fields).to_be_bytes();
    for (to, from) in out.iter_mut().zip(fields.into_iter().chain(crc)) {
        *to = from;
    }
    out
}

/// Appends a record whose entry `write` appends; returns the entry's place in `out`.
pub fn record(out: &mut Vec<u8>, seq: u64, write: impl FnOnce(&mut Vec<u8>)) -> Range<usize> {
    let start = out.len();
    out.extend_from_slice(&[0; FRAME_BYTES]);
    write(out);
    let body = start + FRAME_BYTES..out.len();
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
    let crc = checksum(length, seq, out.get(body.clone()).unwrap_or_default()).to_be_bytes();
    for (to, from) in out
        .iter_mut()
        .skip(start)
        .zip(length.into_iter().chain(crc))
    {
        *to = from;
    }
    body
}

fn checksum(length: [u8; 4], seq: u64, entry: &[u8]) -> u32 {
    let head = crc32c::crc32c_append(crc32c::crc32c(&length), &seq.to_be_bytes());
    crc32c::crc32c_append(head, entry)
}

/// The entries of records that this process made itself and kept in memory: nothing is checked.
pub fn entries(mut records: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = records.split_first_chunk::<4>()?;
        let size = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (entry, rest) = rest.get(4..)?.split_at_checked(size)?;
        records = rest;
        Some(entry)
    })
}

/// What a segment begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// Not a header, and not zeros.
    Bad,
    /// A segment in use.
    First {
        /// How many entries were durable when it was begun.
        durable: u64,
        /// The position of its first entry.
        first: u64,
    },
    /// Made ahead of need and not used.
    Unused,
}

/// A segment, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// Bytes after the last whole record that are not zeros, counted to the last of them: a torn
    /// or damaged tail. 0 where the segment ends as it should.
    pub cut_bytes: usize,
    /// Its header.
    pub head: Head,
    /// Where its whole records' entries lie, in order.
    pub records: Vec<Range<usize>>,
}

/// Reads a segment: every record up to the first that is not whole.
pub fn scan(bytes: &[u8]) -> Scan {
    let head = read_head(bytes);
    let Head::First { first, .. } = head else {
        return Scan {
            cut_bytes: used(bytes, 0),
            head,
            records: Vec::new(),
        };
    };
    let (mut records, mut at, mut seq) = (Vec::new(), HEADER_BYTES, first);
    while let Some(body) = read_record(bytes, at, seq) {
        at = body.end;
        seq = seq.saturating_add(1);
        records.push(body);
    }
    Scan {
        cut_bytes: used(bytes, at),
        head,
        records,
    }
}

fn read_head(bytes: &[u8]) -> Head {
    let read = |at: usize| Some(u64::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
    match (read(8), read(16), bytes.first_chunk::<HEADER_BYTES>()) {
        (Some(first), Some(durable), Some(found)) if *found == header(first, durable) => {
            Head::First { durable, first }
        }
        _ if bytes.iter().take(HEADER_BYTES).all(|byte| *byte == 0) => Head::Unused,
        _ => Head::Bad,
    }
}

fn read_record(bytes: &[u8], at: usize, seq: u64) -> Option<Range<usize>> {
    let (length, rest) = bytes.get(at..)?.split_first_chunk::<4>()?;
    let (crc, rest) = rest.split_first_chunk::<4>()?;
    let size = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let entry = rest
        .get(..size)
        .filter(|_| (1..=ENTRY_MAX_BYTES).contains(&size))?;
    let start = at + FRAME_BYTES;
    (checksum(*length, seq, entry) == u32::from_be_bytes(*crc)).then_some(start..start + size)
}

/// Bytes from `at` to the last that is not zero.
fn used(bytes: &[u8], at: usize) -> usize {
    let tail = bytes.get(at..).unwrap_or_default();
    tail.iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1)
}

/// A durable entry that the log no longer has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "entry {entry} was durable ({known_durable} were) and the write-ahead log no longer has it"
)]
pub struct Hole {
    /// The first entry that is not there.
    pub entry: u64,
    /// How many entries were durable for certain.
    pub known_durable: u64,
}

/// The records of a log, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stitched<'a> {
    /// Bytes passed over behind the last record: torn by a crash.
    pub cut_bytes: usize,
    /// Position and entry, without a gap, from `from` on.
    pub records: Vec<(u64, &'a [u8])>,
}

/// The entries from position `from` (the checkpoint's size) on, over all segments.
pub fn stitch<'a>(segments: &[&'a [u8]], from: u64) -> Result<Stitched<'a>, Hole> {
    let mut known_durable = from;
    let (mut cut_bytes, mut used) = (0, Vec::new());
    for bytes in segments {
        let found = scan(bytes);
        match found.head {
            Head::First { durable, first } => {
                known_durable = known_durable.max(durable.min(first));
                used.push((first, *bytes, found));
            }
            Head::Bad | Head::Unused => cut_bytes += found.cut_bytes,
        }
    }
    used.sort_by_key(|(first, ..)| *first);
    let mut records = Vec::new();
    // The end of the row so far, and whether it ended in bytes that should have been records.
    let (mut next, mut is_torn) = (used.first().map_or(from, |(first, ..)| *first), false);
    let mut is_broken = next > from;
    for (first, bytes, found) in used {
        if is_broken || first > next {
            is_broken = true;
            cut_bytes += found
                .records
                .iter()
                .map(|body| body.len() + FRAME_BYTES)
                .sum::<usize>();
            cut_bytes += found.cut_bytes;
            continue;
        }
        for (seq, body) in (first..).zip(found.records) {
            if seq >= next {
                next = seq + 1;
                if let (true, Some(entry)) = (seq >= from, bytes.get(body)) {
                    records.push((seq, entry));
                }
            }
        }
        cut_bytes += found.cut_bytes;
        is_torn = found.cut_bytes > 0;
    }
    // A row that simply stops below the checkpoint is a segment not yet deleted; one that tears
    // there has lost what was durable.
    let entry = if next > from && is_broken && records.is_empty() {
        from
    } else {
        next
    };
    let lost_below = entry < from && (is_torn || is_broken);
    let lost_beyond = entry >= from && entry < known_durable;
    if lost_below || lost_beyond {
        return Err(Hole {
            entry,
            known_durable,
        });
    }
    Ok(Stitched { cut_bytes, records })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(first: u64, durable: u64, entries: &[&str]) -> Vec<u8> {
        let mut out = header(first, durable).to_vec();
        for (seq, entry) in (first..).zip(entries) {
            record(&mut out, seq, |out| out.extend_from_slice(entry.as_bytes()));
        }
        out.extend_from_slice(&[0; 64]);
        out
    }

    fn flip(mut bytes: Vec<u8>, at: usize) -> Vec<u8> {
        bytes[at] ^= 1;
        bytes
    }

    type Row<'a> = (&'a str, Vec<&'a [u8]>, u64, Result<&'a str, u64>);

    #[test]
    fn what_a_crash_leaves_is_cut_and_what_was_durable_is_not() {
        let one = segment(0, 0, &["a", "b", "c"]);
        let two = segment(3, 0, &["d", "e"]);
        let two_after_sync = segment(3, 3, &["d", "e"]);
        let record_b = HEADER_BYTES + 2 * FRAME_BYTES + 1;
        let torn = flip(one.clone(), record_b);
        let table: [Row<'_>; 14] = [
            ("nothing", vec![], 0, Ok("")),
            ("all", vec![&two, &one], 0, Ok("abcde")),
            ("from a checkpoint", vec![&one, &two], 2, Ok("cde")),
            ("torn in one segment", vec![&torn], 0, Ok("a")),
            ("torn beyond the checkpoint", vec![&torn], 1, Ok("")),
            ("torn below the checkpoint", vec![&torn], 2, Err(1)),
            ("a gap that no sync covered", vec![&torn, &two], 0, Ok("a")),
            (
                "a gap that a sync covered",
                vec![&torn, &two_after_sync],
                0,
                Err(1),
            ),
            (
                "a segment gone below the checkpoint",
                vec![&two],
                3,
                Ok("de"),
            ),
            (
                "a segment gone above the checkpoint",
                vec![&two_after_sync],
                0,
                Err(0),
            ),
            ("a segment not yet deleted", vec![&one], 7, Ok("")),
            ("an unused segment", vec![&one, &[0; 99]], 0, Ok("abc")),
            ("a header torn", vec![&one, &[7; 99]], 0, Ok("abc")),
            (
                "a gap above the checkpoint, nothing said durable",
                vec![&two],
                1,
                Ok(""),
            ),
        ];
        for (name, segments, from, expected) in table {
            let found = stitch(&segments, from);
            let found = found.map(|s| {
                assert!(
                    s.records
                        .iter()
                        .map(|(seq, _)| *seq)
                        .eq((from..).take(s.records.len()))
                );
                s.records
                    .iter()
                    .map(|(_, e)| str::from_utf8(e).unwrap())
                    .collect::<String>()
            });
            assert_eq!(
                found.as_deref().map_err(|hole| hole.entry),
                expected.as_ref().copied().map_err(|e| *e),
                "{name}"
            );
        }
    }
}
