//! What goes to the target in place of what a client wrote, as the permits' plans say.
//!
//! Why apart: a text or a parameter is edited for one statement under one sight. What was sent
//! for a prepared statement or a portal is remembered, and a later message that would need it to
//! have been sent otherwise is refused: rather that than wrong.
//! It decides nothing: what is edited stands in the plan.

use std::sync::Arc;

use mask::Edits;
use model::{Format, Refusal, RefusalKind, StatementId};
use wire::{Cause, Fault};

use crate::bytes::{count, length, message, string};
use crate::flight::{Kind, Ready};
use crate::message::client::{self, Bind, Message};
use crate::names::{Permit, Prepared};

/// What the permit of that statement sends; a flight has few.
fn edits_of(permits: &[Permit], id: StatementId) -> Option<&Edits> {
    let permit = permits.iter().rfind(|permit| permit.id == id);
    permit.map(|permit| permit.plan.edits())
}

/// Why a flight cannot run over what was sent before, if it cannot.
pub(crate) fn outdated(permits: &[Permit], ready: &Ready) -> Option<Refusal> {
    let mut parsed: Vec<(*const Prepared, &Edits)> = Vec::new();
    let mut is_outdated = false;
    for (kind, cause, _) in &ready.steps {
        let Cause::Statement(id) = cause else {
            continue;
        };
        let Some(now) = edits_of(permits, *id) else {
            continue;
        };
        let same_text = |prepared: &Arc<Prepared>| {
            let here = parsed.iter().rfind(|(of, _)| *of == Arc::as_ptr(prepared));
            let sent = here
                .map(|(_, edits)| *edits)
                .or_else(|| prepared.sent.get());
            sent.is_none_or(|sent| sent.sends_same_text(now))
        };
        is_outdated |= match kind {
            Kind::Parse { prepared, .. } => {
                parsed.push((Arc::as_ptr(prepared), now));
                false
            }
            Kind::Bind { portal, .. } => !same_text(&portal.prepared),
            Kind::DescribePortal(portal) | Kind::Execute { portal, .. } => {
                let bound = portal.sent.get();
                let is_same = bound.is_none_or(|sent| sent.sends_same_parameters(now));
                !is_same || !same_text(&portal.prepared)
            }
            Kind::DescribeStatement(prepared) => !same_text(prepared),
            Kind::Abort
            | Kind::ClosePortal(_)
            | Kind::CloseStatement(_)
            | Kind::Flush
            | Kind::Function
            | Kind::Own(_)
            | Kind::Query
            | Kind::Sync => false,
        };
    }
    is_outdated.then(|| {
        let message = "what may be seen has changed since this statement was prepared";
        Refusal::new(RefusalKind::Denied, message).hint("prepare it again, then bind and execute")
    })
}

impl Ready {
    /// Puts in what is sent in place of what came, and remembers it.
    pub(crate) fn rewrite(&mut self, permits: &[Permit]) -> Result<(), Fault> {
        let mut out: Option<Vec<u8>> = None;
        let mut start = 0_usize;
        for (kind, cause, end) in &mut self.steps {
            let frame = self.bytes.get(start..*end).unwrap_or_default();
            start = *end;
            let own = match cause {
                Cause::Statement(id) => edits_of(permits, *id),
                Cause::Housekeeping(_) => None,
            };
            if let Some(edits) = own {
                match kind {
                    Kind::Parse { prepared, .. } => drop(prepared.sent.set(edits.clone())),
                    Kind::Bind { portal, .. } => drop(portal.sent.set(edits.clone())),
                    _ => {}
                }
            }
            let is_text = matches!(kind, Kind::Bind { .. } | Kind::Parse { .. } | Kind::Query);
            match own.filter(|edits| is_text && !edits.is_empty()) {
                Some(edits) => {
                    let before = start.saturating_sub(frame.len());
                    let head = || self.bytes.get(..before).unwrap_or_default().to_vec();
                    write(frame, edits, out.get_or_insert_with(head))?;
                }
                None => {
                    if let Some(out) = &mut out {
                        out.extend_from_slice(frame);
                    }
                }
            }
            if let Some(out) = &out {
                *end = out.len();
            }
        }
        if let Some(out) = out {
            self.bytes = out;
        }
        Ok(())
    }
}

/// Writes a frame with what is sent in place of what came.
fn write(frame: &[u8], edits: &Edits, out: &mut Vec<u8>) -> Result<(), Fault> {
    let again = || Fault::Bug("a frame that was read cannot be read again".into());
    let (tag, body) = (
        frame.first().ok_or_else(again)?,
        frame.get(5..).ok_or_else(again)?,
    );
    match client::decode(*tag, body)? {
        Message::Bind(bind) => write_bind(&bind, edits, out),
        Message::Parse { name, text, types } => message(out, b'P', |out| {
            string(out, name);
            string(out, &edits.text(text));
            out.extend_from_slice(&count(types.len())?);
            out.extend(types.iter().flat_map(|oid| oid.to_be_bytes()));
            Ok(())
        }),
        Message::Query(text) => message(out, b'Q', |out| {
            string(out, &edits.text(text));
            Ok(())
        }),
        _ => Err(again()),
    }
}

fn write_bind(bind: &Bind<'_>, edits: &Edits, out: &mut Vec<u8>) -> Result<(), Fault> {
    let code = |format: &Format| u16::from(*format == Format::Binary).to_be_bytes();
    message(out, b'B', |out| {
        string(out, bind.portal);
        string(out, bind.statement);
        out.extend_from_slice(&count(bind.values.len())?);
        out.extend(bind.values.iter().flat_map(|(format, _)| code(format)));
        out.extend_from_slice(&count(bind.values.len())?);
        for (number, (_, value)) in bind.values.iter().enumerate() {
            let Some(value) = value else {
                out.extend_from_slice(&(-1_i32).to_be_bytes());
                continue;
            };
            let value = edits.parameter(number).unwrap_or(value);
            out.extend_from_slice(&length(value.len())?);
            out.extend_from_slice(value);
        }
        out.extend_from_slice(&count(bind.formats.len())?);
        out.extend(bind.formats.iter().flat_map(code));
        Ok(())
    })
}
