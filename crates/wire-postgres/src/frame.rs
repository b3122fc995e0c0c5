//! Cuts a byte stream into frames without looking into them.
//!
//! Why apart: both sides share it, and it is where the length rules stand. A frame is given
//! whole where its body must be read (as a range of the input if it lies there, else from a
//! buffer that grows only by bytes that really came), or streamed where it only passes: then
//! nothing is kept but "N bytes of the body still pass", or up to five bytes of a cut header.
//! It judges no tag: the caller's rule does, before a byte of the body is kept.

use std::ops::Range;

use wire::Fault;

/// How a frame is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// In pieces, as they come.
    Stream,
    /// Only once all of it is there.
    Whole,
}

/// What the reader found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// The header of a streamed frame; `lies` where it lies whole in the input.
    Head {
        tag: u8,
        head: [u8; 5],
        body: usize,
        lies: Option<Range<usize>>,
    },
    /// A whole frame, header included, put together from several inputs.
    Kept { tag: u8, frame: Vec<u8> },
    /// Bytes of a streamed body.
    Run(Range<usize>),
    /// A whole frame, header included, in the input.
    Whole { tag: u8, range: Range<usize> },
}

const HEAD: usize = 5;

/// The frame reader of one side.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    held: Vec<u8>,
    passing: usize,
}

impl Reader {
    /// Whether the next byte begins a frame.
    pub(crate) fn is_between(&self) -> bool {
        self.held.is_empty() && self.passing == 0
    }

    /// Bytes of a streamed body that have not come yet.
    pub(crate) fn passing(&self) -> usize {
        self.passing
    }

    /// The next piece from `input` at `at`; `None` when the input is used up. `rule` hears tag and
    /// declared length (4 or more) of each frame first.
    pub(crate) fn next(
        &mut self,
        input: &[u8],
        at: &mut usize,
        rule: impl Fn(u8, usize) -> Result<Way, Fault>,
    ) -> Result<Option<Piece>, Fault> {
        let rest = input.get(*at..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(None);
        }
        if self.passing > 0 {
            let range = advance(at, self.passing.min(rest.len()));
            self.passing = self.passing.saturating_sub(range.len());
            return Ok(Some(Piece::Run(range)));
        }
        if !self.held.is_empty() {
            return self.fill(rest, at, rule);
        }
        let Some((tag, head, length)) = header(rest) else {
            self.held.extend_from_slice(rest);
            advance(at, rest.len());
            return Ok(None);
        };
        if rule(tag, length)? == Way::Stream {
            self.passing = length.saturating_sub(4);
            let lies = Some(advance(at, HEAD));
            return Ok(Some(Piece::Head {
                tag,
                head,
                body: self.passing,
                lies,
            }));
        }
        let total = length.saturating_add(1);
        if rest.len() < total {
            self.held.extend_from_slice(rest);
            advance(at, rest.len());
            return Ok(None);
        }
        Ok(Some(Piece::Whole {
            tag,
            range: advance(at, total),
        }))
    }

    /// Goes on with a frame whose beginning came in an earlier input.
    fn fill(
        &mut self,
        rest: &[u8],
        at: &mut usize,
        rule: impl Fn(u8, usize) -> Result<Way, Fault>,
    ) -> Result<Option<Piece>, Fault> {
        let missing = HEAD.saturating_sub(self.held.len()).min(rest.len());
        let (first, rest) = rest.split_at_checked(missing).unwrap_or((rest, &[]));
        self.held.extend_from_slice(first);
        advance(at, first.len());
        let Some((tag, head, length)) = header(&self.held) else {
            return Ok(None);
        };
        if rule(tag, length)? == Way::Stream {
            self.held.clear();
            self.passing = length.saturating_sub(4);
            return Ok(Some(Piece::Head {
                tag,
                head,
                body: self.passing,
                lies: None,
            }));
        }
        let total = length.saturating_add(1);
        let missing = total.saturating_sub(self.held.len()).min(rest.len());
        self.held
            .extend_from_slice(rest.get(..missing).unwrap_or_default());
        advance(at, missing);
        if self.held.len() < total {
            return Ok(None);
        }
        Ok(Some(Piece::Kept {
            tag,
            frame: std::mem::take(&mut self.held),
        }))
    }
}

fn advance(at: &mut usize, by: usize) -> Range<usize> {
    let start = *at;
    *at = at.saturating_add(by);
    start..*at
}

fn header(bytes: &[u8]) -> Option<(u8, [u8; HEAD], usize)> {
    let head: [u8; HEAD] = *bytes.first_chunk()?;
    let [tag, length @ ..] = head;
    // A negative Int32 becomes a huge length here, which every rule refuses.
    Some((
        tag,
        head,
        usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX),
    ))
}

/// The length rule: the declared length counts itself, and stays within the tag's cap.
pub(crate) fn is_sound(length: usize, cap: usize) -> bool {
    (4..=cap.saturating_add(4)).contains(&length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(reader: &mut Reader, input: &[u8]) -> Vec<Piece> {
        let mut at = 0;
        let rule = |tag, _| Ok(if tag == b'd' { Way::Stream } else { Way::Whole });
        std::iter::from_fn(|| reader.next(input, &mut at, rule).unwrap()).collect()
    }

    #[test]
    fn a_streamed_frame_keeps_a_count_and_a_whole_one_its_bytes() {
        let mut reader = Reader::default();
        let head = [b'd', 0, 0, 0, 7];
        let pieces = read(&mut reader, b"d\0\0\0\x07a");
        let lies = Some(0..5);
        assert_eq!(
            pieces,
            [
                Piece::Head {
                    tag: b'd',
                    head,
                    body: 3,
                    lies
                },
                Piece::Run(5..6)
            ]
        );
        assert_eq!(reader.passing(), 2);
        let pieces = read(&mut reader, b"bcS\0\0\0\x04C\0\0");
        assert_eq!(
            pieces,
            [
                Piece::Run(0..2),
                Piece::Whole {
                    tag: b'S',
                    range: 2..7
                }
            ]
        );
        let pieces = read(&mut reader, b"\0\x05x");
        assert_eq!(
            pieces,
            [Piece::Kept {
                tag: b'C',
                frame: b"C\0\0\0\x05x".to_vec()
            }]
        );
        assert!(reader.is_between());
    }

    #[test]
    fn lengths_are_bounded_before_anything_is_kept() {
        for length in [0, 3, 105, usize::MAX] {
            assert!(!is_sound(length, 100), "{length}");
        }
        assert!(is_sound(4, 100) && is_sound(104, 100));
    }
}
