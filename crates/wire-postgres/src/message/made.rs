//! The messages we write ourselves: a short closed list.

use mask::Edits;
use model::Refusal;
use wire::{Fault, HoldNotice};

use super::target::Fields;
use crate::bytes::{count, message, string, untagged};

type Written = Result<(), Fault>;

/// A statement that fails in every state a target can be in, under a name nobody else uses, so
/// that the unnamed statement stays what it was; and the Sync that ends it.
pub(crate) fn abort(out: &mut Vec<u8>) -> Written {
    message(out, b'P', |out| {
        string(out, b"portcullis.abort");
        string(out, b"PORTCULLIS REFUSED A STATEMENT OF THIS TRANSACTION");
        out.extend_from_slice(&[0, 0]);
        Ok(())
    })?;
    out.extend_from_slice(SYNC);
    Ok(())
}

/// Sync.
pub(crate) const SYNC: &[u8] = b"S\0\0\0\x04";
/// Flush.
pub(crate) const FLUSH: &[u8] = b"H\0\0\0\x04";
/// Terminate.
pub(crate) const TERMINATE: &[u8] = b"X\0\0\0\x04";

/// The name that a Close of an unknown name is rewritten to: nobody has it.
pub(crate) const NOBODY: &[u8] = b"portcullis.nobody";

/// Close.
pub(crate) fn close(out: &mut Vec<u8>, what: u8, name: &[u8]) -> Written {
    message(out, b'C', |out| {
        out.push(what);
        string(out, name);
        Ok(())
    })
}

/// `CopyFail` with a fixed reason.
pub(crate) fn copy_fail(out: &mut Vec<u8>) -> Written {
    message(out, b'f', |out| {
        string(out, b"portcullis withheld an earlier result");
        Ok(())
    })
}

/// A cancel request: a whole packet.
pub(crate) fn cancel(pid: u32, key: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::new();
    untagged(&mut out, |out| {
        out.extend_from_slice(&80_877_102_u32.to_be_bytes());
        out.extend_from_slice(&pid.to_be_bytes());
        out.extend_from_slice(key);
        Ok(())
    })?;
    Ok(out)
}

/// The texts of an error or notice of ours.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said<'a> {
    pub(crate) code: &'a str,
    pub(crate) detail: Option<&'a str>,
    pub(crate) hint: Option<&'a str>,
    pub(crate) severity: &'a str,
    pub(crate) text: &'a str,
}

impl<'a> Said<'a> {
    pub(crate) fn fatal(code: &'a str, text: &'a str) -> Self {
        Self {
            code,
            detail: None,
            hint: None,
            severity: "FATAL",
            text,
        }
    }

    pub(crate) fn error(code: &'a str, text: &'a str) -> Self {
        Self {
            severity: "ERROR",
            ..Self::fatal(code, text)
        }
    }

    pub(crate) fn refusal(refusal: &'a Refusal) -> Self {
        let (detail, hint) = (refusal.detail.as_deref(), refusal.hint.as_deref());
        Self {
            detail,
            hint,
            ..Self::error(refusal.sqlstate(), &refusal.message)
        }
    }

    pub(crate) fn held(notice: &'a HoldNotice) -> Self {
        Self {
            code: "00000",
            detail: Some(&notice.detail),
            hint: Some(&notice.hint),
            severity: "NOTICE",
            text: &notice.message,
        }
    }

    /// Writes it as an `ErrorResponse`, or as a `NoticeResponse` if that is its severity.
    pub(crate) fn write(self, out: &mut Vec<u8>) -> Written {
        let tag = if self.severity == "NOTICE" {
            b'N'
        } else {
            b'E'
        };
        let fields = [
            (b'S', Some(self.severity)),
            (b'V', Some(self.severity)),
            (b'C', Some(self.code)),
            (b'M', Some(self.text)),
            (b'D', self.detail),
            (b'H', self.hint),
        ];
        message(out, tag, |out| {
            for (field, text) in fields {
                if let Some(text) = text {
                    out.push(field);
                    string(out, text.as_bytes());
                }
            }
            out.push(0);
            Ok(())
        })
    }
}

