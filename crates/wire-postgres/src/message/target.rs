//! What a target may say, decoded as borrowed views.
//!
//! Rows and copied lines are not here: they are looked into only where a mask touches them
//! (`rows`). What cannot be decoded is the target's fault.

use mask::Column;
use model::{Format, Limits};
use wire::Fault;

use crate::bytes::View;
use crate::frame::is_sound;

/// The longest body that may pass in pieces: the target's own bound on one allocation.
const STREAMED: usize = 1 << 30;

/// The longest body of each tag, before any of it is kept; `streams` where it only passes.
pub(crate) fn check(tag: u8, length: usize, streams: bool, limits: &Limits) -> Result<(), Fault> {
    let cap = match tag {
        b'D' | b'd' if streams => STREAMED,
        b'D' | b'T' | b'V' | b'd' | b'A' | b'E' | b'N' | b't' => limits.target_message_bytes,
        b'S' | b'R' | b'G' | b'H' | b'v' => limits.auth_message_bytes.saturating_mul(2),
        b'C' | b'K' => 512,
        b'1' | b'2' | b'3' | b'I' | b'c' | b'n' | b's' => 0,
        b'Z' => 1,
        _ => return Err(Fault::Target(format!("unknown message type 0x{tag:02x}"))),
    };
    if is_sound(length, cap) {
        return Ok(());
    }
    let tag = char::from(tag);
    Err(Fault::Target(format!(
        "a message of type {tag:?} cannot be {length} bytes long"
    )))
}

/// The fields of an `ErrorResponse` or `NoticeResponse`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fields<'a>(Vec<(u8, &'a [u8])>);

impl<'a> Fields<'a> {
    pub(crate) fn decode(body: &'a [u8]) -> Result<Self, Fault> {
        let mut view = View::new(body);
        let mut fields = Vec::new();
        let decoded = loop {
            match view.byte() {
                None => break None,
                Some(0) => break view.end(),
                Some(field) => match view.string() {
                    None => break None,
                    Some(text) => fields.push((field, text)),
                },
            }
        };
        decoded
            .map(|()| Self(fields))
            .ok_or_else(|| Fault::Target("malformed error".into()))
    }

    pub(crate) fn field(&self, field: u8) -> Option<&'a [u8]> {
        self.0
            .iter()
            .find(|(found, _)| *found == field)
            .map(|(_, text)| *text)
    }

    /// The SQLSTATE, if there is one and it looks like one.
    pub(crate) fn sqlstate(&self) -> Option<String> {
        let code = self.field(b'C')?;
        let sound = code.len() == 5 && code.iter().all(u8::is_ascii_alphanumeric);
        sound.then(|| String::from_utf8_lossy(code).into_owned())
    }

    /// Whether the target ends the session with it.
    pub(crate) fn is_fatal(&self) -> bool {
        let severity = self.field(b'V').or_else(|| self.field(b'S'));
        matches!(severity, Some(b"FATAL" | b"PANIC"))
    }
}

/// The columns of a `RowDescription`.
pub(crate) fn columns(body: &[u8]) -> Result<Vec<Column>, Fault> {
    let decode = || {
        let mut view = View::new(body);
        let count = view.u16()?;
        let mut columns = Vec::with_capacity(usize::from(count));
        for _ in 0..count {
            view.string()?;
            view.take(6)?;
            let type_oid = view.u32()?;
            view.take(2)?;
            let modifier = view.i32()?;
            let format = if view.u16()? == 0 {
                Format::Text
            } else {
                Format::Binary
            };
            columns.push(Column {
                format,
                modifier,
                type_oid,
            });
        }
        view.end().map(|()| columns)
    };
    decode().ok_or_else(|| Fault::Target("malformed row description".into()))
}

/// Checks a `ParameterDescription`.
pub(crate) fn parameter_types(body: &[u8]) -> Result<(), Fault> {
    let mut view = View::new(body);
    let types = view
        .u16()
        .and_then(|count| view.take(usize::from(count).saturating_mul(4)));
    let decoded = types.and_then(|_| view.end());
    decoded.ok_or_else(|| Fault::Target("malformed parameter description".into()))
}

