//! What a client may say once it is signed in, decoded as borrowed views.
//!
//! Start-up packets are `startup`'s and sign-in messages `signin`'s. A body that is not consumed
//! exactly by its declared length is no message.

use model::{Format, Limits};
use wire::Fault;

use crate::bytes::View;
use crate::frame::is_sound;

/// Statement or portal: what a Describe or Close speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Thing {
    Portal,
    Statement,
}

/// A bound value and how it is written; `None` is SQL NULL.
pub(crate) type Value<'a> = (Format, Option<&'a [u8]>);

/// One message.
#[derive(Debug)]
pub(crate) enum Message<'a> {
    Bind(Bind<'a>),
    Close(Thing, &'a [u8]),
    CopyDone,
    CopyFail,
    Describe(Thing, &'a [u8]),
    Execute(&'a [u8]),
    Flush,
    Function {
        oid: u32,
        arguments: Vec<Value<'a>>,
    },
    Parse {
        name: &'a [u8],
        text: &'a [u8],
        types: Vec<u32>,
    },
    Query(&'a [u8]),
    Sync,
    Terminate,
}

/// A Bind.
#[derive(Debug)]
pub(crate) struct Bind<'a> {
    pub(crate) portal: &'a [u8],
    pub(crate) statement: &'a [u8],
    pub(crate) values: Vec<Value<'a>>,
    pub(crate) formats: Vec<Format>,
}

const NAMES: usize = 16_384;

/// The longest body of each tag, before any of it is kept.
pub(crate) fn check(tag: u8, length: usize, limits: &Limits) -> Result<(), Fault> {
    let cap = match tag {
        b'B' | b'F' | b'd' => limits.message_bytes,
        // The text, its names and its parameter types.
        b'P' => limits
            .statement_bytes
            .saturating_add(NAMES)
            .saturating_add(4 * 65_535),
        b'Q' => limits.statement_bytes.saturating_add(1),
        b'C' | b'D' | b'E' | b'f' => NAMES,
        b'H' | b'S' | b'X' | b'c' => 0,
        _ => return Err(Fault::Client(format!("unknown message type 0x{tag:02x}"))),
    };
    if is_sound(length, cap) {
        return Ok(());
    }
    let tag = char::from(tag);
    Err(Fault::Client(format!(
        "a message of type {tag:?} cannot be {length} bytes long"
    )))
}

/// Decodes a whole frame.
pub(crate) fn decode(tag: u8, body: &[u8]) -> Result<Message<'_>, Fault> {
    let decoded = match tag {
        b'B' => bind(View::new(body)).map(Message::Bind),
        b'C' => thing(View::new(body)).map(|(thing, name)| Message::Close(thing, name)),
        b'D' => thing(View::new(body)).map(|(thing, name)| Message::Describe(thing, name)),
        b'E' => execute(View::new(body)),
        b'F' => function(View::new(body)),
        b'H' => View::new(body).end().map(|()| Message::Flush),
        b'P' => parse(View::new(body)),
        b'Q' => only_string(body).map(Message::Query),
        b'S' => View::new(body).end().map(|()| Message::Sync),
        b'X' => View::new(body).end().map(|()| Message::Terminate),
        b'c' => View::new(body).end().map(|()| Message::CopyDone),
        b'f' => only_string(body).map(|_| Message::CopyFail),
        _ => None,
    };
    let tag = char::from(tag);
    decoded.ok_or_else(|| Fault::Client(format!("malformed message of type {tag:?}")))
}

/// A body that is one string.
pub(crate) fn only_string(body: &[u8]) -> Option<&[u8]> {
    let mut view = View::new(body);
    let text = view.string()?;
    view.end().map(|()| text)
}

fn bind(mut view: View<'_>) -> Option<Bind<'_>> {
    let (portal, statement) = (view.string()?, view.string()?);
    let values = values(&mut view)?;
    let formats = formats(&mut view)?;
    view.end()?;
    Some(Bind {
        portal,
        statement,
        values,
        formats,
    })
}

fn execute(mut view: View<'_>) -> Option<Message<'_>> {
    let portal = view.string()?;
    view.i32()?;
    view.end().map(|()| Message::Execute(portal))
}

fn function(mut view: View<'_>) -> Option<Message<'_>> {
    let oid = view.u32()?;
    let arguments = values(&mut view)?;
    format(view.u16()?)?;
    view.end().map(|()| Message::Function { oid, arguments })
}

fn parse(mut view: View<'_>) -> Option<Message<'_>> {
    let (name, text) = (view.string()?, view.string()?);
    let count = view.u16()?;
    let types = (0..count).map(|_| view.u32()).collect::<Option<Vec<_>>>()?;
    view.end().map(|()| Message::Parse { name, text, types })
}

fn thing(mut view: View<'_>) -> Option<(Thing, &[u8])> {
    let thing = match view.byte()? {
        b'P' => Thing::Portal,
        b'S' => Thing::Statement,
        _ => return None,
    };
    let name = view.string()?;
    view.end().map(|()| (thing, name))
}

fn format(code: u16) -> Option<Format> {
    match code {
        0 => Some(Format::Text),
        1 => Some(Format::Binary),
        _ => None,
    }
}

fn formats(view: &mut View<'_>) -> Option<Vec<Format>> {
    let count = view.u16()?;
    (0..count).map(|_| format(view.u16()?)).collect()
}

/// Formats and values of parameters: no format is text for all, one format is for all.
fn values<'a>(view: &mut View<'a>) -> Option<Vec<Value<'a>>> {
    let formats = formats(view)?;
    let count = usize::from(view.u16()?);
    if formats.len() > 1 && formats.len() != count {
        return None;
    }
    let value = |index| {
        let value = view.value()?;
        Some((format_of(&formats, index), value))
    };
    (0..count).map(value).collect()
}

/// The format of one column or parameter by the protocol's rule for short lists.
pub(crate) fn format_of(formats: &[Format], index: usize) -> Format {
    match formats {
        [] => Format::Text,
        [all] => *all,
        each => each.get(index).copied().unwrap_or(Format::Text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_consumed_exactly_or_refused() {
        let table: &[(u8, &[u8], bool)] = &[
            (b'Q', b"SELECT 1\0", true),
            (b'Q', b"SELECT 1", false),
            (b'Q', b"SELECT 1\0Q\0\0\0\x0dDROP T\0", false),
            (b'P', b"\0SELECT 1\0\0\0", true),
            (b'P', b"\0SELECT 1\0\0\x01", false),
            (b'P', b"\0SELECT 1\0\xff\xff\0\0", false),
            (b'B', b"\0\0\0\0\0\0\0\0", true),
            (b'B', b"\0\0\0\0\0\x01\xff\xff\xff\xfe\0\0", false),
            (b'B', b"\0\0\0\0\0\x01\0\0\0\x09x\0\0", false),
            (b'B', b"\0\0\0\x01\0\x02\0\0\0\0", false),
            (b'D', b"Sname\0", true),
            (b'D', b"Xname\0", false),
            (b'E', b"\0\0\0\0", false),
            (b'E', b"\0\0\0\0\0", true),
            (b'F', b"\0\0\0\x01\0\0\0\0\0\0", true),
            (b'F', b"\0\0\0\x01\0\0\0\0\0\x02", false),
            (b'S', b"x", false),
            (b'p', b"\0", false),
        ];
        for (tag, body, is_message) in table {
            assert_eq!(
                decode(*tag, body).is_ok(),
                *is_message,
                "{} {body:?}",
                char::from(*tag)
            );
        }
    }

    #[test]
    fn lengths_have_a_cap_for_every_tag() {
        let limits = Limits::default();
        let table = [
            (b'S', 5),
            (b'Q', 3),
            (b'Q', (4 << 20) + 6),
            (b'd', 0),
            (b'!', 4),
        ];
        for (tag, length) in table {
            assert!(check(tag, length, &limits).is_err(), "{tag} {length}");
        }
        assert!(check(b'd', 256 << 20, &limits).is_ok());
    }
}