/// An error or notice of the target without what may quote a value: severity, code and position,
/// told as the client counts, stay.
pub(crate) fn scrubbed(
    out: &mut Vec<u8>,
    tag: u8,
    fields: &Fields<'_>,
    edits: Option<&Edits>,
) -> Written {
    let code = fields.sqlstate().unwrap_or_else(|| "no code".to_owned());
    let text = match tag {
        b'N' => format!("the target sent a notice about a masked column ({code})"),
        _ => format!("the target reported an error about a masked column ({code})"),
    };
    message(out, tag, |out| {
        for field in *b"SVC" {
            if let Some(kept) = fields.field(field) {
                out.push(field);
                string(out, kept);
            }
        }
        out.push(b'M');
        string(out, text.as_bytes());
        let position = fields.field(b'P').and_then(|p| std::str::from_utf8(p).ok());
        let position = position.and_then(|p| p.parse::<usize>().ok());
        if let (Some(position), Some(edits)) = (position, edits) {
            out.push(b'P');
            string(out, edits.position(position).to_string().as_bytes());
        }
        out.push(0);
        Ok(())
    })
}

/// `ReadyForQuery`.
#[expect(
    clippy::unnecessary_wraps,
    reason = "it is written as every other message is"
)]
pub(crate) fn ready(out: &mut Vec<u8>, status: u8) -> Written {
    out.extend_from_slice(&[b'Z', 0, 0, 0, 5, status]);
    Ok(())
}

/// `BackendKeyData`.
pub(crate) fn key(out: &mut Vec<u8>, pid: u32, key: &[u8]) -> Written {
    message(out, b'K', |out| {
        out.extend_from_slice(&pid.to_be_bytes());
        out.extend_from_slice(key);
        Ok(())
    })
}

/// An authentication message: its code and what follows.
pub(crate) fn authentication(out: &mut Vec<u8>, code: u32, rest: &[u8]) -> Written {
    message(out, b'R', |out| {
        out.extend_from_slice(&code.to_be_bytes());
        out.extend_from_slice(rest);
        Ok(())
    })
}

/// `NegotiateProtocolVersion`: the version we speak and the options we do not know.
pub(crate) fn negotiate(out: &mut Vec<u8>, version: u32, unknown: &[&[u8]]) -> Written {
    message(out, b'v', |out| {
        out.extend_from_slice(&version.to_be_bytes());
        out.extend_from_slice(&crate::bytes::length(unknown.len())?);
        for name in unknown {
            string(out, name);
        }
        Ok(())
    })
}

/// `RowDescription` of text columns with these format codes.
pub(crate) fn text_columns(out: &mut Vec<u8>, columns: &[(&str, u16)]) -> Written {
    const TEXT_OID: u32 = 25;
    message(out, b'T', |out| {
        out.extend_from_slice(&count(columns.len())?);
        for (name, format) in columns {
            string(out, name.as_bytes());
            out.extend_from_slice(&[0; 6]);
            out.extend_from_slice(&TEXT_OID.to_be_bytes());
            out.extend_from_slice(&(-1_i16).to_be_bytes());
            out.extend_from_slice(&(-1_i32).to_be_bytes());
            out.extend_from_slice(&format.to_be_bytes());
        }
        Ok(())
    })
}

/// `DataRow` of text cells.
pub(crate) fn text_row(out: &mut Vec<u8>, cells: &[Option<String>]) -> Written {
    message(out, b'D', |out| {
        out.extend_from_slice(&count(cells.len())?);
        for cell in cells {
            match cell {
                None => out.extend_from_slice(&(-1_i32).to_be_bytes()),
                Some(text) => {
                    out.extend_from_slice(&crate::bytes::length(text.len())?);
                    out.extend_from_slice(text.as_bytes());
                }
            }
        }
        Ok(())
    })
}

/// `CommandComplete`.
pub(crate) fn complete(out: &mut Vec<u8>, tag: &str) -> Written {
    message(out, b'C', |out| {
        string(out, tag.as_bytes());
        Ok(())
    })
}
