//! The integers and strings of the protocol: read as borrowed views, written with checked lengths.
//!
//! Why: every inner length a peer sends is a lie until checked, and a length we write must never
//! wrap (a wrapped one turns data into messages). It knows no message.

use wire::Fault;

/// A body being read. Every door says `None` rather than read past its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a>(&'a [u8]);

impl<'a> View<'a> {
    pub(crate) fn new(body: &'a [u8]) -> Self {
        Self(body)
    }

    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn i32(&mut self) -> Option<i32> {
        self.array().map(i32::from_be_bytes)
    }

    /// A string up to its NUL, without it.
    pub(crate) fn string(&mut self) -> Option<&'a [u8]> {
        let end = self.0.iter().position(|byte| *byte == 0)?;
        let (head, rest) = self.0.split_at_checked(end)?;
        self.0 = rest.get(1..)?;
        Some(head)
    }

    /// A value with its length before it; -1 is NULL, anything else negative is no length.
    #[expect(
        clippy::option_option,
        reason = "the end of the body and SQL NULL are two things"
    )]
    pub(crate) fn value(&mut self) -> Option<Option<&'a [u8]>> {
        match self.i32()? {
            -1 => Some(None),
            length => self.take(usize::try_from(length).ok()?).map(Some),
        }
    }

    /// What is left.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.0
    }

    /// `Some` only where everything was consumed.
    pub(crate) fn end(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

/// A length as the protocol writes it: a positive `Int32`.
pub(crate) fn length(count: usize) -> Result<[u8; 4], Fault> {
    let checked = i32::try_from(count);
    checked
        .map(i32::to_be_bytes)
        .map_err(|_| Fault::Limit("a message would exceed 2 GiB".into()))
}

/// A count as the protocol writes it: an unsigned `Int16`.
pub(crate) fn count(count: usize) -> Result<[u8; 2], Fault> {
    let checked = u16::try_from(count);
    checked
        .map(u16::to_be_bytes)
        .map_err(|_| Fault::Limit("more than 65,535 items".into()))
}

/// Writes one message: the tag, the length, and the body that `write` adds.
pub(crate) fn message(
    out: &mut Vec<u8>,
    tag: u8,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    out.push(tag);
    untagged(out, write)
}

/// The same without a tag: start-up packets.
pub(crate) fn untagged(
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    write(out)?;
    let written = length(out.len().saturating_sub(at))?;
    if let Some(place) = out
        .get_mut(at..)
        .and_then(|tail| tail.first_chunk_mut::<4>())
    {
        *place = written;
    }
    Ok(())
}

/// Writes a string and its NUL. A NUL inside would end it early, so it is replaced.
pub(crate) fn string(out: &mut Vec<u8>, text: &[u8]) {
    out.extend(
        text.iter()
            .map(|byte| if *byte == 0 { b'?' } else { *byte }),
    );
    out.push(0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_never_wraps() {
        assert_eq!(length(5), Ok([0, 0, 0, 5]));
        for count in [1 << 31, 1 << 32, (1 << 32) + 5, usize::MAX] {
            assert!(matches!(length(count), Err(Fault::Limit(_))), "{count}");
        }
        assert!(count(65_536).is_err());
    }

    #[test]
    fn a_view_ends_where_its_body_ends() {
        let mut view = View::new(&[0, 0, 0, 9, b'a']);
        assert_eq!(view.value(), None);
        let mut view = View::new(b"name\0x");
        assert_eq!(view.string(), Some(&b"name"[..]));
        assert_eq!(view.end(), None);
        assert_eq!(View::new(&[0xff, 0xff, 0xff, 0xfe]).value(), None);
        assert_eq!(View::new(b"no nul").string(), None);
    }
}