/// Name and value of a `ParameterStatus`.
pub(crate) fn setting(body: &[u8]) -> Result<(String, String), Fault> {
    let decode = || {
        let mut view = View::new(body);
        let (name, value) = (view.string()?, view.string()?);
        view.end()?;
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        Some((text(name), text(value)))
    };
    decode().ok_or_else(|| Fault::Target("malformed setting".into()))
}

/// Checks a `NotificationResponse`.
pub(crate) fn notification(body: &[u8]) -> Result<(), Fault> {
    let mut view = View::new(body);
    let decoded = view
        .u32()
        .and_then(|_| view.string())
        .and_then(|_| view.string());
    let decoded = decoded.and_then(|_| view.end());
    decoded.ok_or_else(|| Fault::Target("malformed notification".into()))
}

/// The overall format of a `CopyInResponse` or `CopyOutResponse`, and its number of columns.
pub(crate) fn copy(body: &[u8]) -> Result<(Format, usize), Fault> {
    let decode = || {
        let mut view = View::new(body);
        let format = match view.byte()? {
            0 => Format::Text,
            1 => Format::Binary,
            _ => return None,
        };
        let count = usize::from(view.u16()?);
        view.take(count.saturating_mul(2))?;
        view.end().map(|()| (format, count))
    };
    decode().ok_or_else(|| Fault::Target("malformed copy response".into()))
}

/// The text of a command tag.
pub(crate) fn command(body: &[u8]) -> Result<&[u8], Fault> {
    let tag = super::client::only_string(body);
    tag.ok_or_else(|| Fault::Target("malformed command tag".into()))
}

/// The rows a command tag says were changed: the last word of those tags that count changes.
pub(crate) fn rows_changed(tag: &[u8]) -> u64 {
    let text = std::str::from_utf8(tag).unwrap_or_default();
    let mut words = text.split(' ');
    let counts = matches!(
        words.next(),
        Some("COPY" | "DELETE" | "INSERT" | "MERGE" | "UPDATE")
    );
    let count = words.next_back().and_then(|count| count.parse().ok());
    count.filter(|_| counts).unwrap_or(0)
}

/// The transaction status of a `ReadyForQuery`.
pub(crate) fn ready(body: &[u8]) -> Result<u8, Fault> {
    match body {
        [status @ (b'I' | b'T' | b'E')] => Ok(*status),
        _ => Err(Fault::Target("malformed ready message".into())),
    }
}

/// Process id and key of a `BackendKeyData`.
pub(crate) fn key(body: &[u8]) -> Result<(u32, Vec<u8>), Fault> {
    let mut view = View::new(body);
    let pid = view.u32();
    match (pid, view.rest()) {
        (Some(pid), key) if (4..=256).contains(&key.len()) => Ok((pid, key.to_vec())),
        _ => Err(Fault::Target("malformed cancel key".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_tags_tell_what_changed() {
        let table: &[(&[u8], u64)] = &[
            (b"INSERT 0 5", 5),
            (b"UPDATE 12", 12),
            (b"SELECT 7", 0),
            (b"CREATE TABLE", 0),
            (b"COPY 3", 3),
            (b"INSERT", 0),
            (b"\xff", 0),
        ];
        for (tag, rows) in table {
            assert_eq!(rows_changed(tag), *rows, "{tag:?}");
        }
    }

    #[test]
    fn an_error_without_a_code_is_still_an_error() {
        let fields = Fields::decode(b"SERROR\0Mno\0\0").unwrap();
        assert_eq!(fields.sqlstate(), None);
        assert!(Fields::decode(b"SERROR\0").is_err());
        assert!(Fields::decode(b"").is_err());
        assert!(Fields::decode(b"SERROR\0\0\0").is_err());
        assert!(Fields::decode(b"SFATAL\0\0").unwrap().is_fatal());
    }
}
